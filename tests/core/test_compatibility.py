"""The compatibility matrix: made from verified evidence alone, whatever that claims of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.canonical import Digest, load_canonical
from pipeline.core.compatibility import Matrix, matrix
from pipeline.core.evidence import Evidence
from pipeline.core.interpreter import Interpreter, Platform, Python
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.core.release import OriginClass
from pipeline.core.statement import TEST_RESULT, Subject
from tests.core.gates.signed import WHEEL, believed, live, passed, ran_tests, report

if TYPE_CHECKING:
    from pipeline.core.evidence import Believed


def on(version: str = "3.11.7", machine: str = "x86_64") -> list[dict[str, Any]]:
    """Return the configuration of a test run on an interpreter."""
    return Interpreter(
        python=Python(implementation="cpython", version=version),
        platform=Platform(sys_platform="linux", machine=machine, libc="glibc 2.36"),
    ).descriptors()


def ran_on(version: str = "3.11.7", **more: Any) -> Believed:  # noqa: ANN401 - a foreign predicate
    return ran_tests(configuration=on(version), **more)


def made(*statements: Believed) -> Matrix:
    return matrix(Evidence(stages=(passed("boil", *statements),)))


def test_a_row_says_what_where_how_many_and_which_statement_says_so() -> None:
    said = ran_on(passedTests=["tea::hot", "tea::sweet"], warnedTests=["tea::old"])
    (row,) = made(said).rows
    assert (row.artifact.name, row.artifact.digest) == ("tea.whl", str(WHEEL))
    assert str(row.interpreter) == "cpython 3.11.7 on linux-x86_64 (glibc 2.36)"
    assert (row.result, row.passed, row.warned, row.failed) == (CheckVerdict.PASSED, 2, 1, 0)
    assert (row.stage, row.statement) == ("boil", str(said.bundle_digest))
    assert row.origin is OriginClass.LOCAL


@pytest.mark.parametrize(
    "predicate",
    [
        {"result": "FAILED"},
        {"result": "WARNED"},
        {"result": ...},
        {"failedTests": ["tea::cold"]},
        {"passedTests": []},
        {"passedTests": ...},
        {"passedTests": "tea::hot"},
        {"passedTests": 7},
    ],
)
def test_a_result_that_is_no_pass_in_all_its_words_is_a_failed_row(
    predicate: dict[str, Any],
) -> None:
    (row,) = made(ran_on(**predicate)).rows
    assert row.result is CheckVerdict.FAILED


def test_one_test_named_twice_counts_once() -> None:
    (row,) = made(ran_on(passedTests=["tea::hot", "tea::hot"])).rows
    assert row.passed == 1


def test_a_result_that_does_not_tell_where_it_ran_is_listed_and_no_row() -> None:
    silent = ran_tests()
    found = made(silent, ran_on())
    assert len(found.rows) == 1
    assert found.untold == (str(silent.bundle_digest),)


@pytest.mark.parametrize(
    "subject",
    [
        Subject(name="tea.whl", digest=Digest.of(b"another wheel")),
        Subject(name="coffee.whl", digest=WHEEL),
    ],
)
def test_a_result_about_another_artifact_is_no_row(subject: Subject) -> None:
    """The same name over other bytes, and the same bytes under another name."""
    predicate = {"result": "PASSED", "passedTests": ["x"], "configuration": on()}
    said = believed(TEST_RESULT, predicate, subjects=(subject,))
    found = made(said)
    assert found.rows == ()
    assert found.untold == (str(said.bundle_digest),)


def test_an_origin_that_a_result_claims_of_itself_counts_for_nothing() -> None:
    lying = ran_on(origin="live_workflow_backed", annotations={"origin": "live_workflow_backed"})
    assert made(lying).rows[0].origin is OriginClass.LOCAL
    assert made(live(ran_on())).rows[0].origin is OriginClass.LIVE


def test_the_install_check_of_a_report_is_told_with_its_verdict() -> None:
    said = report(install_import="not_run", licences="passed")
    (install,) = matrix(Evidence(stages=(passed("taste", said),))).installs
    assert (install.result, install.statement) == (CheckVerdict.NOT_RUN, str(said.bundle_digest))
    assert install.artifact.digest == str(WHEEL)


def test_the_bytes_are_canonical_and_the_same_in_whatever_order_evidence_lies() -> None:
    one, two = ran_on("3.11.7"), ran_on("3.12.1")
    first, second = made(one, two), made(two, one)
    assert first.to_bytes() == second.to_bytes()
    assert Digest.of(first.to_bytes()) == first.digest == second.digest
    assert load_canonical(first.to_bytes())["schema"].endswith("/compatibility/v1")
    assert Matrix.from_json(load_canonical(first.to_bytes())) == first


def test_another_row_is_another_digest() -> None:
    assert made(ran_on("3.11.7")).digest != made(ran_on("3.12.1")).digest


def test_imported_evidence_about_the_same_bytes_counts() -> None:
    taken = Evidence(imported=(passed("boil", ran_on()),))
    assert len(matrix(taken).rows) == 1
