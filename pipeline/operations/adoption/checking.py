"""Verifying what was adopted, each release with its own keys, offline.

Rules, by number:

1. `objects.json` is the one that the ledger's entry names, and numbers exactly what the entry took.
2. The keys are those that it lists; nobody else is believed for this release (`key_trust`).
3. Each phase's bundle holds by the standalone checker under these keys.
4. `review.json` is the contract that the entry names, and says of the bundles what they say now.
5. Each phase has its adoption record, signed by one of these keys, and it says exactly what follows
   from the contract and the entry.
6. The objects are exactly those that follow from contract, keys and adoption records.
7. `reverse.json` is exactly the patch that follows from the ledger and the files.
8. There is no other file and no empty folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.adoption import Contract, Reverse
from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.ledger import Objects
from pipeline.core.release import Phase
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import tree_manifest
from pipeline.operations.adoption.contract import bundle_facts, facts, record_facts
from pipeline.operations.adoption.drafts import SAID, SIGNED, adoption_path, drafts
from pipeline.operations.adoption.key_trust import objects_of, trust_in
from pipeline.operations.adoption.record import Act, statement
from pipeline.operations.adoption.shelf import OBJECTS, REVERSE, REVIEW, read, refuse
from pipeline.operations.adoption.sources import keys_in, listed_files, open_sources, records
from pipeline.operations.believe import believe
from pipeline.operations.differences import differences, refuse_empty

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.adoption import Cut
    from pipeline.core.ledger import Entry
    from pipeline.core.trust import TrustConfig
    from pipeline.operations.adoption.sources import Sources
    from pipeline.proof.trust import RehearsalTrust
    from pipeline.proof.verify import VerifiedStatement


ORIGIN = "origin_class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An adopted release that all rules hold for."""

    entry: Entry
    contract: Contract
    objects: Objects
    sources: Sources

    @property
    def told(self) -> dict[str, Any]:
        """What `verify` tells of it."""
        return {
            "id": self.entry.id,
            "set": self.entry.set,
            "target": self.entry.target,
            "release": self.entry.version,
            "objects": {"first": self.entry.first, "last": self.entry.max_after},
            "records": len(self.contract.adopted_record_ids),
            "origin_class": self.sources.origin.value,
            "adopter": self.entry.adopter,
            "folders": [checked.told for checked in self.sources.bundles],
        }


def check_release(folder: Path, entry: Entry, cut: Cut, config: TrustConfig) -> Release:
    """Check an adopted release's folder by the eight rules; the first that is broken raises (11).

    `cut` is the entry's line in the ledger (`core.adoption.cuts`), `config` config/trust.yaml.
    """
    with disk_errors(folder):
        there = tree_manifest(folder).as_dict()
    objects = objects_of(folder, entry)
    numbers = [item.number for item in objects.objects]
    if numbers != list(range(entry.first, entry.max_after + 1)):
        raise refuse(f"its numbers are not {entry.first} to {entry.max_after}", folder / OBJECTS)
    trust = trust_in(folder, objects, config)
    phases = [folder / phase.value for phase in Phase if (folder / phase.value).is_dir()]
    if not phases:
        raise refuse("it has no bundle", folder)
    sources = open_sources(phases, trust)
    try:
        contract = Contract.parse(read(folder / REVIEW))
    except MalformedError as error:
        raise refuse(f"the contract cannot be believed: {error}", folder / REVIEW) from error
    _check_contract(contract, entry, sources, trust, folder)
    signed = _check_adoption(folder, contract, entry, sources, trust)
    used = {*keys_in(sources, trust), *(believed.key_id for believed in signed.values())}
    keys = {key.key_id: key.pem.encode("ascii") for key in trust.keys if key.key_id in used}
    said = {phase: believed.bundle_digest for phase, believed in signed.items()}
    wanted = Objects.of(entry.set, drafts(contract, keys, said), entry.first)
    if wanted != objects:
        raise refuse("it lists other objects than the release has", folder / OBJECTS)
    _check_files(folder, entry, cut, objects, sources, there)
    return Release(entry=entry, contract=contract, objects=objects, sources=sources)


def _check_contract(
    contract: Contract, entry: Entry, sources: Sources, trust: RehearsalTrust, folder: Path
) -> None:
    """Check rule 4; what policies and ledger said then is the contract's alone to say."""
    named = (contract.contract_hash, contract.set, contract.run, contract.target, contract.version)
    if named != (entry.contract, entry.set, entry.run, entry.target, entry.version):
        raise refuse("it is another contract than the ledger names", folder / REVIEW)
    found = records(sources)
    said = contract.to_dict()
    wanted = facts(sources, found, trust)
    for key in [*said["keys"], *wanted["keys"]]:
        key.pop("principal")  # what a key's owner is called, config/trust.yaml says, and may change
    # the class that the review derived under its trust: these keys show less, and nothing reads it
    wrong = [name for name, value in wanted.items() if name != ORIGIN and said[name] != value]
    bundles = [{k: v for k, v in one.items() if k != "path"} for one in said["sources"]]
    listed = [{k: v for k, v in one.items() if k != "adopted"} for one in said["records"]]
    wrong += ["sources"] if bundles != bundle_facts(sources) else []
    wrong += ["records"] if listed != [record_facts(one) for one in found] else []
    adopted = [record.record_id for record in contract.records if record.adopted]
    wrong += ["adopted_record_ids"] if adopted != list(contract.adopted_record_ids) else []
    if wrong:
        raise refuse(f"the bundles say otherwise: {', '.join(wrong)}", folder / REVIEW)


def _check_adoption(
    folder: Path, contract: Contract, entry: Entry, sources: Sources, trust: RehearsalTrust
) -> dict[Phase, VerifiedStatement]:
    """Check rule 5, and return the signed records."""
    act = Act(adopter=entry.adopter, reference=entry.reference, at=entry.adopted_at)
    signed: dict[Phase, VerifiedStatement] = {}
    for source in contract.sources:
        path = folder / adoption_path(source.phase, SIGNED)
        believed = believe(trust, read(path), where=str(path))
        wanted = statement(contract, sources, source.phase, act)
        if believed.payload != wanted.to_bytes():
            raise refuse("the adoption record says something else than what was adopted", path)
        said = folder / adoption_path(source.phase, SAID)
        if read(said) != canonical(wanted.predicate):
            raise refuse("it is not what the signed adoption record says", said)
        signed[source.phase] = believed
    return signed


def _check_files(
    folder: Path,
    entry: Entry,
    cut: Cut,
    objects: Objects,
    sources: Sources,
    there: dict[str, Digest],
) -> None:
    """Check rules 1 (the objects' bytes), 7 and 8."""
    wanted = {item.path: Digest.parse(item.digest) for item in objects.objects}
    for checked in sources.bundles:
        prefix = checked.said.phase.value
        wanted |= {f"{prefix}/{path}": digest for path, digest in listed_files(checked).items()}
        said = adoption_path(checked.said.phase, SAID)
        wanted[said] = there.get(said, checked.manifest.digest)
    wanted[OBJECTS] = Digest.parse(entry.objects)
    reverse = Reverse.make(entry, cut, wanted).to_bytes()
    wanted[REVERSE] = Digest.of(reverse)
    if there != wanted:
        raise refuse(f"not as it was adopted: {differences(there, wanted)}", folder)
    refuse_empty(folder)
