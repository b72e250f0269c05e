"""The walk: every file of a finished release, every kind of damage, refused with the right reason.

Left out, and why: leases are counters of who worked last, and say nothing of a release; .gitignore
files keep git away; `tmp/` is empty. A newline missing at the journal's end is a write that a kill
cut short, and so is what stands after the last newline (model, line 3).
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.edges.signer import SignerProcess
from pipeline.errors import UntrustedError
from tests.climbing import project
from tests.tamper import damage, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ROUGH = ("middle_bit", "remove", "append", "link", "swap")
FINE = ("first_bit", "last_bit", "truncate", "halve", "empty", "replace", "folder")
STORE = ("objects", "names", "journals")
PHASES = ("pre-deploy", "post-deploy")


def files(folder: Path) -> list[Path]:
    """Return all files, sorted; a walk over nothing is none."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    assert found
    return found


def pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each file with another one of other content, to be exchanged with."""
    all_of_them = files(folder)
    for at, path in enumerate(all_of_them):
        others = all_of_them[at + 1 :] + all_of_them[:at]
        different = (each for each in others if each.read_bytes() != path.read_bytes())
        yield path, next(different, path)


def listed(path: Path, other: Path, folder: Path) -> list[str]:
    """Return what else a refusal may name: the other file, or what a changed list then lists."""
    lists = path.name == "HASH_MANIFEST.txt"
    return [other.relative_to(folder).as_posix(), *(["was changed", "was missing"] if lists else [])]


def told(error: UntrustedError) -> str:
    return " ".join(error.lines())


def refused(check: Callable[[], object]) -> str:
    """Return the three lines of the refusal; any other end is a hole."""
    with pytest.raises(UntrustedError) as caught:
        check()
    assert caught.value.exit_code == 11
    assert all(caught.value.lines())
    return told(caught.value)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    damage.remember_git(monkeypatch)
    # a refused climb signs nothing: the signer is started when it is first asked, as it can be
    monkeypatch.setattr(SignerProcess, "warm", lambda _: None)


@pytest.mark.parametrize("kind", [*ROUGH, *FINE])
@pytest.mark.parametrize("phase", PHASES)
def test_no_file_of_a_phase_folder_can_be_changed(
    finished: Path, phase: str, kind: str, unchanged: Callable[[], None]
) -> None:
    folder = release.phases(finished)[phase]
    for path, other in pairs(folder):
        name = path.relative_to(folder).as_posix()
        with damage.damaged(path, other, damage.DAMAGES[kind]):
            said = refused(lambda: damage.check(finished))
        assert name in said or other.relative_to(folder).as_posix() in said or path.name in said
    unchanged()


@pytest.mark.parametrize("kind", damage.DAMAGES)
@pytest.mark.parametrize("phase", PHASES)
def test_no_file_of_a_phase_folder_alone_can_be_changed(
    finished: Path, phase: str, kind: str
) -> None:
    folder, key = release.phases(finished)[phase], release.key_of(finished)
    damage.check_alone(folder, key)
    for path, other in pairs(folder):
        name = path.relative_to(folder).as_posix()
        with damage.damaged(path, other, damage.DAMAGES[kind]):
            said = refused(lambda: damage.check_alone(folder, key))
        assert any(word in said for word in (name, path.name, *listed(path, other, folder)))
    damage.check_alone(folder, key)


def names_it(path: Path, said: str) -> bool:
    """Tell whether a refusal says what it is about: the object, the name, the run, or the file."""
    words = [path.name, path.name.replace("%2F", "/"), path.stem]
    return any(word in said for word in words)


@pytest.mark.parametrize("kind", [*ROUGH, *FINE])
@pytest.mark.parametrize("part", STORE)
def test_no_file_of_the_store_can_be_changed(
    finished: Path, part: str, kind: str, unchanged: Callable[[], None]
) -> None:
    holes = []
    for path, other in pairs(release.store(finished) / part):
        if part == "journals" and kind in {"replace", "swap"}:
            other = release.store(finished) / "objects"  # noqa: PLW2901 - there is one journal
            other = files(other)[0]  # noqa: PLW2901 - as above
        with damage.damaged(path, other, damage.DAMAGES[kind]):
            try:
                said = refused(lambda: damage.check(finished))
            except BaseException as error:  # noqa: BLE001 - all holes are told at once
                holes.append((kind, path.name[:60], type(error).__name__, str(error)[:300]))
    assert holes == []
    unchanged()
