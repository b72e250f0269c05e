"""Drives a step's body as the host does: a private folder with step.json, then its result."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest, canonical
from pipeline.core.release import Identity, RunContext
from pipeline.core.statement import Statement, Subject
from pipeline.edges import git, git_versions
from pipeline.operations.step_io import STEP_VARIABLE, Step, StepResult

POLICY: dict[str, Any] = {
    "id": "verification_policy.test",
    "target": "staging",
    "required_checks": ["digests"],
    "advisories": {"max_age": "7d", "snapshot": None, "exceptions": []},
    "licences": {"allow": ["MIT"]},
}


ATTEMPT = {
    "task": "test.step",
    "arguments": {},
    "stage": "stage",
    "phase": "pre-deploy",
    "effect": "none",
    "attempt": 1,
    "key": "sha256:" + "0" * 64,
    "token": 1,
    "rehearsal": True,
    "scratch_target": None,
}


def sh(folder: Path, *arguments: str) -> str:
    """Run a program there and return what it wrote."""
    done = subprocess.run(arguments, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_all(root: Path, tag: str | None = None) -> str:
    """Commit everything in a folder (a repository from then on) and tag it."""
    if not (root / ".git").exists():
        sh(root, "git", "init", "-q", "-b", "main")
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    sh(root, "git", "add", "--all")
    sh(root, "git", *who, "commit", "-q", "-m", "state")
    if tag:
        sh(root, "git", "tag", tag)
    return git.head_commit(root)


def prepare(
    folder: Path,
    repo: Path,
    *,
    artifacts: dict[str, Path] | None = None,
    statements: list[Statement] | None = None,
    extra: str | None = None,
    policy: dict[str, Any] | None = None,
    commit: str | None = None,
    version: str | None = None,
) -> Step:
    """Make a step's private folder and load it as the host would."""
    for name in ("inputs/artifacts", "inputs/statements", "out", "scratch"):
        (folder / name).mkdir(parents=True)
    for name, path in (artifacts or {}).items():
        shutil.copyfile(path, folder / "inputs" / "artifacts" / name)
    listed = []
    for number, statement in enumerate(statements or []):
        file = f"inputs/statements/{number}.json"
        (folder / file).write_bytes(statement.to_bytes())
        listed.append({"stage": "build", "type": statement.predicate_type, "path": file})
    context = _context(repo, commit, version)
    document: dict[str, Any] = {
        **ATTEMPT,
        "context": context.to_dict(),
        "repository": str(repo.resolve()),
        "state": str(folder / "state"),
        "inputs": {
            "artifacts": {name: f"inputs/artifacts/{name}" for name in artifacts or {}},
            "statements": listed,
            "live": None,
            "baseline": {},
        },
        "target": {"service": {"command": ["x"], "extra": extra}},
        "policies": {"verification": policy or POLICY},
    }
    (folder / "step.json").write_bytes(canonical(document))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STEP_VARIABLE, str(folder / "step.json"))
        return Step.load()


def _context(repo: Path, commit: str | None, version: str | None) -> RunContext:
    commit = commit or git.head_commit(repo)
    identity = Identity(
        target="staging",
        channel="staging",
        gate="guarded",
        version=version or git_versions.version_at(repo, commit),
        commit=commit,
    )
    now = "2026-11-20T10:00:00Z"
    return RunContext.begin(identity, ladder="staging", audit=uuid.uuid4(), now=now)


def result_of(step: Step) -> StepResult:
    """Return what a step said of itself."""
    return result_in(step.folder)


def result_in(folder: Path) -> StepResult:
    """Return what the step of a folder said of itself."""
    return StepResult.from_bytes((folder / "result.json").read_bytes())


def handed_on(step: Step) -> tuple[dict[str, Path], list[Statement]]:
    """Return what the next stage gets of a finished step: artifacts and statements."""
    result = result_of(step)
    artifacts = {name: step.out / name for name in result.artifacts}
    return artifacts, said(step, artifacts)


def said(step: Step, artifacts: dict[str, Path]) -> list[Statement]:
    """Return the statements that a finished step left about artifacts."""
    digests = {name: Digest.of(path.read_bytes()) for name, path in artifacts.items()}
    return [
        Statement(
            predicate_type=made.type,
            subjects=tuple(Subject(name=n, digest=digests[n]) for n in made.subjects),
            predicate=made.predicate,
        )
        for made in result_of(step).statements
    ]


def outside(folder: Path) -> set[str]:
    """Return the files of a step's folder that lie neither in out/ nor in scratch/."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in {"out", "scratch"}
    } - {"result.json"}
