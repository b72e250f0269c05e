"""What is remembered of adopted releases: for these bytes, this trust and this code, or nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.adopted import Entered, Fact
from pipeline.core.release import OriginClass
from pipeline.edges import sealed_file
from pipeline.operations import memory as module
from pipeline.operations.adopted_object import Looked
from pipeline.operations.memory import Memory
from tests.house import rings

ENTRY = Entered("adoption-1", "S", "sha256:run", "pot", "1.0", "sha256:objects", 1, 3)
FACT = Fact(
    record_id="S__pre-deploy__tracking",
    family="tracking",
    origin=OriginClass.LIVE,
    principal="ada",
    key_id="sha256:key",
    set="S",
    run="sha256:run",
    version="1.0",
    target="pot",
    channel="home",
    phase="pre-deploy",
    provenance=True,
    approved=False,
)
LOOKED = [
    Looked("keys/a.pem", "sha256:a", None, key=True),
    Looked("pre-deploy/x", "sha256:b", FACT),
    Looked("review.json", "sha256:c", None),
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder of local state with one release and its ledger remembered."""
    memory = Memory.open(tmp_path)
    memory.learn_entries("sha256:ledger", [ENTRY])
    memory.learn(ENTRY, "sha256:trust", LOOKED)
    memory.save()
    return tmp_path


def test_what_was_learnt_is_known_in_the_next_process(state: Path) -> None:
    memory = Memory.open(state)
    assert memory.entries("sha256:ledger") == [ENTRY]
    assert memory.objects(ENTRY) == ("sha256:trust", LOOKED)
    assert memory.entries("sha256:other") is None
    assert memory.objects(ENTRY._replace(objects="sha256:other")) is None


@pytest.mark.parametrize(
    "changed", [{"target": "pan"}, {"version": "2.0"}, {"run": "x"}, {"set": "T"}, {"first": 2}]
)
def test_the_same_objects_under_another_entry_are_not_known(
    state: Path, changed: dict[str, Any]
) -> None:
    assert Memory.open(state).objects(ENTRY._replace(**changed)) is None


def test_fresh_knows_nothing_and_still_remembers(state: Path) -> None:
    memory = Memory.open(state, fresh=True)
    assert memory.entries("sha256:ledger") is None
    assert memory.objects(ENTRY) is None
    memory.learn(ENTRY, "sha256:new", LOOKED)
    memory.save()
    assert Memory.open(state).objects(ENTRY) == ("sha256:new", LOOKED)


def test_it_holds_no_more_than_the_last_count_was_made_of(state: Path) -> None:
    other = ENTRY._replace(objects="sha256:other")
    memory = Memory.open(state)
    memory.learn(other, "sha256:trust", LOOKED)
    memory.save()
    again = Memory.open(state)
    assert again.objects(ENTRY) is None
    assert again.objects(other) is not None


def test_what_was_forgotten_is_gone(state: Path) -> None:
    memory = Memory.open(state)
    memory.objects(ENTRY)
    memory.forget(ENTRY)
    memory.save()
    assert Memory.open(state).objects(ENTRY) is None


def test_nothing_new_writes_nothing(state: Path) -> None:
    path = state / "memory" / "adopted"
    before = path.stat().st_ino
    memory = Memory.open(state)
    memory.entries("sha256:ledger")
    memory.objects(ENTRY)
    memory.save()
    assert path.stat().st_ino == before


def test_another_format_or_other_code_knows_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "FORMAT", 2)
        assert Memory.open(state).objects(ENTRY) is None
    with monkeypatch.context() as patch:
        patch.setattr(module, "_CODE", state)
        assert Memory.open(state).objects(ENTRY) is None
    assert Memory.open(state).objects(ENTRY) is not None


def test_a_file_that_somebody_wrote_who_has_not_the_secret_is_not_read(state: Path) -> None:
    path = state / "memory" / "adopted"
    data = path.read_bytes()
    path.write_bytes(data.replace(b"live_workflow_backed", b"live_workflow_backeD"))
    assert Memory.open(state).objects(ENTRY) is None
    path.write_bytes(data)
    assert Memory.open(state).objects(ENTRY) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"[" * 100_000,
        b'{"ledger":{}}',
        b'{"ledger":[1],"sets":7}',
        b"\xff\xfe",
        b'{"ledger":{"sha256:ledger":7},"sets":{"sha256:objects":7}}',
        b'{"ledger":{"sha256:ledger":[[1]]},"sets":{"sha256:objects":{}}}',
        b'{"ledger":{"sha256:ledger":[7]},"sets":{"sha256:objects":null}}',
    ],
)
def test_a_file_of_another_form_is_as_if_there_were_none(state: Path, body: bytes) -> None:
    bound = Memory.open(state).bound
    assert sealed_file.save(state / "memory", "adopted", bound, body)
    memory = Memory.open(state)
    assert memory.entries("sha256:ledger") is None
    assert memory.objects(ENTRY) is None
    memory.learn(ENTRY, "sha256:trust", LOOKED)
    memory.save()
    assert Memory.open(state).objects(ENTRY) == ("sha256:trust", LOOKED)


@pytest.mark.parametrize(
    "short", [["a"], ["a", "tracking", 9, "home", "pre-deploy", True, False], [1, 2, 3, 4, 5, 6, 7]]
)
def test_an_entry_of_another_form_is_as_if_there_were_none(state: Path, short: list[Any]) -> None:
    known = {"entry": list(ENTRY[1:]), "trust": "t", "who": [], "objects": [["p", "d", short]]}
    body = json.dumps({"ledger": {}, "sets": {"sha256:objects": known}}).encode()
    assert sealed_file.save(state / "memory", "adopted", Memory.open(state).bound, body)
    assert Memory.open(state).objects(ENTRY) is None


def test_what_does_not_fit_is_not_remembered(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = state / "memory" / "adopted"
    monkeypatch.setattr(module, "MAX_BYTES", 4000)
    memory = Memory.open(state)
    entries = [ENTRY._replace(objects=f"sha256:{number}") for number in range(100)]
    for entry in entries:
        memory.learn(entry, "sha256:trust", LOOKED)
    memory.save()
    assert path.stat().st_size < 4100
    again = Memory.open(state)
    known = [entry for entry in entries if again.objects(entry) is not None]
    assert known == entries[: len(known)]
    assert 3 < len(known) < 20


def test_a_place_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    memory = Memory.open(tmp_path / "state")
    memory.learn(ENTRY, "sha256:trust", LOOKED)
    memory.save()
    assert Memory.open(tmp_path / "state").objects(ENTRY) is None


def test_no_gate_and_nothing_that_decides_can_reach_it() -> None:
    code = (
        "import sys\n"
        "import pipeline.flows.promote, pipeline.flows.why, pipeline.flows.verify\n"
        "import pipeline.flows.check, pipeline.flows.reproduce, pipeline.operations.deciding\n"
        "print([name for name in sys.modules if name.endswith(('operations.memory', "
        "'operations.adopted', 'sealed_file'))])"
    )
    words = [sys.executable, "-c", code]
    assert subprocess.check_output(words, cwd=rings.ROOT, text=True).strip() == "[]"
