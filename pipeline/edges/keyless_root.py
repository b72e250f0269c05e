"""Trusted roots of Sigstore: which one counts, and until when each of its parts does.

Source: sigstore/protobuf-specs, `sigstore_trustroot.proto`. sigstore-python takes a log's, a CA's
or a CT log's key without looking at its `validFor`; `check_validity` looks.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError, load_json
from pipeline.proof.refused import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography.x509 import Certificate

MAX_ROOT = 4 * 1024 * 1024
"""Largest trusted root we read, in bytes; the public one has 7 KiB."""
PROJECT_ROOT = ("config", "trusted_root.json")
"""Where a project keeps the trusted root that it wants for all."""
_SHIPPED = ("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev", "trusted_root.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A trusted root: `name` says where it was found, `value` is the strict JSON of `data`."""

    name: str
    data: bytes = field(repr=False)
    value: dict[str, Any] = field(repr=False)

    @property
    def digest(self) -> Digest:
        """The digest of its bytes."""
        return Digest.of(self.data)


def find_root(named: Path | None, project: Path | None) -> Root:
    """Return the root that was named, else the project's, else the one of sigstore-python.

    The cache that other Sigstore clients keep in the home directory is neither read nor written.
    `OSError` says that a file cannot be read, `RefusedError` that it is no trusted root.
    """
    if named is not None:
        return _root(str(named), read_upto(named, MAX_ROOT))
    ours = project.joinpath(*PROJECT_ROOT) if project is not None else None
    if ours is not None and (ours.exists() or ours.is_symlink()):
        return _root("/".join(PROJECT_ROOT), read_upto(ours, MAX_ROOT))
    data = resources.files("sigstore").joinpath(*_SHIPPED).read_bytes()
    return _root(f"shipped with sigstore-python {metadata.version('sigstore')}", data)


def read_upto(path: Path, limit: int) -> bytes:
    """Return a file's bytes, of a longer one the first `limit` + 1: enough to refuse it."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _root(name: str, data: bytes) -> Root:
    try:
        value = load_json(data, limit=MAX_ROOT)
    except MalformedError as error:
        raise RefusedError(Reason.MALFORMED, f"the trusted root {name} is {error}") from error
    if not isinstance(value, dict):
        raise RefusedError(Reason.MALFORMED, f"the trusted root {name} is no JSON object")
    return Root(name=name, data=data, value=value)


def check_validity(root: Root, certificate: Certificate, entry: dict[str, Any]) -> None:
    """Refuse what was signed outside the `validFor` of the log, the CA or the CT log.

    All is verified already. A log entry of Rekor v2 has no time of its own: then the log's window
    must meet the certificate's (some ten minutes), in which the signature was made.
    """
    from cryptography.x509 import PrecertificateSignedCertificateTimestamps

    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    check_log(root, entry, start, end)
    issuers = [a for a in root.value["certificateAuthorities"] if _issued(a, certificate)]
    if not any(_covers(authority, start, start) for authority in issuers):
        raise _outside("certificate authority")
    of_scts = certificate.extensions.get_extension_for_class(
        PrecertificateSignedCertificateTimestamps
    )
    for sct in of_scts.value:
        at = sct.timestamp.replace(tzinfo=UTC)
        found = _by_id(root.value["ctlogs"], sct.log_id)
        if not any(_covers(log["publicKey"], at, at) for log in found):
            raise _outside("certificate transparency log")


def check_log(root: Root, entry: dict[str, Any], start: datetime, end: datetime) -> None:
    """Refuse a verified log entry whose log the root does not name for when it was made.

    That is its promised time; an entry without one was made between `start` and `end`.
    """
    promised = entry.get("inclusionPromise") and int(entry.get("integratedTime", "0"))
    logged = datetime.fromtimestamp(promised, UTC) if promised else None
    logs = _by_id(root.value["tlogs"], base64.b64decode(entry["logId"]["keyId"]))
    if not any(_covers(log["publicKey"], logged or start, logged or end) for log in logs):
        raise _outside("transparency log")


def _outside(what: str) -> RefusedError:
    text = f"the {what} is not in the trusted root, or not for that time"
    return RefusedError(Reason.UNVERIFIED, text)


def _by_id(logs: Iterable[dict[str, Any]], wanted: bytes) -> Iterable[dict[str, Any]]:
    for log in logs:
        ids = (log.get("logId"), log.get("checkpointKeyId"))
        if any(named and base64.b64decode(named["keyId"]) == wanted for named in ids):
            yield log


def _issued(authority: dict[str, Any], certificate: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import load_der_x509_certificate

    for item in authority["certChain"]["certificates"]:
        try:
            issuer = load_der_x509_certificate(base64.b64decode(item["rawBytes"]))
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError):
            continue
        return True
    return False


def _covers(part: dict[str, Any], start: datetime, end: datetime) -> bool:
    """Say whether a part's time range meets [start, end]; a part without a range is never valid."""
    window = part.get("validFor") or {}
    begins, ends = window.get("start"), window.get("end")
    if not begins or datetime.fromisoformat(begins) > end:
        return False
    return ends is None or datetime.fromisoformat(ends) >= start
