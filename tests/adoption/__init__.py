"""Adoption from attacks: what is reviewed, applied, verified, undone, and cut off in between."""
