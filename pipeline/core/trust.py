"""Who counts as what: the human-written `config/trust.yaml`. Empty lists trust nobody.

Rules (`TrustConfig.cross_problems`):

1. A principal stands once, and so does a key: one key under two names would count twice.
2. A role names known principals, each once.
3. Only public keys stand here, and a key's validity begins before it ends.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from pipeline.core.fields import Identifier, Problem, Timestamp, duplicates, refuse, refuse_all
from pipeline.core.model import Digested, Model
from pipeline.core.project import Algorithm

_PEM = "a public key in PEM, as a block text: -----BEGIN PUBLIC KEY----- …"


class PrincipalKind(StrEnum):
    """What a principal is."""

    PERSON = "person"
    WORKFLOW = "workflow"


class Custody(StrEnum):
    """Who holds a key's private half."""

    LOCAL = "local"
    CI = "ci"


class Role(StrEnum):
    """What a principal may do. Source: the design's model (trust)."""

    BUILDER = "builder"
    TESTER = "tester"
    JUDGE = "judge"
    APPROVER = "approver"
    DEPLOYER = "deployer"
    SMOKE = "smoke"
    ADOPTER = "adopter"
    REBUILDER = "rebuilder"
    SEALER = "sealer"


def _pem(value: str) -> str:
    if "PRIVATE KEY" in value:
        message = f"a private key must never stand here; allowed: {_PEM}"
        raise refuse(message)
    text = value.strip()
    head, tail = "-----BEGIN PUBLIC KEY-----\n", "\n-----END PUBLIC KEY-----"
    if not (text.startswith(head) and text.endswith(tail) and text.count("-----BEGIN") == 1):
        message = f"this is no public key; allowed: {_PEM}"
        raise refuse(message)
    return text + "\n"


Pem = Annotated[
    str, AfterValidator(_pem), WithJsonSchema({"type": "string", "minLength": 1, "x-allowed": _PEM})
]


class TrustedKey(Model):
    """A public key and when it counts. A revoked key voids everything it ever signed."""

    pem: Pem = Field(description="The public key.")
    algorithm: Algorithm = Field(description="ecdsa-p256 or ed25519.")
    custody: Custody = Field(description="Who holds the private half: local or ci.")
    valid_from: Timestamp = Field(description="Its first second.")
    valid_until: Timestamp = Field(description="The first second after its validity.")
    revoked: bool = Field(default=False, description="Counts for nothing any more.")


class Principal(Model):
    """A person or a workflow with all its keys; thresholds count principals, not keys."""

    name: Identifier = Field(description="The principal's name.")
    kind: PrincipalKind = Field(description="person or workflow.")
    keys: tuple[TrustedKey, ...] = Field(default=(), description="All its keys.")


class TrustConfig(Digested):
    """Principals and their roles."""

    principals: tuple[Principal, ...] = Field(default=(), description="Everybody who counts.")
    roles: dict[Role, tuple[Identifier, ...]] = Field(
        default_factory=dict, description="Role to the names of those who have it."
    )

    @model_validator(mode="after")
    def _rules(self) -> "TrustConfig":
        refuse_all(self.cross_problems(self.to_dict()))
        return self

    @staticmethod
    def cross_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between fields, in a document that may have other faults too."""
        principals = _mappings(document.get("principals"))
        names = [str(principal.get("name", f"?{n}")) for n, principal in enumerate(principals)]
        for at, name, first in duplicates(names):
            yield Problem(
                ("principals", at, "name"),
                f"{name!r} is principals[{first}] already; allowed: each principal once",
            )
        yield from _key_problems(principals)
        roles = document.get("roles")
        for role, members in roles.items() if isinstance(roles, Mapping) else ():
            yield from _role_problems(str(role), members, names)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, (list, tuple)) else ()
    return [item if isinstance(item, Mapping) else {} for item in items]


def _key_problems(principals: list[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for index, principal in enumerate(principals):
        for at, key in enumerate(_mappings(principal.get("keys"))):
            path = ("principals", index, "keys", at)
            pem, begin, end = (key.get(name) for name in ("pem", "valid_from", "valid_until"))
            if isinstance(begin, str) and isinstance(end, str) and begin >= end:
                yield Problem(
                    (*path, "valid_until"),
                    f"{end!r} is not after valid_from; allowed: a later time",
                )
            if isinstance(pem, str):
                body = "".join(pem.split())
                owner = seen.setdefault(body, f"principals[{index}].keys[{at}]")
                if owner != f"principals[{index}].keys[{at}]":
                    yield Problem(
                        (*path, "pem"), f"this key is {owner} already; allowed: each key once"
                    )


def _role_problems(role: str, members: object, names: list[str]) -> Iterator[Problem]:
    listed = [str(member) for member in members] if isinstance(members, (list, tuple)) else []
    for at, member, first in duplicates(listed):
        yield Problem(
            ("roles", role, at), f"{member!r} stands at [{first}] already; allowed: each name once"
        )
    known = ", ".join(dict.fromkeys(names)) or "none"
    for at, member in enumerate(listed):
        if member not in names:
            yield Problem(
                ("roles", role, at),
                f"there is no principal {member!r}; allowed: {known}",
            )
