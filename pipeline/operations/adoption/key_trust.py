"""Who is believed for what was adopted: the keys beside it, for exactly that release.

A release's `keys/` count when the ledger's entry names its `objects.json`, that names each key by
its digest, and each key's file has its own id as its name. They make rehearsal trust, so what they
signed is `local_or_synthetic_proof` and never more. `config/trust.yaml` has the last word: a key
that it lists as revoked, or as not valid now, is that here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.ledger import Kind, Objects
from pipeline.operations.adoption.shelf import (
    KEYS,
    OBJECTS,
    RELEASES,
    adopted_folders,
    read,
    read_ledger,
    refuse,
)
from pipeline.proof.keys import MAX_PEM, PublicKey
from pipeline.proof.trust import RehearsalTrust, TrustedKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.core.ledger import Entry
    from pipeline.core.trust import TrustConfig

ADOPTED_KEY = "adopted key"
"""The principal of a key that trust.yaml does not list; no name in trust.yaml has a space."""
_ALWAYS = ("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z")


def adopted_trust(root: Path, entry: Entry, config: TrustConfig) -> RehearsalTrust:
    """Return whom an adopted release's evidence is believed from; anything wrong is 11."""
    folder = root / RELEASES / entry.set
    return trust_in(folder, objects_of(folder, entry), config)


def objects_of(folder: Path, entry: Entry) -> Objects:
    """Return a release's objects, as its entry names them."""
    data = read(folder / OBJECTS)
    if str(Digest.of(data)) != entry.objects:
        raise refuse(f"it is not the {OBJECTS} that {entry.id} names", folder / OBJECTS)
    try:
        return Objects.parse(data, entry.set)
    except MalformedError as error:
        raise refuse(f"it cannot be believed: {error}", folder / OBJECTS) from error


def trust_in(folder: Path, objects: Objects, config: TrustConfig) -> RehearsalTrust:
    """Return the trust that the listed keys of a release's folder make."""
    pems = []
    for item in objects.objects:
        if item.kind is Kind.KEY:
            pem = read(folder / item.path, MAX_PEM)
            if str(Digest.of(pem)) != item.digest:
                raise refuse("the key is not the one that was adopted", folder / item.path)
            pems.append((item.path, pem))
    try:
        return of_keys(pems, config)
    except MalformedError as error:
        raise refuse(f"the keys cannot be believed: {error}", folder / KEYS) from error


def of_keys(pems: Iterable[tuple[str, bytes]], config: TrustConfig) -> RehearsalTrust:
    """Return the trust of keys by path, as trust.yaml restricts it; `MalformedError` else."""
    listed = {}
    for principal in config.principals:
        for key in principal.keys:
            listed[PublicKey.from_pem(key.pem).key_id] = (principal.name, key)
    trusted = []
    for path, pem in pems:
        public = PublicKey.from_pem(pem)
        if path != path_of(public.key_id) or public.pem != pem:
            msg = f"{path} is not the file of the key {public.key_id}"
            raise MalformedError(msg)
        name, known = listed.get(public.key_id, (ADOPTED_KEY, None))
        since, until = (known.valid_from, known.valid_until) if known else _ALWAYS
        trusted.append(
            TrustedKey(
                pem=pem.decode("ascii"),
                principal=name,
                valid_from=since,
                valid_until=until,
                revoked=known.revoked if known else False,
            )
        )
    return RehearsalTrust(trusted)


def path_of(key_id: Digest) -> str:
    """Return where a key lies in a release's folder."""
    return f"{KEYS}/{key_id.hex}.pem"


def adopted_entry(root: Path, folder: Path) -> Entry | None:
    """Return the entry of the adopted release that a folder lies in; `None` for other places."""
    try:
        inside = folder.resolve().relative_to((root / RELEASES).resolve()).parts
    except ValueError:
        return None
    if not inside or inside[0] not in adopted_folders(root):
        return None
    _, ledger = read_ledger(root)
    entry = next((one for one in ledger.entries if one.set == inside[0]), None)
    if entry is None:
        raise refuse("it is an orphan: the ledger has no entry for it", root / RELEASES / inside[0])
    return entry
