"""What a launch asks for besides evidence, looked at anew for every decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.ladder import Effect
from pipeline.core.launch import Launch
from pipeline.core.preflight import Preflight, contract_digest
from pipeline.edges.drivers import PROVIDED
from pipeline.edges.service_environment import is_set
from pipeline.operations.signer_boundary import signer_standing

if TYPE_CHECKING:
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
    )


def preflight(target: TargetConfig) -> Preflight:
    """Look at a target's environment contract: at names, never at values."""
    provided = PROVIDED[target.driver]
    names = (variable.name for variable in target.environment)
    return Preflight(
        contract=str(contract_digest(target.environment)),
        provided=provided,
        present=tuple(name for name in names if name not in provided and is_set(name)),
    )
