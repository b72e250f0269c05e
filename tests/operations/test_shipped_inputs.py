"""This repository's own baseline and registry: true today, or whoever changes a file says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pipeline.core.baseline.compare import compare
from pipeline.core.baseline.report import ControlState
from pipeline.core.registry import LOCAL, REPO
from pipeline.edges import configuration
from pipeline.edges.git import Blob
from pipeline.operations.baseline import _Tree, look

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = configuration.load(ROOT)


class Checkout(_Tree):
    """The files of the checkout instead of a commit's: whoever edits one sees it before."""

    def __init__(self) -> None:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        names = sorted({name for name in said.decode().split("\0") if (ROOT / name).is_file()})
        self.blobs = {name: Blob(path=name, mode="100644", object_id="") for name in names}
        self.bytes = {name: (ROOT / name).read_bytes() for name in names}


def test_the_shipped_baseline_is_kept() -> None:
    """A failure prints the digest to set in config/baseline.yaml, once the change was reviewed."""
    found = compare(SHIPPED.baseline, "checkout", look(Checkout(), SHIPPED.baseline), {})
    assert [f"{one.what}: {one.command}" for one in found.amiss] == []
    states = {entry.id: entry.state for entry in found.entries}
    assert states["supply_chain.ci_workflows"] is ControlState.DIGEST_PINNED


def test_nothing_in_the_shipped_registry_claims_to_be_good_for_production() -> None:
    assert SHIPPED.registry.evidence
    assert not [entry.id for entry in SHIPPED.registry.evidence if entry.production_grade]
    assert {stage for entry in SHIPPED.registry.evidence for stage in entry.stages} == {
        REPO,
        LOCAL,
        *SHIPPED.targets,
    }


def test_production_has_a_private_proof_that_is_pending_and_staging_has_none() -> None:
    approval = SHIPPED.policies.for_target("production").approval
    assert approval
    named = [entry.id for entry in SHIPPED.registry.proofs("production")]
    assert named == list(approval.launch_proofs)
    assert SHIPPED.registry.proofs("staging") == ()
