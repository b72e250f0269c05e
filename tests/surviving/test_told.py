"""An attempt without an end is told by `status`: somebody is at work, or was interrupted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.climbing import project
from tests.surviving import kitchen, live
from tests.tasks.calling import call

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def first(root: Path) -> dict[str, Any]:
    stage: dict[str, Any] = call(root, "status", "--json").document["stages"][0]
    return stage


def test_status_tells_who_runs_a_stage_and_that_it_was_interrupted(memory: Path) -> None:
    root = live.make(memory / "tea")
    live.slow(root, "fill")
    with live.running(root, "promote", "--stage", "water") as process:
        live.begun(root, "fill")
        before = kitchen.files(root)
        found = first(root)
        running = rf"running since {TIME} \(process {process.pid}\)"
        assert re.fullmatch(running, found["detail"])
        assert found["state"] == "next"
        assert re.search(running, call(root, "status").out)
        assert kitchen.files(root) == before
        process.kill()
        process.wait()
    assert re.fullmatch(
        rf"begun at {TIME} and interrupted; promote takes it up", first(root)["detail"]
    )
    live.quick(root, "fill")
    assert project.invoke(root, "promote", "--stage", "water").returncode == 0
    assert first(root)["detail"] == ""
