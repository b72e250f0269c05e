"""`osv_snapshot`: a dated file of OSV records, for machines that reach no advisory service.

Its form: `{"date": RFC 3339 UTC, "origin": text, "advisories": [OSV record, …]}`. Data that is
older than the policy allows, dated in the future, empty or unreadable is worse than none: it fails.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipeline.core.advisories import affecting
from pipeline.core.canonical import MalformedError, load_json
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.edges.advisories.interface import Answer, Question

NAME = "osv_snapshot"
URI = "https://ossf.github.io/osv-schema/"
MAX_SNAPSHOT = 512 * 1024 * 1024
"""Largest snapshot that is read, in bytes."""
_AHEAD = 300
"""Seconds that a snapshot's date may lie ahead of this machine's clock."""


def ask(question: Question) -> Answer:
    """Look packages up in the snapshot that the policy names."""
    if question.snapshot is None:
        return _answer(CheckVerdict.NOT_RUN, "the verification policy names no snapshot")
    try:
        data = question.snapshot.read_bytes()
    except FileNotFoundError:
        return _answer(CheckVerdict.NOT_RUN, f"{question.snapshot.name} does not exist")
    except OSError as error:
        return _answer(CheckVerdict.FAILED, f"the snapshot cannot be read: {error.strerror}")
    try:
        date, origin, records = _read(data)
        age = _seconds(question.now) - _seconds(date)
        if not -_AHEAD <= age <= question.max_age:
            reason = f"the snapshot of {date} is {age} s old, allowed are {question.max_age} s"
            return _answer(CheckVerdict.FAILED, reason, date)
        findings = affecting(records, question.packages)
    except (MalformedError, KeyError, TypeError, AttributeError, ValueError) as error:
        return _answer(CheckVerdict.FAILED, f"the snapshot is not OSV data: {error}")
    return Answer(
        source=NAME,
        uri=URI,
        verdict=CheckVerdict.PASSED,
        reason=f"{len(question.packages)} packages against {len(records)} advisories of {origin}",
        data_date=date,
        findings=findings,
    )


def _read(data: bytes) -> tuple[str, str, list[dict[str, Any]]]:
    document = load_json(data, limit=MAX_SNAPSHOT, floats=True)
    date, origin, records = document["date"], document["origin"], document["advisories"]
    if not isinstance(origin, str) or not isinstance(records, list) or not records:
        msg = "it needs an origin and at least one advisory"
        raise MalformedError(msg)
    return date, origin, records


def _seconds(time: str) -> int:
    moment = dt.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    return int(moment.timestamp())


def _answer(verdict: CheckVerdict, reason: str, date: str | None = None) -> Answer:
    return Answer(source=NAME, uri=URI, verdict=verdict, reason=reason, data_date=date)
