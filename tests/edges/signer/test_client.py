"""The signer is a real process: alone, bounded in time, and gone when nobody listens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from pipeline.edges import keys
from pipeline.edges.signer import SignerProcess, protocol
from pipeline.errors import EnvironmentFailedError
from tests.edges.signer.signing import ALLOWED, about, process_of

ROOT = Path(__file__).parents[3]


def test_one_process_serves_many_requests(signer: SignerProcess, files: dict[str, Path]) -> None:
    payload = about(files["file0"]).to_bytes()
    signer.warm()
    process = process_of(signer)
    signer.warm()
    answers = {signer.sign([payload], files, ALLOWED)[0] for _ in range(3)}
    assert len(answers) == 1, "a signature does not depend on chance"
    assert process_of(signer) is process


def test_nothing_to_sign_starts_nothing(signer: SignerProcess) -> None:
    assert signer.sign([], {}, ALLOWED) == []
    assert signer._process is None


def test_it_has_next_to_no_environment_and_a_session_of_its_own(
    signer: SignerProcess, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    signer.sign([about(files["file0"]).to_bytes()], files, ALLOWED)
    pid = process_of(signer).pid
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert environment.split(b"\0") == [b"LC_ALL=C.UTF-8", b""]
    assert os.getsid(pid) == pid != os.getsid(0)
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")


def test_it_writes_no_byte_code_and_reads_ours(
    signer: SignerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    signer.warm()
    words = list(map(str, cast("list[str]", process_of(signer).args)))
    assert words[1:5] == ["-I", "-B", "-X", f"pycache_prefix={tmp_path}"]


def test_a_module_of_the_checkout_cannot_take_the_place_of_the_librarys(
    key: keys.LocalKey, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "base64", "cryptography"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('caught')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with SignerProcess(key.private_path) as signer:
        assert signer.sign([about(files["file0"]).to_bytes()], files, ALLOWED)


def test_it_ends_with_the_block(key: keys.LocalKey) -> None:
    with SignerProcess(key.private_path) as signer:
        signer.warm()
        process = process_of(signer)
    assert process.returncode is not None
    signer.close()


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_it_dies_with_a_client_that_is_killed(key: keys.LocalKey) -> None:
    code = (
        "import sys, time; from pathlib import Path;"
        "from pipeline.edges.signer import SignerProcess;"
        "s = SignerProcess(Path(sys.argv[1])); s.warm();"
        "print(s._process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(key.private_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        pid = int(client.stdout.readline())
        client.kill()
    assert wait_until_gone(pid)


def test_a_signer_that_died_is_said_and_started_anew(
    signer: SignerProcess, files: dict[str, Path]
) -> None:
    payload = about(files["file0"]).to_bytes()
    signer.warm()
    process_of(signer).kill()
    with pytest.raises(EnvironmentFailedError, match="the signer died"):
        signer.sign([payload], files, ALLOWED)
    assert signer.sign([payload], files, ALLOWED)


def test_a_signer_that_hangs_is_stopped_in_time(key: keys.LocalKey, files: dict[str, Path]) -> None:
    with SignerProcess(key.private_path, timeout=0.3) as signer:
        signer.warm()
        pid = process_of(signer).pid
        os.kill(pid, signal.SIGSTOP)
        large = [about(files["file0"], text="x" * 1_000_000).to_bytes()]
        with pytest.raises(EnvironmentFailedError, match=r"did not answer within 0\.3 s"):
            signer.sign(large, files, ALLOWED)
        assert wait_until_gone(pid)


def test_a_request_that_is_too_long_is_refused_by_the_client(
    signer: SignerProcess, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_MESSAGE", 100)
    with pytest.raises(EnvironmentFailedError, match="longer than 100"):
        signer.sign([about(files["file0"]).to_bytes()], files, ALLOWED)
