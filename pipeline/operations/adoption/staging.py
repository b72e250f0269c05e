"""Everything of an adoption made aside: the release's folder, the ledger, the proven reverse patch.

Nothing in `releases/` is touched here. What lies ready aside has been verified as it will be
verified where it goes, and it has been put into a copy of `releases/` and taken out again there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.adoption import Reverse, cuts, missing_evidence
from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.ledger import Adopted, Adopting, adopt
from pipeline.edges.files import disk_errors, write_tree
from pipeline.edges.hashing import tree_manifest
from pipeline.errors import HeldError, UntrustedError
from pipeline.operations.adoption.checking import check_release
from pipeline.operations.adoption.drafts import SAID, SIGNED, adoption_path, drafts
from pipeline.operations.adoption.key_trust import path_of
from pipeline.operations.adoption.record import ADOPTION_RECORD, statement
from pipeline.operations.adoption.shelf import LEDGER, OBJECTS, REVERSE, REVIEW, refuse
from pipeline.operations.adoption.sources import keys_in, listed_files
from pipeline.operations.adoption.undo import undo
from pipeline.operations.believe import believe
from pipeline.operations.signer_boundary import Acting, open_signer

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.adoption import Contract
    from pipeline.core.policies.adoption import AdoptionPolicy
    from pipeline.core.release import Phase
    from pipeline.operations.adoption.record import Act
    from pipeline.operations.adoption.shelf import Shelf
    from pipeline.operations.adoption.sources import Sources
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.verify import VerifiedStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A contract that was made again and compared, with its bundles and who adopts them."""

    contract: Contract
    sources: Sources
    policy: AdoptionPolicy
    act: Act


def sign(workspace: Workspace, reviewed: Reviewed) -> dict[Phase, tuple[VerifiedStatement, bytes]]:
    """Sign the adoption record of each phase by the signer's process, and read each back."""
    contract, sources = reviewed.contract, reviewed.sources
    files = {item.name: _file_of(sources, item.digest) for item in contract.artifacts}
    wanted = {
        source.phase: statement(contract, sources, source.phase, reviewed.act)
        for source in contract.sources
    }
    for phase, one in wanted.items():
        missing = missing_evidence(reviewed.policy.evidence, one.predicate)
        if missing:
            raise HeldError(
                f"the adoption of {phase.value} would not show {', '.join(missing)}",
                where="config/policies/adoption.yaml",
                todo="adopt bundles whose records say it, or ask for what they can show",
            )
    with open_signer(workspace, Acting.PERSON) as signer:
        payloads = [one.to_bytes() for one in wanted.values()]
        signed = signer.sign(payloads, files, {ADOPTION_RECORD})
    found = {}
    for phase, payload, data in zip(wanted, payloads, signed, strict=True):
        believed = believe(workspace.trust, data, where=f"the adoption record of {phase.value}")
        if believed.payload != payload:
            raise UntrustedError(
                "the signer signed something else than it was given",
                where=phase.value,
                todo="do not trust this machine's pipeline; compare it with a release of it",
            )
        found[phase] = (believed, data)
    return found


def _file_of(sources: Sources, digest: str) -> Path:
    """Return a file of the bundles with these bytes, for the signer to hash."""
    for checked in sources.bundles:
        for path, found in checked.manifest.entries:
            if str(found) == digest:
                return checked.folder / path
    raise UntrustedError(
        f"an artifact of the release ({digest}) is in none of its bundles",
        where=str(sources.bundles[0].folder),
        todo="adopt what one run left, as `invoke promote` wrote it",
    )


def stage(workspace: Workspace, shelf: Shelf, reviewed: Reviewed, aside: Path) -> Adopted:
    """Make the release's folder aside, verify it there, and prove that it can be taken out again.

    Returns the ledger as it will be. A file that changed since it was verified is 11.
    """
    contract, act = reviewed.contract, reviewed.act
    files = _bundles(reviewed.sources)
    digests = dict(_digests(reviewed.sources))
    signed = sign(workspace, reviewed)
    made = {REVIEW: contract.to_bytes()}
    keys = _keys(workspace, reviewed.sources, [believed for believed, _ in signed.values()])
    made |= {path_of(key_id): pem for key_id, pem in keys.items()}
    for phase, (believed, data) in signed.items():
        made[adoption_path(phase, SIGNED)] = data
        made[adoption_path(phase, SAID)] = canonical(believed.statement.predicate)
    brought = drafts(contract, keys, {p: one.bundle_digest for p, (one, _) in signed.items()})
    try:
        adopted = adopt(
            shelf.data,
            shelf.objects,
            Adopting(
                set=contract.set,
                run=contract.run,
                target=contract.target,
                version=contract.version,
                adopter=act.adopter,
                reference=act.reference,
                adopted_at=act.at,
                contract=contract.contract_hash,
                drafts=brought,
            ),
        )
    except MalformedError as error:
        raise refuse(f"it cannot be added to the ledger: {error}", shelf.folder) from error
    made[OBJECTS] = adopted.objects.render()
    digests |= {path: Digest.of(data) for path, data in made.items()}
    cut = cuts(adopted.ledger)[adopted.entry.id]
    made[REVERSE] = Reverse.make(adopted.entry, cut, digests).to_bytes()
    written = write_tree(aside / contract.set, {**files, **made})
    changed = [path for path, digest in digests.items() if written[path] != digest]
    if changed:
        raise refuse(f"{changed[0]} was changed while it was copied", reviewed.sources.where)
    check_release(aside / contract.set, adopted.entry, cut, workspace.configuration.trust)
    prove(shelf, adopted, aside)
    return adopted


def _bundles(sources: Sources) -> dict[str, bytes | Path]:
    return {
        f"{checked.said.phase.value}/{path}": checked.folder / path
        for checked in sources.bundles
        for path in listed_files(checked)
    }


def _digests(sources: Sources) -> dict[str, Digest]:
    return {
        f"{checked.said.phase.value}/{path}": digest
        for checked in sources.bundles
        for path, digest in listed_files(checked).items()
    }


def _keys(
    workspace: Workspace, sources: Sources, adoptions: list[VerifiedStatement]
) -> dict[Digest, bytes]:
    """Return the keys of all who signed: key id → PEM."""
    used = {*keys_in(sources, workspace.trust), *(one.key_id for one in adoptions)}
    return {key.key_id: key.public.pem for key in workspace.trust.keys if key.key_id in used}


def prove(shelf: Shelf, adopted: Adopted, aside: Path) -> None:
    """Adopt into a copy of `releases/` and undo it there: each byte must be as before.

    The copy has what an adoption could touch: the files beside the folders, and of each release
    its `objects.json`, which binds the rest of it.
    """
    copy, name = aside / "proof", adopted.entry.set
    with disk_errors(copy):
        copy.mkdir()
        if shelf.folder.is_dir():
            for path in sorted(shelf.folder.iterdir()):
                if path.is_file():
                    shutil.copyfile(path, copy / path.name, follow_symlinks=False)
        for other, data in shelf.objects.items():
            (copy / other).mkdir()
            (copy / other / OBJECTS).write_bytes(data)
        before = tree_manifest(copy)
        shutil.copytree(aside / name, copy / name, symlinks=True)
        (copy / LEDGER).write_bytes(adopted.ledger.render())
        ledger = undo(copy, adopted.ledger, adopted.entry)
        shutil.rmtree(copy / name)
        if ledger is None:
            (copy / LEDGER).unlink()
        else:
            (copy / LEDGER).write_bytes(ledger)
        after = tree_manifest(copy)
        shutil.rmtree(copy)
    if after != before or ledger != shelf.data:
        raise refuse("the reverse patch does not bring back what was there", shelf.folder)
