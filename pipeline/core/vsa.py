"""Decisions as SLSA Verification Summary Attestations: what others can rely on without our gates.

Source: https://slsa.dev/spec/v1.1/verification_summary ("Fields", "How to verify"). A summary says
that a verifier judged artifacts against a policy for one purpose. The purpose (`resourceUri`) is
one stage of one target, never the target alone: that an artifact may enter one rung says nothing
of the rungs above. No SLSA level is evaluated by our gates, so none is claimed: a decision to go
on has `SLSA_BUILD_LEVEL_UNEVALUATED`, a hold has `FAILED`.

A statement needs a subject: before there is an artifact, there is no summary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.predicates.hold import Hold
from pipeline.core.statement import VSA, Statement, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.core.gates import Case, Decision
    from pipeline.core.predicates.stage_result import StageResult

VERIFIER = "https://release-ladder.readthedocs.io/verifiers/checkout/v1"
"""The code of the checkout under release decides, with the keys that it knows. Who trusts this
verifier trusts whoever could change that checkout."""
SOFTWARE = "release-ladder"
"""The component whose version `verifier.version` has."""
DECISION = "https://release-ladder.readthedocs.io/vsa/decision"
"""An extension field, as the specification allows: the digest of the decision (`decision.json`)."""
UNEVALUATED, FAILED = "SLSA_BUILD_LEVEL_UNEVALUATED", "FAILED"
SLSA_VERSION = "1.1"
STAGE_RESULT_FILE = "00-stage-result.sigstore.json"


def resource(project: str, target: str, stage: str | None) -> str:
    """Return the URI of what artifacts were judged for: to enter one stage on the way to a target.

    Without a stage it is the target itself: the whole release was judged, after its last stage.
    It is no address to fetch from; docs/predicates.md tells consumers which value to expect.
    """
    return f"release-ladder:{project}/{target}" + (f"?stage={stage}" if stage else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a summary says of its decision: the digest, the time, and whether it goes on."""

    digest: Digest
    now: str
    going: bool

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """Take it from a decision."""
        going = decision.verdict.value == "PROCEED"
        return cls(digest=decision.digest, now=decision.now, going=going)


def summary(
    decided: Decided, case: Case, *, project: str, software: str | None
) -> Statement | None:
    """Return a decision's summary, unsigned; `None` while there is no artifact to speak of."""
    artifacts = case.evidence.artifacts
    if not artifacts:
        return None
    going = decided.going
    predicate: dict[str, Any] = {
        "verifier": {"id": VERIFIER} | ({"version": {SOFTWARE: software}} if software else {}),
        "timeVerified": decided.now,
        "resourceUri": resource(
            project, case.context.target, None if case.whole else case.stage.id
        ),
        "policy": {
            "uri": f"release-ladder:{project}/config/policies?target={case.context.target}",
            "digest": {"sha256": Digest.parse(case.bound.policies).hex},
        },
        "inputAttestations": [
            {"uri": f"release-ladder:{project}/{path}", "digest": {"sha256": digest.hex}}
            for path, digest in _read(case)
        ],
        "verificationResult": "PASSED" if going else "FAILED",
        "verifiedLevels": [UNEVALUATED if going else FAILED],
        "slsaVersion": SLSA_VERSION,
        DECISION: str(decided.digest),
    }
    subjects = tuple(Subject(name=name, digest=d) for name, d in sorted(artifacts.items()))
    return Statement(predicate_type=VSA, subjects=subjects, predicate=predicate)


def _read(case: Case) -> Iterator[tuple[str, Digest]]:
    """Yield all attestations that the decision rests on: where each lies, and its digest."""
    for item in case.evidence.all:
        folder = f"{Digest.parse(item.result.run).hex[:16]}/{item.result.stage}"
        yield f"{folder}/{STAGE_RESULT_FILE}", item.digest
        for listed in item.result.statements:
            if listed.type == VSA:
                continue  # our own earlier words are no evidence
            yield f"{folder}/{listed.path}", Digest.parse(listed.digest)
    for digest in sorted(given.bundle_digest for given in case.approvals):
        yield f"{case.context.run}/{case.stage.id}/approval", digest
    if case.hold is not None:
        number = Hold.from_json(case.hold.statement.predicate).number
        yield f"holds/{case.context.target}/{number:06d}", case.hold.bundle_digest


def wrong(
    statement: Statement,
    result: StageResult,
    decision: Mapping[str, Any],
    artifacts: Mapping[str, Digest],
) -> list[str]:
    """Return which of its fields are not of the attempt that lists a signed summary.

    The steps of "How to verify" beside the signature (1) and the predicate's type (3), which who
    calls has seen: the subjects are the artifacts that the attempt began with (2), the verifier
    (4), the stage and target (5), the result (6), the levels (7); then policy, time and decision.
    """
    predicate = statement.predicate
    about = {subject.name: subject.digest for subject in statement.subjects}
    purpose = str(predicate.get("resourceUri"))
    wanted = resource("", result.target, result.stage).removeprefix("release-ladder:")
    policy = Digest.parse(decision["inputs"]["policies"]).hex
    compared = {
        "subject": (about, dict(artifacts)),
        "verifier": (_member(predicate, "verifier", "id"), VERIFIER),
        "resourceUri": (purpose.endswith(wanted) and purpose.startswith("release-ladder:"), True),
        "verificationResult": (predicate.get("verificationResult"), "PASSED"),
        "verifiedLevels": (predicate.get("verifiedLevels"), [UNEVALUATED]),
        "policy": (_member(predicate, "policy", "digest"), {"sha256": policy}),
        "timeVerified": (predicate.get("timeVerified"), decision["now"]),
        "decision": (predicate.get(DECISION), result.decision),
    }
    return [name for name, (has, wants) in compared.items() if has != wants]


def _member(predicate: Mapping[str, Any], name: str, inner: str) -> object:
    value = predicate.get(name)
    return value.get(inner) if isinstance(value, dict) else None
