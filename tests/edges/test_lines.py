"""A list that only grows: whole lines count, and a cut one is written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.edges.lines import append_line, read_lines
from pipeline.errors import EnvironmentFailedError

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_are_read_in_the_order_in_which_they_were_added(tmp_path: Path) -> None:
    path = tmp_path / "stores.txt"
    assert read_lines(path) == []
    append_line(path, "file:one")
    append_line(path, "file:two")
    assert read_lines(path) == ["file:one", "file:two"]


@pytest.mark.parametrize("whole", ["", "file:one\n"])
def test_a_line_that_a_kill_cut_short_was_never_written(tmp_path: Path, whole: str) -> None:
    path = tmp_path / "stores.txt"
    path.write_text(f"{whole}file:tw")
    assert read_lines(path) == whole.splitlines()
    append_line(path, "file:two")
    assert path.read_text() == f"{whole}file:two\n"


def test_a_link_in_the_lists_place_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept\n")
    (tmp_path / "stores.txt").symlink_to("elsewhere")
    with pytest.raises(EnvironmentFailedError):
        append_line(tmp_path / "stores.txt", "file:two")
    assert (tmp_path / "elsewhere").read_text() == "kept\n"
