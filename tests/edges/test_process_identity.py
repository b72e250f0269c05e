"""Processes are recognised by more than their number, and foreign ones are never touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.edges import process_identity
from pipeline.edges.process_identity import MARKER

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEP


@pytest.fixture
def sleeper(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    source, marker = getattr(request, "param", (SLEEP, "test:one"))
    with subprocess.Popen(
        [sys.executable, "-c", source],
        env={**os.environ, MARKER: marker},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def test_a_process_is_itself_and_nobody_else(sleeper: subprocess.Popen[bytes]) -> None:
    found = process_identity.identify(sleeper.pid)
    assert found is not None
    assert process_identity.alive(found)
    assert not process_identity.alive(replace(found, started="1"))
    assert not process_identity.alive(replace(found, boot="another"))
    sleeper.kill()
    assert process_identity.wait_gone(found, seconds=5)
    assert process_identity.identify(sleeper.pid) is None  # a zombie is nobody
    sleeper.wait()
    assert process_identity.identify(sleeper.pid) is None


def test_stopping_who_has_our_number_but_is_another_does_nothing(
    sleeper: subprocess.Popen[bytes],
) -> None:
    found = process_identity.identify(sleeper.pid)
    assert found is not None
    process_identity.stop(replace(found, started="1"), grace=0.1)
    process_identity.stop(replace(found, boot="another"), grace=0.1)
    assert sleeper.poll() is None
    process_identity.stop(found, grace=5)
    assert sleeper.wait(timeout=5) == -15
    process_identity.stop(found, grace=5)


@pytest.mark.parametrize("sleeper", [(STUBBORN, "test:stubborn")], indirect=True)
def test_one_that_does_not_listen_is_killed(sleeper: subprocess.Popen[bytes]) -> None:
    found = process_identity.identify(sleeper.pid)
    assert found is not None
    process_identity.stop(found, grace=0.1)
    assert sleeper.wait(timeout=5) == -9


def test_marked_processes_are_found_and_one_of_them_may_be_kept(
    sleeper: subprocess.Popen[bytes],
) -> None:
    assert process_identity.stop_marked("test:other") == 0
    assert process_identity.stop_marked("test:", keep="test:one") == 0
    assert sleeper.poll() is None
    assert [marker for _, marker in process_identity.marked("test:o")] == ["test:one"]
    assert process_identity.stop_marked("test:o") == 1
    assert sleeper.wait(timeout=5) == -15


def test_a_port_that_somebody_else_holds_is_not_ours(sleeper: subprocess.Popen[bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert sleeper.poll() is None
        assert not process_identity.listens("test:", port)


LISTENING = (
    "import socket, time; s = socket.create_server(('127.0.0.1', 0));"
    "print('up', flush=True); print(s.getsockname()[1], flush=True); time.sleep(60)"
)


@pytest.mark.parametrize("sleeper", [(LISTENING, "test:listens")], indirect=True)
def test_a_port_that_a_marked_process_holds_is_ours(sleeper: subprocess.Popen[bytes]) -> None:
    assert sleeper.stdout is not None
    port = int(sleeper.stdout.readline())
    assert process_identity.listens("test:listens", port)
    assert not process_identity.listens("test:another", port)
