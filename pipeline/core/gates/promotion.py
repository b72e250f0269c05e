"""Gate `promotion`: a release has passed what its promotion policy asks for, and says so.

1. Every required stage is one of the ladder's; and once its phase is closed, the promotion record
   of that phase lists it as completed.
2. A stage that the policy calls manual runs only when it is named: the ladder says so too.
3. The record names the policies of now, each by its digest.
4. The record names the matrix of what the artifacts passed on, which is in its stage's folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.families import RecordFamily
from pipeline.core.gates.case import Finding
from pipeline.core.gates.release_case import each_record, hold, judged, new_release
from pipeline.core.misrecorded import MATRIX
from pipeline.core.policies import PromotionPolicy
from pipeline.core.records.ground import policy_digests
from pipeline.core.records.promotion import PromotionRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case
    from pipeline.core.records.said import Said


def gate(case: Case) -> Iterable[Finding]:
    """Hold a ladder that is not its policy's, and a release that has not passed what it must."""
    if case.promotion is not None:
        yield from _ladder(case, case.promotion)
    for policy, said, kept in each_record(
        case, RecordFamily.PROMOTION, PromotionPolicy, PromotionRecord
    ):
        yield from judged(
            "promotion", said, _judge(case, policy, said, kept), "lists every required stage"
        )


def _ladder(case: Case, policy: PromotionPolicy) -> Iterator[Finding]:
    """Check the ladder against rules 1 and 2."""
    where = f"config/ladders/{case.ladder.ladder}.yaml"
    stages = {stage.id: stage for stage in case.ladder.stages}
    for name in policy.required_stages:
        if name not in stages:
            words = f"{policy.id} requires the stage {name}, which the ladder does not have"
            yield hold("promotion.required_stages", words, where, command=f"add it to {where}")
    for name in policy.manual_stages:
        if name in stages and not stages[name].manual:
            words = f"{policy.id} says that {name} is manual, and the ladder runs it unasked"
            command = f"write `manual: true` on {name} in {where}"
            yield hold("promotion.manual_stages", words, where, command=command)


def _judge(
    case: Case, policy: PromotionPolicy, said: Said, kept: PromotionRecord
) -> Iterator[Finding]:
    here = {stage.id for stage in case.ladder.of_phase(kept.phase)}
    absent = [s for s in policy.required_stages if s in here and s not in kept.completed_stages]
    if absent:  # rule 1
        words = f"{kept.record_id} does not list {', '.join(absent)} as completed"
        mend = new_release(case, f"make the records of {kept.phase.value} with its last stage")
        yield hold("promotion.completed_stages", words, said.bundle_digest, command=mend)
    says = {item.id: item.digest for item in kept.policy_dependencies}
    same = kept.policies == case.bound.policies  # else the gate `records` tells what has changed
    if same and says != policy_digests(case.policies):  # rule 3
        words = f"{kept.record_id} was made under other policies than those of now"
        command = "put the policies back, or release a new version"
        yield hold("promotion.policy_dependencies", words, said.bundle_digest, command=command)
    files = {
        file.digest
        for item in case.evidence.stages
        if item.result.stage == kept.stage
        for file in item.result.records
        if file.path == MATRIX
    }
    if kept.compatibility_matrix not in files:  # rule 4
        words = f"the matrix that {kept.record_id} names is not in its stage's folder"
        command = "restore the evidence, or release a new version"
        yield hold("promotion.compatibility", words, said.bundle_digest, command=command)
