"""Compares the baseline with the inputs of one commit.

The rules, numbered as the code cites them:

1. An entry that no file matches is *missing*: something that was thought to be kept is not there.
2. An entry's digest is that of the hash manifest of its files. Another one than the entry has is
   *drift*, and names the files that were added, changed or removed; none yet is *unset*.
3. A reference that is not pinned is *tag_only*, also in a file that no entry names.
4. An input that no entry covers is *unlisted*. Only entries of its kind cover it.
5. What cannot be looked into is *unreadable*, never clean.
6. An acceptance of tags is a fact here; whether it still stands is for the gate, which knows the
   time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.baseline.files import matched
from pipeline.core.baseline.model import PULLING, Criticality, InputKind
from pipeline.core.baseline.report import (
    Amiss,
    BaselineReport,
    ControlState,
    EntryState,
    Input,
    Trouble,
)
from pipeline.core.canonical import Digest, HashManifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.core.baseline.model import Acceptance, Baseline, BaselineEntry
    from pipeline.core.baseline.references import Parsed, Reference

FILE = "config/baseline.yaml"
SHOWN = 5
"""How many files or references a finding names; the rest is counted."""
LONGEST = 200
"""How much of a foreign text a finding quotes, in characters."""


def manifest(entry: BaselineEntry, files: Mapping[str, Digest]) -> HashManifest:
    """Return the manifest of the files that an entry means, out of all of a commit's."""
    return HashManifest.of({path: files[path] for path in matched(entry.paths, files)})


def compare(
    baseline: Baseline,
    commit: str,
    inputs: Mapping[str, Input],
    before: Mapping[str, Mapping[str, Digest]],
) -> BaselineReport:
    """Compare the baseline with the inputs of a commit.

    `inputs` has every file that an entry matches and every one that is an input by itself.
    `before` gives, for entries that drifted, the files that their digest was made from, if known.
    """
    digests = {path: one.digest for path, one in inputs.items()}
    files = {entry.id: manifest(entry, digests) for entry in baseline.inputs}
    covered = _covered(baseline, files)
    entries = tuple(_state(entry, files[entry.id], inputs) for entry in baseline.inputs)
    amiss: list[Amiss] = []
    for entry in baseline.inputs:
        amiss += _kept(entry, files[entry.id], before.get(entry.id))
        amiss += _looked_into(entry, files[entry.id], inputs)
    if not baseline.inputs:
        what = f"{FILE} has no entry, so nothing that a release is made from is kept"
        command = f"write the entries of {FILE}; an entry without a digest is told its own"
        amiss.append(_about(Trouble.EMPTY, "baseline", what, (), command))
    amiss += _without_entry(inputs, covered)
    rank = list(Criticality)
    return BaselineReport(
        commit=commit,
        baseline=str(baseline.digest),
        entries=entries,
        amiss=tuple(sorted(amiss, key=lambda one: (rank.index(one.criticality), one.about))),
    )


def _covered(baseline: Baseline, files: Mapping[str, HashManifest]) -> set[tuple[InputKind, str]]:
    return {(entry.kind, path) for entry in baseline.inputs for path in files[entry.id].as_dict()}


def _state(entry: BaselineEntry, files: HashManifest, inputs: Mapping[str, Input]) -> EntryState:
    parsed = [found for path in files.as_dict() if (found := inputs[path].parsed) is not None]
    state = ControlState.VERSIONED
    if not files.entries:
        state = ControlState.MISSING
    elif any(found.problem for found in parsed):
        state = ControlState.UNREADABLE
    elif any(not reference.pinned for found in parsed for reference in found.references):
        state = ControlState.TAG_PINNED
    elif entry.kind in PULLING:
        state = ControlState.DIGEST_PINNED
    return EntryState(
        id=entry.id,
        kind=entry.kind,
        scope=entry.scope,
        criticality=entry.criticality,
        control=entry.control,
        state=state,
        digest=str(files.digest),
        recorded=entry.digest,
        files=tuple(files.as_dict()),
    )


def _kept(
    entry: BaselineEntry, files: HashManifest, before: Mapping[str, Digest] | None
) -> Iterator[Amiss]:
    """Rules 1 and 2."""
    if not files.entries:
        what = f"{entry.id}: the commit has no file that {' '.join(entry.paths)} matches"
        command = f"commit what was lost, or take {entry.id} out of {FILE}"
        yield _of(entry, Trouble.MISSING, what, (), command)
        return
    digest = str(files.digest)
    if entry.digest == digest:
        return
    set_it = f"set `digest: {digest}` for {entry.id} in {FILE} and commit it"
    if entry.digest is None:
        what = f"{entry.id}: no digest was recorded for its {_some(tuple(files.as_dict()))}"
        command = f"look at the files, then {set_it}"
        yield _of(entry, Trouble.UNSET, what, tuple(files.as_dict()), command)
        return
    changes = _changes(files.as_dict(), before)
    named = _some(tuple(changes)) if changes else "which file changed cannot be said from here"
    what = f"{entry.id}: the files are not those of its digest: {named}"
    command = f"review the change, then {set_it}"
    paths = tuple(words.partition(" ")[2] for words in changes) or tuple(files.as_dict())
    yield _of(entry, Trouble.DRIFT, what, paths, command)


def _changes(now: Mapping[str, Digest], before: Mapping[str, Digest] | None) -> list[str]:
    if before is None:
        return []
    return [
        f"{'added' if path not in before else 'removed' if path not in now else 'changed'} {path}"
        for path in sorted(before.keys() | now.keys())
        if before.get(path) != now.get(path)
    ]


def _looked_into(
    entry: BaselineEntry, files: HashManifest, inputs: Mapping[str, Input]
) -> Iterator[Amiss]:
    """Rules 3 and 5, for the files of an entry that says how to look into them."""
    for path in files.as_dict():
        parsed = inputs[path].parsed
        kind = inputs[path].kind
        if parsed is None or (kind is not None and kind is not entry.kind):
            continue  # an entry of the other kind is about that, or nobody is
        yield from _pulled(entry.id, entry.criticality, path, parsed, entry.accepted)


def _without_entry(
    inputs: Mapping[str, Input], covered: set[tuple[InputKind, str]]
) -> Iterator[Amiss]:
    """Rules 3, 4 and 5, for what no entry covers."""
    loose: dict[InputKind, list[str]] = {}
    for path, one in sorted(inputs.items()):
        if one.kind is not None and (one.kind, path) not in covered:
            loose.setdefault(one.kind, []).append(path)
    for kind, paths in sorted(loose.items()):
        what = f"{_some(tuple(paths))}: no entry of kind {kind} covers it"
        command = f"add an entry with `kind: {kind}` and these paths to {FILE}"
        yield _about(Trouble.UNLISTED, kind, what, tuple(paths), command)
        for path in paths:
            parsed = inputs[path].parsed
            if parsed is not None:
                yield from _pulled(kind, Criticality.CRITICAL, path, parsed, None)


def _pulled(
    about: str,
    criticality: Criticality,
    path: str,
    parsed: Parsed,
    accepted: Acceptance | None,
) -> Iterator[Amiss]:
    if parsed.problem:
        yield Amiss(
            trouble=Trouble.UNREADABLE,
            about=about,
            criticality=criticality,
            what=f"{path} cannot be looked into: {parsed.problem[:LONGEST]}",
            files=(path,),
            command=f"write {path} so that it can be read in one way, or take it out",
        )
    loose = [reference for reference in parsed.references if not reference.pinned]
    if loose:
        yield Amiss(
            trouble=Trouble.TAG_ONLY,
            about=about,
            criticality=criticality,
            what=f"{path} pulls what may be something else tomorrow: {_named(loose)}",
            files=(path,),
            command=(
                f"name the digest (IMAGE@sha256:… or OWNER/ACTION@COMMIT) in {path}, or accept it "
                f"in {FILE}: `control: tag_pinned_accepted` with reason, owner and expires"
            ),
            accepted=accepted,
        )


def _named(references: list[Reference]) -> str:
    return _some(tuple(f"{one.text[:LONGEST]} ({one.place[:LONGEST]})" for one in references))


def _some(words: tuple[str, ...]) -> str:
    more = len(words) - SHOWN
    return ", ".join(words[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _of(
    entry: BaselineEntry, trouble: Trouble, what: str, files: tuple[str, ...], command: str
) -> Amiss:
    return Amiss(
        trouble=trouble,
        about=entry.id,
        criticality=entry.criticality,
        what=what,
        files=files,
        command=command,
    )


def _about(trouble: Trouble, about: str, what: str, files: tuple[str, ...], command: str) -> Amiss:
    return Amiss(
        trouble=trouble,
        about=about,
        criticality=Criticality.CRITICAL,
        what=what,
        files=files,
        command=command,
    )
