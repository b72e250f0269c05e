"""Builds sdist and wheel from an exported commit, in isolation, told version and time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.metadata import InvalidMetadata, Metadata
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from pipeline.core.canonical import MalformedError
from pipeline.edges import archives, uv
from pipeline.errors import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.operations.source import Source

BUILD_GROUP = "build"
"""The dependency group whose locked packages are what a build may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """What one build made."""

    sdist: Path
    wheel: Path

    def files(self) -> tuple[Path, Path]:
        """Return both files, the sdist first."""
        return (self.sdist, self.wheel)


def build_environment(source: Source, version: str, home: Path, seed: int) -> dict[str, str]:
    """Return what a build sees: version, commit time, UTC, an empty home, its own hash seed."""
    told = {
        "SETUPTOOLS_SCM_PRETEND_VERSION": version,  # setuptools-scm, hatch-vcs, vcs-versioning
        "PDM_BUILD_SCM_VERSION": version,
        "UV_DYNAMIC_VERSIONING_BYPASS": version,
        "POETRY_DYNAMIC_VERSIONING_BYPASS": version,
    }
    if source.name is not None:
        suffix = re.sub(r"[-_.]+", "_", source.name).upper()
        told[f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{suffix}"] = version
    return {
        **uv.environment(home),
        **told,
        "SOURCE_DATE_EPOCH": str(source.time),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": str(seed),
    }


def constraints(source: Source) -> str | None:
    """Return the hashed packages that the lock allows a build, None where it pins none."""
    if not source.has_group(BUILD_GROUP):
        return None
    return uv.export_lock(source.folder, "--only-group", BUILD_GROUP)


def build(
    source: Source,
    out: Path,
    *,
    constraints_file: Path | None,
    env: dict[str, str],
    umask: int,
    log: Callable[[str], None],
) -> Distributions:
    """Build the sdist, and the wheel from the sdist; a failed build is a `StepFailedError`.

    What a failed build wrote goes to `log`, whole.
    """
    pinned = ["--build-constraints", str(constraints_file), "--require-hashes"]
    done = uv.call(
        [
            "build",
            "--no-create-gitignore",
            *(pinned if constraints_file is not None else []),
            "--out-dir",
            str(out),
            str(source.folder),
        ],
        cwd=source.folder,
        env=env,
        umask=umask,
    )
    if done.code != 0:
        log(f"{done.stdout}{done.stderr}".strip())
        raise StepFailedError(
            f"the build failed: {done.said}",
            where=f"commit {source.commit}",
            todo="build a clean clone of the commit with `uv build` and mend what it names",
        )
    made = sorted(out.iterdir())
    sdists = [path for path in made if path.name.endswith((".tar.gz", ".zip"))]
    wheels = [path for path in made if path.suffix == ".whl"]
    if len(sdists) != 1 or len(wheels) != 1 or len(made) != 2:  # noqa: PLR2004 - one of each
        raise StepFailedError(
            f"a build makes one sdist and one wheel, not {[path.name for path in made]}",
            where=f"commit {source.commit}",
            todo="see what the build backend leaves in its folder",
        )
    return Distributions(sdist=sdists[0], wheel=wheels[0])


def metadata_of(distribution: Path) -> Metadata:
    """Return a distribution's validated core metadata; anything wrong is `MalformedError`."""
    found = []
    for member, data in archives.contents(distribution):
        depth = member.name.count("/")
        if depth == 1 and (
            member.name.endswith(".dist-info/METADATA") or member.name.endswith("/PKG-INFO")
        ):
            found.append(data)
    if len(found) != 1:
        msg = f"{distribution.name} holds {len(found)} metadata files, not one"
        raise MalformedError(msg)
    try:
        return Metadata.from_email(found[0], validate=True)
    except ExceptionGroup as error:
        faults = "; ".join(str(fault) for fault in error.exceptions)
        msg = f"{distribution.name}: {faults}"
        raise MalformedError(msg) from error
    except (InvalidMetadata, UnicodeDecodeError) as error:
        msg = f"{distribution.name}: {error}"
        raise MalformedError(msg) from error


def identity_faults(distribution: Path, name: str | None, version: str) -> list[str]:
    """Say where a distribution's own name or version differ from the release's."""
    try:
        metadata = metadata_of(distribution)
        wanted = Version(version)
    except (MalformedError, InvalidVersion) as error:
        return [str(error)]
    faults = []
    if name is not None and canonicalize_name(metadata.name) != canonicalize_name(name):
        faults.append(f"{distribution.name} calls itself {metadata.name}, the project is {name}")
    if str(metadata.version) != str(wanted):
        faults.append(
            f"{distribution.name} says version {metadata.version}, the release is {wanted}"
        )
    return faults
