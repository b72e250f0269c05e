"""Configuration, evidence, time that change under an approval; rungs that do after a pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.edges import clock
from pipeline.errors import ConflictError, HeldError, StepFailedError
from pipeline.flows.posture import posture
from pipeline.flows.promote import Ask, promote
from pipeline.flows.verify import verify
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.tamper import damage, forge, release
from tests.tamper.damage import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFLICT = r"is claimed by another artifact set|has left something else before"
CONFIG = {"policies__approval_authority": release.MANUAL}


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    """A release whose approval stage has passed by the local manual authority."""
    root = release.make(tmp_path / "project", files={"steady": ""}, **CONFIG)
    release.climb(root, "nod")
    return root


def attempts(root: Path, stage: str) -> list[tuple[str, str]]:
    return [(e["step_id"], e["status"]) for e in forge.entries(root) if e["name"] == stage]


def opened_again(root: Path) -> None:
    """The approval stage runs again as a new attempt, and then the release goes on."""
    done = release.climb(root, version="1.0")
    assert done.did == ("nod", "pour", "taste")
    assert attempts(root, "nod") == [
        ("nod/1", "begin"),
        ("nod/1", "pass"),
        ("nod/2", "begin"),
        ("nod/2", "pass"),
    ]
    damage.check(root)


CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "the ladder": (
        "ladders/kettle",
        lambda text: text.replace("effect: live", "effect: live\n    timeout: 9m"),
    ),
    "the policies": ("policies/verification", lambda text: text.replace("7d", "6d")),
    "the trust": (
        "trust",
        lambda _: release.trust_of(("eve", forge.STRANGER.public.pem.decode(), {})),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_approval_is_void_when_what_it_binds_has_changed(approved: Path, what: str) -> None:
    name, change = CHANGES[what]
    path = f"config/{name}.yaml"
    text = (approved / path).read_text() if (approved / path).exists() else ""
    release.commit(approved, path, change(text))
    opened_again(approved)


def test_an_approval_that_has_run_out_is_asked_for_anew(
    approved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood for an hour; the new one stands from the real now, so the clock is set back."""
    begun = forge.entries(approved)[0]["started_at"]
    tomorrow = f"{begun[:8]}{int(begun[8:10]) + 1:02d}{begun[10:]}"
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    with pytest.raises(HeldError, match="expired"):
        # the step signs with this machine's time: what it gives has run out at once, too
        release.climb(approved, version="1.0")
    assert attempts(approved, "nod")[-2:] == [("nod/2", "begin"), ("nod/2", "pass")]


def test_an_approval_is_used_once_and_then_history(approved: Path) -> None:
    """After the rollout nothing voids it, and it approves no second one."""
    release.climb(approved, "pour")
    name, change = CHANGES["the policies"]
    text = (approved / f"config/{name}.yaml").read_text()
    release.commit(approved, f"config/{name}.yaml", change(text))
    assert release.climb(approved, version="1.0").did == ("taste",)
    assert len(attempts(approved, "nod")) == 2


def test_a_policy_that_now_asks_for_a_name_holds_what_nobody_named(approved: Path) -> None:
    release.commit(approved, "config/policies/approval_authority.yaml", release.AUTHORITY)
    with pytest.raises(HeldError, match="0 of 1 named approvals"):
        release.climb(approved, version="1.0")


def test_configuration_that_is_not_committed_holds(approved: Path) -> None:
    path = approved / "config" / "policies" / "verification.yaml"
    path.write_text(path.read_text().replace("7d", "6d"))
    before = damage.state(approved)
    with pytest.raises(HeldError):
        release.climb(approved, version="1.0")
    assert [e["status"] for e in forge.entries(approved)][-1] == "pass"
    assert damage.state(approved) == before


def test_evidence_that_changes_under_an_approval_is_refused(approved: Path) -> None:
    """Evidence below a passed stage cannot be made anew: the stages above name it by digest."""
    items = forge.entries(approved)
    forge.unseal(approved, 2)

    def turned(statement: dict[str, Any]) -> None:
        statement["subject"].reverse()

    bundle = forge.get(approved, items[3]["outputs"]["stage_result"])
    anew = forge.resigned(bundle, forge.own_key(approved), turned)
    items[3]["outputs"]["stage_result"] = forge.put(approved, anew)
    forge.write_journal(approved, items)
    for check in (damage.check, climb_it):
        assert "another's: begin, predecessors do not match" in refused(check, approved)


def climb_it(root: Path) -> object:
    return release.climb(root, version="1.0")


def test_a_rung_that_is_taken_out_after_it_has_passed_is_missed(finished: Path) -> None:
    start = release.LADDER.index("  - id: boil")
    end = release.LADDER.index("  - id: nod")
    release.commit(
        finished, "config/ladders/kettle.yaml", release.LADDER[:start] + release.LADDER[end:]
    )
    for check in (damage.check, climb_it):
        assert "has no stage 'boil'" in refused(check, finished)


def test_a_rung_under_another_name_is_another_rung(finished: Path) -> None:
    text = release.LADDER.replace(
        "  - id: boil\n    alias: heat", "  - id: simmer\n    alias: heat"
    )
    release.commit(finished, "config/ladders/kettle.yaml", text)
    for check in (damage.check, climb_it):
        assert "has no stage 'boil'" in refused(check, finished)


def test_rungs_in_another_order_are_refused(finished: Path) -> None:
    start, end = release.LADDER.index("  - id: boil"), release.LADDER.index("  - id: nod")
    boil = release.LADDER[start:end]
    text = release.LADDER[:start] + release.LADDER[end:]
    text = text.replace("  - id: water", f"{boil}  - id: water")
    release.commit(finished, "config/ladders/kettle.yaml", text)
    for check in (damage.check, climb_it):
        assert "predecessors" in refused(check, finished)


def test_a_rung_in_another_phase_is_refused(finished: Path) -> None:
    text = release.LADDER.replace(
        "  - id: pour\n    phase: post-deploy", "  - id: pour\n    phase: pre-deploy"
    )
    release.commit(finished, "config/ladders/kettle.yaml", text)
    for check in (damage.check, climb_it):
        assert "phase" in refused(check, finished)


def test_a_step_that_edits_a_policy_fails_its_stage(tmp_path: Path) -> None:
    meddling = release.LIGHT.replace(
        'elif step["task"] == "tea.boil":\n',
        'elif step["task"] == "tea.boil":\n'
        '    where = pathlib.Path(step["repository"]) / "config/policies/verification.yaml"\n'
        '    where.write_text(where.read_text().replace("7d", "9d"))\n',
    )
    root = release.make(tmp_path / "project", files={"steady": "", "light.py": meddling}, **CONFIG)
    with pytest.raises(StepFailedError, match="changed outside the folder"):
        release.climb(root, "boil")


def test_a_second_artifact_set_for_a_version_is_a_conflict(tmp_path: Path) -> None:
    root = release.make(tmp_path / "project", files={"steady": ""}, **CONFIG)
    release.climb(root, "water")
    forge.unseal(root, 0)
    forge.cut(root, 0)
    light = root / "light.py"
    release.commit(root, "light.py", light.read_text().replace("1 litre", "2 litres"))
    before = {p: p.read_bytes() for p in (release.store(root) / "names").glob("claims*")}
    with pytest.raises(ConflictError, match=CONFLICT):
        release.climb(root, "water", version="1.0")
    assert {p: p.read_bytes() for p in before} == before
    assert json.loads(next(iter(before.values())))["stage"] == "water"


def again(root: Path, stage: str = "pour") -> tuple[str, ...]:
    """Promote the release once more; return the stages that were run."""
    ask = Ask(stage=stage, release="1.0")
    return promote(Workspace.open(root), ask, project.LightRunner(root), project.Quiet()).did


def test_a_rung_that_was_easy_when_it_was_climbed_is_climbed_again(tmp_path: Path) -> None:
    """Made easy, passed, put back: what was passed proves the easy rung alone."""
    root = project.make(tmp_path / "tea")
    ladder = root / "config" / "ladders" / "kettle.yaml"
    easy = ladder.read_text("utf-8")
    assert project.climb(root, "pour").did == ("water", "boil", "pour")
    harder = easy.replace("{task: tea.boil}", "{task: tea.boil, with: {long: true}}")
    release.commit(root, "config/ladders/kettle.yaml", harder)
    told = posture(Workspace.open(root), release="1.0")["targets"][0]
    assert [stage["state"] for stage in told["stages"]] == ["done", "next", "waiting"]
    checked = verify(Workspace.open(root), ladder=None, release="1.0")["runs"][0]["stages"]
    assert checked == {"water": "passed", "boil": "outdated", "pour": "outdated"}
    assert again(root, "boil") == ("boil",)
    verify(Workspace.open(root), ladder=None, release="1.0")
    assert again(root) == ("pour",)
    assert again(root) == ()


def test_patience_and_names_of_a_rung_are_not_what_it_proves(tmp_path: Path) -> None:
    root = project.make(tmp_path / "tea")
    ladder = root / "config" / "ladders" / "kettle.yaml"
    project.climb(root, "pour")
    patient = ladder.read_text("utf-8").replace("alias: heat", "alias: hot\n    timeout: 20m")
    assert patient != ladder.read_text("utf-8")
    release.commit(root, "config/ladders/kettle.yaml", patient)
    assert again(root) == ()
