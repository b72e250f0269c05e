"""Gate `release_approval`: a release is what its target's approval says, or it is held."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from pipeline.core.evidence import Evidence
from pipeline.core.policies.release_approval import REQUIRED_LISTS
from pipeline.core.release import Identity, RunContext
from tests.core.gates.recorded import (
    POLICIES,
    PROVENANCE,
    RELEASE,
    STAGE_IDS,
    Release,
    ask,
    asked,
    held,
    holding,
    release,
    spoken,
)
from tests.core.gates.signed import CONTEXT, EARLIER

GATE = "release_approval"
Fields = dict[str, Any]


def named(**changes: str) -> RunContext:
    """Return the run under another name."""
    names = {name: getattr(CONTEXT, name) for name in ("target", "channel", "gate", "version")}
    identity = Identity(commit=CONTEXT.baseline_commit, **(names | changes))
    return RunContext.begin(identity, ladder="kettle", audit=uuid.UUID(int=7), now=EARLIER)


def test_a_release_that_is_as_its_approval_says_is_kept() -> None:
    assert spoken(ask(GATE))
    assert spoken(ask(GATE, at="pour"))


def test_a_target_without_an_approval_is_shut_at_every_stage() -> None:
    none = POLICIES.model_copy(update={"approval": None})
    for stage in ["", *STAGE_IDS]:
        (finding,) = found = ask(GATE, at=stage, now=none)
        assert held(found) == ["release_approval.none"]
        assert finding.evidence == ("config/approvals/pot.yaml",)


@pytest.mark.parametrize("stage", ["", *STAGE_IDS])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gate", "cellar"),
        ("approval_scope", "production_launch"),
        ("artifact_set_source", "imported_run"),
        ("bundle_phases", ["pre-deploy"]),
        ("bundle_phases", ["post-deploy"]),
    ],
)
def test_what_it_says_of_the_release_itself_holds_at_every_stage(
    field: str,
    value: Any,  # noqa: ANN401 - a field's value
    stage: str,
) -> None:
    found = ask(GATE, at=stage, now=asked(approval={field: value}))
    assert held(found) == [f"release_approval.{field}"]


@pytest.mark.parametrize(("family", "field"), REQUIRED_LISTS.items())
def test_it_names_policies_of_its_target_alone(family: str, field: str) -> None:
    own = getattr(RELEASE.policies.approval, field)
    others = [f"{family}.jug.other", *own]
    found = ask(GATE, at="taste", now=asked(approval={field: others}))
    assert held(found) == [f"release_approval.{field}"]
    assert f"{family}.jug.other" in holding(found)[0].what


def test_an_approval_that_speaks_of_production_is_of_a_release_called_so() -> None:
    says = {"test": "required", "canary": "required", "production": "production"}
    found = ask(GATE, now=asked(approval={"execution": says}))
    assert held(found) == ["release_approval.execution"]


@pytest.mark.parametrize("name", ["channel", "target"])
def test_what_is_called_production_has_an_approval_for_a_production_launch(name: str) -> None:
    called = named(**{name: "production"})
    assert held(ask(GATE, context=called)) == [
        "release_approval.approval_scope",
        "release_approval.execution",
    ]
    says = {"test": "required", "canary": "required", "production": "production"}
    launch = {"execution": says, "approval_scope": "production_launch"}
    assert spoken(ask(GATE, context=called, now=asked(approval=launch)))


@pytest.mark.parametrize("version", ["1.0.dev1", "1.0+gabc", "1.1.dev3+gabc"])
def test_a_version_that_must_be_a_tags_is_no_derived_one(version: str) -> None:
    tagged = asked(approval={"release_version_source": "tag_at_commit"})
    assert spoken(ask(GATE, now=tagged))
    found = ask(GATE, now=tagged, context=named(version=version))
    assert held(found) == ["release_approval.release_version_source"]
    assert spoken(ask(GATE, context=named(version=version)))


def test_artifacts_of_another_run_are_taken_only_where_it_says_so() -> None:
    stages = RELEASE.stages()
    both = Evidence(stages=stages[2:], imported=stages[:2])
    assert held(ask(GATE, evidence=both)) == ["release_approval.artifact_set_source"]
    imported = asked(approval={"artifact_set_source": "imported_run"})
    assert spoken(ask(GATE, evidence=both, now=imported))


def without(*path: str) -> Fields:
    """Return the provenance without one member."""
    made: Fields = {name: dict(value) for name, value in PROVENANCE.items()}
    body = made
    for name in path[:-1]:
        body = body[name]
    body[path[-1]] = []
    return made


OTHERS = [
    {"name": "source", "digest": {"gitCommit": "b" * 40}},
    {"name": "recipe.lock", "digest": {"sha256": "1" * 64}},
]
FOREIGN = PROVENANCE | {
    "buildDefinition": PROVENANCE["buildDefinition"] | {"resolvedDependencies": OTHERS}
}
EXECUTION = {"test": "required", "canary": "required", "production": "not_production"}
DUE: list[tuple[str, Release, Fields]] = [
    ("source_revision_source", release(provenance=(FOREIGN,)), {}),
    ("source_revision_source", release(provenance=(PROVENANCE, FOREIGN)), {}),
    (
        "source_revision_source",
        release(provenance=(without("buildDefinition", "resolvedDependencies"),)),
        {},
    ),
    (
        "provenance",
        release(provenance=()),
        {"source_revision_source": "run_commit", "digest_source": "evidence_bundle"},
    ),
    (
        "digest_source",
        release(provenance=()),
        {"source_revision_source": "run_commit", "provenance": "not_asked"},
    ),
    ("provenance", RELEASE, {"provenance": "signed_by_trusted_workflow"}),
    ("signing", RELEASE, {"signing": "rooted_trust"}),
    ("approval_mode", RELEASE, {"approval_mode": "manual_rollout_with_explicit_human_approval"}),
    ("execution_test", release(tests={"result": "FAILED"}), {}),
    ("execution_test", release(tests={"passedTests": []}), {}),
    ("execution_canary", release(verdict="FAIL"), {}),
    ("execution_canary", release(verdict="INCONCLUSIVE"), {}),
    ("rollback_references", release(runbooks={}), {}),
    ("rollback_references", release(runbooks={"runbook.md": None}), {}),
    ("rollback_references", RELEASE, {"rollback_references": ["runbook.md", "other.md"]}),
]


@pytest.mark.parametrize("stage", ["", "pour"])
@pytest.mark.parametrize(("field", "of", "changes"), DUE)
def test_what_it_asks_of_the_evidence_holds_what_goes_live_and_the_whole(
    field: str, of: Release, changes: Fields, stage: str
) -> None:
    now = asked(approval=changes)
    assert held(ask(GATE, of, at=stage, now=now)) == [f"release_approval.{field}"]
    assert held(ask(GATE, of, at="taste", now=now)) == []


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        (
            release(provenance=()),
            {
                "source_revision_source": "run_commit",
                "digest_source": "evidence_bundle",
                "provenance": "not_asked",
            },
        ),
        (release(from_workflow=True), {"provenance": "signed_by_trusted_workflow"}),
        (release(rooted=True), {"signing": "rooted_trust"}),
        (
            release(approver="Ada <ada@example.invalid>"),
            {"approval_mode": "manual_rollout_with_explicit_human_approval"},
        ),
        (release(tests={"result": "FAILED"}), {"execution": EXECUTION | {"test": "not_asked"}}),
        (release(verdict="FAIL"), {"execution": EXECUTION | {"canary": "not_asked"}}),
        (release(runbooks={}), {"rollback_references": []}),
    ],
)
def test_what_it_does_not_ask_or_what_is_there_does_not_hold(of: Release, changes: Fields) -> None:
    assert spoken(ask(GATE, of, now=asked(approval=changes)))


def test_a_release_whose_provenance_was_made_by_a_workflow_in_part_is_not_a_workflows() -> None:
    stages = release(from_workflow=True, provenance=(PROVENANCE,)).stages()
    local = release(provenance=(PROVENANCE,)).stages()
    both = Evidence(stages=stages[1:], imported=local[:1])
    live = asked(
        approval={
            "provenance": "signed_by_trusted_workflow",
            "artifact_set_source": "imported_run",
        }
    )
    assert held(ask(GATE, evidence=both, now=live)) == ["release_approval.provenance"]
