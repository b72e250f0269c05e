"""Whom we believe, for what, and when: the keys that verification starts from.

`RehearsalTrust` holds keys that this checkout knows. It is good for `local_or_synthetic_proof` and
nothing else, whatever a key's entry claims of itself: origin follows from the kind of trust alone.
`rooted` trust (TUF metadata), the only one that production accepts, does not exist yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipeline.core import statement
from pipeline.core.canonical import Digest, MalformedError, digest_of
from pipeline.core.families import RecordFamily
from pipeline.core.release import OriginClass
from pipeline.core.trust import Custody, Role
from pipeline.proof.keys import PublicKey

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class TrustKind(StrEnum):
    """How keys came to be trusted."""

    REHEARSAL = "rehearsal"
    ROOTED = "rooted"


ROLES: dict[str, Role] = {
    statement.PROVENANCE: Role.BUILDER,
    statement.SBOM: Role.BUILDER,
    statement.RELEASE: Role.BUILDER,
    statement.CHECK_REPORT: Role.TESTER,
    statement.VULNERABILITIES: Role.TESTER,
    statement.TEST_RESULT: Role.TESTER,
    statement.CANARY: Role.JUDGE,
    statement.APPROVAL: Role.APPROVER,
    statement.DEPLOYMENT: Role.DEPLOYER,
    statement.SMOKE: Role.SMOKE,
    statement.STAGE_RESULT: Role.SEALER,
    statement.OUTCOME: Role.SEALER,
    statement.EVIDENCE_BUNDLE: Role.SEALER,
    statement.VSA: Role.SEALER,
    # to lift a hold lets a release go live: that is for whoever may approve one
    statement.HOLD: Role.APPROVER,
    **dict.fromkeys(statement.RECORDS, Role.SEALER),
    statement.record_type(RecordFamily.ADOPTION): Role.ADOPTER,
}
"""Predicate type → the role that may sign it. Another type wants a key with all roles, or a role
that the verifier names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A public key with its principal, its roles (None: all) and its time.

    Valid while `valid_from <= now < valid_until`, both RFC 3339 UTC in whole seconds. A signature
    by key has no trusted time of its own, so it dies with its key. `pem` that is no key, or a
    window that is empty, is `MalformedError`.
    """

    pem: str
    principal: str
    valid_from: str
    valid_until: str
    roles: frozenset[Role] | None = None
    custody: Custody = Custody.LOCAL
    revoked: bool = False
    public: PublicKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Read the key; refuse times of another form, which would not compare as text."""
        object.__setattr__(self, "public", PublicKey.from_pem(self.pem))
        for moment in (self.valid_from, self.valid_until):
            check_time(moment)
        if self.valid_from >= self.valid_until:
            msg = f"a key of {self.principal} is never valid"
            raise MalformedError(msg)

    @property
    def key_id(self) -> Digest:
        """The digest of the key's DER form."""
        return self.public.key_id

    @property
    def hint(self) -> str:
        """The key's name in a bundle."""
        return self.public.hint

    def may(self, role: Role | None) -> bool:
        """Tell whether the key holds a role; None is a role that only all roles include."""
        return self.roles is None or role in self.roles

    def to_dict(self) -> dict[str, Any]:
        """Return the public content, as the trust's digest binds it."""
        return {
            "key_id": str(self.key_id),
            "algorithm": self.public.algorithm.value,
            "principal": self.principal,
            "roles": None if self.roles is None else sorted(role.value for role in self.roles),
            "custody": self.custody.value,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "revoked": self.revoked,
        }


class RehearsalTrust:
    """Keys that this checkout knows, each once; an empty set believes nothing."""

    kind = TrustKind.REHEARSAL
    origin = OriginClass.LOCAL
    """The class of everything that is verified under this trust."""

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        """Take the keys; one key in two entries is `MalformedError`, as they could disagree."""
        self._keys: dict[str, TrustedKey] = {}
        for key in keys:
            if key.hint in self._keys:
                msg = f"the key {key.key_id} is listed twice"
                raise MalformedError(msg)
            self._keys[key.hint] = key
        content = [key.to_dict() for key in self.keys]
        said = {"kind": self.kind.value, "origin": self.origin.value, "keys": content}
        self._digest = digest_of(said)

    @property
    def keys(self) -> tuple[TrustedKey, ...]:
        """All keys, by key id."""
        return tuple(sorted(self._keys.values(), key=lambda key: key.key_id))

    @property
    def digest(self) -> Digest:
        """The digest of all that verification follows from: kind, origin, keys, whose, when."""
        return self._digest

    def find(self, hint: str) -> TrustedKey | None:
        """Return the key that a bundle names, if it is known."""
        return self._keys.get(hint)


def check_time(moment: str) -> str:
    """Return a time of the one form that compares as text (RFC 3339 UTC, whole seconds)."""
    if not _TIME.fullmatch(moment):
        msg = f"not a time as 2030-01-31T18:00:00Z: {moment[:40]!r}"
        raise MalformedError(msg)
    return moment
