"""The compatibility matrix: on which interpreters and platforms this artifact passed.

It is made from verified evidence alone, never written by hand. A row is one signed in-toto test
result about one artifact of the release, on the interpreter and platform that it tells. A result
that does not tell where it ran is no row; it is listed, so that nothing is left out unseen. The
origin class is the one that verification derived: whoever reads it from these bytes reads what was
derived then, and derives it anew from the statement that the row names.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.core.interpreter import Interpreter
from pipeline.core.model import Digested, Model
from pipeline.core.predicates.check_report import CheckReport
from pipeline.core.predicates.fields import Artifact, CheckVerdict
from pipeline.core.release import OriginClass
from pipeline.core.statement import CHECK_REPORT, TEST_RESULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.evidence import Believed, Evidence

INSTALL_CHECK = "install_import"
"""The check that installs an artifact and imports it."""


class Row(Model):
    """One test result about one artifact."""

    artifact: Artifact
    interpreter: Interpreter
    result: CheckVerdict
    """`passed` only if the result says PASSED, a test passed, and none failed."""
    passed: int
    warned: int
    failed: int
    stage: str
    statement: str
    """Digest of the signed statement's bundle (`sha256:HEX`)."""
    origin: OriginClass


class Install(Model):
    """One verdict on whether an artifact installs and imports; where, the check does not tell."""

    artifact: Artifact
    result: CheckVerdict
    stage: str
    statement: str
    origin: OriginClass


class Matrix(Digested):
    """All rows of a release, in an order of their own; named by its digest."""

    schema_: Literal["https://release-ladder.readthedocs.io/schemas/compatibility/v1"] = Field(
        default="https://release-ladder.readthedocs.io/schemas/compatibility/v1", alias="schema"
    )
    artifacts: tuple[Artifact, ...]
    rows: tuple[Row, ...]
    installs: tuple[Install, ...]
    untold: tuple[str, ...]
    """Digests of the test results that do not tell where they ran."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical(self.to_dict())


def matrix(
    evidence: "Evidence",
    *,
    own: "Iterable[Believed]" = (),
    stage: str = "",
    made: "Mapping[str, Digest] | None" = None,
) -> Matrix:
    """Return the matrix of what is verified about a release; imported evidence counts, too.

    `own` are the verified statements of an attempt of `stage` whose result is not there yet, and
    `made` the release's artifacts with those that it has made.
    """
    released = dict(evidence.artifacts if made is None else made)
    said = [(each.result.stage, item) for each in evidence.all for item in each.statements]
    said += [(stage, item) for item in own]
    rows: list[Row] = []
    installs: list[Install] = []
    untold: list[str] = []
    for name, item in said:
        if item.statement.predicate_type == TEST_RESULT:
            found = list(_rows(released, name, item))
            rows += found
            if not found:
                untold.append(str(item.bundle_digest))
        elif item.statement.predicate_type == CHECK_REPORT:
            installs += _installs(released, name, item)
    return Matrix(
        artifacts=tuple(
            Artifact(name=name, digest=str(digest)) for name, digest in sorted(released.items())
        ),
        rows=tuple(sorted(rows, key=lambda row: canonical(row.to_dict()))),
        installs=tuple(sorted(installs, key=lambda item: canonical(item.to_dict()))),
        untold=tuple(sorted(untold)),
    )


def _rows(released: "Mapping[str, Digest]", stage: str, item: "Believed") -> "Iterator[Row]":
    predicate = item.statement.predicate
    try:
        interpreter = Interpreter.of(predicate.get("configuration"))
    except MalformedError:
        return
    passed, warned, failed = (
        _count(predicate.get(name)) for name in ("passedTests", "warnedTests", "failedTests")
    )
    good = predicate.get("result") == "PASSED" and passed > 0 and failed == 0
    for artifact in _about(released, item):
        yield Row(
            artifact=artifact,
            interpreter=interpreter,
            result=CheckVerdict.PASSED if good else CheckVerdict.FAILED,
            passed=passed,
            warned=warned,
            failed=failed,
            stage=stage,
            statement=str(item.bundle_digest),
            origin=item.origin,
        )


def _installs(
    released: "Mapping[str, Digest]", stage: str, item: "Believed"
) -> "Iterator[Install]":
    checks = CheckReport.from_json(item.statement.predicate).checks
    for check in checks:
        if check.id == INSTALL_CHECK:
            for artifact in _about(released, item):
                yield Install(
                    artifact=artifact,
                    result=check.verdict,
                    stage=stage,
                    statement=str(item.bundle_digest),
                    origin=item.origin,
                )


def _about(released: "Mapping[str, Digest]", item: "Believed") -> "Iterator[Artifact]":
    """Yield the artifacts of this release, by name and digest, that a statement is about."""
    for subject in item.statement.subjects:
        if released.get(subject.name) == subject.digest:
            yield Artifact(name=subject.name, digest=str(subject.digest))


def _count(names: object) -> int:
    """Return how many tests a list names; what is no list of names says nothing for a pass."""
    return len({name for name in names if isinstance(name, str)}) if isinstance(names, list) else 0
