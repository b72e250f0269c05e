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
from tests.climbing import project
from tests.tamper import damage, release
from tests.tamper.damage import refused

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
    return [
        other.relative_to(folder).as_posix(),
        *(["was changed", "was missing", "was added"] if lists else []),
    ]


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
            said = refused(damage.check, finished)
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
            said = refused(damage.check_alone, folder, key)
        assert any(word in said for word in (name, path.name, *listed(path, other, folder)))
    damage.check_alone(folder, key)


@pytest.mark.parametrize("kind", [*ROUGH, *FINE])
@pytest.mark.parametrize("part", STORE)
def test_no_file_of_the_store_can_be_changed(
    finished: Path, part: str, kind: str, unchanged: Callable[[], None]
) -> None:
    any_object = files(release.store(finished) / "objects")[0]
    for path, neighbour in pairs(release.store(finished) / part):
        other = any_object if neighbour == path else neighbour
        with damage.damaged(path, other, damage.DAMAGES[kind]):
            said = refused(damage.check, finished)
        assert re.search("|".join(named(path, other)), said), said
    unchanged()


@pytest.mark.parametrize("kind", ["middle_bit", "remove", "replace", "link"])
@pytest.mark.parametrize("part", [*STORE, *PHASES])
def test_nobody_climbs_on_from_a_damaged_release(
    finished: Path, part: str, kind: str, unchanged: Callable[[], None]
) -> None:
    folder = release.phases(finished).get(part, release.store(finished) / part)
    any_object = files(release.store(finished) / "objects")[0]
    for path, neighbour in pairs(folder):
        other = any_object if neighbour == path else neighbour
        with damage.damaged(path, other, damage.DAMAGES[kind]):
            before = damage.state(finished)
            refused(release.climb, finished)
            assert damage.state(finished) == before, f"a refused climb changed what {path} is in"
    unchanged()


@pytest.mark.parametrize("place", [*PHASES, "pre-deploy/water", "pre-deploy/trust/keys", "."])
def test_nothing_can_be_added_to_the_evidence(
    finished: Path, place: str, unchanged: Callable[[], None]
) -> None:
    folder = release.phases(finished)["pre-deploy"].parent / place
    for name in ("extra.txt", ".hidden", "00-stage-result.sigstore.json.bak"):
        added = folder / name
        added.write_bytes(b"{}")
        said = refused(damage.check, finished)
        if place != ".":
            alone = (
                folder if (folder / "run.json").exists() else folder.parents[place.count("/") - 1]
            )
            assert name in refused(damage.check_alone, alone, release.key_of(finished))
            refused(release.climb, finished)
        added.unlink()
        assert name in said
    unchanged()


def test_what_is_added_to_the_store_is_no_evidence(finished: Path) -> None:
    """A killed promote leaves objects and names that nothing leads to: they count for nothing."""
    before = damage.check(finished)
    store, run = release.store(finished), release.phases(finished)["pre-deploy"].parent.name
    (store / "objects" / ("f" * 64)).write_bytes(b"not what its name says")
    (store / "objects" / "extra").write_bytes(b"no digest")
    (store / "names" / "extra").write_bytes(b"no name of ours")
    (store / "names" / f"outcomes%2F{run}%2F{'f' * 64}").write_bytes(b"of no begin")
    (store / "journals" / "extra.jsonl").write_bytes(b"of no run")
    (store / "tmp" / "extra").write_bytes(b"of a killed writer")
    assert damage.check(finished) == before
    assert release.climb(finished).did == ()


def test_a_seal_under_another_name_is_refused(finished: Path) -> None:
    names = release.store(finished) / "names"
    real = next(path for path in names.iterdir() if path.name.startswith("seals"))
    (names / f"{real.name[:-64]}{'f' * 64}").write_bytes(real.read_bytes())
    assert "a seal under another's name" in refused(damage.check, finished)
    assert "a seal under another's name" in refused(release.climb, finished)


@pytest.mark.parametrize("phase", PHASES)
def test_a_link_in_place_of_a_phase_folder_is_refused(
    finished: Path, phase: str, unchanged: Callable[[], None]
) -> None:
    folder, away = release.phases(finished)[phase], finished.parent / "away"
    folder.rename(away)
    folder.symlink_to(away)
    for check in (damage.check, release.climb):
        assert "something else stands in the place" in refused(check, finished)
    folder.unlink()
    away.rename(folder)
    unchanged()


@pytest.mark.parametrize("phase", PHASES)
def test_an_absent_phase_folder_is_no_pass_and_is_rebuilt_to_the_byte(
    finished: Path, phase: str, unchanged: Callable[[], None]
) -> None:
    shutil.rmtree(release.phases(finished)[phase])
    assert phase in refused(damage.check, finished)
    assert release.climb(finished).did == ()
    unchanged()


@pytest.mark.parametrize("phase", PHASES)
def test_no_json_file_has_a_second_text(
    finished: Path, phase: str, unchanged: Callable[[], None]
) -> None:
    folder, seen = release.phases(finished)[phase], 0
    for path in files(folder):
        if path.suffix == ".json":
            data = path.read_bytes()
            for text in damage.rewritings(data).values():
                seen += 1
                path.write_bytes(text)
                name = path.relative_to(folder).as_posix()
                assert name in refused(damage.check, finished)
                assert name in refused(damage.check_alone, folder, release.key_of(finished))
            path.write_bytes(data)
    assert seen > 20
    unchanged()


def test_no_line_of_the_journal_has_a_second_text(
    finished: Path, unchanged: Callable[[], None]
) -> None:
    (path,) = (release.store(finished) / "journals").iterdir()
    data = path.read_bytes()
    lines = data.splitlines()
    for at, line in enumerate(lines):
        for how, text in damage.rewritings(line).items():
            path.write_bytes(b"\n".join([*lines[:at], text, *lines[at + 1 :], b""]))
            said = refused(damage.check, finished)
            assert f"journal line {at + 1}" in said, how
            assert ("twice" if how == "duplicate_key" else "not in canonical form") in said
    path.write_bytes(data)
    unchanged()


SAMPLE = {
    "names/seals": ("middle_bit", "a signed statement is refused"),
    "names/claims": ("remove", "claim is missing"),
    "names/outcomes": ("remove", "the outcome of an attempt is missing"),
    "names/approvals": ("middle_bit", "an approval that was counted is changed"),
    "journals": ("middle_bit", "the journal cannot be believed"),
    "objects": ("remove", "is not in the store"),
    "post-deploy": ("remove", "the evidence folder was changed"),
}


@pytest.mark.parametrize("part", SAMPLE)
def test_a_person_is_told_in_three_lines_and_with_exit_code_11(finished: Path, part: str) -> None:
    kind, reason = SAMPLE[part]
    folder, _, start = part.partition("/")
    place = release.phases(finished).get(folder, release.store(finished) / folder)
    path, other = next(both for both in pairs(place) if both[0].name.startswith(start))
    with damage.damaged(path, other, damage.DAMAGES[kind]):
        before = damage.state(finished)
        done = project.invoke(finished, "verify", "--release", "1.0")
        assert done.returncode == 11, done.stderr
        lines = done.stderr.strip().splitlines()
        assert reason in lines[0]
        assert len(lines) == 3
        assert damage.state(finished) == before


def named(path: Path, other: Path) -> list[str]:
    """Return patterns of which a refusal has at least one: the file, or whose evidence it is.

    An object has no other name than its digest; what was made of it is told by stage and attempt.
    What stands in the place of another is told by the rule that it breaks, and where it stands.
    """
    words = [path.name, path.stem, other.name]
    words += [word.replace("%2F", "/") for word in words]
    runs = re.findall(r"[0-9a-f]{16}", path.name)
    return [*map(re.escape, words), r"[a-z]+/[12]: [a-z]+", r"is not in the store", *runs]
