"""Gate `records`: a closed phase has the records that policies ask for, of the policies of now.

1. Every policy that the release approval lists, and the target's linkage policy, has its record in
   each closed phase that it asks for.
2. A record was made under the policies of now: one made under others says what nobody asks for.
3. A record is of this release: set, version, commit, gate, channel, target and approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import POLICY_OF, RecordFamily
from pipeline.core.gates.case import Finding, passes
from pipeline.core.gates.release_case import (
    again,
    closed,
    due,
    hold,
    listed,
    new_release,
    record,
    records,
)
from pipeline.core.ladder import Effect
from pipeline.core.records.ground import policy_digests
from pipeline.core.records.promotion import PromotionRecord
from pipeline.errors import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.policies.family import Policy
    from pipeline.core.records.said import Said
    from pipeline.core.release import Phase

_FAMILIES = tuple(family for family in RecordFamily if family is not RecordFamily.ADOPTION)


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose closed phases lack a record, or have one of other policies."""
    if not due(case):
        return
    found = [*_missing(case), *_drifted(case), *_others(case)]
    yield from found
    there = sum(len(records(case, phase)) for phase in closed(case))
    if not found and there:
        yield passes("records.kept", f"{there} records stand under the policies of now")


def asked(case: Case, phase: Phase) -> Iterator[tuple[RecordFamily, Policy]]:
    """Yield the record families and policies that a closed phase must have records of."""
    for family in _FAMILIES:
        policies = list(listed(case, POLICY_OF[family]))
        if family is RecordFamily.LINKAGE and case.policies.linkage:
            policies = [case.policies.linkage]
        for policy in policies:
            phases = getattr(policy, "phases", None)
            if phases is None or phase in phases:
                yield family, policy


def _missing(case: Case) -> Iterator[Finding]:
    """Check rule 1."""
    ladder = case.ladder.ladder
    for phase in closed(case):
        for family, policy in asked(case, phase):
            if record(case, phase, family, policy) is None:
                yield hold(
                    f"records.missing.{family.value}",
                    f"the {phase.value} evidence has no {family.value} record under {policy.id}",
                    f"config/ladders/{ladder}.yaml",
                    command=f"declare `records: {{{family.value}: {policy.id}}}` on the last "
                    f"{phase.value} stage of {ladder}, commit, `{again(case)}`",
                )


def _others(case: Case) -> Iterator[Finding]:
    """Check rule 3."""
    approval = case.approval.id if case.approval else None
    for phase in closed(case):
        for said in records(case, phase):
            kept = said.record
            compared = {
                "artifact_set_id": (kept.artifact_set_id, case.context.identity.artifact_set_id),
                "artifact_version": (kept.artifact_version, case.context.version),
                "source_revision": (kept.source_revision, case.context.baseline_commit),
                "gate_id": (kept.gate_id, case.context.gate),
                "release_channel": (kept.release_channel, case.context.channel),
                "deployment_stage": (kept.deployment_stage, case.context.target),
                "approval_record_id": (kept.approval_record_id, approval),
            }
            wrong = [f"{n}: {has}, {wants}" for n, (has, wants) in compared.items() if has != wants]
            if wrong:
                yield hold(
                    f"records.of_another.{said.family.value}",
                    f"{kept.record_id} is of another release: {'; '.join(wrong)}",
                    said.bundle_digest,
                    command=new_release(case, "mend the release approval"),
                )


def _drifted(case: Case) -> Iterator[Finding]:
    """Check rule 2, in one finding: it names the policies that changed, not every record."""
    old = [
        said
        for phase in closed(case)
        for said in records(case, phase)
        if said.record.policies != case.bound.policies
    ]
    if not old:
        return
    snapshots = ", ".join(sorted({said.record.policies for said in old}))
    changed = ", ".join(sorted(_changed(case, old))) or "policies of other targets alone"
    live = {stage.id for stage in case.ladder.stages if stage.effect is Effect.LIVE}
    gone_live = any(item.result.stage in live for item in case.evidence.stages)
    yield hold(
        "records.policies_drifted",
        f"{counted(len(old), 'record')} made under other policies ({snapshots}) than those of now "
        f"({case.bound.policies}); changed since: {changed}",
        *(said.bundle_digest for said in old),
        command="put back what changed, or release a new version"
        if gone_live
        else f"`{again(case)}`: what was approved under other policies is approved and recorded "
        "anew",
    )


def _changed(case: Case, old: list[Said]) -> set[str]:
    """Return the ids of the target's policies that are not what the promotion records say."""
    now = set(policy_digests(case.policies).items())
    found: set[str] = set()
    for said in old:
        if isinstance(said.record, PromotionRecord):
            then = {(item.id, item.digest) for item in said.record.policy_dependencies}
            found |= {name for name, _ in now ^ then}
    return found
