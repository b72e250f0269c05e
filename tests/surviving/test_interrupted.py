"""Ctrl-C, SIGTERM and SIGKILL on the real command, while a step with children of its own runs."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.climbing import project
from tests.surviving import kitchen, live
from tests.surviving.disturbed import counted

PASSED = [("water/1", "begin"), ("water/1", "pass")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whom", ["the process", "its group"])
def test_an_interrupted_climb_counts_nothing_and_leaves_nothing_running(
    memory: Path, how: signal.Signals, whom: str
) -> None:
    root = live.make(memory / "tea")
    live.slow(root, "fill")
    with live.running(root, "promote", "--stage", "water") as process:
        session = os.getsid(live.begun(root, "fill"))
        live.until(lambda: len(live.alive(session)) == 3)
        start = time.monotonic()
        (os.kill if whom == "the process" else os.killpg)(process.pid, how)
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - start < 15
        assert process.returncode == 130
    assert live.three_lines(said), said
    assert "interrupted" in said
    assert live.alive(session) == []
    assert kitchen.journal(root) == [("water/1", "begin"), ("water/1", "retry")]
    live.quick(root, "fill")
    again = project.invoke(root, "promote", "--stage", "water")
    assert again.returncode == 0, again.stderr
    assert counted(kitchen.journal(root)) == PASSED
    assert live.runs(root)["water"] == 1


def test_a_killed_climb_takes_its_steps_with_it_and_is_taken_up_again(memory: Path) -> None:
    root = live.make(memory / "tea")
    live.slow(root, "fill")
    with live.running(root, "promote", "--stage", "water") as process:
        session = os.getsid(live.begun(root, "fill"))
        process.kill()
        assert process.wait() == -signal.SIGKILL
        live.until(lambda: live.alive(session) == [])
    assert kitchen.journal(root) == PASSED[:1]
    live.quick(root, "fill")
    again = project.invoke(root, "promote", "--stage", "water")
    assert again.returncode == 0, again.stderr
    assert kitchen.journal(root) == PASSED
    before = kitchen.files(root)
    third = project.invoke(root, "promote", "--stage", "water")
    assert third.returncode == 0, third.stderr
    assert kitchen.files(root) == before
    assert live.runs(root)["water"] == 1
