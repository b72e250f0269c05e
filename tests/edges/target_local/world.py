"""A local target with real processes, and the ways to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.edges import process_identity
from pipeline.edges.driver import Receipt, Rollout
from pipeline.edges.http import LoopbackClient
from pipeline.edges.target_local.driver import LocalTarget
from pipeline.operations import released
from tests import services


@dataclass
class World:
    """A target, wheels for it, and the ways to look at it."""

    folder: Path
    config: TargetConfig

    @property
    def target(self) -> Path:
        return self.folder / "here"

    @property
    def driver(self) -> LocalTarget:
        return LocalTarget(self.target, self.config)

    def rollout(self, version: str, *, mood: str = "well", **changes: object) -> Rollout:
        path = self.folder / "dist" / f"tiny-{version}-py3-none-any.whl"
        if not path.exists():
            services.wheel(path.parent, version, mood)
        fields: dict[str, Any] = {
            "name": path.name,
            "wheel": path,
            "digest": Digest.of(path.read_bytes()),
            "version": version,
            "key": str(Digest.of(version.encode())),
            "token": 1,
        }
        return Rollout(**{**fields, **changes})

    def apply(self, version: str, *, mood: str = "well", **changes: object) -> Receipt:
        rollout = self.rollout(version, mood=mood, **changes)
        return self.driver.apply(rollout, released.installer({rollout.name: rollout.wheel}, None))

    def serving(self) -> str:
        """Ask the live service, over HTTP, which version it is."""
        with LoopbackClient(self.driver.url()) as client:
            return services.told(client.request("GET", "/version").body)

    def processes(self) -> list[process_identity.ProcessId]:
        marker = (self.target / "id").read_text() + ":"
        return [process for process, _ in process_identity.marked(marker)]

    def site(self, version: str) -> Path:
        digest = self.rollout(version).digest
        found = (self.target / "versions" / digest.hex[:16] / "env").glob("lib/*/site-packages")
        return next(found)
