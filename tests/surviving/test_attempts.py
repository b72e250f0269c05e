"""Steps that fail, hang, cheat or leave nonsense: how the attempt ends, and that it is final."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import LadderError, StepFailedError, UnreachableError
from tests.surviving import kitchen

LEFT = 'echo fill >> "$TALLY"; echo water > out/kettle.txt; '
RESULT = "printf '%s' '{}' > result.json"
BOTH = [("water/1", "begin"), ("water/1", "fail")]


def made(memory: Path, fill: str, **ladder: str) -> Path:
    """Make a project whose first step is a line of shell."""
    return kitchen.make(memory / "tea", fill=fill, **ladder)


def climb(root: Path) -> tuple[int, str]:
    """Climb one stage; return exit code and words."""
    try:
        kitchen.climb(root, root.parent / "tally", stage="water")
    except LadderError as error:
        return error.exit_code, error.what
    return 0, ""


def result(text: str) -> str:
    return f"{LEFT} printf '%s' '{text}' > result.json"


FAILING: dict[str, tuple[str, str]] = {
    "an exit code": (f"{LEFT} exit 3", "exit code 3"),
    "a signal": (f"{LEFT} kill -9 $$", "exit code 137"),
    "a verdict": (result('{"verdict": "fail", "reason": "too cold"}'), "too cold"),
    "a verdict without a reason": (result('{"verdict": "fail"}'), "gave no reason"),
    "an unknown key": (result('{"verdict": "pass", "colour": "red"}'), "and nothing else"),
    "an unknown verdict": (result('{"verdict": "maybe"}'), "maybe"),
    "a number for a cost": (result('{"cost_usd": 3}'), "cost_usd"),
    "a cost that is none": (result('{"cost_usd": "much"}'), "decimal"),
    "a negative cost": (result('{"cost_usd": "-1"}'), "decimal"),
    "more than its budget": (result('{"cost_usd": "0.01"}'), "max_budget_usd"),
    "no JSON": (result("hello"), "result.json"),
    "a duplicate key": (result('{"verdict": "fail", "verdict": "pass"}'), "result.json"),
    "a list": (result("[]"), "result.json"),
    "artifacts that are a word": (result('{"artifacts": "kettle.txt"}'), "result.json"),
    "an artifact that is not there": (result('{"artifacts": ["cup.txt"]}'), "cup.txt"),
    "an artifact from elsewhere": (result('{"artifacts": ["../step.json"]}'), "result.json"),
    "an absolute artifact": (result('{"artifacts": ["/etc/passwd"]}'), "result.json"),
    "a result that is a link": (f"{LEFT} ln -s /etc/passwd result.json", "result.json"),
    "a result that is a pipe": (f"{LEFT} mkfifo result.json", "result.json"),
    "a result that is a folder": (f"{LEFT} mkdir result.json", "result.json"),
    "an undeclared statement": (
        result(
            '{"artifacts": ["kettle.txt"], "statements": [{"type": "https://tea.example/cup/v1", '
            '"subject": ["kettle.txt"], "predicate": {}}]}'
        ),
        "not declared",
    ),
    "a statement about a stranger": (
        result(
            '{"artifacts": ["kettle.txt"], "statements": [{"type": "https://tea.example/leaf/v1", '
            '"subject": ["cup.txt"], "predicate": {}}]}'
        ),
        "cup.txt",
    ),
    "a statement about nothing": (
        result(
            '{"statements": [{"type": "https://tea.example/leaf/v1", "subject": [], '
            '"predicate": {}}]}'
        ),
        "subject",
    ),
    "a result of ours": (
        result(
            '{"artifacts": ["kettle.txt"], "statements": [{"type": '
            '"https://release-ladder.readthedocs.io/predicates/stage-result/v1", '
            '"subject": ["kettle.txt"], "predicate": {}}]}'
        ),
        "not declared",
    ),
    "an output that is a link": (f"{LEFT} ln -s /etc/passwd out/passwd", "out/passwd"),
    "an output that is a pipe": (f"{LEFT} mkfifo out/pipe", "out/pipe"),
    "an output below a link": (f"{LEFT} ln -s /etc out/etc", "out/etc"),
    "an output with an odd name": (f"{LEFT} : > 'out/a\\b'", "out"),
    "a file outside allow_paths": (f"{LEFT} : > elsewhere.txt", "elsewhere.txt"),
    "a changed input": (f"{LEFT} : > inputs/more.txt", "inputs/more.txt"),
    "no out folder any more": (f"{LEFT} rm -r out", "cannot be read"),
    "a log that is a link": (f"{LEFT} rm logs/*; ln -s /etc/passwd logs/x.log", "logs/x.log"),
    "an edited configuration": (
        f"{LEFT} echo '# more' >> $ROOT/config/pipeline.yaml",
        "pipeline.yaml",
    ),
    "a ladder more": (f"{LEFT} : > $ROOT/config/ladders/other.yaml", "other.yaml"),
    "other tasks": (f"{LEFT} echo '# more' >> $ROOT/tasks.py", "tasks.py"),
    "another key": (f"{LEFT} echo >> $ROOT/.release-ladder/keys/ecdsa-p256.pub.pem", "pub.pem"),
    "a removed name": (f"{LEFT} rm $ROOT/artifacts/store/names/runs*", "names/runs"),
}


@pytest.mark.parametrize("case", FAILING)
def test_an_attempt_fails_and_says_why(memory: Path, case: str) -> None:
    body, words = FAILING[case]
    root = made(memory, body)
    code, what = climb(root)
    assert code == 12, what
    assert words in what
    assert kitchen.journal(root) == BOTH
    assert words in kitchen.reason(root)
    assert kitchen.runs(memory / "tally")["water"] == 1


def test_a_final_failure_stays_one_and_nothing_runs_again(memory: Path) -> None:
    root = made(memory, f"{LEFT} exit 3")
    assert climb(root)[0] == 12
    before = kitchen.files(root)
    code, what = climb(root)
    assert code == 12
    assert "failed before" in what
    assert kitchen.files(root) == before
    assert kitchen.runs(memory / "tally")["water"] == 1
    assert "logs" in str(next((root / "artifacts/release-evidence").rglob("*.log")))


TWICE = f'{LEFT} [ "$(wc -l < "$TALLY")" -gt 2 ] || exit 7'


def test_a_step_that_fails_twice_and_has_two_retries_passes(memory: Path) -> None:
    root = made(memory, TWICE, retries="2")
    assert climb(root) == (0, "")
    number = [("begin", "retry"), ("begin", "retry"), ("begin", "pass")]
    wanted = [(f"water/{n}", status) for n, pair in enumerate(number, 1) for status in pair]
    assert kitchen.journal(root) == wanted
    attempts = sorted(
        path.name for path in root.glob("artifacts/release-evidence/*/*/*/*/attempts/*")
    )
    assert attempts == ["1", "2"]
    before = kitchen.files(root)
    assert climb(root) == (0, "")
    assert kitchen.files(root) == before


def test_retries_are_used_up(memory: Path) -> None:
    root = made(memory, TWICE, retries="1")
    code, what = climb(root)
    assert (code, "exit code 7" in what) == (12, True)
    assert [status for _, status in kitchen.journal(root)] == ["begin", "retry", "begin", "fail"]
    assert climb(root)[0] == 12
    assert kitchen.runs(memory / "tally")["water"] == 2


def test_a_step_that_takes_too_long_fails_and_is_gone(memory: Path) -> None:
    root = made(memory, f"{LEFT} sleep 60", timeout="1s")
    code, what = climb(root)
    assert (code, "took longer than 1 s" in what) == (12, True)


def test_an_outage_is_not_counted_however_often_it_happens(memory: Path) -> None:
    root = made(memory, f"{LEFT} [ -e $ROOT/../up ] || {{ echo no route; exit 15; }}")
    for _ in range(3):
        with pytest.raises(UnreachableError) as outage:
            kitchen.climb(root, memory / "tally")
        assert outage.value.exit_code == 15
        assert "no route" in outage.value.what
    assert kitchen.journal(root) == [("water/1", "begin"), ("water/1", "retry")] * 3
    (memory / "up").touch()
    assert climb(root) == (0, "")
    assert kitchen.journal(root)[-2:] == [("water/1", "begin"), ("water/1", "pass")]


def test_an_outage_does_not_hide_what_the_step_did_to_the_configuration(memory: Path) -> None:
    root = made(memory, f"{LEFT} echo '# more' >> $ROOT/config/pipeline.yaml; exit 15")
    with pytest.raises(StepFailedError, match=r"pipeline\.yaml"):
        kitchen.climb(root, memory / "tally")
    assert kitchen.journal(root) == BOTH


REPLACED: dict[str, Callable[[Path], str]] = {
    "an object": lambda root: f"rm -f {root}/artifacts/store/objects/*",
    "the journal": lambda root: f"for j in {root}/artifacts/store/journals/*; do echo >> $j; done",
    "the claim": lambda root: f"rm -f {root}/artifacts/store/names/claims*",
    "a view": lambda root: (
        f"for v in {root}/artifacts/release-evidence/*/*/*; do echo > $v/x; done"
    ),
}


@pytest.mark.parametrize("what", REPLACED)
def test_a_later_step_that_damages_evidence_ends_the_climb(memory: Path, what: str) -> None:
    root = kitchen.make(memory / "tea", boil=REPLACED[what](memory / "tea"))
    with pytest.raises(LadderError) as refused:
        kitchen.climb(root, memory / "tally")
    assert refused.value.exit_code in {11, 12}
    with pytest.raises(LadderError) as again:
        kitchen.climb(root, memory / "tally")
    assert again.value.exit_code == 11
    assert kitchen.runs(memory / "tally")["pour"] == 0
