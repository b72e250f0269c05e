"""`pip_audit`: asks the advisory service of the Python Package Index, through pip-audit.

As with its `--strict`, a package that it could not look up is no pass; ours are counted as well.
The service gives no severities, so what it finds holds until another source knows one.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from pipeline.core.advisories import Finding
from pipeline.core.canonical import MalformedError, load_json
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.edges import command, uv
from pipeline.edges.advisories.interface import Answer, Question
from pipeline.errors import counted

if TYPE_CHECKING:
    from pathlib import Path

NAME = "pip_audit"
URI = "https://pypi.org/project/pip-audit/"
TIMEOUT = 15
"""Seconds that the service has to answer for all packages."""


def ask(question: Question) -> Answer:
    """Look packages up; a service that does not answer in time is `not_run`."""
    if importlib.util.find_spec("pip_audit") is None:
        return _not_run("pip-audit is not installed: add the extra `audit`")
    folder = question.scratch / "pip-audit"
    folder.mkdir()
    done = _run(folder, question.packages)
    try:
        document = load_json(done.stdout.encode(), floats=True)
        entries = list(document["dependencies"])
        skipped = [entry for entry in entries if "skip_reason" in entry]
        findings = tuple(_finding(e, v) for e in entries for v in e.get("vulns", ()))
    except (MalformedError, KeyError, TypeError, AttributeError) as error:
        said = done.said if done.code else str(error)
        return _not_run(f"pip-audit could not reach its service: {said[-300:]}")
    missing = len(question.packages) - len(entries) + len(skipped)
    if missing > 0 and not findings:
        return _not_run(_missed(missing, question, skipped))
    return Answer(
        source=NAME,
        uri=URI,
        verdict=CheckVerdict.PASSED,
        reason=f"{len(entries) - len(skipped)} packages looked up, {missing} not",
        version=version("pip-audit"),
        data_date=question.now,
        findings=findings,
    )


def _missed(missing: int, question: Question, skipped: list[dict[str, Any]]) -> str:
    """Tell what was not looked up; when it is all, no package's own reason says why."""
    asked = len(question.packages)
    if missing >= asked:
        what = f"none of the {counted(asked, 'package')} could be looked up"
        return f"{what}: is the advisory service reachable?"
    why = f", the first: {skipped[0]['skip_reason']}" if skipped else ""
    return f"{missing} of {counted(asked, 'package')} could not be looked up{why}"


def _run(folder: Path, packages: tuple[tuple[str, str], ...]) -> command.Done:
    listed = folder / "requirements.txt"
    listed.write_text("".join(f"{name}=={number}\n" for name, number in packages))
    env = uv.environment(folder)
    certificates = os.environ.get("REQUESTS_CA_BUNDLE") or env.get("SSL_CERT_FILE")
    if certificates:
        env["REQUESTS_CA_BUNDLE"] = certificates
    return command.run(
        [
            sys.executable,
            *("-m", "pip_audit", "--no-deps", "--disable-pip", "--format=json"),
            *("--progress-spinner=off", "--timeout=5", f"--cache-dir={folder / 'cache'}"),
            f"--requirement={listed}",
        ],
        cwd=folder,
        env=env,
        timeout=TIMEOUT,
    )


def _finding(entry: dict[str, Any], found: dict[str, Any]) -> Finding:
    return Finding(
        package=canonicalize_name(entry["name"]),
        version=str(entry["version"]),
        ids=(str(found["id"]), *map(str, found.get("aliases", ()))),
        severity=None,
    )


def _not_run(reason: str) -> Answer:
    return Answer(source=NAME, uri=URI, verdict=CheckVerdict.NOT_RUN, reason=reason)
