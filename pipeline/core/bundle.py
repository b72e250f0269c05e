"""A phase folder: which files belong in it, and the text of those that it has of its own.

A phase folder holds everything needed to check it alone. HASH_MANIFEST.txt lists all files but
itself, packet_tree.sha256 and bundle.sigstore.json; manifest.json leaves itself and these out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, HashManifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.core.release import Phase, RunContext

HASH_MANIFEST = "HASH_MANIFEST.txt"
PACKET_TREE = "packet_tree.sha256"
MANIFEST = "manifest.json"
SEAL = "bundle.sigstore.json"
RUN = "run.json"
JOURNAL = "journal.jsonl"
IMPORTED = "imported"
"""The folder of what was taken over from another ladder."""
STAGE_RESULT_FILE = "00-stage-result.sigstore.json"
UNLISTED = frozenset({HASH_MANIFEST, PACKET_TREE, SEAL})
"""The files that HASH_MANIFEST.txt does not list."""

_KINDS = (
    (".sigstore.json", "attestation", "application/vnd.dev.sigstore.bundle.v0.3+json"),
    (".jsonl", "journal", "application/jsonl"),
    (".log", "log", "text/plain"),
    (".pem", "public-key", "application/x-pem-file"),
    (".json", "document", "application/json"),
    (".txt", "document", "text/plain"),
    (".sh", "script", "application/x-sh"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of a phase folder: its digest and size, and its bytes unless the store has them."""

    digest: Digest
    size: int
    data: bytes | None = None

    @classmethod
    def of(cls, data: bytes) -> Member:
        """Return a member made of bytes."""
        return cls(digest=Digest.of(data), size=len(data), data=data)


def stage_members(
    prefix: str, result: StageResult, bundle: Digest, *, artifacts_only: bool = False
) -> dict[str, Digest]:
    """Return the files of one attempt: path in the phase folder → digest in the store."""
    files = {f"{prefix}/{STAGE_RESULT_FILE}": bundle}
    listed = list(result.artifacts)
    if not artifacts_only:
        listed += [*result.outputs, *result.logs, *result.records]
        for item in result.statements:
            files[f"{prefix}/{item.path}"] = Digest.parse(item.digest)
        files[f"{prefix}/decision.json"] = Digest.parse(result.decision)
    for file in listed:
        files[f"{prefix}/{file.path}"] = Digest.parse(file.digest)
    return files


def imported_members(results: Iterable[tuple[StageResult, Digest]]) -> dict[str, Digest]:
    """Return the files of the stages that a run took over from another ladder's: `imported/`."""
    found: dict[str, Digest] = {}
    for result, digest in results:
        found |= stage_members(f"{IMPORTED}/{result.stage}", result, digest)
    return found


def own_files(
    context: RunContext,
    phase: Phase,
    members: Mapping[str, Member],
    results: Mapping[str, StageResult],
) -> dict[str, Member]:
    """Return the scripts, exit codes and manifest.json of a phase folder."""
    codes = {
        stage: {step.task: step.exit_code for step in result.steps}
        for stage, result in sorted(results.items())
    }
    own = {
        "commands.sh": Member.of(_COMMANDS.encode()),
        "RERUN.sh": Member.of(_RERUN.encode()),
        "exit_codes.json": Member.of(_json({"RERUN.sh": 0, "steps": codes})),
    }
    own[MANIFEST] = Member.of(_json(listing(context, phase, {**members, **own})))
    return own


def listing(context: RunContext, phase: Phase, members: Mapping[str, Member]) -> dict[str, object]:
    """Return what a phase folder's manifest.json says, exactly."""
    prefix = f"{context.identity.artifact_set_id}__{phase.value}__"
    return {
        "artifact_set_id": context.identity.artifact_set_id,
        "phase": phase.value,
        "run_id": context.run_id,
        "objects": [_object(prefix, path, member) for path, member in sorted(members.items())],
    }


def hash_manifest(members: Mapping[str, Member]) -> HashManifest:
    """Return the manifest over all members but the three that it does not list."""
    return HashManifest.of(
        {path: member.digest for path, member in members.items() if path not in UNLISTED}
    )


def packet_tree(manifest: HashManifest) -> bytes:
    """Return packet_tree.sha256: one sha256sum line over HASH_MANIFEST.txt."""
    return f"{manifest.digest.hex}  {HASH_MANIFEST}\n".encode()


def _object(prefix: str, path: str, member: Member) -> dict[str, object]:
    kind, media = "artifact", "application/octet-stream"
    for suffix, name, media_type in _KINDS:
        if path.endswith(suffix):
            kind, media = name, media_type
            break
    if "/artifacts/" in path:
        kind = "artifact"
    return {
        "object_id": prefix + path,
        "path": path,
        "kind": kind,
        "size": member.size,
        "digest": str(member.digest),
        "media_type": media,
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


_COMMANDS = """\
#!/bin/sh
# How to check this folder with tools that are not ours. Run it inside the folder.
set -eu
cd "$(dirname "$0")"
# 1. every file is as the manifest says
sha256sum --check --strict HASH_MANIFEST.txt
# 2. the manifest is as the tree digest says
sha256sum --check --strict packet_tree.sha256
# 3. the seal and the stage results are signed (KEY: the signer's public key, had from elsewhere)
#    cosign verify-blob-attestation --key KEY --insecure-ignore-tlog \\
#      --type https://release-ladder.readthedocs.io/predicates/evidence-bundle/v1 \\
#      --bundle bundle.sigstore.json HASH_MANIFEST.txt
"""

_RERUN = """\
#!/bin/sh
# Checks hashes, tree digest and the seal's signature; exit 0 is expected. Needs sha256sum, python3
# and openssl. The key beside the seal proves only that nothing changed since the seal was made: who
# made it, you know when the key's fingerprint, printed last, is one that you had from elsewhere.
set -eu
cd "$(dirname "$0")"
sha256sum --check --strict --quiet HASH_MANIFEST.txt
sha256sum --check --strict --quiet packet_tree.sha256
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$folder" <<'PYTHON'
import base64, hashlib, json, pathlib, subprocess, sys
folder = pathlib.Path(sys.argv[1])
bundle = json.loads(pathlib.Path("bundle.sigstore.json").read_bytes())
envelope = bundle["dsseEnvelope"]
payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
pae = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
(folder / "signed").write_bytes(pae)
(folder / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
subject = json.loads(payload)["subject"][0]["digest"]["sha256"]
if subject != hashlib.sha256(pathlib.Path("HASH_MANIFEST.txt").read_bytes()).hexdigest():
    sys.exit("the seal is about another HASH_MANIFEST.txt")
hint = bundle["verificationMaterial"]["publicKey"]["hint"]
for pem in sorted(pathlib.Path("trust/keys").glob("*.pem")):
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", pem, "-outform", "DER"],
                         check=True, capture_output=True).stdout
    if base64.b64encode(hashlib.sha256(der).digest()).decode() == hint:
        kind = ["-rawin"] if len(der) == 44 else ["-rawin", "-digest", "sha256"]
        files = ["-sigfile", folder / "signature", "-in", folder / "signed"]
        check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, *kind, *files]
        code = subprocess.run(check).returncode
        print("key", hashlib.sha256(der).hexdigest())
        sys.exit(code)
sys.exit("no key of trust/keys made this seal")
PYTHON
"""
