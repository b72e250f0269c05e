"""Pins: every way to touch what a step must not touch is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, canonical
from pipeline.edges.files import write_tree
from pipeline.edges.pins import Pins
from pipeline.edges.store.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path / "store")
    store.put_all([b"object one", b"object two"])
    store.create("claims/1.2", b"mine")
    line = canonical({"entry_hash": str(Digest.of(b"1"))})
    with store.lease("target/run") as lease:
        store.append("run", line, expected=None, lease=lease)
        store.append("other", line, expected=None, lease=lease)
    return store


@pytest.fixture
def pins(tmp_path: Path, store: LocalStore) -> Pins:
    write_tree(tmp_path / "config", {"pipeline.yaml": b"a: 1", "ladders/staging.yaml": b"b: 2"})
    write_tree(tmp_path / "code", {"core.py": b"pass"})
    write_tree(tmp_path / "code/__pycache__", {"core.pyc": b"byte code", "gone.pyc": b"x"})
    (tmp_path / "trust.yaml").write_bytes(b"roles: {}")
    groups = {
        "configuration": tmp_path / "config",
        "trust": tmp_path / "trust.yaml",
        "keys": tmp_path / "keys",
        "pipeline": tmp_path / "code",
    }
    return Pins.take(tmp_path, groups, code=[tmp_path / "code"], store=store, run="run")


def test_what_was_not_touched_is_not_named(pins: Pins, store: LocalStore, tmp_path: Path) -> None:
    assert pins.changed() == []
    (tmp_path / "code/__pycache__/gone.pyc").unlink()
    (tmp_path / "code/__pycache__/half.pyc.4711").write_bytes(b"x")
    (tmp_path / "code/__pycache__/notes.txt").write_bytes(b"x")
    store.put_all([b"object one", b"of another release"])
    store.create("claims/1.3", b"another")
    line = canonical({"entry_hash": str(Digest.of(b"2"))})
    with store.lease("target/other") as lease:
        store.append("other", line, expected=Digest.of(b"1"), lease=lease)
    os.utime(tmp_path / "config/pipeline.yaml", (1, 1))
    assert pins.changed() == []


def rewrite(path: Path) -> None:
    """Change a byte and put size and time back, as one would who wants to hide it."""
    found = path.stat()
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    path.chmod(found.st_mode)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def swap(path: Path) -> None:
    path.rename(path.with_name("aside"))
    path.symlink_to(path.with_name("aside"))


@pytest.mark.parametrize(
    ("damage", "path", "named"),
    [
        (rewrite, "config/pipeline.yaml", ["configuration: config/pipeline.yaml: changed"]),
        (Path.unlink, "config/ladders/staging.yaml", ["config/ladders/staging.yaml: removed"]),
        (Path.touch, "config/new.yaml", ["configuration: config/new.yaml: added"]),
        (Path.mkdir, "config/empty", []),
        (swap, "config/pipeline.yaml", ["config/aside: added", "config/pipeline.yaml: changed"]),
        (lambda p: p.chmod(0o755), "config/pipeline.yaml", ["config/pipeline.yaml: changed"]),
        (os.mkfifo, "config/pipe", ["configuration: config/pipe: added"]),
        (lambda p: p.symlink_to("/etc"), "config/etc", ["configuration: config/etc: added"]),
        (rewrite, "trust.yaml", ["trust: trust.yaml: changed"]),
        (Path.unlink, "trust.yaml", ["trust: trust.yaml: removed"]),
        (lambda p: write_tree(p, {"k": b"x"}), "keys", ["keys: keys/k: added"]),
        (rewrite, "code/core.py", ["pipeline: code/core.py: changed"]),
        (Path.touch, "code/sitecustomize.py", ["pipeline: code/sitecustomize.py: added"]),
        (Path.touch, "code/yaml.pyc", ["pipeline: code/yaml.pyc: added"]),
        (rewrite, "code/__pycache__/core.pyc", ["byte code: code/__pycache__/core.pyc: changed"]),
        (Path.touch, "code/__pycache__/new.pyc", ["byte code: code/__pycache__/new.pyc: added"]),
        (rewrite, f"store/objects/{Digest.of(b'object one').hex}", ["store: objects/"]),
        (Path.unlink, f"store/objects/{Digest.of(b'object two').hex}", ["removed"]),
        (rewrite, "store/names/claims%2F1.2", ["store: names/claims%2F1.2: changed"]),
        (Path.unlink, "store/names/claims%2F1.2", ["store: names/claims%2F1.2: removed"]),
        (rewrite, "store/journals/run.jsonl", ["store: journals/run.jsonl: changed"]),
        (Path.unlink, "store/journals/run.jsonl", ["store: journals/run.jsonl: removed"]),
        (rewrite, "store/journals/other.jsonl", []),
    ],
)
def test_every_touch_is_named(
    tmp_path: Path, pins: Pins, damage: Callable[[Path], object], path: str, named: list[str]
) -> None:
    damage(tmp_path / path)
    found = list(map(str, pins.changed()))
    assert len(found) == len(named)
    assert all(part in line for part, line in zip(named, found, strict=True))


def test_a_first_journal_written_by_a_step_is_named(tmp_path: Path, store: LocalStore) -> None:
    pins = Pins.take(tmp_path, {}, store=store, run="fresh")
    (tmp_path / "store/journals/fresh.jsonl").write_bytes(b"{}\n")
    assert list(map(str, pins.changed())) == ["store: journals/fresh.jsonl: added"]


def test_a_name_that_is_just_being_created_by_another_is_no_change(
    tmp_path: Path, store: LocalStore
) -> None:
    beside = tmp_path / "store/tmp/beside"
    beside.write_bytes(b"theirs")
    os.link(beside, tmp_path / "store/names/theirs")
    pins = Pins.take(tmp_path, {}, store=store, run="run")
    beside.unlink()
    assert pins.changed() == []


def test_a_file_behind_a_link_is_pinned_by_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "behind").write_bytes(b"a")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/link").symlink_to("../behind")
    pins = Pins.take(tmp_path, {"configuration": tmp_path / "config"})
    (tmp_path / "behind").write_bytes(b"b")
    assert list(map(str, pins.changed())) == ["configuration: config/link: changed"]


def test_byte_code_is_looked_for_wherever_an_import_leads(tmp_path: Path) -> None:
    for folder in ("a/b/__pycache__", "__pycache__", ".nox/__pycache__", "env/lib/__pycache__"):
        write_tree(tmp_path / "root" / folder, {"x.pyc": b"x"})
    (tmp_path / "root/env/pyvenv.cfg").touch()
    pins = Pins.take(tmp_path, {}, code=[tmp_path / "root"])
    for path in (tmp_path / "root").rglob("x.pyc"):
        path.with_name("y.pyc").write_bytes(b"y")
    (tmp_path / "root/a/__pycache__").symlink_to("../../aside")
    write_tree(tmp_path / "aside", {"z.pyc": b"z"})
    named = ["root/__pycache__/y.pyc", "root/a/__pycache__/z.pyc", "root/a/b/__pycache__/y.pyc"]
    assert pins.changed() == [("byte code", name, "added") for name in named]
