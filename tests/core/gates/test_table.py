"""The table of gates, and the fold: HOLD unless something speaks for it and nothing against."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import gates
from pipeline.core.canonical import Digest, load_canonical
from pipeline.core.gates import GATES, Finding, Verdict, Weight, decide
from pipeline.core.gates.inputs import inputs
from tests.core.gates.cases import case, evidence
from tests.core.gates.signed import BOUND, CONTEXT, LADDER, LATER, NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates import Case

ROOT = Path(__file__).resolve().parents[3]


def says(*weights: Weight) -> list[Finding]:
    return [Finding(id=f"x.{weight}", weight=weight, what="x") for weight in weights]


@pytest.mark.parametrize("stage", [stage.id for stage in LADDER.stages])
def test_a_release_about_which_nothing_is_wrong_goes_on(stage: str) -> None:
    decision = decide(case(stage))
    assert decision.holds == ()
    assert decision.verdict is Verdict.PROCEED


def test_no_gates_hold() -> None:
    assert decide(case(), {}).verdict is Verdict.HOLD


def test_gates_that_find_nothing_hold() -> None:
    assert decide(case(), {"silent": lambda _: ()}).verdict is Verdict.HOLD


@given(st.lists(st.lists(st.sampled_from(Weight), max_size=3), max_size=4))
def test_only_a_word_for_it_and_none_against_it_opens(found: list[list[Weight]]) -> None:
    table = {str(n): lambda _, w=weights: says(*w) for n, weights in enumerate(found)}
    every = [weight for weights in found for weight in weights]
    opens = Weight.PASSES in every and Weight.HOLDS not in every
    decision = decide(case(), table)
    assert (decision.verdict is Verdict.PROCEED) == opens
    assert len(decision.holds) == every.count(Weight.HOLDS)
    assert len(decision.notes) == every.count(Weight.NOTES)


def crash(_: Case) -> Iterable[Finding]:
    message = "the kettle exploded"
    raise RuntimeError(message)


def crash_halfway(_: Case) -> Iterator[Finding]:
    yield from says(Weight.PASSES)
    message = "the kettle exploded"
    raise RuntimeError(message)


@pytest.mark.parametrize("gate", [crash, crash_halfway])
@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_crashes_is_a_hold_with_the_crash_as_finding(name: str, gate: object) -> None:
    decision = decide(case(), {**GATES, name: gate})  # type: ignore[dict-item]
    assert decision.verdict is Verdict.HOLD
    (finding,) = decision.holds
    assert finding.id == f"{name}.crashed"
    assert "RuntimeError: the kettle exploded" in finding.what
    assert finding.command


def test_the_table_names_each_gate_as_its_file_is_named() -> None:
    assert list(GATES) == [name for name in GATES if getattr(gates, name).gate is GATES[name]]


def test_every_finding_is_named_after_its_gate() -> None:
    for name, gate in GATES.items():
        for stage in LADDER.stages:
            for finding in gate(case(stage.id, promotion=None, dirty=("x",), failed="x")):
                assert finding.id.startswith(f"{name}."), finding


def test_the_same_inputs_give_the_same_bytes_also_in_another_process() -> None:
    here = {stage.id: decide(case(stage.id)).to_bytes() for stage in LADDER.stages}
    assert here == {stage.id: decide(case(stage.id)).to_bytes() for stage in LADDER.stages}
    program = (
        "from pipeline.core.gates import decide; from tests.core.gates.cases import LADDER, case\n"
        "for stage in LADDER.stages: print(decide(case(stage.id)).digest)"
    )
    for seed in ("1", "2"):
        said = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert said.stdout.split() == [str(Digest.of(data)) for data in here.values()]


def test_a_decision_names_the_digests_of_all_that_it_read() -> None:
    written = load_canonical(decide(case()).to_bytes())
    named = {
        "context": str(CONTEXT.digest),
        "ladder": BOUND.ladder,
        "policies": BOUND.policies,
        "trust": BOUND.trust,
        "live_state": BOUND.live_state,
        "stage_results": [str(item.digest) for item in evidence().stages],
        "imports": [],
        "approvals": [],
    }
    assert {name: written["inputs"][name] for name in named} == named
    assert written["inputs"] == inputs(case())
    assert (written["run"], written["stage"], written["now"]) == (CONTEXT.run_id, "pour", NOW)


def test_the_order_in_which_approvals_lie_changes_no_byte() -> None:
    from tests.core.gates.test_approval import ADA, BOB

    one, two = (decide(case(approvals=given)) for given in ((ADA, BOB), (BOB, ADA)))
    assert one.to_bytes() == two.to_bytes()


def test_time_alone_does_not_make_another_decision() -> None:
    one, two = decide(case()), decide(case(now="2026-06-01T12:00:01Z"))
    assert one.digest != two.digest
    assert one.substance == two.substance
    assert decide(case(now=LATER)).substance != one.substance  # the approval has expired


@pytest.mark.parametrize("name", GATES)
def test_every_gate_has_a_file_of_its_name_with_its_tests(name: str) -> None:
    assert (ROOT / "pipeline" / "core" / "gates" / f"{name}.py").is_file()
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_every_gate_has_one_heading_in_the_docs_and_every_heading_a_gate() -> None:
    text = (ROOT / "docs" / "gates.md").read_text("utf-8")
    assert re.findall(r"^## `(.+)`$", text, re.MULTILINE) == list(GATES)
    for part in text.split("\n## ")[1:]:
        paragraph = part.partition("\n")[2]
        for word in ("Looks", "Holds", "Clears"):
            assert word in paragraph, part.splitlines()[0]
