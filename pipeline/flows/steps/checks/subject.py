"""What a check looks at, and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.core.licences import Declared
from pipeline.core.predicates.check_report import AdvisorySource
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.errors import StepFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.policies.verification import VerificationPolicy
    from pipeline.edges.advisories.interface import Answer
    from pipeline.operations.environments import Environment
    from pipeline.operations.source import Source
    from pipeline.operations.step_io import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check answers: its verdict, one line of reason, what it found, what lets it pass."""

    verdict: CheckVerdict
    reason: str
    details: tuple[str, ...] = ()
    todo: str | None = None


def judged(faults: list[str], passed: str) -> Outcome:
    """Return passed with a reason when there is no fault, else failed with all of them."""
    if not faults:
        return Outcome(verdict=CheckVerdict.PASSED, reason=passed)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Outcome(
        verdict=CheckVerdict.FAILED,
        reason=f"{faults[0][:2000]}{more}",
        details=tuple(fault[:2000] for fault in faults[:200]),
    )


def not_run(reason: str, todo: str | None = None) -> Outcome:
    """Return what a check answers that could not look: never a pass."""
    return Outcome(verdict=CheckVerdict.NOT_RUN, reason=reason, todo=todo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A distribution as it lies in the clean environment."""

    name: str
    version: str
    declared: Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The artifacts, the commit, a clean environment with the wheel, the policy, the time."""

    step: Step
    source: Source
    environment: Environment
    installed: tuple[Installed, ...]
    policy: VerificationPolicy
    now: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def wheel(self) -> Path:
        """The release's one wheel."""
        return distribution(self.step, ".whl")

    @property
    def sdist(self) -> Path:
        """The release's one sdist."""
        return distribution(self.step, ".tar.gz")

    @property
    def artifacts(self) -> dict[str, Path]:
        """All artifacts of the release: name → file."""
        return self.step.artifacts()

    def sources(self) -> tuple[AdvisorySource, ...]:
        """Return what the advisory sources answered, as the report has it."""
        return tuple(
            AdvisorySource(
                name=answer.source,
                verdict=answer.verdict,
                reason=answer.reason,
                data_date=answer.data_date,
            )
            for answer in self.answers
        )


class Check(Protocol):
    """A check: looks at the subject, answers; what it raises counts as failed."""

    def __call__(self, subject: Subject) -> Outcome:
        """Look and answer."""
        ...


def distribution(step: Step, suffix: str) -> Path:
    """Return the release's one artifact with a suffix; none or several are a failed step."""
    found = [path for name, path in sorted(step.artifacts().items()) if name.endswith(suffix)]
    if len(found) != 1:
        raise StepFailedError(
            f"a release has one {suffix} artifact, this one has {len(found)}",
            where="the artifacts of the earlier stages",
            todo="see what the ladder's building stage left as artifacts",
        )
    return found[0]


_LISTING = """
import importlib.metadata as m, json
def texts(d):
    for f in d.files or ():
        if f.name.lower().startswith(("licen", "copying")) and ".dist-info" in str(f):
            try:
                yield f.read_text()[:30000]
            except (OSError, UnicodeDecodeError):
                pass
print(json.dumps([{
    "name": d.metadata["Name"], "version": d.version,
    "expression": d.metadata.get("License-Expression") or "",
    "field": d.metadata.get("License") or "",
    "classifiers": d.metadata.get_all("Classifier") or [],
    "texts": list(texts(d)),
} for d in m.distributions()]))
"""


def list_installed(environment: Environment) -> tuple[Installed, ...]:
    """Return every distribution of an environment, told by its own interpreter."""
    done = environment.run("-c", _LISTING)
    if done.code != 0:
        raise StepFailedError(
            f"the installed distributions cannot be listed: {done.said}",
            where="the clean environment",
            todo="see the metadata of the installed distributions",
        )
    return tuple(_installed(item) for item in json.loads(done.stdout))


def _installed(item: dict[str, Any]) -> Installed:
    return Installed(
        name=str(item["name"]),
        version=str(item["version"]),
        declared=Declared(
            expression=item["expression"],
            field=item["field"],
            classifiers=tuple(item["classifiers"]),
            texts=tuple(item["texts"]),
        ),
    )
