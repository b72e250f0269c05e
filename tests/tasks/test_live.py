"""A release that really goes live: what promote, status and abandon say of it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.statement import DEPLOYMENT
from pipeline.edges import service
from tests import services
from tests.climbing import project
from tests.edges.projects import FILES
from tests.tasks.calling import call

TASKS = project.TASKS.replace(
    '    pathlib.Path("out/kettle.txt").write_text(f"{litres} litres of water\\n")\n'
    '    leave(artifacts=["kettle.txt"])\n',
    """\
    dist = pathlib.Path(__file__).parent / "dist"
    version = json.loads(pathlib.Path("step.json").read_text())["context"]["version"]
    wheel = f"tiny-{version}-py3-none-any.whl"
    pathlib.Path("out", wheel).write_bytes((dist / wheel).read_bytes())
    pathlib.Path("out/dependencies.txt").write_text("")
    pathlib.Path("out/kettle.txt").write_text("full")
    leave(artifacts=[wheel, "dependencies.txt", "kettle.txt"])
""",
)
LADDER = FILES["ladders/kettle"].replace("tea.pour", "deploy.apply")
LADDER = LADDER.replace("out/**'", "**'").replace("network: none", "network: loopback")
LADDER += f"    emits: [{DEPLOYMENT}]\n"


@pytest.fixture
def tea(tmp_path: Path) -> Iterator[Path]:
    """Return a project whose pour brings a tiny service live."""
    root = tmp_path / "tea"
    for version in ("1.0", "1.1"):
        services.wheel(root / "dist", version)
    pot = json.dumps({**services.TARGET, "target": "pot"})
    yield project.make(root, files={"tasks.py": TASKS}, ladders__kettle=LADDER, targets__pot=pot)
    for marker in root.glob(".release-ladder/targets/*/id"):
        service.stop(marker.read_text() + ":", grace=0.5)


def test_what_went_live_is_named_and_what_giving_up_does_to_it(tea: Path) -> None:
    said = call(tea, "promote", "--stage", "pour")
    assert said.code == 0, said
    found = re.search(r"^Live on pot: (\S+) \(stop it: (invoke .*)\)$", said.out, re.MULTILINE)
    assert found is not None, said.out
    assert found[2] == "invoke target.stop --target pot"
    with urllib.request.urlopen(f"{found[1]}/version") as answer:  # noqa: S310 - our own service
        assert services.told(answer.read()) == "1.0"

    again = call(tea, "promote", "--stage", "pour")
    assert "Nothing to do: every stage asked for is proven already." in again.out
    assert "Live on" not in again.out
    assert "not in this release" not in again.out
    (tea / "leaf.txt").write_text("green")
    again = call(tea, "promote", "--stage", "pour")
    assert "\n1 uncommitted change (leaf.txt) is not in this release\n" in again.out
    (tea / "zest.txt").write_text("yellow")
    again = call(tea, "promote", "--stage", "pour")
    assert "\n2 uncommitted changes (leaf.txt) are not in this release\n" in again.out

    project.git(tea, "add", "--all")
    project.git(tea, "commit", "--quiet", "--message=Leaves")
    project.git(tea, "tag", "v1.1")
    assert call(tea, "promote", "--stage", "pour").code == 0
    told = call(tea, "abandon", "--reason", "bitter", "--dry-run").out
    assert told == (
        "1.1 would be abandoned; it is live on pot, which would be brought back to version 1.0\n"
    )
    told = call(tea, "abandon", "--reason", "bitter").out
    assert told == (
        "1.1 is abandoned; its version stays claimed; "
        "it was live on pot, which was brought back to version 1.0\n"
    )
    assert call(tea, "target.show", "--json").document["live"]["version"] == "1.0"
    told = call(tea, "abandon", "--release", "1.0", "--reason", "cold").out
    assert told.endswith("; it was live on pot, which was brought back to nothing\n")


def test_a_release_that_is_not_live_is_given_up_without_a_word_about_it(tea: Path) -> None:
    assert call(tea, "promote", "--stage", "water").code == 0
    told = call(tea, "abandon", "--reason", "cold").out
    assert told == "1.0 is abandoned; its version stays claimed\n"
