"""The files of a local target: what is live, receipts, the newest token, versions, locks.

TARGET/
    id                  names this target in the markers of its processes
    lock, token.lock    flock: a killed holder frees them
    token.json          the newest token that was seen
    live.json           what is live; replacing it is the switch
    receipts/KEY.json   effects that were applied
    versions/HEX16/     one installed artifact each; installed.json is written last
    operator-secret     0600      posture.json      logs/
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.core.canonical import MalformedError, canonical, load_json
from pipeline.core.model import Model
from pipeline.core.predicates.deployment import LiveState
from pipeline.core.predicates.fields import DigestText, Text
from pipeline.edges.driver import EMPTY, Receipt
from pipeline.edges.files import disk_errors, make_folder, write_atomically
from pipeline.edges.process_identity import ProcessId
from pipeline.errors import ConflictError, UntrustedError

WAIT = 60.0
"""Seconds to wait for a rollout that is under way before giving up."""
_M = TypeVar("_M", bound=Model)


class Process(Model):
    """A service process as it can be recognised later."""

    boot: Text
    pid: int
    started: Text
    marker: Text
    url: Text

    @property
    def id(self) -> ProcessId:
        """The process itself."""
        return ProcessId(boot=self.boot, pid=self.pid, started=self.started)


class Live(Model):
    """`live.json`: what is live, how it came there, and the process that serves it.

    `key` is that of the effect that made the switch (`None` after a restore); `history` names the
    artifacts that were live before, newest first.
    """

    state: LiveState = EMPTY
    name: Text | None = None
    environment: DigestText | None = None
    process: Process | None = None
    key: DigestText | None = None
    token: int = 0
    before: LiveState = EMPTY
    history: tuple[DigestText, ...] = ()


class Token(Model):
    """`token.json`: the newest token that was seen."""

    token: int = 0


class Installed(Model):
    """`installed.json`: a version that is whole."""

    name: Text
    artifact: DigestText
    version: Text
    info: Text
    installed: DigestText
    environment: DigestText


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of one target and how its files are read and written."""

    folder: Path

    def prepare(self) -> None:
        """Make what every verb needs."""
        with disk_errors(self.folder):
            for name in ("receipts", "versions", "logs"):
                make_folder(self.folder / name)
            if not (self.folder / "id").exists():
                write_atomically(self.folder / "id", secrets.token_hex(16).encode())

    @property
    def marker(self) -> str:
        """What the markers of all processes of this target begin with."""
        return (self.folder / "id").read_text(encoding="ascii").strip() + ":"

    def version(self, digest: str) -> Path:
        """Return the folder of an artifact's version, named by 16 hex digits of its digest."""
        return self.folder / "versions" / digest.removeprefix("sha256:")[:16]

    def live(self) -> Live:
        """Return what is live."""
        return self._read(self.folder / "live.json", Live) or Live()

    def write_live(self, live: Live, *, token: int) -> None:
        """Switch: from now on this is live. `ConflictError` for a token that was overtaken."""
        with self._locked("token.lock"):
            self._refuse_older(token)
            self._write(self.folder / "live.json", live)

    def fence(self, token: int) -> None:
        """Refuse older tokens from now on; `ConflictError` if this one is older itself."""
        with self._locked("token.lock"):
            newest = self._refuse_older(token)
            if token > newest:
                self._write(self.folder / "token.json", Token(token=token))

    def newest_token(self) -> int:
        """Return the newest token that was seen."""
        return (self._read(self.folder / "token.json", Token) or Token()).token

    def receipt(self, key: str) -> Receipt | None:
        """Return what the effect with a key left, if it was applied."""
        return self._read(self._receipt(key), Receipt)

    def write_receipt(self, receipt: Receipt) -> None:
        """Keep what an effect left."""
        self._write(self._receipt(receipt.key), receipt)

    def installed(self, folder: Path) -> Installed | None:
        """Return what a version's folder holds; `None` if it is not whole."""
        return self._read(folder / "installed.json", Installed)

    def write_installed(self, folder: Path, installed: Installed) -> None:
        """Declare a version whole."""
        self._write(folder / "installed.json", installed)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the target alone; `ConflictError` when another holds it for too long."""
        with self._locked("lock"):
            yield

    def _receipt(self, key: str) -> Path:
        return self.folder / "receipts" / f"{key.removeprefix('sha256:')}.json"

    def _refuse_older(self, token: int) -> int:
        newest = self.newest_token()
        if token < newest:
            raise ConflictError(
                f"a newer promotion has taken over this target (token {newest}, this one {token})",
                where=str(self.folder),
                todo="see what it did with `invoke status`; run `invoke promote` again if need be",
            )
        return newest

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        path = self.folder / name
        with disk_errors(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            until = time.monotonic() + WAIT
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > until:
                        raise ConflictError(
                            "another rollout to this target is under way",
                            where=str(path),
                            todo="wait until it is done, then run the same command again",
                        ) from error
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)

    def _write(self, path: Path, value: Model) -> None:
        write_atomically(path, canonical(value.to_dict()))

    def _read(self, path: Path, model: type[_M]) -> _M | None:
        try:
            return model.from_json(load_json(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (MalformedError, OSError) as error:
            raise UntrustedError(
                f"the target's state cannot be read: {error}",
                where=str(path),
                todo="restore the file from a copy, or remove the target's folder and deploy again",
            ) from error
