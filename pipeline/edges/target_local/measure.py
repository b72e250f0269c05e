"""What is installed in an environment, hashed file by file, against the wheel and its RECORD.

Source: the PyPA specifications of the wheel format and of recorded installs (RECORD, entry points).
The rules:

1. Every file of the wheel but its RECORD is installed with the same bytes, and the distribution has
   no file beside these. Left out, as the installer writes them: RECORD, INSTALLER, REQUESTED,
   direct_url.json, uv's cache note, and the entry points' scripts, which the wheel must declare.
2. A wheel that brings scripts or headers as files is refused: installers rewrite them.
3. Every file of every distribution is as its own RECORD says.
4. Nothing lies in site-packages that no RECORD lists (what `uv venv` itself puts there aside).
5. The environment's digest covers all of site-packages, the interpreter's link and pyvenv.cfg.
"""

from __future__ import annotations

import base64
import configparser
import csv
import io
import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.canonical import Digest, HashManifest, MalformedError
from pipeline.edges import archives
from pipeline.edges.hashing import sha256_file
from pipeline.errors import StepFailedError, UntrustedError

_INSTALLERS = frozenset(
    {
        "RECORD",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
        "uv_cache.json",
        "uv_build.json",
        "RECORD.jws",
        "RECORD.p7s",
    }
)
_ENVIRONMENTS = frozenset({"_virtualenv.py", "_virtualenv.pth"})
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The artifact's installed files, the whole environment's digest, and what is amiss."""

    installed: HashManifest
    environment: Digest
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """What a wheel should install: its distribution's folder of metadata and its files."""

    info: str
    files: HashManifest


def read_wheel(wheel: Path) -> Wheel:
    """Return what a wheel installs, by its place below site-packages; rules 1 and 2.

    `StepFailedError` for what is no wheel that can be installed so.
    """
    files: dict[str, Digest] = {}
    try:
        for member, data in archives.contents(wheel):
            if member.kind == "folder":
                continue
            place = _place(member.name)
            if member.kind != "file" or place is None or place in files:
                words = "is a link, stands there twice, or would be rewritten or placed elsewhere"
                raise _unfit(wheel, f"{member.name} {words}")
            files[place] = Digest.of(data)
        infos = [place.removesuffix("/RECORD") for place in files if _is_record(place)]
        if len(infos) != 1:
            raise _unfit(wheel, f"{len(infos)} RECORD files instead of one")
        del files[f"{infos[0]}/RECORD"]
        return Wheel(info=infos[0], files=HashManifest.of(files))
    except MalformedError as error:
        raise _unfit(wheel, str(error)) from error


def _place(name: str) -> str | None:
    """Return where a member goes below site-packages; `None` if it goes elsewhere (rule 2)."""
    top, _, rest = name.partition("/")
    if not top.endswith(".data"):
        return name
    scheme, _, place = rest.partition("/")
    return place if scheme in {"purelib", "platlib"} and place else None


def _unfit(wheel: Path, why: str) -> StepFailedError:
    return StepFailedError(
        f"the artifact cannot be installed as a wheel: {why}",
        where=wheel.name,
        todo="build a wheel without script and header files",
    )


def measure(environment: Path, info: str) -> Measurement:
    """Hash everything in an environment; `info` is the artifact's folder of metadata.

    Rules 3 to 5. `UntrustedError` when it cannot be read at all.
    """
    try:
        site = _site(environment)
        hashes = _hashes(site)
        owned: dict[str, str] = {}
        problems: list[str] = []
        for record in sorted(name for name in hashes if _is_record(name)):
            owned |= _recorded(site, record, hashes, problems)
        scripts = _scripts(site / info)
        installed = {}
        for name, owner in owned.items():
            if owner != info or name == f"{info}/RECORD":
                continue
            outside = name.startswith("../")
            if outside and posixpath.basename(name) not in scripts:
                problems.append(f"{name} is no script that the wheel declares")
            elif not outside and not _installers(name, info) and name in hashes:
                installed[name] = hashes[name]
        strangers = sorted(set(hashes) - set(owned) - _ENVIRONMENTS)
        problems += [f"{name} belongs to no distribution" for name in strangers]
        return Measurement(
            installed=HashManifest.of(installed),
            environment=_environment(environment, hashes),
            problems=tuple(problems),
        )
    except (OSError, UnicodeDecodeError, MalformedError, csv.Error, configparser.Error) as error:
        raise changed([f"it cannot be read: {error}"], info) from error


def compare(wheel: HashManifest, installed: HashManifest) -> list[str]:
    """Name every file in which an installation differs from its wheel (rule 1)."""
    ours, theirs = wheel.as_dict(), installed.as_dict()
    return [
        f"{name} is "
        + (
            "missing"
            if name not in theirs
            else "not of the wheel"
            if name not in ours
            else "changed"
        )
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def changed(problems: list[str], what: str) -> UntrustedError:
    """Return the error for an installation that is not what it should be."""
    more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return UntrustedError(
        f"what is installed is not what was released: {'; '.join(problems[:_NAMED])}{more}",
        where=what,
        todo="find out who changed it, then deploy again: `invoke promote`",
    )


def _is_record(place: str) -> bool:
    return place.endswith(".dist-info/RECORD") and place.count("/") == 1


def _installers(name: str, info: str) -> bool:
    return name.startswith(f"{info}/") and name.removeprefix(f"{info}/") in _INSTALLERS


def _site(environment: Path) -> Path:
    found = list(environment.glob("lib/python3*/site-packages"))
    if len(found) != 1:
        raise FileNotFoundError(f"{len(found)} site-packages folders instead of one")
    return found[0]


def _hashes(site: Path) -> dict[str, Digest]:
    found = {}
    for folder, folders, names in os.walk(site):
        for name in [*names, *(each for each in folders if Path(folder, each).is_symlink())]:
            path = Path(folder, name)
            if path.is_symlink():
                raise MalformedError(f"{name} is a symbolic link")
            found[path.relative_to(site).as_posix()] = sha256_file(path)
    return found


def _recorded(
    site: Path, record: str, hashes: dict[str, Digest], problems: list[str]
) -> dict[str, str]:
    """Return the files that a RECORD lists, each with its owner; add what differs to problems."""
    info = record.removesuffix("/RECORD")
    owned = {}
    text = (site / record).read_text(encoding="utf-8")
    for row in csv.reader(io.StringIO(text, newline="")):
        name, said = posixpath.normpath(row[0]), row[1] if len(row) > 1 else ""
        owned[name] = info
        if name.startswith("../"):  # scripts and data, inside the environment or nowhere
            path = site / name
            within = not name.startswith("../../../..") and path.is_file()
            actual = sha256_file(path) if within else None
        else:
            actual = hashes.get(name)
        if actual is None:
            problems.append(f"{name} is missing")
        elif name != record and not said.startswith("sha256="):
            if not _installers(name, info):
                problems.append(f"{name} has no digest in RECORD")
        elif name != record and said != f"sha256={_base64(actual)}":
            problems.append(f"{name} is changed")
    return owned


def _base64(digest: Digest) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest.hex)).rstrip(b"=").decode()


def _scripts(info: Path) -> set[str]:
    """Return the names of the scripts that a distribution's entry points declare."""
    declared = info / "entry_points.txt"
    if not declared.exists():
        return set()
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
    parser.read_string(declared.read_text(encoding="utf-8"))
    sections = ("console_scripts", "gui_scripts")
    return {name for section in sections if parser.has_section(section) for name in parser[section]}


def _environment(environment: Path, hashes: dict[str, Digest]) -> Digest:
    link = os.fsencode((environment / "bin" / "python").readlink())
    return HashManifest.of(
        {
            **{f"site-packages/{name}": digest for name, digest in hashes.items()},
            "bin/python": Digest.of(link),
            "pyvenv.cfg": sha256_file(environment / "pyvenv.cfg"),
        }
    ).digest
