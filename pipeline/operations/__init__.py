"""What several flows need: run a step, sign a stage, seal a phase, decide."""
