"""The release target gate over bundles: what is adopted is coherent, and all that policy asks for.

The same gates that decide about a whole release after its last stage, asked about what the bundles
hold and nothing else: so it makes no difference whose store they came from. What this project's own
store knows besides, and no bundle can, holds too (`standing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.evidence import Evidence
from pipeline.core.gates import RELEASE_GATES, Bound, Case, decide
from pipeline.core.policies import TrustKind
from pipeline.core.predicates.fields import Verdict
from pipeline.core.records.read import records_of
from pipeline.core.records.rollback_target import RollbackRecord
from pipeline.edges import clock
from pipeline.operations.adoption.standing import standing_holds
from pipeline.operations.baseline import baseline_report
from pipeline.operations.launching import launching
from pipeline.operations.reviews import review_report
from pipeline.operations.runbooks import runbooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.core.evidence import StageEvidence
    from pipeline.core.ladder import Ladder
    from pipeline.operations.adoption.sources import Sources
    from pipeline.operations.workspace import Workspace


def gate_holds(workspace: Workspace, sources: Sources) -> Iterator[str]:
    """Yield what the release target gate holds against the bundles, in words."""
    ladder = workspace.configuration.ladders.get(sources.context.ladder)
    if ladder is None or ladder.target != sources.context.target:
        yield f"there is no ladder {sources.context.ladder!r} to this target any more"
        return
    for finding in decide(_case(workspace, sources, ladder), RELEASE_GATES).holds:
        yield f"{finding.id}: {finding.what}"
    yield from standing_holds(workspace, sources)


def _case(workspace: Workspace, sources: Sources, ladder: Ladder) -> Case:
    configuration, context, now = workspace.configuration, sources.context, clock.now()
    policies = configuration.policies.for_target(ladder.target)
    taken = sources.bundles[-1].imported
    evidence = Evidence(stages=tuple(_passed(sources, ladder)), imported=taken)
    there = {item.result.stage for item in evidence.stages}
    return Case(
        context=context,
        ladder=ladder,
        stage=ladder.stages[-1],
        named=True,
        evidence=evidence,
        missing=tuple(stage.id for stage in ladder.stages if stage.id not in there),
        failed="",
        passed="",
        abandoned="",
        dirty=(),
        target=configuration.targets[ladder.target],
        policies=policies,
        trust_kind=TrustKind(workspace.trust.kind.value),
        anchored=workspace.anchored,
        approvals=(),
        bound=Bound(
            ladder=str(ladder.digest),
            policies=str(configuration.policies.digest),
            trust=str(workspace.trust.digest),
            live_state="",
            rollback_target=_rollback_target(evidence),
        ),
        now=now,
        registry=configuration.registry,
        baseline=baseline_report(workspace, context.baseline_commit),
        reviews=review_report(workspace, context.baseline_commit, now),
        launch=launching(workspace, ladder, ladder.stages[-1], None),
        runbooks=runbooks(workspace, sources.bundles[-1].run, policies),
        whole=True,
    )


def _passed(sources: Sources, ladder: Ladder) -> Iterator[StageEvidence]:
    """Yield the newest passed attempt of each stage, in the ladder's order."""
    newest = {
        item.result.stage: item
        for checked in sources.bundles
        for item in checked.attempts
        if item.result.verdict is Verdict.PASS
    }
    yield from (newest[stage.id] for stage in ladder.stages if stage.id in newest)


def _rollback_target(evidence: Evidence) -> str | None:
    """Return what the records say was live before: what one would go back to."""
    found = [
        said.record.rollback_artifact
        for item in evidence.stages
        for said in records_of(item.statements)
        if isinstance(said.record, RollbackRecord)
    ]
    return found[0] if found else None
