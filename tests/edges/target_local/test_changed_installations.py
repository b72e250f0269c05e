"""What was changed after it was installed is found: at rest, at a restart, at a rollback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.edges.target_local.measure import measure
from pipeline.errors import UntrustedError
from tests import services
from tests.edges.target_local.world import World


def replace(path: Path, text: str) -> None:
    other = path.with_name("other")
    other.write_text(text)
    other.replace(path)


def cached(site: Path) -> None:
    folder = site / "tiny" / "__pycache__"
    folder.mkdir()
    (folder / "__main__.cpython-311.pyc").write_bytes(b"evil")


def relink(link: Path) -> None:
    link.unlink()
    link.symlink_to(sys.executable + "-other")


def forge(site: Path) -> None:
    """Change a file and its line in RECORD, so that both fit each other."""
    other = services.wheel(site / "away", "1.0", "open")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(other), str(site)], check=True)
    for path in (site / "away").iterdir():
        path.unlink()
    (site / "away").rmdir()


CHANGES: dict[str, Any] = {
    "a changed file": lambda site: replace(site / "tiny" / "__main__.py", "x = 1"),
    "a removed file": lambda site: (site / "tiny" / "__init__.py").unlink(),
    "an added file": lambda site: (site / "tiny" / "more.py").write_text("x = 1"),
    "a hook for every start": lambda site: (site / "evil.pth").write_text("import os"),
    "bytecode beside the source": cached,
    "a link": lambda site: (site / "tiny" / "link.py").symlink_to("/etc/passwd"),
    "another interpreter": lambda site: relink(site.parents[2] / "bin" / "python"),
    "other settings": lambda site: replace(site.parents[2] / "pyvenv.cfg", "home = /tmp"),
    "a forged record": forge,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_after_the_deployment_is_found(world: World, change: str) -> None:
    world.apply("1.0")
    CHANGES[change](world.site("1.0"))
    with pytest.raises(UntrustedError, match="is not what was released"):
        world.driver.measure()
    world.driver.stop()
    with pytest.raises(UntrustedError):
        world.driver.start()
    assert world.processes() == []


def test_a_change_with_a_forged_note_beside_it_is_found(world: World) -> None:
    world.apply("1.0")
    site = world.site("1.0")
    replace(site / "_virtualenv.py", "print('evil')")
    note = site.parents[3] / "installed.json"
    found = measure(site.parents[2], "tiny-1.0.dist-info")
    forged = {**json.loads(note.read_bytes()), "environment": str(found.environment)}
    note.write_text(json.dumps(forged))
    with pytest.raises(UntrustedError, match="not the one that went live"):
        world.driver.measure()


def test_the_service_itself_leaves_the_installation_as_it_was(world: World) -> None:
    world.apply("1.0")
    assert world.serving() == "1.0"
    assert list(world.site("1.0").rglob("__pycache__")) == []


def test_a_rollback_target_that_was_changed_is_not_brought_back(world: World) -> None:
    first = world.apply("1.0")
    world.apply("2.0")
    replace(world.site("1.0") / "tiny" / "__main__.py", "print('evil')")
    with pytest.raises(UntrustedError, match="is not what was released"):
        world.driver.restore(first.after, token=2)
    assert world.serving() == "2.0"


def test_deploying_again_mends_a_changed_installation(world: World) -> None:
    world.apply("1.0")
    replace(world.site("1.0") / "tiny" / "__main__.py", "x = 1")
    world.apply("1.0", key=str(Digest.of(b"again")))
    assert world.driver.measure().state.version == "1.0"
    assert world.serving() == "1.0"
