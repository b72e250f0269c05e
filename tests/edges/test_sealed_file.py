"""A sealed file is what this checkout wrote under the same words, or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.edges import sealed_file

BODY = b'{"known": true}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "memory"
    assert sealed_file.save(place, "x", "format 1", BODY)
    return place


def loaded(folder: Path, *, bound: str = "format 1", limit: int = 1000) -> bytes | None:
    return sealed_file.load(folder, "x", bound, limit)


def test_what_was_written_is_read_back_and_nobody_else_may_read_it(folder: Path) -> None:
    assert loaded(folder) == BODY
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "secret": 0o600,
        "x": 0o600,
    }
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_empty_body_is_one(folder: Path) -> None:
    assert sealed_file.save(folder, "x", "format 1", b"")
    assert loaded(folder) == b""


def test_other_words_read_nothing(folder: Path) -> None:
    assert loaded(folder, bound="format 2") is None
    assert sealed_file.load(folder, "y", "format 1", 1000) is None


def test_one_byte_more_than_the_limit_reads_nothing(folder: Path) -> None:
    assert loaded(folder, limit=len(BODY)) == BODY
    assert loaded(folder, limit=len(BODY) - 1) is None


@pytest.mark.parametrize("at", [0, 63, 64, 65, 70, -1])
def test_any_byte_changed_reads_nothing(folder: Path, at: int) -> None:
    data = bytearray((folder / "x").read_bytes())
    data[at] ^= 1
    (folder / "x").write_bytes(data)
    assert loaded(folder) is None


def cut(folder: Path) -> None:
    os.truncate(folder / "x", 70)


def emptied(folder: Path) -> None:
    os.truncate(folder / "x", 0)


def another_secret(folder: Path) -> None:
    (folder / "secret").write_bytes(b"s" * 32)


def a_short_secret(folder: Path) -> None:
    (folder / "secret").write_bytes(b"")


def no_secret(folder: Path) -> None:
    (folder / "secret").unlink()


def a_secret_for_others(folder: Path) -> None:
    (folder / "secret").chmod(0o644)


def a_file_for_others(folder: Path) -> None:
    (folder / "x").chmod(0o640)


def a_link(folder: Path) -> None:
    (folder / "x").rename(folder / "y")
    (folder / "x").symlink_to("y")


def a_linked_secret(folder: Path) -> None:
    (folder / "secret").rename(folder / "other")
    (folder / "secret").symlink_to("other")


def a_pipe(folder: Path) -> None:
    (folder / "x").unlink()
    os.mkfifo(folder / "x", 0o600)


@pytest.mark.parametrize(
    "spoil",
    [
        cut,
        emptied,
        another_secret,
        a_short_secret,
        no_secret,
        a_secret_for_others,
        a_file_for_others,
        a_link,
        a_linked_secret,
        a_pipe,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_what_is_spoilt_reads_nothing_and_the_next_write_mends_it(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(folder)
    assert loaded(folder) is None
    assert sealed_file.save(folder, "x", "format 1", b"again")
    assert loaded(folder) == b"again"
    assert not (folder / "x").is_symlink()
    assert not (folder / "secret").is_symlink()


def open_to_all(folder: Path) -> None:
    folder.chmod(0o755)


def a_linked_folder(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to("elsewhere")


def a_file_instead(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("")


@pytest.mark.parametrize(
    "spoil", [open_to_all, a_linked_folder, a_file_instead], ids=lambda spoil: spoil.__name__
)
def test_a_folder_that_is_none_of_ours_is_neither_read_nor_written(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(folder)
    assert loaded(folder) is None
    assert not sealed_file.save(folder, "x", "format 1", b"again")


def test_where_nothing_can_be_written_nothing_is_and_nothing_is_raised(tmp_path: Path) -> None:
    assert not sealed_file.save(tmp_path / "no" / "memory", "x", "format 1", BODY)
    assert loaded(tmp_path / "no" / "memory") is None
