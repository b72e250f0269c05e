"""The bakeries that a field is broken in: each climbs to its top until somebody breaks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pipeline.core import statement
from tests import policies
from tests.climbing import bakery
from tests.core.gates.recorded import PROVENANCE
from tests.production.asked import CHANGES, HERE, RAN_ON

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What is other than in the bakery: fields of policies, files, the environment."""

    changes: Fields = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    tagged: bool = True
    second: bool = False
    """Whether another release is live already."""


def _stages(**changes: Fields | None) -> Fields:
    """Return the ladder with fields of its stages changed."""
    return {"stages": [stage | (changes.get(stage["id"]) or {}) for stage in bakery.STAGES]}


def _but(values: list[str], *left_out: str) -> list[str]:
    return [value for value in values if value not in left_out]


def _workflow(event: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "ada",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_WORKFLOW_REF": "tea/kettle/.github/workflows/bake.yml@refs/heads/main",
        "GITHUB_RUN_ID": "7",
    }


IDENTITY = policies.tracking()["identity_fields"]
ROLLBACK = policies.rollback()["fields"]
SHARED = policies.linkage()["shared_identity_fields"]
RECORDS = bakery.RECORDS
UNLINKED = {family: name for family, name in RECORDS.items() if family != "linkage"}
UNSAID = PROVENANCE | {"buildDefinition": {}}
IMAGE = {"Dockerfile": "FROM oven:latest\n"}
UNPINNED = (
    "baseline.empty.baseline",
    "baseline.tag_only.container_base",
    "baseline.unlisted.container_base",
)
"""What is amiss with a container file that no entry of the baseline covers."""
EXCEPTION, *EXCEPTIONS = (
    {
        "finding": finding,
        "reason": "the oven is old",
        "owner": "Ada",
        "expires": "2099-01-01T00:00:00Z",
    }
    for finding in UNPINNED
)
CHECKED = """
import types
from pipeline.core.licences import Declared
from pipeline.core.policies import VerificationPolicy
from pipeline.edges import advisories
from pipeline.flows.steps import checks
from pipeline.flows.steps.checks.subject import Installed
from pipeline.operations.step_io import Step

advisories.SOURCES.pop("pip_audit")
flour = Declared(expression="MIT")
subject = types.SimpleNamespace(
    step=Step.load(),
    source=types.SimpleNamespace(lock=None),
    wheel=pathlib.Path("bread.whl"),
    installed=(Installed(name="flour", version="1.0", declared=flour),),
    policy=VerificationPolicy.from_json(step["policies"]["verification"]),
    now=step["context"]["started_at"],
    answers=[],
)
found = []
for name in ("licences", "vulnerabilities"):
    outcome = checks.CHECKS[name](subject)
    check = {"id": name, "verdict": outcome.verdict.value, "reason": outcome.reason}
    found.append(check | {"details": list(outcome.details)})
"""
"""The look at the bread by two of the shipped checks: one loaf, of one distribution."""
REPORT = '    check = {"id": "digests"'
REAL = bakery.LIGHT.replace(
    REPORT, "".join(f"    {line}\n" if line else "\n" for line in CHECKED.split("\n")) + REPORT
).replace('{"checks": [check]', '{"checks": [*found, check]')
SNAPSHOT = {
    "date": "2026-01-01T00:00:00Z",
    "origin": "osv.dev",
    "advisories": [
        {
            "id": "GHSA-aaaa",
            "aliases": [],
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "flour"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
                }
            ],
            "database_specific": {"severity": "HIGH"},
        }
    ],
}
EXCUSED = {
    "advisory": "GHSA-aaaa",
    "reason": "it is baked",
    "owner": "Ada",
    "expires": "2099-01-01T00:00:00Z",
}
ADVISORIES: Fields = {"max_age": "36500d", "snapshot": "osv.json", "exceptions": [EXCUSED]}
_LESS = {
    "tracking": {"identity_fields": ["artifact_name", "signing_status"]},
    "rollback": {"fields": _but(ROLLBACK, "dependency_snapshot")},
}

SERVED: Fields = {
    "driver": "local",
    "service": {"command": ["{python}", "-m", "bread"]},
    "health": {"path": "/bread"},
}

BASES: dict[str, Base] = {
    "plain": Base(),
    "untagged": Base(tagged=False),
    "stale": Base(files=IMAGE),
    "excepted": Base(
        changes={"promotion": {"baseline": "required", "exceptions": [EXCEPTION, *EXCEPTIONS]}},
        files=IMAGE,
    ),
    "certified": Base(
        changes={"promotion": {"certification": "required", "certified": [HERE]}},
        files={"said.json": json.dumps({"try": {statement.TEST_RESULT: RAN_ON}})},
    ),
    "uncertified": Base(changes={"promotion": {"certified": [HERE]}}),
    "unsaid": Base(
        changes={
            **_LESS,
            "attestation": {"identity_claims": ["artifact_digest"]},
            "attestation_artifact": {"identity_claims": ["artifact_digest"]},
            "approval": {"source_revision_source": "run_commit"},
        },
        files={"said.json": json.dumps({"bake": {statement.PROVENANCE: UNSAID}})},
    ),
    "bare": Base(
        changes={
            **_LESS,
            "promotion": {"attestation_policies": []},
            "approval": {
                "source_revision_source": "run_commit",
                "digest_source": "evidence_bundle",
                "provenance": "not_asked",
                "attestation_policies": [],
                "attestation_artifact_policies": [],
            },
        },
        files={
            "said.json": json.dumps({"bake": {statement.PROVENANCE: None, statement.SBOM: None}})
        },
    ),
    "untried": Base(
        changes={
            "ladder": _stages(**{"try": {"emits": []}, "sample": {"emits": []}}),
            "approval": {
                "canary_rules": [],
                "execution": {
                    "test": "not_asked",
                    "canary": "not_asked",
                    "production": "not_production",
                },
            },
        },
        files={
            "said.json": json.dumps(
                {"try": {statement.TEST_RESULT: None}, "sample": {statement.CANARY: None}}
            )
        },
    ),
    "unblessed": Base(
        changes={
            "ladder": _stages(
                nod={"approval": False, "emits": [], "steps": [{"task": "bakery.nod"}]}
            ),
            "approval_authority": {"evidence": ["approval_mode"]},
            "rollback": {"fields": _but(ROLLBACK, "operator_confirmation")},
        }
    ),
    "posted": Base(
        changes={
            "ladder": _stages(
                nod={"records": {k: v for k, v in RECORDS.items() if k != "linkage"}}
            ),
            "linkage": {
                "phases": ["post-deploy"],
                "families": {"post-deploy": policies.linkage()["families"]["post-deploy"]},
            },
            "adoption": {
                "families": policies.adoption()["families"] | {"pre-deploy": policies.LINKED}
            },
        }
    ),
    "loose": Base(changes={"linkage": {"shared_identity_fields": _but(SHARED, SHARED[0])}}),
    "unlocked": Base(
        changes={"smoke_verification": {"checks": ["sip"], "operator_session": False}}
    ),
    "by_workflow": Base(
        changes={
            "approval_authority": {
                "kinds": ["local_manual", "approved_workflow"],
                "human_approval": False,
            }
        },
        environment=_workflow("push"),
    ),
    "dispatched": Base(
        changes={"approval_authority": {"kinds": ["local_manual", "workflow_dispatch"]}},
        environment=_workflow("workflow_dispatch"),
    ),
    "checked": Base(
        changes={"verification": {"advisories": ADVISORIES}},
        files={"light.py": REAL, "osv.json": json.dumps(SNAPSHOT)},
    ),
    "production": Base(changes=CHANGES),
    "served": Base(changes={"target": SERVED}, second=True),
}
