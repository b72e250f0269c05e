"""A bakery that is called production, and the trust, made for these tests, under which it opens.

No trust of this version is rooted, and nothing anchors an attempt: `Rooted` says of a project what
a root given from outside and an anchor would show. Everything else is the pipeline's own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.release import OriginClass
from pipeline.edges import clock, keys
from pipeline.flows.approve import approve
from pipeline.flows.promote import Ask, Climbed, promote
from pipeline.operations.baseline import baseline_report
from pipeline.operations.posturing import entry, the_run
from pipeline.operations.workspace import Workspace
from pipeline.proof.trust import RehearsalTrust, TrustKind
from tests.climbing import bakery, project
from tests.operations import reviewed
from tests.production.asked import CHANGES, PROOF, RAN_ON
from tests.tamper import release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = "1.0"
ADOPTER = "ada"


class RootedTrust(RehearsalTrust):
    """What a root given from outside would make of the same keys."""

    kind = TrustKind.ROOTED
    origin = OriginClass.LIVE


class RootedButLocal(RehearsalTrust):
    """A root, and evidence that no trusted workflow has made; another key set, so told apart."""

    kind = TrustKind.ROOTED


class LiveButRehearsal(RehearsalTrust):
    """A live origin that nobody's root stands behind."""

    origin = OriginClass.LIVE


@dataclass(frozen=True, kw_only=True)
class Rooted(Workspace):
    """A project under a trust made for this test, with an anchor or without."""

    believing: type[RehearsalTrust] = RootedTrust
    with_anchor: bool = True

    @cached_property
    def trust(self) -> RehearsalTrust:
        """The same keys, believed as they would be under another trust."""
        return self.believing(keys.trusted_keys(self.state, self.configuration.trust).keys)

    @property
    def anchored(self) -> bool:
        """What an anchor would make true."""
        return self.with_anchor


def opened(root: Path, **how: Any) -> Rooted:  # noqa: ANN401 - fields of `Rooted`
    """Open a project under the trust of these tests."""
    return Rooted(root=root, configuration=Workspace.open(root).configuration, **how)


REGISTRY = {
    "evidence": [
        {
            "id": name,
            "title": name,
            "kind": kind,
            "status": "defined_launch_window_proof_pending",
            "stages": ["pot"],
            "provenance_status": "private_acceptance_defined_not_executed",
            "production_grade": False,
            "notes": "Words, not proof.",
        }
        | more
        for name, kind, more in (
            (PROOF, "private_acceptance_proof", {"proof": {"test": "till"}}),
            ("evidence.pot.counter", "post_deploy_smoke", {}),
        )
    ]
}
BOX = f"FROM oven@sha256:{'0' * 64}\n"
BASELINE = (
    "inputs:\n  - {id: supply_chain.oven, scope: build, kind: container_base, paths: [Dockerfile], "
    "criticality: high, control: digest_pinned}\n"
)
SAID = {"try": {statement.TEST_RESULT: RAN_ON}}


def make(folder: Path, **changes: Mapping[str, Any]) -> Path:
    """Make the bakery: its first commit is released, the next ones say who looked at that."""
    merged = {name: CHANGES.get(name, {}) | dict(changes.get(name, {})) for name in CHANGES}
    files = {"Dockerfile": BOX, "said.json": json.dumps(SAID)}
    root = bakery.make(folder, files=files, **merged)
    project.git(root, "config", "user.name", "Ada")
    project.git(root, "config", "user.email", "ada@example.invalid")
    keys.local_key(root / ".release-ladder", "ecdsa-p256", now=clock.now())
    pem = release.key_of(root).read_text("ascii")
    reviewed.write(
        root, "config/trust.yaml", release.trust_of((ADOPTER, pem, {}), roles=["adopter"])
    )
    reviewed.write(root, "config/registry.yaml", json.dumps(REGISTRY))
    review = reviewed.record(root, reviewed_at=f'"{clock.now()}"')
    _settle(root)
    reviewed.kept(root, review)
    return root


def _settle(root: Path) -> None:
    """Write the baseline with the digest that the finding about it gives."""
    reviewed.write(root, "config/baseline.yaml", BASELINE)
    reviewed.commit(root)
    commit = project.git(root, "rev-parse", "v1.0")
    said = baseline_report(Workspace.open(root), commit)
    (digest,) = {d for one in said.amiss for d in re.findall(r"sha256:[0-9a-f]{64}", one.command)}
    text = BASELINE.replace("digest_pinned}", f"digest_pinned, digest: '{digest}'}}")
    reviewed.write(root, "config/baseline.yaml", text)


def climb(workspace: Workspace, stage: str = bakery.TOP) -> Climbed:
    """Climb, in this process."""
    ask = Ask(stage=stage, release=VERSION)
    return promote(workspace, ask, bakery.Runner(workspace.root), project.Quiet())


def nod(workspace: Workspace) -> None:
    """Sign a named approval of what was climbed so far."""
    approve(workspace, stage="nod", ladder=None, release=VERSION, reason="x", dry_run=False)


def finish(workspace: Workspace) -> None:
    """Climb to the top, with a named approval on the way."""
    climb(workspace, "sample")
    nod(workspace)
    climb(workspace)


def told(workspace: Workspace) -> dict[str, Any]:
    """Return the ladder's entry of the posture document."""
    ladder = workspace.ladder()
    return entry(workspace, ladder, the_run(workspace, ladder, VERSION))


def blockers(workspace: Workspace) -> set[str]:
    """Return the ids of the posture's blockers; each says what was looked at and what clears it."""
    found = told(workspace)["blockers"]
    for one in found:
        assert one["evidence"], one
        assert one["command"], one
    return {one["id"] for one in found}
