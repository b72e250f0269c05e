"""The tea project with steps that take a millisecond, and what is compared of how it ended."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pipeline.core.equality import substance
from pipeline.flows.promote import Ask, Climbed, promote
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import ENVELOPE

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
  - id: boil
    alias: heat
    phase: pre-deploy
    steps: [{{task: tea.boil}}]
    envelope: {ENVELOPE}
  - id: pour
    phase: post-deploy
    steps: [{{task: tea.pour}}]
    envelope: {ENVELOPE}
    effect: live
"""

STEPS = """\
set -e
read -r step < step.json || :
case $step in
*'"task":"tea.fill"'*) {fill} ;;
*'"task":"tea.boil"'*) {boil} ;;
*'"task":"tea.pour"'*) echo pour >> "$TALLY" ;;
esac
"""
FILL = f"""\
    echo fill >> "$TALLY"
    echo '1 litre of water' > out/kettle.txt
    echo '{{"artifacts": ["kettle.txt"], "statements": [{{"type": "{LEAF}",' \\
        '"subject": ["kettle.txt"], "predicate": {{"leaf": "green"}}}}]}}' > result.json"""
BOIL = """\
    echo boil >> "$TALLY"
    read -r text < inputs/artifacts/kettle.txt
    echo "$text" > out/seen.txt
    echo boiling"""
TASK_OF = {"water": "fill", "boil": "boil", "pour": "pour"}


class ShellRunner:
    """Runs the project's `light.sh`: a step in a millisecond, each of which leaves a tally mark."""

    def __init__(self, root: Path, tally: Path) -> None:
        self.root = root
        self.tally = tally

    def command(self) -> list[str]:
        return ["/bin/sh", str(self.root / "light.sh")]

    def environment(self) -> dict[str, str]:
        return {"TALLY": str(self.tally), "ROOT": str(self.root)}


def make(folder: Path, *, fill: str = FILL, boil: str = BOIL, **first: str) -> Path:
    """Make the project; `first` are further members of its first stage.

    Nothing but the pipeline itself keeps its folders out of git.
    """
    members = "".join(f"    {name}: {value}\n" for name, value in first.items())
    ladder = LADDER.replace("    phase: pre-deploy\n", f"    phase: pre-deploy\n{members}", 1)
    steps = STEPS.replace("{fill}", fill).replace("{boil}", boil)
    files = {"light.sh": steps, ".gitignore": "__pycache__/\n"}
    root = project.make(folder, files=files, ladders__kettle=ladder)
    shutil.rmtree(root / ".git" / "hooks")
    return root


def climb(root: Path, tally: Path, *, stage: str = "pour", release: str | None = None) -> Climbed:
    """Climb, to the top if nothing else is said."""
    ask = Ask(stage=stage, release=release)
    return promote(Workspace.open(root), ask, ShellRunner(root, tally), project.Quiet())


def runs(tally: Path) -> dict[str, int]:
    """Return how often each step ran."""
    marks = tally.read_text().split() if tally.exists() else []
    return {stage: marks.count(task) for stage, task in TASK_OF.items()}


def files(root: Path) -> dict[str, str]:
    """Return path → digest of every file; lease counters and private folders are no state."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif name.startswith(".release-ladder/work/") or re.search("leases/[^.]", name):
            continue
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.is_dir():
            found[name] = "folder"
    return found


def reason(root: Path) -> str:
    """Return the reason that the journal's last entry gives."""
    place = next((root / "artifacts/store/journals").glob("*.jsonl"))
    line = [line for line in place.read_bytes().splitlines() if line][-1]
    return str(json.loads(line)["outputs"]["reason"])


def journal(root: Path) -> list[tuple[str, str]]:
    """Return (step id, status) of every complete line of the one journal."""
    lines: list[bytes] = []
    for path in (root / "artifacts/store/journals").glob("*.jsonl"):
        lines += path.read_bytes().split(b"\n")[:-1]
    lines = [line for line in lines if line]
    entries = [json.loads(line) for line in lines]
    return [(entry["step_id"], entry["status"]) for entry in entries]


def ended(root: Path) -> dict[str, Any]:
    """Return everything of an ended climb that the rule of equality compares."""
    names = sorted(_known(name) for name in files(root) if not name.startswith(".git/"))
    views = sorted((root / "artifacts/release-evidence").glob("*/*/[!.]*"))
    for view in views:
        checked = ["sha256sum", "--check", "--quiet", "--strict", "HASH_MANIFEST.txt"]
        subprocess.run(checked, cwd=view, check=True, capture_output=True)
    told: dict[str, object] = {}
    for view in views:
        for path in sorted(view.rglob("*")):
            name = path.relative_to(view.parent).as_posix()
            if path.name.endswith(".sigstore.json"):
                told[name] = _told(path)
            elif "/artifacts/" in name:
                told[name] = path.read_bytes()
    return {"names": names, "journal": journal(root), "told": told}


def _told(path: Path) -> dict[str, Any]:
    bundle = json.loads(path.read_bytes())
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    kind = statement["predicateType"]
    subjects = [
        item
        for item in statement["subject"]
        if item["name"] not in {"run.json", "HASH_MANIFEST.txt"}
    ]
    return {
        "type": kind,
        "subjects": subjects,
        "predicate": substance(kind, statement["predicate"]),
    }


def _known(name: str) -> str:
    """Return a path without what differs between equal runs: keys, hashes of entries, objects."""
    name = re.sub(r"(keys|objects)/[0-9a-f]{64}", r"\1/DIGEST", name)
    return re.sub(r"(outcomes%2F[0-9a-f]{16}%2F|-deploy-)[0-9a-f]{64}$", r"\1DIGEST", name)
