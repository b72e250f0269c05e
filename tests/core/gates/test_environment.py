"""Gate `environment`: nothing is deployed while the target's environment contract is not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest
from pipeline.core.config import TargetConfig
from pipeline.core.gates import GATES, decide
from pipeline.core.preflight import Preflight, contract_digest
from tests.core.gates.cases import ask, case, told
from tests.core.gates.launches import LAUNCH
from tests.core.gates.signed import STAGES, ladder

if TYPE_CHECKING:
    from pipeline.core.gates import Finding

TARGET = TargetConfig.from_json(
    {
        "target": "pot",
        "driver": "none",
        "environment": [
            {"name": "TEA_URL", "required": True},
            {"name": "TEA_TOKEN", "required": True},
            {"name": "TEA_COLOUR", "required": False},
        ],
    }
)
CONTRACT = str(contract_digest(TARGET.environment))


def looked(*present: str, provided: tuple[str, ...] = (), contract: str = CONTRACT) -> Any:  # noqa: ANN401 - fields of a case
    found = Preflight(contract=contract, provided=provided, present=present)
    return LAUNCH.model_copy(update={"preflight": found})


def at(launch: Any, stage: str = "pour") -> list[Finding]:  # noqa: ANN401 - as above
    return ask("environment", stage, target=TARGET, launch=launch)


def test_rule_1_a_stage_without_effect_starts_no_service_and_is_not_looked_at() -> None:
    assert at(LAUNCH.model_copy(update={"preflight": None}), "boil") == []


def test_rule_1_a_canary_starts_the_service_too() -> None:
    trying = ladder([STAGES[1] | {"effect": "canary"}])
    spoilt = case(
        "boil", ladder=trying, stage=trying.stage("boil"), target=TARGET, launch=looked("TEA_URL")
    )
    assert ("environment.missing", "holds") in told(list(GATES["environment"](spoilt)))


def test_rule_2_a_contract_that_nobody_looked_at_holds() -> None:
    assert told(at(LAUNCH.model_copy(update={"preflight": None}))) == [
        ("environment.unknown", "holds")
    ]


def test_rule_2_a_look_at_another_contract_counts_for_nothing() -> None:
    old = looked("TEA_URL", "TEA_TOKEN", "TEA_COLOUR", contract=str(Digest.of(b"older")))
    assert told(at(old)) == [("environment.unknown", "holds")]


def test_rule_3_every_missing_variable_is_named_and_what_to_do() -> None:
    (hold, _) = found = at(looked())
    assert told(found) == [("environment.missing", "holds"), ("environment.absent", "notes")]
    assert "TEA_URL, TEA_TOKEN not set" in hold.what
    assert hold.evidence == ("config/targets/pot.yaml", CONTRACT)


def test_rule_3_what_the_target_provides_need_not_be_set() -> None:
    found = at(looked("TEA_TOKEN", "TEA_COLOUR", provided=("TEA_URL",)))
    assert told(found) == [("environment.kept", "passes")]


def test_rule_3_a_name_beside_the_contract_fills_no_gap() -> None:
    found = at(looked("TEA_URL", "TEA_COLOUR", "OTHER_TOKEN"))
    assert told(found) == [("environment.missing", "holds")]


def test_rule_4_an_optional_variable_is_noted() -> None:
    assert told(at(looked("TEA_URL", "TEA_TOKEN"))) == [
        ("environment.absent", "notes"),
        ("environment.kept", "passes"),
    ]


def test_a_decision_names_what_was_there_and_the_contract_and_no_value() -> None:
    said = decide(case(target=TARGET, launch=looked("TEA_URL"))).inputs["preflight"]
    assert said == {"contract": CONTRACT, "provided": [], "present": ["TEA_URL"]}
