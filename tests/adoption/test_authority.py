"""Who may adopt, and that one does at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.edges import clock, keys
from pipeline.errors import (
    ConflictError,
    HeldError,
    WrongUsageError,
)
from pipeline.flows import adopt as flow
from pipeline.operations.adoption.intent import LEASE
from pipeline.operations.workspace import Workspace
from tests.adoption import shelf
from tests.climbing import bakery, project
from tests.tamper import forge, release

ROLE = {"adopter": "adopter_role"}


def with_trust(folder: Path, *, whose: str, roles: tuple[str, ...], **key: str) -> Path:
    """Make a climbed project whose policy wants the role, and a trust that lists `whose` key."""
    root = bakery.make(folder, adoption=ROLE)
    bakery.climb(root, "bake")
    mine = release.key_of(root).read_text()
    pem = mine if whose == "mine" else forge.STRANGER.public.pem.decode()
    (root / "config" / "trust.yaml").write_text(release.trust_of(("ada", pem, key), roles=roles))
    project.git(root, "add", "config")
    project.git(root, "commit", "--quiet", "--message=Ada adopts")
    project.git(root, "tag", "v1.1")
    bakery.climb(root)
    return root


def test_a_principal_with_the_role_adopts_with_a_key_of_their_own(tmp_path: Path) -> None:
    root = with_trust(tmp_path / "project", whose="mine", roles=("adopter",))
    file = shelf.reviewed(root, "1.1")
    assert "does not have the role" in shelf.refused(root, file, HeldError, who="Eve")
    assert shelf.applied(root, file, who="ada").id == "adoption-1"
    assert shelf.verified(root)["entries"] == 1


def test_a_principal_without_the_role_does_not(tmp_path: Path) -> None:
    root = with_trust(tmp_path / "project", whose="mine", roles=("approver",))
    file = shelf.reviewed(root, "1.1")
    assert "nobody" in shelf.refused(root, file, HeldError, who="ada")


def test_who_lists_a_key_of_their_own_without_a_commit_adopts_nothing(tmp_path: Path) -> None:
    root = bakery.make(tmp_path / "project", adoption=ROLE)
    bakery.climb(root)
    pem = release.key_of(root).read_text()
    trust = release.trust_of(("eve", pem, {}), roles=("adopter",))
    (root / "config" / "trust.yaml").write_text(trust)
    asked = flow.review(Workspace.open(root), shelf.run_of(root, "1.0"), dry_run=True)
    words = "configuration is not as HEAD has it: config/trust.yaml"
    assert asked.holds[0] == words
    file = shelf.reviewed(root, "1.0")
    assert shelf.refused(root, file, HeldError, who="eve") == words
    (root / ".gitignore").write_text(f"{shelf.GITIGNORE}/config/trust.yaml\n")
    assert words in shelf.refused(root, file, HeldError, who="eve")
    done = project.invoke(
        root, "adopt", "--review", str(file), "--adopter", "eve", "--reference", "PR 7"
    )
    assert done.returncode == HeldError.exit_code
    assert "config/trust.yaml" in done.stderr
    assert not (root / "releases").exists()


def test_what_is_not_committed_outside_of_the_configuration_holds_no_adoption(root: Path) -> None:
    (root / "configuration.txt").write_text("a note")
    assert shelf.adopted(root, shelf.SECOND).id == "adoption-2"


def test_the_name_of_an_adopter_is_not_enough_without_their_key(tmp_path: Path) -> None:
    root = with_trust(tmp_path / "project", whose="stranger", roles=("adopter",))
    file = shelf.reviewed(root, "1.1")
    assert "none of ada's keys" in shelf.refused(root, file, HeldError, who="ada")


def test_another_key_of_this_machine_is_not_the_adopters_though_they_have_one_here(
    tmp_path: Path,
) -> None:
    root = bakery.make(tmp_path / "project", adoption=ROLE)
    bakery.climb(root, "bake")
    hers = keys.local_key(root / ".release-ladder", "ed25519", now=clock.now()).public.pem.decode()
    trust = release.trust_of(("ada", hers, {"algorithm": "ed25519"}), roles=("adopter",))
    (root / "config" / "trust.yaml").write_text(trust)
    project.git(root, "add", "config")
    project.git(root, "commit", "--quiet", "--message=Ada adopts")
    project.git(root, "tag", "v1.1")
    bakery.climb(root)
    file = shelf.reviewed(root, "1.1")
    assert "none of ada's keys" in shelf.refused(root, file, HeldError, who="ada")


# -------------------------------------------------------------------------------- at once


def test_while_somebody_adopts_nobody_else_does(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    name = shelf.set_of(root, shelf.FIRST).name
    before = shelf.releases(root)
    with Workspace.open(root).store.lease(LEASE):
        with pytest.raises(ConflictError, match="worked on"):
            shelf.applied(root, file)
        with pytest.raises(ConflictError, match="worked on"):
            shelf.reverted(root, name)
    assert shelf.releases(root) == before


def test_of_two_adoptions_at_once_one_is_done(root: Path) -> None:
    file = shelf.reviewed(root, shelf.SECOND)
    words = [sys.executable, "-m", "invoke", "adopt", "--review", str(file)]
    words += ["--adopter", "Ada", "--reference", "PR 7"]
    env = {"PYTHONPATH": str(bakery.HOME), "PATH": "/usr/bin:/bin"}
    both = [
        subprocess.Popen(
            words, cwd=root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 14], said
    assert shelf.verified(root)["entries"] == 2


def test_wrong_usage_of_the_flow_is_told_before_anything_is_read(root: Path) -> None:
    with pytest.raises(WrongUsageError):
        shelf.applied(root, root / "no-such-file", who="")
