"""The tea project with everything a release can have on record, and its climb.

Statements of own and foreign types, artifacts of several stages, a failed attempt with its counted
retry, a named approval, both phases. The steps are light; only the approval's is the shipped one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.statement import APPROVAL, CHECK_REPORT, SMOKE
from pipeline.flows.approve import Approved, approve
from pipeline.flows.promote import Ask, Climbed, promote
from pipeline.operations.step_io import STEP_VARIABLE
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import project
from tests.edges.projects import ENVELOPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOME = Path(__file__).resolve().parents[2]
LEAF = "https://tea.example/leaf/v1"
LADDER = f"""\
ladder: kettle
target: pot
gate: kitchen
channel: home
stages:
  - id: water
    phase: pre-deploy
    steps: [{{task: tea.fill, with: {{litres: 1}}}}]
    envelope: {ENVELOPE}
    emits: ["{LEAF}"]
    retries: 1
  - id: boil
    alias: heat
    phase: pre-deploy
    steps: [{{task: tea.boil}}]
    envelope: {ENVELOPE}
    emits: ["{CHECK_REPORT}"]
  - id: nod
    phase: pre-deploy
    steps: [{{task: approval.record}}]
    envelope: {ENVELOPE}
    emits: ["{APPROVAL}"]
    approval: true
  - id: pour
    phase: post-deploy
    steps: [{{task: tea.pour}}]
    envelope: {ENVELOPE}
    effect: live
  - id: taste
    phase: post-deploy
    steps: [{{task: tea.taste}}]
    envelope: {ENVELOPE}
    emits: ["{SMOKE}"]
"""
AUTHORITY = policies.family("approval_authority", policies.authority(**policies.NAMED))
CHECKED = policies.family("verification", policies.verification())
MANUAL = policies.family("approval_authority", policies.authority())
ROOTED = policies.family("promotion", policies.promotion(**policies.STRICT))
LIGHT = f'''\
"""What the tea project's steps do."""

import json
import os
import pathlib

step = json.loads(pathlib.Path(os.environ["{STEP_VARIABLE}"]).read_text())
out = pathlib.Path("out")


def leave(**result):
    pathlib.Path("result.json").write_text(json.dumps(result))


if step["task"] == "tea.fill":
    (out / "kettle.txt").write_text("1 litre of water\\n")
    (out / "lid.txt").write_text("a lid\\n")
    leaf = {{"type": "{LEAF}", "subject": ["kettle.txt"], "predicate": {{"leaf": "green"}}}}
    spilt = step["attempt"] == 1 and not (pathlib.Path(step["repository"]) / "steady").exists()
    leave(
        artifacts=["kettle.txt", "lid.txt"],
        statements=[leaf],
        **({{"verdict": "fail", "reason": "spilt"}} if spilt else {{}}),
    )
elif step["task"] == "tea.boil":
    (out / "steam.txt").write_text("steam\\n")
    (out / "seen.txt").write_text("seen\\n")
    check = {{"id": "digests", "verdict": "passed", "reason": "100 degrees", "details": []}}
    report = {{"checks": [check], "advisory_sources": []}}
    about = ["kettle.txt", "steam.txt"]
    cold = (pathlib.Path(step["repository"]) / "cold").exists()
    leave(
        artifacts=["steam.txt"],
        statements=[{{"type": "{CHECK_REPORT}", "subject": about, "predicate": report}}],
        **({{"verdict": "fail", "reason": "cold"}} if cold else {{}}),
    )
elif step["task"] == "approval.record":
    from pipeline.flows.steps import approve
    from pipeline.operations.step_io import Step

    approve.record(Step.load())
elif step["task"] == "tea.taste":
    digest = "sha256:" + "0" * 64
    sip = {{"id": "sip", "round": 1, "verdict": "passed", "reason": "sweet", "status": 200}}
    told = {{"target": "pot", "artifact": digest, "installed": digest, "bake_seconds": 0}}
    told |= {{"rounds": 1, "checks": [sip]}}
    leave(statements=[{{"type": "{SMOKE}", "subject": ["kettle.txt"], "predicate": told}}])
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


def make(folder: Path, *, files: Mapping[str, str] | None = None, **config: str) -> Path:
    """Make the project; `config` replaces files of its config/."""
    given = {
        "ladders__kettle": LADDER,
        "policies__approval_authority": AUTHORITY,
        "policies__verification": CHECKED,
        **config,
    }
    root = project.make(folder, files={"light.py": LIGHT, **(files or {})}, **given)
    project.git(root, "config", "user.name", "Ada")
    project.git(root, "config", "user.email", "ada@example.invalid")
    return root


def climb(
    root: Path,
    stage: str | None = "taste",
    ladder: str | None = None,
    version: str | None = None,
) -> Climbed:
    """Climb, in this process."""
    ask = Ask(stage=stage, ladder=ladder, release=version)
    return promote(Workspace.open(root), ask, Runner(root), project.Quiet())


def nod(root: Path, ladder: str | None = None) -> Approved:
    """Sign an approval of what has been climbed so far."""
    return approve(
        Workspace.open(root),
        stage="nod",
        ladder=ladder,
        release=None,
        reason="it smells right",
        dry_run=False,
    )


def finished(folder: Path, **config: str) -> Path:
    """Make the project and climb to its top, with a named approval on the way."""
    root = make(folder, files=None, **config)
    climb(root, "boil")
    nod(root)
    climb(root)
    climb(root)  # sweeps what the one before has left
    return root


def commit(root: Path, path: str, text: str) -> None:
    """Change a file of the project and commit it, as drift of configuration comes."""
    (root / path).write_text(text, "utf-8")
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=Another way")


def phases(root: Path) -> dict[str, Path]:
    """Return phase → folder of the one run."""
    (run,) = (root / "artifacts" / "release-evidence" / "home").iterdir()
    return {folder.name: folder for folder in run.iterdir()}


def store(root: Path) -> Path:
    """Return the store's folder."""
    return root / "artifacts" / "store"


def key_of(root: Path) -> Path:
    """Return the public half of the project's local key."""
    return root / ".release-ladder" / "keys" / "ecdsa-p256.pub.pem"


def trust_of(
    *listed: tuple[str, str, Mapping[str, str]], roles: Sequence[str] = (), custody: str = "local"
) -> str:
    """Return config/trust.yaml with principals: name, PEM, and what else a key's entry says."""
    lines = ["principals:"]
    for name, pem, more in listed:
        entry = {
            "algorithm": "ecdsa-p256",
            "custody": custody,
            "valid_from": '"2020-01-01T00:00:00Z"',
            "valid_until": '"2099-01-01T00:00:00Z"',
            "revoked": "false",
            **more,
        }
        lines += [f"  - name: {name}", "    kind: person", "    keys:", "      - pem: |"]
        lines += [f"          {line}" for line in pem.splitlines()]
        lines += [f"        {field}: {value}" for field, value in entry.items()]
    names = ", ".join(name for name, _, _ in listed)
    lines.append("roles:" if roles else "roles: {}")
    lines += [f"  {role}: [{names}]" for role in roles]
    return "\n".join(lines) + "\n"
