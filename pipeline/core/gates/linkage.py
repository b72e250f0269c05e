"""Gate `linkage`: the records of a phase are of one release, in every field that they share.

1. Every family that the policy links for a closed phase has a record there.
2. Every linked record has the release's own value in each shared field. A finding names the record,
   the field and both values. The origin class is what verification derived.
3. The linkage record ties exactly the records that are there, by digest.
4. A phase that a production approval needs linked is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding, passes
from pipeline.core.gates.release_case import (
    again,
    closed,
    due,
    hold,
    new_release,
    origin,
    record,
    records,
)
from pipeline.core.policies.linkage import SharedField
from pipeline.core.records.linkage import LinkageRecord, mismatches, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.policies import LinkagePolicy
    from pipeline.core.release import Phase


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose records do not hang together."""
    policy = case.policies.linkage
    if policy is None or not due(case):
        return
    phases = closed(case, policy.phases)
    ready = policy.approval_ready_phase
    if case.whole and ready is not None and ready not in phases:  # rule 4
        words = f"the {ready.value} evidence, which {policy.id} needs linked, is not closed"
        yield hold("linkage.approval_ready_phase", words, policy.id, command=again(case))
    for phase in phases:
        found = [*_absent(case, policy, phase), *_differing(case, policy, phase)]
        found += _untied(case, policy, phase)
        yield from found
        if not found:
            words = f"the {phase.value} records share one identity"
            yield passes(f"linkage.{phase.value}", words, policy.id)


def shared(case: Case) -> dict[SharedField, str]:
    """Return the release's own value of each shared field."""
    return {
        SharedField.APPROVAL_RECORD_ID: case.approval.id if case.approval else "none",
        SharedField.GATE_ID: case.context.gate,
        SharedField.ARTIFACT_VERSION: case.context.version,
        SharedField.ARTIFACT_SET_ID: case.context.identity.artifact_set_id,
        SharedField.SOURCE_REVISION: case.context.baseline_commit,
        SharedField.ORIGIN_CLASS: origin(case).value,
        SharedField.DEPLOYMENT_STAGE: case.context.target,
        SharedField.RELEASE_CHANNEL: case.context.channel,
    }


def _absent(case: Case, policy: LinkagePolicy, phase: Phase) -> Iterator[Finding]:
    """Check rule 1."""
    for family in missing(policy, phase, records(case, phase)):
        yield hold(
            "linkage.missing",
            f"the {phase.value} evidence has no {family.value} record to link",
            policy.id,
            command=new_release(case, f"declare a {family.value} record on its last stage"),
        )


def _differing(case: Case, policy: LinkagePolicy, phase: Phase) -> Iterator[Finding]:
    """Check rule 2."""
    for found in mismatches(policy, phase, records(case, phase), shared(case)):
        yield hold(
            f"linkage.mismatch.{found.field}",
            f"{found.record}: {found.field} is {found.found!r}, the release's is {found.wanted!r}",
            found.record,
            command="release a new version; records of one release are made by one run",
        )


def _untied(case: Case, policy: LinkagePolicy, phase: Phase) -> Iterator[Finding]:
    """Check rule 3; a linkage record that is not there is told by the gate `records`."""
    said = record(case, phase, RecordFamily.LINKAGE, policy)
    if said is None or not isinstance(said.record, LinkageRecord):
        return
    linked = policy.families.get(phase, ())
    there = {item.bundle_digest for item in records(case, phase) if item.family in linked}
    tied = {item.digest for item in said.record.records}
    if tied != there:
        yield hold(
            "linkage.untied",
            f"{said.record.record_id} ties {len(tied)} records, {len(there)} are there",
            *sorted(tied ^ there),
            command="release a new version; the last stage of a phase links its records",
        )
