"""What a test run says in JUnit XML, and whether that is enough.

The rules, numbered as the code cites them. A run passes only if
1. at least one test passed: none collected, or all skipped, is a failure;
2. no test failed or broke;
3. no test passed that was expected to fail;
4. the runner itself ended well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pipeline.core.canonical import MalformedError

MAX_REPORT = 64 * 1024 * 1024
"""Largest report that is read, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """The tests of a run by outcome; `warned` were skipped or failed as expected."""

    passed: tuple[str, ...]
    warned: tuple[str, ...]
    failed: tuple[str, ...]


def read_junit(data: bytes) -> SuiteResult:
    """Read a JUnit report; what is none, or declares entities, raises `MalformedError`."""
    if len(data) > MAX_REPORT or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        msg = "the test report is too large or declares entities"
        raise MalformedError(msg)
    try:
        root = ET.fromstring(data)  # noqa: S314 - bounded, and without entities
    except ET.ParseError as error:
        msg = f"the test report is not XML: {error}"
        raise MalformedError(msg) from error
    outcomes: dict[str, list[str]] = {"passed": [], "warned": [], "failed": []}
    for case in root.iter("testcase"):
        name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
        kinds = {child.tag for child in case}
        failed = kinds & {"failure", "error"}
        outcomes["failed" if failed else "warned" if "skipped" in kinds else "passed"].append(name)
    broken = set(outcomes["failed"])  # a test that passed and broke in its teardown stands twice
    return SuiteResult(
        passed=tuple(name for name in outcomes["passed"] if name not in broken),
        warned=tuple(outcomes["warned"]),
        failed=tuple(dict.fromkeys(outcomes["failed"])),
    )


def faults_of(run: SuiteResult, *, exit_code: int, output: str) -> list[str]:
    """Say why a run is no pass; an empty list is a pass. `output` is pytest's, with `-rX`."""
    faults = [f"{name} failed" for name in run.failed]  # rule 2
    unexpected = re.findall(r"^XPASS (\S+)", output, re.MULTILINE)
    faults.extend(f"{name} passed, but was expected to fail" for name in unexpected)  # rule 3
    if not run.passed and not faults:
        skipped = f"; {len(run.warned)} skipped or expected to fail" if run.warned else ""
        faults.append(f"no test passed{skipped}")  # rule 1
    if exit_code != 0 and not faults:
        faults.append(f"pytest ended with exit code {exit_code}")  # rule 4
    return faults
