"""The pages keep their word: links resolve; commands exist, with those options, and are tested."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import pages

TESTS = "python3 -m pip install nox && python3 -m nox -s tests"
SHOWN = [
    (page, command) for page in pages.PAGES for command in pages.commands(page.read_text("utf-8"))
]


def name(value: object) -> str:
    if isinstance(value, Path):
        return value.relative_to(pages.ROOT).as_posix()
    return value.line if isinstance(value, pages.Command) else str(value)


def run(*words: str) -> str:
    said = subprocess.run(
        [sys.executable, "-m", *words], cwd=pages.ROOT, capture_output=True, text=True, check=True
    )
    return said.stdout


@functools.cache
def sessions() -> set[str]:
    return set(re.findall(r"^[*-] (\S+)", run("nox", "--list"), re.MULTILINE))


@functools.cache
def task_help(task: str) -> str:
    return run("invoke", "--help", task)


@functools.cache
def exercised() -> str:
    files = (pages.ROOT / "tests").rglob("*.py")
    return "\n".join(f.read_text("utf-8") for f in files if f.parent != Path(__file__).parent)


@pytest.mark.parametrize("page", pages.PAGES, ids=name)
def test_every_relative_link_resolves(page: Path) -> None:
    assert pages.broken_links(page.read_text("utf-8"), page) == []


@pytest.mark.parametrize(("page", "command"), SHOWN, ids=name)
def test_every_command_shown_exists_and_is_tested(page: Path, command: pages.Command) -> None:
    if command.door == "nox":
        assert command.name in sessions(), f"{page}: no such session"
        return
    known = task_help(command.name)
    assert [option for option in command.options if option not in known] == []
    assert f'"{command.name}"' in exercised(), f"no test runs {command.name}"


def test_the_readme_and_ci_give_the_same_command_for_the_tests() -> None:
    for file in ("README.md", ".ci/run"):
        assert TESTS in (pages.ROOT / file).read_text("utf-8").replace("\\\n", " "), file


def test_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# One heading: `two`\n")
    text = (
        "# Here\n[a](gone.md) [b](other.md) [c](#here) [d](#there) [e](other.md#one-heading-two)\n"
    )
    more = (
        "[f](other.md#one) [g](https://example.org/x)\n\n[h]: lost.md\n```\n[i](in-code.md)\n```\n"
    )
    page.write_text(text + more)
    assert pages.broken_links(text + more, page) == ["gone.md", "#there", "other.md#one", "lost.md"]


def test_commands_are_read_from_blocks_of_commands_only() -> None:
    text = (
        "invoke prose\n```sh\npython3 -m pip install nox && python3 -m nox -s lint -- --fix # why\n"
        "uvx nox -s types\ninvoke why --stage build \\\n  --json | less\n```\n"
        "```console\n$ release-ladder plan --ladder=x\ninvoke said\n```\n```yaml\ninvoke: no\n```\n"
    )
    found = [(command.door, command.name, command.options) for command in pages.commands(text)]
    assert found == [
        ("nox", "lint", ("--", "--fix")),
        ("nox", "types", ()),
        ("invoke", "why", ("--stage", "--json")),
        ("invoke", "plan", ("--ladder",)),
    ]


def test_a_task_that_does_not_exist_has_no_help() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        task_help("no-such-task")
