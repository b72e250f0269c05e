"""A release with every record stands: the release target gate opens, and asks for all of it."""

from __future__ import annotations

import pytest

from pipeline.core.gates import RELEASE_GATES
from tests.core.gates.recorded import STAGE_IDS, ask, held, spoken

OF_RECORDS = (
    "release_approval",
    "canary_rule",
    "attestation",
    "records",
    "attestation_artifact",
    "tracking",
    "authority",
    "promotion",
    "rollback",
    "smoke_verification",
    "linkage",
)


@pytest.mark.parametrize("gate", RELEASE_GATES)
def test_nothing_holds_a_release_that_has_everything(gate: str) -> None:
    assert held(ask(gate)) == []


@pytest.mark.parametrize("gate", OF_RECORDS)
def test_each_gate_over_records_speaks_for_it(gate: str) -> None:
    assert spoken(ask(gate))


@pytest.mark.parametrize("stage", STAGE_IDS)
@pytest.mark.parametrize("gate", OF_RECORDS)
def test_no_stage_of_it_is_held(gate: str, stage: str) -> None:
    assert held(ask(gate, at=stage)) == []
