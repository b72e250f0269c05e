"""Whose keys count for what was adopted, and for what they do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.core.release import OriginClass
from pipeline.operations.adoption.key_trust import adopted_entry, adopted_trust
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.tamper import release
from tests.tasks.calling import call


def trusting(root: Path, **key: str) -> None:
    (listed,) = (shelf.set_of(root, shelf.FIRST) / "keys").iterdir()
    pem = listed.read_text()
    text = release.trust_of(("ada", pem, key), roles=("adopter",))
    (root / "config" / "trust.yaml").write_text(text)


def test_the_keys_of_a_release_are_believed_for_that_release_alone(both: Path) -> None:
    workspace = Workspace.open(both)
    folder = shelf.set_of(both, shelf.FIRST)
    entry = adopted_entry(both, folder / "pre-deploy")
    assert entry is not None
    trust = adopted_trust(both, entry, workspace.configuration.trust)
    there = sorted(path.name for path in (folder / "keys").iterdir())
    assert [f"{key.key_id.hex}.pem" for key in trust.keys] == there
    assert trust.origin is OriginClass.LOCAL
    for elsewhere in (both, both / "releases", both / "releases" / "v0", both / "artifacts"):
        assert adopted_entry(both, elsewhere) is None


def test_adopted_evidence_needs_no_key_of_this_machine(both: Path) -> None:
    shutil.rmtree(both / ".release-ladder")
    assert shelf.verified(both)["entries"] == 2


@pytest.mark.parametrize(
    "key", [{"revoked": "true"}, {"valid_until": '"2021-01-01T00:00:00Z"'}], ids=["revoked", "old"]
)
def test_a_key_that_trust_yaml_voids_is_void_here_too(both: Path, key: dict[str, str]) -> None:
    shutil.rmtree(both / ".release-ladder")
    trusting(both)
    assert shelf.verified(both)["entries"] == 2
    trusting(both, **key)
    assert "refused: key_" in shelf.distrusted(both)
    one = shelf.set_of(both, shelf.FIRST).relative_to(both).as_posix()
    assert call(both, "verify", "--evidence", f"{one}/pre-deploy").code == 11


def test_a_phase_of_an_adopted_release_is_verified_as_it_was_adopted(both: Path) -> None:
    """A bundle that is in order by itself, by the same key, is still another than was adopted."""
    first = shelf.set_of(both, shelf.FIRST)
    second = shelf.set_of(both, shelf.SECOND)
    shutil.rmtree(first / "pre-deploy")
    shutil.copytree(second / "pre-deploy", first / "pre-deploy")
    called = call(both, "verify", "--evidence", str(first / "pre-deploy"))
    assert called.code == 11
    assert called.three_lines()
