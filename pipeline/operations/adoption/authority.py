"""Who may adopt: a name that the policy accepts, and a key that fits it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.core.policies.adoption import Adopter
from pipeline.core.showable import unshowable
from pipeline.core.trust import Role
from pipeline.edges import clock, keys
from pipeline.errors import HeldError, WrongUsageError
from pipeline.proof.keys import PublicKey

if TYPE_CHECKING:
    from pipeline.core.policies.adoption import AdoptionPolicy
    from pipeline.operations.workspace import Workspace

_PLAIN = re.compile(r"\S(?:[^\x00-\x1f\x7f\u2028\u2029]{0,198}\S)?")


def plain(option: str, value: str) -> str:
    """Return words on one line as they are; anything else is wrong usage."""
    if not _PLAIN.fullmatch(value) or unshowable(value):
        raise WrongUsageError(
            f"{option} is no plain text on one line, of at most 200 characters",
            where=option,
            todo="give a name or a reference that others can look up",
        )
    return value


def check_authority(workspace: Workspace, policy: AdoptionPolicy, adopter: str) -> None:
    """Refuse (10) an adopter whom the policy does not accept, or whose key this machine has not.

    `adopter_role`: a principal whom config/trust.yaml gives the role `adopter`, and the local key,
    which signs the adoption record, is one of their keys, good now.
    """
    if policy.adopter is Adopter.ANY_NAMED:
        return
    config = workspace.configuration.trust
    if adopter not in config.roles.get(Role.ADOPTER, ()):
        may = ", ".join(config.roles.get(Role.ADOPTER, ())) or "nobody"
        raise _held(f"{adopter!r} does not have the role adopter; who has it: {may}")
    now = clock.now()
    signing = workspace.configuration.project.signer.algorithm.value
    mine = {
        key.public.key_id
        for key in keys.public_keys(workspace.state)
        if key.public.algorithm.value == signing
    }
    listed = next((one.keys for one in config.principals if one.name == adopter), ())
    good = {
        PublicKey.from_pem(key.pem).key_id
        for key in listed
        if not key.revoked and key.valid_from <= now < key.valid_until
    }
    if not mine & good:
        raise _held(f"the key that signs here is none of {adopter}'s keys that are good now")


def _held(what: str) -> HeldError:
    return HeldError(
        what,
        where="config/policies/adoption.yaml, config/trust.yaml",
        todo="let an adopter do it, with their own key; see `invoke trust.show`",
    )
