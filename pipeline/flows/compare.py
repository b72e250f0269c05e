"""Comparing two runs' evidence folders, field by field, by the rule of equality.

1. Each side is checked alone first: every file against HASH_MANIFEST.txt, the seal, and every
   statement that the folder holds. The keys are those in the folder's own trust/keys, so that this
   proves that nothing was changed since, and not who made it: two clones have keys of their own.
2. Compared are the run's context, what each seal says, the names of the files, and of every stage
   its decision and the substance of its newest attempt (`core.equality` lists what is volatile).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core import bundle
from pipeline.core.canonical import Digest, MalformedError, load_json
from pipeline.core.equality import differences, run_substance, stage_substance, substance
from pipeline.core.statement import EVIDENCE_BUNDLE
from pipeline.edges.hashing import tree_manifest
from pipeline.errors import UntrustedError, counted
from pipeline.operations import standalone
from pipeline.operations.believe import believe
from pipeline.operations.evidence import opened
from pipeline.operations.reproduction.record import load
from pipeline.proof.trust import RehearsalTrust, TrustedKey

if TYPE_CHECKING:
    from pipeline.core.journal import Entry
    from pipeline.edges.store import Store
    from pipeline.operations.evidence import Source

KEYS = "trust/keys"
"""Where a phase folder has the public keys of all who signed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side, checked alone: which run it is, whose keys hold it together, what it says."""

    folder: str
    run: str
    release: str
    keys: tuple[str, ...]
    said: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Two sides and every place in which they differ (`path: left, right`)."""

    left: Side
    right: Side
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "verdict": "equal" if self.equal else "different",
            **{
                name: {
                    "folder": side.folder,
                    "run": side.run,
                    "release": side.release,
                    "keys": list(side.keys),
                    "stages": sorted(side.said["stages"]),
                }
                for name, side in (("left", self.left), ("right", self.right))
            },
            "signatures": "integrity only: each side was checked with the keys in its own folder",
            "differences": list(self.differences),
        }

    def lines(self) -> list[str]:
        """Return the report as lines for a person."""
        told = []
        for name, side in (("left ", self.left), ("right", self.right)):
            what = f"{side.release} (run {side.run}), {len(side.said['stages'])} stages"
            told.append(f"{name} {side.folder}: {what}; hashes, seals and signatures hold")
        told.append("note: signatures were checked with the keys in each folder: integrity only")
        if self.equal:
            return [*told, "equal"]
        count = f"{counted(len(self.differences), 'difference')} (where: left, right):"
        return [*told, count, *(f"  {text}" for text in self.differences)]


def compare(left: Path, right: Path) -> Report:
    """Check both sides and compare them; a side that does not hold is `UntrustedError`."""
    one, other = _side(left), _side(right)
    return Report(left=one, right=other, differences=tuple(differences(one.said, other.said)))


def _side(folder: Path) -> Side:
    folders = standalone.phase_folders(folder)
    trust = _own_trust(folders)
    with tempfile.TemporaryDirectory(prefix="release-ladder-compare-") as scratch:
        source, store = load(folder, trust, Path(scratch))  # rule 1
        said = {
            "run.json": run_substance(source.run.context.to_dict()),
            "seals": {},
            "files": {},
            "stages": _stages(source, store),
        }
        for each in folders:
            seal = believe(trust, (each / bundle.SEAL).read_bytes(), where=str(each))
            told = substance(EVIDENCE_BUNDLE, seal.statement.predicate)
            said["seals"][told["phase"]] = told
            names = [path for path, _ in tree_manifest(each).entries]
            kept = {path: "there" for path in names if not path.startswith(f"{KEYS}/")}
            said["files"][told["phase"]] = kept
    return Side(
        folder=str(folder),
        run=source.run.context.run,
        release=source.run.context.version,
        keys=tuple(str(key.key_id) for key in trust.keys),
        said=said,
    )


def _own_trust(folders: list[Path]) -> RehearsalTrust:
    """Return the keys that lie in the folders themselves."""
    pems = {file.read_bytes() for each in folders for file in sorted((each / KEYS).glob("*.pem"))}
    try:
        return RehearsalTrust(
            [
                TrustedKey(
                    pem=pem.decode("ascii"),
                    principal="a key of the folder",
                    valid_from="1970-01-01T00:00:00Z",
                    valid_until="9999-12-31T23:59:59Z",
                )
                for pem in sorted(pems)
            ]
        )
    except (MalformedError, UnicodeDecodeError) as error:
        raise UntrustedError(
            f"a public key cannot be read: {error}", where=str(folders[0]), todo=standalone.TODO
        ) from error


def _stages(source: Source, store: Store) -> dict[str, Any]:
    """Return the substance of each stage's newest attempt that lies in these folders."""
    found: dict[str, Any] = {}
    for end in source.run.journal.entries:
        if end.outputs.get("stage_result") and end.name in source.phases:
            item = opened(source, end)
            statements = [each.statement for each in item.statements]
            told = stage_substance(item.result.to_dict(), statements)
            found[end.name] = told | {"decision": _decision(store, item.result.decision, end)}
    return found


def _decision(store: Store, digest: str, end: Entry) -> dict[str, Any]:
    """Return a decision's verdict, its findings for and against, and the digests it rests on."""
    try:
        decision = load_json(store.get(Digest.parse(digest)))
        inputs = decision["inputs"]
        findings = [f"{item['weight']}: {item['id']}" for item in decision["findings"]]
        return {
            "verdict": decision["verdict"],
            "findings": findings,
            "ladder": inputs["ladder"],
            "policies": inputs["policies"],
        }
    except (MalformedError, KeyError, TypeError) as error:
        raise UntrustedError(
            f"the decision cannot be read: {error}", where=end.step_id, todo=standalone.TODO
        ) from error
