"""`candidate.test` and `attest.release`, with the real wheel, uv and pytest."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from pipeline.core.interpreter import Interpreter, Platform, Python
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import RELEASE, TEST_RESULT
from pipeline.edges import uv
from pipeline.errors import StepFailedError
from pipeline.flows.steps import attest, candidate
from pipeline.operations.step_io import Step, StepResult
from tests.flows.steps import driving
from tests.flows.steps.conftest import TEST
from tests.flows.steps.releases import Built

OURS = Interpreter(
    python=Python(implementation=sys.implementation.name, version=platform.python_version()),
    platform=Platform(
        sys_platform=sys.platform,
        machine=platform.machine(),
        libc=" ".join(platform.libc_ver()).strip() or None,
    ),
)
"""What the tests themselves run on."""
VERSION = ".".join(platform.python_version_tuple()[:2])


def outcome_of(built: Built, folder: Path, files: dict[str, str]) -> StepResult:
    """Commit other candidate tests and run them against the built wheel."""
    driving.sh(folder, "git", "clone", "-q", str(built.repo), "repo")
    for name, text in files.items():
        path = folder / "repo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    driving.commit_all(folder / "repo")
    step = driving.prepare(
        folder / "step", folder / "repo", artifacts=built.artifacts, version="1.2"
    )
    candidate.run(step, path="tests/candidate")
    return driving.result_of(step)


def the_step(built: Built, folder: Path) -> Step:
    return driving.prepare(folder, built.repo, artifacts=built.artifacts)


def test_the_wheel_passes_its_candidate_tests(built: Built, tmp_path: Path) -> None:
    step = the_step(built, tmp_path / "step")
    candidate.run(step, path="tests/candidate")
    result = driving.result_of(step)
    (statement,) = result.statements
    assert result.verdict is Verdict.PASS
    assert statement.type == TEST_RESULT
    assert statement.subjects == (built.file(".whl").name,)
    assert statement.predicate["result"] == "PASSED"
    assert statement.predicate["passedTests"] == ["tests.candidate.test_kettle::test_boils"]
    names = [item["name"] for item in statement.predicate["configuration"]]
    assert names == [
        *("tests/candidate", "dependencies.txt", "uv.lock group test"),
        *("python", "platform"),
    ]
    assert Interpreter.of(statement.predicate["configuration"]) == OURS
    assert (step.out / "junit.xml").is_file()
    assert driving.outside(step.folder) - {"step.json"} == {
        f"inputs/artifacts/{name}" for name in built.artifacts
    }


def test_each_version_that_is_named_is_tested_in_an_environment_of_its_own(
    built: Built, tmp_path: Path
) -> None:
    step = the_step(built, tmp_path / "step")
    exact = platform.python_version()
    candidate.run(step, pythons=[VERSION, exact])
    result = driving.result_of(step)
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    found = [Interpreter.of(item.predicate["configuration"]) for item in result.statements]
    assert found == [OURS, OURS]
    assert {item.predicate["result"] for item in result.statements} == {"PASSED"}
    for version in (VERSION, exact):
        assert (step.out / f"junit-{version}.xml").is_file()
        assert (step.scratch / f"clean-{version}").is_dir()


def test_a_version_that_is_not_installed_was_not_run_and_fails_the_step(
    built: Built, tmp_path: Path
) -> None:
    step = the_step(built, tmp_path / "step")
    candidate.run(step, pythons=["3.99", VERSION])
    result = driving.result_of(step)
    assert result.verdict is Verdict.FAIL
    assert result.reason == "python 3.99: not_run: no such interpreter is installed here"
    (statement,) = result.statements
    assert statement.predicate["result"] == "PASSED", "what was run is told as it was"
    assert Interpreter.of(statement.predicate["configuration"]) == OURS


def test_an_interpreter_is_found_on_the_path_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / f"python{VERSION}").symlink_to(uv.base_python())
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    found = uv.installed_python(VERSION, cwd=tmp_path)
    assert found
    said = driving.sh(tmp_path, found, "-c", "import sys; print(*sys.version_info[:2], sep='.')")
    assert said == VERSION
    assert uv.installed_python("3.99", cwd=tmp_path) is None


def test_another_interpreter_than_the_one_that_was_named_was_not_run(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "find_python", lambda *_, **__: sys.executable)
    step = the_step(built, tmp_path / "step")
    candidate.run(step, pythons=["3.99"])
    result = driving.result_of(step)
    assert result.reason == f"python 3.99: not_run: the interpreter found is {OURS}"
    assert result.statements == ()


@pytest.mark.parametrize(
    "pythons", [["3"], ["/usr/bin/python3"], ["3.11", "3.11"], [">=3.11"], [""], "three"]
)
def test_what_names_no_version_once_is_told_before_anything_runs(
    built: Built, tmp_path: Path, pythons: list[str]
) -> None:
    step = the_step(built, tmp_path / "step")
    with pytest.raises(StepFailedError, match="no versions of Python"):
        candidate.run(step, pythons=pythons)
    assert not list(step.scratch.iterdir())


SEES_SOURCE = """\
import os, sys
from pathlib import Path
import tea_kettle

def test_comes_from_the_environment() -> None:
    assert tea_kettle.__file__.startswith(sys.prefix)
    assert sys.flags.isolated and sys.flags.dont_write_bytecode
    assert not list(Path.cwd().rglob("tea_kettle*"))
    assert not {name for name in os.environ if name.startswith(("GIT", "UV_", "RELEASE_"))}
"""


def test_the_tests_see_the_environment_and_no_source_tree(built: Built, tmp_path: Path) -> None:
    result = outcome_of(built, tmp_path, {"tests/candidate/test_kettle.py": SEES_SOURCE})
    assert (result.verdict, result.reason) == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"tests/candidate/test_kettle.py": "x = 1\n"}, "no test passed"),
        (
            {
                "tests/candidate/test_kettle.py": "import pytest\npytest.skip('all', "
                "allow_module_level=True)\n"
            },
            "no test passed; 1 skipped",
        ),
        (
            {"tests/candidate/test_kettle.py": TEST.replace("100", "99")},
            "test_boils failed",
        ),
        ({"tests/candidate/test_kettle.py": "import not_there\n"}, "failed"),
        (
            {
                "tests/candidate/test_x.py": "import pytest\n@pytest.mark.xfail\n"
                "def test_x():\n    pass\n"
            },
            "test_x failed",
        ),
        (
            {
                "tests/candidate/test_x.py": "import pytest\n@pytest.mark.xfail(strict=False)\n"
                "def test_x():\n    pass\n"
            },
            "test_x.py::test_x passed, but was expected to fail",
        ),
        (
            {
                "tests/candidate/test_x.py": "import pytest\n@pytest.fixture\ndef f():\n"
                "    yield\n    1/0\ndef test_x(f):\n    pass\n"
            },
            "test_x failed",
        ),
        (
            {
                "tests/candidate/conftest.py": "def pytest_sessionfinish(session):\n"
                "    session.exitstatus = 3\n"
            },
            "exit code 3",
        ),
        ({"tests/candidate/conftest.py": "import os\nos._exit(0)\n"}, "no report"),
        (
            {"tests/candidate/tea_kettle.py": "def boil(): return 100\n"},
            "tests/candidate/tea_kettle.py would be imported in place of the wheel's",
        ),
    ],
)
def test_a_run_that_proves_nothing_or_fails_is_a_failure(
    built: Built, tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    result = outcome_of(built, tmp_path, files)
    assert result.verdict is Verdict.FAIL
    assert reason in result.reason
    assert result.statements[0].predicate["result"] == "FAILED"


def test_a_folder_without_tests_fails(built: Built, tmp_path: Path) -> None:
    step = the_step(built, tmp_path / "step")
    candidate.run(step, path="tests/nowhere")
    assert driving.result_of(step).verdict is Verdict.FAIL
    with pytest.raises(StepFailedError, match="not a portable relative path"):
        candidate.run(the_step(built, tmp_path / "other"), path="../tests")


def test_without_a_locked_group_pytest_comes_from_the_index_and_the_result_says_so(
    built: Built, tmp_path: Path
) -> None:
    driving.sh(tmp_path, "git", "clone", "-q", str(built.repo), "repo")
    (tmp_path / "repo" / "uv.lock").unlink()
    driving.commit_all(tmp_path / "repo")
    wheel = built.file(".whl")
    step = driving.prepare(
        tmp_path / "step", tmp_path / "repo", artifacts={wheel.name: wheel}, version="1.2"
    )
    candidate.run(step)
    result = driving.result_of(step)
    assert result.verdict is Verdict.PASS
    assert {
        "name": "pytest",
        "uri": "pkg:pypi/pytest",
        "annotations": {"pinned": False},
    } in result.statements[0].predicate["configuration"]


def test_a_release_statement_names_the_package_over_all_distributions(
    built: Built, tmp_path: Path
) -> None:
    step = the_step(built, tmp_path / "step")
    attest.run(step)
    (statement,) = driving.result_of(step).statements
    assert statement.type == RELEASE
    assert statement.predicate == {"purl": "pkg:pypi/tea-kettle@1.2"}
    assert sorted(statement.subjects) == sorted(
        [built.file(".whl").name, built.file(".tar.gz").name]
    )


def test_nothing_to_attest_and_a_damaged_wheel_fail(built: Built, tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match="no distribution"):
        attest.run(driving.prepare(tmp_path / "one", built.repo))
    bad = tmp_path / "tea_kettle-1.2-py3-none-any.whl"
    bad.write_bytes(b"PK not really")
    with pytest.raises(StepFailedError, match="cannot be read"):
        attest.run(driving.prepare(tmp_path / "two", built.repo, artifacts={bad.name: bad}))
