"""Gate `trust`: production accepts only rooted trust.

A key that a run made for itself, or that somebody wrote into the trust configuration, is rehearsal
trust: good for local or synthetic proof, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.policies import TrustKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case


def gate(case: Case) -> Iterable[Finding]:
    """Hold where the policy asks for rooted trust and there is none."""
    if case.trust_kind is TrustKind.ROOTED:
        yield passes("trust.rooted", "signers are rooted in trust given from outside")
        return
    finding = Finding(
        id="trust.not_rooted",
        weight=Weight.HOLDS if case.is_production else Weight.NOTES,
        what="production accepts only rooted trust, and this evidence rests on rehearsal trust",
        evidence=(case.bound.trust,),
        command='nothing in this version: rooted trust does not exist yet (README, "Not yet")',
    )
    yield finding
    if not case.is_production and case.promotion is not None:
        yield passes(
            "trust.rehearsal", "the target's policy accepts rehearsal trust", case.bound.trust
        )
