"""The shop: a second ladder of the bakery's project, which takes over what the first one baked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.flows.promote import Ask, promote
from pipeline.operations.workspace import Workspace
from tests import policies
from tests.climbing import bakery, project

if TYPE_CHECKING:
    from pathlib import Path

SHOP: dict[str, Any] = {
    "ladder": "shop",
    "target": "counter",
    "gate": "street",
    "channel": "town",
    "stages": [
        bakery.STAGES[1]
        | {
            "id": "fetch",
            "steps": [{"task": "bakery.fetch"}],
            "emits": [],
            "imports": {"ladder": "kettle", "stage": "look"},
        },
        bakery.STAGES[1] | {"id": "weigh", "steps": [{"task": "bakery.weigh"}], "emits": []},
        bakery.STAGES[1]
        | {
            "id": "hand",
            "phase": "post-deploy",
            "steps": [{"task": "bakery.hand"}],
            "emits": [],
        },
    ],
}


def climbed(folder: Path, *, baked: str = "look") -> Path:
    """Return a project in which the bakery climbed so far, and the shop after it to its top."""
    files = {
        "ladders__shop": json.dumps(SHOP),
        "targets__counter": json.dumps({"target": "counter", "driver": "none"}),
        "approvals__counter": policies.approval_file(
            "counter", gate="street", artifact_set_source="imported_run"
        ),
    }
    given = bakery.config()
    for name, made in (
        ("promotion", policies.promotion("counter", required_stages=["fetch"])),
        ("verification", policies.verification("counter")),
    ):
        own = json.loads(given[f"policies__{name}"])
        own["policies"].append(made)
        given[f"policies__{name}"] = json.dumps(own)
    root = project.make(
        folder,
        files={"light.py": bakery.LIGHT, "runbook.md": "x\n"},
        **{**given, **files},
    )
    bakery.climb(root, baked)
    promote(
        Workspace.open(root),
        Ask(ladder="shop", stage="hand"),
        bakery.Runner(root),
        project.Quiet(),
    )
    return root
