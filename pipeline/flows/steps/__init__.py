"""The bodies of the shipped steps: what a stage does, run in a process of its own."""
