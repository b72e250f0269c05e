"""The checks that look into the archives find what is wrong in really damaged ones."""

from __future__ import annotations

import copy
import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.predicates.fields import CheckVerdict
from pipeline.flows.steps import checks
from pipeline.operations import environments
from tests.flows.steps.releases import Release, add_member, drop, edit, rewrite, with_wheel

PASSED, FAILED = CheckVerdict.PASSED, CheckVerdict.FAILED
LOCAL = [name for name in checks.CHECKS if name != "vulnerabilities"]


def test_an_undamaged_release_passes_every_local_check(release: Release, tmp_path: Path) -> None:
    subject = release.subject(tmp_path / "step")
    outcomes = {name: checks.CHECKS[name](subject) for name in LOCAL}
    assert {name: o.verdict for name, o in outcomes.items()} == dict.fromkeys(LOCAL, PASSED)
    assert all(outcome.reason for outcome in outcomes.values())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (edit("__init__.py", b"100", b"101"), "tea_kettle/__init__.py: its content does not hash"),
        (drop("__init__.py"), "tea_kettle/__init__.py: in RECORD, not in the wheel"),
        (drop("/RECORD"), "0 RECORD files"),
        (edit("/RECORD", b"tea_kettle/__init__.py,", b"tea_kettle/__other__.py,"), "not in RECORD"),
        (edit("/RECORD", b"METADATA,sha256=", b"METADATA,md5=x"), "METADATA: its content"),
        (edit("/RECORD", b",,", b",,,"), "is not path, hash, size"),
    ],
)
def test_record_finds_a_wheel_that_is_not_what_it_lists(
    release: Release,
    tmp_path: Path,
    change: Callable[[str, bytes], bytes | None],
    reason: str,
) -> None:
    wheel = rewrite(release.built.file(".whl"), tmp_path / "w.whl", change)
    subject = release.subject(tmp_path / "step", artifacts=with_wheel(release, wheel))
    outcome = checks.CHECKS["record"](subject)
    assert outcome.verdict is FAILED
    assert reason in outcome.reason


def test_record_finds_a_member_that_nothing_lists(release: Release, tmp_path: Path) -> None:
    wheel = release.built.file(".whl")
    added = add_member(wheel, tmp_path / "w.whl", "tea_kettle/x.py", b"", listed=False)
    subject = release.subject(tmp_path / "step", artifacts=with_wheel(release, added))
    assert "tea_kettle/x.py: in the wheel, not in RECORD" in checks.CHECKS["record"](subject).reason


@pytest.mark.parametrize(
    ("name", "kind", "link", "reason"),
    [
        ("../evil.py", tarfile.REGTYPE, "", "not a portable relative path"),
        ("/etc/evil", tarfile.REGTYPE, "", "not a portable relative path"),
        ("tea_kettle-1.2/l", tarfile.SYMTYPE, "../../x", "a link that leaves the archive"),
        ("tea_kettle-1.2/h", tarfile.LNKTYPE, "/etc/passwd", "neither file, folder"),
        ("tea_kettle-1.2/d", tarfile.CHRTYPE, "", "neither file, folder"),
        ("elsewhere/x", tarfile.REGTYPE, "", "unpacks to"),
        ("tea_kettle-1.2/PKG-INFO", tarfile.REGTYPE, "", "stands twice"),
    ],
)
def test_record_finds_an_sdist_that_unpacks_where_it_should_not(
    release: Release, tmp_path: Path, name: str, kind: bytes, link: str, reason: str
) -> None:
    changed = tmp_path / "changed.tar.gz"
    with tarfile.open(release.built.file(".tar.gz")) as old, tarfile.open(changed, "w:gz") as new:
        for member in old:
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        new.addfile(info, io.BytesIO(b""))
    artifacts = {**release.built.artifacts, release.built.file(".tar.gz").name: changed}
    outcome = checks.CHECKS["record"](release.subject(tmp_path / "step", artifacts=artifacts))
    assert outcome.verdict is FAILED
    assert any(reason in text for text in outcome.details)


def test_digests_finds_an_artifact_that_no_statement_names(
    release: Release, tmp_path: Path
) -> None:
    wheel = rewrite(release.built.file(".whl"), tmp_path / "w.whl", edit("METADATA", b"\n", b"\n"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    changed = release.subject(tmp_path / "one", artifacts=with_wheel(release, wheel))
    bare = release.subject(tmp_path / "two", statements=[])
    assert "measured" in checks.CHECKS["digests"](changed).reason
    assert "no provenance statement names it" in checks.CHECKS["digests"](bare).reason


def test_digests_finds_a_provenance_of_another_commit(release: Release, tmp_path: Path) -> None:
    statements = []
    for statement in release.built.statements:
        predicate = copy.deepcopy(statement.predicate)
        for item in predicate.get("buildDefinition", {}).get("resolvedDependencies", []):
            if "gitCommit" in item.get("digest", {}):
                item["digest"]["gitCommit"] = "1" * 40
        statements.append(replace(statement, predicate=predicate))
    outcome = checks.CHECKS["digests"](release.subject(tmp_path / "step", statements=statements))
    assert outcome.verdict is FAILED
    assert "the provenance was made from ['1111" in outcome.reason


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"Name: tea-kettle", b"Name: tea-pot", "calls itself tea-pot"),
        (b"Version: 1.2", b"Version: 1.3", "says version 1.3"),
        (b"Requires-Python: >=3.11", b"Requires-Python: >=3.8", "requires_python"),
        (b"Requires-Dist: iniconfig>=2", b"Requires-Dist: evil", "stands in one distribution"),
        (b"Name: tea-kettle\n", b"", "name"),
    ],
)
def test_metadata_finds_a_wheel_that_says_something_else(
    release: Release, tmp_path: Path, old: bytes, new: bytes, reason: str
) -> None:
    name = release.built.file(".whl").name
    wheel = rewrite(release.built.file(".whl"), tmp_path / name, edit("METADATA", old, new))
    subject = release.subject(tmp_path / "step", artifacts=with_wheel(release, wheel))
    outcome = checks.CHECKS["metadata"](subject)
    assert outcome.verdict is FAILED
    assert reason in outcome.reason


def test_install_import_finds_a_package_that_breaks_and_a_need_that_is_missing(
    release: Release, tmp_path: Path
) -> None:
    name = release.built.file(".whl").name
    change = edit("__init__.py", b"import iniconfig", b"import not_there_at_all")
    wheel = rewrite(release.built.file(".whl"), tmp_path / name, change)
    wheel = rewrite(wheel, tmp_path / "x.whl", edit("METADATA", b"iniconfig>=2", b"iniconfig>=999"))
    wheel.rename(tmp_path / name)
    environment = environments.make(
        tmp_path / "clean",
        wheel=tmp_path / name,
        requirements=[release.built.artifacts["dependencies.txt"]],
    )
    subject = release.subject(tmp_path / "step", artifacts=with_wheel(release, tmp_path / name))
    outcome = checks.CHECKS["install_import"](replace(subject, environment=environment))
    assert outcome.verdict is FAILED
    assert "not_there_at_all" in outcome.details[0]
    assert "do not fit together" in outcome.details[1]
