"""The versions of a local target: built aside, measured, renamed in; kept for rollback."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from pathlib import Path

from pipeline.edges.driver import Installer, Rollout
from pipeline.edges.files import disk_errors, remove_tree, replace_folder
from pipeline.edges.hashing import sha256_file
from pipeline.edges.target_local.layout import Installed, Layout
from pipeline.edges.target_local.measure import changed, compare, measure, read_wheel
from pipeline.errors import EnvironmentFailedError, UntrustedError


def install(layout: Layout, rollout: Rollout, installer: Installer) -> Installed:
    """Install exactly the artifact that the rollout names; one that is whole already is kept.

    `UntrustedError` when the wheel has other bytes than the rollout says, or when what was
    installed differs from the wheel; nothing is left behind then.
    """
    with disk_errors(rollout.wheel):
        actual = sha256_file(rollout.wheel)
    if actual != rollout.digest:
        raise UntrustedError(
            f"the artifact is {actual}, and {rollout.digest} was to be deployed",
            where=rollout.name,
            todo="run `invoke verify` to see which evidence was changed",
        )
    folder = layout.version(str(rollout.digest))
    whole = layout.installed(folder)
    if whole is not None and not faults(folder, whole, rollout.wheel):
        return whole
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.new")
    try:
        installer(aside)
        installed = _measured(aside, rollout)
        layout.write_installed(aside, installed)
        replace_folder(aside, folder)
    finally:
        remove_tree(aside)
    return installed


def _measured(aside: Path, rollout: Rollout) -> Installed:
    wheel = read_wheel(rollout.wheel)
    found = measure(aside / "env", wheel.info)
    problems = [*compare(wheel.files, found.installed), *found.problems]
    if problems:
        raise changed(problems, rollout.name)
    return Installed(
        name=rollout.name,
        artifact=str(rollout.digest),
        version=rollout.version,
        info=wheel.info,
        installed=str(found.installed.digest),
        environment=str(found.environment),
    )


def faults(folder: Path, installed: Installed, wheel: Path | None = None) -> list[str]:
    """Measure an installed version again and say what differs from what was noted.

    With a wheel, also what differs from it, file by file.
    """
    wanted = None if wheel is None else read_wheel(wheel)
    try:
        found = measure(folder / "env", installed.info if wanted is None else wanted.info)
    except UntrustedError as error:
        return [error.what]
    problems = [] if wanted is None else compare(wanted.files, found.installed)
    problems += found.problems
    if str(found.installed.digest) != installed.installed:
        problems.append(f"the files of {installed.name} have another digest")
    if str(found.environment) != installed.environment:
        problems.append("the environment has another digest")
    return problems


def tidy(layout: Layout) -> None:
    """Remove what killed rollouts left: folders that are not whole."""
    for folder in (layout.folder / "versions").iterdir():
        if folder.name.startswith(".") or not (folder / "installed.json").exists():
            with contextlib.suppress(EnvironmentFailedError):  # a dying installer writes there
                remove_tree(folder)


def retain(layout: Layout, wanted: Iterable[str]) -> None:
    """Keep the versions of these artifacts and remove all others."""
    kept = {layout.version(digest) for digest in wanted}
    for folder in (layout.folder / "versions").iterdir():
        if folder not in kept:
            remove_tree(folder)
