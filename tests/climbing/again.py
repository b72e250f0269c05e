"""The tea project with stages to be looked at again, each in its own way, by light steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.core.canary.record import record
from pipeline.core.canary.samples import BOUNDS, Arm, Sample, write
from pipeline.core.canonical import Digest
from pipeline.core.policies.canary import CanaryRule
from pipeline.core.predicates.canary import Baseline
from pipeline.core.statement import CANARY
from pipeline.flows.reproduce import Ask, Report, reproduce
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import ENVELOPE, FILES

if TYPE_CHECKING:
    from pathlib import Path

TASTING = f"""\
  - id: taste
    phase: post-deploy
    steps: [{{task: tea.taste}}]
    envelope: {ENVELOPE}
    reproduce: scratch
"""
SIPPING = f"""\
  - id: sip
    phase: pre-deploy
    steps: [{{task: tea.sip}}]
    envelope: {ENVELOPE}
    emits: [{CANARY}]
    reproduce: rejudge
"""
SCRATCH = FILES["ladders/kettle"] + "    reproduce: scratch\n" + TASTING
"""Pouring changes a target, tasting looks at it; both are looked at again on a scratch target."""
JUDGED = FILES["ladders/kettle"].replace("  - id: pour\n", SIPPING + "  - id: pour\n")
"""Sipping is judged; it is judged again."""

LIGHT = '''\
"""What the tea project's steps do when they may be run again."""

import json
import os
import pathlib
import sys

step = json.loads(pathlib.Path(os.environ["RELEASE_LADDER_STEP"]).read_text())
here = pathlib.Path(step["repository"])
state = pathlib.Path(step["scratch_target"] or step["state"])
cup = state / "targets" / "pot" / "cup"


def leave(**result):
    pathlib.Path("result.json").write_text(json.dumps(result))


if step["task"] == "tea.fill":
    litres = (here / "litres").read_text() if (here / "litres").exists() else "1"
    noise = os.urandom(8).hex() if (here / "noise").exists() else ""
    pathlib.Path("out/kettle.txt").write_text(f"{litres} litres of water {noise}\\n")
    leave(artifacts=["kettle.txt"])
elif step["task"] == "tea.boil":
    if (here / "cold").exists():
        sys.exit(3)
    text = pathlib.Path(step["inputs"]["artifacts"]["kettle.txt"]).read_text()
    pathlib.Path("out/seen.txt" if (here / "litres").exists() else "out/seen.md").write_text(text)
elif step["task"] == "tea.sip":
    pathlib.Path("out/samples.jsonl").write_bytes((here / "samples.jsonl").read_bytes())
    predicate = json.loads((here / "canary.json").read_text())
    statement = {"type": "CANARY", "subject": ["kettle.txt"], "predicate": predicate}
    leave(statements=[statement])
elif step["task"] == "tea.pour":
    cup.parent.mkdir(parents=True, exist_ok=True)
    cup.write_text(step["context"]["version"])
elif step["task"] == "tea.taste":
    if cup.read_text() != step["context"]["version"]:
        leave(verdict="fail", reason="this is no tea of ours")
print(step["task"], os.getpid())
'''.replace("CANARY", CANARY)


def made(
    folder: Path, ladder: str = FILES["ladders/kettle"], *, upto: str | None = None, **files: str
) -> Path:
    """Make the project and climb to its top, or up to a stage."""
    named = {name.replace("__", "."): text for name, text in files.items()}
    root = project.make(folder, files={"light.py": LIGHT, **named}, ladders__kettle=ladder)
    project.climb(root, stage=upto or Workspace.open(root).ladder().stages[-1].id)
    return root


def again(root: Path, stage: str, **asked: Path | str | None) -> Report:
    """Reproduce one stage with light steps, in this process."""
    ask = Ask(stage=stage, **asked)  # type: ignore[arg-type]
    return reproduce(Workspace.open(root), ask, project.LightRunner(root), project.Quiet())


def bundles(root: Path) -> Path:
    """Return the folder that holds the phases of the one run."""
    (found,) = (root / "artifacts" / "release-evidence" / "home").iterdir()
    return found


RULE = CanaryRule.from_json(
    {
        "id": "rule.sip",
        "ring": "loopback",
        "surfaces": ["/"],
        "requests": 10,
        "intervals": 2,
        "concurrency": 1,
        "objectives": {"error_rate": "0.1", "p95_ms": "100"},
        "margins": {"error_rate": "0.1", "p95_ratio": "2"},
        "min_samples": 20,
    }
)


def sips(bad: int) -> bytes:
    """Return samples of the rule, with so many failures in each interval."""
    samples: list[Sample] = []
    for interval in (1, 2):
        buckets = (*((bound, 10) for bound in BOUNDS), ("+Inf", 10))
        arm = Arm.CANARY
        samples += [
            Sample(interval=interval, arm=arm, metric="error_rate:/", n=10, bad=bad),
            Sample(interval=interval, arm=arm, metric="latency_ms", n=10, buckets=buckets),
        ]
    return write(tuple(samples))


def canary_of(samples: bytes) -> str:
    """Return the predicate that the judge makes of samples, as JSON."""
    baseline = Baseline(kind="declared_objectives", version=None, digest=None)
    predicate = record(RULE, samples, baseline=baseline, canary=Digest.of(b"kettle"))
    return json.dumps(predicate.to_dict())
