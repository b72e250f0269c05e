"""The operator's sessions: opened by a secret from a file, kept on this side, few and short.

1. Without a secret of MIN_SECRET bytes or more in the file no session is opened or stays open.
2. Secrets are compared in constant time, as digests, so that length tells nothing either.
3. A token is random (256 bits) and only its digest is kept.
4. A changed secret ends every session that the old one opened.
5. At most MAX_SESSIONS are open; one more ends the oldest. Each ends after LIFETIME seconds.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MIN_SECRET = 16
"""Shortest secret that is accepted, in bytes."""
MAX_SECRET = 4096
"""Longest secret that is read, in bytes."""
MAX_SESSIONS = 64
"""How many sessions may be open at once."""
LIFETIME = 900
"""How long a session lasts, in seconds."""


class NoOperatorError(Exception):
    """No usable secret is configured, so nobody can be the operator."""


class WrongSecretError(Exception):
    """The secret that was offered is not the operator's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """An open session: when it ends and which secret opened it."""

    ends: float
    opened_by: bytes


@dataclass(slots=True)
class Sessions:
    """The open sessions; `clock` counts seconds and never goes back."""

    secret_file: Path | None
    clock: Callable[[], float]
    _open: dict[bytes, _Session] = field(default_factory=dict, init=False)

    def unlock(self, offered: str) -> str:
        """Open a session and give its token; raises NoOperatorError, WrongSecretError."""
        right = self._secret()
        given = hashlib.sha256(offered.encode("utf-8", "surrogatepass")).digest()
        if not hmac.compare_digest(right, given):  # rule 2
            raise WrongSecretError
        self._drop_ended()
        while len(self._open) >= MAX_SESSIONS:  # rule 5; a dict keeps the order of opening
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(32)  # rule 3
        ends = self.clock() + LIFETIME
        self._open[_digest(token)] = _Session(ends=ends, opened_by=right)
        return token

    def valid(self, token: str | None) -> bool:
        """Say whether a token belongs to a session that is open now."""
        session = self._open.get(_digest(token)) if token else None
        if session is None or session.ends <= self.clock():
            return False
        try:
            return hmac.compare_digest(session.opened_by, self._secret())  # rule 4
        except NoOperatorError:
            return False  # rule 1

    def count(self) -> int:
        """Count the sessions that have not ended."""
        self._drop_ended()
        return len(self._open)

    def _drop_ended(self) -> None:
        now = self.clock()
        self._open = {token: one for token, one in self._open.items() if one.ends > now}

    def _secret(self) -> bytes:
        """Read the secret's digest anew each time: removing the file ends all (rule 1)."""
        if self.secret_file is None:
            raise NoOperatorError
        try:
            with self.secret_file.open("rb") as file:
                secret = file.read(MAX_SECRET + 1).rstrip(b"\r\n")
        except OSError as error:
            raise NoOperatorError from error
        if not MIN_SECRET <= len(secret) <= MAX_SECRET:
            raise NoOperatorError
        return hashlib.sha256(secret).digest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
