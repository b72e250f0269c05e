"""Calls tasks as Invoke's own program does, in this process: exit code, stdout, stderr."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from invoke.program import Program

from pipeline.tasks import ns
from tests import policies
from tests.edges.projects import ENVELOPE, FILES

if TYPE_CHECKING:
    from pathlib import Path

APPROVING = {
    "ladders__kettle": FILES["ladders/kettle"].replace(
        "  - id: pour\n",
        f"""\
  - id: bless
    alias: ok
    phase: pre-deploy
    steps: [{{task: tea.pour}}]
    envelope: {ENVELOPE}
    approval: true
    manual: true
  - id: pour
""",
    ),
    "policies__promotion": policies.family(
        "promotion", policies.promotion(manual_stages=["bless"])
    ),
    "policies__approval_authority": policies.family(
        "approval_authority", policies.authority(**policies.NAMED, expires="1d")
    ),
}
"""Changes to the tea project by which pouring needs a named approver."""


@dataclass(frozen=True, kw_only=True)
class Called:
    """What a call ended with and said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        told: dict[str, Any] = json.loads(self.out)
        assert self.out.startswith("{")
        assert self.out.endswith("}\n")
        return told

    def three_lines(self) -> tuple[str, str, str]:
        """Return what, where and what to do; stderr holds nothing else, stdout nothing at all."""
        lines = self.err.splitlines()
        assert [line.partition(": ")[0] for line in lines] == ["error", "where", "to do"], self
        assert self.out == "", self
        what, where, todo = (line.partition(": ")[2] for line in lines)
        assert what, self
        assert where, self
        assert todo, self
        return what, where, todo


def call(root: Path, *words: str) -> Called:
    """Call a task in a folder through Invoke's program over the shipped collection."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.chdir(root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            Program(name="invoke", namespace=ns).run(["invoke", *words], exit=True)
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
    return Called(code=code, out=out.getvalue(), err=err.getvalue())


def photograph(root: Path) -> dict[str, str]:
    """Return a digest of every file of a project, but for git's bookkeeping and lease numbers."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", "__pycache__", "leases"} & set(path.parts)
    }
