"""The checks that compare a release with policy, lock and bill of materials."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.licences import Declared
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.core.statement import Statement
from pipeline.flows.steps import checks
from pipeline.flows.steps.checks import subject as looked_at
from tests.flows.steps import driving
from tests.flows.steps.releases import Release, add_member, with_wheel

FAILED, NOT_RUN = CheckVerdict.FAILED, CheckVerdict.NOT_RUN


def test_licences_finds_what_is_not_allowed_and_what_is_unknown(
    release: Release, tmp_path: Path
) -> None:
    strict = release.subject(tmp_path / "one", licences={"allow": ["Apache-2.0"]})
    nothing = release.subject(tmp_path / "two", licences={"allow": []})
    unknown = replace(
        release.subject(tmp_path / "three"),
        installed=(looked_at.Installed(name="x", version="1", declared=Declared()),),
    )
    assert "tea-kettle 1.2: MIT is not allowed" in checks.CHECKS["licences"](strict).details
    assert len(checks.CHECKS["licences"](nothing).details) == 3
    assert checks.CHECKS["licences"](unknown).reason == "x 1: its licence is unknown"


def test_secrets_finds_a_key_in_the_wheel_and_never_repeats_it(
    release: Release, tmp_path: Path
) -> None:
    body = base64.encodebytes(bytes(range(200)))
    armour = b"-----BEGIN %s PRIVATE KEY-----\n" % b"EC"
    token = b"AKIA" + b"Q7RZ2LMN4XYT5VWB"
    data = b"key = '''" + armour + body + b"'''\nid = '" + token + b"'\n"
    wheel = add_member(
        release.built.file(".whl"), tmp_path / "w.whl", "tea_kettle/k.py", data, listed=True
    )
    subject = release.subject(tmp_path / "step", artifacts=with_wheel(release, wheel))
    outcome = checks.CHECKS["secrets"](subject)
    name = f"{release.built.file('.whl').name}/tea_kettle/k.py"
    assert outcome.verdict is FAILED
    assert outcome.details[0] == f"{name}:1: private-key"
    assert outcome.details[1].endswith(": aws-access-key")
    assert token.decode() not in repr(outcome)


def changed_sbom(release: Release, folder: Path, change: Callable[[Any], None]) -> Path:
    document = json.loads(release.built.artifacts["sbom.cdx.json"].read_bytes())
    change(document)
    path = folder / "changed.json"
    path.write_text(json.dumps(document))
    return path


def statements_about(release: Release, sbom: Path) -> list[Statement]:
    """Give the SBOM statements the changed document, as a forger would."""
    return [
        replace(statement, predicate=json.loads(sbom.read_bytes()))
        if "cyclonedx" in statement.predicate_type
        else statement
        for statement in release.built.statements
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["components"].pop(1), "iniconfig"),
        (lambda d: d["components"][1].update(version="0.1"), "iniconfig 0.1: in the SBOM alone"),
        (
            lambda d: d["components"][1]["externalReferences"].pop(),
            "its hashes are not the lock's",
        ),
    ],
)
def test_sbom_finds_a_component_that_the_lock_does_not_have(
    release: Release, tmp_path: Path, change: Callable[[Any], None], reason: str
) -> None:
    sbom = changed_sbom(release, tmp_path, change)
    subject = release.subject(
        tmp_path / "step",
        artifacts={**release.built.artifacts, "sbom.cdx.json": sbom},
        statements=statements_about(release, sbom),
    )
    outcome = checks.CHECKS["sbom"](subject)
    assert outcome.verdict is FAILED
    assert reason in outcome.reason


def test_sbom_finds_a_statement_that_says_something_else_and_what_is_not_installed(
    release: Release, tmp_path: Path
) -> None:
    sbom = changed_sbom(release, tmp_path, lambda d: d.update(version=7))
    other = release.subject(
        tmp_path / "one", artifacts={**release.built.artifacts, "sbom.cdx.json": sbom}
    )
    fewer = replace(release.subject(tmp_path / "two"), installed=release.installed[:1])
    assert "is not sbom.cdx.json" in checks.CHECKS["sbom"](other).reason
    assert "locked, not installed" in repr(checks.CHECKS["sbom"](fewer).details)


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("pyproject.toml", '"iniconfig>=2"', '"iniconfig>=2.0.1"', "iniconfig>=2.0.1: declared"),
        ("pyproject.toml", '"packaging>=24"', '"packaging>=9999"', "packaging>=9999"),
        ("pyproject.toml", '["pytest>=9"]', '["pytest>=8"]', "the group test is not"),
    ],
)
def test_lock_drift_finds_a_project_file_that_the_lock_does_not_follow(
    release: Release, tmp_path: Path, file: str, old: str, new: str, reason: str
) -> None:
    driving.sh(tmp_path, "git", "clone", "-q", str(release.built.repo), "repo")
    path = tmp_path / "repo" / file
    path.write_text(path.read_text().replace(old, new))
    driving.commit_all(tmp_path / "repo")
    outcome = checks.CHECKS["lock_drift"](
        release.subject(tmp_path / "step", repo=tmp_path / "repo")
    )
    assert outcome.verdict is FAILED
    assert any(reason in text for text in outcome.details)


def test_lock_drift_finds_a_changed_snapshot(release: Release, tmp_path: Path) -> None:
    changed = tmp_path / "dependencies.txt"
    text = release.built.artifacts["dependencies.txt"].read_text()
    changed.write_text(text.replace("iniconfig==", "iniconfig ==", 1))
    artifacts = {**release.built.artifacts, "dependencies.txt": changed}
    outcome = checks.CHECKS["lock_drift"](release.subject(tmp_path / "step", artifacts=artifacts))
    assert "dependencies.txt is not what the commit's lock exports to" in outcome.reason


def test_without_a_lock_what_needs_one_is_not_run(release: Release, tmp_path: Path) -> None:
    subject = release.subject(tmp_path / "step")
    bare = replace(subject, source=replace(subject.source, lock=None, lock_bytes=None))
    assert checks.CHECKS["lock_drift"](bare).verdict is NOT_RUN
    assert checks.CHECKS["sbom"](bare).verdict is NOT_RUN
