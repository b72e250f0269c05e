"""A whole release with every record that its policies ask for, as gates see it.

The stages are those of `signed`, and what they say is really signed and verified. The records are
computed by the pipeline's own `make` and signed; a test spoils one thing, or what one of them says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.canonical import Digest
from pipeline.core.compatibility import matrix
from pipeline.core.config import TargetConfig
from pipeline.core.evidence import Evidence
from pipeline.core.families import RecordFamily
from pipeline.core.gates import RELEASE_GATES, Weight
from pipeline.core.misrecorded import MATRIX, record_path
from pipeline.core.policies import (
    FAMILIES,
    FindingException,
    ReleaseApproval,
    TargetPolicies,
    TrustKind,
)
from pipeline.core.records.emit import declared, make
from pipeline.core.records.ground import Ground
from pipeline.core.records.read import records_of
from pipeline.core.release import Phase
from pipeline.core.signer import SignerProof
from tests import policies
from tests.climbing import bakery
from tests.core.gates import cases, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.evidence import Believed, StageEvidence
    from pipeline.core.gates import Finding

Fields = dict[str, Any]
PRE, POST = Phase.PRE_DEPLOY, Phase.POST_DEPLOY
MADE = [statement.PROVENANCE, statement.SBOM, statement.CHECK_REPORT]
LADDER = signed.ladder(
    [
        signed.stage("taste", emits=MADE),
        signed.stage("boil", emits=[statement.TEST_RESULT, statement.CANARY]),
        signed.stage(
            "bless",
            alias="ok",
            approval=True,
            manual=True,
            emits=[statement.APPROVAL],
            records=bakery.STAGES[4]["records"],
        ),
        signed.stage("pour", "post-deploy", effect="live", manual=True),
        signed.stage(
            "sip",
            "post-deploy",
            emits=[statement.SMOKE],
            records=bakery.STAGES[-1]["records"],
        ),
    ]
)
STAGE_IDS = [stage.id for stage in LADDER.stages]
EMPTY: Fields = {"empty": True, "artifact": None, "version": None}
LIVE: Fields = {"empty": False, "artifact": signed.D, "version": "0.9"}
RUNBOOKS = {"runbook.md": signed.E}
EXCEPTION = FindingException(
    finding="baseline.drift.recipe", reason="the oven is new", owner="Ada", expires=signed.LATER
)
PROVENANCE: Fields = {
    "buildDefinition": {
        "buildType": "https://tea.example/bake/v1",
        "externalParameters": {},
        "resolvedDependencies": [
            {"name": "source", "digest": {"gitCommit": signed.CONTEXT.baseline_commit}},
            {"name": "recipe.lock", "digest": {"sha256": "1" * 64}},
        ],
    },
    "runDetails": {
        "builder": {"id": "https://tea.example/oven"},
        "metadata": {"finishedOn": signed.EARLIER},
    },
}


def asked(**changes: Fields) -> TargetPolicies:
    """Return policies that ask for every record; `tracking={...}` changes that policy's fields."""
    own: dict[str, Fields] = {
        "promotion": {
            "required_stages": STAGE_IDS,
            "manual_stages": ["bless", "pour"],
            "attestation_policies": ["attestation_policy.pot.lineage"],
        },
        "attestation": {"stages": ["taste"]},
    }
    made: dict[str, Any] = {}
    for name, model in FAMILIES.items():
        writing = {"approval_authority": policies.authority}.get(name) or getattr(policies, name)
        fields = writing(**(own.get(name, {}) | changes.get(name, {})))
        (one,) = model.from_json({"family": name, "policies": [fields]}).policies
        made[name] = (one,) if model.several else one
    approval = policies.approval(**(bakery.APPROVAL | changes.get("approval", {})))
    made["approval"] = ReleaseApproval.from_json(approval)
    return TargetPolicies(**made)


POLICIES = asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release was made from."""

    policies: TargetPolicies = POLICIES
    """Those of when it was made."""
    snapshot: str = signed.BOUND.policies
    provenance: tuple[Fields, ...] = (PROVENANCE,)
    tests: Fields = field(default_factory=dict)
    verdict: str = "PASS"
    rule: Fields | None = None
    """The canary's rule; else the policy's."""
    approver: str | None = None
    kind: str = "local_manual"
    reference: str = "trigger_source:local_manual"
    smoked: Mapping[str, str] = field(default_factory=lambda: {"sip": "passed", "till": "passed"})
    target: Fields = field(default_factory=lambda: dict(bakery.TARGET))
    live: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    runbooks: Mapping[str, str | None] = field(default_factory=lambda: RUNBOOKS)
    exceptions: tuple[FindingException, ...] = ()
    rooted: bool = False
    from_workflow: bool = False
    says: Mapping[tuple[Phase, str], Fields] = field(default_factory=dict)
    """What the record of a phase and family says instead."""
    without: frozenset[tuple[Phase, str]] = frozenset()
    """Records that are not there."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path → digest of files of a stage's records that are others."""

    def stages(self) -> tuple[StageEvidence, ...]:
        """Return every stage with a verified pass, those of `LADDER`."""
        made: tuple[StageEvidence, ...] = ()
        for stage_id in STAGE_IDS:
            made = (*made, self._stage(stage_id, made))
        return made

    def _stage(self, stage_id: str, below: tuple[StageEvidence, ...]) -> StageEvidence:
        own = tuple(self._from(item) for item in self._statements(stage_id, below))
        stage = LADDER.stage(stage_id)
        if not stage.records:
            return signed.passed(stage_id, *own)
        ground = self._ground(stage_id, Evidence(stages=below), own)
        files = {MATRIX: str(ground.matrix)}
        said: list[Believed] = []
        for family in declared(stage):
            key = (stage.phase, family.value)
            if key in self.without:
                continue
            predicate = make(ground, family).to_dict() | self.says.get(key, {})
            item = self._from(signed.believed(statement.record_type(family), predicate))
            ground.records.extend(records_of([item]))
            said.append(item)
            files[record_path(family.value)] = str(Digest.of(item.payload))
        listed = [
            {"path": path, "digest": digest, "size": 1}
            for path, digest in (files | dict(self.files)).items()
        ]
        return signed.passed(stage_id, *own, *said, records=listed)

    def _from(self, item: Believed) -> Believed:
        return signed.live(item) if self.from_workflow else item

    def _statements(self, stage_id: str, below: tuple[StageEvidence, ...]) -> tuple[Believed, ...]:
        said = signed.believed
        match stage_id:
            case "taste":
                bill = said(statement.SBOM, {"bomFormat": "CycloneDX", "components": []})
                made = [said(statement.PROVENANCE, one) for one in self.provenance]
                return (*made, *([bill] if made else []), signed.report(digests="passed"))
            case "boil":
                return (signed.ran_tests(**self.tests), self._canary())
            case "bless":
                return (self._approval(below),)
            case "sip":
                return (self._smoke(),)
        return ()

    def _canary(self) -> Believed:
        policy = self.policies.canary
        assert policy is not None
        predicate = signed.canary(self.verdict).statement.predicate
        return signed.believed(
            statement.CANARY, predicate | {"rule": self.rule or policy.rule.to_dict()}
        )

    def _approval(self, below: tuple[StageEvidence, ...]) -> Believed:
        return signed.approval(
            stage_results=[str(item.digest) for item in below],
            approver=self.approver,
            authority_kind=self.kind,
            reference=self.reference,
        )

    def _smoke(self) -> Believed:
        predicate = signed.smoke().statement.predicate
        checks = [
            {"id": name, "round": 1, "verdict": verdict, "reason": "x", "status": 200}
            for name, verdict in self.smoked.items()
        ]
        return signed.believed(statement.SMOKE, predicate | {"checks": checks})

    def _ground(self, stage_id: str, below: Evidence, own: tuple[Believed, ...]) -> Ground:
        return Ground(
            context=signed.CONTEXT,
            ladder=LADDER,
            stage=LADDER.stage(stage_id),
            target=TargetConfig.from_json(self.target),
            policies=self.policies,
            snapshot=self.snapshot,
            evidence=below,
            own=own,
            artifacts=below.artifacts,
            live=self.live,
            runbooks=self.runbooks,
            matrix=matrix(below).digest,
            exceptions=self.exceptions,
            signer=SIGNER,
            rooted=self.rooted,
            now=signed.NOW,
            records=[],
        )


SIGNER = SignerProof(
    key=signed.D,
    principal="local",
    algorithm="ecdsa-p256",
    custody="local",
    proven_at=signed.EARLIER,
)
RELEASE = Release()


def release(**changes: Any) -> Release:  # noqa: ANN401 - fields of any type
    """Return the release about which nothing is wrong, with changes."""
    return replace(RELEASE, **changes)


def ask(
    gate: str,
    of: Release = RELEASE,
    *,
    at: str = "",
    now: TargetPolicies | None = None,
    **changes: Any,  # noqa: ANN401 - fields of a case
) -> list[Finding]:
    """Ask one gate about the whole release, or about one stage (`at`) above what has passed.

    `now` are the policies of now; else those that the release was made under.
    """
    stages = of.stages()
    below = stages[: STAGE_IDS.index(at)] if at else stages
    fields: dict[str, Any] = {
        "ladder": LADDER,
        "stage": LADDER.stage(at or STAGE_IDS[-1]),
        "evidence": Evidence(stages=below),
        "target": TargetConfig.from_json(of.target),
        "policies": of.policies if now is None else now,
        "runbooks": of.runbooks,
        "trust_kind": TrustKind.ROOTED if of.rooted else TrustKind.REHEARSAL,
        "whole": not at,
    }
    return list(RELEASE_GATES[gate](cases.case(at or STAGE_IDS[-1], **(fields | changes))))


def holding(found: list[Finding]) -> list[Finding]:
    """Return what holds; each says what, from which evidence, and what clears it."""
    cases.told(found)
    against = [finding for finding in found if finding.weight is Weight.HOLDS]
    for finding in against:
        assert finding.evidence, finding
    return against


def held(found: list[Finding]) -> list[str]:
    """Return the ids of what holds, each once."""
    return sorted({finding.id for finding in holding(found)})


def spoken(found: list[Finding]) -> bool:
    """Tell whether the gate spoke for the release and not against it."""
    weights = {finding.weight for finding in found}
    return Weight.PASSES in weights and Weight.HOLDS not in weights


def says(family: RecordFamily, phase: Phase = POST, /, **fields: Any) -> Release:  # noqa: ANN401
    """Return a release one of whose records says something else."""
    return release(says={(phase, family.value): fields})
