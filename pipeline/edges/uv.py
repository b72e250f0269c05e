"""uv: exports of a lock file, builds, environments.

The binary is the one of the `uv` package. It gets a small environment: where the index, its
certificates, proxies and the cache are; no configuration file but one that UV_CONFIG_FILE names;
never a download of a Python. Files are copied out of uv's cache, never linked: what a step does to
an environment stays there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uv

from pipeline.edges import command
from pipeline.errors import EnvironmentFailedError, StepFailedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT = 600
"""Seconds that one call of uv may take."""
_HANDED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "UV_DEFAULT_INDEX",
    "UV_CONFIG_FILE",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INDEX",
    "UV_NO_INDEX",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_OFFLINE",
    "UV_HTTP_TIMEOUT",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "NETRC",
)
_PREFIXES = ("UV_INDEX_", "UV_CONCURRENT_")
_UNREACHABLE = (
    "error sending request",
    "failed to fetch",
    "failed to download",
    "dns error",
    "connection refused",
    "connection reset",
    "operation timed out",
    "network connectivity is disabled",
    "could not connect",
)


def base_python() -> str:
    """Return the interpreter that this process's environment was made from."""
    return str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())


def find_python(wanted: str, *, cwd: Path) -> str | None:
    """Return an installed interpreter of a version (`3.12`, `pypy@3.10`); `None` without one.

    Ours is taken where it is of that version; nothing is downloaded, and no environment is one.
    """
    implementation, _, version = wanted.rpartition("@")
    parts, own = version.split("."), [str(part) for part in sys.version_info[:3]]
    if (implementation or "cpython") == sys.implementation.name and own[: len(parts)] == parts:
        return base_python()
    return installed_python(wanted, cwd=cwd)


def installed_python(wanted: str, *, cwd: Path) -> str | None:
    """Return what uv finds of a version among managed installations and on `PATH`, or `None`."""
    done = call(["python", "find", "--no-project", "--system", wanted], cwd=cwd)
    return done.stdout.strip() or None if done.code == 0 else None


def environment(home: Path | None = None) -> dict[str, str]:
    """Return the environment that uv gets; programs it starts see `home` as their HOME.

    uv's cache and ~/.netrc stay the user's, also where `home` is another folder.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name in _HANDED_ON or name.startswith(_PREFIXES)
    }
    user = Path(os.environ.get("HOME") or Path("~").expanduser())
    index = os.environ.get("UV_INDEX_URL") or os.environ.get("PIP_INDEX_URL")
    if index and "UV_DEFAULT_INDEX" not in env:
        env["UV_DEFAULT_INDEX"] = index
    if "NETRC" not in env and (user / ".netrc").is_file():
        env["NETRC"] = str(user / ".netrc")
    cache = os.environ.get("XDG_CACHE_HOME") or str(user / ".cache")
    if "UV_CONFIG_FILE" not in env:
        env["UV_NO_CONFIG"] = "1"
    return {
        **env,
        "HOME": str(home or user),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path(cache) / "uv"),
        "UV_LINK_MODE": "copy",
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON": base_python(),
        "UV_PYTHON_DOWNLOADS": "never",
        "NO_COLOR": "1",
    }


def call(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    umask: int = 0o022,
) -> command.Done:
    """Run uv; how it ended is the caller's to judge.

    An index out of reach is an `UnreachableError`.
    """
    try:
        done = command.run(
            [uv.find_uv_bin(), *arguments],
            cwd=cwd,
            env=environment() if env is None else env,
            timeout=TIMEOUT,
            umask=umask,
        )
    except OSError as error:
        raise EnvironmentFailedError(
            f"uv cannot be started: {error}",
            where="the environment of the pipeline",
            todo="install the `uv` package again: `python -m pip install --force-reinstall uv`",
        ) from error
    if done.code != 0 and any(mark in done.stderr.lower() for mark in _UNREACHABLE):
        raise UnreachableError(
            f"the package index cannot be reached: {done.said}",
            where=f"uv {' '.join(arguments[:2])}",
            todo="see that the index answers (proxy, certificates, UV_DEFAULT_INDEX), run again",
        )
    return done


def demand(arguments: Sequence[str], *, cwd: Path, what: str) -> str:
    """Run uv and return its stdout; a failure is a `StepFailedError` that says `what` failed."""
    done = call(arguments, cwd=cwd)
    if done.code != 0:
        raise StepFailedError(
            f"{what} failed: {done.said}",
            where=f"uv {' '.join(arguments[:2])}",
            todo="run it by hand in a clone of the commit and mend what it names",
        )
    return done.stdout


def export_lock(project: Path, *selection: str) -> str:
    """Return a part of a project's lock as requirements with hashes; `selection` picks the part."""
    return demand(
        [
            "export",
            "--quiet",
            "--frozen",
            "--no-default-groups",
            "--no-emit-project",
            "--format=requirements.txt",
            "--no-header",
            "--no-annotate",
            *selection,
        ],
        cwd=project,
        what="exporting the lock file",
    )
