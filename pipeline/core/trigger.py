"""Who or what set a promotion going, as its platform's variables say.

The claim is worth what the signature is worth: origin is derived when evidence is verified.
Source of the names: GitHub's default environment variables of a workflow run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.policies.approval_authority import AuthorityKind

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = (
    "GITHUB_ACTIONS",
    "GITHUB_ACTOR",
    "GITHUB_EVENT_NAME",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_RUN_ID",
)
"""What is read; nothing else of the environment is."""
BY_HAND = "workflow_dispatch"
"""The event of a run that a person started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The kind of authority that set a promotion going, and the reference that names it."""

    kind: AuthorityKind
    reference: str

    def to_dict(self) -> dict[str, str]:
        """Return the JSON form, as a step is told of it."""
        return {"kind": self.kind.value, "reference": self.reference}


def trigger_of(environment: Mapping[str, str]) -> Trigger:
    """Return the actor where a person started a workflow, else the workflow and its run, else here.

    A platform that says half of it is taken for none: somebody called this on a machine.
    """
    said = {name: environment.get(name, "") for name in VARIABLES}
    run = f"workflow:{said['GITHUB_WORKFLOW_REF']}#{said['GITHUB_RUN_ID']}"
    in_workflow = (
        said["GITHUB_ACTIONS"] == "true" and said["GITHUB_WORKFLOW_REF"] and said["GITHUB_RUN_ID"]
    )
    if in_workflow and said["GITHUB_ACTOR"] and said["GITHUB_EVENT_NAME"] == BY_HAND:
        return Trigger(
            kind=AuthorityKind.WORKFLOW_DISPATCH,
            reference=f"github_actor:{said['GITHUB_ACTOR']} {run}",
        )
    if in_workflow:
        return Trigger(kind=AuthorityKind.APPROVED_WORKFLOW, reference=run)
    kind = AuthorityKind.LOCAL_MANUAL
    return Trigger(kind=kind, reference=f"trigger_source:{kind.value}")
