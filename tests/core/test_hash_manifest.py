"""The hash manifest: what the real sha256sum reads and writes, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import Digest, HashManifest, MalformedError, check_path

PART = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\:"),
    min_size=1,
    max_size=9,
).filter(lambda part: part not in {".", "..", "-"})
PATHS = st.lists(PART, min_size=1, max_size=3).map("/".join)


@given(st.dictionaries(PATHS, st.binary(max_size=4), max_size=5))
def test_a_manifest_reads_back_as_it_was_written(files: dict[str, bytes]) -> None:
    manifest = HashManifest.of({path: Digest.of(data) for path, data in files.items()})
    assert HashManifest.parse(manifest.render()) == manifest
    assert manifest.as_dict() == {path: Digest.of(data) for path, data in files.items()}
    assert [path for path, _ in manifest.entries] == sorted(files)


NAMES = ("a", "b/c d", " leading", "trailing ", "*star", "dé/ñ", "a-b", "b/-", "#x", "B", "é" * 60)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sha256sum", "--check", "--strict", "MANIFEST"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_real_sha256sum_takes_our_manifest_and_finds_a_change(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)
    manifest = HashManifest.of({name: Digest.of(name.encode()) for name in NAMES})
    (tmp_path / "MANIFEST").write_bytes(manifest.render())
    passed = check(tmp_path)
    assert (passed.returncode, passed.stdout.count(": OK")) == (0, len(NAMES)), passed
    (tmp_path / " leading").write_text("changed")
    failed = check(tmp_path)
    assert failed.returncode != 0
    assert " leading: FAILED" in failed.stdout


def test_what_the_real_sha256sum_writes_is_our_form(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(name)
    said = subprocess.run(
        ["sha256sum", "--", *sorted(NAMES)], cwd=tmp_path, capture_output=True, check=True
    )
    manifest = HashManifest.of({name: Digest.of(name.encode()) for name in NAMES})
    assert said.stdout == manifest.render()
    assert manifest.digest == Digest.of(said.stdout)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../a",
        "a/../b",
        "a/..",
        ".",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "a\\b",
        "..\\a",
        "C:/a",
        "a:b",
        "a\nb",
        "a\rb",
        "a\x00b",
        "a\x1bb",
        "a\x7fb",
        "a\tb",
        "a\n",
        "\ud800",
        "-",
    ],
    ids=repr,
)
def test_a_hostile_path_stands_in_no_manifest(path: str) -> None:
    with pytest.raises(MalformedError):
        check_path(path)
    with pytest.raises(MalformedError):
        HashManifest.of({path: Digest.of(b"")})
    line = f"{Digest.of(b'').hex}  {path}\n".encode("utf-8", "surrogatepass")
    with pytest.raises(MalformedError):
        HashManifest.parse(line)


LINE_A, LINE_B = (f"{Digest.of(b'').hex}  {name}\n".encode() for name in "ab")


@pytest.mark.parametrize(
    "data",
    {
        "not sorted": LINE_B + LINE_A,
        "twice": LINE_A + LINE_A,
        "cut": LINE_A + LINE_B[:-1],
        "cut to the hash": LINE_A + LINE_B[:40],
        "an empty line": LINE_A + b"\n" + LINE_B,
        "CRLF": LINE_A.replace(b"\n", b"\r\n"),
        "one space": LINE_A.replace(b"  ", b" "),
        "binary mode": LINE_A.replace(b"  ", b" *"),
        "escaped": b"\\" + LINE_A,
        "upper case": LINE_A.upper(),
        "a comment": b"# files\n" + LINE_A,
        "no UTF-8": LINE_A.replace(b"a\n", b"\xff\n"),
        "another hash": LINE_A[8:],
        "a byte order mark": b"\xef\xbb\xbf" + LINE_A,
    }.items(),
    ids=lambda item: item[0],
)
def test_a_manifest_of_any_other_form_is_refused(data: tuple[str, bytes]) -> None:
    with pytest.raises(MalformedError):
        HashManifest.parse(data[1])


def test_an_empty_manifest_is_one() -> None:
    assert HashManifest.parse(b"") == HashManifest.of({})
