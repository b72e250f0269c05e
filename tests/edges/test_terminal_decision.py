"""Plans, reasons and outcomes as a person reads them; every word stands in the expected text."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.edges.terminal import Terminal

POSTURE = Path(__file__).parents[1] / "page" / "posture.json"
HELD: dict[str, Any] = {
    "verdict": "HOLD",
    "stage": "production_approved",
    "findings": [
        {"id": "tree", "weight": "passes", "what": "clean", "evidence": ["HEAD"], "command": ""},
        {
            "id": "checks.not_run",
            "weight": "notes",
            "what": "advisories were not looked at",
            "evidence": [],
            "command": "invoke promote --stage verify",
        },
        {"id": "window", "weight": "holds", "what": "frozen\x1b[2J", "evidence": [], "command": ""},
        {
            "id": "approval.missing",
            "weight": "holds",
            "what": "nobody approved",
            "evidence": ["one", "two", "three", "four"],
            "command": "invoke approve --stage approve",
        },
    ],
}
PLANNED: dict[str, Any] = {
    "ladder": "staging",
    "release": "1.2",
    "commit": "84a516841ba77a5b4648de2cd0dfcb30ea46dbb4",
    "stages": [
        {
            "id": "production_approved",
            "alias": "approve",
            "manual": True,
            "effect": "none",
            "steps": ["approve.record"],
        },
        {
            "id": "production_deployed",
            "alias": "deploy",
            "manual": True,
            "effect": "live",
            "steps": ["deploy.apply", "deploy.look"],
        },
    ],
    "decision": HELD,
    "failed": "",
    "abandoned": "",
}
FINDINGS = """\
= production_approved is held

Against it:
  = window
    frozen
    clear it: no command does
  = approval.missing
    nobody approved
    looked at one
    looked at two
    looked at three
    looked at four
    clear it: invoke approve --stage approve

Noted; it would hold a stricter target:
  > checks.not_run
    advisories were not looked at
    clear it: invoke promote --stage verify

For it:
  + tree
    clean
    looked at HEAD
"""


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(out: io.StringIO) -> Terminal:
    return Terminal.for_streams(out, io.StringIO(), json=False)


@pytest.fixture
def status() -> dict[str, Any]:
    """The proven target, as `status` tells it: with its folders and what production asks."""
    found: dict[str, dict[str, Any]] = {
        one["target"]: one for one in json.loads(POSTURE.read_bytes())["targets"]
    }
    folders = ["artifacts/evidence/pre-deploy", "artifacts/evidence/post-deploy"]
    held = found["production"]
    held["blockers"].append({"id": "anchor", "what": "none", "evidence": [], "command": ""})
    return found["staging"] | {"folders": folders, "holds": [held], "abandoned": None}


def test_why_tells_what_holds_first_and_all_evidence(out: io.StringIO, terminal: Terminal) -> None:
    terminal.why({"ladder": "production", "release": "1.2", "alias": "approve", **HELD})
    assert out.getvalue() == "release 1.2 on ladder production\n" + FINDINGS


def test_a_stage_that_may_go_on_is_said_to(out: io.StringIO, terminal: Terminal) -> None:
    open_one = HELD | {"verdict": "PROCEED", "findings": HELD["findings"][:1]}
    terminal.why({"ladder": "staging", "release": "1.2", "alias": "approve", **open_one})
    assert "+ production_approved may go on\n" in out.getvalue()
    assert "Against" not in out.getvalue()


def test_a_plan_tells_what_would_run_and_the_first_decision(
    out: io.StringIO, terminal: Terminal
) -> None:
    terminal.plan(PLANNED)
    assert out.getvalue() == (
        "Release 1.2 on ladder staging, commit 84a516841ba7\n"
        "\n"
        "It would run:\n"
        "  production_approved (approve): approve.record; manual\n"
        "  production_deployed (deploy): deploy.apply, deploy.look; manual; effect live\n"
        "\n" + FINDINGS
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"abandoned": "it was wrong"}, "  given up: it was wrong"),
        ({"failed": "canary"}, "  canary failed, and a failure stays with its artifacts"),
        ({"stages": [], "decision": None}, "  nothing is to do: every stage asked for is proven"),
    ],
)
def test_a_plan_of_nothing_says_why(
    out: io.StringIO, terminal: Terminal, change: dict[str, Any], words: str
) -> None:
    terminal.plan(PLANNED | change)
    assert out.getvalue().splitlines()[1:] == [words]


def test_a_promotion_says_what_it_proved_where_it_lies_and_what_holds_production(
    out: io.StringIO, terminal: Terminal, status: dict[str, Any]
) -> None:
    terminal.promoted(status, ["build_complete", "artifact_verified"])
    lines = out.getvalue().splitlines()
    assert lines[0] == "Proven just now: build_complete, artifact_verified"
    assert lines[2] == "Release 1.2 on staging: proven"
    start = lines.index("Evidence:")
    assert lines[start + 1 : start + 3] == [
        "  artifacts/evidence/pre-deploy/",
        "  artifacts/evidence/post-deploy/",
    ]
    besides = lines.index("What production asks besides: held by 3")
    assert lines[besides + 1] == "  trust.rooted_required, verify.advisories_not_run, anchor"
    assert "  see all of it: invoke status --ladder production" in lines
    kept = "invoke adopt --from artifacts/evidence"
    assert lines[-1] == f"Next: nothing, every stage is proven; to check it in: {kept}"


def test_a_promotion_that_had_nothing_to_do_says_so(
    out: io.StringIO, terminal: Terminal, status: dict[str, Any]
) -> None:
    nothing = "Nothing to do: every stage asked for is proven already.\n"
    terminal.promoted(status, [], ["1 uncommitted change (a\x1b[2J) is not in this release"])
    assert out.getvalue().startswith(f"{nothing}1 uncommitted change (a")
    assert "\x1b" not in out.getvalue()
    assert " is not in this release\n\nRelease 1.2" in out.getvalue()
    out.truncate(0)
    out.seek(0)
    terminal.promoted(status, [])
    assert out.getvalue().startswith(f"{nothing}\nRelease 1.2")


def test_a_release_that_was_given_up_asks_for_a_new_version(
    out: io.StringIO, terminal: Terminal, status: dict[str, Any]
) -> None:
    terminal.ladder(status | {"abandoned": "the wheel was broken"})
    lines = out.getvalue().splitlines()
    assert lines[1] == "  given up: the wheel was broken"
    assert lines[-1] == "Next: a new version; this release was given up"


def test_a_blocker_without_a_command_says_so_and_the_next_one_leads(
    out: io.StringIO, terminal: Terminal, status: dict[str, Any]
) -> None:
    held = status["holds"][0]
    held["blockers"].reverse()
    terminal.ladder(held)
    lines = out.getvalue().splitlines()
    assert "    clear it: no command does" in lines
    assert lines[-1] == "Next: invoke promote --ladder production --stage verify"
