"""What is recorded of a stage, verified, from the store or from phase folders.

Rules, by number:

1. The attempt is the stage's newest that has a stage result; it and all that it names hold.
2. Its evidence is that of the attempts which its stage result names as predecessors, and what it
   imported: the evidence of then, not of now.
3. The artifacts that its begin names are those of this evidence.
4. Phase folders are checked alone first (`operations.standalone`), are of one run, and the shorter
   journal is the beginning of the longer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core import bundle
from pipeline.core.canonical import Digest, HashManifest, MalformedError, load_canonical, load_json
from pipeline.core.equality import stage_substance
from pipeline.core.evidence import Evidence, StageEvidence
from pipeline.core.journal import Journal
from pipeline.core.release import Phase, RunContext
from pipeline.core.statement import OF_THE_PIPELINE
from pipeline.edges.store.local import LocalStore
from pipeline.errors import UntrustedError
from pipeline.operations import standalone
from pipeline.operations.evidence import Source, imported, opened
from pipeline.operations.history import Run

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.core.journal import Entry
    from pipeline.edges.store import Store
    from pipeline.proof.trust import RehearsalTrust


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One attempt of a stage as it was recorded, with the evidence that it had before it."""

    source: Source
    store: Store
    """The store of the source: where its objects are read from."""
    begin: Entry
    evidence: StageEvidence
    before: Evidence

    @property
    def substance(self) -> dict[str, Any]:
        """What must be equal when the attempt is made again: what its steps found and made.

        What the pipeline itself says of an attempt is not made again: it follows from the rest.
        """
        statements = [item.statement for item in self.evidence.statements]
        result = self.evidence.result.to_dict()
        result["statements"] = [
            listed for listed in result["statements"] if listed["type"] not in OF_THE_PIPELINE
        ]
        del result["records"]
        return stage_substance(
            result, [item for item in statements if item.predicate_type not in OF_THE_PIPELINE]
        )

    @property
    def decided(self) -> dict[str, Any]:
        """The inputs of the decision under which the attempt began: digests, by name."""
        where = f"{self.source.run.where}, {self.begin.step_id}: its decision"
        try:
            digest = Digest.parse(str(self.begin.inputs.get("decision")))
            inputs = load_json(self.store.get(digest))["inputs"]
        except (MalformedError, KeyError, TypeError) as error:
            what = f"the decision cannot be read: {error}"
            raise UntrustedError(what, where=where, todo=standalone.TODO) from error
        return dict(inputs)

    @property
    def live(self) -> dict[str, Any]:
        """The target's state before the attempt."""
        return dict(self.begin.inputs["live"])


def recorded(source: Source, store: Store, stage_id: str) -> Recorded:
    """Return the newest attempt of a stage, verified; `UntrustedError` when there is none."""
    run = source.run
    ends = {
        str(entry.outputs["stage_result"]): entry
        for entry in run.journal.entries
        if entry.outputs.get("stage_result")
    }
    mine = [entry for entry in ends.values() if entry.name == stage_id]
    if not mine:
        raise UntrustedError(
            f"nothing is recorded of {stage_id}, so there is nothing to compare with",
            where=run.where,
            todo=f"climb to it first: `invoke promote --ladder {run.context.ladder} "
            f"--stage {stage_id}`",
        )
    absent = [each.name for each in ends.values() if each.name not in source.phases]
    if absent:
        raise UntrustedError(
            f"the evidence before it is not here: {', '.join(dict.fromkeys(absent))}",
            where=run.where,
            todo="name the folder that holds both pre-deploy/ and post-deploy/",
        )
    evidence = opened(source, mine[-1])  # rule 1
    begin = run.journal.entries[run.journal.entries.index(mine[-1]) - 1]
    result = evidence.result
    # rule 2; `opened` has seen that the predecessors are the journal's
    stages = tuple(opened(source, ends[digest]) for digest in result.predecessors)
    for taken in (imported(source), ()):  # a stage below the import may have had none yet
        before = Evidence(stages=stages, imported=taken)
        named = {name: str(digest) for name, digest in before.artifacts.items()}
        if begin.inputs.get("artifacts") == named:  # rule 3
            return Recorded(
                source=source, store=store, begin=begin, evidence=evidence, before=before
            )
    raise UntrustedError(
        f"{begin.step_id} began with other artifacts than its evidence has",
        where=run.where,
        todo=standalone.TODO,
    )


def load(folder: Path, trust: RehearsalTrust, scratch: Path) -> tuple[Source, LocalStore]:
    """Check phase folders (rule 4), copy their files into a store in `scratch`, and return it."""
    folders = standalone.phase_folders(folder)
    told = [standalone.check_folder(each, trust) for each in folders]
    store = LocalStore(scratch)
    contexts, journals = set(), []
    phases: dict[str, Phase] = {}
    for each, found in zip(folders, told, strict=True):
        raw = (each / bundle.RUN).read_bytes()
        contexts.add(raw)
        journals.append((each / bundle.JOURNAL).read_bytes())
        phases |= {stage["id"]: Phase(found["phase"]) for stage in found["stages"]}
        listed = HashManifest.parse((each / bundle.HASH_MANIFEST).read_bytes())
        kept = store.put_all([each / path for path, _ in listed.entries])
        if [digest for digest, _ in kept] != [digest for _, digest in listed.entries]:
            raise _refuse("files were changed while they were read", folder)
    longest = max(journals, key=len)
    if len(contexts) > 1 or not all(longest.startswith(each) for each in journals):
        raise _refuse("the phases are of different runs or journals", folder)
    return _source(store, trust, contexts.pop(), longest, phases, folder), store


def _source(
    store: LocalStore,
    trust: RehearsalTrust,
    context: bytes,
    journal: bytes,
    phases: dict[str, Phase],
    folder: Path,
) -> Source:
    try:
        made = RunContext.from_dict(load_canonical(context))
        read = Journal.parse(journal, context=made.digest)
    except MalformedError as error:
        raise _refuse(f"malformed: {error}", folder) from error
    order = tuple(dict.fromkeys(entry.name for entry in read.entries))
    return Source(
        store=store,
        trust=trust,
        run=Run(context=made, journal=read, seals=()),
        order=order,
        phases=phases,
        whose="the journal",
    )


def _refuse(what: str, folder: Path) -> UntrustedError:
    return UntrustedError(what, where=str(folder), todo=standalone.TODO)
