"""The records that a ladder makes are those that its target's policies ask for.

The rules of `core.crosscheck` go on here:

12. A record of a stage answers to a policy of its family's policy family, for the ladder's target
    and for the stage's phase; a policy is answered to once in a phase, as its id names the record.
13. In each phase that a ladder has, its stages record what a policy that the approval lists asks of
    that phase (one without phases asks it of each), every family that the linkage policy ties
    there, and every one that the adoption policy adopts there. The last stage of a tied phase
    records the linkage: it ties what is there.
14. The linkage and the adoption policy name families for each of their phases and for no other;
    linkage ties a phase's own records, and what no stage records is not adopted.
"""

from collections.abc import Iterator, Mapping

from pipeline.core.documents import (
    Documents,
    Fields,
    Finding,
    Listed,
    Path,
    below,
    mappings,
    named,
    one_of,
    policies,
    policy,
    texts,
)
from pipeline.core.families import LINKED, POLICY_OF, STAGED, RecordFamily
from pipeline.core.policies.release_approval import REQUIRED_LISTS
from pipeline.core.release import Phase

RECORD_OF = {family: record.value for record, family in POLICY_OF.items()}
"""Policy family → the record family that answers to it."""
EACH_PHASE = ("promotion", "approval_authority", "canary")
"""Policy families without phases: what they ask, they ask of each."""
GATHERING = {"linkage": LINKED, "adoption": STAGED}
"""Policy families that name record families for each phase, and which they may name."""


def records_made(documents: Documents) -> Iterator[Finding]:
    """Yield every broken rule of those above."""
    for name, ladder in below(documents, "ladders/").items():
        if f"targets/{ladder.get('target')}" in documents:
            yield from _records(documents, f"ladders/{name}", ladder)
            yield from _recorded(documents, f"ladders/{name}", ladder)
    for family, allowed in GATHERING.items():
        for one in policies(documents, family) or ():
            yield from _families(f"policies/{family}", one, [item.value for item in allowed])


def _of_stage(stage: Fields) -> list[tuple[str, str]]:
    """Return the records of a known family that a stage makes: family and policy."""
    records = stage.get("records")
    items = records.items() if isinstance(records, Mapping) else ()
    known = set(STAGED)
    return [(name, one) for name, one in items if name in known and isinstance(one, str)]


def _records(documents: Documents, where: str, ladder: Fields) -> Iterator[Finding]:
    """Rule 12."""
    first: dict[tuple[str, str], str] = {}
    for index, stage in enumerate(mappings(ladder.get("stages"))):
        phase = str(stage.get("phase"))
        for record, wanted in _of_stage(stage):
            path: Path = ("stages", index, "records", record)
            family = POLICY_OF[RecordFamily(record)]
            yield from named(documents, (where, path), family, wanted, ladder.get("target"))
            phases = _phases_of(documents, family, wanted, ladder.get("target"))
            if phases and phase not in phases:
                words = f"{wanted!r} asks nothing of the phase {phase}"
                allowed = f"allowed: on a stage of {', '.join(phases)}"
                yield Finding(where, path, f"{words}; {allowed}")
            here = f"stages[{index}].records.{record}"
            before = first.setdefault((phase, wanted), here)
            if before != here:
                words = f"{before} answers to {wanted!r} already; allowed: once in a phase"
                yield Finding(where, path, words)


def _phases_of(documents: Documents, family: str, wanted: str, target: object) -> list[str]:
    """Return the phases of a target's policy of an id; none where it is not there."""
    for one in policies(documents, family) or ():
        if (one.fields.get("id"), one.fields.get("target")) == (wanted, target):
            if family in EACH_PHASE:
                return [phase.value for phase in Phase]
            return [text for _, text in texts(one.fields.get("phases"))]
    return []


def _recorded(documents: Documents, where: str, ladder: Fields) -> Iterator[Finding]:
    """Rule 13."""
    target, rungs = str(ladder.get("target")), mappings(ladder.get("stages"))
    for phase in dict.fromkeys(str(stage.get("phase")) for stage in rungs):
        there = [index for index, stage in enumerate(rungs) if stage.get("phase") == phase]
        made = [record for index in there for record in _of_stage(rungs[index])]
        path = ("stages", there[-1]) if there else ("stages",)
        for record, wanted, because in _wanted(documents, target, phase):
            if not any(record == one and wanted in {"", answered} for one, answered in made):
                words = f"no stage of {phase} records {record}, {because}"
                allowed = f"allowed: `{record}: {wanted or 'POLICY'}` among its records"
                yield Finding(where, path, f"{words}; {allowed}")
        linkage = policy(documents, "linkage", target)
        if not linkage or not there or phase not in dict(_gathered(linkage)):
            continue
        if "linkage" not in dict(_of_stage(rungs[there[-1]])):
            words = f"is the last of {phase} and records no linkage, which ties what is there"
            allowed = f"allowed: `linkage: {linkage.fields.get('id')}` among its records"
            yield Finding(where, path, f"{words}; {allowed}")


def _wanted(documents: Documents, target: str, phase: str) -> Iterator[tuple[str, str, str]]:
    """Yield the records that a phase must have: family, policy where it matters, and why."""
    for approval in below(documents, "approvals/").values():
        if approval.get("target") == target:
            for family, field in REQUIRED_LISTS.items():
                for _, wanted in texts(approval.get(field)):
                    phases = _phases_of(documents, family, wanted, target)
                    if family in RECORD_OF and phase in phases:
                        because = f"which the approval of {target!r} asks for under {wanted!r}"
                        yield RECORD_OF[family], wanted, because
    for family, does in (("linkage", "ties"), ("adoption", "adopts")):
        found = policy(documents, family, target)
        for record in dict(_gathered(found)).get(phase, ()) if found else ():
            if record in GATHERING[family]:
                yield record, "", f"which the {family} policy of {target!r} {does}"


def _gathered(one: Listed) -> Iterator[tuple[str, list[str]]]:
    """Yield a policy's phases with the record families that it names for them."""
    families = one.fields.get("families")
    for phase, listed in families.items() if isinstance(families, Mapping) else ():
        yield phase, [text for _, text in texts(listed)]


def _families(where: str, one: Listed, allowed: list[str]) -> Iterator[Finding]:
    """Rule 14."""
    path: Path = ("policies", one.at, "families")
    phases = [text for _, text in texts(one.fields.get("phases"))]
    families = dict(_gathered(one))
    if not isinstance(one.fields.get("families"), Mapping) or not phases:
        return
    for phase in phases:
        if phase not in families:
            words = f"names no families for {phase}, which is one of its phases; allowed: a list"
            yield Finding(where, path, words)
    for phase, listed in families.items():
        if phase not in phases:
            words = f"{phase} is none of its phases; {one_of(phase, phases)}"
            yield Finding(where, (*path, phase), words)
        for at, record in enumerate(listed):
            if record in set(RecordFamily) and record not in allowed:
                words = f"{record} is no family for this; {one_of(record, allowed)}"
                yield Finding(where, (*path, phase, at), words)
