"""What is installed on a target, measured anew, against what does not lie on the target.

The target's own notes (what is live, what was installed) are no proof: whoever can change the
installation can change them too. So what is measured there has to agree with

1. the release's wheel, file by file, where its artifacts are at hand;
2. the signed deployment statements about this artifact on this target: `measured` and, but on a
   scratch target, `environment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.predicates.deployment import Deployment
from pipeline.core.statement import DEPLOYMENT
from pipeline.errors import UntrustedError
from pipeline.operations.evidence import climbed
from pipeline.operations.history import find
from pipeline.operations.identify import contexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.core.canonical import Digest
    from pipeline.edges.driver import Driver, Measured
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """A verified deployment statement, and the run that has it."""

    run: str
    deployment: Deployment


def measured(driver: Driver, wheel: Path, digest: Digest, target: str) -> Measured:
    """Measure what is live and compare it with a release's wheel (1).

    `UntrustedError` if something else is live, or anything of it differs.
    """
    live = driver.state()
    if live.artifact != str(digest):
        raise UntrustedError(
            f"{live.artifact or 'nothing'} is live, not the release's {digest}",
            where=f"target {target}",
            todo="see `invoke target.show`, and who deployed something else",
        )
    return driver.measure(wheel)


def about(
    deployments: Iterable[Deployment], target: str, artifact: str | None
) -> tuple[Deployment, ...]:
    """Return the deployments of an artifact to a target."""
    return tuple(d for d in deployments if (d.target, d.artifact.digest) == (target, artifact))


def check_vouched(
    found: Measured, deployments: Sequence[Deployment], target: str, *, scratch: bool = False
) -> None:
    """Compare what was measured with the deployments of it (2); one has to agree in everything.

    `UntrustedError` if none does; none at all is that too.
    """
    problem = "no signed deployment of it is there"
    for said in deployments:
        if said.measured != found.state.installed:
            problem = f"measured {found.state.installed}, but {said.measured} was deployed"
        elif not scratch and said.environment != found.environment:
            problem = f"its environment is {found.environment}, not the {said.environment} deployed"
        else:
            return
    raise UntrustedError(
        f"what is installed is not what was deployed: {problem}",
        where=f"target {target}",
        todo="find out who changed it, then deploy again: `invoke promote`",
    )


def vouched(workspace: Workspace, target: str, artifact: str | None) -> list[Vouched]:
    """Return the verified deployments of an artifact to a target that the store has.

    `UntrustedError` when the evidence of a release on this target does not verify.
    """
    found: list[Vouched] = []
    for context in contexts(workspace):
        if context.target != target or context.ladder not in workspace.configuration.ladders:
            continue
        run = find(workspace, context.identity)
        if run is None:
            continue
        evidence, _ = climbed(workspace, run, workspace.ladder(context.ladder))
        said = (
            Deployment.from_json(item.statement.predicate)
            for stage in evidence.stages
            for item in stage.of(DEPLOYMENT)
        )
        mine = about(said, target, artifact)
        found += [Vouched(run=context.run, deployment=item) for item in mine]
    return found


def check_live(workspace: Workspace, driver: Driver, target: str) -> tuple[Measured, str | None]:
    """Measure what is live and compare it with the store's deployments of it (2).

    Returns the run that vouches for it: `None` when the store has no deployment of it.
    `UntrustedError` when it was changed.
    """
    found = driver.measure()
    said = vouched(workspace, target, found.state.artifact)
    if found.state.empty or not said:
        return found, None
    check_vouched(found, [item.deployment for item in said], target)
    return found, said[-1].run


def told(run: str | None) -> str:
    """Say who vouches for what is installed."""
    if run is None:
        return "nothing vouches for what is installed: the store has no deployment of it"
    return f"installed as the signed deployment of run {run} says"
