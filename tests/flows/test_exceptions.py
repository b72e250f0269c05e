"""Exceptions stand in a policy and nowhere else; one that is not allowed is a fault of it (13)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import policies
from tests.climbing import project
from tests.tasks.calling import call

DRIFT = {
    "finding": "baseline.drift",
    "reason": "looked at",
    "owner": "Ann",
    "expires": "2999-01-01T00:00:00Z",
}


def made(folder: Path, *exceptions: dict[str, str]) -> Path:
    promotion = policies.promotion(exceptions=list(exceptions))
    return project.make(folder / "tea", policies__promotion=policies.family("promotion", promotion))


def test_an_allowed_exception_is_configuration_like_any_other(tmp_path: Path) -> None:
    root = made(tmp_path, DRIFT)
    assert call(root, "check").code == 0
    assert project.climb(root, "pour").did == ("water", "boil", "pour")
    found = call(root, "why", "--stage", "pour", "--json").document
    assert found["exceptions_used"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"finding": "trust.not_rooted"}, "no finding that a policy may except"),
        ({"finding": "checks.vulnerabilities.failed"}, "single advisories are"),
        ({"finding": "moon.full"}, "allowed: checks.NAME.not_run"),
        ({"owner": ""}, "owner"),
        ({"reason": ""}, "reason"),
        ({"expires": "some day"}, "expires"),
    ],
)
def test_an_exception_that_is_not_allowed_is_a_fault_of_the_configuration(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    root = made(tmp_path, DRIFT | changes)
    for words in (("check",), ("promote", "--dry-run"), ("status",)):
        done = call(root, *words)
        assert done.code == 13, done
        assert said in done.err
        assert "promotion.yaml" in done.err


@pytest.mark.parametrize("field", ["owner", "reason", "expires", "finding"])
def test_an_exception_needs_each_of_its_fields(tmp_path: Path, field: str) -> None:
    root = made(tmp_path, {name: text for name, text in DRIFT.items() if name != field})
    done = call(root, "check")
    assert done.code == 13
    assert field in done.err
