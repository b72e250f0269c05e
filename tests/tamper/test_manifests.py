"""Manifests made anew over changed files, with and without a seal that is signed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import UntrustedError
from tests.climbing import project
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from pathlib import Path

PHASES = ("pre-deploy", "post-deploy")
KINDS = ("middle_bit", "remove", "append")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    damage.remember_git(monkeypatch)


def own_files(folder: Path) -> list[Path]:
    """Return the files that a manifest is made over."""
    made_anew = {"HASH_MANIFEST.txt", "packet_tree.sha256", "manifest.json", "bundle.sigstore.json"}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (path.name not in made_anew or path.parent != folder)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("phase", PHASES)
def test_a_manifest_made_anew_over_a_changed_file_does_not_carry_the_old_seal(
    finished: Path, phase: str, kind: str
) -> None:
    folder, key = release.phases(finished)[phase], release.key_of(finished)
    kept = damage.kept(folder)
    for path in own_files(folder):
        with damage.damaged(path, path, damage.DAMAGES[kind]):
            forge.remanifest(folder)
            assert "the seal is about another HASH_MANIFEST.txt" in refused(
                damage.check_alone, folder, key
            )
            assert "the evidence folder was changed" in refused(damage.check, finished)
        damage.put_back(folder, kept)
    damage.check(finished)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("phase", PHASES)
def test_a_seal_signed_anew_by_another_key_is_a_strangers(
    finished: Path, phase: str, kind: str
) -> None:
    folder, key = release.phases(finished)[phase], release.key_of(finished)
    kept = damage.kept(folder)
    for path in own_files(folder):
        with damage.damaged(path, path, damage.DAMAGES[kind]):
            forge.remanifest(folder, forge.STRANGER)
            assert "unknown_key" in refused(damage.check_alone, folder, key)
            assert "bundle.sigstore.json changed" in refused(damage.check, finished)
        damage.put_back(folder, kept)


def test_who_believes_the_stranger_still_does_not_believe_the_stages(
    finished: Path, tmp_path: Path
) -> None:
    """The seal is believed by `--key`; what it seals was signed by somebody else."""
    folder = release.phases(finished)["pre-deploy"]
    pem = tmp_path / "stranger.pem"
    pem.write_bytes(forge.STRANGER.public.pem)
    forge.remanifest(folder, forge.STRANGER)
    assert "unknown_key" in refused(damage.check_alone, folder, pem)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("journal.jsonl", "malformed: journal line"),
        ("run.json", "malformed: "),
        ("water/artifacts/kettle.txt", "kettle.txt is not the file that the stage result lists"),
        ("boil/outputs/seen.txt", "is missing"),
        ("nod/decision.json", "is missing"),
    ],
)
def test_the_owner_of_the_key_cannot_reseal_what_does_not_hold_together(
    finished: Path, name: str, why: str
) -> None:
    """Signed anew with the project's own key: chain, context and stage results still disagree."""
    folder, key = release.phases(finished)["pre-deploy"], release.key_of(finished)
    path = folder / name
    damage.DAMAGES["middle_bit"](path, path)
    forge.remanifest(folder, forge.own_key(finished))
    assert why in refused(damage.check_alone, folder, key)
    assert "the evidence folder was changed" in refused(damage.check, finished)
    assert "the evidence folder was changed" in refused(release.climb, finished)


def test_an_added_file_with_a_manifest_made_anew_is_refused_on_the_command_line(
    finished: Path,
) -> None:
    folder = release.phases(finished)["pre-deploy"]
    (folder / "water" / "artifacts" / "more.txt").write_text("more")
    forge.remanifest(folder)
    before = damage.state(finished)
    words = ("verify", "--evidence", str(folder), "--key", str(release.key_of(finished)))
    done = project.invoke(finished, *words)
    assert done.returncode == UntrustedError.exit_code
    assert "the seal is about another HASH_MANIFEST.txt" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 3
    assert damage.state(finished) == before


def test_a_folder_of_two_releases_is_refused(finished: Path, tmp_path: Path) -> None:
    other = release.finished(tmp_path / "other")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    release.phases(finished)["pre-deploy"].rename(mixed / "pre-deploy")
    release.phases(other)["post-deploy"].rename(mixed / "post-deploy")
    trust = tmp_path / "project"
    listed = release.key_of(other).read_text()
    text = release.trust_of(("other", listed, {}), roles=("sealer", "smoke", "tester", "approver"))
    (trust / "config" / "trust.yaml").write_text(text)
    said = refused(damage.check_in_project, mixed, trust)
    assert "the phases are of different runs" in said or "unknown_key" in said
