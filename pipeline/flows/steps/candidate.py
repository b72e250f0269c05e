"""The body of `candidate.test`: the built wheel passes the candidate tests, far from its source.

The tests are those of the release's commit, exported alone; the wheel and what it is tested with
come from the artifacts and the lock. The interpreter is isolated, so nothing else can be imported.
Each test result tells on which interpreter and platform it was made: the compatibility matrix is
made of these.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError, check_path
from pipeline.core.interpreter import names_python
from pipeline.core.junit import SuiteResult, faults_of, read_junit
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import TEST_RESULT
from pipeline.edges import archives, git_export, hashing, uv
from pipeline.errors import StepFailedError
from pipeline.flows.steps.checks.install_import import top_level
from pipeline.flows.steps.checks.subject import distribution
from pipeline.operations import environments, source
from pipeline.operations.source import SNAPSHOT
from pipeline.operations.step_io import Step, StepResult, StepStatement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.edges.command import Done

TEST_GROUP = "test"
"""The dependency group whose locked packages the tests run with."""
REPORT_FILE = "junit.xml"
"""The report of the tests; `junit-3.12.xml` where versions were named."""
TIMEOUT = 24 * 3600
"""Seconds; the stage's own timeout is what ends a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is tested, by what, and with what installed beside it."""

    wheel: Path
    tests: Path
    path: str
    installed: tuple[list[Path], list[str], list[dict[str, Any]]]
    """Requirements with hashes, requirements without, and how the result tells of them."""


def run(step: Step, *, path: str = "tests/candidate", pythons: Sequence[str] = ()) -> None:
    """Install the wheel, run the tests below `path`, leave the report and a test result.

    With `pythons` this is done once for each of these versions, in an environment of its own. One
    that is not installed was not run, and what was not run is a failure.
    """
    wanted = _versions(pythons)
    wheel = distribution(step, ".whl")
    tests = _tests(step, path)
    candidate = Candidate(wheel=wheel, tests=tests, path=path, installed=_requirements(step, path))
    shadows = _shadows(wheel, tests)
    statements, faults = [], list(shadows)
    for version in wanted:
        statement, found = _on(step, candidate, version, shadows)
        statements += [statement] if statement else []
        faults += found
    for fault in faults:
        step.log(f"FAIL     {fault}")
    step.finish(
        StepResult(
            verdict=Verdict.FAIL if faults else Verdict.PASS,
            reason="; ".join(faults)[:4000],
            statements=tuple(statements),
        )
    )


def _versions(pythons: Sequence[str]) -> list[str | None]:
    """Return the versions that were asked for; none means this process's own, unnamed."""
    asked = [pythons] if isinstance(pythons, str) else list(pythons)
    wrong = [each for each in asked if not names_python(each)]
    if wrong or len(set(asked)) < len(asked):
        raise StepFailedError(
            f"{wrong or asked} are no versions of Python, each once",
            where="the step's argument `pythons`",
            todo='name versions in quotes, as in `pythons: ["3.11", "3.12"]`',
        )
    return list(asked) or [None]


def _on(
    step: Step, candidate: Candidate, version: str | None, shadows: Sequence[str]
) -> tuple[StepStatement | None, list[str]]:
    """Test on one interpreter; return what is signed of it, and what is wrong with it."""
    name = "" if version is None else f"python {version}: "
    python = None if version is None else uv.find_python(version, cwd=step.scratch)
    if version is not None and python is None:
        return None, [f"{name}not_run: no such interpreter is installed here"]
    requirements, unhashed, configuration = candidate.installed
    step.log(f"install  {name}the wheel, its snapshot and the test tools into a clean environment")
    environment = environments.make(
        step.scratch / ("clean" if version is None else f"clean-{version}"),
        wheel=candidate.wheel,
        requirements=requirements,
        unhashed=unhashed,
        python=python,
    )
    interpreter = environment.interpreter()
    if version is not None and not interpreter.is_python(version):
        return None, [f"{name}not_run: the interpreter found is {interpreter}"]
    commit = step.context.baseline_commit
    step.log(f"test     {candidate.path} of {commit}, against {candidate.wheel.name}")
    step.log(f"python   {interpreter}")
    report = REPORT_FILE if version is None else f"junit-{version}.xml"
    result, faults = _tested(step, candidate, environment, report)
    statement = StepStatement(
        type=TEST_RESULT,
        subjects=(candidate.wheel.name,),
        predicate={
            "result": "FAILED" if faults or shadows else "PASSED",
            "configuration": [*configuration, *interpreter.descriptors()],
            "passedTests": list(result.passed),
            "warnedTests": list(result.warned),
            "failedTests": list(result.failed),
        },
    )
    return statement, [f"{name}{fault}" for fault in faults]


def _tested(
    step: Step, candidate: Candidate, environment: environments.Environment, report: str
) -> tuple[SuiteResult, list[str]]:
    """Run the tests in an environment and keep their report."""
    written = step.scratch / report
    done = _pytest(environment, candidate.tests, candidate.path, written)
    step.log(done.stdout.strip())
    if done.stderr.strip():
        step.log(done.stderr.strip())
    if written.is_file():
        shutil.copyfile(written, step.out / report)
    return _judge(written, done)


def _tests(step: Step, path: str) -> Path:
    """Export the tests of the commit, and nothing else, into a folder of their own."""
    try:
        check_path(path)
    except MalformedError as error:
        raise StepFailedError(
            str(error), where="the step's argument `path`", todo="name a folder of the repository"
        ) from error
    folder = step.scratch / "tests"
    git_export.export(
        step.repository, step.context.baseline_commit, folder, under=path, mtime=0, umask=0o022
    )
    return folder


def _requirements(step: Step, path: str) -> tuple[list[Path], list[str], list[dict[str, Any]]]:
    """Return what is installed beside the wheel, hashed and not, and how the result tells of it."""
    exported = source.export(step, step.scratch / "source")
    configuration: list[dict[str, Any]] = [
        {"name": path, "digest": {"gitCommit": exported.commit}},
    ]
    requirements = []
    listed = step.artifacts().get(SNAPSHOT)
    if listed is not None:
        requirements.append(listed)
        digest = hashing.sha256_file(listed)
        configuration.append({"name": SNAPSHOT, "digest": {"sha256": digest.hex}})
    unhashed = []
    if exported.has_group(TEST_GROUP) and listed is not None:
        text = uv.export_lock(exported.folder, "--only-group", TEST_GROUP)
        tools = step.scratch / "test-requirements.txt"
        tools.write_text(text, encoding="utf-8")
        requirements.append(tools)
        digest = Digest.of(text.encode())
        configuration.append({"name": "uv.lock group test", "digest": {"sha256": digest.hex}})
    else:
        unhashed.append("pytest")
        unpinned = {"uri": "pkg:pypi/pytest", "annotations": {"pinned": False}}
        configuration.append({"name": "pytest", **unpinned})
        step.log("note     no lock pins the group `test`: pytest comes as the index has it")
    shutil.rmtree(exported.folder)  # the tests run away from the source
    return requirements, unhashed, configuration


def _pytest(environment: environments.Environment, tests: Path, path: str, report: Path) -> Done:
    return environment.run(
        *("-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "-rX"),
        *("-o", "xfail_strict=true", "-o", "junit_family=xunit2"),
        f"--rootdir={tests}",
        f"--confcutdir={tests}",
        f"--junitxml={report}",
        path,
        cwd=tests,
        timeout=TIMEOUT,
    )


def _judge(report: Path, done: Done) -> tuple[SuiteResult, list[str]]:
    try:
        result = read_junit(report.read_bytes())
    except (OSError, MalformedError) as error:
        said = f"the test run left no report: {done.said}; {error}"
        return SuiteResult(passed=(), warned=(), failed=()), [said]
    return result, faults_of(result, exit_code=done.code, output=done.stdout)


def _shadows(wheel: Path, tests: Path) -> list[str]:
    """Find what stands among the tests and would be imported in place of the wheel's own."""
    names = set(top_level([member.name for member in archives.members(wheel)]))
    return [
        f"{found.relative_to(tests)} would be imported in place of the wheel's"
        for found in sorted(tests.rglob("*"))
        if found.stem in names and (found.is_dir() or found.suffix == ".py")
    ]
