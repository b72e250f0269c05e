"""The body of `artifact.verify`: every check of the table, each with a verdict and a reason.

A check that raises has failed, with what it raised as the reason. The step fails when any check
failed; what was not run is for the gate and its policy to judge. An index out of reach ends the
attempt as one to be tried again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import MalformedError
from pipeline.core.policies.verification import VerificationPolicy
from pipeline.core.predicates.check_report import Check, CheckReport
from pipeline.core.predicates.fields import CheckVerdict, Verdict
from pipeline.core.statement import CHECK_REPORT, VULNERABILITIES
from pipeline.edges import clock
from pipeline.errors import StepFailedError, UnreachableError
from pipeline.flows.steps.checks import CHECKS
from pipeline.flows.steps.checks.subject import Outcome, Subject, distribution, list_installed
from pipeline.operations import environments, source
from pipeline.operations.source import SNAPSHOT
from pipeline.operations.step_io import Step, StepResult, StepStatement, pretty

if TYPE_CHECKING:
    from pipeline.edges.advisories.interface import Answer

REPORT_FILE = "check-report.json"
WORKERS = 4
"""Checks that run side by side: most wait for a program or the network."""


def run(step: Step) -> None:
    """Run all checks; leave the report, and what the advisory sources said."""
    started = clock.now()
    subject = _subject(step, started)
    with ThreadPoolExecutor(WORKERS) as pool:
        running = {name: pool.submit(_run, name, subject) for name in reversed(CHECKS)}
        outcomes = {name: running[name].result() for name in CHECKS}
    for name, outcome in outcomes.items():
        step.log(f"{outcome.verdict.value:8} {name}: {outcome.reason}")
        for detail in outcome.details:
            step.log(f"         {detail}")
    report = CheckReport(
        checks=tuple(_told(name, outcome) for name, outcome in outcomes.items()),
        advisory_sources=subject.sources(),
    )
    (step.out / REPORT_FILE).write_bytes(pretty(report.to_dict()))
    failed = [name for name, o in outcomes.items() if o.verdict is CheckVerdict.FAILED]
    names = (subject.sdist.name, subject.wheel.name)
    made = [StepStatement(type=CHECK_REPORT, subjects=names, predicate=report.to_dict())]
    made.extend(
        StepStatement(
            type=VULNERABILITIES,
            subjects=names,
            predicate=_scan(answer, started, clock.now()),
        )
        for answer in subject.answers
        if answer.ran
    )
    step.finish(
        StepResult(
            verdict=Verdict.FAIL if failed else Verdict.PASS,
            reason=f"checks that failed: {', '.join(failed)}" if failed else "",
            statements=tuple(made),
        )
    )


def _subject(step: Step, now: str) -> Subject:
    """Export the commit, install the wheel with its snapshot, and read the policy."""
    try:
        policy = VerificationPolicy.from_json(step.policies.get("verification"))
    except MalformedError as error:
        raise StepFailedError(
            f"no verification policy for this target: {error}",
            where="config/policies/verification.yaml",
            todo="write an entry for the target, then run `invoke check`",
        ) from error
    exported = source.export(step, step.scratch / "source")
    listed = step.artifacts().get(SNAPSHOT)
    step.log("install  the wheel and its snapshot into a clean environment")
    environment = environments.make(
        step.scratch / "clean",
        wheel=distribution(step, ".whl"),
        requirements=[listed] if listed is not None else [],
    )
    return Subject(
        step=step,
        source=exported,
        environment=environment,
        installed=list_installed(environment),
        policy=policy,
        now=now,
    )


def _run(name: str, subject: Subject) -> Outcome:
    try:
        return CHECKS[name](subject)
    except UnreachableError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a check raises, it is no pass
        first = (str(error).splitlines() or [""])[0]
        return Outcome(
            verdict=CheckVerdict.FAILED,
            reason=f"the check crashed: {type(error).__name__}: {first}"[:2000],
        )


def _told(name: str, found: Outcome) -> Check:
    return Check(
        id=name,
        verdict=found.verdict,
        reason=found.reason or "said nothing",
        details=found.details,
        todo=found.todo,
    )


def _scan(answer: Answer, started: str, finished: str) -> dict[str, Any]:
    """Return the predicate of in-toto's vulns v0.2 for one source that was asked."""
    return {
        "scanner": {
            "uri": answer.uri,
            "version": answer.version,
            "db": {"uri": answer.uri, "lastUpdate": answer.data_date},
            "result": [
                {
                    "id": finding.ids[0],
                    "severity": [{"method": "osv", "score": finding.severity or "UNKNOWN"}],
                    "annotations": [
                        {"package": finding.package, "version": finding.version},
                        {"aliases": list(finding.ids[1:])},
                    ],
                }
                for finding in answer.findings
            ],
        },
        "metadata": {"scanStartedOn": started, "scanFinishedOn": finished},
    }
