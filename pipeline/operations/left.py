"""What the steps of an attempt left in their folder, and what they changed there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError
from pipeline.core.envelope import RESULT_FILE
from pipeline.core.predicates.fields import Verdict
from pipeline.core.predicates.stage_result import StepRecord
from pipeline.edges.files import disk_errors, remove_tree
from pipeline.edges.hashing import open_regular
from pipeline.errors import EnvironmentFailedError, HeldError, UnreachableError, UntrustedError
from pipeline.operations.step_io import StepResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.core.envelope import Envelope
    from pipeline.operations.step_io import StepStatement

Mark = tuple[int, int, int, int, int]
"""Mode, size, modification and change time (ns), inode of a file: equal means not touched."""

ROOM = 64 * 1024
"""Bytes: where less is free, a step that fails is a full disk's doing."""
LAST = 64 * 1024
"""Bytes at the end of a log in which its last words are looked for."""
MAX_RESULT = 16 * 1024 * 1024
"""Largest `result.json`, in bytes."""
OWN = frozenset({"logs", "step.json"})
"""What the pipeline itself writes in the private folder."""


@dataclass(kw_only=True)
class Left:
    """The results of an attempt's steps, added up: the worst verdict counts."""

    verdict: Verdict = Verdict.PASS
    reason: str = ""
    steps: list[StepRecord] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    statements: list[StepStatement] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    cost_usd: Decimal = Decimal(0)

    def add(self, task: str, exit_code: int, result: StepResult) -> None:
        """Add what one step said of itself."""
        self.steps.append(StepRecord(task=task, exit_code=exit_code))
        self.artifacts += [name for name in result.artifacts if name not in self.artifacts]
        self.statements += result.statements
        try:
            self.cost_usd += Decimal(result.cost_usd)
        except ArithmeticError:
            self.findings.append(f"cost_usd is no decimal number: {result.cost_usd[:40]!r}")
        if result.verdict is Verdict.FAIL:
            self.fail(result.reason or f"{task} said fail and gave no reason")

    def fail(self, reason: str) -> None:
        """Make the attempt fail; the first reason stays first."""
        self.verdict = Verdict.FAIL
        self.reason = f"{self.reason}; {reason}" if self.reason else reason

    def log_name(self, task: str) -> str:
        """Return the log's name for the next step: TASK.log, or TASK-2.log when it runs again."""
        return log_names([*(step.task for step in self.steps), task])[-1]


def log_names(tasks: Sequence[str]) -> list[str]:
    """Return the names of the logs of steps that run in this order."""
    names: list[str] = []
    for number, task in enumerate(tasks):
        before = tasks[:number].count(task)
        names.append(f"{task}-{before + 1}.log" if before else f"{task}.log")
    return names


def no_verdict(
    task: str, exit_code: int, folder: Path, log: Path
) -> HeldError | UnreachableError | EnvironmentFailedError | None:
    """Return the hold, outage or full disk that a step ended with: none tells of the release."""
    if exit_code == HeldError.exit_code:
        return HeldError(
            f"the step {task} holds: {last_said(log)}",
            where=f"step {task}",
            todo="clear what it names, and call the same command again; nothing was counted",
        )
    if exit_code == UnreachableError.exit_code:
        return UnreachableError(
            f"the step {task} could not reach what it needs: {last_said(log)}",
            where=f"step {task}",
            todo="call the same command again when it can be reached; nothing was counted",
        )
    if exit_code == 0:
        return None
    with disk_errors(folder):
        disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < ROOM:
        return EnvironmentFailedError(
            f"the step {task} ended with exit code {exit_code} on a full disk",
            where=str(folder),
            todo="free some space there and run the same command again; nothing was counted",
        )
    return None


def last_said(log: Path) -> str:
    """Return what a step said went wrong: its last error line, else its last line."""
    try:  # what it did to its log is found later; a link leads nowhere here
        with os.fdopen(open_regular(log), "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LAST))
            lines = file.read(LAST).decode("utf-8", "replace").strip().splitlines()
    except (UntrustedError, OSError):
        lines = []
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return ([*lines, *errors] or ["it said nothing"])[-1][:300]


def taken_result(folder: Path) -> StepResult:
    """Read what a step said of itself, and take it away; a pass that claims nothing without it.

    `MalformedError` for what says something else, is too large, or is no plain file: a link would
    lead elsewhere, a pipe would never end.
    """
    path = folder / RESULT_FILE
    if not os.path.lexists(path):
        return StepResult()
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            data = file.read(MAX_RESULT + 1)
    except (UntrustedError, OSError) as error:
        msg = error.what if isinstance(error, UntrustedError) else str(error.strerror)
        raise MalformedError(msg) from error
    finally:
        remove_tree(path)
    if len(data) > MAX_RESULT:
        msg = f"it is larger than {MAX_RESULT} bytes"
        raise MalformedError(msg)
    return StepResult.from_bytes(data)


def marks(folder: Path, envelope: Envelope) -> dict[str, Mark]:
    """Return a mark of every file in the folder but the pipeline's own.

    `scratch` is passed over when the envelope allows everything there: what is thrown away unread
    need not be looked at.
    """
    skip = set(OWN)
    if "scratch/**" in envelope.allow_paths and not envelope.deny_paths:
        skip.add("scratch")
    found: dict[str, Mark] = {}
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                if name in skip:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{name}/")
                else:
                    seen = entry.stat(follow_symlinks=False)
                    times = (seen.st_mtime_ns, seen.st_ctime_ns)
                    found[name] = (seen.st_mode, seen.st_size, *times, seen.st_ino)
    return found


def changed_paths(folder: Path, envelope: Envelope, before: dict[str, Mark]) -> list[str]:
    """Return the files that were added, changed or removed since `before`, sorted."""
    now = marks(folder, envelope)
    names = set(now) | set(before)
    return sorted(name for name in names if now.get(name) != before.get(name))
