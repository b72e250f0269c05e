"""What every store promises; the same tests run over the local one and the one in memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.edges.store import Store, open_store
from pipeline.errors import ConflictError, InvalidConfigurationError, UntrustedError
from tests.edges.memory_store import MemoryStore

ABSENT = Digest.of(b"absent")


def entry(number: int) -> tuple[bytes, Digest]:
    digest = Digest.of(b"%d" % number)
    return canonical({"n": number, "entry_hash": str(digest)}), digest


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    make: dict[str, Callable[[], Store]] = {
        "file": lambda: open_store("file:artifacts/store", tmp_path),
        "memory": lambda: MemoryStore(tmp_path),
    }
    return make[request.param]()


def test_what_was_put_is_got_back_under_its_digest(store: Store) -> None:
    digest = store.put(b"data")
    assert digest == Digest.of(b"data")
    assert store.has(digest)
    assert store.get(digest) == b"data"
    assert store.local_path(digest).read_bytes() == b"data"


def test_a_batch_answers_in_order_for_bytes_and_files_and_repeats(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    big = os.urandom(3 * 1024 * 1024 + 7)
    file.write_bytes(big)
    batch: list[bytes | Path] = [b"one", file, b"", b"one", file]
    expected = [(Digest.of(d), len(d)) for d in (b"one", big, b"", b"one", big)]
    assert store.put_all(batch) == expected
    assert store.put_all(batch) == expected
    assert store.get(Digest.of(big)) == big
    assert store.put_all([]) == []


def test_a_batch_refuses_what_is_no_plain_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"x")
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(UntrustedError):
            store.put_all([b"good", tmp_path / name])


def test_an_absent_object_is_not_to_be_trusted_and_the_error_names_it(
    store: Store, tmp_path: Path
) -> None:
    assert not store.has(ABSENT)
    for call in (store.get, store.local_path, lambda d: store.copy_to(d, tmp_path / "copy")):
        with pytest.raises(UntrustedError, match="sha256:") as caught:
            call(ABSENT)
        assert ABSENT.hex in str(caught.value)
    assert not (tmp_path / "copy").exists()


def test_an_object_larger_than_the_limit_is_refused(store: Store) -> None:
    digest = store.put(b"12345")
    assert store.get(digest, limit=5) == b"12345"
    with pytest.raises(UntrustedError):
        store.get(digest, limit=4)


def test_a_copy_shares_nothing_with_the_store(store: Store, tmp_path: Path) -> None:
    digest = store.put(b"data")
    store.copy_to(digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"data"
    (tmp_path / "copy").write_bytes(b"evil")
    assert store.get(digest) == b"data"


def test_a_name_is_created_once_and_keeps_its_first_content(store: Store) -> None:
    assert store.read("claims/staging/gate/1.2") is None
    assert store.create("claims/staging/gate/1.2", b"first") is True
    assert store.create("claims/staging/gate/1.2", b"second") is False
    assert store.read("claims/staging/gate/1.2") == b"first"


def test_names_are_listed_by_prefix_in_order_and_none_hides_another(store: Store) -> None:
    assert store.names("") == []
    for name in ("b/1%2F2", "a/b", "a", "b/1/2", "b/1"):
        assert store.create(name, name.encode())
    assert store.names("b/") == ["b/1", "b/1%2F2", "b/1/2"]
    assert store.names("") == ["a", "a/b", "b/1", "b/1%2F2", "b/1/2"]
    assert store.read("b/1/2") == b"b/1/2"
    assert store.read("b/1%2F2") == b"b/1%2F2"


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "a//b", "a\\b", "a\nb", "."])
def test_a_name_that_is_no_portable_path_is_refused(store: Store, name: str) -> None:
    for call in (lambda: store.create(name, b""), lambda: store.read(name)):
        with pytest.raises(MalformedError):
            call()


def test_a_journal_grows_behind_its_head_only(store: Store) -> None:
    lease = store.lease("target/run")
    (one, head_one), (two, head_two) = entry(1), entry(2)
    assert store.read_journal("run") == b""
    store.append("run", one, expected=None, lease=lease)
    for wrong in (None, head_two):
        with pytest.raises(ConflictError):
            store.append("run", two, expected=wrong, lease=lease)
    assert store.read_journal("run") == one + b"\n"
    store.append("run", two, expected=head_one, lease=lease)
    assert store.read_journal("run") == one + b"\n" + two + b"\n"
    assert store.read_journal("other") == b""


def test_an_append_under_a_lease_that_was_given_back_writes_nothing(store: Store) -> None:
    old = store.lease("target/run")
    old.release()
    with pytest.raises(ConflictError):
        store.append("run", entry(1)[0], expected=None, lease=old)
    with store.lease("target/run") as new:
        assert new.token > old.token
        with pytest.raises(ConflictError):
            store.append("run", entry(1)[0], expected=None, lease=old)
        assert store.read_journal("run") == b""
        store.append("run", entry(1)[0], expected=None, lease=new)


def test_a_lease_is_held_by_one_and_its_number_rises(store: Store) -> None:
    with store.lease("target/run") as first:
        with pytest.raises(ConflictError, match="process"):
            store.lease("target/run")
        with store.lease("target/other") as other:
            assert (first.token, other.token) == (1, 1)
    with store.lease("target/run") as second:
        assert second.token == 2
    second.release()  # twice does nothing
    assert store.lease("target/run").token == 3


def test_the_holder_of_a_lease_is_told_and_not_disturbed(store: Store) -> None:
    assert store.holder("target/run") is None
    with store.lease("target/run"):
        assert (store.holder("target/run") or "").startswith("process ")
        assert store.holder("target/other") is None
        with pytest.raises(ConflictError):
            store.lease("target/run")
    assert store.holder("target/run") is None
    assert store.lease("target/run").token == 2


def test_fingerprints_stay_while_others_add_and_reads_go_on(store: Store) -> None:
    digest = store.put(b"one")
    store.create("a/b", b"two")
    lease = store.lease("target/run")
    store.append("run", entry(1)[0], expected=None, lease=lease)
    store.append("elsewhere", entry(1)[0], expected=None, lease=lease)
    before = dict(store.fingerprints("run"))
    assert len(before) == 3
    store.put_all([b"one", b"more"])
    store.create("a/b", b"again")
    store.create("a/c", b"new")
    store.get(digest)
    after = store.fingerprints("run")
    assert {name: after[name] for name in before} == before
    assert len(after) == 5
    store.append("run", entry(2)[0], expected=entry(1)[1], lease=lease)
    assert store.fingerprints("run") != after


@pytest.mark.parametrize("spec", ["", "file", "file:", "s3:bucket", "store", ":x"])
def test_an_unknown_store_is_invalid_configuration(spec: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="store"):
        open_store(spec, tmp_path)
