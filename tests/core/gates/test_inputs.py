"""A decision names all that it read: every field of a case, and each change of one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pipeline.core.canonical import Digest, MalformedError, canonical, load_canonical
from pipeline.core.gates import decide
from pipeline.core.gates.case import Case
from pipeline.core.gates.inputs import ASKED, FEW, READ, inputs
from pipeline.core.launch import Launch
from pipeline.core.policies import TrustKind
from tests.core.gates.cases import COVERED, KEPT, case, evidence, held
from tests.core.gates.launches import LAUNCH
from tests.core.gates.signed import (
    AUTHORITY,
    BOUND,
    CONTEXT,
    EARLIER,
    LADDER,
    LATER,
    POLICIES,
    STAGES,
    STRICT,
    TARGET,
    approval,
    ladder,
)

BESIDE = {"now"}
"""Fields that stand beside the inputs in a decision."""
OTHERWISE: dict[str, Any] = {
    "context": dataclasses.replace(CONTEXT, started_at=LATER),
    "ladder": ladder(STAGES[:4]),
    "stage": LADDER.stage("sip"),
    "named": False,
    "hold": held("hold"),
    "journal": str(Digest.of(b"head")),
    "evidence": evidence("boil"),
    "missing": ("boil",),
    "failed": "cold",
    "passed": str(Digest.of(b"result")),
    "abandoned": "stale",
    "dirty": ("leaves.txt",),
    "target": TARGET.model_copy(update={"target": "cup"}),
    "policies": POLICIES.model_copy(update={"promotion": STRICT}),
    "whole": True,
    "runbooks": {"runbook.md": None},
    "trust_kind": TrustKind.ROOTED,
    "anchored": True,
    "approvals": (approval(),),
    "bound": dataclasses.replace(BOUND, live_state=str(Digest.of(b"other"))),
    "imports_missing": "no samovar",
    "launch": LAUNCH.model_copy(update={"signer": None}),
    "registry": None,
    "baseline": dataclasses.replace(KEPT, problem="no git"),
    "reviews": dataclasses.replace(COVERED, covered=6),
    "now": LATER,
}
"""Every field of a case with another value than the case about which nothing is wrong."""
FIELDS = [field.name for field in dataclasses.fields(Case)]


def test_every_field_of_a_case_is_read_into_the_inputs_and_is_tried_here() -> None:
    assert set(READ) == set(FIELDS)
    assert set(OTHERWISE) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_change_of_any_field_changes_its_own_inputs_and_no_other(name: str) -> None:
    one, other = case(), case(**{name: OTHERWISE[name]})
    assert getattr(one, name) != OTHERWISE[name]
    assert decide(one).digest != decide(other).digest
    before, after = inputs(one), inputs(other)
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= set(READ[name](one))
    assert changed or name in BESIDE


def test_no_two_fields_write_the_same_input() -> None:
    names = [key for read in READ.values() for key in read(case())]
    assert len(names) == len(set(names))
    assert set(names) >= ASKED


@pytest.mark.parametrize(
    "changes", [{"rollback_target": BOUND.live_state}, {"trust": BOUND.policies}]
)
def test_each_thing_that_an_approval_binds_is_an_input(changes: dict[str, str]) -> None:
    other = case(bound=dataclasses.replace(BOUND, **changes))
    assert inputs(other) != inputs(case())


def test_inputs_are_small_however_many_files_were_changed() -> None:
    few, many = (tuple(f"leaf{n}" for n in range(count)) for count in (FEW, 5000))
    assert inputs(case(dirty=few))["dirty"] == list(few)
    assert inputs(case(dirty=many))["dirty"].startswith("sha256:")
    assert len(canonical(inputs(case(dirty=many)))) < 4096
    assert inputs(case(dirty=many))["dirty"] != inputs(case(dirty=many[::-1]))["dirty"]


@pytest.mark.parametrize("name", ["promotion", "verification", "authority"])
def test_an_absent_policy_is_named_as_absent(name: str) -> None:
    absent: dict[str, Any] = {name: None}
    policy = getattr(case(), name)
    assert policy.id not in inputs(case(**absent))["target_policies"]
    assert inputs(case())["target_policies"][policy.id] == str(policy.digest)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_how_it_was_asked_alone_does_not_make_another_decision(name: str) -> None:
    """A cut-off attempt of a stage that nobody must name is taken up without naming it again."""
    one, other = decide(case("sip")), decide(case("sip", **{name: OTHERWISE[name]}))
    assert one.digest != other.digest
    assert one.substance == other.substance


def test_what_was_not_asked_for_and_must_be_is_another_decision() -> None:
    assert decide(case("pour", named=False)).substance != decide(case("pour")).substance


def test_a_policy_that_says_the_same_later_is_the_same_input() -> None:
    again = type(AUTHORITY).from_json(AUTHORITY.to_dict())
    assert inputs(case(authority=again, now=EARLIER)) == inputs(case())


def test_what_a_launch_asked_for_is_had_again_from_the_inputs_of_its_decision() -> None:
    written = load_canonical(decide(case()).to_bytes())["inputs"]
    assert Launch.of_inputs(written) == LAUNCH
    with pytest.raises(MalformedError):
        Launch.of_inputs({name: value for name, value in written.items() if name != "proofs"})
