"""Production holds with exactly the blockers that are true, and opens under rooted trust alone."""
