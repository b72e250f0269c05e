"""An old decision made again: reproduced byte for byte, or which of its inputs have changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pipeline.core import replay as core
from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges.hashing import open_regular
from pipeline.errors import LadderError, UntrustedError
from pipeline.operations.as_of import shown_then, then_of
from pipeline.operations.deciding import UNNAMED, deciding
from pipeline.operations.history import find
from pipeline.operations.identify import read_context
from pipeline.operations.posturing import the_run, unbegun

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.replay import Old
    from pipeline.operations.history import Run
    from pipeline.operations.workspace import Workspace

LARGEST = 16 * 1024 * 1024
"""Bytes that a decision's file may have."""


def replay(workspace: Workspace, file: Path) -> dict[str, Any]:
    """Decide again as of then, with today's configuration and code, and compare.

    What is no decision of a run of this project is `UntrustedError` (11).
    """
    try:
        old = core.read(_bytes(file))
        return _again(workspace, old)
    except MalformedError as error:
        raise _none(str(error), file) from error
    except _NoRunError as error:
        raise _none("it is about no run of this project's store", file) from error


class _NoRunError(Exception):
    """No run of the store is the decision's."""


def _again(workspace: Workspace, old: Old) -> dict[str, Any]:
    run = _run(workspace, old)
    then = then_of(run, old)
    told = {
        "release": run.context.version,
        "ladder": run.context.ladder,
        "stage": old.said["stage"],
        "decision": str(old.digest),
        "now": old.said["now"],
        "began": then.begin.step_id if then.begin else None,
    }
    ladder = workspace.configuration.ladders.get(run.context.ladder)
    stages = {stage.id: stage for stage in ladder.stages} if ladder else {}
    if ladder is None or old.said["stage"] not in stages:
        now = str(ladder.digest) if ladder else None
        gone = {"name": "ladder", "then": old.inputs.get("ladder", core.NOT_RECORDED), "now": now}
        verdicts = {"then": old.said["verdict"], "now": None}
        return told | {
            "reproduced": False,
            "changed": [gone],
            "gates_differ": False,
            "verdict": verdicts,
            "differences": [],
        }
    stage = stages[old.said["stage"]]
    found = deciding(
        workspace,
        then.run,
        ladder,
        None if old.inputs.get("whole") is True else stage,
        asked=len(ladder.stages) if old.inputs.get("named", True) else UNNAMED,
        then=shown_then(workspace, run, then, ladder, stage, old),
    )
    return told | core.compared(old, found.decision)


def _run(workspace: Workspace, old: Old) -> Run:
    """Return the run that a decision is about; one that was never begun, if `why` said which."""
    name = f"runs/{Digest.parse(old.said['run']).hex[:16]}"
    data = workspace.store.read(name)
    if data is not None:
        found = find(workspace, read_context(data, name).identity)
    elif old.ladder is not None and old.ladder in workspace.configuration.ladders:
        try:
            found = the_run(workspace, workspace.ladder(old.ladder), old.release)
        except LadderError as error:
            raise _NoRunError from error
    else:
        found = None
    if found is None or found.context.run_id != old.said["run"]:
        raise _NoRunError
    ladder = workspace.configuration.ladders.get(found.context.ladder)
    before = unbegun(ladder, found.context.identity) if ladder else found
    return before if old.inputs.get("context") == str(before.context.digest) else found


def _bytes(file: Path) -> bytes:
    try:
        with os.fdopen(open_regular(file), "rb") as handle:
            data = handle.read(LARGEST + 1)
    except OSError as error:
        raise _none(f"it cannot be read: {error.strerror}", file) from error
    except UntrustedError as error:
        raise _none(f"it is no plain file ({error.what})", file) from error
    if len(data) > LARGEST:
        raise _none(f"it has more than {LARGEST} bytes", file)
    return data


def _none(why: str, file: Path) -> UntrustedError:
    return UntrustedError(
        f"this is no decision of this project: {why}",
        where=str(file),
        todo="name a STAGE/decision.json of an evidence folder, or what `why --json` has said",
    )
