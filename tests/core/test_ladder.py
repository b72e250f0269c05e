from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import MalformedError
from pipeline.core.envelope import Network, Op
from pipeline.core.fields import read_duration, write_duration
from pipeline.core.ladder import Effect, Ladder, Reproduce
from pipeline.core.ladder_rules import ladder_problems
from pipeline.core.release import Phase

STAGE: dict[str, Any] = {
    "id": "water",
    "phase": "pre-deploy",
    "steps": [{"task": "tea.fill"}],
    "envelope": {
        "allow_ops": ["read"],
        "allow_paths": [],
        "deny_paths": [],
        "network": "none",
        "max_budget_usd": "0",
    },
}


def document(*stages: dict[str, Any]) -> dict[str, Any]:
    head = {"ladder": "kettle", "target": "pot", "gate": "kitchen", "channel": "home"}
    return copy.deepcopy({**head, "stages": list(stages)})


def stage(**changes: object) -> dict[str, Any]:
    return {**STAGE, **changes}


def refused(*stages: dict[str, Any]) -> str:
    with pytest.raises(MalformedError) as caught:
        Ladder.from_json(document(*stages))
    return str(caught.value)


def test_what_is_left_out_is_the_careful_choice() -> None:
    one = Ladder.from_json(document(stage())).stages[0]
    assert one.alias == "water"
    assert (one.timeout, one.retries, one.manual, one.emits) == (600, 0, False, ())
    assert (one.effect, one.anchor, one.approval) == (Effect.NONE, False, False)
    assert (one.imports, one.reproduce) == (None, Reproduce.RERUN)
    assert one.envelope.network is Network.NONE
    assert one.envelope.allow_ops == (Op.READ,)


def test_an_envelope_is_never_assumed() -> None:
    bare = {key: value for key, value in STAGE.items() if key != "envelope"}
    assert "envelope" in refused(bare)


def test_a_stage_is_found_by_id_and_by_alias() -> None:
    ladder = Ladder.from_json(document(stage(), stage(id="boil", alias="heat")))
    assert ladder.stage("heat") is ladder.stage("boil") is ladder.stages[1]
    assert ladder.index("heat") == ladder.index(ladder.stages[1]) == 1
    with pytest.raises(
        KeyError, match=r"no stage 'haet'; did you mean 'heat'\? stages: water, heat"
    ):
        ladder.stage("haet")


def test_phases_keep_their_order() -> None:
    ladder = Ladder.from_json(document(stage(), stage(id="pour", phase="post-deploy")))
    assert ladder.phases() == (Phase.PRE_DEPLOY, Phase.POST_DEPLOY)
    assert [one.id for one in ladder.of_phase(Phase.POST_DEPLOY)] == ["pour"]
    late = [stage(phase="post-deploy"), stage(id="boil"), stage(id="pour", phase="post-deploy")]
    assert "stages[1].phase" in refused(*late)


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        ({"id": "a"}, {"id": "a"}, "stages[1].id"),
        ({"id": "a", "alias": "x"}, {"id": "b", "alias": "x"}, "stages[1].alias"),
        ({"id": "a"}, {"id": "b", "alias": "a"}, "stages[1].alias"),
        ({"id": "a", "alias": "b"}, {"id": "b", "alias": "c"}, "stages[1].id"),
    ],
)
def test_a_name_means_one_stage(first: dict[str, Any], second: dict[str, Any], place: str) -> None:
    assert place in refused(stage(**first), stage(**second))


@pytest.mark.parametrize(
    "name",
    ["../up", "a/b", "..", "", "A", "1a", "a b", "a\n", "a.b", "con", "nul", "x" * 65, "a__b", "é"],
)
def test_a_name_that_is_no_portable_folder_is_refused(name: str) -> None:
    refused(stage(id=name))
    refused(stage(alias=name))


def test_a_stage_cannot_take_a_folder_of_the_bundle() -> None:
    assert "folder of the phase bundle" in refused(stage(id="trust"))


@pytest.mark.parametrize(
    "emits",
    [
        ["provenance/v1"],
        ["https://"],
        ["https://x.example/a b"],
        ["//x.example/a"],
        ["https://x.example/a", "https://x.example/a"],
        ["https://release-ladder.readthedocs.io/predicates/stage-result/v1"],
        ["https://release-ladder.readthedocs.io/predicates/evidence-bundle/v1"],
        ["https://slsa.dev/verification_summary/v1"],
    ],
)
def test_no_step_may_sign_what_is_no_type_or_the_pipelines_own(emits: list[str]) -> None:
    refused(stage(emits=emits))


@pytest.mark.parametrize(
    "timeout", ["0s", "10", 600, "1.5h", "-1s", "1w", "10 m", "", "010m", None]
)
def test_a_timeout_is_a_duration_of_something(timeout: object) -> None:
    refused(stage(timeout=timeout))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": []},
        {"steps": [{"task": "rm -rf"}]},
        {"steps": [{"task": "a..b"}]},
        {"steps": [{"task": "t", "with": {"--x": "1"}}]},
        {"steps": [{"task": "t", "with": {"x": {"deep": 1}}}]},
        {"steps": [{"task": "t", "with_": {}}]},
        {"manual": "yes"},
        {"manual": 1},
        {"retries": -1},
        {"retries": "1"},
        {"surprise": True},
        {"imports": {"ladder": "kettle", "stage": "water"}},
        {"imports": {"ladder": "../x", "stage": "water"}},
    ],
)
def test_what_is_not_declared_so_is_refused(changes: dict[str, Any]) -> None:
    refused(stage(**changes))


def test_a_ladder_without_stages_is_refused() -> None:
    refused()


def test_the_digest_is_of_what_is_meant_and_changes_with_it() -> None:
    one = Ladder.from_json(document(stage(timeout="10m")))
    assert one.digest == Ladder.from_json(document(stage(timeout="600s"))).digest
    assert one.digest == Ladder.from_json(document(stage())).digest
    changed = Ladder.from_json(document(stage(manual=True)))
    assert changed.digest != one.digest
    assert changed.stages[0].digest != one.stages[0].digest


stages = st.lists(
    st.builds(
        lambda name, manual, retries, seconds: stage(
            id=name, manual=manual, retries=retries, timeout=f"{seconds}s"
        ),
        st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(
            lambda name: (
                name not in {"trust", "con", "prn", "aux", "nul"} and name[:3] not in {"com", "lpt"}
            )
        ),
        st.booleans(),
        st.integers(0, 20),
        st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda value: value["id"],
)


@given(stages)
def test_a_ladder_survives_its_file_form(listed: list[dict[str, Any]]) -> None:
    ladder = Ladder.from_json(document(*listed))
    again = Ladder.from_json(ladder.to_dict())
    assert again == ladder
    assert again.digest == ladder.digest


@given(st.integers(0, 10**6))
def test_a_duration_survives_its_words(seconds: int) -> None:
    assert read_duration(write_duration(seconds)) == seconds


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["id", "water", "pre-deploy"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["stages", "id", "alias", "phase", "emits", "imports", "ladder"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["stages", "ladder"]), json_values))
def test_rules_look_past_whatever_is_not_well_formed(value: dict[str, Any]) -> None:
    for problem in ladder_problems(value):
        assert "allowed: " in problem.message
