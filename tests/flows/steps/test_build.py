"""`build.distributions` and `build.imported`, with real repositories, uv and build backends."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import PROVENANCE, SBOM, Statement
from pipeline.edges import git
from pipeline.errors import StepFailedError
from pipeline.flows.steps import build
from tests.flows.steps import driving
from tests.flows.steps.releases import Built

NAMES = ["tea_kettle-1.2.tar.gz", "tea_kettle-1.2-py3-none-any.whl"]


def test_the_step_leaves_distributions_snapshot_and_sbom_and_nothing_outside(
    built: Built,
) -> None:
    result = driving.result_in(built.folder)
    assert result.verdict is Verdict.PASS
    assert sorted(result.artifacts) == sorted([*NAMES, "dependencies.txt", "sbom.cdx.json"])
    assert driving.outside(built.folder) == {"step.json"}


def test_the_distributions_hold_the_commits_files(built: Built) -> None:
    with zipfile.ZipFile(built.file(".whl")) as wheel:
        assert b"return 100" in wheel.read("tea_kettle/__init__.py")
    with tarfile.open(built.file(".tar.gz")) as sdist:
        assert "tea_kettle-1.2/pyproject.toml" in sdist.getnames()


def test_they_hold_no_adopted_releases_though_the_project_says_what_it_leaves_out_nowhere(
    built: Built,
) -> None:
    listed = driving.sh(built.repo, "git", "ls-files", "releases").split()
    assert len(listed) == 3
    with tarfile.open(built.file(".tar.gz")) as sdist:
        names = {name for name in sdist.getnames() if "releases" in name}
    assert names == {"tea_kettle-1.2/releases/NOTES"}
    with zipfile.ZipFile(built.file(".whl")) as wheel:
        assert not [name for name in wheel.namelist() if "releases" in name]


def test_one_provenance_and_one_sbom_statement_stand_on_each_distribution(built: Built) -> None:
    about = [(s.predicate_type, s.subjects[0].name) for s in built.statements]
    assert sorted(about) == sorted((kind, name) for kind in (PROVENANCE, SBOM) for name in NAMES)


def test_the_provenance_names_commit_lock_and_build_backend(built: Built) -> None:
    predicate = built.statements[0].predicate
    definition = predicate["buildDefinition"]
    commit = git.head_commit(built.repo)
    dependencies = {item["name"]: item for item in definition["resolvedDependencies"]}
    lock = Digest.of((built.repo / "uv.lock").read_bytes())
    assert dependencies["source"]["digest"] == {"gitCommit": commit}
    assert dependencies["uv.lock"]["digest"] == {"sha256": lock.hex}
    assert dependencies["hatchling"]["uri"] == "pkg:pypi/hatchling@1.33.0"
    assert len(dependencies["hatchling"]["digest"]["sha256"]) == 64
    assert definition["externalParameters"]["version"] == "1.2"
    assert definition["externalParameters"]["arguments"] == {"twice": True}
    assert predicate["runDetails"]["builder"]["id"].startswith("https://")
    assert str(built.repo.parent) not in json.dumps(predicate)


def test_the_snapshot_lists_run_time_and_extra_with_hashes_and_nothing_else(
    built: Built,
) -> None:
    text = built.artifacts["dependencies.txt"].read_text()
    entries = [line for line in text.splitlines() if not line.startswith(" ")]
    assert [line.split("==")[0] for line in entries] == ["colorama", "iniconfig", "packaging"]
    assert text.count("--hash=sha256:") >= 3


def test_the_sbom_lists_the_universal_closure_and_is_stable(built: Built, tmp_path: Path) -> None:
    step = driving.prepare(tmp_path / "again", built.repo, extra="web")
    build.distributions(step, twice=False)
    again = step.out / "sbom.cdx.json"
    document = json.loads(again.read_bytes())
    assert again.read_bytes() == built.artifacts["sbom.cdx.json"].read_bytes()
    assert document["specVersion"] == "1.6"
    assert document["metadata"]["component"]["purl"] == "pkg:pypi/tea-kettle@1.2"
    names = {item["name"] for item in document["components"]}
    assert names == {"colorama", "iniconfig", "packaging"}
    for name in NAMES:
        assert (step.out / name).read_bytes() == built.artifacts[name].read_bytes()


def test_a_version_that_metadata_does_not_have_fails(built: Built, tmp_path: Path) -> None:
    step = driving.prepare(tmp_path / "step", built.repo, version="9.9", extra="web")
    build.distributions(step, twice=False)
    result = driving.result_of(step)
    assert result.verdict is Verdict.FAIL
    assert "says version 1.2, the release is 9.9" in result.reason
    assert result.artifacts == ()


def test_a_build_dependency_that_the_lock_does_not_pin_is_refused(
    built: Built, tmp_path: Path
) -> None:
    repo = tmp_path / "repo"
    driving.sh(tmp_path, "git", "clone", "-q", str(built.repo), "repo")
    text = (repo / "pyproject.toml").read_text()
    text = text.replace('requires = ["hatchling"]', 'requires = ["hatchling", "tomli-w"]')
    (repo / "pyproject.toml").write_text(text)
    driving.commit_all(repo, "v1.2.1")
    step = driving.prepare(tmp_path / "step", repo)
    with pytest.raises(StepFailedError, match="hash"):
        build.distributions(step, twice=False)


def test_an_extra_that_the_project_has_not_is_refused(built: Built, tmp_path: Path) -> None:
    step = driving.prepare(tmp_path / "step", built.repo, extra="nonsense")
    with pytest.raises(StepFailedError, match="nonsense"):
        build.distributions(step)


BACKEND = '''\
"""A build backend that cannot do the same thing twice."""

import io
import os
import tarfile
import time
import uuid
import zipfile

NAME = "unsteady-1.0"
METADATA = b"Metadata-Version: 2.1\\nName: unsteady\\nVersion: 1.0\\n"


def build_sdist(folder, config_settings=None):
    path = os.path.join(folder, NAME + ".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        members = [("PKG-INFO", METADATA), ("backend.py", open(__file__, "rb").read())]
        members.append(("pyproject.toml", open("pyproject.toml", "rb").read()))
        members.append(("stamp.txt", str(uuid.uuid4()).encode()))
        for name, data in members:
            info = tarfile.TarInfo(f"{NAME}/{name}")
            info.size, info.mtime = len(data), 1
            if name == "PKG-INFO":
                info.mode = 0o666 & ~os.umask(0)
                os.umask(~info.mode & 0o777)
            archive.addfile(info, io.BytesIO(data))
    return os.path.basename(path)


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = NAME + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        def add(path, data, when=(1980, 1, 1, 0, 0, 0)):
            archive.writestr(zipfile.ZipInfo(path, when), data)
        for member in {"a.py", "b.py", "c.py", "d.py", "e.py", "f.py", "g.py"}:
            add(member, b"")
        add("late.py", b"", time.gmtime()[:6])
        add(f"{uuid.uuid4()}.py", b"")
        add(f"{NAME}.dist-info/METADATA", METADATA)
    return name
'''


def test_a_backend_that_cannot_do_it_twice_is_named_by_member_and_difference(
    tmp_path: Path,
) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "backend.py").write_text(BACKEND)
    (repo / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "unsteady"\nversion = "1.0"\n'
    )
    driving.commit_all(repo, "v1.0")
    step = driving.prepare(tmp_path / "step", repo)
    build.distributions(step)
    result = driving.result_of(step)
    assert result.verdict is Verdict.FAIL
    assert result.artifacts == ()
    assert result.statements == ()
    told = (step.out / "differences.txt").read_text()
    assert "unsteady-1.0/stamp.txt: content: 36 and 36 bytes" in told
    assert "unsteady-1.0/PKG-INFO: mode: 0644 and 0600" in told
    assert "late.py: mtime: 20" in told
    assert ".py: only in the first build" in told
    assert ".py: only in the second build" in told
    assert "unsteady-1.0/pyproject.toml" not in told


def test_a_project_without_a_lock_is_built_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = tmp_path / "repo"
    (repo / "plain").mkdir(parents=True)
    (repo / "plain" / "__init__.py").write_text("")
    (repo / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "plain"\nversion = "3"\n'
    )
    driving.commit_all(repo, "v3")
    step = driving.prepare(tmp_path / "step", repo)
    build.distributions(step, twice=False)
    result, told = driving.result_of(step), capsys.readouterr().out
    assert result.verdict is Verdict.PASS
    assert "dependencies.txt" not in result.artifacts
    assert "no uv.lock: there is no dependency snapshot" in told
    assert "nothing pins" in told
    internal = result.statements[0].predicate["buildDefinition"]["internalParameters"]
    assert internal["buildRequirements"] == "unpinned"


def test_an_import_takes_the_same_bytes_and_claims_nothing(built: Built, tmp_path: Path) -> None:
    step = driving.prepare(
        tmp_path / "step", built.repo, artifacts=built.artifacts, statements=built.statements
    )
    build.imported(step)
    result = driving.result_of(step)
    assert result.verdict is Verdict.PASS
    assert result.statements == ()
    for name, path in built.artifacts.items():
        assert (step.out / name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("fault", ["no statements", "other bytes", "other commit", "nothing"])
def test_an_import_without_proof_of_these_bytes_fails(
    built: Built, tmp_path: Path, fault: str
) -> None:
    artifacts, statements = dict(built.artifacts), list(built.statements)
    commit = None
    if fault == "no statements":
        statements = []
    elif fault == "nothing":
        artifacts = {}
    elif fault == "other bytes":
        changed = tmp_path / built.file(".whl").name
        with zipfile.ZipFile(built.file(".whl")) as old, zipfile.ZipFile(changed, "w") as new:
            for info in old.infolist():
                new.writestr(info, old.read(info))
            new.comment = b"x"
        artifacts[changed.name] = changed
    else:
        repo = tmp_path / "repo"
        driving.sh(tmp_path, "git", "clone", "-q", str(built.repo), "repo")
        (repo / "new").write_text("")
        commit = driving.commit_all(repo)
        built = Built(repo=repo, folder=built.folder, artifacts=artifacts, statements=statements)
    step = driving.prepare(
        tmp_path / "step",
        built.repo,
        artifacts=artifacts,
        statements=statements,
        commit=commit,
        version="1.2",
    )
    build.imported(step)
    result = driving.result_of(step)
    expected = {
        "no statements": "no provenance that came with it names these bytes",
        "other bytes": "no provenance that came with it names these bytes",
        "other commit": "another commit",
        "nothing": "no artifact",
    }
    assert result.verdict is Verdict.FAIL
    assert expected[fault] in result.reason


def test_statements_are_canonical_and_hold_no_floats(built: Built) -> None:
    for statement in built.statements:
        assert Statement.from_bytes(statement.to_bytes()) == statement
