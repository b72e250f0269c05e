"""The review contract: one form, its own hash, nothing unknown; differences are told by field."""

from __future__ import annotations

import json

import pytest

from pipeline.core.adoption import Contract
from pipeline.core.canonical import MalformedError, digest_of
from tests.core.adoption.contracts import body, contract
from tests.core.ledger.adopting import digest

GOOD = contract()


def rendered(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def test_a_contract_is_read_as_it_was_written() -> None:
    assert Contract.parse(GOOD.to_bytes()) == GOOD


def test_its_hash_is_that_of_the_canonical_json_without_it() -> None:
    value = json.loads(GOOD.to_bytes())
    said = value.pop("contract_hash")
    assert said == str(digest_of(value))


@pytest.mark.parametrize("name", sorted(body()))
def test_a_field_that_was_changed_is_found_by_the_hash(name: str) -> None:
    value = json.loads(GOOD.to_bytes())
    others = contract(
        **{name: _other(name)},
    )
    changed = {**value, name: json.loads(others.to_bytes())[name]}
    assert changed != value
    with pytest.raises(MalformedError, match="contract_hash is not"):
        Contract.parse(rendered(changed))


def _other(name: str) -> object:
    others: dict[str, object] = {
        "set": "home__kitchen__2.0__0123456789abcdef",
        "origin_class": "live_workflow_backed",
        "sources": [{**body()["sources"][0], "closed": False}],
        "records": [{**body()["records"][0], "adopted": False}],
        "adopted_record_ids": [],
        "artifacts": [],
        "keys": [],
        "source_policies": [],
        "policies_status": "drifted",
        "ledger": {"head": digest("head"), "next_free": 7},
    }
    return others.get(name, digest("other"))


@pytest.mark.parametrize("name", sorted([*body(), "schema", "contract_hash"]))
def test_every_field_is_needed(name: str) -> None:
    value = json.loads(GOOD.to_bytes())
    del value[name]
    with pytest.raises(MalformedError):
        Contract.parse(rendered(value))


@pytest.mark.parametrize(
    ("place", "name"),
    [((), "more"), (("sources", 0), "more"), (("records", 0), "origin"), (("ledger",), "more")],
)
def test_an_unknown_field_is_refused_even_with_its_hash(
    place: tuple[str | int, ...], name: str
) -> None:
    value = json.loads(GOOD.to_bytes())
    inner = value
    for part in place:
        inner = inner[part]
    inner[name] = "x"
    del value["contract_hash"]
    value["contract_hash"] = str(digest_of(value))
    with pytest.raises(MalformedError, match="Extra inputs"):
        Contract.parse(rendered(value))


def test_a_newer_schema_is_refused_by_its_name() -> None:
    data = GOOD.to_bytes().replace(b"/review/v1", b"/review/v2")
    with pytest.raises(MalformedError, match="review/v2"):
        Contract.parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        GOOD.to_bytes().strip(),
        GOOD.to_bytes().replace(b"  ", b" "),
        GOOD.to_bytes().replace(b'"ladder": ', b'"ladder": "x",\n  "ladder": '),
        json.dumps(GOOD.to_dict()).encode(),
    ],
    ids=range(7),
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        Contract.parse(data)


@pytest.mark.parametrize("path", ["/etc", "../up", "a/../b", "a\\b", "", "c:x"])
def test_a_bundle_lies_below_the_project(path: str) -> None:
    with pytest.raises(MalformedError):
        contract(sources=[{**body()["sources"][0], "path": path}])


def test_differences_name_the_field_and_both_values() -> None:
    new = {**body()["records"][0], "digest": digest("other")}
    (found,) = GOOD.differences(contract(records=[new]))
    assert found == f'records[0].digest was "{digest("record")}", is "{digest("other")}"'
    assert GOOD.differences(GOOD) == []
    assert GOOD.differences(contract(records=[]))[0].startswith("records was [{")
