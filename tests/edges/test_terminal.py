"""What a person reads: ladders, errors, JSON. Golden files show every word.

After a wanted change, rewrite them with `python -m tests.edges.test_terminal` and look at the
difference in review.
"""

import copy
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.edges.terminal import Terminal
from pipeline.edges.terminal.ladder import next_command
from pipeline.edges.terminal.text import duration
from pipeline.errors import HeldError, InvalidConfigurationError

GOLDEN = Path(__file__).parent / "golden"
POSTURE = Path(__file__).parents[1] / "page" / "posture.json"
DRAWN = [
    (target, width, encoding)
    for target in ("staging", "production", "preview")
    for width, encoding in ((100, "utf-8"), (60, "ascii"))
]


class Piped(io.TextIOWrapper):
    """A stream that is no terminal, in an encoding of the test's choice."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def text(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def targets() -> dict[str, dict[str, Any]]:
    """Load one proven, one held and one untouched target; the proven one has details and times."""
    loaded = {one["target"]: one for one in json.loads(POSTURE.read_bytes())["targets"]}
    for number, stage in enumerate(loaded["staging"]["stages"]):
        stage["seconds"] = 0.4 * 3**number
    loaded["staging"]["stages"][0]["detail"] = "2 artifacts, both builds identical"
    return loaded


def drawn(status: dict[str, Any], width: int, encoding: str) -> str:
    """Draw a ladder into a pipe."""
    out = Piped(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        Terminal.for_streams(out, Piped(), json=False).ladder(status)
    return out.text()


@pytest.fixture
def held() -> dict[str, Any]:
    return targets()["production"]


@pytest.mark.parametrize(("target", "width", "encoding"), DRAWN)
def test_a_ladder_reads_as_its_golden_file(target: str, width: int, encoding: str) -> None:
    golden = GOLDEN / f"ladder-{target}-{width}.txt"
    assert drawn(targets()[target], width, encoding) == golden.read_bytes().decode()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_prose_fits_the_width_and_commands_stay_whole(held: dict[str, Any], width: int) -> None:
    held["blockers"][0]["command"] = "invoke " + "very-long-task " * 20 + "--now"
    text = drawn(held, width, "utf-8")
    for line in text.splitlines():
        whole = line.lstrip().startswith(("Release", "clear it:", "Next:")) or "sha256:" in line
        assert len(line) <= width or whole, line
    assert held["blockers"][0]["command"] in text
    assert all(blocker["id"] in text for blocker in held["blockers"])


def test_every_state_is_told_by_a_word_and_a_symbol(held: dict[str, Any]) -> None:
    for encoding in ("utf-8", "ascii", "latin-1"):
        for stage, state in zip(
            held["stages"], ("done", "next", "held", "failed", "waiting"), strict=False
        ):
            stage["state"] = state
        text = drawn(held, 100, encoding)
        rungs = [line.split() for line in text.splitlines() if re.match(r"\s+\S \d \w+ \(", line)]
        assert [one[4] for one in rungs[:5]] == ["done", "next", "held", "failed", "waiting"]
        assert len({one[0] for one in rungs[:5]}) == 5
        assert "?" not in text


def test_a_stage_marked_done_without_proof_says_so(held: dict[str, Any]) -> None:
    held["stages"][0]["statements"] = []
    assert "no statement recorded" in drawn(held, 100, "utf-8")


def test_the_last_line_is_what_to_type_next(held: dict[str, Any]) -> None:
    last = drawn(held, 80, "utf-8").splitlines()[-1]
    assert last == "Next: invoke trust.check --ladder production"


def test_a_narrow_terminal_names_rungs_by_their_alias(held: dict[str, Any]) -> None:
    rungs = [line for line in drawn(held, 40, "utf-8").splitlines() if re.match(r"  \S \d ", line)]
    assert [line.split()[2] for line in rungs] == [stage["alias"] for stage in held["stages"]]
    assert all(len(line) <= 40 for line in rungs)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("next", "invoke promote --ladder production --stage verify"),
        ("waiting", "invoke promote --ladder production --stage verify"),
        ("held", "invoke why --ladder production --stage verify"),
        ("failed", "invoke why --ladder production --stage verify"),
    ],
)
def test_what_to_type_next_follows_from_the_first_open_stage(
    held: dict[str, Any], state: str, command: str
) -> None:
    held["blockers"] = []
    held["stages"][1]["state"] = state
    assert next_command(held) == command


def test_hidden_evidence_is_counted(held: dict[str, Any]) -> None:
    held["blockers"] = held["blockers"][:1]
    held["blockers"][0]["evidence"] = [f"file-{n}" for n in range(7)]
    text = drawn(held, 80, "utf-8")
    assert "looked at file-2" in text
    assert "file-3" not in text
    assert "and at 4 more, see `invoke why`" in text


def texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """List the paths of all texts that somebody else wrote."""
    fixed = {"state", "readiness", "origin_class"}
    if isinstance(value, dict):
        return [hit for k, one in value.items() if k not in fixed for hit in texts(one, (*path, k))]
    if isinstance(value, list):
        return [hit for index, one in enumerate(value) for hit in texts(one, (*path, index))]
    return [path] if isinstance(value, str) else []


def test_foreign_text_cannot_steer_the_terminal(held: dict[str, Any]) -> None:
    for path in texts(held):
        changed: Any = copy.deepcopy(held)
        place = changed
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = "a\x1b[2J\x1b]0;title\x07\rb\x9b1m\u202ec\x08\nNext: rm"
        text = drawn(changed, 100, "utf-8")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), path
        assert not re.search(r"^Next: rm", text, re.MULTILINE), path


def errors_of(error: BaseException) -> str:
    """Write an error into a pipe."""
    out, err = Piped(), Piped()
    Terminal.for_streams(out, err, json=False).error(error)
    assert out.text() == ""
    return err.text()


def test_an_error_is_three_lines() -> None:
    error = HeldError("the target is frozen", where="config/a.yaml:3", todo="wait for\nmorning")
    assert errors_of(error) == (
        "error: the target is frozen\nwhere: config/a.yaml:3\nto do: wait for morning\n"
    )


def test_an_error_of_many_problems_lists_them_all() -> None:
    text = errors_of(InvalidConfigurationError(["a.yaml:1:2: x: bad", "b.yaml:3:4: y: worse"]))
    assert text.splitlines() == [
        "error: the configuration has 2 problems:",
        "  a.yaml:1:2: x: bad",
        "  b.yaml:3:4: y: worse",
        "where: config/",
        "to do: mend the places named above and run `invoke check`",
    ]


def test_one_problem_is_one_problem() -> None:
    text = errors_of(InvalidConfigurationError(["a.yaml:1:2: x: bad"]))
    assert text.startswith("error: the configuration has 1 problem:\n")


def test_an_error_that_nobody_foresaw_is_three_lines_and_names_its_place() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        duration(1 // 0)
    lines = errors_of(caught.value).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("error: unexpected ZeroDivisionError: ")
    assert "test_an_error_that_nobody_foresaw" in lines[1]
    assert "bug" in lines[2]
    assert "Traceback" not in "".join(lines)


def test_with_json_stdout_carries_one_document_and_nothing_else(held: dict[str, Any]) -> None:
    out, err = Piped("ascii"), Piped()
    terminal = Terminal.for_streams(out, err, json=True)
    terminal.ladder(held)
    terminal.say("a remark")
    with terminal.progress() as progress:
        progress.stage_started("one", "one", 1, 1)
        progress.stage_finished("pass", 0.1, "")
    terminal.json({"text": "é\x1b"})
    assert json.loads(out.text()) == {"text": "é\x1b"}
    assert "\x1b" not in out.text()
    for words in ("on production: held", "a remark", "[1/1]"):
        assert words in err.text()
    with pytest.raises(RuntimeError, match="one JSON document"):
        terminal.json({})


def test_a_reader_who_went_away_stops_nothing(held: dict[str, Any]) -> None:
    code = (
        "import json, sys\n"
        "from pipeline.edges.terminal import Terminal\n"
        "terminal = Terminal.for_streams(sys.stdout, sys.stderr, json=False)\n"
        "status = json.loads(sys.argv[1])\n"
        "sys.stdin.readline()\n"
        "for _ in range(200): terminal.ladder(status)\n"
        "with terminal.progress() as progress:\n"
        "    progress.stage_started('one', 'one', 1, 1)\n"
        "    progress.stage_finished('pass', 0.1, '')\n"
        "sys.stderr.write('went on')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(held)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b"\n")
    process.stdin.close()
    assert process.stderr.read() == b"went on"
    process.stderr.close()
    assert process.wait(timeout=20) == 0


def test_the_drawing_library_is_not_loaded_for_a_pipe() -> None:
    code = (
        "import json, sys\n"
        "from pipeline.edges.terminal import Terminal\n"
        "terminal = Terminal.for_streams(sys.stdout, sys.stderr, json=False)\n"
        "terminal.ladder(json.loads(sys.argv[1])); terminal.say('x')\n"
        "terminal.error(ValueError('x'))\n"
        "with terminal.progress() as p: p.stage_started('a', 'a', 1, 1)\n"
        "assert not {'rich', 'pydantic'} & set(sys.modules), 'loaded'\n"
    )
    status = json.dumps(targets()["production"])
    subprocess.run(
        [sys.executable, "-c", code, status],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )


def write_golden() -> None:
    """Rewrite the golden files."""
    GOLDEN.mkdir(exist_ok=True)
    for target, width, encoding in DRAWN:
        text = drawn(targets()[target], width, encoding)
        (GOLDEN / f"ladder-{target}-{width}.txt").write_bytes(text.encode())


if __name__ == "__main__":
    write_golden()
