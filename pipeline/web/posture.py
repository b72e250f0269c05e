"""The posture document on disk, read again when it changed; never shown when it cannot be read."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.canonical import MAX_DOCUMENT
from pipeline.page import MalformedPostureError, Posture, assurance_html, read_posture
from pipeline.page.document import UNROOTED
from pipeline.web.settings import POSTURE_VARIABLE


class PostureUnavailableError(Exception):
    """No posture can be shown; the text says why and is fit for the public (no paths)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A posture that was checked: its bytes as they are on disk, its model, its page."""

    data: bytes
    posture: Posture
    page: str


@dataclass(slots=True)
class PostureSource:
    """Reads one file; keeps the checked result, or the refusal, until the file changes."""

    path: Path | None
    _seen: tuple[int, ...] | None = field(default=None, init=False)
    _kept: Shown | PostureUnavailableError | None = field(default=None, init=False)

    def current(self) -> Shown:
        """Give the posture as it is now; raises PostureUnavailableError."""
        if self.path is None:
            raise PostureUnavailableError(f"no posture is configured ({POSTURE_VARIABLE})")
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe would keep us waiting for ever
                raise PostureUnavailableError("the posture document is no regular file")
            seen = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            if self._kept is None or seen != self._seen:
                self._kept = self._read(self.path)
                self._seen = seen
        except OSError as error:
            self._kept = None
            reason = f"the posture document cannot be read ({type(error).__name__})"
            raise PostureUnavailableError(reason) from error
        if isinstance(self._kept, PostureUnavailableError):
            raise PostureUnavailableError(str(self._kept)) from self._kept
        return self._kept

    @staticmethod
    def _read(path: Path) -> Shown | PostureUnavailableError:
        """Read and render once; a malformed document is remembered as such."""
        with path.open("rb") as file:
            data = file.read(MAX_DOCUMENT + 1)
        try:
            posture = read_posture(data)
        except MalformedPostureError as error:
            beyond = any(problem.endswith(UNROOTED) for problem in error.problems)
            why = f": it makes a claim {UNROOTED}" if beyond else ""
            unavailable = PostureUnavailableError(f"the posture document is malformed{why}")
            unavailable.__cause__ = error
            return unavailable
        return Shown(data=data, posture=posture, page=assurance_html(posture))
