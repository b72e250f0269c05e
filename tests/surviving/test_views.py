"""Evidence folders are views: rebuilt when they are gone, refused when they are another's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import UntrustedError
from tests.surviving import kitchen

Damage = Callable[[Path], object]


def run_folder(root: Path) -> Path:
    return next((root / "artifacts/release-evidence/home").iterdir())


@pytest.mark.parametrize("gone", ["", "home", "pre-deploy", "post-deploy"])
def test_a_view_that_is_gone_is_rebuilt_byte_for_byte(tea: Path, tally: Path, gone: str) -> None:
    kitchen.climb(tea, tally)
    before = kitchen.files(tea)
    shutil.rmtree(
        tea / "artifacts/release-evidence" if gone in {"", "home"} else run_folder(tea) / gone
    )
    assert kitchen.files(tea) != before
    assert kitchen.climb(tea, tally).did == ()
    assert kitchen.files(tea) == before
    assert kitchen.runs(tally) == {"water": 1, "boil": 1, "pour": 1}


def test_a_view_of_an_earlier_seal_is_brought_up_to_date(tea: Path, tally: Path) -> None:
    kitchen.climb(tea, tally, stage="water")
    view = run_folder(tea) / "pre-deploy"
    earlier = tea.parent / "earlier"
    shutil.copytree(view, earlier)
    kitchen.climb(tea, tally)
    before = kitchen.files(tea)
    shutil.rmtree(view)
    shutil.copytree(earlier, view)
    assert kitchen.files(tea) != before
    assert kitchen.climb(tea, tally).did == ()
    assert kitchen.files(tea) == before


def _swap(view: Path) -> None:
    one, other = view / "water/decision.json", view / "boil/decision.json"
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def _link(view: Path) -> None:
    (view / "RERUN.sh").rename(view.parent / "RERUN.sh")
    (view / "RERUN.sh").symlink_to("../RERUN.sh")


def _empty(view: Path) -> None:
    shutil.rmtree(view)
    view.mkdir()


def _elsewhere(view: Path) -> None:
    view.rename(view.parent.parent / "elsewhere")
    view.symlink_to("../elsewhere")


def _no_folder(view: Path) -> None:
    shutil.rmtree(view)
    view.write_text("evidence")


DAMAGES: dict[str, Damage] = {
    "a changed byte": lambda view: (view / "water/artifacts/kettle.txt").write_bytes(b"2 litres"),
    "another seal": lambda view: (view / "bundle.sigstore.json").write_bytes(b"{}"),
    "a file more": lambda view: (view / "note.txt").write_text("hello"),
    "a file less": lambda view: (view / "boil/logs/tea.boil.log").unlink(),
    "a link more": lambda view: (view / "link").symlink_to("/etc/passwd"),
    "a link for a file": _link,
    "two files swapped": _swap,
    "an empty folder in its place": _empty,
    "a link in its place": _elsewhere,
    "a file in its place": _no_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_view_that_was_changed_is_refused_and_nothing_is_touched(
    tea: Path, tally: Path, damage: str
) -> None:
    kitchen.climb(tea, tally)
    DAMAGES[damage](run_folder(tea) / "pre-deploy")
    before = kitchen.files(tea)
    for _ in range(2):
        with pytest.raises(UntrustedError) as refused:
            kitchen.climb(tea, tally)
        assert refused.value.exit_code == 11
        assert all(refused.value.lines())
        assert kitchen.files(tea) == before


def test_a_changed_view_stops_a_climb_that_has_further_to_go(tea: Path, tally: Path) -> None:
    kitchen.climb(tea, tally, stage="water")
    (run_folder(tea) / "pre-deploy/run.json").write_text("{}")
    before = kitchen.files(tea)
    with pytest.raises(UntrustedError, match=r"run\.json"):
        kitchen.climb(tea, tally)
    assert kitchen.files(tea) == before
    assert kitchen.runs(tally) == {"water": 1, "boil": 0, "pour": 0}
