"""What the gates over records share: when they are asked, and what they are shown.

They are asked before anything goes live, and once more of the release as a whole; and only about
phases that are closed: of one that is not, the gate `order` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pipeline.core.families import POLICY_OF
from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect
from pipeline.core.lineage import Lineage, lineage_of
from pipeline.core.records.ground import provenance_origin
from pipeline.core.records.read import records_of
from pipeline.core.statement import PROVENANCE, SBOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.evidence import Believed
    from pipeline.core.families import RecordFamily
    from pipeline.core.gates.case import Case
    from pipeline.core.policies.family import Policy
    from pipeline.core.records.record import Record
    from pipeline.core.records.said import Said
    from pipeline.core.release import OriginClass, Phase


P = TypeVar("P", bound="Policy")
R = TypeVar("R", bound="Record")


def due(case: Case) -> bool:
    """Tell whether the records decide now: before a live effect, or of the whole release."""
    return case.whole or (case.stage.effect is Effect.LIVE and not case.missing)


def closed(case: Case, phases: Iterable[Phase] | None = None) -> tuple[Phase, ...]:
    """Return the ladder's phases (of those given) of which every stage has a verified pass."""
    there = {item.result.stage for item in case.evidence.stages}
    return tuple(
        phase
        for phase in case.ladder.phases()
        if (phases is None or phase in phases)
        and all(stage.id in there for stage in case.ladder.of_phase(phase))
    )


def statements(case: Case) -> tuple[Believed, ...]:
    """Return every verified statement of the release, imported ones first."""
    return tuple(item for stage in case.evidence.all for item in stage.statements)


def lineage(case: Case) -> Lineage:
    """Return what verified provenance says of the release's artifacts."""
    made = [s for s in statements(case) if s.statement.predicate_type in {PROVENANCE, SBOM}]
    return lineage_of(made, case.evidence.artifacts, case.context.baseline_commit)


def origin(case: Case) -> OriginClass:
    """Return the provenance's origin class, which the records share."""
    return provenance_origin(statements(case))


def records(case: Case, phase: Phase) -> tuple[Said, ...]:
    """Return the verified records of a phase of this release; imported ones are another's."""
    return tuple(
        said
        for stage in case.evidence.stages
        for said in records_of(stage.statements)
        if said.record.phase is phase
    )


def record(case: Case, phase: Phase, family: RecordFamily, policy: Policy) -> Said | None:
    """Return the newest record of a phase under one policy; `None`: there is none."""
    found = [
        said
        for said in records(case, phase)
        if said.family is family and said.record.policy == policy.id
    ]
    return found[-1] if found else None


def listed(case: Case, family: str) -> Iterator[Policy]:
    """Yield the target's policies of a family that its release approval asks for."""
    asked = case.approval.named(family) if case.approval else ()
    yield from (policy for policy in case.policies.of(family) if policy.id in asked)


def each_record(
    case: Case, family: RecordFamily, policies: type[P], records_: type[R]
) -> Iterator[tuple[P, Said, R]]:
    """Yield each asked policy of a family with its record of each closed phase, when it is due.

    A record that is not there is told by the gate `records`.
    """
    for policy in listed(case, POLICY_OF[family]) if due(case) else ():
        if isinstance(policy, policies):
            for phase in closed(case, getattr(policy, "phases", None)):
                said = record(case, phase, family, policy)
                if said is not None and isinstance(said.record, records_):
                    yield policy, said, said.record


def judged(gate: str, said: Said, found: Iterable[Finding], words: str) -> Iterator[Finding]:
    """Yield what was found against a record; else a finding for it."""
    against = list(found)
    yield from against
    if not against:
        yield passes(f"{gate}.kept", f"{said.record.record_id} {words}", said.bundle_digest)


def hold(gate: str, what: str, *evidence: str, command: str) -> Finding:
    """Return a finding that holds."""
    return Finding(id=gate, weight=Weight.HOLDS, what=what, evidence=evidence, command=command)


def again(case: Case) -> str:
    """Return the command that goes on with the release."""
    return f"invoke promote --ladder {case.ladder.ladder}"


def new_release(case: Case, what: str) -> str:
    """Return what clears a finding about evidence that stays as it is."""
    return f"{what}, commit, then `{again(case)}` with the new version"
