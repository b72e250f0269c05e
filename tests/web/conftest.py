"""The real service as a process of its own, on loopback, on a port that was free."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import pipeline.web

SECRET = "correct horse battery staple"
SOURCE = Path(pipeline.web.__file__).parents[2]


@dataclass(frozen=True)
class Service:
    """A running service: its process, its address, the files it was told to read."""

    process: subprocess.Popen[str]
    url: str
    posture: Path
    secret_file: Path

    def client(self) -> httpx.Client:
        """Open a client that follows nothing, trusts no environment and waits ten seconds."""
        return httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for what no well-behaved client would send."""
        url = httpx.URL(self.url)
        assert url.port is not None
        return url.host, url.port

    def stop(self) -> tuple[int, str]:
        """Ask it to end; gives exit code and stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


Start = Callable[..., Service]


def _environment(posture: Path | None, secret: Path | None) -> dict[str, str]:
    wanted = {"RELEASE_LADDER_POSTURE": posture, "RELEASE_LADDER_OPERATOR_SECRET_FILE": secret}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RELEASE_LADDER_")}
    named = {name: str(path) for name, path in wanted.items() if path is not None}
    return kept | {"PYTHONPATH": str(SOURCE)} | named


def _start(folder: Path, *options: str, posture: bool = True, secret: bool = True) -> Service:
    """Start a service over a folder of its own; waits until it says where it listens."""
    shown, hidden = folder / "posture.json", folder / "operator-secret"
    if posture:
        shown.write_bytes((Path(__file__).parents[1] / "page" / "posture.json").read_bytes())
    hidden.write_text(f"{SECRET}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.web", "--port", "0", *options],
        cwd=folder,
        env=_environment(shown, hidden if secret else None),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()  # ends at once when the process dies
    found = re.fullmatch(r"listening on (http://\S+)\n", line)
    if found is None:
        process.kill()
        pytest.fail(f"the service said {line!r}: {process.communicate()}")
    return Service(process=process, url=found[1], posture=shown, secret_file=hidden)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start services with options of the test's own; all are ended when it is over."""
    services: list[Service] = []

    def run(*options: str, posture: bool = True, secret: bool = True) -> Service:
        folder = tmp_path / f"service-{len(services)}"
        folder.mkdir()
        services.append(_start(folder, *options, posture=posture, secret=secret))
        return services[-1]

    yield run
    for service in services:
        service.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of a file that do not change what it reads."""
    running = _start(tmp_path_factory.mktemp("service"))
    yield running
    code, errors = running.stop()
    assert (code, errors) == (0, "")  # it logs nothing, and no request made it fail


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of that service."""
    with service.client() as opened:
        yield opened


@pytest.fixture
def secret() -> str:
    """The operator's secret."""
    return SECRET
