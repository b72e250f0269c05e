"""Phase folders: views, rebuilt from the store and sealed after every stage (line 14).

An absent folder is rebuilt, byte for byte. One that is as an earlier seal says is brought up to
date. Any other difference is evidence that was tampered with: refused, never repaired.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.core import bundle
from pipeline.core.bundle import Member
from pipeline.core.canonical import Digest, HashManifest
from pipeline.core.journal import Status
from pipeline.core.position import StageState, position
from pipeline.core.predicates.evidence_bundle import EvidenceBundle, JournalHead, SealedStage
from pipeline.core.predicates.fields import Verdict
from pipeline.core.release import Phase
from pipeline.core.statement import EVIDENCE_BUNDLE, Statement, Subject
from pipeline.edges import clock
from pipeline.edges.files import (
    keep_out_of_git,
    make_folder,
    remove_tree,
    replace_folder,
    write_tree,
)
from pipeline.errors import UntrustedError
from pipeline.operations.differences import as_sealed_before, differences, files_of, refuse_empty
from pipeline.operations.evidence import Source, imported, opened
from pipeline.operations.history import Run, Seal, seal_name

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.evidence import StageEvidence
    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Ladder
    from pipeline.operations.signer_boundary import ProvenSigner
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a phase folder holds at one point of the journal, all but its seal."""

    phase: Phase
    entries: int
    attempts: tuple[StageEvidence, ...]
    members: dict[str, Member]
    manifest: HashManifest
    """The folder's HASH_MANIFEST.txt."""
    said: EvidenceBundle


def folder_of(workspace: Workspace, run: Run, phase: Phase) -> Path:
    """Return where a phase's folder lies: CHANNEL/RUN/PHASE."""
    return workspace.evidence / run.context.channel / run.context.run / phase.value


def view(workspace: Workspace, run: Run, ladder: Ladder, phase: Phase) -> View | None:
    """Return what a phase's folder holds now; `None` while no stage of it has ended."""
    ends = _ends(run, ladder, phase)
    if not ends:
        return None
    entries = run.journal.entries.index(ends[-1]) + 1
    then = _as_of(run, entries)
    source = Source.of(workspace, run, ladder)
    attempts = [opened(source, end) for end in ends]
    members = _members(workspace, then, ladder, phase, attempts, imported(source))
    newest = {item.result.stage: item for item in attempts}
    closing = ladder.of_phase(phase)[-1].id
    said = EvidenceBundle(
        run=run.context.run_id,
        context=str(run.context.digest),
        phase=phase,
        closed=position(then.journal, closing).state is StageState.PASSED,
        journal=JournalHead(entries=entries, head=str(then.journal.head)),
        stages=tuple(
            SealedStage(id=stage, verdict=item.result.verdict, result=str(item.digest))
            for stage, item in newest.items()
        ),
        sealed_at=clock.now(),
    )
    return View(
        phase=phase,
        entries=entries,
        attempts=tuple(attempts),
        members=members,
        manifest=bundle.hash_manifest(members),
        said=said,
    )


def seal_phase(
    workspace: Workspace, run: Run, ladder: Ladder, phase: Phase, signer: ProvenSigner
) -> Run:
    """Rebuild a phase's folder, sealed; nothing happens when it is as it must be."""
    now = view(workspace, run, ladder, phase)
    if now is None:
        return run
    sealed = run.sealed(phase)
    if sealed is None or sealed.said.journal.entries != now.entries:
        run = _sign_seal(workspace, run, now, signer)
        sealed = run.sealed(phase)
    if sealed is None or sealed.manifest != now.manifest.digest:
        raise UntrustedError(
            f"the {phase.value} evidence in the store is not what was sealed",
            where=run.where,
            todo="the store was changed from outside; restore it from a copy you trust",
        )
    folder = folder_of(workspace, run, phase)
    if _inspected(workspace, run, phase, now) is not None:
        _write(workspace, run, folder, _complete(now, sealed))
    return run


def inspect(workspace: Workspace, run: Run, ladder: Ladder, phase: Phase) -> str | None:
    """Return `None` if a phase's folder is as it must be, else why it is to be written anew.

    A folder that differs in any other way than by its age raises `UntrustedError` (11).
    """
    if not os.path.lexists(folder_of(workspace, run, phase)):
        return "absent"
    return _inspected(workspace, run, phase, view(workspace, run, ladder, phase))


def _inspected(workspace: Workspace, run: Run, phase: Phase, now: View | None) -> str | None:
    """Compare a folder, read and hashed anew, with what the store has just been seen to have."""
    folder = folder_of(workspace, run, phase)
    if not os.path.lexists(folder):
        return "absent"
    sealed = run.sealed(phase)
    there = files_of(folder)
    current = now is not None and sealed is not None and sealed.said.journal.entries == now.entries
    if current and now is not None and sealed is not None:
        wanted = {path: member.digest for path, member in _complete(now, sealed).items()}
        if there == wanted:
            refuse_empty(folder)
            return None
    earlier = as_sealed_before(run, folder, there)
    if earlier is not None and (not current or earlier != sealed):
        refuse_empty(folder)
        return "of an earlier seal"
    expected = wanted if current else {}
    raise UntrustedError(
        f"the evidence folder was changed: {differences(there, expected)}",
        where=str(folder.relative_to(workspace.root)),
        todo="keep the folder as proof of the change; delete it to have it rebuilt from the store",
    )


def ended(run: Run, ladder: Ladder, phase: Phase) -> bool:
    """Tell whether a phase has anything to show: an attempt that ended with a stage result."""
    return bool(_ends(run, ladder, phase))


def _ends(run: Run, ladder: Ladder, phase: Phase) -> list[Entry]:
    """Return the ends of all attempts of a phase that have a stage result, oldest first."""
    stages = {stage.id for stage in ladder.of_phase(phase)}
    return [
        entry
        for entry in run.journal.entries
        if entry.name in stages
        and entry.status in {Status.PASS, Status.FAIL, Status.RETRY}
        and entry.outputs.get("stage_result")
    ]


def _as_of(run: Run, entries: int) -> Run:
    """Return the run as it stood after so many entries: what came later is in no folder of then."""
    seals = tuple(seal for seal in run.seals if seal.said.journal.entries <= entries)
    return replace(run, journal=run.journal.upto(entries), seals=seals)


def _members(
    workspace: Workspace,
    run: Run,
    ladder: Ladder,
    phase: Phase,
    attempts: list[StageEvidence],
    taken: tuple[StageEvidence, ...],
) -> dict[str, Member]:
    newest = {item.result.stage: item for item in attempts}
    members: dict[str, Member] = {
        bundle.RUN: Member.of(run.context.to_bytes()),
        bundle.JOURNAL: Member.of(run.journal.to_bytes()),
    }
    referred = bundle.imported_members((item.result, item.digest) for item in taken)
    for item in attempts:
        prefix = item.result.stage
        if newest[item.result.stage] is not item:
            prefix = f"{item.result.stage}/attempts/{item.result.attempt}"
        referred |= bundle.stage_members(prefix, item.result, item.digest)
    if phase is Phase.POST_DEPLOY:
        referred |= _carried(workspace, run, ladder, members)
    for path, digest in referred.items():
        size = workspace.store.local_path(digest).stat().st_size
        members[path] = Member(digest=digest, size=size)
    members |= _keys(workspace, [*taken, *attempts])
    results = {item.result.stage: item.result for item in newest.values()}
    members |= bundle.own_files(run.context, phase, members, results)
    return members


def _carried(
    workspace: Workspace, run: Run, ladder: Ladder, members: dict[str, Member]
) -> dict[str, Digest]:
    """Add what the post-deploy bundle carries of the one before: its artifacts, manifest, seal."""
    sealed = run.sealed(Phase.PRE_DEPLOY)
    before = view(workspace, run, ladder, Phase.PRE_DEPLOY)
    if sealed is None or before is None:
        return {}
    folder = Phase.PRE_DEPLOY.value
    members[f"{folder}/{bundle.HASH_MANIFEST}"] = Member.of(before.manifest.render())
    members[f"{folder}/{bundle.SEAL}"] = Member.of(sealed.bundle)
    carried: dict[str, Digest] = {}
    for item in before.attempts:
        if item.result.verdict is Verdict.PASS:
            stage = item.result.stage
            carried |= bundle.stage_members(stage, item.result, item.digest, artifacts_only=True)
    return carried


def _keys(workspace: Workspace, attempts: list[StageEvidence]) -> dict[str, Member]:
    """Return the public keys of all who signed: `trust/keys/KEY_ID.pem`."""
    used = {item.believed.key_id for item in attempts}
    used |= {believed.key_id for item in attempts for believed in item.statements}
    return {
        f"trust/keys/{key.key_id.hex}.pem": Member.of(key.public.pem)
        for key in workspace.trust.keys
        if key.key_id in used
    }


def _sign_seal(workspace: Workspace, run: Run, now: View, signer: ProvenSigner) -> Run:
    manifest = now.manifest
    digest = workspace.store.put(manifest.render())
    statement = Statement(
        predicate_type=EVIDENCE_BUNDLE,
        subjects=(Subject(name=bundle.HASH_MANIFEST, digest=digest),),
        predicate=now.said.to_dict(),
    )
    files = {bundle.HASH_MANIFEST: workspace.store.local_path(digest)}
    for stage in now.said.stages:
        files[stage.id] = workspace.store.local_path(Digest.parse(stage.result))
    signed = signer.sign([statement.to_bytes()], files, {EVIDENCE_BUNDLE})[0]
    name = seal_name(run.context.run, now.entries, now.phase, digest)
    workspace.store.create(name, signed)
    kept = workspace.store.read(name) or b""
    seal = Seal(name=name, bundle=kept, manifest=digest, said=now.said)
    return Run(context=run.context, journal=run.journal, seals=(*run.seals, seal))


def _complete(now: View, sealed: Seal) -> dict[str, Member]:
    """Return all files of a phase folder, the seal included."""
    manifest = now.manifest
    return {
        **now.members,
        bundle.HASH_MANIFEST: Member.of(manifest.render()),
        bundle.PACKET_TREE: Member.of(bundle.packet_tree(manifest)),
        bundle.SEAL: Member.of(sealed.bundle),
    }


def _write(workspace: Workspace, run: Run, folder: Path, members: dict[str, Member]) -> None:
    """Write the folder aside, and move it to its place when it is whole.

    A file that the folder before it has, byte for byte, is not written a second time.
    """
    aside = workspace.state / "work" / run.context.run / "views" / folder.name
    remove_tree(aside)
    items = {
        path: workspace.store.local_path(member.digest) if member.data is None else member.data
        for path, member in sorted(members.items())
    }
    wanted = {path: member.digest for path, member in members.items()}
    written = write_tree(aside, items, 0o644, earlier=(folder, wanted))
    for path, digest in written.items():
        if digest != wanted[path]:
            raise UntrustedError(
                "the store changed while evidence was written",
                where=str(aside / path),
                todo="the store was changed from outside; restore it from a copy you trust",
            )
    keep_out_of_git(workspace.evidence)
    make_folder(folder.parent)
    replace_folder(aside, folder)
