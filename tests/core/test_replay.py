"""Old decisions are read strictly: a member too many, too few or of another type is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.gates import decide
from pipeline.core.replay import NOT_RECORDED, compared, read
from tests.core.gates.cases import case
from tests.core.gates.signed import LATER


def said() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(decide(case()).to_bytes())
    return made


def test_a_decision_is_read_as_it_was_written() -> None:
    decision = decide(case())
    old = read(decision.to_bytes())
    assert old.said == decision.to_dict()
    assert old.digest == decision.digest
    assert (old.ladder, old.release) == (None, None)


def test_what_why_tells_is_read_too_and_is_the_same_decision() -> None:
    told = {"ladder": "kettle", "release": "1.0", "alias": "pour", **said(), "vsa": None}
    old = read(json.dumps(told, indent=2).encode())
    assert old.digest == decide(case()).digest
    assert (old.ladder, old.release) == ("kettle", "1.0")


CHANGES: dict[str, Any] = {
    "an unknown member": lambda d: d | {"approved": True},
    "no verdict": lambda d: {k: v for k, v in d.items() if k != "verdict"},
    "no inputs": lambda d: {k: v for k, v in d.items() if k != "inputs"},
    "another verdict": lambda d: d | {"verdict": "MAYBE"},
    "a verdict of another type": lambda d: d | {"verdict": True},
    "findings that are none": lambda d: d | {"findings": ["all good"]},
    "an unknown weight": lambda d: d | {"findings": [d["findings"][0] | {"weight": "likes"}]},
    "a finding's unknown member": lambda d: d | {"findings": [d["findings"][0] | {"by": "me"}]},
    "odd evidence": lambda d: d | {"findings": [d["findings"][0] | {"evidence": [1]}]},
    "inputs as a list": lambda d: d | {"inputs": []},
    "a run that is no digest": lambda d: d | {"run": "latest"},
    "a time that is none": lambda d: d | {"now": "yesterday"},
    "approvals as a text": lambda d: d | {"inputs": d["inputs"] | {"approvals": "all"}},
    "imports that are numbers": lambda d: d | {"inputs": d["inputs"] | {"imports": [1]}},
    "a journal that is a list": lambda d: d | {"inputs": d["inputs"] | {"journal": []}},
    "half of what why tells": lambda d: d | {"ladder": "kettle"},
    "a list": lambda d: [d],
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_exactly_a_decision_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        read(canonical(CHANGES[name](said())))


def test_another_byte_form_of_a_decision_is_refused() -> None:
    with pytest.raises(MalformedError, match="byte form"):
        read(json.dumps(said(), indent=1).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read(data)


def test_the_same_case_again_is_reproduced_byte_for_byte() -> None:
    found = compared(read(decide(case()).to_bytes()), decide(case()))
    assert (found["reproduced"], found["changed"], found["gates_differ"]) == (True, [], False)
    assert found["differences"] == []


def test_a_changed_input_is_named_with_both_its_values() -> None:
    found = compared(read(decide(case()).to_bytes()), decide(case(dirty=("leaf",))))
    assert found["reproduced"] is False
    assert found["changed"] == [{"name": "dirty", "then": [], "now": ["leaf"]}]
    assert found["verdict"] == {"then": "PROCEED", "now": "HOLD"}
    assert found["gates_differ"] is False
    assert any("tree.dirty" in text for text in found["differences"])


def test_equal_inputs_and_other_bytes_mean_that_the_gates_differ() -> None:
    old = read(decide(case()).to_bytes())
    found = compared(old, decide(case(), {"other": lambda _: ()}))
    assert (found["reproduced"], found["changed"], found["gates_differ"]) == (False, [], True)
    assert found["differences"]


def test_a_time_that_somebody_wrote_into_it_is_not_reproduced() -> None:
    old = read(canonical(said() | {"now": LATER}))
    assert compared(old, decide(case()))["reproduced"] is False


def test_an_input_of_a_newer_version_is_refused_and_not_passed_over() -> None:
    newer = said()
    newer["inputs"]["moon"] = str(Digest.of(b"full"))
    with pytest.raises(MalformedError, match="does not know: moon"):
        compared(read(canonical(newer)), decide(case()))


def test_what_an_older_version_did_not_record_is_told_as_such() -> None:
    older = said()
    del older["inputs"]["hold"]
    del older["exceptions_used"]
    found = compared(read(canonical(older)), decide(case()))
    assert found["reproduced"] is False
    assert {"name": "hold", "then": NOT_RECORDED, "now": None} in found["changed"]
