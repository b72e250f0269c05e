"""The local key: made once, kept close."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.core.trust import TrustConfig
from pipeline.edges import keys
from pipeline.edges.private_key import read_private
from pipeline.errors import EnvironmentFailedError, UntrustedError
from pipeline.proof.keys import Algorithm
from tests.proof import making

NOW = making.NOW
ROOT = Path(__file__).parents[2]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "project" / ".release-ladder"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_first_run_makes_a_key_that_nobody_else_can_read(
    state: Path, algorithm: Algorithm
) -> None:
    key = keys.local_key(state, algorithm.value, now=NOW)
    folder = state / "keys"
    assert (mode(folder), mode(key.private_path)) == (0o700, 0o600)
    assert (key.created_at, key.valid_until) == (NOW, "2027-06-01T12:00:00Z")
    assert read_private(key.private_path).public == key.public
    assert (folder / f"{algorithm.value}.pub.pem").read_bytes() == key.public.pem
    names = {f"{algorithm.value}.{end}" for end in ("key.pem", "pub.pem", "json")}
    assert {path.name for path in folder.iterdir()} == names
    assert keys.public_keys(state) == (key,)


def test_a_wide_umask_opens_nothing(state: Path) -> None:
    before = os.umask(0)
    try:
        key = keys.local_key(state, "ed25519", now=NOW)
    finally:
        os.umask(before)
    assert (mode(key.private_path.parent), mode(key.private_path)) == (0o700, 0o600)


def test_later_runs_find_the_same_key(state: Path) -> None:
    first = keys.local_key(state, "ecdsa-p256", now=NOW)
    assert keys.local_key(state, "ecdsa-p256", now="2027-06-01T11:59:59Z") == first
    with pytest.raises(UntrustedError, match="was valid until"):
        keys.local_key(state, "ecdsa-p256", now=first.valid_until)


def test_processes_that_come_at_once_get_one_key(state: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.edges import keys;"
        "print(keys.local_key(Path(sys.argv[1]), 'ecdsa-p256', now=sys.argv[2]).public.key_id)"
    )
    command = [sys.executable, "-c", code, str(state), NOW]

    def run(_: int) -> str:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    with ThreadPoolExecutor(6) as pool:
        told = set(pool.map(run, range(6)))
    assert told == {f"{keys.local_key(state, 'ecdsa-p256', now=NOW).public.key_id}\n"}
    assert len(list((state / "keys").iterdir())) == 3


def test_a_key_that_another_process_is_making_is_waited_for(state: Path) -> None:
    (state / "keys").mkdir(parents=True, mode=0o700)
    handle = os.open(state / "keys", os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keys.local_key, state, "ed25519", now=NOW)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        os.close(handle)
        assert keys.public_keys(state) in {(), (waiting.result(timeout=20),)}


@pytest.mark.parametrize("missing", [("json",), ("pub.pem", "json")])
def test_a_run_that_was_killed_half_way_is_continued(state: Path, missing: tuple[str, ...]) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    for end in missing:
        (state / "keys" / f"ed25519.{end}").unlink()
    (state / "keys" / ".ed25519.json.new").write_bytes(b"half")
    assert keys.public_keys(state) == ()
    assert keys.local_key(state, "ed25519", now=NOW) == key
    assert not (state / "keys" / ".ed25519.json.new").exists()


def test_a_half_written_private_key_of_a_dead_run_is_not_believed(state: Path) -> None:
    (state / "keys").mkdir(parents=True, mode=0o700)
    (state / "keys" / ".ed25519.key.pem.new").write_bytes(b"-----BEGIN PRIV")
    key = keys.local_key(state, "ed25519", now=NOW)
    assert read_private(key.private_path).public == key.public
    assert len(list((state / "keys").iterdir())) == 3


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o610, 0o666])
def test_a_private_key_with_loose_permissions_is_refused(state: Path, loose: int) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    key.private_path.chmod(loose)
    with pytest.raises(UntrustedError, match=f"mode {loose:04o}") as refused:
        keys.local_key(state, "ed25519", now=NOW)
    assert f"chmod 600 {key.private_path}" in refused.value.todo


def test_a_folder_that_others_may_enter_is_refused_as_a_clone_would_have_it(state: Path) -> None:
    keys.local_key(state, "ed25519", now=NOW)
    (state / "keys").chmod(0o755)
    for look in (
        lambda: keys.local_key(state, "ed25519", now=NOW),
        lambda: keys.public_keys(state),
        lambda: keys.trusted_keys(state, TrustConfig()),
    ):
        with pytest.raises(UntrustedError, match="mode 0755"):
            look()


def test_links_are_refused(state: Path, tmp_path: Path) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    elsewhere = tmp_path / "elsewhere.pem"
    key.private_path.rename(elsewhere)
    key.private_path.symlink_to(elsewhere)
    with pytest.raises(UntrustedError, match="symbolic link"):
        keys.local_key(state, "ed25519", now=NOW)
    elsewhere.unlink()
    with pytest.raises(UntrustedError, match="symbolic link"):
        keys.local_key(state, "ed25519", now=NOW)
    (state / "keys").rename(tmp_path / "keys")
    (state / "keys").symlink_to(tmp_path / "keys")
    for look in (
        lambda: keys.local_key(state, "ed25519", now=NOW),
        lambda: keys.public_keys(state),
    ):
        with pytest.raises(UntrustedError, match="link or no folder"):
            look()


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 10_000])
def test_a_private_key_that_is_none_is_refused(state: Path, content: bytes) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    key.private_path.write_bytes(content)
    with pytest.raises(UntrustedError, match="private key cannot be read"):
        keys.local_key(state, "ed25519", now=NOW)


def test_a_pipe_in_place_of_a_private_key_is_refused_at_once(state: Path) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    key.private_path.unlink()
    os.mkfifo(key.private_path, 0o600)
    with pytest.raises(UntrustedError, match="no regular file"):
        keys.local_key(state, "ed25519", now=NOW)


def test_another_private_key_put_in_place_is_refused(state: Path) -> None:
    key = keys.local_key(state, "ed25519", now=NOW)
    other = making.private_pem(making.ED25519._key)
    key.private_path.write_bytes(other)
    with pytest.raises(UntrustedError, match="not that of the private key"):
        keys.local_key(state, "ed25519", now=NOW)


def test_a_changed_record_is_refused(state: Path) -> None:
    keys.local_key(state, "ed25519", now=NOW)
    record = state / "keys" / "ed25519.json"
    good = record.read_bytes()
    for bad in (
        b"{}",
        b"[]",
        b"not json",
        good + b"\n",
        good.replace(b'"ed25519"', b'"ecdsa-p256"'),
        good.replace(b'"key_id":"sha256:', b'"key_id":"sha256:0')[:-1],
        good.replace(b"2027", b"year"),
        good.replace(b'"public_key":"', b'"public_key":"x'),
        good.replace(b'{"algorithm"', b'{"a":1,"algorithm"'),
    ):
        assert bad != good
        record.write_bytes(bad)
        with pytest.raises(UntrustedError):
            keys.public_keys(state)


def test_a_disk_that_refuses_is_no_distrust(state: Path) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("a file where a folder should be")
    with pytest.raises(EnvironmentFailedError):
        keys.local_key(state, "ed25519", now=NOW)
