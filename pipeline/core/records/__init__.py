"""The nine record families, one file each: the model, and how a stage's evidence becomes one."""

from pipeline.core.records.table import RECORD_MODELS

__all__ = ["RECORD_MODELS"]
