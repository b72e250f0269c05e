"""The local key: made by the first run, kept in `.release-ladder/keys/`, good for rehearsals.

`ALGORITHM.key.pem` is the private half (PKCS #8, unencrypted, 0600, folder 0700),
`ALGORITHM.pub.pem` the public one for people and openssl, and `ALGORITHM.json` what we read: the
key counts from the moment that this file is there. Each file appears whole or not at all, and is
never replaced; a run that is killed in between is continued by the next.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from pipeline.core.canonical import MalformedError, canonical, load_canonical
from pipeline.core.trust import Custody, Role
from pipeline.edges.files import disk_errors, make_folder, sync_folder
from pipeline.edges.private_key import check_private_folder, read_private
from pipeline.errors import InvalidConfigurationError, UntrustedError
from pipeline.proof.keys import Algorithm, PublicKey
from pipeline.proof.trust import RehearsalTrust, TrustedKey, check_time

if TYPE_CHECKING:
    from pipeline.core.trust import TrustConfig
    from pipeline.core.trust import TrustedKey as ListedKey

LOCAL_PRINCIPAL = "local key"
"""Who signs with a local key that trust.yaml does not list; no name in trust.yaml has a space."""
VALID_DAYS = 365
"""How long a new local key is good."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalKey:
    """The local key of one algorithm: where its private half lies, and its public half."""

    private_path: Path
    public: PublicKey
    created_at: str
    valid_until: str

    def to_bytes(self) -> bytes:
        """Return the content of `ALGORITHM.json`."""
        return canonical(
            {
                "algorithm": self.public.algorithm.value,
                "created_at": self.created_at,
                "key_id": str(self.public.key_id),
                "public_key": self.public.pem.decode("ascii"),
                "valid_until": self.valid_until,
            }
        )


def local_key(state: Path, algorithm: str, *, now: str) -> LocalKey:
    """Return the local key under `state` (`.release-ladder`), made now if there is none.

    Safe for processes that come at once: one makes it, all get the same. An expired key, one with
    loose permissions, or a link in its place is `UntrustedError`; a disk that refuses is
    `EnvironmentFailedError`. `now` is RFC 3339 UTC.
    """
    kind = Algorithm(algorithm)
    folder = state / "keys"
    with disk_errors(folder), _only_one(folder):
        private = folder / f"{kind.value}.key.pem"
        if not private.is_symlink() and not private.exists():
            _create(private, _new_private(kind))
        public = read_private(private).public
        record = folder / f"{kind.value}.json"
        if not record.exists():
            until = datetime.strptime(now, _FORM).replace(tzinfo=UTC) + timedelta(days=VALID_DAYS)
            key = LocalKey(
                private_path=private,
                public=public,
                created_at=now,
                valid_until=until.strftime(_FORM),
            )
            _create(folder / f"{kind.value}.pub.pem", public.pem, 0o644)
            _create(record, key.to_bytes(), 0o644)
        key = _read(record)
    if key.public != public or public.algorithm is not kind:
        raise _wrong(record, "the public half written here is not that of the private key")
    if now >= key.valid_until:
        raise _wrong(record, f"the local key was valid until {key.valid_until}")
    return key


def public_keys(state: Path) -> tuple[LocalKey, ...]:
    """Return the local keys under `state`, by algorithm; none at all is fine.

    Reads no private half. A folder that others can write, or a record that is none, is
    `UntrustedError`.
    """
    folder = state / "keys"
    with disk_errors(folder):
        if not folder.is_symlink() and not folder.exists():
            return ()
        check_private_folder(folder)
        return tuple(_read(path) for path in sorted(folder.glob("*.json")))


def trusted_keys(state: Path, config: TrustConfig) -> RehearsalTrust:
    """Return whom this checkout believes: its local keys, and the principals of trust.yaml.

    A local key that trust.yaml lists too keeps all roles and stays local, whatever custody the
    list claims, since its private half lies here; the list gives it its principal, and can narrow
    its time and revoke it. Entries that are no keys are `InvalidConfigurationError`, all at once.
    """
    mine = {key.public.key_id: key for key in public_keys(state)}
    trusted, problems = [], []
    for number, principal in enumerate(config.principals):
        roles = frozenset(role for role, names in config.roles.items() if principal.name in names)
        for at, listed in enumerate(principal.keys):
            where = f"config/trust.yaml: principals[{number}].keys[{at}]"
            try:
                public = PublicKey.from_pem(listed.pem)
                if public.algorithm.value != listed.algorithm.value:
                    problems.append(f"{where}.algorithm: the key is {public.algorithm.value}")
                own = mine.pop(public.key_id, None)
                trusted.append(_entry(principal.name, roles, listed, own))
            except MalformedError as error:
                problems.append(f"{where}.pem: {error}")
    if problems:
        raise InvalidConfigurationError(problems, where="config/trust.yaml")
    return RehearsalTrust([*trusted, *(_unlisted(key) for key in mine.values())])


def _unlisted(key: LocalKey) -> TrustedKey:
    return TrustedKey(
        pem=key.public.pem.decode("ascii"),
        principal=LOCAL_PRINCIPAL,
        valid_from=key.created_at,
        valid_until=key.valid_until,
    )


def _entry(
    principal: str, roles: frozenset[Role], listed: ListedKey, own: LocalKey | None
) -> TrustedKey:
    begin, end, revoked = listed.valid_from, listed.valid_until, listed.revoked
    if own is not None:
        both = max(begin, own.created_at), min(end, own.valid_until)
        if both[0] < both[1]:
            begin, end = both
        else:
            revoked = True  # there is no moment at which both say yes
    return TrustedKey(
        pem=listed.pem,
        principal=principal,
        roles=roles if own is None else None,
        custody=listed.custody if own is None else Custody.LOCAL,
        valid_from=begin,
        valid_until=end,
        revoked=revoked,
    )


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel frees it when the holder dies."""
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
    check_private_folder(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for leftover in folder.glob(".*.new"):  # of a run that was killed: the lock is ours
            leftover.unlink()
        yield
    finally:
        os.close(handle)


def _create(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Make a file that is not there yet, whole and durable; one that is there stays.

    The temporary name is fixed, since the lock is held: only a dead run's file can be in the way,
    and taking the lock has removed those.
    """
    temporary = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(temporary, flags, mode)
    try:
        rest = memoryview(data)
        while rest:  # a disk that fills up takes the first half without a word
            rest = rest[os.write(handle, rest) :]
        os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path, follow_symlinks=False)
    temporary.unlink()
    sync_folder(path.parent)


def _new_private(kind: Algorithm) -> bytes:
    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind is Algorithm.ED25519
        else ec.generate_private_key(ec.SECP256R1())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _read(path: Path) -> LocalKey:
    data = path.read_bytes()
    try:
        value = load_canonical(data)
        key = LocalKey(
            private_path=path.with_suffix(".key.pem"),
            public=PublicKey.from_pem(value["public_key"]),
            created_at=check_time(value["created_at"]),
            valid_until=check_time(value["valid_until"]),
        )
    except (MalformedError, KeyError, TypeError, AttributeError) as error:
        raise _wrong(path, f"the record of the local key cannot be read: {error}") from error
    if key.to_bytes() != data or key.created_at >= key.valid_until:
        raise _wrong(path, "the fields of the local key's record do not fit each other")
    return key


def _wrong(path: Path, what: str) -> UntrustedError:
    return UntrustedError(
        what,
        where=str(path),
        todo=f"move {path.parent} away and run again: a new key is made, old proofs void",
    )
