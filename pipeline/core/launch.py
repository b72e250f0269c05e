"""What a launch asks for besides the evidence of its stages, looked at when a decision is made."""

from collections.abc import Mapping
from typing import Any, Self

from pipeline.core.model import Model
from pipeline.core.preflight import Preflight
from pipeline.core.signer import SignerStanding


class LaunchProof(Model):
    """A proof that can only be run in the launch window, as the evidence registry defines it."""

    id: str
    """Its id in the registry."""
    test: str | None
    """The test that must stand in `passedTests` of a signed in-toto test result.

    None: the registry has no such proof.
    """


class Launch(Model):
    """The facts about a launch. What was not looked at is `None`, and holds where it is needed.

    Its JSON form stands in the inputs of a decision: nothing of it can be had from the store.
    """

    preflight: Preflight | None = None
    """The target's environment contract; looked at for stages with an effect."""
    signer: SignerStanding | None = None
    """The signer that is expected."""
    proofs: tuple[LaunchProof, ...] = ()
    """The private launch-window proofs that the target's release approval lists."""

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Any]) -> Self:
        """Return what a decision with these inputs was shown; else `MalformedError`."""
        return cls.from_json({name: inputs.get(name) for name in cls.model_fields})
