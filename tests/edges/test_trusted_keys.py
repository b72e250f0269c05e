"""Whom a checkout believes: its own key as local, and those whom trust.yaml lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.release import OriginClass
from pipeline.core.trust import Custody, Role, TrustConfig
from pipeline.edges import keys
from pipeline.edges.private_key import read_private
from pipeline.edges.signer import SignerProcess
from pipeline.errors import InvalidConfigurationError
from pipeline.proof.trust import RehearsalTrust
from pipeline.proof.verify import Reason, RefusedError, verify_bundle
from tests.proof import making

NOW = making.NOW


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".release-ladder"


def config(pem: str, **changed: Any) -> TrustConfig:  # noqa: ANN401 - fields of any type
    key = {
        "pem": pem,
        "algorithm": "ecdsa-p256",
        "custody": "ci",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
    }
    principals = [{"name": "robot", "kind": "workflow", "keys": [key | changed]}]
    roles = {"builder": ["robot"]}
    return TrustConfig.from_json({"principals": principals, "roles": roles})


def signed_by(key: keys.LocalKey) -> bytes:
    return making.bundle(read_private(key.private_path))


def test_without_a_key_nobody_is_believed(state: Path) -> None:
    trust = keys.trusted_keys(state, TrustConfig())
    assert trust.keys == ()
    assert not state.exists()
    assert trust.digest == RehearsalTrust([]).digest


def test_the_local_key_is_believed_in_all_roles_and_as_local(state: Path) -> None:
    key = keys.local_key(state, "ecdsa-p256", now=NOW)
    (entry,) = keys.trusted_keys(state, TrustConfig()).keys
    assert (entry.key_id, entry.principal) == (key.public.key_id, keys.LOCAL_PRINCIPAL)
    assert (entry.roles, entry.custody) == (None, Custody.LOCAL)
    assert (entry.valid_from, entry.valid_until) == (key.created_at, key.valid_until)


def test_a_local_key_listed_with_ci_custody_stays_local(state: Path, tmp_path: Path) -> None:
    key = keys.local_key(state, "ecdsa-p256", now=NOW)
    trust = keys.trusted_keys(state, config(key.public.pem.decode()))
    (entry,) = trust.keys
    assert (entry.custody, entry.principal, entry.roles) == (Custody.LOCAL, "robot", None)
    artifact = tmp_path / "artifact.txt"
    artifact.write_bytes(making.ARTIFACT)
    with SignerProcess(key.private_path) as signer:
        (bundle,) = signer.sign(
            [making.statement().to_bytes()], {"a": artifact}, [making.FOREIGN_TYPE]
        )
    verified = verify_bundle(bundle, trust, now=NOW)
    assert verified.origin is OriginClass.LOCAL
    assert verified.statement.subjects[0].digest == Digest.of(making.ARTIFACT)


def test_a_foreign_key_listed_with_ci_custody_is_local_too(state: Path) -> None:
    trust = keys.trusted_keys(state, config(making.P256.public.pem.decode()))
    (entry,) = trust.keys
    assert (entry.custody, entry.roles) == (Custody.CI, frozenset({Role.BUILDER}))
    verified = verify_bundle(making.bundle(making.P256), trust, now=NOW, role="builder")
    assert verified.origin is OriginClass.LOCAL


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ({"revoked": True}, Reason.KEY_REVOKED),
        ({"valid_until": "2026-06-01T12:00:01Z"}, Reason.KEY_EXPIRED),
        ({"valid_from": "2026-12-01T00:00:00Z"}, Reason.KEY_NOT_YET_VALID),
        ({"valid_until": "2026-02-01T00:00:00Z"}, Reason.KEY_REVOKED),
    ],
)
def test_the_list_can_narrow_and_revoke_the_local_key(
    state: Path, listed: dict[str, Any], reason: Reason
) -> None:
    key = keys.local_key(state, "ecdsa-p256", now=NOW)
    trust = keys.trusted_keys(state, config(key.public.pem.decode(), **listed))
    with pytest.raises(RefusedError) as refused:
        verify_bundle(signed_by(key), trust, now="2026-06-01T12:00:01Z")
    assert refused.value.reason is reason


def test_the_list_cannot_prolong_the_local_key(state: Path) -> None:
    key = keys.local_key(state, "ecdsa-p256", now="2025-06-01T00:00:00Z")
    listed = config(key.public.pem.decode(), valid_until="2099-01-01T00:00:00Z")
    (entry,) = keys.trusted_keys(state, listed).keys
    assert entry.valid_until == key.valid_until


def test_entries_that_are_no_keys_are_named_all_at_once(state: Path) -> None:
    good, broken = making.ED25519.public.pem.decode(), making.P256.public.pem.decode()[:60]
    pems = [good, broken + "\n-----END PUBLIC KEY-----\n"]
    listed = TrustConfig.from_json(
        {
            "principals": [
                {
                    "name": f"p{number}",
                    "kind": "person",
                    "keys": [config(pem).to_dict()["principals"][0]["keys"][0]],
                }
                for number, pem in enumerate(pems)
            ],
            "roles": {},
        }
    )
    with pytest.raises(InvalidConfigurationError) as error:
        keys.trusted_keys(state, listed)
    first, second = error.value.problems
    assert first == "config/trust.yaml: principals[0].keys[0].algorithm: the key is ed25519"
    assert second.startswith("config/trust.yaml: principals[1].keys[0].pem: not a public key")
