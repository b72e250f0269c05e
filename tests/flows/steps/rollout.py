"""Steps that roll the tiny service out: a world with one target and numbered releases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.core.release import Identity, RunContext
from pipeline.core.statement import APPROVAL, Statement, Subject
from pipeline.edges.driver import Driver
from pipeline.edges.drivers import open_target
from pipeline.operations.step_io import Step
from tests import policies, services
from tests.flows.steps import driving

RULE: dict[str, Any] = {
    "id": "canary_rule.here.page",
    "ring": "loopback",
    "surfaces": ["/page", "/version"],
    "requests": 20,
    "intervals": 3,
    "concurrency": 2,
    "objectives": {"error_rate": "0", "p95_ms": "2000"},
    "margins": {"error_rate": "0", "p95_ratio": "50"},
    "min_samples": 60,
}
COMMIT = "a" * 40


@dataclass
class Rollouts:
    """Makes steps for releases of the tiny service; their state is one folder."""

    folder: Path
    config: TargetConfig
    rule: dict[str, Any]
    count: int = 0

    @property
    def driver(self) -> Driver:
        return open_target(self.folder / "state", self.config)

    def artifacts(self, version: str, mood: str = "well") -> dict[str, Path]:
        folder = self.folder / "dist" / version
        path = folder / f"tiny-{version}-py3-none-any.whl"
        if not path.exists():
            services.wheel(folder, version, mood)
        snapshot = folder / "dependencies.txt"
        snapshot.write_text("")
        return {path.name: path, snapshot.name: snapshot}

    def step(
        self,
        version: str,
        mood: str = "well",
        *,
        after: Step | None = None,
        **changes: Any,  # noqa: ANN401
    ) -> Step:
        """Prepare a step of a release; `changes` are members of step.json.

        It gets the statements of the step `after` which it comes.
        """
        self.count += 1
        artifacts = self.artifacts(version, mood)
        wheel = next(name for name in artifacts if name.endswith(".whl"))
        made = driving.prepare(
            self.folder / f"step-{self.count}",
            self.folder,
            artifacts=artifacts,
            statements=[
                self.approval(wheel, artifacts[wheel]),
                *(driving.said(after, artifacts) if after else ()),
            ],
            commit=COMMIT,
            version=version,
        )
        identity = Identity(target="here", channel="c", gate="g", version=version, commit=COMMIT)
        context = RunContext.begin(
            identity, ladder="l", audit=uuid.uuid4(), now="2026-11-20T10:00:00Z"
        )
        document = {
            **made.document,
            "state": str(self.folder / "state"),
            "target": self.config.to_dict(),
            "key": str(Digest.of(f"{version} {self.count}".encode())),
            "policies": {
                "canary": {
                    "id": "canary.here.page",
                    "target": "here",
                    "rule": self.rule,
                    "boundary": policies.boundary(),
                }
            },
            **changes,
        }
        return replace(made, context=context, document=document)

    def approval(self, name: str, wheel: Path) -> Statement:
        digest = Digest.of(wheel.read_bytes())
        return Statement(
            predicate_type=APPROVAL,
            subjects=(Subject(name=name, digest=digest),),
            predicate={"artifacts": [{"name": name, "digest": str(digest)}]},
        )
