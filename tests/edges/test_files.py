"""Files: whole or not at all, hashed right, nothing odd believed."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, MalformedError
from pipeline.edges import clock
from pipeline.edges.files import (
    disk_errors,
    hash_files,
    remove_tree,
    replace_folder,
    sha256_file,
    tree_manifest,
    write_atomically,
    write_tree,
)
from pipeline.edges.hashing import BUFFER
from pipeline.errors import EnvironmentFailedError, UntrustedError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 5])
def test_a_file_s_digest_is_that_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert sha256_file(tmp_path / "file").hex == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [100, 2 * BUFFER])
def test_many_files_are_hashed_each_under_its_own_name(tmp_path: Path, size: int) -> None:
    paths = [tmp_path / str(number) for number in range(9)]
    for path in paths:
        path.write_bytes(os.urandom(size))
    assert hash_files([*paths, paths[0]]) == {p: Digest.of(p.read_bytes()) for p in paths}
    assert list(hash_files(paths)) == paths
    assert hash_files([]) == {}


def test_a_file_that_vanishes_while_many_are_hashed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / str(number) for number in range(4)]
    for path in paths:
        path.write_bytes(bytes(2 * BUFFER))
    real = os.open

    def vanished(path: object, *rest: int) -> int:
        if path == paths[3]:
            raise FileNotFoundError(errno.ENOENT, "gone", str(path))
        return real(str(path), *rest)

    monkeypatch.setattr(os, "open", vanished)
    with pytest.raises(FileNotFoundError):
        hash_files(paths)


def test_a_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    previous = os.umask(0o077)
    try:
        write_atomically(path, b"one")
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        write_atomically(path, b"two", 0o600)
    finally:
        os.umask(previous)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["write", "fsync", "fchmod", "replace", "rename", "open"])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    if call == "rename":  # the tree's way into place
        (tmp_path / "new").mkdir()
        with pytest.raises(EnvironmentFailedError):
            replace_folder(tmp_path / "new", tmp_path / "folder")
    else:
        with pytest.raises(EnvironmentFailedError) as caught:
            write_atomically(path, b"new")
        assert "No space left" in caught.value.what
        assert "free some space" in caught.value.todo
        assert caught.value.where == str(path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == (["file", "new"] if call == "rename" else ["file"])


def test_a_write_is_durable_before_the_rename_and_the_rename_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(handle: int) -> None:
        kind = os.fstat(handle).st_mode
        events.append("fsync folder" if stat.S_ISDIR(kind) else "fsync file")
        real_sync(handle)

    def replace(old: Path, new: Path) -> None:
        events.append("replace")
        real_replace(old, new)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", replace)
    write_atomically(tmp_path / "file", b"data")
    assert events == ["fsync file", "replace", "fsync folder"]
    events.clear()
    write_tree(tmp_path / "tree", {"a": b"1", "b/c": b"2"})
    assert events == ["fsync folder", *["fsync file"] * 2, *["fsync folder"] * 2]


def test_the_machine_s_refusal_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailedError) as caught, disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "Permission denied", "/some/file")
    assert caught.value.lines() == (
        "this machine refused: Permission denied",
        "/some/file",
        "make it accessible to this user and run the same command again",
    )
    assert isinstance(caught.value.__cause__, PermissionError)


def test_a_tree_is_written_with_copies_of_files_and_says_its_digests(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"copied")
    digests = write_tree(tmp_path / "tree", {"z": b"1", "a/b/c": tmp_path / "source", "a/d": b""})
    assert digests == {"z": Digest.of(b"1"), "a/b/c": Digest.of(b"copied"), "a/d": Digest.of(b"")}
    assert tree_manifest(tmp_path / "tree").as_dict() == digests
    (tmp_path / "tree/a/b/c").write_bytes(b"changed")
    assert (tmp_path / "source").read_bytes() == b"copied"
    many = {f"n/{number}": b"%d" % number for number in range(300)}
    assert len(write_tree(tmp_path / "many", many)) == 300


@pytest.mark.parametrize("name", ["/abs", "../up", "a/../b", "", "a\nb", "c:d"])
def test_a_tree_takes_no_path_that_leaves_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(MalformedError):
        write_tree(tmp_path / "tree", {"good": b"", name: b""})
    assert not (tmp_path / "tree" / "good").exists()


def test_a_tree_never_overwrites_nor_follows_links(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(tmp_path / "outside")
    for files in ({"link": b"x"}, {"new": b"x", "link": b"x"}):
        with pytest.raises(EnvironmentFailedError):
            write_tree(tree, files)
    assert not (tmp_path / "outside").exists()
    assert (tree / "link").is_symlink()
    (tmp_path / "source").symlink_to("/etc/hostname")
    with pytest.raises(UntrustedError):
        write_tree(tmp_path / "second", {"first": b"x", "copy": tmp_path / "source"})
    assert not list((tmp_path / "second").iterdir())


def test_a_folder_takes_the_place_of_another_and_clears_what_a_killed_one_left(
    tmp_path: Path,
) -> None:
    old = tmp_path / "phase"
    for content in (b"1", b"2"):
        write_tree(tmp_path / "work", {"file": content})
        (tmp_path / ".phase.dead.old" / "deep").mkdir(parents=True)
        replace_folder(tmp_path / "work", old)
        assert (old / "file").read_bytes() == content
        assert names(tmp_path) == ["phase"]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as each:
        each.bind(str(path))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("file"),
        lambda path: path.symlink_to("/etc"),
        lambda path: path.symlink_to("nowhere"),
        os.mkfifo,
        _socket,
        lambda path: path.with_name("new\nline").write_bytes(b""),
        lambda path: path.with_name("back\\slash").write_bytes(b""),
        lambda path: Path(os.fsdecode(bytes(path.parent) + b"/\xff")).write_bytes(b""),
        lambda path: path.with_name("col:on").mkdir(),
    ],
)
def test_a_manifest_is_refused_where_anything_odd_lies(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    folder = tmp_path / "t" / "sub"
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x")
    assert tree_manifest(tmp_path / "t").as_dict() == {"sub/file": Digest.of(b"x")}
    make(folder / "odd")
    with pytest.raises(UntrustedError):
        tree_manifest(tmp_path / "t")


def test_a_tree_is_removed_links_are_not_followed_and_absence_is_fine(tmp_path: Path) -> None:
    write_tree(tmp_path / "outside", {"kept": b"x"})
    write_tree(tmp_path / "tree", {"a/b": b"x"}, 0o444)
    (tmp_path / "tree/link").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/a").chmod(0o500)
    remove_tree(tmp_path / "tree")
    (tmp_path / "link").symlink_to("outside")
    remove_tree(tmp_path / "link")
    remove_tree(tmp_path / "absent")
    assert names(tmp_path) == ["outside"]
    assert (tmp_path / "outside/kept").exists()


def test_the_clock_tells_utc_in_whole_seconds_and_the_stopwatch_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.gmtime", lambda: (2026, 11, 20, 10, 15, 9, 4, 324, 0))
    assert clock.now() == "2026-11-20T10:15:09Z"
    elapsed = clock.stopwatch()
    first = elapsed()
    assert 0 <= first <= elapsed() < 60
