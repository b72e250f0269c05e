"""A built release for the checks to look at, and the ways to damage one."""

from __future__ import annotations

import base64
import copy
import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.policies.verification import VerificationPolicy
from pipeline.core.statement import Statement
from pipeline.flows.steps.checks import subject as looked_at
from pipeline.operations import environments, source
from tests.flows.steps import driving

ALLOW = ["MIT", "Apache-2.0", "BSD-2-Clause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A project's repository with what its build step left."""

    repo: Path
    folder: Path
    artifacts: dict[str, Path]
    statements: list[Statement]

    def file(self, suffix: str) -> Path:
        """Return the artifact with a suffix."""
        return next(path for name, path in self.artifacts.items() if name.endswith(suffix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A built release with a clean environment; `subject` makes what a check looks at."""

    built: Built
    environment: environments.Environment
    installed: tuple[looked_at.Installed, ...]

    def subject(
        self,
        folder: Path,
        *,
        artifacts: dict[str, Path] | None = None,
        statements: list[Statement] | None = None,
        repo: Path | None = None,
        **policy: Any,  # noqa: ANN401 - fields of the policy's YAML
    ) -> looked_at.Subject:
        step = driving.prepare(
            folder,
            repo or self.built.repo,
            artifacts=self.built.artifacts if artifacts is None else artifacts,
            statements=self.built.statements if statements is None else statements,
            extra="web",
            version="1.2",
        )
        document = {**copy.deepcopy(driving.POLICY), "licences": {"allow": ALLOW}, **policy}
        return looked_at.Subject(
            step=step,
            source=source.export(step, step.scratch / "source"),
            environment=self.environment,
            installed=self.installed,
            policy=VerificationPolicy.from_json(document),
            now="2026-11-20T10:00:00Z",
        )


def rewrite(wheel: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a wheel anew, each member through `change` (None drops it); RECORD stays as it is."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info))
            if data is not None:
                new.writestr(info, data)
    return target


def add_member(wheel: Path, target: Path, name: str, data: bytes, *, listed: bool) -> Path:
    """Add a member to a wheel, listed in RECORD or not."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    line = f"{name},sha256={digest},{len(data)}\n".encode() if listed else b""

    def change(member: str, content: bytes) -> bytes:
        return line + content if member.endswith("/RECORD") else content

    rewrite(wheel, target, change)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, data)
    return target


def with_wheel(release: Release, wheel: Path) -> dict[str, Path]:
    return {**release.built.artifacts, release.built.file(".whl").name: wheel}


def drop(suffix: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: None if name.endswith(suffix) else data


def edit(suffix: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes | None]:
    def change(name: str, data: bytes) -> bytes:
        if name.endswith(suffix):
            assert old in data
            return data.replace(old, new)
        return data

    return change
