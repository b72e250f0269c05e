"""What policies, approvals, ladders and targets say of each other fits together.

The rules of `core.crosscheck` go on here:

7. An approval's gate is that of a ladder to its target; each policy that it lists is a policy of
   that family for that target, and each canary rule is the rule of the target's canary policy.
8. The stages that a promotion policy requires are stages of a ladder to its target; those that it
   calls manual are the ones that every such ladder calls manual; its attestation policies exist.
9. The promotion policy that an approval authority belongs to exists for the same target; what an
   attestation covers are stages of a ladder to its target.
10. A smoke verification's checks are checks of its target; one with an operator session lists a
    check that requires the session.
11. A canary's boundary prohibits what no canary can carry.

Several ladders may climb to one target: a stage of any of them is a stage of the target.
"""

from collections.abc import Callable, Iterator, Mapping

from pipeline.core.documents import (
    Documents,
    Fields,
    Finding,
    Listed,
    Path,
    below,
    ladders_to,
    mappings,
    named,
    one_of,
    policies,
    policy,
    stage_ids,
    texts,
)
from pipeline.core.policies.canary import NEVER_FROM_A_CANARY
from pipeline.core.policies.release_approval import REQUIRED_LISTS


def policies_together(documents: Documents) -> Iterator[Finding]:
    """Yield every broken rule of those above."""
    for name, approval in below(documents, "approvals/").items():
        yield from _approval(documents, f"approvals/{name}", approval)
    for family, rule in RULES.items():
        for one in policies(documents, family) or ():
            if f"targets/{one.fields.get('target')}" in documents:
                yield from rule(documents, one)


def _approval(documents: Documents, where: str, approval: Fields) -> Iterator[Finding]:
    """Rule 7."""
    target, gate = approval.get("target"), approval.get("gate")
    if f"targets/{target}" not in documents:
        return
    gates = {str(ladder.get("gate")) for ladder in ladders_to(documents, target).values()}
    if gates and isinstance(gate, str) and gate not in gates:
        words = f"no ladder to {target!r} has the gate {gate!r}; {one_of(gate, gates)}"
        yield Finding(where, ("gate",), words)
    for family, field in REQUIRED_LISTS.items():
        for at, wanted in texts(approval.get(field)):
            yield from named(documents, (where, (field, at)), family, wanted, target)
    if policies(documents, "canary") is not None:
        found = policy(documents, "canary", str(target))
        rule = found.fields.get("rule") if found else None
        rules = [str(rule["id"])] if isinstance(rule, Mapping) and "id" in rule else []
        for at, wanted in texts(approval.get("canary_rules")):
            if wanted not in rules:
                words = f"{wanted!r} is not the rule of the canary policy of {target!r}"
                yield Finding(where, ("canary_rules", at), f"{words}; {one_of(wanted, rules)}")


def _promotion(documents: Documents, one: Listed) -> Iterator[Finding]:
    """Rule 8."""
    where, path, target = "policies/promotion", ("policies", one.at), one.fields["target"]
    for field in ("required_stages", "manual_stages"):
        yield from _stages(documents, (where, (*path, field)), one.fields.get(field), target)
    for at, wanted in texts(one.fields.get("attestation_policies")):
        place: Path = (*path, "attestation_policies", at)
        yield from named(documents, (where, place), "attestation", wanted, target)
    if not isinstance(one.fields.get("manual_stages"), list):
        return
    listed = {text for _, text in texts(one.fields["manual_stages"])}
    for name, ladder in ladders_to(documents, target).items():
        for index, stage in enumerate(mappings(ladder.get("stages"))):
            yield from _manual(f"ladders/{name}", index, stage, listed)


def _manual(where: str, index: int, stage: Fields, listed: set[str]) -> Iterator[Finding]:
    """Rule 8, of one stage: the policy and the ladder call the same stages manual."""
    identifier, manual = stage.get("id"), stage.get("manual", False)
    if not isinstance(identifier, str) or not isinstance(manual, bool):
        return
    path = ("stages", index, "manual")
    if manual and identifier not in listed:
        words = "is manual, and the promotion policy does not list it among manual_stages"
        yield Finding(where, path, f"{identifier!r} {words}; allowed: false, or listed there")
    if not manual and identifier in listed:
        words = "is one of the promotion policy's manual_stages; allowed: true, or not listed there"
        yield Finding(where, path, f"{identifier!r} {words}")


def _stages(
    documents: Documents, where: tuple[str, Path], ids: object, target: object
) -> Iterator[Finding]:
    """Yield each id of a list that is of no stage of a ladder to a target."""
    ladders = ladders_to(documents, target)
    known = stage_ids(ladders.values())
    for at, wanted in texts(ids) if ladders else ():
        if wanted not in known:
            words = f"no ladder to {target!r} has a stage {wanted!r}; {one_of(wanted, known)}"
            yield Finding(where[0], (*where[1], at), words)


def _authority(documents: Documents, one: Listed) -> Iterator[Finding]:
    """Rule 9, of an approval authority."""
    wanted = one.fields.get("promotion_policy")
    if isinstance(wanted, str):
        place: Path = ("policies", one.at, "promotion_policy")
        where = ("policies/approval_authority", place)
        yield from named(documents, where, "promotion", wanted, one.fields["target"])


def _attestation(documents: Documents, one: Listed) -> Iterator[Finding]:
    """Rule 9, of an attestation."""
    where = ("policies/attestation", ("policies", one.at, "stages"))
    yield from _stages(documents, where, one.fields.get("stages"), one.fields["target"])


def _smoke(documents: Documents, one: Listed) -> Iterator[Finding]:
    """Rule 10."""
    where, path = "policies/smoke_verification", ("policies", one.at)
    document = documents[f"targets/{one.fields['target']}"]
    if not isinstance(document, Mapping) or not isinstance(document.get("smoke", []), list):
        return
    checks = {str(check.get("id")): check for check in mappings(document.get("smoke"))}
    listed = list(texts(one.fields.get("checks")))
    for at, wanted in listed:
        if wanted not in checks:
            words = f"the target has no smoke check {wanted!r}; {one_of(wanted, checks)}"
            yield Finding(where, (*path, "checks", at), words)
    sessions = {name for name, check in checks.items() if check.get("session") == "required"}
    if one.fields.get("operator_session") is True and not sessions & {text for _, text in listed}:
        behind = ", ".join(sorted(sessions)) or "none of the target's requires it"
        words = f"no check behind the session is listed; allowed: false, or with one of: {behind}"
        yield Finding(where, (*path, "operator_session"), words)


def _canary(_: Documents, one: Listed) -> Iterator[Finding]:
    """Rule 11."""
    boundary = one.fields.get("boundary")
    claims = boundary.get("prohibited_claims") if isinstance(boundary, Mapping) else None
    if not isinstance(claims, list):
        return
    missing = sorted(NEVER_FROM_A_CANARY - {text for _, text in texts(claims)})
    if missing:
        words = f"without {', '.join(missing)}, which no canary can carry; allowed: with them"
        path = ("policies", one.at, "boundary", "prohibited_claims")
        yield Finding("policies/canary", path, words)


RULES: dict[str, Callable[[Documents, Listed], Iterator[Finding]]] = {
    "promotion": _promotion,
    "approval_authority": _authority,
    "attestation": _attestation,
    "smoke_verification": _smoke,
    "canary": _canary,
}
"""Policy family → the rule of each of its policies."""
