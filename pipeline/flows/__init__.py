"""One file per thing a person can ask for: read, decide, write. Flows never import flows."""
