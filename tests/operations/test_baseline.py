"""The inputs of a real commit: what is found in git, whatever the checkout or a link pretends."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from pipeline.core.baseline.report import Amiss, BaselineReport, ControlState, Trouble
from pipeline.operations import baseline as operation
from pipeline.operations.baseline import baseline_report
from tests.climbing import project
from tests.operations import reviewed
from tests.operations.reviewed import HEX, PINNED

HEAD = "inputs:\n"
COMMIT = HEX[:40]


def entry(name: str, kind: str, control: str, *paths: str, digest: str = "") -> str:
    listed = ", ".join(f'"{path}"' for path in paths)
    return (
        f"  - {{id: supply_chain.{name}, scope: build, kind: {kind}, paths: [{listed}], "
        f"criticality: high, control: {control}" + (f", digest: {digest}" if digest else "") + "}\n"
    )


BOXES = entry("boxes", "container_base", "digest_pinned", "**/Dockerfile", "Dockerfile")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project.make(tmp_path / "tea")


def looked(root: Path) -> BaselineReport:
    workspace, commit = reviewed.opened(root)
    report = baseline_report(workspace, commit)
    assert report.problem == ""
    return report


def kinds(report: BaselineReport) -> list[tuple[str, str]]:
    return [(one.trouble.value, one.about) for one in report.amiss]


def the(report: BaselineReport, trouble: Trouble) -> Amiss:
    (one,) = [one for one in report.amiss if one.trouble is trouble]
    return one


def settle(root: Path, text: str) -> BaselineReport:
    """Write a baseline, and set each digest as the finding about it says."""
    reviewed.write(root, "config/baseline.yaml", HEAD + text)
    reviewed.commit(root)
    for one in looked(root).amiss:
        if one.trouble in (Trouble.UNSET, Trouble.DRIFT):
            (digest,) = re.findall(r"sha256:[0-9a-f]{64}", one.command)
            text = re.sub(
                rf"({re.escape(one.about)},.*?)(, digest: \S+)?}}", rf"\1, digest: {digest}}}", text
            )
    reviewed.write(root, "config/baseline.yaml", HEAD + text)
    reviewed.commit(root)
    return looked(root)


def test_without_a_baseline_that_is_amiss_and_inputs_are_found_all_the_same(root: Path) -> None:
    assert kinds(looked(root)) == [("empty", "baseline")]
    reviewed.add(root, Dockerfile="FROM node:20\n", uv_DOT_lock="x")
    assert kinds(looked(root)) == [
        ("empty", "baseline"),
        ("unlisted", "container_base"),
        ("tag_only", "container_base"),
        ("unlisted", "lock_file"),
    ]


def test_what_the_findings_say_to_set_clears_them(root: Path) -> None:
    reviewed.add(root, Dockerfile=PINNED)
    report = settle(root, BOXES)
    assert report.amiss == ()
    assert [(one.state, one.files) for one in report.entries] == [
        (ControlState.DIGEST_PINNED, ("Dockerfile",))
    ]


def test_drift_names_the_files_that_history_shows_to_differ(root: Path) -> None:
    reviewed.add(root, Dockerfile=PINNED, a__Dockerfile=PINNED, b__Dockerfile=PINNED)
    assert settle(root, BOXES).amiss == ()
    reviewed.add(root, Dockerfile=PINNED + "RUN x\n", a__Dockerfile=None, c__Dockerfile=PINNED)
    one = the(looked(root), Trouble.DRIFT)
    assert one.what.endswith("changed Dockerfile, removed a/Dockerfile, added c/Dockerfile")
    assert settle(root, BOXES).amiss == ()


def test_where_history_does_not_tell_the_finding_says_so(root: Path) -> None:
    reviewed.add(root, Dockerfile=PINNED)
    digest = f"sha256:{HEX}"
    boxes = entry("boxes", "container_base", "digest_pinned", "Dockerfile", digest=digest)
    reviewed.add(root, config__baseline_DOT_yaml=HEAD + boxes)
    one = the(looked(root), Trouble.DRIFT)
    assert "cannot be said" in one.what
    assert one.files == ("Dockerfile",)


def test_an_old_file_that_the_clone_lacks_hides_no_drift(root: Path) -> None:
    reviewed.add(root, Dockerfile=PINNED)
    assert settle(root, BOXES).amiss == ()
    blob = project.git(root, "rev-parse", "HEAD:Dockerfile")
    reviewed.add(root, Dockerfile=PINNED + "RUN x\n")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert "cannot be said" in the(looked(root), Trouble.DRIFT).what


def test_the_commit_counts_and_not_the_checkout(root: Path) -> None:
    reviewed.add(root, Dockerfile=PINNED)
    assert settle(root, BOXES).amiss == ()
    reviewed.write(root, "Dockerfile", "FROM evil\n")
    reviewed.write(root, "compose.yaml", "services: {a: {image: evil}}\n")
    operation._report.cache_clear()
    assert looked(root).amiss == ()


def test_a_symbolic_link_stands_for_the_file_that_it_leads_to(root: Path) -> None:
    reviewed.write(root, "pots/plain.txt", "FROM node:20\n")
    reviewed.link(root, "Dockerfile", "pots/chain")
    reviewed.link(root, "pots/chain", "plain.txt")
    report = settle(root, BOXES)
    assert kinds(report) == [("tag_only", "supply_chain.boxes")]
    reviewed.add(root, pots__plain_DOT_txt="FROM tea:1\n")
    assert kinds(looked(root)) == [
        ("drift", "supply_chain.boxes"),
        ("tag_only", "supply_chain.boxes"),
    ]


@pytest.mark.parametrize("to", ["/etc/passwd", "../../out", "nowhere", "Dockerfile", "config"])
def test_a_link_that_leads_to_no_file_of_the_commit_cannot_be_looked_into(
    root: Path, to: str
) -> None:
    reviewed.link(root, "Dockerfile", to)
    assert the(settle(root, BOXES), Trouble.UNREADABLE).files == ("Dockerfile",)


def test_what_a_compose_file_builds_and_includes_is_looked_into(root: Path) -> None:
    reviewed.add(
        root,
        dev__compose_DOT_yaml=(
            "include: [parts.txt]\n"
            "services: {tea: {build: {context: ../pots, dockerfile: Tea.txt}}}\n"
        ),
        dev__parts_DOT_txt="services: {db: {image: postgres}}\n",
        pots__Tea_DOT_txt="FROM node:20\n",
    )
    report = settle(root, entry("dev", "compose_image", "digest_pinned", "dev/compose.yaml"))
    assert sorted((one.trouble.value, *one.files) for one in report.amiss) == [
        ("tag_only", "dev/parts.txt"),
        ("tag_only", "pots/Tea.txt"),
        ("unlisted", "dev/parts.txt"),
        ("unlisted", "pots/Tea.txt"),
    ]


def test_what_a_compose_file_builds_and_the_commit_has_not_is_loose(root: Path) -> None:
    reviewed.add(root, compose_DOT_yaml="services: {tea: {build: ../elsewhere}}\n")
    report = settle(root, entry("dev", "compose_image", "digest_pinned", "compose.yaml"))
    assert "../elsewhere/Dockerfile" in the(report, Trouble.TAG_ONLY).what


def test_an_argument_of_a_compose_file_makes_no_other_base_unseen(root: Path) -> None:
    text = "services: {tea: {build: {context: ., args: {BASE: BREAD, CUPS: evil}}}}\n"
    base = PINNED.removeprefix("FROM ").strip()
    reviewed.add(root, Dockerfile=f"ARG BASE={base}\nARG CUPS=2\nFROM $BASE\n")
    for given, loose in (("evil:latest", True), (base, False)):
        reviewed.add(root, compose_DOT_yaml=text.replace("BREAD", given))
        report = settle(
            root, BOXES + entry("dev", "compose_image", "digest_pinned", "compose.yaml")
        )
        assert [(one.trouble.value, one.about) for one in report.amiss] == (
            [("tag_only", "supply_chain.dev")] if loose else []
        )
        state = ControlState.TAG_PINNED if loose else ControlState.DIGEST_PINNED
        assert [one.state for one in report.entries] == [ControlState.DIGEST_PINNED, state]


def test_an_action_of_the_repository_is_in_the_commit_or_pulled(root: Path) -> None:
    steps = "{uses: ./own}, {uses: ./ext/x}, {uses: ./boxed}, {uses: ./.github/workflows/o.yml}"
    reviewed.add(
        root,
        _DOT_github__workflows__ci_DOT_yml=f"jobs: {{one: {{steps: [{steps}]}}}}\n",
        _DOT_github__workflows__o_DOT_yml="jobs: {}\n",
        own__action_DOT_yml="runs: {using: composite, steps: []}\n",
        boxed__Dockerfile=PINNED,
    )
    what = the(looked(root), Trouble.TAG_ONLY).what
    assert what.endswith("./ext/x (jobs.one.steps[1].uses, not in the commit)")


def test_a_container_file_of_a_frontend_alone_is_listed_or_amiss(root: Path) -> None:
    reviewed.add(root, Dockerfile_DOT_tea='{"syntax": "tea/pot:1"}\n')
    assert kinds(looked(root))[1:] == [
        ("unlisted", "container_base"),
        ("unreadable", "container_base"),
        ("tag_only", "container_base"),
    ]


def test_workflows_and_actions_are_found_and_other_files_of_that_name_are_not(root: Path) -> None:
    reviewed.add(
        root,
        _DOT_github__workflows__ci_DOT_yml=(
            "on: push\njobs: {one: {steps: [{uses: actions/checkout@v4}, "
            f"{{uses: actions/cache@{COMMIT}}}]}}}}\n"
        ),
        own__action_DOT_yml="runs: {using: composite, steps: [{uses: tea/pot@v1}]}\n",
        docs__action_DOT_yml="title: Action\n",
        Dockerfile_DOT_md="how we build\n",
    )
    report = looked(root)
    assert the(report, Trouble.UNLISTED).files == (
        ".github/workflows/ci.yml",
        "own/action.yml",
    )
    loose = [one.what for one in report.amiss if one.trouble is Trouble.TAG_ONLY]
    assert ["actions/checkout@v4" in loose[0], "tea/pot@v1" in loose[1]] == [True, True]
    assert COMMIT not in loose[0]


@pytest.mark.parametrize("text", ["jobs: {a: {", "jobs: {}\njobs: {}\n", "\x00"])
def test_a_workflow_that_cannot_be_read_is_amiss(root: Path, text: str) -> None:
    reviewed.add(root, _DOT_github__workflows__ci_DOT_yml=text)
    assert the(looked(root), Trouble.UNREADABLE).files == (".github/workflows/ci.yml",)


def test_a_file_of_any_name_is_looked_into_as_its_entry_says(root: Path) -> None:
    reviewed.add(root, base_DOT_txt="FROM node:20\n")
    report = settle(root, entry("base", "container_base", "digest_pinned", "base.txt"))
    assert kinds(report) == [("tag_only", "supply_chain.base")]


def test_adopted_releases_are_no_inputs_and_what_only_lies_beside_them_is(root: Path) -> None:
    reviewed.write(root, f"releases/home__kitchen__1.0__{HEX[:16]}/Dockerfile", "FROM evil\n")
    reviewed.write(root, "releases/Dockerfile", "FROM evil\n")
    reviewed.commit(root)
    assert the(looked(root), Trouble.UNLISTED).files == ("releases/Dockerfile",)


def test_a_changed_object_store_is_no_report_but_a_problem(root: Path) -> None:
    commit = reviewed.add(root, Dockerfile=PINNED)
    blob = project.git(root, "rev-parse", f"{commit}:Dockerfile")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    report = baseline_report(*reviewed.opened(root))
    assert "no content for Dockerfile" in report.problem
    assert (report.entries, report.amiss) == ((), ())


def test_an_unknown_commit_is_a_problem(root: Path) -> None:
    workspace, _ = reviewed.opened(root)
    assert baseline_report(workspace, "0" * 40).problem


def test_a_crash_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the kettle exploded")

    monkeypatch.setattr(operation, "_report", crash)
    workspace, commit = reviewed.opened(root)
    assert "the kettle exploded" in baseline_report(workspace, commit).problem


def test_it_is_looked_once_in_a_process(root: Path) -> None:
    workspace, commit = reviewed.opened(root)
    assert baseline_report(workspace, commit) is baseline_report(workspace, commit)
    begun = time.perf_counter()
    for _ in range(100):
        baseline_report(workspace, commit)
    assert time.perf_counter() - begun < 0.5


def test_a_decision_and_why_tell_what_is_amiss(root: Path) -> None:
    reviewed.add(root, Dockerfile="FROM node:20\n")
    project.climb(root, "water")
    said = project.invoke(root, "why", "--stage", "heat").stdout
    assert "baseline.tag_only.container_base" in said
    assert "node:20 (line 1)" in said
