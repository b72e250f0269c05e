"""Gate `launch_proofs`: the private proofs of the launch window were run, through what is live.

It is asked about a whole release, not about a stage: a proof of what is live can only be run once
it is live, so it never holds the deploy that makes it possible; it holds what is said of the
release afterwards. A proof is pending until all of this is true of one signed test result:

1. The target's release approval lists the proof, and the evidence registry says its test. One that
   the registry does not define can be satisfied by nothing.
2. A stage of this very run signed it: not another ladder's, whose artifacts were imported, nor
   another release's. No document and no status of the registry is ever looked at.
3. That stage is the one with the live effect, or stands above it.
4. It is about artifacts of this release, it is PASSED, and the test is among those that passed.
5. Its origin is one that the promotion policy accepts; without a policy, live alone.
6. No other such result names the test as anything but passed: the worst counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes
from pipeline.core.ladder import Effect
from pipeline.core.release import OriginClass
from pipeline.core.statement import TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.evidence import Believed
    from pipeline.core.gates.case import Case
    from pipeline.core.ladder import Stage


def gate(case: Case) -> Iterable[Finding]:
    """Hold a release whose launch-window proofs are pending; each is named."""
    if not case.whole:
        return
    results = list(_results(case))
    pending = []
    for proof in case.launch.proofs:
        why, evidence = _pending(case, results, proof.test)
        if why:
            pending.append(f"{proof.id}: {why}")
        else:
            yield passes(f"launch_proofs.{proof.id}", f"{proof.test} passed", *evidence)
    if pending:
        yield Finding(
            id="launch_proofs.pending",
            weight=Weight.HOLDS,
            what=f"pending until run in the launch window: {'; '.join(pending)}",
            evidence=tuple(str(item.bundle_digest) for item in results)
            or (f"config/approvals/{case.context.target}.yaml",),
            command=_command(case),
        )


def _pending(case: Case, results: list[Believed], test: str | None) -> tuple[str, tuple[str, ...]]:
    """Return why a proof is pending (empty: it is not), and the results that name its test."""
    if test is None:  # rule 1
        return "the evidence registry does not define it", ()
    naming = [item for item in results if test in _named(item)]
    evidence = tuple(str(item.bundle_digest) for item in naming)
    if not naming:
        return f"no test result of this release names {test}", ()
    if not all(_passed(item, test) for item in naming):  # rules 4 and 6
        return f"{test} did not pass", evidence
    if not any(_accepted(case, item.origin) for item in naming):  # rule 5
        return f"{test} passed, but with {OriginClass.LOCAL.value} alone", evidence
    return "", evidence


def _results(case: Case) -> Iterator[Believed]:
    """Yield the test results that could satisfy a proof, as far as rules 2, 3 and 4 go."""
    window = {stage.id for stage in _window(case)}
    released = {(name, digest) for name, digest in case.evidence.artifacts.items()}
    for stage in case.evidence.stages:  # rule 2: what was imported is not among them
        said = stage.result
        mine = (said.run, said.context) == (case.context.run_id, str(case.context.digest))
        if mine and said.stage in window:
            for item in stage.of(TEST_RESULT):
                if all((s.name, s.digest) in released for s in item.statement.subjects):
                    yield item


def _window(case: Case) -> tuple[Stage, ...]:
    """Return the stages of the launch window: from the first live effect on (rule 3)."""
    stages = case.ladder.stages
    first = next((n for n, stage in enumerate(stages) if stage.effect is Effect.LIVE), len(stages))
    return stages[first:]


def _named(item: Believed) -> set[str]:
    predicate = item.statement.predicate
    return {
        name
        for field in ("passedTests", "warnedTests", "failedTests")
        for name in _names(predicate.get(field))
    }


def _passed(item: Believed, test: str) -> bool:
    predicate = item.statement.predicate
    others = {*_names(predicate.get("warnedTests")), *_names(predicate.get("failedTests"))}
    return (
        predicate.get("result") == "PASSED"
        and test in _names(predicate.get("passedTests"))
        and test not in others
    )


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _accepted(case: Case, origin: OriginClass) -> bool:
    if case.promotion is None:
        return origin is OriginClass.LIVE
    return case.promotion.accepts(origin)


def _command(case: Case) -> str:
    ladder = case.ladder.ladder
    testing = [stage for stage in _window(case) if TEST_RESULT in stage.emits]
    if not testing:
        return (
            f"let a stage of config/ladders/{ladder}.yaml from its live effect on sign test "
            "results; a document never satisfies it"
        )
    return (
        f"let {testing[-1].alias} run the test and name it in its test result, then `invoke "
        f"promote --ladder {ladder} --stage {testing[-1].alias}`; a document never satisfies it"
    )
