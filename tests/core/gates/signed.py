"""What a release about which nothing is wrong has signed and verified, and may have.

The statements are really signed and really verified. Only a live origin, which no trust of this
version can give, is put on by hand (`from_workflow`).
"""

from __future__ import annotations

import dataclasses
import functools
import uuid
from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.core.evidence import RUN_FILE, Believed, StageEvidence
from pipeline.core.gates import Bound
from pipeline.core.ladder import Ladder
from pipeline.core.policies import (
    ApprovalAuthorityPolicy,
    PromotionPolicy,
    ReleaseApproval,
    TargetPolicies,
    VerificationPolicy,
)
from pipeline.core.predicates.stage_result import StageResult
from pipeline.core.release import Identity, OriginClass, RunContext
from pipeline.core.statement import Statement, Subject
from pipeline.proof.verify import verify_bundle
from tests import policies
from tests.proof import making

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.proof.keys import SigningKey

NOW = making.NOW
LATER = "2026-06-02T12:00:00Z"
EARLIER = "2026-05-31T12:00:00Z"
WHEEL = Digest.of(b"tea.whl")
D, E = (str(Digest.of(word)) for word in (b"one", b"two"))
ENVELOPE = {
    "allow_ops": ["read"],
    "allow_paths": ["out/**"],
    "deny_paths": [],
    "network": "none",
    "max_budget_usd": "0",
}


def stage(id: str, phase: str = "pre-deploy", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": id,
        "phase": phase,
        "steps": [{"task": f"tea.{id}"}],
        "envelope": ENVELOPE,
        "timeout": "10m",
    } | more


STAGES = [
    stage("taste", emits=[statement.CHECK_REPORT]),
    stage("boil", emits=[statement.TEST_RESULT, statement.CANARY]),
    stage("bless", alias="ok", approval=True, manual=True, emits=[statement.APPROVAL]),
    stage("pour", "post-deploy", effect="live", manual=True),
    stage("sip", "post-deploy", emits=[statement.SMOKE]),
]


def ladder(stages: Sequence[dict[str, Any]] = STAGES) -> Ladder:
    return Ladder.from_json(
        {"ladder": "kettle", "target": "pot", "gate": "kitchen", "channel": "home"}
        | {"stages": list(stages)}
    )


LADDER = ladder()
CONTEXT = RunContext.begin(
    Identity(target="pot", channel="home", gate="kitchen", version="1.0", commit="a" * 40),
    ladder="kettle",
    audit=uuid.UUID(int=7),
    now=EARLIER,
)
BOUND = Bound(
    ladder=str(LADDER.digest),
    policies=str(Digest.of(b"policies")),
    trust=str(Digest.of(b"trust")),
    live_state=str(Digest.of(b"live")),
    rollback_target=None,
)
TARGET = TargetConfig.from_json({"target": "pot", "driver": "none"})
PROMOTION = PromotionPolicy.from_json(policies.promotion(required_stages=["taste"]))
STRICT = PromotionPolicy.from_json(policies.promotion(**policies.STRICT, required_stages=["taste"]))
VERIFICATION = VerificationPolicy.from_json(
    {
        "id": "verification_policy.pot",
        "target": "pot",
        "required_checks": ["digests", "licences"],
        "advisories": {"max_age": "7d"},
        "licences": {"allow": ["MIT"]},
    }
)
AUTHORITY = ApprovalAuthorityPolicy.from_json(policies.authority(expires="1d"))
POLICIES = TargetPolicies(
    promotion=PROMOTION,
    verification=VERIFICATION,
    approval_authority=AUTHORITY,
    approval=ReleaseApproval.from_json(policies.approval()),
)
NAMED = ApprovalAuthorityPolicy.from_json(
    policies.authority(**{**policies.NAMED, "threshold": 2}, expires="1d")
)


@functools.cache
def _verified(key: SigningKey, principal: str, payload: bytes) -> Believed:
    trust = making.trust(key, principal=principal)
    return verify_bundle(making.bundle(key, payload), trust, now=NOW)


def believed(
    kind: str,
    predicate: dict[str, Any],
    *,
    principal: str = "local",
    key: SigningKey = making.P256,
    subjects: tuple[Subject, ...] = (Subject(name="tea.whl", digest=WHEEL),),
) -> Believed:
    """Sign a statement and verify it again."""
    made = Statement(predicate_type=kind, subjects=subjects, predicate=predicate)
    return _verified(key, principal, made.to_bytes())


@dataclasses.dataclass(frozen=True)
class FromWorkflow:
    """A verified statement with the origin that only rooted trust will be able to give."""

    statement: Statement
    payload: bytes
    bundle_digest: Digest
    key_id: Digest
    principal: str
    origin: OriginClass = OriginClass.LIVE


def live(item: Believed) -> Believed:
    """Return a statement as if a trusted workflow had signed it."""
    names = [field.name for field in dataclasses.fields(FromWorkflow) if field.name != "origin"]
    return FromWorkflow(**{name: getattr(item, name) for name in names})


def from_workflow(item: StageEvidence) -> StageEvidence:
    return dataclasses.replace(item, believed=live(item.believed))


def passed(stage_id: str, *statements: Believed, **changes: Any) -> StageEvidence:  # noqa: ANN401
    """Return a verified attempt of a stage, with its statements."""
    spec = LADDER.stage(stage_id)
    fields = {
        "run": CONTEXT.run_id,
        "context": str(CONTEXT.digest),
        "target": "pot",
        "stage": stage_id,
        "stage_digest": str(spec.digest),
        "phase": spec.phase.value,
        "attempt": 1,
        "begin": D,
        "decision": E,
        "predecessors": [],
        "imports": [],
        "verdict": "pass",
        "reason": "",
        "steps": [{"task": f"tea.{stage_id}", "exit_code": 0}],
        "artifacts": [],
        "outputs": [],
        "logs": [],
        "records": [],
        "statements": [
            {
                "path": f"{number:02}-x.sigstore.json",
                "type": item.statement.predicate_type,
                "digest": str(item.bundle_digest),
            }
            for number, item in enumerate(statements, 1)
        ],
        "envelope": {"digest": D, "enforced": "false", "findings": [], "cost_usd": "0"},
        "started_at": EARLIER,
        "finished_at": EARLIER,
    }
    result = StageResult.from_json(fields | changes)
    subjects = (
        Subject(name=RUN_FILE, digest=CONTEXT.digest),
        Subject(name="tea.whl", digest=WHEEL),
    )
    own = believed(statement.STAGE_RESULT, result.to_dict(), subjects=subjects)
    return StageEvidence(result=result, believed=own, statements=statements)


def report(**verdicts: str) -> Believed:
    """Return a check report: `report(digests="passed", licences="not_run")`."""
    checks = [
        {"id": name, "verdict": verdict, "reason": f"{name} because", "details": []}
        for name, verdict in verdicts.items()
    ]
    return believed(statement.CHECK_REPORT, {"checks": checks, "advisory_sources": []})


def ran_tests(result: str = "PASSED", **more: Any) -> Believed:  # noqa: ANN401 - a foreign predicate
    fields = {"result": result, "passedTests": ["tea::hot"], "failedTests": []} | more
    return believed(statement.TEST_RESULT, {n: v for n, v in fields.items() if v is not ...})


def canary(verdict: str = "PASS") -> Believed:
    predicate = {
        "rule": {"id": "rule"},
        "baseline": {"kind": "declared_objectives", "version": None, "digest": None},
        "canary": str(WHEEL),
        "samples": D,
        "requests_per_arm": 40,
        "verdict": verdict,
        "reasons": [],
        "metrics": [],
    }
    return believed(statement.CANARY, predicate)


def smoke(*verdicts: str) -> Believed:
    checks = [
        {"id": f"check{number}", "round": 1, "verdict": verdict, "reason": "x", "status": 200}
        for number, verdict in enumerate(verdicts)
    ]
    predicate = {
        "target": "pot",
        "artifact": str(WHEEL),
        "installed": D,
        "bake_seconds": 0,
        "rounds": 1,
        "checks": checks,
    }
    return believed(statement.SMOKE, predicate)


def below() -> tuple[StageEvidence, ...]:
    """Return the stages that an approval of `bless` is about."""
    return (
        passed("taste", report(digests="passed", licences="passed")),
        passed("boil", ran_tests(), canary()),
    )


def approval(
    principal: str = "local",
    key: SigningKey = making.P256,
    **changes: Any,  # noqa: ANN401 - fields
) -> Believed:
    """Return an approval of exactly what `case` holds."""
    fields = {
        "run": CONTEXT.run_id,
        "context": str(CONTEXT.digest),
        "stage": "bless",
        "target": "pot",
        "channel": "home",
        "commit": CONTEXT.baseline_commit,
        "stage_results": [str(item.digest) for item in below()],
        "artifacts": [{"name": "tea.whl", "digest": str(WHEEL)}],
        "ladder": BOUND.ladder,
        "policies": BOUND.policies,
        "trust": BOUND.trust,
        "live_state": BOUND.live_state,
        "rollback_target": BOUND.rollback_target,
        "shown": D,
        "authority_kind": "local_manual",
        "approver": principal,
        "reference": "by hand",
        "reason": "tastes well",
        "nonce": "00",
        "issued_at": EARLIER,
        "expires_at": LATER,
    }
    return believed(statement.APPROVAL, fields | changes, principal=principal, key=key)
