"""The local store and the disk: full ones, limits, and the order in which things become durable."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.edges.store import Lease
from pipeline.edges.store.local import LocalStore
from pipeline.errors import EnvironmentFailedError
from tests.edges.racing import entry, spawn


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def works(store: LocalStore, lease: Lease) -> list[Callable[[], object]]:
    """Each way of writing into a store, thrice."""

    def append_thrice() -> None:
        for n in range(1, 4):
            store.append("run", entry(n + 1)[0], expected=entry(n)[1], lease=lease)

    return [
        lambda: store.put_all([b"x" * 9000, b"y", b"z"]),
        lambda: [store.create(f"name/{n}", b"x") for n in range(3)],
        append_thrice,
    ]


@pytest.mark.parametrize("call", ["write", "pwrite", "fsync", "rename", "link", "fchmod"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_disk_that_fills_up_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    store.append("run", entry(1)[0], expected=None, lease=lease)
    store.put(b"before")
    before = contents(tmp_path)
    real, calls = getattr(os, call), []

    def full(*arguments: object, **options: object) -> object:
        calls.append(call)
        if len(calls) >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    failures = []
    for work in works(store, lease):
        calls.clear()
        monkeypatch.setattr(os, call, full)
        try:
            work()
        except EnvironmentFailedError as error:
            failures.append(error.todo)
        monkeypatch.undo()
        assert not any((tmp_path / "tmp").iterdir())
    assert failures
    assert all("free some space" in todo for todo in failures)
    after = contents(tmp_path)
    for name, data in before.items():  # all that was there is there; the journal may have grown
        assert after[name].startswith(data)
    for name in after:
        if name.startswith("objects/"):
            assert Digest.of(after[name]).hex == name.removeprefix("objects/")
    assert store.read_journal("run").endswith(b"\n")


@pytest.mark.parametrize("call", ["pwrite", "fsync"])
def test_an_entry_that_could_not_be_made_durable_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    store.append("run", entry(1)[0], expected=None, lease=lease)
    before = store.read_journal("run")
    calls = []

    def half(handle: int, data: bytes, offset: int) -> int:
        calls.append(offset)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwritev(handle, [data[:10]], offset)

    def fail(_handle: int) -> None:
        calls.append(1)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, half if call == "pwrite" else fail)
    with pytest.raises(EnvironmentFailedError):
        store.append("run", entry(2)[0], expected=entry(1)[1], lease=lease)
    monkeypatch.undo()
    assert calls
    assert store.read_journal("run") == before


def test_a_file_size_limit_is_a_failure_of_the_machine(tmp_path: Path) -> None:
    script = """
import resource
store.put(b"small")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    store.put_all([b"s", b"x" * 20_000])
except EnvironmentFailedError as error:
    print(error.exit_code, sorted(os.listdir(store.root / "objects")) == [Digest.of(b"small").hex])
    print(os.listdir(store.root / "tmp"))
"""
    output, _ = spawn(script, tmp_path).communicate(timeout=60)
    assert output == "1 True\n[]\n"


def test_bytes_are_durable_before_their_name_and_the_name_before_we_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    events: list[str] = []

    def watch(name: str, show: Callable[..., str]) -> None:
        real = getattr(os, name)

        def watched(*arguments: object, **options: object) -> object:
            events.append(f"{name} {show(*arguments)}")
            return real(*arguments, **options)

        monkeypatch.setattr(os, name, watched)

    def place(handle: int) -> str:
        path = Path(f"/proc/self/fd/{handle}").readlink().relative_to(tmp_path)
        return "tmp/*" if path.parts[0] == "tmp" else str(path)

    watch("fsync", place)
    watch("rename", lambda _old, new: Path(new).parent.name)
    watch("link", lambda _old, new: Path(new).parent.name)
    store.put_all([b"one", b"two"])
    assert events == [*["fsync tmp/*"] * 2, *["rename objects"] * 2, "fsync objects"]
    events.clear()
    store.put(b"one")
    assert events == ["fsync objects"]  # whoever put it first may have been killed before this
    events.clear()
    store.create("name", b"x")
    assert events == ["fsync tmp/*", "link names", "fsync names"]
    events.clear()
    store.append("run", entry(1)[0], expected=None, lease=lease)
    store.append("run", entry(2)[0], expected=entry(1)[1], lease=lease)
    assert events == ["fsync journals/run.jsonl", "fsync journals", "fsync journals/run.jsonl"]
