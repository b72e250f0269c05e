"""Gate `canary_rule`: the canaries that a release approval asks for were judged, under these rules.

1. Every rule that the approval lists is the rule of the target's canary policy, and a verified
   canary of this release was judged PASS under exactly that rule.
2. The boundary forbids what no bounded canary can show, whoever wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, passes
from pipeline.core.gates.release_case import again, due, hold
from pipeline.core.policies.canary import NEVER_FROM_A_CANARY
from pipeline.core.predicates.canary import Canary
from pipeline.core.statement import CANARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.policies import CanaryPolicy

_WHERE = "config/policies/canary.yaml"


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release without the canary that its approval asks for."""
    policy = case.policies.canary
    if policy is not None:
        yield from _boundary(policy)
    for name in case.approval.canary_rules if case.approval and due(case) else ():
        if policy is None or policy.rule.id != name:
            words = f"{name} is not the rule of the target's canary policy"
            yield hold("canary_rule.unknown", words, _WHERE, command=f"add it to {_WHERE}")
            continue
        judged = [
            item
            for item in case.evidence.of(CANARY)
            if Canary.from_json(item.statement.predicate).rule == policy.rule.to_dict()
        ]
        verdicts = {Canary.from_json(item.statement.predicate).verdict for item in judged}
        if verdicts == {"PASS"}:
            digests = tuple(str(item.bundle_digest) for item in judged)
            yield passes("canary_rule.kept", f"judged PASS under {name}", *digests)
            continue
        seen = ", ".join(sorted(verdicts)) or "nothing"
        yield hold(
            "canary_rule.verdict",
            f"under {name} as it is now, the canary was judged {seen}",
            str(policy.rule.digest),
            command=f"release a new version: `{again(case)}` judges it under the rule of now",
        )


def _boundary(policy: CanaryPolicy) -> Iterator[Finding]:
    """Check rule 2."""
    allowed = sorted(NEVER_FROM_A_CANARY - set(policy.boundary.prohibited_claims))
    if allowed:
        words = f"{policy.id} lets {', '.join(allowed)} be claimed from a bounded canary"
        command = f"add {', '.join(allowed)} to prohibited_claims in {_WHERE}"
        yield hold("canary_rule.prohibited_claims", words, _WHERE, command=command)
