"""Two promotions at once, as real processes: one runs, the other exits 14 at once."""

from __future__ import annotations

import time
from pathlib import Path

from tests.climbing import project
from tests.surviving import kitchen, live

AT_ONCE = 20.0
"""Seconds: a rival that waited would wait for as long as the test lets the first one run."""


def test_of_two_promotions_of_one_release_one_runs_and_the_other_is_refused(memory: Path) -> None:
    root = live.make(memory / "tea")
    live.slow(root, "fill")
    with live.running(root, "promote", "--stage", "heat") as first:
        live.begun(root, "fill")
        before, start = kitchen.files(root), time.monotonic()
        second = project.invoke(root, "promote", "--stage", "heat")
        assert time.monotonic() - start < AT_ONCE
        assert second.returncode == 14, second.stderr
        assert live.three_lines(second.stderr)
        assert str(first.pid) in second.stderr
        assert kitchen.files(root) == before
        live.quick(root, "fill")
        _, said = first.communicate(timeout=60)
        assert first.returncode == 0, said
    assert [status for _, status in kitchen.journal(root)] == ["begin", "pass", "begin", "pass"]
    assert live.runs(root) == {"water": 1, "boil": 1, "pour": 0}


def test_two_releases_take_turns_at_one_target(memory: Path) -> None:
    root = live.make(memory / "tea")
    project.climb(root, "heat")
    project.git(root, "commit", "--quiet", "--allow-empty", "--message=More tea")
    project.git(root, "tag", "v1.1")
    project.climb(root, "heat")
    live.slow(root, "pour")
    with live.running(root, "promote", "--release", "1.0", "--stage", "pour") as first:
        live.begun(root, "pour")
        before = kitchen.files(root)
        second = project.invoke(root, "promote", "--stage", "pour")
        assert second.returncode == 14, second.stderr
        assert "targets/pot" in second.stderr
        assert kitchen.files(root) == before
        live.quick(root, "pour")
        _, said = first.communicate(timeout=60)
        assert first.returncode == 0, said
    second = project.invoke(root, "promote", "--stage", "pour")
    assert second.returncode == 0, second.stderr
    assert live.runs(root) == {"water": 0, "boil": 0, "pour": 2}
