"""Doctor: what is missing on this machine for the project's ladders, and the command that adds it.

One function for each thing looked at, in the literal table `CHECKS`. A check that crashes is a
finding, never a pass. What is `missing` holds (10); a `note` is worth knowing and holds nothing.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.config import Driver
from pipeline.core.envelope import Network
from pipeline.core.project import Algorithm
from pipeline.edges import checkout, clock, git, git_versions, keys, machine, process_identity, uv
from pipeline.edges.configuration import read_all
from pipeline.edges.private_key import check_private_folder, read_private
from pipeline.errors import LadderError, UnreachableError, counted
from pipeline.operations.workspace import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline.core.config import Configuration

PYTHON = (3, 11)
"""The oldest Python that this runs on."""
GIT = (2, 31)
"""The oldest git with what we ask of it."""
ROOM = 1024**3
"""Bytes that must be free: two environments, two builds and the evidence fit well into them."""
PATIENCE = "5"
"""Seconds that the package index has to answer."""


class Verdict(StrEnum):
    """What a finding means."""

    OK = "ok"
    MISSING = "missing"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what was found, and the command that mends it."""

    id: str
    verdict: Verdict
    what: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked at: the project's root, and its configuration as far as it can be read."""

    root: Path
    configuration: Configuration | None
    problems: tuple[str, ...]

    @property
    def state(self) -> Path:
        """The folder of local state."""
        return self.root / STATE_FOLDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found, in the order of the table."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is missing."""
        return all(finding.verdict is not Verdict.MISSING for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "ok": self.ok,
            "findings": [
                {"id": f.id, "verdict": f.verdict.value, "what": f.what, "command": f.command}
                for f in self.findings
            ],
        }

    def lines(self) -> list[str]:
        """Return the report as lines for a person."""
        told = []
        for finding in self.findings:
            told.append(f"{finding.verdict.value:<8} {finding.id:<14} {finding.what}")
            if finding.command:
                told.append(f"{'':<8} {'':<14} to do: {finding.command}")
        count = sum(finding.verdict is Verdict.MISSING for finding in self.findings)
        return [*told, f"{count} missing" if count else "nothing is missing"]


def doctor(root: Path) -> Report:
    """Look at this machine for the project at `root`; raises nothing for what it finds."""
    loaded = read_all(root)
    patient = Patient(
        root=root,
        configuration=loaded.configuration,
        problems=tuple(str(fault) for fault in loaded.faults),
    )
    return Report(findings=tuple(found for name in CHECKS for found in _look(name, patient)))


def _look(name: str, patient: Patient) -> Iterator[Finding]:
    try:
        yield from CHECKS[name](patient)
    except LadderError as error:
        yield _missing(name, f"{error.what} ({error.where})", error.todo)
    except Exception as error:  # noqa: BLE001 - a check that crashed has found nothing good
        what = f"it could not be looked at: {type(error).__name__}: {error}"
        yield _missing(name, what, "mend what it names, and call `invoke doctor` again")


def _ok(name: str, what: str) -> Finding:
    return Finding(id=name, verdict=Verdict.OK, what=what)


def _missing(name: str, what: str, todo: str) -> Finding:
    return Finding(id=name, verdict=Verdict.MISSING, what=what, command=todo)


def _note(name: str, what: str, todo: str = "") -> Finding:
    return Finding(id=name, verdict=Verdict.NOTE, what=what, command=todo)


def _python(_: Patient) -> Iterable[Finding]:
    found, wanted = ".".join(map(str, machine.python_version())), ".".join(map(str, PYTHON))
    if machine.python_version() < PYTHON:
        yield _missing(
            "python", f"Python {found} is older than {wanted}", f"uv python install {wanted}"
        )
        return
    yield _ok("python", f"Python {found}")


def _git(_: Patient) -> Iterable[Finding]:
    said = machine.program("git", "--version")
    wanted = ".".join(map(str, GIT))
    install = f"install git {wanted} or newer with the system's package manager"
    number = re.search(r"(\d+)\.(\d+)", said or "")
    if said is None or number is None:
        yield _missing("git", "git is not on PATH", install)
    elif (int(number[1]), int(number[2])) < GIT:
        yield _missing("git", f"{said} is older than {wanted}", install)
    else:
        yield _ok("git", said)


def _checkout(patient: Patient) -> Iterable[Finding]:
    if machine.program("git", "--version") is None:
        yield _missing("checkout", "without git nothing can be said of it", "install git")
        return
    project = patient.configuration.project if patient.configuration else None
    pattern = project.version.tag_pattern if project else git_versions.TAG_PATTERN
    version = git_versions.version_at(patient.root, git.head_commit(patient.root), pattern)
    yield _ok("checkout", f"complete; the version at HEAD is {version}")
    dirty = checkout.is_clean(patient.root)
    if dirty:
        what = f"{counted(len(dirty), 'changed or untracked file')}, the first: {dirty[0]}"
        yield _note("checkout", f"{what}; promote holds until it is clean", "git status")


def _configuration(patient: Patient) -> Iterable[Finding]:
    if patient.problems:
        count = f"{counted(len(patient.problems), 'problem')}, the first: {patient.problems[0]}"
        yield _missing("configuration", count, "invoke check")
    elif patient.configuration is not None:
        yield _ok("configuration", f"valid; ladders: {', '.join(patient.configuration.ladders)}")


def _uv(_: Patient) -> Iterable[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        version = uv.demand(["--version"], cwd=where, what="starting uv").strip()
        yield _ok("uv", version)
        uv.demand(["venv", "--quiet", "--no-project", "env"], cwd=where, what="an environment")
        yield _ok("environments", f"can be made with {uv.base_python()}")


def _folders(patient: Patient) -> Iterable[Finding]:
    folders = {"state": patient.state}
    if patient.configuration is not None:
        place = patient.configuration.project.store.partition(":")[2]
        folders["store"] = patient.root / place
    for name, folder in folders.items():
        why, free = machine.refusal(folder), machine.room(folder)
        if why is not None:
            todo = "make it writable for this user, or name another store in config/pipeline.yaml"
            yield _missing(name, f"{folder}: nothing can be written there: {why}", todo)
        elif free < ROOM:
            todo = f"free {(ROOM - free) // 2**20 + 1} MiB there"
            yield _missing(name, f"{folder}: {free // 2**20} MiB are free, too few", todo)
        else:
            yield _ok(name, f"{folder}: can be written, {free // 2**20} MiB free")


def _keys(patient: Patient) -> Iterable[Finding]:
    folder = patient.state / "keys"
    if not folder.is_symlink() and not folder.exists():
        yield _ok("keys", "there is no local key yet; the first promote makes one")
        return
    check_private_folder(folder)
    for key in keys.public_keys(patient.state):
        read_private(key.private_path)
        name = Algorithm(key.public.algorithm.value).value
        if clock.now() >= key.valid_until:
            what = f"the {name} key was valid until {key.valid_until}"
            yield _missing("keys", what, f"move {folder} away: the next promote makes a new key")
        else:
            yield _ok("keys", f"{name}, only this user can read it, valid until {key.valid_until}")


def _index(patient: Patient) -> Iterable[Finding]:
    """Ask the index as builds do (proxy, certificates, mirror), where a ladder needs it at all."""
    reach = {Network.INDEX, Network.ANY}
    ladders = patient.configuration.ladders if patient.configuration else {}
    needing = [
        f"{ladder.ladder}/{stage.alias}"
        for ladder in ladders.values()
        for stage in ladder.stages
        if stage.envelope.network in reach
    ]
    if not needing:
        yield _ok("index", "no stage needs a package index")
        return
    env = {**uv.environment(), "UV_HTTP_TIMEOUT": PATIENCE, "UV_HTTP_RETRIES": "0"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "wanted.in").write_text("pip\n", encoding="ascii")
        arguments = ["pip", "compile", "--quiet", "--no-cache", "--no-deps", "wanted.in"]
        try:
            uv.call(arguments, cwd=Path(folder), env=env)
        except UnreachableError as error:
            yield _missing("index", f"{error.what}; {needing[0]} needs it", error.todo)
            return
    yield _ok("index", f"answers; {len(needing)} stages need it")


def _services(patient: Patient) -> Iterable[Finding]:
    targets = patient.configuration.targets.values() if patient.configuration else ()
    local = [target.target for target in targets if target.driver is Driver.LOCAL]
    if local:
        process_identity.need_linux()
        yield _ok("services", f"can be run here for: {', '.join(local)}")


def _optional(_: Patient) -> Iterable[Finding]:
    if importlib.util.find_spec("pip_audit") is None:
        what = "pip-audit is not installed: its advisory source is recorded as not_run"
        yield _note("pip-audit", what, "python -m pip install 'release-ladder[audit]'")
    else:
        yield _ok("pip-audit", "installed")
    for name, argument, use in (
        ("sha256sum", "--version", "checks HASH_MANIFEST.txt without us"),
        ("openssl", "version", "checks a seal's signature in RERUN.sh"),
        ("cosign", "version", "verifies our bundles as a second implementation"),
    ):
        said = machine.program(name, argument)
        if said is None:
            yield _note(name, f"not here; not needed to promote, it {use}", f"install {name}")
        else:
            yield _ok(name, f"here; it {use}")


CHECKS: Mapping[str, Callable[[Patient], Iterable[Finding]]] = {
    "python": _python,
    "git": _git,
    "checkout": _checkout,
    "configuration": _configuration,
    "uv": _uv,
    "folders": _folders,
    "keys": _keys,
    "index": _index,
    "services": _services,
    "optional": _optional,
}
"""Everything that is looked at, by name, in the order of the report."""
