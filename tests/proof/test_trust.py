"""Whom we believe: keys with a time and roles, and an origin that no entry can claim."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.predicates.table import OWN_PREDICATES
from pipeline.core.release import OriginClass
from pipeline.core.trust import Custody, Role
from pipeline.proof.trust import ROLES, RehearsalTrust, TrustKind, check_time
from tests.proof import making


def test_a_key_is_found_by_its_hint_alone() -> None:
    trust = making.trust(making.P256, making.ED25519)
    assert trust.find(making.P256.public.hint) == making.trusted(making.P256)
    assert trust.find(making.STRANGER.public.hint) is None
    assert trust.find("") is None


def test_a_key_listed_twice_is_refused() -> None:
    with pytest.raises(MalformedError, match="twice"):
        RehearsalTrust([making.trusted(making.P256), making.trusted(making.P256, revoked=True)])


@pytest.mark.parametrize(
    "changed",
    [
        {"principal": "else"},
        {"roles": frozenset({Role.BUILDER})},
        {"custody": Custody.CI},
        {"valid_from": "2026-01-02T00:00:00Z"},
        {"valid_until": "2026-12-31T00:00:00Z"},
        {"revoked": True},
    ],
)
def test_every_field_is_in_the_digest(changed: dict[str, Any]) -> None:
    before, after = making.trust(making.P256), making.trust(making.P256, **changed)
    assert before.digest != after.digest


def test_the_digest_does_not_depend_on_the_order_of_keys_nor_on_the_pems_line_ends() -> None:
    one = making.trust(making.P256, making.ED25519)
    assert making.trust(making.ED25519, making.P256).digest == one.digest
    windows = making.P256.public.pem.decode().replace("\n", "\r\n")
    other = RehearsalTrust(
        [making.trusted(making.P256, pem=windows), making.trusted(making.ED25519)]
    )
    assert other.digest == one.digest
    assert making.trust(making.P256).digest != one.digest


def test_rehearsal_is_local_whatever_a_key_claims() -> None:
    trust = making.trust(making.P256, custody=Custody.CI)
    assert (trust.kind, trust.origin) == (TrustKind.REHEARSAL, OriginClass.LOCAL)


@pytest.mark.parametrize(
    "changed",
    [
        {"pem": "no key"},
        {"valid_from": making.WINDOW[1]},
        {"valid_until": "2027-01-01"},
        {"valid_until": "2027-01-01T00:00:00+00:00"},
        {"valid_until": "٢٠٢٧-01-01T00:00:00Z"},  # digits, but not ASCII ones
    ],
)
def test_an_entry_that_cannot_be_judged_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        making.trusted(making.P256, **changed)


def test_no_roles_is_none_and_not_all() -> None:
    key = making.trusted(making.P256, roles=frozenset())
    assert not any(key.may(role) for role in (*Role, None))
    assert all(making.trusted(making.P256).may(role) for role in (*Role, None))
    builder = making.trusted(making.P256, roles=frozenset({Role.BUILDER}))
    assert [role for role in (*Role, None) if builder.may(role)] == [Role.BUILDER]


def test_every_own_predicate_wants_a_role() -> None:
    assert set(OWN_PREDICATES) <= set(ROLES)


def test_a_time_has_one_form() -> None:
    assert check_time(making.NOW) == making.NOW
    with pytest.raises(MalformedError):
        check_time(making.NOW + "\n")
