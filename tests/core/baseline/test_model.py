"""The baseline's file: what may stand in it, and what each entry must say."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.baseline.model import CONTROLS, Baseline, Control, InputKind
from pipeline.core.canonical import MalformedError

ACCEPTED = {"reason": "here only", "owner": "ada", "expires": "2030-01-31T00:00:00Z"}


def entry(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": "supply_chain.lock",
        "scope": "repo_build",
        "kind": "lock_file",
        "paths": ["uv.lock"],
        "criticality": "critical",
        "control": "lockfile_pinned",
    } | changes


def refused(*entries: dict[str, Any]) -> str:
    with pytest.raises(MalformedError) as caught:
        Baseline.from_json({"inputs": list(entries)})
    return str(caught.value)


def test_an_entry_is_read_and_written_the_same() -> None:
    baseline = Baseline.from_json({"inputs": [entry()]})
    assert Baseline.from_json(baseline.to_dict()) == baseline
    assert baseline.digest != Baseline().digest


def test_each_id_stands_once() -> None:
    assert "inputs[0] already" in refused(entry(), entry())


@pytest.mark.parametrize("kind", InputKind)
@pytest.mark.parametrize("control", Control)
def test_a_control_fits_the_kind(kind: InputKind, control: Control) -> None:
    accepted = ACCEPTED if control is Control.TAG_PINNED_ACCEPTED else None
    made = entry(kind=kind.value, control=control.value, accepted=accepted)
    if control in CONTROLS[kind]:
        assert Baseline.from_json({"inputs": [made]}).inputs[0].control is control
    else:
        assert f"a {kind} cannot be {control}" in refused(made)


def test_tags_are_accepted_by_somebody_for_a_reason_and_a_time() -> None:
    tags = {"kind": "compose_image", "control": "tag_pinned_accepted"}
    assert "accepted: {reason, owner, expires}" in refused(entry(**tags))
    for left_out in ACCEPTED:
        rest = {key: value for key, value in ACCEPTED.items() if key != left_out}
        assert left_out in refused(entry(**tags, accepted=rest))
    assert "nothing is accepted" in refused(entry(accepted=ACCEPTED))


@pytest.mark.parametrize(
    "changes",
    [
        {"paths": []},
        {"paths": ["/etc/passwd"]},
        {"paths": ["../x"]},
        {"paths": ["a**b"]},
        {"paths": ["x" * 241]},
        {"digest": "0" * 64},
        {"digest": "sha256:" + "A" * 64},
        {"kind": "anything"},
        {"criticality": "low"},
        {"control": "reviewed"},
        {"executed": True},
        {"id": "lock"},
    ],
)
def test_other_words_are_refused(changes: dict[str, Any]) -> None:
    assert refused(entry(**changes))
