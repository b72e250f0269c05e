"""Looking at a recorded stage again: what was recorded, and the four ways to reproduce it."""
