from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.policies import TrustKind
from pipeline.edges.configuration import load
from pipeline.errors import InvalidConfigurationError
from tests import policies
from tests.edges import projects

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = Path(__file__).parents[2]

LADDER_OF_THE_INTERFACE_PAGE = """\
# yaml-language-server: $schema=../schemas/ladder.schema.json
ladder: staging
target: staging
gate: guarded_rollout
channel: staging
stages:
  - id: build_complete
    alias: build
    phase: pre-deploy
    steps:
      - task: build.distributions
        with: {twice: true}
    envelope: {allow_ops: [read, write, run], allow_paths: ["out/**", "scratch/**"], deny_paths: [], network: index, max_budget_usd: "0"}
    timeout: 10m
    retries: 0
    manual: false
    emits: ["https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom"]
    effect: none
"""  # noqa: E501 - quoted as it stands on the page


def problems(root: Path) -> list[str]:
    with pytest.raises(InvalidConfigurationError) as caught:
        load(root)
    assert caught.value.exit_code == 13
    return list(caught.value.problems)


def test_the_shipped_configuration_loads() -> None:
    configuration = load(SHIPPED)
    assert sorted(configuration.ladders) == ["production", "staging"]
    for ladder in configuration.ladders.values():
        assert len(ladder.stages) == 8
    production = configuration.policies.for_target("production")
    assert production.promotion is not None
    assert production.promotion.trust is TrustKind.ROOTED
    assert configuration.trust.principals == ()


def test_each_shipped_target_has_the_ten_smoke_checks() -> None:
    for target in load(SHIPPED).targets.values():
        assert [check.id for check in target.smoke] == [
            "web_public_openapi_asset_available",
            "web_public_llms_asset_available",
            "web_public_llms_full_asset_available",
            "web_public_robots_asset_available",
            "web_public_sitemap_asset_available",
            "web_review_page_available",
            "web_proxy_health_ok",
            "web_public_config_available",
            "web_operator_session_unlocks",
            "web_operator_metrics_proxy_available",
        ]


def test_manual_stages_are_those_of_the_policies() -> None:
    ladders = load(SHIPPED).ladders
    manual = {
        name: [one.alias for one in ladder.stages if one.manual] for name, ladder in ladders.items()
    }
    assert manual == {
        "staging": ["sign", "canary", "approve", "deploy"],
        "production": ["sign", "canary", "approve"],
    }


def test_the_whole_ladder_of_the_interface_page_loads_unchanged(tmp_path: Path) -> None:
    promotion = policies.family(
        "promotion", policies.promotion("staging", required_stages=["build_complete"])
    )
    projects.write(
        tmp_path,
        pipeline="project: tea\n",
        ladders__kettle=None,
        ladders__staging=LADDER_OF_THE_INTERFACE_PAGE,
        targets__pot=None,
        targets__staging="target: staging\ndriver: none\n",
        policies__promotion=promotion,
        approvals__pot=None,
    )
    stage = load(tmp_path).ladders["staging"].stage("build")
    assert stage.steps[0].with_ == {"twice": True}
    assert stage.timeout == 600


def test_a_foreign_project_of_three_stages_loads(tmp_path: Path) -> None:
    configuration = load(projects.write(tmp_path))
    assert [stage.alias for stage in configuration.ladders["kettle"].stages] == [
        "water",
        "heat",
        "pour",
    ]
    assert configuration.digests == load(tmp_path).digests


def test_every_fault_of_every_file_is_told_at_once_in_these_words(tmp_path: Path) -> None:
    found = "\n".join(problems(projects.write(tmp_path, **projects.SPOILT))) + "\n"
    golden = GOLDEN / "spoilt.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_no_fault_speaks_the_library_s_language(tmp_path: Path) -> None:
    for problem in problems(projects.write(tmp_path, **projects.SPOILT)):
        place, _, words = problem.partition(": ")
        assert place.count(":") == 2
        assert "allowed: " in words
        for foreign in (
            "Input should",
            "Field required",
            "Extra inputs",
            "pydantic",
            "Value error",
        ):
            assert foreign not in problem


def test_a_project_without_configuration_is_told_what_belongs_there(tmp_path: Path) -> None:
    assert [problem.split("; ")[0] for problem in problems(tmp_path)] == [
        "config/ladders:1:1: (file): has no file",
        "config/pipeline.yaml:1:1: (file): is missing",
        "config/policies/approval_authority.yaml:1:1: (file): is missing",
        "config/policies/canary.yaml:1:1: (file): is missing",
        "config/policies/promotion.yaml:1:1: (file): is missing",
        "config/policies/verification.yaml:1:1: (file): is missing",
        "config/targets:1:1: (file): has no file",
    ]


def test_two_files_cannot_be_one_ladder(tmp_path: Path) -> None:
    projects.write(tmp_path, ladders__kettle2=projects.FILES["ladders/kettle"])
    assert problems(tmp_path) == [
        (
            "config/ladders/kettle2.yaml:1:9: ladder: 'kettle' stands in a file named "
            "kettle2.yaml; allowed: kettle2, or another name for the file"
        )
    ]


def test_a_link_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    projects.write(tmp_path, trust=None)
    outside = tmp_path / "outside.yaml"
    outside.write_text("principals: []\n", encoding="utf-8")
    for place in (outside, tmp_path / "nowhere"):
        link = tmp_path / "config" / "trust.yaml"
        link.unlink(missing_ok=True)
        link.symlink_to(place)
        assert problems(tmp_path) == [
            "config/trust.yaml:1:1: (file): is no regular file; allowed: a file, no link"
        ]


@pytest.mark.parametrize("name", ["config", "config/policies", "config/approvals", "config/more"])
def test_a_link_on_any_part_of_the_way_is_refused(tmp_path: Path, name: str) -> None:
    projects.write(tmp_path)
    place = tmp_path / name
    if place.exists():
        place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")  # of approvals and more, a link to nothing
    words = "is a symbolic link, which is not followed; allowed: in its place, what it leads to"
    assert problems(tmp_path) == [f"{name}:1:1: (file): {words}"]


def test_a_folder_or_another_ending_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    projects.write(tmp_path)
    (tmp_path / "config" / "ladders" / "other.yml").write_text("ladder: other\n", encoding="utf-8")
    (tmp_path / "config" / "targets" / "folder.yaml").mkdir()
    assert problems(tmp_path) == [
        (
            "config/ladders/other.yml:1:1: (file): is not read under this name; allowed: the "
            "ending .yaml"
        ),
        "config/targets/folder.yaml:1:1: (file): is no regular file; allowed: a file, no link",
    ]


IMPORTING = projects.FILES["ladders/kettle"].replace(
    "    effect: live\n", "    imports: {ladder: LADDER, stage: water}\n"
)


def test_ladders_cannot_take_artifacts_in_a_circle(tmp_path: Path) -> None:
    projects.write(
        tmp_path,
        ladders__kettle=IMPORTING.replace("LADDER", "two"),
        ladders__two=IMPORTING.replace("LADDER", "three").replace("ladder: kettle", "ladder: two"),
        ladders__three=IMPORTING.replace("LADDER", "kettle").replace(
            "ladder: kettle\n", "ladder: three\n", 1
        ),
    )
    found = problems(tmp_path)
    assert len(found) == 3
    assert all("takes artifacts of" in problem for problem in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("effect: canary", "stages[2].effect: the target 'pot' has no canary policy"),
        ("approval: true", "stages[2].approval: the target 'pot' has no approval_authority policy"),
    ],
)
def test_a_stage_needs_the_policy_that_judges_it(tmp_path: Path, change: str, words: str) -> None:
    ladder = projects.FILES["ladders/kettle"].replace("effect: live", change)
    found = problems(projects.write(tmp_path, ladders__kettle=ladder))
    assert len(found) == 1
    assert words in found[0]


def test_a_target_without_promotion_policy_is_refused(tmp_path: Path) -> None:
    projects.write(tmp_path, policies__promotion="family: promotion\npolicies: []\n")
    assert problems(tmp_path) == [
        (
            "config/ladders/kettle.yaml:2:9: target: the target 'pot' has no promotion policy; "
            "allowed: one in policies/promotion.yaml"
        )
    ]


def test_a_required_anchor_needs_a_stage_that_is_anchored(tmp_path: Path) -> None:
    policy = projects.FILES["policies/promotion"].replace('"not_required', '"required')
    found = problems(projects.write(tmp_path, policies__promotion=policy))
    assert len(found) == 1
    assert "requires an anchor" in found[0]


@pytest.mark.parametrize("name", sorted(projects.FILES))
def test_any_file_full_of_noise_is_a_fault_and_no_traceback(tmp_path: Path, name: str) -> None:
    for noise in ("\x00", "[" * 100_000, "a: *b\n", "stages: {a: 1}\npolicies: 7\nladder: [1]\n"):
        projects.write(tmp_path, **{name.replace("/", "__"): noise})
        assert any(f"config/{name}.yaml:" in problem for problem in problems(tmp_path))


@pytest.mark.parametrize(
    "threshold",
    [
        {"threshold": 0, "named_approver": True},
        {"threshold": 0, "kinds": ["workflow_dispatch"]},
    ],
)
def test_nobody_cannot_be_the_named_approver(tmp_path: Path, threshold: dict[str, Any]) -> None:
    policy = policies.family("approval_authority", policies.authority(**threshold))
    found = problems(projects.write(tmp_path, policies__approval_authority=policy))
    assert len(found) == 1
    assert "policies[0].threshold: 0 " in found[0]
