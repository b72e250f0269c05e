"""Attacks on what a finished release has recorded: each must be refused, and change nothing."""
