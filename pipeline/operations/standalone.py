"""Checking a phase folder alone: nothing but the folder and the keys that one believes.

Rules, by number:

1. HASH_MANIFEST.txt lists exactly the files that are there, with their digests, and
   packet_tree.sha256 is its digest.
2. bundle.sigstore.json is a seal by a believed key over this HASH_MANIFEST.txt.
3. run.json is the context, and journal.jsonl the journal, that the seal names, to its last entry.
4. Every ended attempt in the journal has its stage result in the folder, bound to this run, and
   everything that it lists is there (`operations.evidence`, rules 1 to 6).
5. The seal lists exactly the stages whose attempts are there.
6. manifest.json lists exactly the files that HASH_MANIFEST.txt lists but itself.
7. What is carried of the phase before is sealed by a believed key, and is of the same run.
8. Every file lies where this release has it (`operations.places`), and no folder is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core import bundle
from pipeline.core.attempts import check_attempts
from pipeline.core.canonical import Digest, HashManifest, MalformedError, load_canonical, load_json
from pipeline.core.journal import Journal, Status
from pipeline.core.predicates.evidence_bundle import EvidenceBundle
from pipeline.core.release import Phase, RunContext
from pipeline.core.statement import EVIDENCE_BUNDLE
from pipeline.edges.files import disk_errors
from pipeline.edges.hashing import tree_manifest
from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations import folder_store
from pipeline.operations.adoption.key_trust import adopted_entry, adopted_trust
from pipeline.operations.believe import believe
from pipeline.operations.differences import refuse_empty
from pipeline.operations.evidence import Source, imported, opened
from pipeline.operations.folder_store import FolderStore
from pipeline.operations.history import Run
from pipeline.operations.places import misplaced
from pipeline.proof.trust import RehearsalTrust, TrustedKey

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.evidence import StageEvidence
    from pipeline.core.journal import Entry
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.verify import VerifiedStatement

TODO = folder_store.TODO


def trust_of(
    workspace: Workspace | None, key: Path | None, folder: Path | None = None
) -> RehearsalTrust:
    """Return who is believed: the given public key, else those whom this project knows.

    In an adopted release's folder that are the keys that were adopted with it, and nobody else.
    """
    if key is not None:
        try:
            pem = key.read_text("ascii")
            given = TrustedKey(
                pem=pem,
                principal="the key given",
                valid_from="1970-01-01T00:00:00Z",
                valid_until="9999-12-31T23:59:59Z",
            )
        except (OSError, UnicodeDecodeError, MalformedError) as error:
            raise WrongUsageError(
                f"--key is no public key in PEM: {error}", where=str(key), todo="name a PEM file"
            ) from error
        return RehearsalTrust([given])
    if workspace is None:
        raise WrongUsageError(
            "outside a project nobody's key is known", where="--key", todo="give --key PEM"
        )
    entry = None if folder is None else adopted_entry(workspace.root, folder)
    if entry is not None:
        return adopted_trust(workspace.root, entry, workspace.configuration.trust)
    return workspace.trust


def phase_folders(folder: Path) -> list[Path]:
    """Return the phase folders that a path means: itself, or those below it in phase order."""
    if (folder / bundle.HASH_MANIFEST).is_file():
        return [folder]
    found = [folder / phase.value for phase in Phase if (folder / phase.value).is_dir()]
    if not folder.is_dir():
        raise UntrustedError(
            "there is no such folder, so nothing is proven",
            where=str(folder),
            todo="name a folder of evidence: artifacts/release-evidence/CHANNEL/RUN, as `invoke "
            "status` tells it",
        )
    if not found:
        raise UntrustedError(
            f"there is no {bundle.HASH_MANIFEST} here, so nothing is proven",
            where=str(folder),
            todo="name a phase folder, or the folder that holds pre-deploy/ and post-deploy/",
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A phase folder that the eight rules hold for, and what was opened on the way."""

    folder: Path
    manifest: HashManifest
    sealed: VerifiedStatement
    """The seal, as it was verified."""
    said: EvidenceBundle
    run: Run
    attempts: tuple[StageEvidence, ...]
    """The attempts of this phase's stages, oldest first."""
    imported: tuple[StageEvidence, ...]
    """The stages that the run took over from another ladder's."""

    @property
    def told(self) -> dict[str, Any]:
        """What `verify` tells of it."""
        return {
            "folder": str(self.folder),
            "phase": self.said.phase.value,
            "run": self.run.context.run,
            "release": self.run.context.version,
            "closed": self.said.closed,
            "stages": [{"id": s.id, "verdict": s.verdict.value} for s in self.said.stages],
            "files": len(self.manifest.entries),
            "statements": sum(len(item.statements) + 1 for item in self.attempts),
        }


def check_folder(folder: Path, trust: RehearsalTrust) -> dict[str, Any]:
    """Check one phase folder by the eight rules; the first thing that is wrong raises (11)."""
    return open_folder(folder, trust).told


def open_folder(folder: Path, trust: RehearsalTrust) -> Checked:
    """Check one phase folder as `check_folder` does, and return what was opened."""
    manifest = _check_files(folder)
    try:
        believed, said, run = _check_seal(folder, manifest, trust)
        attempts, taken = _check_attempts(folder, manifest, trust, said, run)
        _check_listing(folder, manifest, said.phase, run)
        _check_carried(folder, manifest, trust, run)
        for wrong in misplaced(manifest, said, attempts, taken, lambda path: _read(folder, path)):
            raise _refuse(wrong, folder)
        refuse_empty(folder)
    except (MalformedError, KeyError, TypeError) as error:
        raise UntrustedError(f"malformed: {error}", where=str(folder), todo=TODO) from error
    return Checked(
        folder=folder,
        manifest=manifest,
        sealed=believed,
        said=said,
        run=run,
        attempts=tuple(attempts),
        imported=taken,
    )


def _refuse(what: str, folder: Path) -> UntrustedError:
    return UntrustedError(what, where=str(folder), todo=TODO)


def _check_files(folder: Path) -> HashManifest:
    """Check rule 1."""
    with disk_errors(folder):
        there = tree_manifest(folder).as_dict()
    try:
        manifest = HashManifest.parse((folder / bundle.HASH_MANIFEST).read_bytes())
    except (OSError, MalformedError) as error:
        raise _refuse(f"{bundle.HASH_MANIFEST}: {error}", folder) from error
    wanted = {
        **manifest.as_dict(),
        bundle.HASH_MANIFEST: manifest.digest,
        bundle.PACKET_TREE: Digest.of(bundle.packet_tree(manifest)),
    }
    wanted[bundle.SEAL] = there.get(bundle.SEAL, manifest.digest)
    for path in sorted(there.keys() | wanted.keys()):
        if there.get(path) != wanted.get(path):
            how = "missing" if path not in there else "changed" if path in wanted else "added"
            raise _refuse(f"{path} was {how}", folder)
    return manifest


def _check_seal(
    folder: Path, manifest: HashManifest, trust: RehearsalTrust
) -> tuple[VerifiedStatement, EvidenceBundle, Run]:
    """Check rules 2 and 3."""
    believed = believe(trust, _read(folder, bundle.SEAL), where=f"{folder}/{bundle.SEAL}")
    if believed.statement.predicate_type != EVIDENCE_BUNDLE:
        raise _refuse("the seal is another statement", folder)
    if [s.digest for s in believed.statement.subjects] != [manifest.digest]:
        raise _refuse("the seal is about another HASH_MANIFEST.txt", folder)
    said = EvidenceBundle.from_json(believed.statement.predicate)
    context = RunContext.from_dict(load_canonical(_read(folder, bundle.RUN)))
    if (said.run, said.context) != (context.run_id, str(context.digest)):
        raise _refuse("the seal is of another run than run.json", folder)
    raw = _read(folder, bundle.JOURNAL)
    journal = Journal.parse(raw, context=context.digest)
    check_attempts(journal, context=context.digest)
    if journal.to_bytes() != raw or len(journal.entries) != said.journal.entries:
        raise _refuse("the journal is not the one that was sealed: cut or extended", folder)
    if journal.head != said.journal.head:
        raise _refuse("the journal's head is not the one that was sealed", folder)
    return believed, said, Run(context=context, journal=journal, seals=())


def _check_attempts(
    folder: Path, manifest: HashManifest, trust: RehearsalTrust, said: EvidenceBundle, run: Run
) -> tuple[list[StageEvidence], tuple[StageEvidence, ...]]:
    """Check rules 4 and 5; return the attempts, and the stages taken over from another ladder."""
    store = FolderStore(folder=folder, paths={d.hex: path for path, d in manifest.entries})
    ended = [entry for entry in run.journal.entries if entry.outputs.get("stage_result")]
    order = tuple(dict.fromkeys(entry.name for entry in run.journal.entries))
    mine = {stage.id for stage in said.stages}
    source = Source(
        store=store,
        trust=trust,
        run=run,
        order=order,
        phases=_phases(order, mine, said.phase),
        whose="the journal",
    )
    attempts, newest = [], {}
    for entry in ended:
        if entry.name in mine:
            item = opened(source, entry)
            attempts.append(item)
            newest[entry.name] = (item.result.verdict, str(item.digest))
    if {s.id: (s.verdict, s.result) for s in said.stages} != newest:
        raise _refuse("the seal lists other stages than the journal has", folder)
    _check_closed(said, ended, folder)
    return attempts, imported(source)


def _check_closed(said: EvidenceBundle, ended: list[Entry], folder: Path) -> None:
    if not said.stages or (said.closed and ended[-1].status is not Status.PASS):
        raise _refuse("the seal says closed, but the last attempt did not pass", folder)


def _phases(order: tuple[str, ...], mine: set[str], phase: Phase) -> dict[str, Phase]:
    """Return the phases that stages can have here: those not sealed here lie before."""
    other = Phase.PRE_DEPLOY if phase is Phase.POST_DEPLOY else Phase.POST_DEPLOY
    return {stage: phase if stage in mine else other for stage in order}


def _check_listing(folder: Path, manifest: HashManifest, phase: Phase, run: Run) -> None:
    """Check rule 6: member for member, so that nothing is said there that nobody reads."""
    members = {
        path: bundle.Member(digest=digest, size=(folder / path).stat().st_size)
        for path, digest in manifest.entries
        if path != bundle.MANIFEST
    }
    wanted = bundle.listing(run.context, phase, members)
    if load_json(_read(folder, bundle.MANIFEST)) != wanted:
        raise _refuse("manifest.json lists other files than HASH_MANIFEST.txt", folder)


def _check_carried(folder: Path, manifest: HashManifest, trust: RehearsalTrust, run: Run) -> None:
    """Check rule 7."""
    prefix = Phase.PRE_DEPLOY.value
    if f"{prefix}/{bundle.SEAL}" not in manifest.as_dict():
        return
    where = f"{folder}/{prefix}"
    believed = believe(trust, _read(folder, f"{prefix}/{bundle.SEAL}"), where=where)
    carried = _read(folder, f"{prefix}/{bundle.HASH_MANIFEST}")
    if [s.digest for s in believed.statement.subjects] != [Digest.of(carried)]:
        raise _refuse("the carried seal is about another HASH_MANIFEST.txt", folder)
    said = EvidenceBundle.from_json(believed.statement.predicate)
    if (said.run, said.context, said.phase) != (
        run.context.run_id,
        str(run.context.digest),
        Phase.PRE_DEPLOY,
    ):
        raise _refuse("the carried seal is of another run or phase", folder)
    head = run.journal.upto(said.journal.entries).head
    if head != said.journal.head:
        raise _refuse("the carried seal is of another journal", folder)
    before = HashManifest.parse(carried).as_dict()
    for path, digest in manifest.entries:
        stage = path.partition("/")[0]
        if "/" in path and stage in {s.id for s in said.stages} and before.get(path) != digest:
            raise _refuse(f"{path} is not as the phase before had it", folder)


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise _refuse(f"{name} cannot be read: {error}", folder) from error
