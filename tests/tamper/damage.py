"""Kinds of damage to one file of a release, each undone afterwards, and what is looked at then."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.edges import checkout, git, git_versions
from pipeline.errors import UntrustedError
from pipeline.flows.verify import verify, verify_folder
from pipeline.operations.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _flip(position: float) -> Callable[[Path, Path], None]:
    def flip(path: Path, _: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(position * (len(data) - 1))] ^= 1
        path.write_bytes(data)

    return flip


def truncate(path: Path, _: Path) -> None:
    """Cut the last byte."""
    path.write_bytes(path.read_bytes()[:-1])


def halve(path: Path, _: Path) -> None:
    """Cut the second half."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def empty(path: Path, _: Path) -> None:
    """Leave nothing in it."""
    path.write_bytes(b"")


def append(path: Path, _: Path) -> None:
    """Add a newline."""
    path.write_bytes(path.read_bytes() + b"\n")


def remove(path: Path, _: Path) -> None:
    """Take it away."""
    path.unlink()


def replace(path: Path, other: Path) -> None:
    """Put another file of the release in its place."""
    path.write_bytes(other.read_bytes())


def swap(path: Path, other: Path) -> None:
    """Exchange it with another file of the release."""
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def link(path: Path, _: Path) -> None:
    """Put a symbolic link to an exact copy in its place: who holds the copy changes it later."""
    copy = aside(path)
    path.rename(copy)
    path.symlink_to(copy)


def folder(path: Path, _: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path, Path], None]] = {
    "first_bit": _flip(0),
    "middle_bit": _flip(0.5),
    "last_bit": _flip(1),
    "truncate": truncate,
    "halve": halve,
    "empty": empty,
    "append": append,
    "remove": remove,
    "replace": replace,
    "swap": swap,
    "link": link,
    "folder": folder,
}


def aside(path: Path) -> Path:
    """Return a place outside of the project for what is moved away."""
    root = next(above for above in path.parents if (above / "config").is_dir())
    return root.parent / "aside"


@contextlib.contextmanager
def damaged(path: Path, other: Path, damage: Callable[[Path, Path], None]) -> Iterator[None]:
    """Damage a file; afterwards it and the other are as they were."""
    kept = {each: (each.read_bytes(), each.stat().st_mode) for each in (path, other)}
    for each in kept:
        each.chmod(0o644)
    try:
        damage(path, other)
        yield
    finally:
        for each, (data, mode) in kept.items():
            if each.is_symlink():
                each.unlink()
            elif each.is_dir():
                each.rmdir()
            each.write_bytes(data)
            each.chmod(mode)
        aside(path).unlink(missing_ok=True)


def rewritings(data: bytes) -> dict[str, bytes]:
    """Return other texts of one JSON document: they mean the same, and are not the same."""
    value = json.loads(data)
    written = {
        "sorted_backwards": json.dumps(_backwards(value), separators=(",", ":")),
        "spaced": json.dumps(value, sort_keys=True),
        "escaped": json.dumps(value, sort_keys=True, separators=(",", ":")).replace(
            "a", "\\u0061", 1
        ),
    }
    first = next(iter(value)) if isinstance(value, dict) else ""
    doubled = json.dumps({first: value[first]}, separators=(",", ":"))[:-1]
    written["duplicate_key"] = doubled + "," + data.decode().lstrip().removeprefix("{")
    found = {name: text.encode() for name, text in written.items()}
    return {name: text for name, text in found.items() if text != data}


def _backwards(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _backwards(value[key]) for key in sorted(value, reverse=True)}
    return [_backwards(item) for item in value] if isinstance(value, list) else value


def state(root: Path) -> dict[str, str]:
    """Return path → digest of every file; leases, private folders, git's own are no state."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if re.search(r"^\.git/|store/leases/|^\.release-ladder/work/", name):
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found


def check(root: Path) -> dict[str, Any]:
    """Verify all that is recorded of the release."""
    return verify(Workspace.open(root), ladder=None, release="1.0")


def check_alone(folder: Path, key: Path) -> None:
    """Verify a phase folder with a public key and nothing else."""
    verify_folder(folder, None, key)


def check_in_project(folder: Path, root: Path) -> None:
    """Verify evidence from elsewhere with the keys that a project knows."""
    verify_folder(folder, Workspace.open(root), None)


def kept(folder: Path) -> dict[Path, bytes]:
    """Return the files of a folder, to be put back."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_back(folder: Path, files: dict[Path, bytes]) -> None:
    """Make a folder's files as they were."""
    for path in folder.rglob("*"):
        if path.is_file() and path not in files:
            path.unlink()
    for path, data in files.items():
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


def refused(check: Callable[..., object], *arguments: object) -> str:
    """Return the three lines of a refusal (11) as one text; any other end is a hole."""
    with pytest.raises(UntrustedError) as caught:
        check(*arguments)
    assert caught.value.exit_code == 11
    assert all(caught.value.lines())
    return " ".join(caught.value.lines())


def remember_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask git once for what does not change in a walk; its answers are its own."""
    asking = [(git, "head_commit"), (git_versions, "version_at"), (git_versions, "tag_commit")]
    for module, name in [*asking, (checkout, "is_clean")]:
        asked: dict[Any, Any] = {}
        real = getattr(module, name)

        def remembered(*arguments: Any, _real: Any = real, _asked: Any = asked) -> Any:  # noqa: ANN401
            if arguments not in _asked:
                _asked[arguments] = _real(*arguments)
            return _asked[arguments]

        monkeypatch.setattr(module, name, remembered)
