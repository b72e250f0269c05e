"""What a step is told, and what it leaves: read strictly, whatever a step wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import MalformedError
from pipeline.core.predicates.fields import Verdict
from pipeline.errors import WrongUsageError
from pipeline.operations.step_io import STEP_VARIABLE, Step, StepResult, StepStatement, pretty
from tests.core.gates.signed import CONTEXT

STATEMENT = {"type": "https://x.org/y", "subject": ["tea.whl"], "predicate": {"hot": True}}


def read(**changes: Any) -> StepResult:  # noqa: ANN401 - any JSON value
    return StepResult.from_bytes(json.dumps(changes).encode())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NAME = st.from_regex(r"[a-z]{1,4}(/[a-z]{1,3}){0,2}", fullmatch=True)
RESULTS = st.builds(
    StepResult,
    verdict=st.sampled_from(Verdict),
    reason=TEXT,
    artifacts=st.lists(NAME, max_size=3).map(tuple),
    statements=st.lists(
        st.builds(
            StepStatement,
            type=TEXT,
            subjects=st.lists(TEXT, max_size=2).map(tuple),
            predicate=st.dictionaries(TEXT, TEXT | st.booleans() | st.none(), max_size=2),
        ),
        max_size=2,
    ).map(tuple),
    cost_usd=st.sampled_from(["0", "1.50"]),
)


@given(RESULTS)
def test_a_result_reads_back_as_it_was_left(result: StepResult) -> None:
    assert StepResult.from_bytes(result.to_bytes()) == result


def test_a_result_has_the_fields_that_the_model_names() -> None:
    statement = StepStatement(type="t", subjects=("a",), predicate={"p": 1})
    left = StepResult(
        verdict=Verdict.FAIL, reason="cold", artifacts=("a",), statements=(statement,)
    )
    assert json.loads(left.to_bytes()) == {
        "verdict": "fail",
        "reason": "cold",
        "artifacts": ["a"],
        "statements": [{"type": "t", "subject": ["a"], "predicate": {"p": 1}}],
        "cost_usd": "0",
    }


def test_a_step_that_says_nothing_of_itself_has_passed_and_claims_nothing() -> None:
    assert read() == StepResult()
    assert (read().verdict, read().artifacts, read().statements) == (Verdict.PASS, (), ())


def each(name: str, *wrong: object) -> list[dict[str, object]]:
    return [{name: value} for value in wrong]


def listed(name: str, *wrong: object) -> list[dict[str, object]]:
    return [{name: [value]} for value in wrong]


def spoilt(field: str, *wrong: object) -> list[dict[str, object]]:
    return [{"statements": [{**STATEMENT, field: value}]} for value in wrong]


@pytest.mark.parametrize(
    "changes",
    [
        {"more": 1},
        {"verdicts": "pass"},
        *each("verdict", "PASS", "ok", "", None, 1, [], {}, ["pass"]),
        *each("reason", None, 1, [], {}),
        *each("cost_usd", None, 0, 1, []),
        # a lone name for a list of names would be a list of letters
        *each("artifacts", "tea.whl", {"tea.whl": 1}, None, 1, ""),
        *listed("artifacts", 1, None, [], {}, "", ".", "/etc/passwd", "../x"),
        *listed("artifacts", "a/../../b", "a\\b", "a\nb", "C:x", "-", "\ud800"),
        *each("statements", None, {}, "x", "", 1),
        *listed("statements", None, 1, "x", [], {}, list(STATEMENT)),
        *spoilt("type", None, 1, [], {}),
        *spoilt("subject", "tea", None, {}, [1]),
        *spoilt("predicate", None, [], "x", 1),
        {"statements": [{**STATEMENT, "predicateType": "x"}]},
        {"statements": [STATEMENT, {"type": "x", "subject": []}]},
    ],
    ids=repr,
)
def test_a_result_of_any_other_form_is_refused(changes: dict[str, Any]) -> None:
    assert read(statements=[STATEMENT]).statements  # the form that is spoilt is a good one
    with pytest.raises(MalformedError):
        read(**changes)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"pass"',
        b"{",
        b'{"verdict":"fail","verdict":"pass"}',
        b'{"cost_usd":0.5}',
        b'{"statements":[{"type":"t","subject":[],"predicate":{"x":1.5}}]}',
        b'{"reason":"\xff"}',
        b'{"reason":"\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"[" * 5000,
    ],
    ids=lambda data: repr(data[:40]),
)
def test_hostile_bytes_are_no_result(data: bytes) -> None:
    with pytest.raises(MalformedError):
        StepResult.from_bytes(data)


@given(st.binary(max_size=30))
def test_any_bytes_are_a_result_or_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        StepResult.from_bytes(data)


# what a step is told ----------------------------------------------------------------------------


def document(folder: Path, **changes: object) -> dict[str, Any]:
    return {
        "task": "tea.boil",
        "arguments": {"litres": 2},
        "stage": "boil",
        "phase": "pre-deploy",
        "effect": "none",
        "attempt": 1,
        "context": CONTEXT.to_dict(),
        "key": "sha256:" + "a" * 64,
        "token": 3,
        "repository": str(folder / "project"),
        "state": str(folder / "state"),
        "inputs": {
            "artifacts": {"tea.whl": "inputs/artifacts/tea.whl"},
            "statements": [
                {"stage": "taste", "type": "https://x.org/y", "path": "inputs/one.json"},
                {"stage": "taste", "type": "https://x.org/z", "path": "inputs/two.json"},
            ],
            "live": None,
            "baseline": {"old.whl": "inputs/baseline/old.whl"},
        },
        "target": {"target": "pot"},
        "policies": {"canary": None},
        "rehearsal": True,
        "scratch_target": None,
    } | changes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STEP_VARIABLE, str(tmp_path / "step.json"))
    return tmp_path


def load(folder: Path, **changes: object) -> Step:
    (folder / "step.json").write_text(json.dumps(document(folder, **changes)))
    return Step.load()


def test_a_step_knows_its_folder_its_run_and_what_it_may_touch(folder: Path) -> None:
    step = load(folder)
    assert step.context == CONTEXT
    assert (step.folder, step.out, step.scratch) == (folder, folder / "out", folder / "scratch")
    assert (step.repository, step.state) == (folder / "project", folder / "state")
    assert (step.key, step.token) == ("sha256:" + "a" * 64, 3)
    assert (step.target, step.policies, step.live) == ({"target": "pot"}, {"canary": None}, None)
    assert step.artifacts() == {"tea.whl": folder / "inputs/artifacts/tea.whl"}
    assert step.baseline() == {"old.whl": folder / "inputs/baseline/old.whl"}


def test_on_a_scratch_target_the_real_state_is_out_of_sight(folder: Path) -> None:
    assert load(folder, scratch_target=str(folder / "apart")).state == folder / "apart"


def test_a_step_reads_the_statements_of_the_type_it_asks_for_alone(folder: Path) -> None:
    (folder / "inputs").mkdir()
    (folder / "inputs/one.json").write_text('{"predicate": {"p95": 1.5}}')
    (folder / "inputs/two.json").write_text("not read")
    step = load(folder)
    assert step.statements("https://x.org/y") == [{"predicate": {"p95": 1.5}}]
    assert step.statements("https://x.org/") == []


def test_a_step_leaves_its_result_where_it_is_looked_for(folder: Path) -> None:
    result = StepResult(artifacts=("tea.whl",), reason="hot")
    load(folder).finish(result)
    assert StepResult.from_bytes((folder / "result.json").read_bytes()) == result


def test_the_context_of_a_step_is_read_strictly(folder: Path) -> None:
    with pytest.raises(MalformedError, match="run_id does not follow"):
        load(folder, context={**CONTEXT.to_dict(), "version": "6.6"})


@pytest.mark.parametrize("value", ["", None])
def test_outside_a_ladder_a_step_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv(STEP_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(STEP_VARIABLE, value)
    with pytest.raises(WrongUsageError, match="a step of a ladder") as caught:
        Step.load()
    assert caught.value.exit_code == 1


def test_what_a_step_says_is_in_its_log_at_once(folder: Path) -> None:
    load(folder)
    program = (
        "import os\nfrom pipeline.operations.step_io import Step\n"
        "Step.load().log('boiling é')\nos._exit(0)"  # nothing is flushed for it at the end
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUTF8": "1",
        },
        capture_output=True,
        check=True,
    )
    assert said.stdout == "boiling é\n".encode()


def test_files_for_people_are_indented_sorted_and_end_with_a_newline() -> None:
    assert pretty({"b": "é", "a": 1}) == '{\n  "a": 1,\n  "b": "é"\n}\n'.encode()
