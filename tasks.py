"""The tasks of this project: those that the package ships."""

from pipeline.tasks import ns

__all__ = ["ns"]
