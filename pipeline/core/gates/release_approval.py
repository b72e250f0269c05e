"""Gate `release_approval`: what the target's release approval asks of a release.

1. A target without a release approval is shut.
2. The approval is of this ladder's gate, and names policies of this target alone.
3. What is called production has an approval for a production launch; nothing else has one.
4. A version that must come from a tag is no derived one.
5. Artifacts come from where the approval says: this run, or the one that was imported.
6. Before anything goes live, and of the whole release: revision, digests, provenance, signatures,
   the approval's mode, what was tested and judged, the runbooks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, passes
from pipeline.core.gates.release_case import due, hold, lineage, new_release, origin, statements
from pipeline.core.lineage import DEPLOYABLE
from pipeline.core.policies import TrustKind
from pipeline.core.policies.release_approval import (
    REQUIRED_LISTS,
    ApprovalMode,
    ApprovalScope,
    ArtifactSetSource,
    Asked,
    DigestSource,
    ProductionPosture,
    ProvenancePosture,
    ReleaseApproval,
    RevisionSource,
    SigningPosture,
    VersionSource,
)
from pipeline.core.predicates.approval import Approval
from pipeline.core.predicates.canary import Canary
from pipeline.core.release import PRODUCTION, OriginClass
from pipeline.core.statement import APPROVAL, CANARY, TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.gates.case import Case

_DERIVED = re.compile(r"\.dev[0-9]+|\+")


def gate(case: Case) -> Iterable[Finding]:
    """Hold a target without approval, and a release that is not as its approval says."""
    approval = case.approval
    target = case.context.target
    if approval is None:  # rule 1
        yield hold(
            "release_approval.none",
            f"the target {target!r} has no release approval; without one it is shut",
            f"config/approvals/{target}.yaml",
            command=f"write config/approvals/{target}.yaml (docs/configuration.md)",
        )
        return
    found = [*_itself(case, approval), *_identity(case, approval)]
    if due(case):
        found += [*_lineage(case, approval), *_runs(case, approval), *_runbooks(case, approval)]
    yield from found
    if not found:
        yield passes("release_approval.kept", f"the release is as {approval.id} says", approval.id)


def _hold(case: Case, field: str, what: str, *evidence: str, command: str = "") -> Finding:
    where = f"config/approvals/{case.context.target}.yaml"
    mend = command or f"mend {field} in {where}"
    return hold(f"release_approval.{field}", what, where, *evidence, command=mend)


def _itself(case: Case, approval: ReleaseApproval) -> Iterator[Finding]:
    """Check rules 2 and 3, and that the bundles are of the ladder's phases."""
    if approval.gate != case.ladder.gate:
        words = f"it is of the gate {approval.gate!r}, the ladder's is {case.ladder.gate!r}"
        yield _hold(case, "gate", words)
    for family, field in REQUIRED_LISTS.items():
        known = {policy.id for policy in case.policies.of(family)}
        for name in approval.named(family):
            if name not in known:
                yield _hold(case, field, f"{name} is no {family} policy of this target")
    asked = PRODUCTION in {case.context.channel, case.context.target}
    if asked is not (approval.execution.production is ProductionPosture.PRODUCTION):
        says = approval.execution.production.value
        yield _hold(case, "execution", f"the approval says {says}, the release's name does not")
    if asked is not (approval.approval_scope is ApprovalScope.PRODUCTION_LAUNCH):
        scope = approval.approval_scope.value
        words = f"a production approval counts in production alone; the scope is {scope}"
        yield _hold(case, "approval_scope", words)
    absent = set(approval.bundle_phases) ^ set(case.ladder.phases())
    if absent:
        words = f"bundles are asked for, or left, of phases that do not match: {_words(absent)}"
        yield _hold(case, "bundle_phases", words)


def _identity(case: Case, approval: ReleaseApproval) -> Iterator[Finding]:
    """Check rules 4 and 5."""
    version = case.context.version
    if approval.release_version_source is VersionSource.TAG and _DERIVED.search(version):
        words = f"{version} is derived from git, and the version must be a tag's"
        command = "tag the commit: git tag vVERSION"
        yield _hold(case, "release_version_source", words, command=command)
    imported = bool(case.evidence.imported) or any(s.imports for s in case.ladder.stages)
    wanted = approval.artifact_set_source is ArtifactSetSource.IMPORTED_RUN
    if imported is not wanted:
        how = "imported" if imported else "made by this run"
        words = f"the artifacts are {how}, the approval says {approval.artifact_set_source.value}"
        yield _hold(case, "artifact_set_source", words)


def _lineage(case: Case, approval: ReleaseApproval) -> Iterator[Finding]:
    """Check the revision, the digests, the provenance and the signatures (rule 6)."""
    made = lineage(case)
    mend = new_release(case, "let the building stage emit SLSA provenance of what it builds")
    if (
        approval.source_revision_source is RevisionSource.PROVENANCE_COMMIT
        and made.source_revision is None
    ):
        words = "no verified provenance says that it was made from the release's commit"
        yield _hold(case, "source_revision_source", words, *made.statements, command=mend)
    if approval.digest_source is DigestSource.PROVENANCE_SUBJECTS and made.artifact_digest is None:
        kinds = ", ".join(f"*{suffix}" for suffix in DEPLOYABLE)
        words = f"what is deployed ({kinds}) is no subject of a verified provenance"
        yield _hold(case, "digest_source", words, *made.statements, command=mend)
    if approval.provenance is not ProvenancePosture.NOT_ASKED and not made.statements:
        yield _hold(case, "provenance", "there is no signed provenance", command=mend)
    live = approval.provenance is ProvenancePosture.LIVE_WORKFLOW
    if live and origin(case) is not OriginClass.LIVE:
        words = "the provenance is not signed by a trusted workflow"
        command = "build in the workflow that rooted trust lists, and promote that"
        yield _hold(case, "provenance", words, *made.statements, command=command)
    if approval.signing is SigningPosture.ROOTED and case.trust_kind is not TrustKind.ROOTED:
        words = "the signatures are by a local key, and rooted trust is asked for"
        yield _hold(
            case,
            "signing",
            words,
            case.bound.trust,
            command='nothing in this version: rooted trust does not exist yet (README, "Not yet")',
        )


def _runs(case: Case, approval: ReleaseApproval) -> Iterator[Finding]:
    """Check the approval's mode, and that tests and canary stand behind it (rule 6)."""
    given = [s for s in statements(case) if s.statement.predicate_type == APPROVAL]
    named = [s for s in given if Approval.from_json(s.statement.predicate).approver]
    if approval.approval_mode is ApprovalMode.EXPLICIT_APPROVAL and not named:
        words = "nobody who is named has approved it, and the approval mode asks for that"
        yield _hold(case, "approval_mode", words, *(str(s.bundle_digest) for s in given))
    tested = [s for s in statements(case) if s.statement.predicate_type == TEST_RESULT]
    if approval.execution.test is Asked.REQUIRED and not any(
        s.statement.predicate.get("result") == "PASSED" and s.statement.predicate.get("passedTests")
        for s in tested
    ):
        yield _hold(case, "execution_test", "no test result of the artifacts has passed")
    judged = [s for s in statements(case) if s.statement.predicate_type == CANARY]
    verdicts = [Canary.from_json(s.statement.predicate).verdict for s in judged]
    if approval.execution.canary is Asked.REQUIRED and "PASS" not in verdicts:
        yield _hold(case, "execution_canary", "no canary was judged PASS")


def _runbooks(case: Case, approval: ReleaseApproval) -> Iterator[Finding]:
    """Check that the commit has every runbook for the way back (rule 6)."""
    for path in approval.rollback_references:
        if not case.runbooks.get(path):
            words = f"the release's commit has no runbook {path}"
            mend = new_release(case, f"write {path}")
            yield _hold(case, "rollback_references", words, path, command=mend)


def _words(values: Iterable[object]) -> str:
    return ", ".join(sorted(str(value) for value in values))
