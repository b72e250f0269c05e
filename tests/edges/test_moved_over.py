"""A tree that replaces an earlier one takes its files over, when they are as they must be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.edges.files import write_private, write_tree
from pipeline.errors import EnvironmentFailedError

NAME = "stage/artifacts/kettle.txt"
GOOD = b"a litre of water\n"


def rewrite(folder: Path) -> tuple[Path, Path]:
    """Write the tree anew beside the earlier one; return the file in both."""
    wanted = {NAME: Digest.of(GOOD)}
    new = folder / "new"
    assert write_tree(new, {NAME: GOOD}, earlier=(folder / "old", wanted)) == wanted
    return folder / "old" / NAME, new / NAME


def earlier(folder: Path, data: bytes = GOOD) -> Path:
    write_tree(folder / "old", {NAME: data})
    return folder / "old" / NAME


def test_a_file_with_the_wanted_bytes_is_the_same_file_afterwards(tmp_path: Path) -> None:
    earlier(tmp_path)
    old, new = rewrite(tmp_path)
    assert old.samefile(new)
    assert new.read_bytes() == GOOD


def test_without_an_earlier_file_it_is_written(tmp_path: Path) -> None:
    _, new = rewrite(tmp_path)
    assert new.read_bytes() == GOOD


def _altered(path: Path) -> None:
    path.write_bytes(GOOD.replace(b"a", b"b"))


def _opened_to_all(path: Path) -> None:
    path.chmod(0o666)


def _linked_elsewhere(path: Path) -> None:
    os.link(path, path.with_name("a second name of it"))


def _a_link(path: Path) -> None:
    target = path.rename(path.with_name("elsewhere"))
    path.symlink_to(target)


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil", [_altered, _opened_to_all, _linked_elsewhere, _a_link, _a_pipe, _a_folder]
)
def test_a_file_that_is_otherwise_is_written_anew(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(earlier(tmp_path))
    old, new = rewrite(tmp_path)
    assert new.read_bytes() == GOOD
    assert not new.is_symlink()
    assert not (old.is_file() and old.samefile(new))
    assert new.stat().st_nlink == 1
    assert new.stat().st_mode & 0o777 == 0o644


def test_private_files_are_written_and_never_over_another(tmp_path: Path) -> None:
    write_private(tmp_path, {"inputs/a.json": b"{}"})
    assert (tmp_path / "inputs" / "a.json").read_bytes() == b"{}"
    with pytest.raises(EnvironmentFailedError):
        write_private(tmp_path, {"inputs/a.json": b"[]"})
