"""The clock: evidence from the future is not believed, an expired key signs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.edges import clock
from pipeline.errors import UntrustedError
from tests.surviving import kitchen


@pytest.mark.parametrize("stage", ["water", "pour"])
def test_a_clock_that_was_set_back_is_refused(
    tea: Path, tally: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    kitchen.climb(tea, tally, stage=stage)
    before, now = kitchen.files(tea), clock.now()
    monkeypatch.setattr(clock, "now", lambda: f"{int(now[:4]) - 1}{now[4:]}")
    with pytest.raises(UntrustedError, match="clock"):
        kitchen.climb(tea, tally)
    assert kitchen.files(tea) == before
    monkeypatch.undo()
    kitchen.climb(tea, tally)
    assert kitchen.runs(tally) == {"water": 1, "boil": 1, "pour": 1}


def test_a_key_that_has_expired_signs_nothing_and_changes_nothing(
    tea: Path, tally: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kitchen.climb(tea, tally, stage="water")
    before, now = kitchen.files(tea), clock.now()
    monkeypatch.setattr(clock, "now", lambda: f"{int(now[:4]) + 2}{now[4:]}")
    with pytest.raises(UntrustedError, match="valid until"):
        kitchen.climb(tea, tally)
    assert kitchen.files(tea) == before
