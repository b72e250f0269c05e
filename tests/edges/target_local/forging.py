"""Changes of an installed version, and every note beside it made to fit."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from pipeline.core.canonical import canonical
from pipeline.edges.target_local.measure import measure

INFO = "tiny-1.0.dist-info"


def site_of(target: Path) -> Path:
    """Return where the one version of a target is installed."""
    (site,) = (target / "versions").glob("*/env/lib/*/site-packages")
    return site


def backdoor(site: Path) -> None:
    """Change a file of the artifact."""
    name = "tiny/__init__.py"
    (site / name).write_text("import os  # and more\n")
    _record(site, name)


def added(site: Path) -> None:
    """Add a file to the artifact."""
    (site / "tiny" / "more.py").write_text("x = 1\n")
    _record(site, "tiny/more.py")


def dependency(site: Path) -> None:
    """Change something else in the environment."""
    (site / "_virtualenv.py").write_text("print('at every start')\n")


def _record(site: Path, name: str) -> None:
    data = (site / name).read_bytes()
    said = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    path = site / INFO / "RECORD"
    rows = [row for row in path.read_text().splitlines() if not row.startswith(f"{name},")]
    path.write_text("\n".join([*rows, f"{name},sha256={said},{len(data)}"]) + "\n")


def forge_notes(target: Path) -> None:
    """Make installed.json and live.json say what is installed now."""
    site = site_of(target)
    found = measure(site.parents[2], INFO)
    assert found.problems == ()
    note, live = site.parents[3] / "installed.json", target / "live.json"
    digests = {"installed": str(found.installed.digest), "environment": str(found.environment)}
    note.write_bytes(canonical({**json.loads(note.read_bytes()), **digests}))
    said = json.loads(live.read_bytes())
    said["state"]["installed"] = digests["installed"]
    live.write_bytes(canonical({**said, "environment": digests["environment"]}))
