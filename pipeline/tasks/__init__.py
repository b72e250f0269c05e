"""The Invoke collections: each task parses, calls one flow, renders, exits.

Another project's `tasks.py` needs one line, `from pipeline.tasks import ns`, and adds tasks of its
own with `ns.add_task` or `ns.add_collection`.
"""

from __future__ import annotations

from invoke.collection import Collection

from pipeline.tasks import (
    adopt,
    approve,
    check,
    doctor,
    hold,
    journal,
    posture,
    promote,
    reproduce,
    smoke,
    steps_approve,
    steps_build,
    steps_canary,
    steps_candidate,
    steps_deploy,
    steps_postdeploy,
    steps_sign,
    steps_verify,
    target,
    trust,
    verify,
)

__all__ = ["ns"]

EVERYDAY = (promote, approve, hold, verify, adopt, reproduce, check, doctor, posture, smoke)
"""Their tasks stand at the top level."""
NAMED = (target, journal, trust)
STEPS = (
    steps_build,
    steps_verify,
    steps_sign,
    steps_candidate,
    steps_canary,
    steps_approve,
    steps_deploy,
    steps_postdeploy,
)
"""The shipped steps of ladders, each in a collection of its own."""

ns = Collection()
for _module in EVERYDAY:
    for _task in _module.TASKS:
        ns.add_task(_task)
for _named in (*NAMED, *STEPS):
    ns.add_collection(_named.ns)
