"""A release that was given up, or failed, is called so wherever its intact evidence is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import StepFailedError
from pipeline.page.document import posture_of
from tests.climbing import project
from tests.tasks.calling import call


@pytest.mark.parametrize("upto", ["water", "pour"])
def test_an_abandoned_release_is_called_so_wherever_it_is_told(tmp_path: Path, upto: str) -> None:
    root = project.make(tmp_path / "tea")
    project.climb(root, upto)
    call(root, "abandon", "--reason", "compromised")
    told = call(root, "status", "--json").document
    assert (told["readiness"], told["deployment_allowed"]) == ("abandoned", False)
    assert "Release 1.0 on pot: abandoned" in call(root, "status").out
    found = call(root, "verify", "--json").document
    assert (found["verdict"], found["evidence"], found["release"]) == (
        *("intact", "intact"),
        "abandoned",
    )
    (run,) = found["runs"]
    assert (run["state"], run["abandoned"]) == ("abandoned", "compromised")
    said = call(root, "verify").out.splitlines()
    assert said[0].startswith("the evidence is intact")
    assert said[1].strip() == "abandoned: compromised"
    posture = call(root, "posture", "--json").document
    assert posture_of(posture).targets[0].readiness == "abandoned"


def test_intact_evidence_of_a_release_that_is_not_proven_does_not_say_passed(
    tmp_path: Path,
) -> None:
    root = project.make(tmp_path / "tea")
    project.climb(root, "water")
    assert call(root, "verify", "--json").document["release"] == "climbing"
    assert call(root, "verify").out.splitlines()[1].strip() == "climbing"
    light = root / "light.py"
    light.write_text(
        light.read_text() + 'if step["task"] == "tea.boil":\n    raise SystemExit(3)\n'
    )
    project.git(root, "commit", "--quiet", "--all", "--message=Break the kettle")
    project.git(root, "tag", "v1.1")
    with pytest.raises(StepFailedError):
        project.climb(root, "pour")
    found = call(root, "verify", "--json").document
    assert (found["verdict"], found["release"]) == ("intact", "failed")
    assert "passed" not in {found["verdict"], found["evidence"], found["runs"][0]["state"]}
    (folder,) = (root / "artifacts/release-evidence/home").glob(f"{found['runs'][0]['run']}/*")
    assert call(root, "verify", "--evidence", str(folder), "--json").document["verdict"] == "intact"
