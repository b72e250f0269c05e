"""The checks of `artifact.verify`: one file each, and the literal table of them."""

from pipeline.flows.steps.checks.table import CHECKS

__all__ = ["CHECKS"]
