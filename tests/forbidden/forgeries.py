"""The nine classes, as somebody who has the store, the folders and the key would try them."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

from pipeline.core.bundle import HASH_MANIFEST
from pipeline.core.canonical import canonical
from tests.climbing import bakery
from tests.forbidden.kitchen import NAMED, OTHER, Evidence
from tests.operations import reviewed
from tests.proof import making
from tests.tamper import damage, forge, release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIVE = "live_workflow_backed"


def _newest(evidence: Evidence) -> tuple[str, str]:
    """Return the stage that passed last, and its stage result's digest."""
    return list(evidence.results().items())[-1]


def _instead(evidence: Evidence, digest: str, other: str) -> None:
    """Let the journal name another stage result, in a chain that holds."""
    entries = evidence.entries
    for entry in entries:
        if entry["outputs"].get("stage_result") == digest:
            entry["outputs"]["stage_result"] = other
    evidence.rewrite(entries)


def _resign(evidence: Evidence, key: Any) -> None:  # noqa: ANN401 - a signing key
    _, digest = _newest(evidence)
    data = forge.resigned(evidence.object(digest).read_bytes(), key)
    _instead(evidence, digest, forge.put(evidence.root, data))


def missing(evidence: Evidence) -> None:
    """Take the newest stage result out of the store."""
    evidence.object(_newest(evidence)[1]).unlink()


def changed(evidence: Evidence) -> None:
    """Change one bit of the newest stage result."""
    path = evidence.object(_newest(evidence)[1])
    path.chmod(0o644)
    damage.DAMAGES["middle_bit"](path, path)


def wrongly_signed(evidence: Evidence) -> None:
    """Let a key that nobody knows sign the newest stage result."""
    _resign(evidence, forge.STRANGER)


def unsigned(evidence: Evidence) -> None:
    """Let nobody sign the newest stage result."""
    _, digest = _newest(evidence)
    statement = forge.payload(evidence.object(digest).read_bytes())
    _instead(evidence, digest, forge.put(evidence.root, unsigned_bytes(statement)))


def unsigned_bytes(statement: dict[str, Any]) -> bytes:
    """Return a bundle of a statement with an empty signature."""
    data = forge.resigned(making.bundle(forge.STRANGER), forge.STRANGER)
    document = json.loads(data)
    payload = base64.b64encode(canonical(statement)).decode()
    document["dsseEnvelope"] |= {"payload": payload, "signatures": [{"sig": ""}]}
    return canonical(document)


def _trust(evidence: Evidence, **listed: Any) -> None:  # noqa: ANN401 - fields of a key's entry
    """Commit a trust configuration with the stranger as a tester, or with the local key."""
    pem = forge.STRANGER.public.pem.decode("ascii")
    entry: tuple[str, str, dict[str, str]] = ("bob", pem, {})
    if listed:
        entry = ("ada", release.key_of(evidence.root).read_text("ascii"), listed)
    text = release.trust_of(entry, roles=["tester"])
    reviewed.write(evidence.root, "config/trust.yaml", text)
    reviewed.commit(evidence.root)


def wrong_authority(evidence: Evidence) -> None:
    """Let a known tester sign the newest stage result, which is for the sealer."""
    _resign(evidence, forge.STRANGER)
    _trust(evidence)


def stale(evidence: Evidence) -> None:
    """Let the time of the key that signed everything have run out."""
    _trust(evidence, valid_from='"2020-01-01T00:00:00Z"', valid_until='"2020-01-02T00:00:00Z"')


def revoked(evidence: Evidence) -> None:
    """Revoke the key that signed everything."""
    _trust(evidence, revoked="true")


def _policies(evidence: Evidence, **promotion: str) -> None:
    bakery.reconfigure(evidence.root, promotion=promotion, **NAMED)


def synthetic(evidence: Evidence) -> None:
    """Ask for a trusted workflow's evidence where there is local proof alone."""
    _policies(evidence, origin=LIVE)


def called_live(evidence: Evidence) -> None:
    """Let the newest stage result say of itself that a workflow made it."""
    _, digest = _newest(evidence)

    def claim(statement: dict[str, Any]) -> None:
        statement["predicate"]["origin_class"] = LIVE

    own = forge.own_key(evidence.root)
    data = forge.resigned(evidence.object(digest).read_bytes(), own, claim)
    _instead(evidence, digest, forge.put(evidence.root, data))


def skipped(evidence: Evidence) -> None:
    """Let the journal tell of no first stage, in a chain that holds."""
    first = evidence.entries[0]["name"]
    evidence.rewrite([entry for entry in evidence.entries if entry["name"] != first])


def drifted(evidence: Evidence) -> None:
    """Let the policies of now ask for what those of then did not."""
    _policies(evidence, security_review="required")


def replayed(evidence: Evidence) -> None:
    """Put the same stage's result of another release in the newest one's place."""
    stage, digest = _newest(evidence)
    _instead(evidence, digest, Evidence(evidence.root, OTHER).results()[stage])


def replayed_stage(evidence: Evidence) -> None:
    """Put another stage's result of the same run in the newest one's place."""
    _, digest = _newest(evidence)
    first = next(iter(evidence.results().values()))
    _instead(evidence, digest, first)


IN_THE_STORE: dict[str, Callable[[Evidence], None]] = {
    "missing": missing,
    "changed": changed,
    "unsigned": unsigned,
    "wrongly_signed": wrongly_signed,
    "wrong_authority": wrong_authority,
    "stale": stale,
    "revoked": revoked,
    "synthetic": synthetic,
    "called_live": called_live,
    "skipped": skipped,
    "drifted": drifted,
    "replayed": replayed,
    "replayed_stage": replayed_stage,
}
"""Class → what is done to the store and the configuration."""


def _pre(evidence: Evidence) -> Path:
    return evidence.folder / "pre-deploy"


def _result(evidence: Evidence, stage: str = "look") -> Path:
    return _pre(evidence) / stage / "00-stage-result.sigstore.json"


def seal(evidence: Evidence) -> None:
    """Seal the folder anew, with the key of its project."""
    forge.remanifest(_pre(evidence), forge.own_key(evidence.root))


def folder_missing(evidence: Evidence) -> None:
    """Take a stage result out of a folder, and seal that anew."""
    _result(evidence).unlink()
    seal(evidence)


def folder_changed(evidence: Evidence) -> None:
    """Change one bit of the artifact."""
    path = _pre(evidence) / "bake" / "artifacts" / "bread.whl"
    path.chmod(0o644)
    damage.DAMAGES["middle_bit"](path, path)


def folder_wrongly_signed(evidence: Evidence) -> None:
    """Let a key that nobody knows sign a stage result, and seal that anew."""
    path = _result(evidence)
    path.write_bytes(forge.resigned(path.read_bytes(), forge.STRANGER))
    seal(evidence)


def folder_unsigned(evidence: Evidence) -> None:
    """Let nobody sign a stage result, and seal that anew."""
    path = _result(evidence)
    path.write_bytes(unsigned_bytes(forge.payload(path.read_bytes())))
    seal(evidence)


def folder_wrong_authority(evidence: Evidence) -> None:
    """Let a known tester seal the folder."""
    forge.remanifest(_pre(evidence), forge.STRANGER)
    _trust(evidence)


def folder_called_live(evidence: Evidence) -> None:
    """Let a record say of itself that a workflow made it, and seal that anew."""
    path = _pre(evidence) / "nod" / "02-record-tracking.sigstore.json"

    def claim(statement: dict[str, Any]) -> None:
        statement["predicate"]["origin_class"] = LIVE

    path.write_bytes(forge.resigned(path.read_bytes(), forge.own_key(evidence.root), claim))
    seal(evidence)


def folder_skipped(evidence: Evidence) -> None:
    """Take a whole stage out of a folder, and seal that anew."""
    shutil.rmtree(_pre(evidence) / "look")
    seal(evidence)


def folder_replayed(evidence: Evidence) -> None:
    """Put the same stage of another release into a folder, and seal that anew."""
    other = _pre(Evidence(evidence.root, OTHER)) / "look"
    shutil.rmtree(_pre(evidence) / "look")
    shutil.copytree(other, _pre(evidence) / "look")
    seal(evidence)


def folder_unsealed(evidence: Evidence) -> None:
    """Take the manifest away that the seal is about."""
    (_pre(evidence) / HASH_MANIFEST).unlink()


IN_A_FOLDER: dict[str, Callable[[Evidence], None]] = {
    "missing": folder_missing,
    "unsealed": folder_unsealed,
    "changed": folder_changed,
    "unsigned": folder_unsigned,
    "wrongly_signed": folder_wrongly_signed,
    "wrong_authority": folder_wrong_authority,
    "stale": stale,
    "revoked": revoked,
    "synthetic": synthetic,
    "called_live": folder_called_live,
    "skipped": folder_skipped,
    "drifted": drifted,
    "replayed": folder_replayed,
}
"""Class → what is done to a sealed folder and the configuration."""
