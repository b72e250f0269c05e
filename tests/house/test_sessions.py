"""Sessions are clean rooms with a short command in them; which ones there are, the YAML says."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house import rings

LADDER = """\
ladder: garden
stages:
  - {id: dig_it, alias: dig, phase: pre-deploy}
  - {id: sow_it, alias: sow, phase: pre-deploy}
  - {id: reap_it, alias: reap, phase: post-deploy}
"""

TASKS = '''\
"""A project that tells what its sessions ask of it."""
import json, os, pathlib
from invoke import Collection, task

STATE = "waiting"
REACHED = 3

def told(name, *words):
    print("ASKED", name, *words, flush=True)

@task
def check(c): told("check")
@task
def seen(c): told("seen", *sorted(os.environ))
@task(name="check")
def trust_check(c): told("trust.check")
@task
def status(c, json=False):
    stages = [{"alias": alias, "state": STATE} for alias in ("dig", "sow", "reap")[:REACHED]]
    print(__import__("json").dumps({"stages": stages}))
@task
def verify(c, evidence=""): told("verify", evidence or "recorded")
@task
def reproduce(c, stage, evidence=""): told("reproduce", stage, evidence or "recorded")
@task
def compare(c, left, right):
    assert left != right and pathlib.Path(left).is_dir() and pathlib.Path(right).is_dir()
    told("compare")
@task
def promote(c, ladder="", stage=""):
    assert "SECRET" not in os.environ
    pathlib.Path("artifacts/release-evidence/x/1/pre-deploy").mkdir(parents=True)
    told("promote", ladder, stage)

ns = Collection(check, seen, status, verify, reproduce, compare, promote)
ns.add_collection(Collection(check=trust_check), name="trust")
'''


@pytest.fixture
def garden(tmp_path: Path) -> Path:
    """Make a project of three foreign stages that has our noxfile and lock."""
    for name in ("noxfile.py", "pyproject.toml", "uv.lock"):
        shutil.copy(rings.ROOT / name, tmp_path / name)
    (tmp_path / "config" / "ladders").mkdir(parents=True)
    (tmp_path / "config" / "ladders" / "garden.yaml").write_text(LADDER)
    (tmp_path / "config" / "pipeline.yaml").write_text("default_ladder: garden\n")
    (tmp_path / "tasks.py").write_text(TASKS)
    (tmp_path / ".gitignore").write_text(".nox/\n__pycache__/\n")
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-gpg-sign", "-m", "All"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    return tmp_path


def nox(project: Path, *words: str, code: int = 0, env: Mapping[str, str] = os.environ) -> str:
    said = subprocess.run(
        [sys.executable, "-m", "nox", *words],
        cwd=project,
        env={**os.environ, "NO_COLOR": "1", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert said.returncode == code, said.stdout
    return said.stdout


def asked(output: str) -> list[str]:
    return re.findall(r"^ASKED (.*)$", output, re.MULTILINE)


def test_each_stage_of_the_shipped_ladders_has_its_session(garden: Path) -> None:
    listed = re.findall(r"^[*-] (\S+)", nox(garden, "--list"), re.MULTILINE)
    house = {"promote", "tests", "lint", "types", "docs", "bench", "verify", "provenance-gate"}
    assert set(listed) == house | {"reproduce-dig", "reproduce-sow", "reproduce-reap"}


def test_bare_nox_runs_lint_types_tests_in_this_order(garden: Path) -> None:
    (garden / "pyproject.toml").write_text("[project]\nname='x'\nversion='1'\n")  # none can start
    output = nox(garden, code=1)
    assert re.findall(r"Running session (\S+)", output) == ["lint", "types", "tests"]


def test_promote_climbs_the_default_ladder_or_does_what_it_is_told(garden: Path) -> None:
    assert asked(nox(garden, "-s", "promote")) == ["promote garden reap"]
    shutil.rmtree(garden / "artifacts")
    assert asked(nox(garden, "-s", "promote", "--", "--stage", "dig")) == ["promote  dig"]


def test_a_session_sees_of_the_outer_environment_only_what_is_listed(garden: Path) -> None:
    noxfile = garden / "noxfile.py"
    noxfile.write_text(noxfile.read_text().replace('"invoke", "promote"', '"invoke", "seen"'))
    outer = {"SECRET": "x", "GITHUB_TOKEN": "x", "LC_TIME": "C", "PIP_RETRIES": "5"}
    output = nox(garden, "-s", "promote", "--", "--", env=outer)
    (line,) = asked(output)
    names = set(line.split()[1:])
    assert {"PATH", "LC_TIME", "PIP_RETRIES"} <= names
    assert not names & {"SECRET", "GITHUB_TOKEN"}


def test_a_session_reads_no_byte_code_that_lies_beside_the_sources(garden: Path) -> None:
    source = garden / "tasks.py"
    forged = compile("raise SystemExit('planted')", str(source), "exec")
    found = source.stat()
    times = (int(found.st_mtime), found.st_size)
    head = importlib.util.MAGIC_NUMBER + b"".join(n.to_bytes(4, "little") for n in (0, *times))
    planted = Path(importlib.util.cache_from_source(str(source)))
    planted.parent.mkdir()
    planted.write_bytes(head + marshal.dumps(forged))
    assert (
        "planted"
        in subprocess.run(
            [sys.executable, "-m", "invoke", "check"],
            cwd=garden,
            capture_output=True,
            text=True,
            check=False,
        ).stderr
    )
    assert asked(nox(garden, "-s", "promote")) == ["promote garden reap"]
    assert list((garden / ".nox/promote/byte-code").rglob("*.pyc"))


def test_verify_with_nothing_recorded_compares_two_isolated_climbs_and_says_so(
    garden: Path,
) -> None:
    output = nox(garden, "-s", "verify", env={"SECRET": "x"})
    climbs = ["promote garden sow", "promote garden sow", "compare"]
    assert asked(output) == ["check", "trust.check", *climbs]
    assert "nothing recorded was found" in output
    assert not (garden / "artifacts").exists()


@pytest.mark.parametrize("reached", [3, 2])
def test_verify_reproduces_every_stage_of_what_is_recorded(garden: Path, reached: int) -> None:
    text = TASKS.replace('"waiting"', '"done"').replace("REACHED = 3", f"REACHED = {reached}")
    (garden / "tasks.py").write_text(text)
    stages = [f"reproduce {stage} recorded" for stage in ("dig", "sow", "reap")[:reached]]
    assert asked(nox(garden, "-s", "verify")) == [
        "check",
        "trust.check",
        "verify recorded",
        *stages,
    ]


@pytest.mark.parametrize("words", [("--evidence", "there"), ("--evidence=there",)])
def test_verify_takes_evidence_from_elsewhere(garden: Path, words: tuple[str, ...]) -> None:
    output = nox(garden, "-s", "verify", "--", *words)
    stages = [f"reproduce {stage} there" for stage in ("dig", "sow", "reap")]
    assert asked(output) == ["check", "trust.check", "verify there", *stages]


def test_the_gate_verifies_every_bundle_that_is_checked_in(garden: Path) -> None:
    carried = (
        "b/post-deploy/pre-deploy/HASH_MANIFEST.txt",
        "b/post-deploy/seed/artifacts/run.json",
    )
    robbed = ("c/bundle.sigstore.json", "d/run.json", "e/journal.jsonl")
    for name in ("b/post-deploy/HASH_MANIFEST.txt", "a/HASH_MANIFEST.txt", *carried, *robbed):
        (garden / "releases" / name).parent.mkdir(parents=True, exist_ok=True)
        (garden / "releases" / name).touch()
    bundles = [f"verify releases/{name}" for name in ("a", "b/post-deploy", "c", "d", "e")]
    assert asked(nox(garden, "-s", "provenance-gate")) == ["check", "trust.check", *bundles]


def adopt(garden: Path) -> str:
    """Put an adopted release into the garden's `releases/`, and return its folder."""
    name = "garden__gate__1.0__0123456789abcdef"
    for path in (f"{name}/pre-deploy/HASH_MANIFEST.txt", "apart/run.json"):
        (garden / "releases" / path).parent.mkdir(parents=True, exist_ok=True)
        (garden / "releases" / path).touch()
    ledger = json.dumps({"entries": [{"set": name}]})
    (garden / "releases" / "ledger.json").write_text(ledger)
    return f"releases/{name}"


def test_the_gate_verifies_what_was_adopted_with_its_ledger(garden: Path) -> None:
    adopt(garden)
    verified = ["verify releases", "verify releases/apart"]
    assert asked(nox(garden, "-s", "provenance-gate")) == ["check", "trust.check", *verified]


def test_verify_takes_the_newest_adopted_release_where_head_has_no_record(garden: Path) -> None:
    folder = adopt(garden)
    output = nox(garden, "-s", "verify")
    stages = [f"reproduce {stage} {folder}" for stage in ("dig", "sow", "reap")]
    assert asked(output)[-4:] == [f"verify {folder}", *stages]
    assert "the newest adopted release is looked at" in output


def test_a_session_fails_when_its_task_fails(garden: Path) -> None:
    (garden / "tasks.py").write_text(TASKS.replace('told("check")', "raise SystemExit(13)"))
    assert asked(nox(garden, "-s", "provenance-gate", code=1)) == []
