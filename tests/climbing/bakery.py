"""The bakery: a project whose release has every kind of evidence and record that there is.

Seven stages of its own names: bread is baked with provenance and a bill of materials, looked at,
tried, sampled by regulars beside objectives, nodded at, served and tasted. The steps are light;
only the approval's is the shipped one. Nothing outside is touched: the target's driver is `none`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.flows.promote import Ask, Climbed, promote
from pipeline.operations.step_io import STEP_VARIABLE
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import project

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME = Path(__file__).resolve().parents[2]
TOP = "taste"


ENVELOPE = {
    "allow_ops": ["read", "write", "run"],
    "allow_paths": ["out/**"],
    "deny_paths": [],
    "network": "none",
    "max_budget_usd": "0",
}


def _stage(name: str, phase: str, *emits: str, task: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": name,
        "phase": phase,
        "steps": [{"task": task or f"bakery.{name}"}],
        "envelope": ENVELOPE,
        "emits": list(emits),
    } | more


RECORDS = {
    "tracking": "release_tracking_policy.pot.identity",
    "attestation": "release_attestation_artifact.pot.lineage",
    "approval_authority": "approval_authority.pot",
    "promotion": "promotion_policy.pot",
    "rollback_target": "release_rollback_policy.pot.documented",
    "linkage": "release_evidence_linkage.pot.phases",
}
STAGES = [
    _stage("bake", "pre-deploy", statement.PROVENANCE, statement.SBOM),
    _stage("look", "pre-deploy", statement.CHECK_REPORT),
    _stage("try", "pre-deploy", statement.TEST_RESULT),
    _stage("sample", "pre-deploy", statement.CANARY, effect="canary"),
    _stage(
        "nod",
        "pre-deploy",
        statement.APPROVAL,
        task="approval.record",
        approval=True,
        records=RECORDS | {"canary": "canary_policy.pot.counter"},
    ),
    _stage("serve", "post-deploy", statement.DEPLOYMENT, effect="live"),
    _stage(
        "taste",
        "post-deploy",
        statement.SMOKE,
        statement.TEST_RESULT,
        records=RECORDS | {"smoke_verification": "release_smoke_verification.pot.counter"},
    ),
]
LADDER: dict[str, Any] = {
    "ladder": "kettle",
    "target": "pot",
    "gate": "kitchen",
    "channel": "home",
    "stages": STAGES,
}
TARGET: dict[str, Any] = {
    "target": "pot",
    "driver": "none",
    "smoke": [
        {"id": "sip", "path": "/bread", "session": "unlock", "expect": {}},
        {"id": "till", "path": "/till", "session": "required", "expect": {}},
    ],
}
APPROVAL: dict[str, Any] = {
    "source_revision_source": "provenance_commit",
    "digest_source": "provenance_subjects",
    "provenance": "signed_per_run",
    "tracking_policies": ["release_tracking_policy.pot.identity"],
    "authority_policies": ["approval_authority.pot"],
    "promotion_policies": ["promotion_policy.pot"],
    "rollback_policies": ["release_rollback_policy.pot.documented"],
    "smoke_policies": ["release_smoke_verification.pot.counter"],
    "attestation_policies": ["attestation_policy.pot.lineage"],
    "attestation_artifact_policies": ["release_attestation_artifact.pot.lineage"],
    "canary_rules": ["canary_rule.pot.counter"],
    "execution": {"test": "required", "canary": "required", "production": "not_production"},
    "rollback_references": ["runbook.md"],
}
STAGE_IDS = [stage["id"] for stage in STAGES]


def config(**changes: Any) -> dict[str, str]:  # noqa: ANN401 - fields of one policy each
    """Return the bakery's configuration; `tracking={...}` changes fields of that policy."""
    made = {
        "promotion": policies.promotion(
            required_stages=STAGE_IDS, attestation_policies=["attestation_policy.pot.lineage"]
        ),
        "verification": policies.verification(),
        "canary": policies.canary(),
        "approval_authority": policies.authority(),
        "attestation": policies.attestation(),
        "attestation_artifact": policies.attestation_artifact(),
        "tracking": policies.tracking(),
        "linkage": policies.linkage(),
        "adoption": policies.adoption(),
        "rollback": policies.rollback(),
        "smoke_verification": policies.smoke_verification(),
    }
    files = {
        f"policies__{name}": policies.family(name, made[name] | changes.get(name, {}))
        for name in made
    }
    files["approvals__pot"] = policies.approval_file(**(APPROVAL | changes.get("approval", {})))
    files["ladders__kettle"] = json.dumps(LADDER | changes.get("ladder", {}))
    files["targets__pot"] = json.dumps(TARGET | changes.get("target", {}))
    return files


LIGHT = f'''\
"""What the bakery's steps do."""

import hashlib
import json
import os
import pathlib
import sys

step = json.loads(pathlib.Path(os.environ["{STEP_VARIABLE}"]).read_text())
out = pathlib.Path("out")
repository = pathlib.Path(step["repository"])
changes = repository / "said.json"
said = json.loads(changes.read_text()) if changes.exists() else {{}}


def leave(**result):
    told = [item for item in result.pop("statements", ()) if item["predicate"] is not None]
    pathlib.Path("result.json").write_text(json.dumps(result | {{"statements": told}}))


def claim(kind, predicate, *about):
    """Say what `said.json` has for the stage and the type instead; null leaves it out."""
    told = said.get(step["stage"], {{}}).get(kind, predicate)
    return {{"type": kind, "subject": list(about or ("bread.whl",)), "predicate": told}}


def digest_of(name):
    data = pathlib.Path(step["inputs"]["artifacts"][name]).read_bytes()
    return "sha256:" + hashlib.sha256(data).hexdigest()


COMMIT = step["context"]["baseline_commit"]
HASH = "sha256:" + "0" * 64
if step["stage"] == "bake":
    (out / "bread.whl").write_text("a loaf of commit " + COMMIT + "\\n")
    lock = {{"name": "recipe.lock", "digest": {{"sha256": "1" * 64}}}}
    source = {{"name": "source", "digest": {{"gitCommit": COMMIT}}}}
    made = {{
        "buildDefinition": {{
            "buildType": "https://tea.example/bake/v1",
            "externalParameters": {{}},
            "resolvedDependencies": [source, lock],
        }},
        "runDetails": {{
            "builder": {{"id": "https://tea.example/oven"}},
            "metadata": {{"finishedOn": "2026-01-01T00:00:00Z"}},
        }},
    }}
    bill = {{"bomFormat": "CycloneDX", "components": []}}
    leave(
        artifacts=["bread.whl"],
        statements=[claim("{statement.PROVENANCE}", made), claim("{statement.SBOM}", bill)],
    )
elif step["stage"] == "look":
    check = {{"id": "digests", "verdict": "passed", "reason": "crisp", "details": []}}
    report = {{"checks": [check], "advisory_sources": []}}
    leave(statements=[claim("{statement.CHECK_REPORT}", report)])
elif step["stage"] == "try":
    result = {{"result": "PASSED", "configuration": [], "passedTests": ["crust"]}}
    result |= {{"warnedTests": [], "failedTests": []}}
    leave(statements=[claim("{statement.TEST_RESULT}", result)])
elif step["stage"] == "sample":
    (out / "samples.jsonl").write_text("")
    judged = {{
        "rule": step["policies"]["canary"]["rule"],
        "baseline": {{"kind": "declared_objectives", "version": None, "digest": None}},
        "canary": digest_of("bread.whl"),
        "samples": "sha256:" + hashlib.sha256(b"").hexdigest(),
        "requests_per_arm": 20,
        "verdict": "PASS",
        "reasons": [],
        "metrics": [],
    }}
    leave(statements=[claim("{statement.CANARY}", judged)])
elif step["task"] == "approval.record":
    from pipeline.errors import LadderError
    from pipeline.flows.steps import approve
    from pipeline.operations.step_io import Step

    try:
        approve.record(Step.load())
    except LadderError as error:
        print(error.what)
        sys.exit(error.exit_code)
elif step["stage"] == "serve":
    state = {{"empty": True, "artifact": None, "version": None, "installed": None}}
    live = {{"empty": False, "artifact": digest_of("bread.whl"), "version": "1.0"}}
    served = {{
        "target": "pot",
        "driver": "none",
        "artifact": {{"name": "bread.whl", "digest": digest_of("bread.whl")}},
        "version": step["context"]["version"],
        "state_before": state,
        "state_after": live | {{"installed": HASH}},
        "rollback_target": state,
        "measured": HASH,
        "environment": HASH,
        "health": "warm",
        "key": step["key"],
        "token": step["token"],
    }}
    leave(statements=[claim("{statement.DEPLOYMENT}", served)])
elif step["stage"] == "taste":
    checks = [
        {{"id": name, "round": 1, "verdict": "passed", "reason": "fine", "status": 200}}
        for name in ("sip", "till")
    ]
    tasted = {{"target": "pot", "artifact": digest_of("bread.whl"), "installed": HASH}}
    tasted |= {{"bake_seconds": 0, "rounds": 1, "checks": checks}}
    found = {{"result": "PASSED", "configuration": [], "passedTests": ["sip", "till"]}}
    found |= {{"warnedTests": [], "failedTests": []}}
    leave(
        statements=[
            claim("{statement.SMOKE}", tasted),
            claim("{statement.TEST_RESULT}", found),
        ]
    )
print(step["task"])
'''


class Runner:
    """Runs `light.py` with this Python; the approval's step imports the pipeline."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self) -> list[str]:
        return [sys.executable, str(self.root / "light.py")]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(HOME), "PYTHONDONTWRITEBYTECODE": "1"}


def make(folder: Path, *, files: Mapping[str, str] | None = None, **changes: Any) -> Path:  # noqa: ANN401
    """Make the bakery; `changes` are fields of its policies (see `config`)."""
    given = {"light.py": LIGHT, "runbook.md": "Take the bread back.\n", **(files or {})}
    return project.make(folder, files=given, **config(**changes))


def climb(root: Path, stage: str = TOP) -> Climbed:
    """Climb, in this process."""
    return promote(Workspace.open(root), Ask(stage=stage), Runner(root), project.Quiet())


def write(root: Path, **changes: Any) -> None:  # noqa: ANN401 - fields of policies
    """Write the bakery's configuration with changes."""
    for name, text in config(**changes).items():
        (root / "config" / f"{name.replace('__', '/')}.yaml").write_text(text, "utf-8")


def reconfigure(root: Path, **changes: Any) -> None:  # noqa: ANN401 - fields of policies
    """Change the bakery's policies as a commit of its own, as a later fix or a break comes."""
    write(root, **changes)
    project.git(root, "commit", "--quiet", "--all", "--allow-empty", "--message=Other policies")
