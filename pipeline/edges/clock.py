"""The clock: the one place that asks this machine what time it is.

Times in evidence are RFC 3339, UTC, whole seconds. Durations come from the monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def now() -> str:
    """Return the time now as RFC 3339 in UTC, whole seconds: `2026-11-20T10:15:00Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def stopwatch() -> Callable[[], float]:
    """Start a stopwatch; each call of what is returned gives the seconds since the start."""
    start = time.monotonic()
    return lambda: time.monotonic() - start
