"""What a release brings to a target: its wheel, an environment for it, a first posture to show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.core.canonical import Digest, canonical
from pipeline.core.config import TargetConfig
from pipeline.core.release import RunContext
from pipeline.edges import clock
from pipeline.edges.driver import Installer
from pipeline.edges.hashing import sha256_file
from pipeline.errors import StepFailedError
from pipeline.operations import environments
from pipeline.operations.source import SNAPSHOT
from pipeline.operations.step_io import Step


def target_of(step: Step) -> TargetConfig:
    """Return the configuration of the step's target."""
    return TargetConfig.from_json(step.target)


def wheel_of(artifacts: Mapping[str, Path]) -> tuple[str, Path, Digest]:
    """Return the one wheel among artifacts: name, file, digest; `StepFailedError` if not one."""
    wheels = sorted(name for name in artifacts if name.endswith(".whl"))
    if len(wheels) != 1:
        raise StepFailedError(
            f"{len(wheels)} wheels among the artifacts, and exactly one can be installed",
            where=", ".join(sorted(artifacts)) or "no artifact at all",
            todo="let the build stage leave one wheel, and promote a new version",
        )
    path = artifacts[wheels[0]]
    return wheels[0], path, sha256_file(path)


def installer(artifacts: Mapping[str, Path], extra: str | None) -> Installer:
    """Return what installs the release's wheel into a folder, with its dependency snapshot.

    Without a snapshot (a project without a lock) the wheel's extra is resolved from the index.
    """
    _, wheel, _ = wheel_of(artifacts)
    snapshot = artifacts.get(SNAPSHOT)
    requirements = [] if snapshot is None else [snapshot]
    unhashed = [f"{wheel}[{extra}]"] if extra and snapshot is None else []

    def install(folder: Path) -> Path:
        made = environments.make(folder, wheel=wheel, requirements=requirements, unhashed=unhashed)
        return made.folder

    return install


def first_posture(context: RunContext, stage: str) -> bytes:
    """Return a posture document that claims nothing: a release that climbs, one stage under way."""
    return canonical(
        {
            "schema": "https://release-ladder.readthedocs.io/schemas/posture/v1",
            "generated_at": clock.now(),
            "project": "release-ladder",
            "targets": [
                {
                    "target": context.target,
                    "ladder": context.ladder,
                    "gate": context.gate,
                    "channel": context.channel,
                    "release": context.version,
                    "run": context.run,
                    "commit": context.baseline_commit,
                    "origin_class": None,
                    "readiness": "climbing",
                    "deployment_allowed": False,
                    "production_ready": False,
                    "approval_state": "not_shown_here",
                    "artifacts": [],
                    "stages": [
                        {
                            "id": stage,
                            "alias": stage,
                            "phase": "pre-deploy",
                            "state": "next",
                            "statements": [],
                        }
                    ],
                    "blockers": [],
                }
            ],
        }
    )
