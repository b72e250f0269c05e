"""An adoption, or its undoing, that is cut off at any call: all of it is there, or nothing.

What happened then is settled by whoever looks next; looking is `verify` here, and adopting again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def walked(kept: Path, folder: Path, how: str, what: str) -> list[dict[str, Any]]:
    """Disturb an adoption (or its undoing) at each of its calls; see `disturbing`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.adoption.disturbing", str(kept), str(folder), how, what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("what", ["adopt", "revert"])
@pytest.mark.parametrize("how", ["kill", "power", "interrupt", "full"])
def test_cut_off_at_any_call_it_is_done_or_not_done(
    kept: Path, memory: Path, how: str, what: str
) -> None:
    *seen, last = walked(kept, memory, how, what)
    assert [one for one in seen if one["problems"]] == []
    assert last["points"] == len(seen) > 10
    ends = {one["end"] for one in seen}
    assert "before" in ends
    if how != "full":  # with no room from then on, nothing comes to its end
        assert "after" in ends
