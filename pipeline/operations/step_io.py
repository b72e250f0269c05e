"""What a step's process is told (`step.json`) and what it leaves behind (`result.json`).

A step is an Invoke task that runs in a private folder. `RELEASE_LADDER_STEP` names its `step.json`;
the step leaves files in `out/` and may leave `result.json`. Exit 0 without one is a pass that
claims nothing.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.canonical import MalformedError, canonical, check_path, load_json
from pipeline.core.predicates.fields import Verdict
from pipeline.core.release import RunContext
from pipeline.errors import WrongUsageError

STEP_VARIABLE = "RELEASE_LADDER_STEP"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStatement:
    """A statement that a step asks to have signed: type, names of its subjects, predicate."""

    type: str
    subjects: tuple[str, ...]
    predicate: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step said of itself in `result.json`."""

    verdict: Verdict = Verdict.PASS
    reason: str = ""
    artifacts: tuple[str, ...] = ()
    statements: tuple[StepStatement, ...] = ()
    cost_usd: str = "0"

    def to_bytes(self) -> bytes:
        """Return the bytes of `result.json`."""
        return canonical(
            {
                "verdict": self.verdict.value,
                "reason": self.reason,
                "artifacts": list(self.artifacts),
                "statements": [
                    {"type": s.type, "subject": list(s.subjects), "predicate": s.predicate}
                    for s in self.statements
                ],
                "cost_usd": self.cost_usd,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> StepResult:
        """Read what a step left; unknown keys or wrong types are `MalformedError`."""
        value = load_json(data)
        known = {"verdict", "reason", "artifacts", "statements", "cost_usd"}
        if not isinstance(value, dict) or not set(value) <= known:
            msg = f"result.json may hold {', '.join(sorted(known))} and nothing else"
            raise MalformedError(msg)
        reason, cost = value.get("reason", ""), value.get("cost_usd", "0")
        try:
            verdict = Verdict(value.get("verdict", "pass"))
            statements = tuple(_statement(item) for item in _list(value.get("statements", [])))
            artifacts = tuple(check_path(name) for name in _list(value.get("artifacts", [])))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"result.json: {error}"
            raise MalformedError(msg) from error
        if not isinstance(reason, str) or not isinstance(cost, str):
            msg = "result.json: reason and cost_usd are strings"
            raise MalformedError(msg)
        return cls(
            verdict=verdict,
            reason=reason,
            artifacts=artifacts,
            statements=statements,
            cost_usd=cost,
        )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        msg = f"a list was expected, not {str(value)[:40]!r}"
        raise MalformedError(msg)
    return value


def _statement(item: dict[str, Any]) -> StepStatement:
    if set(item) != {"type", "subject", "predicate"} or not isinstance(item["predicate"], dict):
        msg = "a statement holds type, subject and predicate, and nothing else"
        raise MalformedError(msg)
    subjects = tuple(_list(item["subject"]))
    if not isinstance(item["type"], str) or not all(isinstance(s, str) for s in subjects):
        msg = "a statement's type is a string, its subject a list of artifact names"
        raise MalformedError(msg)
    return StepStatement(type=item["type"], subjects=subjects, predicate=item["predicate"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A running step: where it may read and write, and what it is about."""

    folder: Path
    document: dict[str, Any]
    context: RunContext

    @classmethod
    def load(cls) -> Step:
        """Read the `step.json` that the environment names; outside a step this is wrong usage."""
        name = os.environ.get(STEP_VARIABLE)
        if not name:
            what = "this task is a step of a ladder and runs only inside `invoke promote`"
            raise WrongUsageError(
                what, where=STEP_VARIABLE, todo="call `invoke promote --stage STAGE`"
            )
        path = Path(name)
        document = load_json(path.read_bytes())
        return cls(
            folder=path.parent,
            document=document,
            context=RunContext.from_dict(document["context"]),
        )

    @property
    def out(self) -> Path:
        """Where outputs go."""
        return self.folder / "out"

    @property
    def scratch(self) -> Path:
        """Where anything may be written that is thrown away."""
        return self.folder / "scratch"

    @property
    def repository(self) -> Path:
        """The project's root, read only by agreement."""
        return Path(self.document["repository"])

    @property
    def state(self) -> Path:
        """The folder of local state: targets live in `targets/TARGET` below it."""
        return Path(self.document["scratch_target"] or self.document["state"])

    @property
    def key(self) -> str:
        """The attempt's key: an effect with a key that was applied before is not applied again."""
        return str(self.document["key"])

    @property
    def token(self) -> int:
        """The lease's number: an effect refuses a token older than the newest it has seen."""
        return int(self.document["token"])

    @property
    def target(self) -> dict[str, Any]:
        """The target's configuration, as its YAML has it."""
        return dict(self.document["target"])

    @property
    def policies(self) -> dict[str, Any]:
        """The policy entries for this target, by family."""
        return dict(self.document["policies"])

    @property
    def live(self) -> dict[str, Any] | None:
        """The target's state before this stage."""
        live: dict[str, Any] | None = self.document["inputs"]["live"]
        return live

    def artifacts(self) -> dict[str, Path]:
        """Return the release's artifacts so far: name → file."""
        inputs: dict[str, str] = self.document["inputs"]["artifacts"]
        return {name: self.folder / path for name, path in inputs.items()}

    def baseline(self) -> dict[str, Path]:
        """Return the artifacts that are live on the target: name → file; empty if nothing is."""
        inputs: dict[str, str] = self.document["inputs"]["baseline"]
        return {name: self.folder / path for name, path in inputs.items()}

    def statements(self, predicate_type: str) -> list[dict[str, Any]]:
        """Return the verified statements of earlier stages of one type (whole payloads)."""
        return [
            load_json((self.folder / item["path"]).read_bytes(), floats=True)
            for item in self.document["inputs"]["statements"]
            if item["type"] == predicate_type
        ]

    def log(self, text: str) -> None:
        """Print a line for the step's log, at once."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def finish(self, result: StepResult) -> None:
        """Leave `result.json`: several steps of a stage add up, the worst verdict counts."""
        (self.folder / "result.json").write_bytes(result.to_bytes())


def pretty(value: object) -> bytes:
    """Return indented JSON with sorted keys, for files that people read."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
