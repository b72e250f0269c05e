"""The bundles that are adopted: found, and verified by the standalone checker."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core import bundle
from pipeline.core.canonical import Digest
from pipeline.core.predicates.fields import Verdict
from pipeline.core.records.read import records_of
from pipeline.core.release import OriginClass, Phase
from pipeline.core.statement import PROVENANCE
from pipeline.edges.links import refuse_links
from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations import standalone
from pipeline.proof.refused import RefusedError
from pipeline.proof.sigstore_bundle import load_canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.core.evidence import Believed
    from pipeline.core.records.record import Record
    from pipeline.core.release import RunContext
    from pipeline.operations.standalone import Checked
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.trust import RehearsalTrust

SIGNED = ".sigstore.json"
TODO = "adopt what one run left, as `invoke promote` wrote it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A signed record in a bundle: where, and what it says."""

    phase: Phase
    stage: str
    path: str
    """The signed statement, relative to the phase's folder."""
    believed: Believed
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The verified bundles of one run, in phase order."""

    bundles: tuple[Checked, ...]

    @property
    def context(self) -> RunContext:
        """The run that all of them are of."""
        return self.bundles[0].run.context

    @property
    def where(self) -> str:
        """How errors name them."""
        return ", ".join(str(checked.folder) for checked in self.bundles)

    @property
    def statements(self) -> Iterator[Believed]:
        """All verified statements, stage results included."""
        for checked in self.bundles:
            for item in (*checked.imported, *checked.attempts):
                yield item.believed
                yield from item.statements

    @property
    def origin(self) -> OriginClass:
        """Live when there is provenance, and all of it and every seal are; else local."""
        made = [one for one in self.statements if one.statement.predicate_type == PROVENANCE]
        proven = [*made, *(checked.sealed for checked in self.bundles)]
        live = bool(made) and all(one.origin is OriginClass.LIVE for one in proven)
        return OriginClass.LIVE if live else OriginClass.LOCAL

    @property
    def artifacts(self) -> Mapping[str, Digest]:
        """Name → digest of everything that the run's stages made."""
        found: dict[str, Digest] = {}
        for checked in self.bundles:
            for item in (*checked.imported, *checked.attempts):
                for subject in item.believed.statement.subjects:
                    if item.result.verdict is Verdict.PASS and subject.name != bundle.RUN:
                        found[subject.name] = subject.digest
        return dict(sorted(found.items()))

    def of(self, phase: Phase) -> Checked | None:
        """Return a phase's bundle."""
        return next((one for one in self.bundles if one.said.phase is phase), None)


def phase_folders(folder: Path) -> list[Path]:
    """Return the phase folders that a path means, with a phase folder's sibling beside it."""
    found = standalone.phase_folders(folder)
    if found == [folder]:
        beside = [folder.parent / phase.value for phase in Phase]
        if folder in beside:
            found = [one for one in beside if (one / bundle.HASH_MANIFEST).is_file()]
    return found


def below_root(workspace: Workspace, folder: Path) -> str:
    """Return a folder's path relative to the project; outside of it, it cannot be named (1)."""
    for root, place in (
        (workspace.root, Path(os.path.normpath(folder.absolute()))),
        (workspace.root.resolve(), folder.resolve()),
    ):
        if place.is_relative_to(root) and place != root:
            relative = place.relative_to(root).as_posix()
            refuse_links(root, relative)
            return relative
    raise WrongUsageError(
        "the evidence lies outside of the project, where a contract cannot name it",
        where=str(folder),
        todo="copy it below the project's folder, into artifacts/ for instance",
    )


def open_sources(folders: list[Path], trust: RehearsalTrust) -> Sources:
    """Verify phase folders, each alone, and that they are of one run; anything wrong is 11."""
    checked = sorted(
        (standalone.open_folder(folder, trust) for folder in folders),
        key=lambda one: list(Phase).index(one.said.phase),
    )
    runs = {str(one.run.context.digest) for one in checked}
    phases = [one.said.phase for one in checked]
    if len(runs) > 1 or len(set(phases)) != len(phases):
        raise UntrustedError(
            "the phases are of different runs, or one phase stands twice",
            where=", ".join(str(folder) for folder in folders),
            todo=TODO,
        )
    if Phase.POST_DEPLOY in phases and Phase.PRE_DEPLOY in phases:
        _check_carried(*checked)
    return Sources(bundles=tuple(checked))


def _check_carried(before: Checked, after: Checked) -> None:
    """Check that the post-deploy bundle rests on this very pre-deploy bundle."""
    carried = f"{Phase.PRE_DEPLOY.value}/{bundle.HASH_MANIFEST}"
    digest = after.manifest.as_dict().get(carried)
    if digest != before.manifest.digest:
        raise UntrustedError(
            "the post-deploy bundle rests on another pre-deploy bundle than the one beside it",
            where=str(after.folder),
            todo=TODO,
        )


def records(sources: Sources) -> list[Found]:
    """Return the records that passed stages left, in the order of phases, stages and files.

    A record that is of another run, release, phase or stage than its bundle is not to be trusted.
    """
    found = []
    for checked in sources.bundles:
        newest = {item.result.stage: item for item in checked.attempts}
        for stage, item in newest.items():
            if item.result.verdict is not Verdict.PASS:
                continue
            for listed, believed in zip(item.result.statements, item.statements, strict=True):
                for said in records_of([believed]):
                    one = Found(
                        phase=checked.said.phase,
                        stage=stage,
                        path=f"{stage}/{listed.path}",
                        believed=believed,
                        record=said.record,
                    )
                    _check_own(sources.context, one, checked.folder)
                    found.append(one)
    _check_once(found, sources)
    return found


def _check_own(context: RunContext, found: Found, folder: Path) -> None:
    record = found.record
    artifact_set = context.identity.artifact_set_id
    wanted = {
        "run": context.run_id,
        "context": str(context.digest),
        "artifact_set_id": artifact_set,
        "artifact_version": context.version,
        "source_revision": context.baseline_commit,
        "deployment_stage": context.target,
        "release_channel": context.channel,
        "gate_id": context.gate,
        "phase": found.phase,
        "stage": found.stage,
        "record_id": f"{artifact_set}__{found.phase.value}__{record.policy}",
    }
    wrong = [name for name, value in wanted.items() if getattr(record, name) != value]
    if wrong:
        raise UntrustedError(
            f"the {record.family} record is another's: {', '.join(wrong)} do not match",
            where=f"{folder}/{found.path}",
            todo=TODO,
        )


def _check_once(found: list[Found], sources: Sources) -> None:
    """Check that no record id stands twice: one record of a phase under each policy."""
    seen: set[str] = set()
    for one in found:
        if one.record.record_id in seen:
            raise UntrustedError(
                f"two records have the id {one.record.record_id}",
                where=str(sources.bundles[0].folder.parent),
                todo=TODO,
            )
        seen.add(one.record.record_id)


def keys_in(sources: Sources, trust: RehearsalTrust) -> list[Digest]:
    """Return the trusted keys that signed any statement in the bundles, sorted.

    What a bundle carries or imports is signed too, and is opened with it: so every file is looked
    at, not only what this phase's stages left.
    """
    used: set[Digest] = set()
    for checked in sources.bundles:
        for path in [bundle.SEAL, *checked.manifest.as_dict()]:
            if path.endswith(SIGNED):
                with contextlib.suppress(RefusedError):
                    hint = load_canonical((checked.folder / path).read_bytes()).hint
                    key = trust.find(hint)
                    used |= set() if key is None else {key.key_id}
    return sorted(used)


def listed_files(checked: Checked) -> dict[str, Digest]:
    """Return path → digest of all files of a bundle, those that its manifest leaves out too."""
    manifest = checked.manifest
    packet = bundle.packet_tree(manifest)
    return {
        **manifest.as_dict(),
        bundle.HASH_MANIFEST: manifest.digest,
        bundle.PACKET_TREE: Digest.of(packet),
        bundle.SEAL: checked.sealed.bundle_digest,
    }
