"""The floor of production: what one commit to its own files cannot soften.

5. What is called `production`, as a ladder's target or channel or as an approval's target, has:
   a. a promotion policy that asks for rooted trust, an anchor, live workflow-backed evidence, and
      for certification, security review and an undrifted baseline;
   b. an approval for a production launch by explicit human approval, of provenance that a trusted
      workflow signed, under rooted trust, after tests and a canary, that lists a canary rule, a
      runbook for the way back and a policy of every family, and among them an attestation policy
      and an attestation artifact policy that ask for signatures;
   c. an approval authority with at least one named approver, and a person behind it;
   d. an adoption by a principal with the role.

   e. to j.: lists, times and numbers (`core.crosscheck_production_limits`).

Without an approval a target is shut: but for a and e these are rules for one that has it.
"""

from collections.abc import Iterator, Mapping

from pipeline.core.crosscheck_production_limits import limits, promotion_limits
from pipeline.core.documents import (
    Documents,
    Fields,
    Finding,
    below,
    policies,
    policy,
    texts,
)
from pipeline.core.policies.release_approval import REQUIRED_LISTS
from pipeline.core.release import PRODUCTION

PROMOTION = {
    "trust": "rooted",
    "anchor": "required",
    "origin": "live_workflow_backed",
    "certification": "required",
    "security_review": "required",
    "baseline": "required",
}
APPROVAL = {
    "approval_mode": "manual_rollout_with_explicit_human_approval",
    "approval_scope": "production_launch",
    "provenance": "signed_by_trusted_workflow",
    "signing": "rooted_trust",
}
EXECUTION = {"test": "required", "canary": "required", "production": PRODUCTION}
LISTS = {"canary_rules": "canary rule", "rollback_references": "runbook"}
AUTHORITY = {"named_approver": True, "human_approval": True}
ADOPTION = {"adopter": "adopter_role"}
SIGNED: Mapping[str, Mapping[str, object]] = {
    "attestation": {"verification": "signed_or_attested", "before_production_approval": True},
    "attestation_artifact": {"verification_required": True, "before_production_approval": True},
}
"""What one of the policies that production's approval lists of a family says."""


def production_floor(documents: Documents) -> Iterator[Finding]:
    """Yield what production's files say less than they must (rule 5)."""
    approvals = below(documents, "approvals/")
    targets = {PRODUCTION}
    for name, ladder in below(documents, "ladders/").items():
        called = [field for field in ("channel", "target") if ladder.get(field) == PRODUCTION]
        target = ladder.get("target")
        if called and isinstance(target, str):
            targets.add(target)
            yield from _promotion(documents, f"ladders/{name}", called[0], target)
    for target in sorted(targets):
        yield from promotion_limits(documents, target)
    approved = set()
    for name, approval in approvals.items():
        if str(approval.get("target")) in targets:
            yield from _approval(documents, f"approvals/{name}", approval)
            yield from _beside(documents, str(approval["target"]))
            approved.add(str(approval["target"]))
    for target in sorted(approved):
        yield from limits(documents, target)


def _promotion(documents: Documents, where: str, called: str, target: str) -> Iterator[Finding]:
    """Rule 5a."""
    promotion = policy(documents, "promotion", target)
    for field, wanted, said in _less(promotion.fields if promotion else {}, PROMOTION):
        words = f"the promotion policy of what is called {PRODUCTION} says {field}: {said}"
        yield Finding(where, (called,), f"{words}; allowed: {field}: {wanted}")


def _approval(documents: Documents, where: str, approval: Fields) -> Iterator[Finding]:
    """Rule 5b."""
    for field, wanted, said in _less(approval, APPROVAL):
        yield Finding(where, (field,), _words(said, wanted))
    execution = approval.get("execution")
    for field, wanted, said in _less(
        execution if isinstance(execution, Mapping) else {}, EXECUTION
    ):
        yield Finding(where, ("execution", field), _words(said, wanted))
    for family, field in REQUIRED_LISTS.items():
        if approval.get(field) == []:
            words = f"{PRODUCTION} asks for every family; allowed: at least one {family} policy"
            yield Finding(where, (field,), words)
    for field, what in LISTS.items():
        if approval.get(field) == []:
            yield Finding(
                where, (field,), f"{PRODUCTION} asks for one; allowed: at least one {what}"
            )
    for family, signed in SIGNED.items():
        listed = policies(documents, family)
        ids = [text for _, text in texts(approval.get(REQUIRED_LISTS[family]))]
        named = [one.fields for one in listed or () if one.fields.get("id") in ids]
        if named and all(any(_less(fields, signed)) for fields in named):
            asked = ", ".join(f"{field}: {_shown(value)}" for field, value in signed.items())
            words = f"none of these {family} policies asks for signatures; allowed: one with"
            yield Finding(where, (REQUIRED_LISTS[family],), f"{words} {asked}")


def _beside(documents: Documents, target: str) -> Iterator[Finding]:
    """Rules 5c and 5d."""
    for family, floor in (("approval_authority", AUTHORITY), ("adoption", ADOPTION)):
        found = policy(documents, family, target)
        if found:
            for field, wanted, said in _less(found.fields, floor):
                path = ("policies", found.at, field)
                yield Finding(f"policies/{family}", path, _words(said, wanted))


def _less(fields: Fields, floor: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield each field that says something else than the floor: its name, the floor, itself."""
    for field, wanted in floor.items():
        said = fields.get(field)
        if said is not None and said != wanted:
            yield field, _shown(wanted), _shown(said)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(said: str, wanted: str) -> str:
    return f"{said} is less than {PRODUCTION} needs; allowed: {wanted}"
