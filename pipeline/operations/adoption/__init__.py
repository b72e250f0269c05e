"""Adopting what a run left into `releases/`, verifying what was adopted, taking it out again."""
