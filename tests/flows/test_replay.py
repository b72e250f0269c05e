"""`why --replay`: an old decision is reproduced byte for byte, or what has changed is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import gates
from pipeline.core.canonical import canonical
from pipeline.core.gates import Finding, Weight
from tests import policies
from tests.climbing import project
from tests.edges.projects import FILES
from tests.tamper import release
from tests.tasks.calling import call


@pytest.fixture(scope="module")
def climbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished release with a counted retry and a named approval, and decisions kept aside."""
    root = release.make(tmp_path_factory.mktemp("replay") / "project")
    (root / "artifacts").mkdir()
    release.climb(root, "water")
    keep(root, "early", "pour")
    release.climb(root, "boil")
    keep(root, "unapproved", "nod")
    release.nod(root)
    keep(root, "approved", "nod")
    assert call(root, "hold", "--target", "pot", "--reason", "leaks").code == 0
    keep(root, "held", "nod")
    assert call(root, "hold", "--target", "pot", "--lift").code == 0
    release.climb(root)
    return root


@pytest.fixture
def copy(climbed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(climbed, tmp_path / "copy", symlinks=True))


def keep(root: Path, name: str, stage: str) -> None:
    (root / "artifacts" / name).write_text(call(root, "why", "--stage", stage, "--json").out)


def replayed(root: Path, file: Path) -> dict[str, Any]:
    done = call(root, "why", "--replay", str(file), "--json")
    assert done.code == 0, done
    return done.document


def decisions(root: Path) -> list[Path]:
    return [
        path for folder in release.phases(root).values() for path in folder.rglob("decision.json")
    ]


def changed(found: dict[str, Any]) -> set[str]:
    return {item["name"] for item in found["changed"]}


def test_every_decision_under_which_an_attempt_began_is_reproduced(climbed: Path) -> None:
    files = decisions(climbed)
    assert len(files) == 6  # five stages, one of them tried twice
    began = set()
    for path in files:
        found = replayed(climbed, path)
        assert found["reproduced"] is True, found
        began.add(found["began"])
    assert began == {"water/1", "water/2", "boil/1", "nod/1", "pour/1", "taste/1"}


@pytest.mark.parametrize("name", ["early", "unapproved", "approved", "held"])
def test_a_decision_that_never_began_is_reproduced_as_of_then(climbed: Path, name: str) -> None:
    """The journal has grown, an approval was given, a hold was lifted: none of it is of then."""
    found = replayed(climbed, climbed / "artifacts" / name)
    assert found["reproduced"] is True, found
    assert found["began"] is None


def test_a_decision_from_the_store_is_reproduced_too(climbed: Path) -> None:
    path = decisions(climbed)[0]
    digest = replayed(climbed, path)["decision"].removeprefix("sha256:")
    kept = release.store(climbed) / "objects" / digest
    assert replayed(climbed, kept)["reproduced"] is True


def test_it_says_so_in_words(climbed: Path) -> None:
    done = call(climbed, "why", "--replay", str(decisions(climbed)[0]))
    assert done.code == 0
    assert "reproduced, byte for byte" in done.out.splitlines()
    held = call(climbed, "why", "--replay", str(climbed / "artifacts" / "held"))
    assert "HOLD" in held.out
    assert "no attempt here began under it" in held.out


def test_a_changed_policy_is_named_with_both_digests_and_is_no_error(copy: Path) -> None:
    more = {"finding": "registry.drift", "reason": "seen", "owner": "Ann"}
    more["expires"] = "2999-01-01T00:00:00Z"
    text = policies.family("promotion", policies.promotion(exceptions=[more]))
    release.commit(copy, "config/policies/promotion.yaml", text)
    path = decisions(copy)[-1]
    found = replayed(copy, path)
    assert found["reproduced"] is False
    assert "policies" in changed(found)
    then = json.loads(path.read_bytes())["inputs"]["policies"]
    (told,) = [item for item in found["changed"] if item["name"] == "policies"]
    assert told["then"] == then
    assert told["now"].startswith("sha256:")
    assert told["now"] != then
    said = call(copy, "why", "--replay", str(path))
    assert said.code == 0
    assert "what it rests on has changed" in said.out


def test_an_uncommitted_change_of_today_is_named(copy: Path) -> None:
    (copy / "leaf.py").write_text("")
    found = replayed(copy, decisions(copy)[-1])
    assert "dirty" in changed(found)
    assert found["verdict"] == {"then": "PROCEED", "now": "HOLD"}


def test_a_stage_that_is_no_longer_there_is_a_changed_ladder(copy: Path) -> None:
    ladder = release.LADDER[: release.LADDER.index("  - id: taste")]
    release.commit(copy, "config/ladders/kettle.yaml", ladder)
    (mine,) = [path for path in decisions(copy) if path.parent.name == "taste"]
    found = replayed(copy, mine)
    assert found["reproduced"] is False
    assert changed(found) == {"ladder"}


def test_other_gates_over_equal_inputs_are_told_apart_from_changed_inputs(
    climbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = Finding(id="tree.moon", weight=Weight.NOTES, what="the moon is full", command="wait")
    real = gates.GATES["tree"]
    monkeypatch.setitem(gates.GATES, "tree", lambda case: [*real(case), more])
    path = decisions(climbed)[0]
    found = replayed(climbed, path)
    assert (found["reproduced"], found["changed"], found["gates_differ"]) == (False, [], True)
    assert any("tree.moon" in text for text in found["differences"])
    assert "the code of the gates differs" in call(climbed, "why", "--replay", str(path)).out


def refused(root: Path, file: Path) -> str:
    done = call(root, "why", "--replay", str(file))
    assert done.code == 11, done
    what, where, todo = done.three_lines()
    assert where == str(file)
    assert "decision.json" in todo
    return what


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"null", b"[]", b"\xff\xfe", b'{"verdict":"PROCEED"}', b"{" * 5000],
    ids=repr,
)
def test_what_is_no_decision_is_refused(climbed: Path, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(data)
    assert "no decision of this project" in refused(climbed, file)


def test_what_is_missing_a_folder_a_link_or_another_document_is_refused(
    climbed: Path, tmp_path: Path
) -> None:
    refused(climbed, tmp_path / "nowhere.json")
    refused(climbed, tmp_path)
    refused(climbed, decisions(climbed)[0].parent / "00-stage-result.sigstore.json")
    link = tmp_path / "link.json"
    link.symlink_to(decisions(climbed)[0])
    refused(climbed, link)


def test_a_decision_of_another_project_is_refused(climbed: Path, tmp_path: Path) -> None:
    other = project.make(
        tmp_path / "other",
        ladders__kettle=FILES["ladders/kettle"].replace("home", "away"),
    )
    project.climb(other, "water")
    (file,) = (other / "artifacts/release-evidence").rglob("decision.json")
    assert "no run of this project's store" in refused(climbed, file)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d | {"stage_skipped": True},
        lambda d: d | {"inputs": d["inputs"] | {"moon": "full"}},
        lambda d: d | {"findings": [{"id": "x"}]},
    ],
)
def test_a_decision_with_unknown_fields_is_refused(
    climbed: Path,
    tmp_path: Path,
    change: Any,  # noqa: ANN401 - a function of a document
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(canonical(change(json.loads(decisions(climbed)[0].read_bytes()))))
    refused(climbed, file)


def test_a_hold_that_somebody_turned_into_a_go_is_not_reproduced(
    climbed: Path, tmp_path: Path
) -> None:
    forged = json.loads((climbed / "artifacts" / "unapproved").read_bytes())
    forged["verdict"] = "PROCEED"
    forged["findings"] = [f for f in forged["findings"] if f["weight"] != "holds"]
    file = tmp_path / "x.json"
    file.write_text(json.dumps(forged))
    found = replayed(climbed, file)
    assert found["reproduced"] is False
    assert found["verdict"] == {"then": "PROCEED", "now": "HOLD"}
    assert found["began"] is None


def test_evidence_that_was_changed_since_is_not_replayed_over(copy: Path) -> None:
    (mine,) = [path for path in decisions(copy) if path.parent.name == "pour"]
    inputs = json.loads(mine.read_bytes())["inputs"]
    kept = release.store(copy) / "objects" / inputs["stage_results"][0].removeprefix("sha256:")
    kept.chmod(0o644)
    kept.write_bytes(b"{}")
    assert call(copy, "why", "--replay", str(mine)).code == 11


def test_a_replay_changes_nothing(climbed: Path) -> None:
    from tests.tasks.calling import photograph

    before = photograph(climbed)
    replayed(climbed, decisions(climbed)[0])
    assert photograph(climbed) == before
