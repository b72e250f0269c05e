"""Adopted releases made at once, thousands if need be: really signed, in the layout of `releases/`.

A record is of its family's model, filled with the least that the model takes. What differs from one
release to the next is put into the payload's bytes, which stay canonical; then each is signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.core.canonical import Digest
from pipeline.core.families import STAGED, RecordFamily
from pipeline.core.ledger import Draft, Entry, Kind, Objects
from pipeline.core.ledger import lines as form
from pipeline.core.ledger.file import SCHEMA, manifest_line
from pipeline.core.records import RECORD_MODELS
from pipeline.core.release import Identity, Phase
from pipeline.core.statement import EVIDENCE_BUNDLE, Statement, Subject, record_type
from pipeline.proof.keys import SigningKey
from tests.climbing import project
from tests.proof import making

AT = "2026-06-01T10:00:00Z"
HEX = "sha256:" + "0" * 64
MANIFEST = b""
"""HASH_MANIFEST.txt of each bundle: what else lies in one, the counts do not look at."""
SEAL = "sha256:" + "5ea1" * 16
"""In an adoption record, until the digest of its phase's seal stands there."""
PLACEHOLDER = Identity(
    target="TARGET", channel="CHANNEL", gate="GATE", version="VERSION", commit="c0" * 20
)
EMITTED = tuple(family for family in STAGED if family is not RecordFamily.CANARY)
"""The families of each phase: with the adoption's, sixteen records a release."""


def least(schema: dict[str, Any], defs: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return the least value that a JSON schema takes."""
    if "$ref" in schema:
        return least(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else least(schema["anyOf"][0], defs)
    if schema["type"] == "object":
        names = schema.get("required", ())
        return {name: least(schema["properties"][name], defs) for name in names}
    if schema["type"] == "string":
        pattern = schema.get("pattern", "")
        return HEX if "sha256" in pattern else AT if "T[0-9]" in pattern else "x"
    return {"array": [], "integer": schema.get("minimum", 0), "boolean": False}[schema["type"]]


def record_id(identity: Identity, phase: Phase, family: RecordFamily) -> str:
    """Return the id of a record."""
    return f"{identity.artifact_set_id}__{phase.value}__{family.value}_policy.{identity.target}"


def predicate(identity: Identity, phase: Phase, family: RecordFamily) -> dict[str, Any]:
    """Return a record of a family, the least that its model takes."""
    schema = RECORD_MODELS[family].model_json_schema()
    whole: dict[str, Any] = least(schema, schema.get("$defs", {}))
    if family is RecordFamily.ADOPTION:
        whole["source_bundle"] = {"manifest": str(Digest.of(MANIFEST)), "seal": SEAL}
    return whole | {
        "family": family.value,
        "record_id": record_id(identity, phase, family),
        "run": str(identity.run_id),
        "artifact_version": identity.version,
        "artifact_set_id": identity.artifact_set_id,
        "source_revision": identity.commit,
        "deployment_stage": identity.target,
        "release_channel": identity.channel,
        "phase": phase.value,
    }


def payload(
    identity: Identity,
    phase: Phase,
    family: RecordFamily,
    /,
    **changed: Any,  # noqa: ANN401 - fields of any type
) -> bytes:
    """Return the bytes of a record's statement."""
    return Statement(
        predicate_type=record_type(family),
        subjects=(Subject(name="kettle.txt", digest=Digest.of(b"kettle")),),
        predicate=predicate(identity, phase, family) | changed,
    ).to_bytes()


def seal(release: Identity, phase: Phase, **changed: Any) -> bytes:  # noqa: ANN401
    """Return the statement that seals a phase's bundle."""
    said: dict[str, Any] = {
        "run": str(release.run_id),
        "context": HEX,
        "phase": phase.value,
        "closed": True,
        "journal": {"entries": 1, "head": HEX},
        "stages": [],
        "sealed_at": AT,
    }
    return Statement(
        predicate_type=EVIDENCE_BUNDLE,
        subjects=(Subject(name="HASH_MANIFEST.txt", digest=Digest.of(MANIFEST)),),
        predicate=said | changed,
    ).to_bytes()


def identity(number: int, target: str = "pot", channel: str = "home") -> Identity:
    """Return a release by its number."""
    commit = hashlib.sha1(b"%d" % number, usedforsecurity=False).hexdigest()
    return Identity(
        target=target, channel=channel, gate="kitchen", version=f"0.{number}.0", commit=commit
    )


@dataclass
class Shelf:
    """`releases/` as it grows."""

    root: Path
    key: SigningKey = making.P256
    signer: SigningKey | None = None
    """Who signs instead of the key that is listed."""
    lines: list[bytes] = field(default_factory=list)
    seals: Mapping[Phase, bytes] = field(default_factory=dict)
    """The statement in place of a phase's seal; an empty one: there is no seal."""
    last: Entry | None = None
    payloads: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = hashlib.sha256(form.head({"schema": SCHEMA}, "entries"))
        self._listed = hashlib.sha256()
        for phase in Phase:
            for family in (*EMITTED, RecordFamily.ADOPTION):
                path = _path(phase, family)
                self.payloads[path] = payload(PLACEHOLDER, phase, family)

    def add(
        self,
        release: Identity,
        *,
        said: Mapping[str, dict[str, Any]] | None = None,
        instead: Mapping[str, bytes] | None = None,
    ) -> Entry:
        """Adopt a release.

        `said` are fields that the records of a family say, `instead` the payload in place of a
        family's record before deployment.
        """
        files, drafts = {}, []
        for draft, data in self._objects(release, said or {}, instead or {}):
            files[draft.path] = data
            drafts.append(draft)
        top = 0 if self.last is None else self.last.max_after
        objects = Objects.of(release.artifact_set_id, drafts, top + 1).render()
        folder = self.root / "releases" / release.artifact_set_id
        for name in {str(Path(path).parent) for path in files}:
            (folder / name).mkdir(parents=True, exist_ok=True)
        files |= {f"{phase.value}/HASH_MANIFEST.txt": MANIFEST for phase in Phase}
        for path, data in {**files, "objects.json": objects}.items():
            (folder / path).write_bytes(data)
        return self._enter(release, str(Digest.of(objects)), len(drafts), top)

    def write(self) -> None:
        """Write the ledger and commit it."""
        data = form.render({"schema": SCHEMA}, "entries", self.lines)
        (self.root / "releases").mkdir(exist_ok=True)
        (self.root / "releases" / "ledger.json").write_bytes(data)
        project.git(self.root, "add", "--force", "releases/ledger.json")
        project.git(self.root, "commit", "--quiet", "--allow-empty", "--message=Adopt")

    def _objects(
        self,
        release: Identity,
        said: Mapping[str, dict[str, Any]],
        instead: Mapping[str, bytes],
    ) -> Iterator[tuple[Draft, bytes]]:
        name = release.artifact_set_id
        plain = {"review.json": (Kind.REVIEW, b"{}")}
        plain[f"keys/{self.key.public.key_id.hex}.pem"] = (Kind.KEY, self.key.public.pem)
        for path, (kind, data) in plain.items():
            digest = str(Digest.of(data))
            yield Draft(id=f"{name}__{path}", kind=kind, path=path, digest=digest), data
        for phase in Phase:
            said_of = self.seals.get(phase, seal(release, phase))
            sealed = making.bundle(self.signer or self.key, said_of) if said_of else b""
            digest = str(Digest.of(sealed))
            if sealed:
                path = f"{phase.value}/bundle.sigstore.json"
                one = Draft(
                    id=f"{name}__{path}", kind=Kind.BUNDLE, path=path, digest=digest, phase=phase
                )
                yield one, sealed
            for family in (*EMITTED, RecordFamily.ADOPTION):
                path = _path(phase, family)
                content = _of(release, self.payloads[path])
                if family.value in said:
                    content = payload(release, phase, family, **said[family.value])
                if phase is Phase.PRE_DEPLOY:
                    content = instead.get(family.value, content)
                content = content.replace(SEAL.encode(), digest.encode())
                data = making.bundle(self.signer or self.key, content)
                draft = Draft(
                    id=record_id(release, phase, family),
                    kind=Kind.ADOPTION if family is RecordFamily.ADOPTION else Kind.RECORD,
                    path=path,
                    digest=str(Digest.of(data)),
                    family=family.value,
                    phase=phase,
                )
                yield draft, data

    def _enter(self, release: Identity, objects: str, number: int, top: int) -> Entry:
        before, listed = self._file.copy(), self._listed.hexdigest()
        before.update(form.TAIL)
        self._listed.update(manifest_line(release.artifact_set_id, objects))
        pins = {
            "ledger": f"sha256:{before.hexdigest()}" if self.lines else None,
            "objects_before": f"sha256:{listed}",
            "objects_after": f"sha256:{self._listed.hexdigest()}",
        }
        self.last = Entry.make(
            {
                "id": f"adoption-{len(self.lines) + 1}",
                "set": release.artifact_set_id,
                "run": str(release.run_id),
                "target": release.target,
                "version": release.version,
                "adopter": "ada",
                "reference": "review 7",
                "adopted_at": AT,
                "contract": HEX,
                "objects": objects,
                "count": number,
                "max_before": top,
                "first": top + 1,
                "max_after": top + number,
                "next_free": top + number + 1,
                "pins": pins,
                "prev_hash": None if self.last is None else self.last.entry_hash,
            }
        )
        line = self.last.to_line()
        self._file.update((b"," if self.lines else b"") + line + b"\n")
        self.lines.append(line)
        return self.last


def _path(phase: Phase, family: RecordFamily) -> str:
    if family is RecordFamily.ADOPTION:
        return f"adoption/{phase.value}/adoption.sigstore.json"
    number = list(RecordFamily).index(family)
    return f"{phase.value}/pour/{number:02d}-record-{family.value}.sigstore.json"


def _of(release: Identity, data: bytes) -> bytes:
    """Return a payload of the placeholder as one of a release."""
    for name in ("run_id", "artifact_set_id", "target", "channel", "version", "commit"):
        old, new = str(getattr(PLACEHOLDER, name)), str(getattr(release, name))
        data = data.replace(old.encode(), new.encode())
    return data


def adopt(root: Path, number: int, key: SigningKey = making.P256) -> Shelf:
    """Adopt so many releases into a folder's `releases/`."""
    shelf = Shelf(root, key)
    for each in range(number):
        shelf.add(identity(each))
    shelf.write()
    return shelf
