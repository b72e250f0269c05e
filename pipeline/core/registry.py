"""The evidence registry: what kinds of evidence the project knows, each with what is said of it.

Nothing here is evidence. `status`, `provenance_status`, `production_grade` and `notes` are
*declarations*: words of whoever wrote the file, shown as such (`RegistryEntry.declared`), and no
gate and no posture counts them for anything. What a stage proved is in its signed statements. A
`proof` does not satisfy itself either: it says by which signed statement it would be satisfied, an
in-toto test result `PASSED` that names the test, made for this release and target.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from pipeline.core.fields import Identifier, Line, PolicyId, Problem, duplicates, refuse_all
from pipeline.core.model import Digested, Model

REPO = "repo"
"""The stage of evidence about a commit, whatever becomes of it."""
LOCAL = "local"
"""The stage of evidence that is made on one machine and for it."""
PLACES = (REPO, LOCAL)
"""Stages that are no targets."""
DECLARATIONS = ("status", "provenance_status", "production_grade", "notes")
"""The fields that only say something: they count for nothing."""


class EvidenceKind(StrEnum):
    """What sort of thing brings the evidence about."""

    CI_WORKFLOW = "ci_workflow"
    GENERATED_PROVENANCE_BASELINE = "generated_provenance_baseline"
    LOCAL_REHEARSAL = "local_rehearsal"
    PREFLIGHT_CHECK = "preflight_check"
    POST_DEPLOY_SMOKE = "post_deploy_smoke"
    SMOKE_PATH = "smoke_path"
    BROWSER_ACCEPTANCE = "browser_acceptance"
    ROLLOUT_WORKFLOW = "rollout_workflow"
    CANDIDATE_WORKFLOW = "candidate_workflow"
    PRIVATE_ACCEPTANCE_PROOF = "private_acceptance_proof"
    SIGNER_BOUNDARY = "signer_boundary"


class EvidenceStatus(StrEnum):
    """How far it is said to have come. There is no word for done: evidence says that itself."""

    IMPLEMENTED_INITIAL = "implemented_initial"
    DEFINED_NOT_EXECUTED = "defined_not_executed"
    PROOF_PENDING = "defined_launch_window_proof_pending"


class ProvenanceStatus(StrEnum):
    """What its provenance is said to be good for, at most."""

    PREPRODUCTION_WORKFLOW_ONLY = "preproduction_workflow_only"
    LOCAL_HASH_BASELINE_ONLY = "local_hash_baseline_only"
    NOT_A_RELEASE_BUNDLE = "not_a_release_bundle"
    PRE_DEPLOY_CHECK_ONLY = "pre_deploy_contract_check_only"
    POST_DEPLOY_SMOKE_ONLY = "post_deploy_smoke_only"
    MANUAL_EXPORT_ONLY = "manual_export_only"
    STAGING_ROLLOUT_ONLY = "staging_rollout_only"
    CANDIDATE_BUNDLE_ONLY = "production_candidate_bundle_only"
    PRIVATE_PROOF_NOT_EXECUTED = "private_acceptance_defined_not_executed"
    RUNTIME_BOUNDARY_ONLY = "live_runtime_boundary_proof_only"
    SMOKE_PATH_NOT_EXECUTED = "smoke_path_defined_not_executed"
    ROLLOUT_NOT_APPROVED = "rollout_workflow_defined_not_approved"


class Proof(Model):
    """By what a private proof is satisfied; nothing that is written down satisfies it."""

    test: Line = Field(
        description="The test that a signed in-toto test result PASSED must name, run for the "
        "release and on the target."
    )


class RegistryEntry(Model):
    """One kind of evidence."""

    id: PolicyId = Field(description="The entry's id: evidence.STAGE.WHAT.")
    title: Line = Field(description="What it is, in a line.")
    kind: EvidenceKind = Field(description="What sort of thing brings it about.")
    status: EvidenceStatus = Field(description="Declared; counts for nothing.")
    stages: tuple[Identifier, ...] = Field(
        min_length=1, description="Where it belongs: repo, local, or targets."
    )
    provenance_status: ProvenanceStatus = Field(description="Declared; counts for nothing.")
    production_grade: bool = Field(description="Declared; true counts for nothing.")
    notes: Line = Field(description="What it shows and what it does not; declared.")
    proof: Proof | None = Field(
        default=None, description="What satisfies a private_acceptance_proof; no other kind has it."
    )

    def declared(self) -> dict[str, Any]:
        """Return what is only said: to be shown under that name, never to be counted."""
        written = self.to_dict()
        return {name: written[name] for name in DECLARATIONS}


class Registry(Digested):
    """The file `config/registry.yaml`; a project without one has registered nothing."""

    evidence: tuple[RegistryEntry, ...] = Field(default=(), description="The entries.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    def for_stage(self, stage: str) -> tuple[RegistryEntry, ...]:
        """Return what belongs to a target, to `repo` or to `local`."""
        return tuple(entry for entry in self.evidence if stage in entry.stages)

    def proofs(self, target: str) -> tuple[RegistryEntry, ...]:
        """Return the private proofs of a target: pending until a signed test result says PASSED."""
        return tuple(entry for entry in self.for_stage(target) if entry.proof is not None)

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        listed = document.get("evidence")
        entries = [
            entry if isinstance(entry, Mapping) else {}
            for entry in (listed if isinstance(listed, (list, tuple)) else ())
        ]
        names = [str(entry.get("id", f"?{n}")) for n, entry in enumerate(entries)]
        for at, name, first in duplicates(names):
            words = f"{name!r} is evidence[{first}] already; allowed: each id once"
            yield Problem(("evidence", at, "id"), words)
        for at, entry in enumerate(entries):
            yield from _entry_problems(at, entry)


def _entry_problems(at: int, entry: Mapping[str, Any]) -> Iterator[Problem]:
    stages = entry.get("stages")
    for index, name, first in duplicates(
        str(stage) for stage in (stages if isinstance(stages, (list, tuple)) else ())
    ):
        words = f"{name!r} is stages[{first}] already; allowed: each stage once"
        yield Problem(("evidence", at, "stages", index), words)
    private = entry.get("kind") == EvidenceKind.PRIVATE_ACCEPTANCE_PROOF
    if private and entry.get("proof") is None:
        words = (
            "is missing, so nothing could ever satisfy the proof; allowed: `proof: {test: NAME}`"
        )
        yield Problem(("evidence", at, "proof"), words)
    if not private and entry.get("proof") is not None and "kind" in entry:
        words = f"a {entry['kind']} has no proof; allowed: with kind: private_acceptance_proof"
        yield Problem(("evidence", at, "proof"), words)
