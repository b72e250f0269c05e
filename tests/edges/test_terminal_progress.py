"""Progress: plain lines with a heartbeat in a pipe, a live display on a real pseudo-terminal."""

import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from pipeline.edges.terminal import Terminal

ROOT = Path(__file__).parents[2]
LIVE = """
import sys, time
from pipeline.edges.terminal import Terminal
terminal = Terminal.for_streams(sys.stdout, sys.stderr, json=False)
with terminal.progress() as progress:
    progress.stage_started("build_complete", "build", 1, 8)
    progress.step_started("build.distributions")
    progress.output("\\x1b[2Jfirst line")
    time.sleep(0.6)
    progress.output("wide " * 100)
    time.sleep(0.6)
    progress.stage_finished("pass", 1.2, "2 artifacts")
    progress.stage_started("artifact_verified", "verify", 2, 8)
    time.sleep(0.3)
    progress.stage_finished("fail", 0.3, "wheel differs")
terminal.say("afterwards")
"""


def on_terminal(code: str, *, columns: int = 70, **variables: str) -> str:
    """Run code with a pseudo-terminal as its stdout; give all that it drew."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unwanted = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment = kept | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | variables
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment,
    )
    os.close(theirs)
    drawn = b""
    try:
        while chunk := os.read(ours, 65536):
            drawn += chunk
    except OSError:  # Linux says EIO when the other side is closed
        pass
    finally:
        os.close(ours)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, b"")
    return drawn.decode("utf-8")


def bare(text: str) -> str:
    """Take out the control sequences."""
    return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", text)


@pytest.fixture(scope="module")
def drawn() -> str:
    return on_terminal(LIVE)


def test_something_moves_on_a_terminal(drawn: str) -> None:
    frames = re.findall("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", drawn)
    assert len(set(frames)) >= 3
    spans = re.findall(r"build\.distributions  (\d\.\d) s", bare(drawn))
    assert len(set(spans)) >= 3
    assert spans == sorted(spans)


def test_the_last_line_of_the_step_is_shown_dim_and_cannot_steer(drawn: str) -> None:
    assert "\x1b[2m  first line" in drawn
    assert "\x1b[2J" not in drawn


def test_no_line_is_wider_than_the_terminal(drawn: str) -> None:
    assert max(len(line) for line in re.split(r"[\r\n]+", bare(drawn))) <= 70


def test_finished_stages_stay_and_the_display_goes(drawn: str) -> None:
    for words in (
        "[1/8] ✓ build_complete (build): pass, 1.2 s, 2 artifacts",
        "[2/8] ✗ artifact_verified (verify): fail, 0.3 s, wheel differs",
    ):
        assert bare(drawn).count(words) == 1
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")  # the cursor is back
    assert bare(drawn).rstrip().endswith("afterwards")
    assert drawn.rindex("⠋") < drawn.rindex("afterwards")


def test_colour_is_shown_unless_it_is_unwanted(drawn: str) -> None:
    colour = r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38;)[0-9;]*m"
    assert re.search(colour, drawn)
    unwanted = on_terminal(LIVE, NO_COLOR="1")
    assert not re.search(colour, unwanted)
    assert "✓ build_complete (build): pass" in bare(unwanted)


def test_an_encoding_without_symbols_gets_plain_ones() -> None:
    drawn = on_terminal(LIVE, PYTHONIOENCODING="ascii")
    assert drawn.isascii()
    assert "[1/8] + build_complete (build): pass" in bare(drawn)
    assert "[2/8] x artifact_verified (verify): fail" in bare(drawn)


def test_a_terminal_that_cannot_move_its_cursor_gets_lines() -> None:
    drawn = on_terminal(LIVE, TERM="dumb")
    assert "\x1b" not in drawn
    assert "[1/8] build_complete (build) …\r\n" in drawn


def test_the_cursor_comes_back_when_a_climb_is_interrupted() -> None:
    code = LIVE.replace('progress.output("wide " * 100)', "raise KeyboardInterrupt").replace(
        'terminal.say("afterwards")', ""
    )
    caught = (
        f"try:\n{re.sub('^', '    ', code, flags=re.MULTILINE)}\nexcept KeyboardInterrupt: pass"
    )
    drawn = on_terminal(caught)
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")


def plain() -> tuple[io.StringIO, Terminal]:
    """Make a terminal that is none."""
    out = io.StringIO()
    return out, Terminal.for_streams(out, io.StringIO(), json=False)


def test_what_only_looks_like_a_climb_says_so_on_every_line() -> None:
    out, terminal = plain()
    with terminal.progress(prefix="scratch: ") as progress:
        progress.stage_started("pour", "pour", 7, 8)
        progress.step_started("tea.pour")
        progress.stage_finished("pass", 0.2, "")
    assert [line for line in out.getvalue().splitlines() if "[" in line] == [
        "scratch: [7/8] pour ...",
        "scratch: [7/8] + pour: pass, 0.2 s",
    ]
    prefixed = LIVE.replace("progress()", 'progress(prefix="scratch: ")')
    drawn = bare(on_terminal(prefixed))
    assert "scratch: [1/8] ✓ build_complete (build): pass" in drawn
    assert drawn.count("scratch: [") == drawn.count("[1/8]") + drawn.count("[2/8]")


def test_a_pipe_gets_whole_lines_in_order() -> None:
    out, terminal = plain()
    with terminal.progress() as progress:
        for n in (9, 10):
            progress.stage_started(f"stage_{n}", f"s{n}", n, 10)
            progress.step_started("some.task")
            progress.output("not in the log of the climb")
            progress.stage_finished("pass", 65.0, "all is well")
        progress.stage_started("same", "same", 1, 1)
        progress.stage_finished("retry", 0.1, "")
    assert out.getvalue().splitlines() == [
        "[ 9/10] stage_9 (s9) ...",
        "        some.task",
        "[ 9/10] + stage_9 (s9): pass, 1 m 05 s, all is well",
        "[10/10] stage_10 (s10) ...",
        "        some.task",
        "[10/10] + stage_10 (s10): pass, 1 m 05 s, all is well",
        "[1/1] same ...",
        "[1/1] > same: retry, 0.1 s",
    ]


def test_a_pipe_hears_a_heartbeat_in_every_silence() -> None:
    out, terminal = plain()
    with terminal.progress(heartbeat=0.2) as progress:
        time.sleep(0.3)
        progress.stage_started("build_complete", "build", 1, 8)
        progress.step_started("build.distributions")
        begun = time.monotonic()
        for number in range(8):
            progress.output(f"\x1b[1mline {number}\x1b[0m\n")
            time.sleep(0.1)
        silent = time.monotonic() - begun
    lines = out.getvalue().splitlines()
    assert re.fullmatch(r"still working, \d\.\d s", lines[0])
    beats = [line for line in lines if "still running" in line]
    assert 2 <= len(beats) <= silent / 0.2
    assert all(
        re.fullmatch(r" {6}still running: build\.distributions, \d\.\d s: line \d", one)
        for one in beats
    )


def test_no_heartbeat_is_heard_while_others_speak_or_afterwards() -> None:
    out, terminal = plain()
    with terminal.progress(heartbeat=1.0) as progress:
        for n in range(1, 16):
            progress.stage_started(f"stage_{n}", "s", n, 15)
            time.sleep(0.1)
    before = out.getvalue()
    time.sleep(1.2)
    assert out.getvalue() == before
    assert "still" not in before
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_the_heartbeat_ends_when_the_climb_fails() -> None:
    _, terminal = plain()
    with pytest.raises(ValueError, match="the climb"), terminal.progress():
        raise ValueError("the climb failed")
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}
