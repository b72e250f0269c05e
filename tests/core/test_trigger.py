"""What a platform's variables say of who set a promotion going; half a claim is none."""

from __future__ import annotations

import pytest

from pipeline.core.trigger import VARIABLES, trigger_of

RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ada",
    "GITHUB_EVENT_NAME": "workflow_dispatch",
    "GITHUB_WORKFLOW_REF": "tea/shop/.github/workflows/release.yml@refs/heads/main",
    "GITHUB_RUN_ID": "7",
}
WORKFLOW = f"workflow:{RUN['GITHUB_WORKFLOW_REF']}#7"


def said(**changes: str | None) -> tuple[str, str]:
    given = {name: value for name, value in {**RUN, **changes}.items() if value is not None}
    found = trigger_of(given)
    return found.kind.value, found.reference


def test_a_person_who_started_a_workflow_is_named_with_its_run() -> None:
    assert said() == ("workflow_dispatch", f"github_actor:ada {WORKFLOW}")


@pytest.mark.parametrize("event", ["push", "schedule", "", None])
def test_a_workflow_that_nobody_started_by_hand_names_itself_alone(event: str | None) -> None:
    assert said(GITHUB_EVENT_NAME=event) == ("approved_workflow", WORKFLOW)


def test_a_workflow_without_an_actor_names_itself_alone() -> None:
    assert said(GITHUB_ACTOR=None) == ("approved_workflow", WORKFLOW)


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "GITHUB_WORKFLOW_REF", "GITHUB_RUN_ID"])
def test_a_platform_that_says_half_of_it_is_taken_for_none(name: str) -> None:
    for value in (None, "", "TRUE" if name == "GITHUB_ACTIONS" else ""):
        assert said(**{name: value}) == ("local_manual", "trigger_source:local_manual")


def test_nothing_but_the_listed_variables_is_read() -> None:
    assert set(RUN) == set(VARIABLES)
    assert said(USER="ada", CI="true") == said()
