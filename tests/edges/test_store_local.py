"""The local store under attack: races, kills, full disks, changed bytes, the order of writes."""

from __future__ import annotations

import fcntl
import json
import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest, MalformedError, canonical
from pipeline.edges.store.local import LocalStore
from pipeline.errors import (
    ConflictError,
    UntrustedError,
    WrongUsageError,
)
from tests.edges.racing import entry, race, spawn


def test_of_racing_creators_exactly_one_wins_each_name(tmp_path: Path) -> None:
    script = """
start()
print([store.create(f"claims/{n}", sys.argv[2].encode()) for n in range(40)])
"""
    outcomes = [json.loads(text.lower()) for text in race(script, tmp_path, 3)]
    store = LocalStore(tmp_path)
    for number in range(40):
        wins = [racer for racer in range(3) if outcomes[racer][number]]
        assert len(wins) == 1
        assert store.read(f"claims/{number}") == str(wins[0]).encode()


def test_of_racing_appenders_exactly_one_extends_each_head(tmp_path: Path) -> None:
    script = """
lease = store.lease("target/" + sys.argv[2])
start()
won, head = [], None
for n in range(40):
    digest = Digest.of(b"%d %d" % (n, int(sys.argv[2])))
    line = canonical({"n": n, "entry_hash": str(digest)})
    try:
        store.append("run", line, expected=head, lease=lease)
        won.append(n)
    except ConflictError:
        while store.read_journal("run").count(b"\\n") <= n:
            pass
    import json
    head = Digest.parse(json.loads(store.read_journal("run").split(b"\\n")[n])["entry_hash"])
print(won)
"""
    outcomes = [json.loads(text) for text in race(script, tmp_path, 2)]
    assert sorted(outcomes[0] + outcomes[1]) == list(range(40))
    journal = LocalStore(tmp_path).read_journal("run")
    assert [json.loads(line)["n"] for line in journal.splitlines()] == list(range(40))


def test_of_racing_lessees_one_holds_and_the_others_are_told_who(tmp_path: Path) -> None:
    script = """
start()
try:
    lease = store.lease("target/run")
    print("got", lease.token, os.getpid(), flush=True)
    time.sleep(3)
except ConflictError as error:
    print("taken", error)
"""
    outputs = race(script, tmp_path, 4)
    winners = [text.split() for text in outputs if text.startswith("got")]
    assert len(winners) == 1
    assert winners[0][1] == "1"
    assert sum("taken 'target/run' is being worked on by process" in text for text in outputs) == 3


def test_a_killed_holder_frees_its_lease_and_its_token_is_never_given_again(tmp_path: Path) -> None:
    holder = spawn("lease = store.lease('target/run')\nstart()\n", tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    store = LocalStore(tmp_path)
    with pytest.raises(ConflictError, match=f"process {holder.pid} on"):
        store.lease("target/run")
    holder.kill()
    holder.communicate()
    with store.lease("target/run") as lease:
        assert lease.token == 2


def test_a_token_that_is_not_the_newest_cannot_append(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    sleeper = store.lease("target/run")
    (tmp_path / "leases" / "target%2Frun.lock").unlink()  # as if the lock had been lost
    awake = LocalStore(tmp_path).lease("target/run")
    with pytest.raises(ConflictError, match=r"lease 1 .*newest: 2"):
        store.append("run", entry(1)[0], expected=None, lease=sleeper)
    assert store.read_journal("run") == b""
    with pytest.raises(ConflictError):  # a lease of another store is none of this one
        LocalStore(tmp_path / "other").append("run", entry(1)[0], expected=None, lease=awake)


@pytest.mark.parametrize("cut", [1, 10, -1])
def test_half_a_last_line_is_cut_before_the_next_entry(tmp_path: Path, cut: int) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    (one, head), (two, _) = entry(1), entry(2)
    store.append("run", one, expected=None, lease=lease)
    journal = tmp_path / "journals" / "run.jsonl"
    with journal.open("ab") as file:
        file.write(two[:cut])
    assert store.read_journal("run") == one + b"\n" + two[:cut]
    store.append("run", two, expected=head, lease=lease)
    assert journal.read_bytes() == one + b"\n" + two + b"\n"
    with journal.open("ab") as file:
        file.write(b"x" * 200_000)  # longer than what comes in its place
    three, tail = entry(3)[0], entry(2)[1]
    store.append("run", three, expected=tail, lease=lease)
    assert journal.read_bytes() == one + b"\n" + two + b"\n" + three + b"\n"
    journal.write_bytes(one[:cut])  # nothing but half a first line
    store.append("run", two, expected=None, lease=lease)
    assert journal.read_bytes() == two + b"\n"


def test_an_append_waits_for_another_one_and_then_judges_what_that_wrote(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    (one, head), (two, _), (three, _) = entry(1), entry(2), entry(3)
    store.append("run", one, expected=None, lease=lease)
    refused: list[ConflictError] = []

    def append() -> None:
        try:
            store.append("run", three, expected=head, lease=lease)
        except ConflictError as error:
            refused.append(error)

    with (tmp_path / "journals" / "run.jsonl").open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        late = threading.Thread(target=append)
        late.start()
        late.join(0.3)
        assert late.is_alive()
        file.write(two + b"\n")
    late.join(10)
    assert len(refused) == 1
    assert store.read_journal("run") == one + b"\n" + two + b"\n"


def test_long_lines_and_lines_that_are_none(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    lease = store.lease("target/run")
    long = canonical({"entry_hash": str(entry(1)[1]), "text": "x" * 200_000})
    store.append("run", long, expected=None, lease=lease)
    store.append("run", entry(2)[0], expected=entry(1)[1], lease=lease)
    for wrong in (b"{}", b"no json", entry(3)[0] + b"\n", b""):
        with pytest.raises((UntrustedError, MalformedError)):
            store.append("run", wrong, expected=entry(2)[1], lease=lease)
    assert store.read_journal("run") == long + b"\n" + entry(2)[0] + b"\n"
    with (tmp_path / "journals" / "run.jsonl").open("ab") as file:
        file.write(b"scribble\n")
    with pytest.raises(UntrustedError):
        store.append("run", entry(3)[0], expected=entry(2)[1], lease=lease)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("damage", [flip, empty, link, folder, pipe])
def test_a_changed_object_is_refused_and_never_mended(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    store = LocalStore(tmp_path / "store")
    data = b"evidence" * 100
    digest = store.put(data)
    damage(store.local_path(digest))
    with pytest.raises(UntrustedError):
        store.get(digest)
    with pytest.raises(UntrustedError):
        store.copy_to(digest, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    if damage is not flip:  # of the same size: found when it is read, as above
        with pytest.raises(UntrustedError):
            store.put(data)


def test_a_writer_killed_at_any_moment_leaves_no_half_object_and_no_litter(tmp_path: Path) -> None:
    script = """
start()
n = 0
while True:
    n += 1
    store.put_all([b"%d %d" % (n, k) * 3000 for k in range(8)])
    store.create(f"n/{os.getpid()}/{n}", b"x" * 5000)
"""
    chance = random.Random(2)  # noqa: S311 - when to kill is no secret
    littered = 0
    for _ in range(12):
        writer = spawn(script, tmp_path)
        assert writer.stdout is not None
        assert writer.stdin is not None
        writer.stdout.readline()
        writer.stdin.write("\n")
        writer.stdin.flush()
        time.sleep(chance.uniform(0.02, 0.08))
        writer.kill()
        writer.communicate()
        littered += any((tmp_path / "tmp").iterdir())
    assert littered
    store = LocalStore(tmp_path)
    objects = list((tmp_path / "objects").iterdir())
    assert objects
    assert all(Digest.of(path.read_bytes()).hex == path.name for path in objects)
    assert {store.read(name) for name in store.names("n/")} <= {b"x" * 5000}
    store.lease("sweep").release()
    assert not any((tmp_path / "tmp").iterdir())


def test_a_sweep_takes_nothing_from_a_writer_at_work(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    with store._writing():
        (tmp_path / "tmp" / "mine").write_bytes(b"half")
        LocalStore(tmp_path).lease("other").release()
        assert (tmp_path / "tmp" / "mine").exists()
    store.lease("other")
    assert not (tmp_path / "tmp" / "mine").exists()


def test_reading_makes_nothing_and_writing_keeps_git_away(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    assert store.names("") == []
    assert store.read("x") is None
    assert store.read_journal("run") == b""
    assert not store.has(Digest.of(b""))
    assert not store.fingerprints("run")
    assert not (tmp_path / "store").exists()
    digest = store.put(b"x")
    assert (tmp_path / "store" / ".gitignore").read_bytes() == b"*\n"
    assert store.local_path(digest).stat().st_mode & 0o777 == 0o444


def test_names_beyond_a_file_system_s_reach_and_broken_records_are_refused(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    with pytest.raises(WrongUsageError):
        store.create("a/" * 120 + "b", b"")
    store.lease("target/run").release()
    (tmp_path / "leases" / "target%2Frun.json").write_bytes(b"{}")
    with pytest.raises(UntrustedError):
        store.lease("target/run")
    (tmp_path / "leases" / "target%2Frun.json").write_bytes(b'{"token": 7}')
    assert store.lease("target/run").token == 8
