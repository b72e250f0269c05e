"""The terminal: what a person reads while a release climbs, and afterwards."""

from pipeline.edges.terminal.progress import Progress
from pipeline.edges.terminal.terminal import Terminal

__all__ = ["Progress", "Terminal"]
