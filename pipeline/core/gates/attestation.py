"""Gate `attestation`: what must be attested of a release before it goes live.

For every attestation policy that the release approval or the promotion policy asks for:

1. Verified provenance makes each identity claim of the release's artifacts.
2. Each stage that the attestation must cover is of the ladder, or of the one that was imported, and
   has a verified result once it lies below.
3. `signed_or_attested` asks for signatures under rooted trust.
4. So does the rollback target, where it is asked to be signed or attested.
5. With `before_production_approval`, an approval in production waits for 1 and 3 already.
6. The promotion policy asks for policies that the release approval asks for too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, passes
from pipeline.core.gates.release_case import due, hold, lineage, listed, new_release
from pipeline.core.policies import AttestationPolicy, TrustKind
from pipeline.core.policies.attestation import RollbackDemand, Verification

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case

_NOT_YET = 'nothing in this version: rooted trust does not exist yet (README, "Not yet")'


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose attestation does not show what its policies ask for."""
    if case.promotion is not None and case.approval is not None:  # rule 6
        for name in case.promotion.attestation_policies:
            if name not in case.approval.attestation_policies:
                words = f"{case.promotion.id} asks for {name}, the release approval does not"
                where = f"config/approvals/{case.context.target}.yaml"
                command = f"list {name} under attestation_policies in {where}"
                yield hold("attestation.policies", words, where, command=command)
    for policy in listed(case, "attestation"):
        if isinstance(policy, AttestationPolicy):
            yield from _judge(case, policy)


def _judge(case: Case, policy: AttestationPolicy) -> Iterator[Finding]:
    approving = (
        policy.before_production_approval
        and case.stage.approval
        and case.is_production
        and not case.missing
    )
    if not due(case) and not approving:
        return
    found = [*_claims(case, policy), *_verified(case, policy)]
    if due(case):
        found += [*_stages(case, policy), *_rollback(case, policy)]
    yield from found
    if not found:
        yield passes("attestation.kept", f"what {policy.id} asks for is attested", policy.id)


def _claims(case: Case, policy: AttestationPolicy) -> Iterator[Finding]:
    """Check rule 1."""
    made = lineage(case)
    said = made.claims()
    absent = [claim.value for claim in policy.identity_claims if not said[claim]]
    if absent:
        yield hold(
            "attestation.identity_claims",
            f"{policy.id}: no verified provenance says {', '.join(absent)}",
            policy.id,
            *made.statements,
            command=new_release(case, "let the building stage emit provenance that says so"),
        )


def _stages(case: Case, policy: AttestationPolicy) -> Iterator[Finding]:
    """Check rule 2."""
    there = {item.result.stage for item in case.evidence.all}
    known = {stage.id for stage in case.ladder.stages} | there
    top = len(case.ladder.stages) if case.whole else case.ladder.index(case.stage)
    below = {stage.id for stage in case.ladder.stages[:top]}
    for name in policy.stages:
        if name not in known or (name in below and name not in there):
            yield hold(
                "attestation.stages",
                f"{policy.id}: {name} is not covered by any verified stage result",
                f"config/ladders/{case.ladder.ladder}.yaml",
                command=f"put {name} into the ladder, or take it from stages of {policy.id}",
            )


def _verified(case: Case, policy: AttestationPolicy) -> Iterator[Finding]:
    """Check rule 3."""
    rooted = case.trust_kind is TrustKind.ROOTED
    if policy.verification is Verification.SIGNED_OR_ATTESTED and not rooted:
        words = f"{policy.id}: the artifacts are not signed under rooted trust"
        yield hold("attestation.verification", words, case.bound.trust, command=_NOT_YET)


def _rollback(case: Case, policy: AttestationPolicy) -> Iterator[Finding]:
    """Check rule 4; a first release has nothing to go back to."""
    rooted = case.trust_kind is TrustKind.ROOTED
    if (
        policy.rollback is RollbackDemand.SIGNED_OR_ATTESTED
        and case.bound.rollback_target is not None
        and not rooted
    ):
        words = f"{policy.id}: what one would go back to is not signed under rooted trust"
        yield hold("attestation.rollback", words, case.bound.rollback_target, command=_NOT_YET)
