"""The process that is measured: `python -m tests.bench.climber climb|verify ROOT…`.

Does it once for each project, in this one process, and prints the seconds of each as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline.flows.promote import Ask, promote
from pipeline.flows.verify import verify
from pipeline.operations.workspace import Workspace
from tests.bench.measure import timed
from tests.climbing.project import LightRunner, Quiet


def climb(root: Path) -> None:
    """Climb a fresh project to its top."""
    workspace = Workspace.open(root)
    stages = workspace.ladder().stages
    done = promote(workspace, Ask(stage=stages[-1].id), LightRunner(root), Quiet())
    if len(done.did) != len(stages):
        msg = f"only {done.did} of {len(stages)} stages were climbed"
        raise RuntimeError(msg)


def check(root: Path) -> None:
    """Verify everything recorded of a finished project's release."""
    told = verify(Workspace.open(root), ladder=None, release=None)
    if told["verdict"] != "intact":
        raise RuntimeError(told)


BODIES = {"climb": climb, "verify": check}


def main() -> None:
    """Do what the first word says to every folder named after it."""
    body = BODIES[sys.argv[1]]
    seconds = [timed(lambda root=root: body(Path(root))) for root in sys.argv[2:]]  # type: ignore[misc]
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
