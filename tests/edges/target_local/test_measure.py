"""Wheels that cannot be measured are refused; what is compared is every file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, HashManifest
from pipeline.edges.target_local.measure import compare, measure, read_wheel
from pipeline.errors import StepFailedError, UntrustedError
from tests import services


def test_a_wheel_is_read_by_where_its_files_go(tmp_path: Path) -> None:
    path = services.wheel(tmp_path, "1.0", **{"tiny-1.0.data/purelib/more.py": "x = 1"})
    found = read_wheel(path)
    assert found.info == "tiny-1.0.dist-info"
    names = found.files.as_dict()
    assert names["more.py"] == Digest.of(b"x = 1")
    assert "tiny-1.0.dist-info/METADATA" in names
    assert "tiny-1.0.dist-info/RECORD" not in names


@pytest.mark.parametrize(
    "name",
    [
        "tiny-1.0.data/scripts/run",
        "tiny-1.0.data/headers/tiny.h",
        "tiny-1.0.data/data/etc/tiny",
        "tiny-1.0.data/purelib/tiny/__main__.py",
        "../outside.py",
        "other-2.dist-info/RECORD",
    ],
)
def test_a_wheel_with_files_that_installers_rewrite_or_misplace_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(StepFailedError, match="cannot be installed"):
        read_wheel(services.wheel(tmp_path, "1.0", **{name: "text"}))


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    path.write_bytes(b"not a zip")
    with pytest.raises(StepFailedError, match="cannot be installed"):
        read_wheel(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
    with pytest.raises(StepFailedError, match="0 RECORD files"):
        read_wheel(path)


def test_every_difference_is_named() -> None:
    one, two = Digest.of(b"1"), Digest.of(b"2")
    wheel = HashManifest.of({"a": one, "b": one, "c": one})
    assert compare(wheel, wheel) == []
    installed = HashManifest.of({"b": two, "c": one, "d": one})
    assert compare(wheel, installed) == ["a is missing", "b is changed", "d is not of the wheel"]


def test_an_environment_that_is_not_there_is_not_to_be_trusted(tmp_path: Path) -> None:
    with pytest.raises(UntrustedError, match="cannot be read"):
        measure(tmp_path, "tiny-1.0.dist-info")
