"""The collection: every task has help, no required positional, and costs no heavy import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.tasks import STEPS, ns
from pipeline.tasks.options import HELP
from tests.climbing import project
from tests.tasks.calling import call

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("pydantic", "sigstore", "rich", "cryptography", "httpx", "jinja2", "starlette")
EVERYDAY = {
    *("promote", "plan", "status", "why", "approve", "hold", "abandon", "verify", "reproduce"),
    *("compare", "adopt", "check", "doctor", "posture", "smoke"),
}
NAMED = {
    *("target.start", "target.stop", "target.show"),
    *("journal.show", "journal.verify", "journal.checkpoint"),
    *("trust.show", "trust.check", "trust.approvals", "canary.judge"),
}
CHANGES = ("promote", "approve", "hold", "abandon", "adopt", "target.start", "target.stop")
TELLS = (EVERYDAY | NAMED) - {"abandon"}
SHIPPED = sorted(ns.task_names)


def options(name: str) -> set[str]:
    return {argument.name for argument in ns[name].get_arguments()}


def test_the_tasks_of_the_public_face_are_there_under_their_names() -> None:
    assert set(SHIPPED) >= EVERYDAY | NAMED
    steps = {f"{module.ns.name}.{task}" for module in STEPS for task in module.ns.task_names}
    assert set(SHIPPED) <= EVERYDAY | NAMED | steps


@pytest.mark.parametrize("name", SHIPPED)
def test_every_task_takes_help_and_says_what_it_does(name: str) -> None:
    said = call(ROOT, "--help", name)
    assert (said.code, said.err) == (0, "")
    assert f"invoke [--core-opts] {name} " in said.out
    docs = said.out.partition("Docstring:\n")[2].partition("\n\nOptions:")[0].strip()
    assert len(docs) > 20
    assert "none" not in docs.split()[:1]


@pytest.mark.parametrize("name", SHIPPED)
def test_no_task_has_a_required_positional(name: str) -> None:
    assert [arg.name for arg in ns[name].get_arguments() if arg.positional] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_options_are_long_only(name: str) -> None:
    assert [arg.names for arg in ns[name].get_arguments() if len(arg.names) > 1] == []
    assert [arg.name for arg in ns[name].get_arguments() if len(arg.name) == 1] == []


def test_every_option_says_what_it_is_and_the_same_everywhere() -> None:
    program = (  # apart: Invoke hands a help text out once
        "import json; from pipeline.tasks import ns\n"
        "print(json.dumps({n: {a.name: a.help for a in ns[n].get_arguments()}"
        " for n in ns.task_names}))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, dict[str, str | None]] = json.loads(done.stdout)
    assert sorted(told) == SHIPPED
    for name, texts in told.items():
        assert texts == {option: HELP.get(option) for option in texts}, name
        assert None not in texts.values(), name


def test_no_text_is_about_an_option_that_no_task_has() -> None:
    assert {option for name in SHIPPED for option in options(name)} == set(HELP)


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_anything_takes_dry_run(name: str) -> None:
    assert "dry_run" in options(name)
    assert "--dry-run" in call(ROOT, "--help", name).out


@pytest.mark.parametrize("name", sorted(TELLS))
def test_what_tells_takes_json(name: str) -> None:
    assert "json" in options(name)


def test_a_task_is_listed_by_the_invoke_that_people_call(fresh: Path) -> None:
    done = project.invoke(fresh, "--list")
    assert done.returncode == 0, done.stderr
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert listed >= EVERYDAY | NAMED | {"tea.fill", "tea.boil", "tea.pour"}


def test_listing_the_tasks_imports_nothing_heavy() -> None:
    program = (
        "import sys; from invoke.program import Program; import pipeline.tasks\n"
        "Program(namespace=pipeline.tasks.ns).run(['invoke', '--list'], exit=False)\n"
        "Program(namespace=pipeline.tasks.ns).run(['invoke', '--help', 'promote'], exit=False)\n"
        f"print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "promote" in done.stdout
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_the_console_script_is_the_same_program(fresh: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *words],
            cwd=fresh,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    listed = run("--list")
    assert listed.returncode == 0, listed.stderr
    for name in EVERYDAY | NAMED:
        assert f" {name.partition('.')[0]}" in listed.stdout
    wrong = run("status", "--ladder", "ketle")
    assert wrong.returncode == 1
    assert "did you mean 'kettle'?" in wrong.stderr


def test_the_host_of_steps_is_no_program_for_people() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.tasks.host"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    assert "Traceback" not in done.stderr
