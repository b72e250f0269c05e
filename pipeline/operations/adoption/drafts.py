"""Which objects an adopted release brings, in the order in which they are numbered.

Bundles, records, the review contract, keys, adoption records: each in the order of phases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core import bundle
from pipeline.core.canonical import Digest
from pipeline.core.ledger import Draft, Kind
from pipeline.core.release import Phase
from pipeline.operations.adoption.key_trust import path_of
from pipeline.operations.adoption.shelf import ADOPTION, REVIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.core.adoption import Contract

FAMILY = "adoption"
SIGNED, SAID = "adoption.sigstore.json", "adoption.json"


def adoption_path(phase: Phase, name: str) -> str:
    """Return where a phase's adoption record lies in a release's folder."""
    return f"{ADOPTION}/{phase.value}/{name}"


def adoption_id(contract: Contract, phase: Phase) -> str:
    """Return the id of a phase's adoption record."""
    return f"{contract.set}__{phase.value}__{contract.adoption_policy}"


def drafts(
    contract: Contract, keys: Mapping[Digest, bytes], signed: Mapping[Phase, Digest]
) -> list[Draft]:
    """Return the objects of a release: `keys` are PEM by id, `signed` the adoption records."""
    review = str(Digest.of(contract.to_bytes()))
    return [
        *_bundles(contract),
        *_records(contract),
        Draft(id=f"{contract.set}__{REVIEW}", kind=Kind.REVIEW, path=REVIEW, digest=review),
        *_keys(contract, keys),
        *_adoptions(contract, signed),
    ]


def _bundles(contract: Contract) -> Iterator[Draft]:
    for source in contract.sources:
        yield Draft(
            id=f"{contract.set}__{source.phase.value}__{bundle.SEAL}",
            kind=Kind.BUNDLE,
            phase=source.phase,
            path=f"{source.phase.value}/{bundle.SEAL}",
            digest=source.seal,
        )


def _records(contract: Contract) -> Iterator[Draft]:
    for record in contract.records:
        if record.adopted:
            yield Draft(
                id=record.record_id,
                kind=Kind.RECORD,
                family=record.family,
                phase=record.phase,
                path=f"{record.phase.value}/{record.path}",
                digest=record.digest,
            )


def _keys(contract: Contract, keys: Mapping[Digest, bytes]) -> Iterator[Draft]:
    for key_id, pem in sorted(keys.items()):
        yield Draft(
            id=f"{contract.set}__{path_of(key_id)}",
            kind=Kind.KEY,
            path=path_of(key_id),
            digest=str(Digest.of(pem)),
        )


def _adoptions(contract: Contract, signed: Mapping[Phase, Digest]) -> Iterator[Draft]:
    for phase, digest in signed.items():
        yield Draft(
            id=adoption_id(contract, phase),
            kind=Kind.ADOPTION,
            family=FAMILY,
            phase=phase,
            path=adoption_path(phase, SIGNED),
            digest=str(digest),
        )
