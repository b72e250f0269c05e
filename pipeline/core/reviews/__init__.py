"""Security reviews: what was looked at, by whom, and how much of a commit that still covers."""
