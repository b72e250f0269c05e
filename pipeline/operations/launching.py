"""What a launch asks for besides evidence, looked at anew for every decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.ladder import Effect
from pipeline.core.launch import Launch, LaunchProof
from pipeline.core.preflight import Preflight, contract_digest
from pipeline.edges.drivers import PROVIDED
from pipeline.edges.service_environment import is_set
from pipeline.operations.signer_boundary import signer_standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.config import TargetConfig
    from pipeline.core.ladder import Ladder, Stage
    from pipeline.core.signer import SignerProof
    from pipeline.operations.workspace import Workspace


def launching(
    workspace: Workspace, ladder: Ladder, stage: Stage, proof: SignerProof | None
) -> Launch:
    """Return the facts about a launch; `proof` is of the signer in use, if one was started."""
    target = workspace.configuration.targets[ladder.target]
    return Launch(
        preflight=None if stage.effect is Effect.NONE else preflight(target),
        signer=signer_standing(workspace, stage, proof),
        proofs=tuple(launch_proofs(workspace, ladder.target)),
    )


def launch_proofs(workspace: Workspace, target: str) -> Iterator[LaunchProof]:
    """Yield the proofs that a target's release approval lists, as the registry defines them."""
    configuration = workspace.configuration
    approval = configuration.policies.for_target(target).approval
    defined = {entry.id: entry for entry in configuration.registry.proofs(target)}
    for name in approval.launch_proofs if approval is not None else ():
        entry = defined.get(name)
        test = entry.proof.test if entry is not None and entry.proof is not None else None
        yield LaunchProof(id=name, test=test)


def preflight(target: TargetConfig) -> Preflight:
    """Look at a target's environment contract: at names, never at values."""
    provided = PROVIDED[target.driver]
    names = (variable.name for variable in target.environment)
    return Preflight(
        contract=str(contract_digest(target.environment)),
        provided=provided,
        present=tuple(name for name in names if name not in provided and is_set(name)),
    )
