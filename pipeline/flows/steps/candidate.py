"""The body of `candidate.test`: the built wheel passes the candidate tests, far from its source.

The tests are those of the release's commit, exported alone; the wheel and what it is tested with
come from the artifacts and the lock. The interpreter is isolated, so nothing else can be imported.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError, check_path
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
    from pathlib import Path

    from pipeline.edges.command import Done

TEST_GROUP = "test"
"""The dependency group whose locked packages the tests run with."""
REPORT_FILE = "junit.xml"
TIMEOUT = 24 * 3600
"""Seconds; the stage's own timeout is what ends a run."""


def run(step: Step, *, path: str = "tests/candidate") -> None:
    """Install the wheel, run the tests below `path`, leave the report and a test result."""
    wheel = distribution(step, ".whl")
    tests = _tests(step, path)
    requirements, unhashed, configuration = _requirements(step, path)
    step.log("install  the wheel, its snapshot and the test tools into a clean environment")
    environment = environments.make(
        step.scratch / "clean", wheel=wheel, requirements=requirements, unhashed=unhashed
    )
    step.log(f"test     {path} of {step.context.baseline_commit}, against {wheel.name}")
    report = step.scratch / REPORT_FILE
    done = _pytest(environment, tests, path, report)
    step.log(done.stdout.strip())
    if done.stderr.strip():
        step.log(done.stderr.strip())
    result, faults = _judge(report, done)
    faults.extend(_shadows(wheel, tests))
    if report.is_file():
        shutil.copyfile(report, step.out / REPORT_FILE)
    for fault in faults:
        step.log(f"FAIL     {fault}")
    statement = StepStatement(
        type=TEST_RESULT,
        subjects=(wheel.name,),
        predicate={
            "result": "FAILED" if faults else "PASSED",
            "configuration": configuration,
            "passedTests": list(result.passed),
            "warnedTests": list(result.warned),
            "failedTests": list(result.failed),
        },
    )
    step.finish(
        StepResult(
            verdict=Verdict.FAIL if faults else Verdict.PASS,
            reason="; ".join(faults)[:4000],
            statements=(statement,),
        )
    )


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
