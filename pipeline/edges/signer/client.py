"""The side that asks the signer. Heavy imports wait: the signer itself reads this file too."""

from __future__ import annotations

import base64
import contextlib
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from pipeline.core.canonical import MalformedError
from pipeline.core.challenge import Answer, Challenge
from pipeline.edges.signer.protocol import Refusal, read_message, write_message
from pipeline.errors import EnvironmentFailedError, LadderError, StepFailedError, UntrustedError

if TYPE_CHECKING:
    import subprocess

TIMEOUT = 300.0
"""Seconds that one request may take, hashing included."""
_PACKAGE_ROOT = Path(__file__).parents[3]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); import pipeline; del sys.path[0]; "
    "from pipeline.edges.signer.server import main; main(sys.argv[2])"
)
"""Takes this very package, and everything else from the installation: a file of the checkout that
is named like a module of the library is not imported (`-I`, and no checkout on `sys.path`)."""
_ERRORS: dict[Refusal, tuple[type[LadderError], str]] = {
    Refusal.KEY: (UntrustedError, "mend or remove the key and run again"),
    Refusal.REQUEST: (StepFailedError, "report this: the pipeline asked for nonsense"),
    Refusal.CHALLENGE: (UntrustedError, "do not trust this installation; install it again"),
    Refusal.STATEMENT: (StepFailedError, "mend the step that left this statement"),
    Refusal.TYPE: (StepFailedError, "declare the type in the stage's `emits`, or do not leave it"),
    Refusal.FILE: (UntrustedError, "run again; if it stays, see who removes or replaces the file"),
    Refusal.SUBJECT: (UntrustedError, "run again; if it stays, see who changes files after a step"),
}


def _byte_code() -> list[str]:
    """Return the options that keep it from writing byte code, and have it read ours (`-I`)."""
    prefix = sys.pycache_prefix
    return ["-B", *(("-X", f"pycache_prefix={Path(prefix).absolute()}") if prefix else ())]


class SignerProcess:
    """A signer in a process and session of its own, with next to no environment.

    It starts with `warm()` or the first `sign()`, serves any number of requests, and ends with
    the `with` block or with this process, whichever comes first. Ctrl-C does not reach it.
    """

    def __init__(self, key_path: Path, *, timeout: float = TIMEOUT) -> None:
        """Name the private key's file; nothing is started yet."""
        self._key_path = key_path
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def at_work(self) -> object | None:
        """The process at work, or None: what one has proven, the next has not."""
        return self._process

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the signer."""
        self.close()

    def warm(self) -> None:
        """Start the process now and do not wait for it, so that it is ready when it is needed."""
        if self._process is not None:
            return
        import subprocess

        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    *_byte_code(),
                    "-c",
                    _START,
                    str(_PACKAGE_ROOT),
                    str(self._key_path.absolute()),
                ],
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise self._broken(f"the signer does not start: {error}") from error

    def sign(
        self,
        statements: Sequence[bytes],
        files: Mapping[str, Path],
        allowed_types: Collection[str],
    ) -> list[bytes]:
        """Return one bundle for each statement, in order; all are signed or none.

        `files` are what the signer hashes; only their digests may stand in the statements. Raises
        `StepFailedError` (no statement, or an undeclared type), `UntrustedError` (a digest that
        no file has, a file that is none, a key not to be used), `EnvironmentFailedError` (the
        process died, or took longer than its time).
        """
        if not statements:
            return []
        request = {
            "statements": [base64.b64encode(each).decode("ascii") for each in statements],
            "files": {name: str(path.absolute()) for name, path in files.items()},
            "allowed_types": sorted(allowed_types),
        }
        reply = self._ask(request)
        if "refused" in reply:
            raise self._refused(reply["refused"])
        bundles = [base64.b64decode(text, validate=True) for text in reply["bundles"]]
        if len(bundles) != len(statements):
            raise self._broken("the signer did not answer for every statement")
        return bundles

    def answer(self, challenge: Challenge) -> Answer:
        """Return what the signer says to a challenge; nothing of it is verified here.

        Raises as `sign` does.
        """
        text = base64.b64encode(challenge.to_bytes()).decode("ascii")
        reply = self._ask({"challenge": text})
        if "refused" in reply:
            raise self._refused(reply["refused"])
        try:
            said = reply["answer"]
            return Answer(
                payload=base64.b64decode(said["payload"], validate=True),
                signature=base64.b64decode(said["signature"], validate=True),
                hint=str(said["hint"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._broken(f"the signer gave no answer to a challenge: {error!r}") from error

    def close(self) -> None:
        """End the signer at once: it answers one request at a time and keeps nothing on disk."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.wait()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.warm()
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise self._broken("the signer has no pipes")
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._timeout, stop)
        timer.daemon = True
        timer.start()
        try:
            reply = self._exchange(process.stdin, process.stdout, request)
        except BaseException:
            self.close()  # half a conversation cannot be continued
            raise
        finally:
            timer.cancel()
        if reply is None:
            process.kill()
            said = self._last_words(process)
            self.close()
            text = f"did not answer within {self._timeout:g} s" if late.is_set() else f"died{said}"
            raise self._broken(f"the signer {text}")
        return reply

    def _exchange(
        self, requests: IO[bytes], replies: IO[bytes], request: dict[str, Any]
    ) -> dict[str, Any] | None:
        try:
            with contextlib.suppress(BrokenPipeError):  # it may have said why before it went
                write_message(requests, request)
            return read_message(replies)
        except MalformedError as error:
            raise self._broken(f"the signer and its client do not understand: {error}") from error

    @staticmethod
    def _last_words(process: subprocess.Popen[bytes]) -> str:
        lines = process.stderr.read(65536).decode("utf-8", "replace") if process.stderr else ""
        return f": {lines.strip().splitlines()[-1]}" if lines.strip() else ""

    def _refused(self, refused: dict[str, str]) -> LadderError:
        reason = Refusal(refused["reason"])
        kind, todo = _ERRORS[reason]
        where = str(self._key_path) if reason is Refusal.KEY else "the signer"
        return kind(f"not signed: {refused['text']}", where=where, todo=todo)

    def _broken(self, what: str) -> EnvironmentFailedError:
        return EnvironmentFailedError(
            what, where=str(self._key_path), todo="run the same command again"
        )
