"""What the service counts, in the Prometheus text format (version 0.0.4).

Labels come from fixed sets alone: a stranger's path or method cannot make a new time series.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the latency histogram, in seconds."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The media type that Prometheus scrapes."""
_METHODS = frozenset({"GET", "HEAD", "POST"})
_PREFIX = "release_ladder_"


@dataclass(slots=True)
class _Histogram:
    """Observations in seconds: how many fell under each bound, how many at all, their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    total: int = 0
    sum: float = 0.0

    def observe(self, seconds: float) -> None:
        self.total += 1
        self.sum += seconds
        for place, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self.counts[place] += 1


@dataclass(slots=True, kw_only=True)
class Metrics:
    """Counts of one process; `started` is its start as seconds since 1970 (UTC)."""

    started: float
    version: str
    surfaces: frozenset[str]
    _requests: Counter[tuple[str, str, int]] = field(default_factory=Counter, init=False)
    _latency: dict[str, _Histogram] = field(default_factory=dict, init=False)

    def observe(self, *, path: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request; paths and methods that we do not know become `other`."""
        surface = path if path in self.surfaces else "other"
        verb = method if method in _METHODS else "other"
        self._requests[surface, verb, status] += 1
        self._latency.setdefault(surface, _Histogram()).observe(seconds)

    def render(self, *, sessions: int, posture_ready: bool) -> str:
        """Write everything counted so far, with two gauges of the moment."""
        lines = [
            *_family("build_info", "gauge", "Version of the running service."),
            f'{_PREFIX}build_info{{version="{_escape(self.version)}"}} 1',
            "# HELP process_start_time_seconds Start of the process, seconds since 1970 in UTC.",
            "# TYPE process_start_time_seconds gauge",
            f"process_start_time_seconds {self.started:.3f}",
            *_family("posture_ready", "gauge", "Whether the posture can be read: 1 or 0."),
            f"{_PREFIX}posture_ready {int(posture_ready)}",
            *_family("operator_sessions", "gauge", "Operator sessions that are open."),
            f"{_PREFIX}operator_sessions {sessions}",
            *_family("http_requests_total", "counter", "Requests by surface, method and status."),
            *self._request_lines(),
            *_family("http_request_duration_seconds", "histogram", "Time to answer, by surface."),
            *self._latency_lines(),
        ]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> Iterable[str]:
        for (surface, method, status), count in sorted(self._requests.items()):
            labels = f'surface="{_escape(surface)}",method="{method}",status="{status}"'
            yield f"{_PREFIX}http_requests_total{{{labels}}} {count}"

    def _latency_lines(self) -> Iterable[str]:
        name = f"{_PREFIX}http_request_duration_seconds"
        for surface, histogram in sorted(self._latency.items()):
            label = f'surface="{_escape(surface)}"'
            for bound, count in zip(BUCKETS, histogram.counts, strict=True):
                yield f'{name}_bucket{{{label},le="{bound}"}} {count}'
            yield f'{name}_bucket{{{label},le="+Inf"}} {histogram.total}'
            yield f"{name}_sum{{{label}}} {histogram.sum:.6f}"
            yield f"{name}_count{{{label}}} {histogram.total}"


def _family(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return (f"# HELP {_PREFIX}{name} {meaning}", f"# TYPE {_PREFIX}{name} {kind}")


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
