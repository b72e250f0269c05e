"""What an attacker makes: journals with a chain that holds, bundles by other keys, manifests."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from pipeline.core import bundle
from pipeline.core.canonical import Digest, HashManifest, canonical
from pipeline.core.journal import Entry, Status
from pipeline.edges.hashing import tree_manifest
from pipeline.proof.keys import SigningKey
from tests.proof import making
from tests.tamper import release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

STRANGER = making.STRANGER


def own_key(root: Path) -> SigningKey:
    """Return the project's private key: what an insider has."""
    return SigningKey.from_pem(release.key_of(root).with_name("ecdsa-p256.key.pem").read_bytes())


def journal(root: Path) -> Path:
    """Return the file of the one journal."""
    (found,) = (release.store(root) / "journals").iterdir()
    return found


def entries(root: Path) -> list[dict[str, Any]]:
    """Return the journal's entries."""
    return [json.loads(line) for line in journal(root).read_bytes().splitlines()]


def write_journal(root: Path, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the one journal with a chain that holds; return its entries as written."""
    return write_to(journal(root), items)


def write_to(path: Path, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write a journal whose chain holds, whatever its entries say; return them as written."""
    previous: str | None = None
    begin: str | None = None
    made = []
    for item in items:
        inputs = item["inputs"]
        if "begin" in inputs and begin is not None:
            inputs = inputs | {"begin": begin}
        entry = Entry.make(
            step_id=item["step_id"],
            name=item["name"],
            status=Status(item["status"]),
            started_at=item["started_at"],
            completed_at=item["completed_at"],
            inputs=inputs,
            outputs=item["outputs"],
            prev_hash=previous,
        )
        previous = entry.entry_hash
        begin = previous if entry.status is Status.BEGIN else begin
        made.append(entry.to_dict())
    path.write_bytes(b"".join(canonical(item) + b"\n" for item in made))
    return made


def cut(root: Path, count: int) -> None:
    """Leave the first entries of the journal, as they are."""
    lines = journal(root).read_bytes().splitlines(keepends=True)
    journal(root).write_bytes(b"".join(lines[:count]))


def unseal(root: Path, count: int) -> None:
    """Take away the seals of a journal longer than `count`, and both phase folders."""
    names = release.store(root) / "names"
    for path in names.iterdir():
        if path.name.startswith("seals") and int(path.name.split("%2F")[2][:6]) > count:
            path.unlink()
    for folder in release.phases(root).values():
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


def put(root: Path, data: bytes) -> str:
    """Put an object into the store; return its digest."""
    digest = Digest.of(data)
    (release.store(root) / "objects" / digest.hex).write_bytes(data)
    return str(digest)


def get(root: Path, digest: str) -> bytes:
    """Return an object of the store."""
    return (release.store(root) / "objects" / digest.removeprefix("sha256:")).read_bytes()


def payload(data: bytes) -> dict[str, Any]:
    """Return the statement in a bundle."""
    statement: dict[str, Any] = json.loads(
        base64.b64decode(json.loads(data)["dsseEnvelope"]["payload"])
    )
    return statement


def resigned(
    data: bytes, key: SigningKey, change: Callable[[dict[str, Any]], None] = lambda _: None
) -> bytes:
    """Return a bundle with a changed statement, signed by a key."""
    statement = payload(data)
    change(statement)
    return making.bundle(key, canonical(statement))


def remanifest(folder: Path, key: SigningKey | None = None) -> None:
    """Make manifest.json, HASH_MANIFEST and packet_tree anew; with a key the seal, too."""
    listing_path = folder / bundle.MANIFEST
    listing = json.loads(listing_path.read_bytes())
    there = tree_manifest(folder).as_dict()
    known = {item["path"]: item for item in listing["objects"]}
    pattern = next(iter(known.values()))
    leave = bundle.UNLISTED | {bundle.MANIFEST}
    listing["objects"] = [
        {
            **known.get(path, pattern | {"object_id": f"x__{path}", "path": path}),
            "digest": str(digest),
            "size": (folder / path).stat().st_size,
        }
        for path, digest in sorted(there.items())
        if path not in leave
    ]
    listing_path.write_text(
        json.dumps(listing, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
    reseal_only(folder, key)


def reseal_only(folder: Path, key: SigningKey | None) -> None:
    """Make HASH_MANIFEST and packet_tree anew; with a key the seal, too."""
    there = tree_manifest(folder).as_dict()
    manifest = HashManifest.of({p: d for p, d in there.items() if p not in bundle.UNLISTED})
    (folder / bundle.HASH_MANIFEST).write_bytes(manifest.render())
    (folder / bundle.PACKET_TREE).write_bytes(bundle.packet_tree(manifest))
    if key is not None:

        def about(statement: dict[str, Any]) -> None:
            statement["subject"][0]["digest"]["sha256"] = manifest.digest.hex

        seal = folder / bundle.SEAL
        seal.write_bytes(resigned(seal.read_bytes(), key, about))


def restage(root: Path, digest: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Sign a stage result anew with the project's own key, changed; return its digest."""

    def predicate(statement: dict[str, Any]) -> None:
        change(statement["predicate"])

    return put(root, resigned(get(root, digest), own_key(root), predicate))
