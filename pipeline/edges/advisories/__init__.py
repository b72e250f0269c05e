"""Sources of advisories: one file each, and the literal table of them."""

from pipeline.edges.advisories.table import SOURCES

__all__ = ["SOURCES"]
