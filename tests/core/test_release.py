"""Who a release is: the run id is computed again here, and run.json is read in one form only."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import Digest, MalformedError, load_canonical
from pipeline.core.release import Identity, RunContext

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FIELDS = {
    "target": "pot",
    "channel": "home",
    "gate": "kitchen",
    "version": "1.2.1.dev3+g0123456",
    "commit": COMMIT,
}
IDENTITY = Identity(**FIELDS)
AUDIT = uuid.UUID("6f1c1b52-9a52-4f5e-8f0e-3f9d3c8b7a11")
CONTEXT = RunContext.begin(IDENTITY, ladder="kettle", audit=AUDIT, now="2026-06-01T12:00:00Z")


def by_hand(fields: dict[str, str]) -> str:
    """`sha256:` of the canonical JSON of target, channel, gate, version, commit (ASCII here)."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_run_id_is_the_digest_of_the_five_fields() -> None:
    assert str(IDENTITY.run_id) == f"sha256:{by_hand(FIELDS)}"
    assert IDENTITY.run == by_hand(FIELDS)[:16]
    assert CONTEXT.run == IDENTITY.run
    assert CONTEXT.run_id == str(IDENTITY.run_id)


def test_the_artifact_set_id_is_channel_gate_version_run() -> None:
    run = by_hand(FIELDS)[:16]
    assert IDENTITY.artifact_set_id == f"home__kitchen__1.2.1.dev3+g0123456__{run}"


def test_a_version_is_claimed_under_channel_gate_and_version_alone() -> None:
    other = Identity(**{**FIELDS, "target": "pan", "commit": "f" * 40})
    assert IDENTITY.claim_name == "claims/home/kitchen/1.2.1.dev3+g0123456"
    assert other.claim_name == IDENTITY.claim_name


@pytest.mark.parametrize("field", FIELDS)
def test_two_runs_are_one_only_if_all_five_fields_are_equal(field: str) -> None:
    changed = {**FIELDS, field: "f" * 40 if field == "commit" else "other"}
    other = Identity(**changed)
    assert other != IDENTITY
    assert other.run_id != IDENTITY.run_id
    assert other.artifact_set_id != IDENTITY.artifact_set_id
    assert Identity(**FIELDS) == IDENTITY


WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,6}", fullmatch=True).filter(
    lambda word: "__" not in word
)


@given(st.lists(WORDS, min_size=8, max_size=8))
def test_artifact_set_ids_of_different_releases_differ(words: list[str]) -> None:
    one = Identity(**dict(zip(FIELDS, [*words[:4], COMMIT], strict=True)))
    two = Identity(**dict(zip(FIELDS, [*words[4:], COMMIT], strict=True)))
    assert (one.artifact_set_id == two.artifact_set_id) == (one == two)
    assert (one.run == two.run) == (one == two)
    assert ":" not in one.artifact_set_id
    assert "/" not in one.artifact_set_id


@pytest.mark.parametrize("field", ["target", "channel", "gate", "version"])
@pytest.mark.parametrize(
    "word",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "a:b",
        "a b",
        "a__b",
        "-rf",
        "_a",
        "a\n",
        "é",
        "a" * 128,
    ],
    ids=repr,
)
def test_a_word_that_could_not_stand_in_a_file_name_is_refused(field: str, word: str) -> None:
    with pytest.raises(MalformedError, match=field):
        Identity(**{**FIELDS, field: word})


@pytest.mark.parametrize(
    "commit",
    ["", "HEAD", COMMIT[:39], COMMIT + "0", COMMIT.upper(), COMMIT[:-1] + "g", COMMIT + "\n"],
)
def test_a_commit_is_named_in_full(commit: str) -> None:
    with pytest.raises(MalformedError, match="commit"):
        Identity(**{**FIELDS, "commit": commit})


def test_a_sha_256_repository_has_commits_too() -> None:
    assert Identity(**{**FIELDS, "commit": "a" * 64}).commit == "a" * 64


def test_run_json_holds_the_fields_that_the_public_face_names() -> None:
    assert json.loads(CONTEXT.to_bytes()) == {
        "repo_root": ".",
        "baseline_commit": COMMIT,
        "run_id": f"sha256:{by_hand(FIELDS)}",
        "run_id_audit": str(AUDIT),
        "started_at": "2026-06-01T12:00:00Z",
        "ladder": "kettle",
        "target": "pot",
        "channel": "home",
        "gate": "kitchen",
        "version": "1.2.1.dev3+g0123456",
    }


def test_run_json_reads_back_and_its_digest_is_that_of_its_bytes() -> None:
    data = CONTEXT.to_bytes()
    assert RunContext.from_dict(load_canonical(data)) == CONTEXT
    assert CONTEXT.digest == Digest.of(data)
    assert CONTEXT.identity == IDENTITY


@pytest.mark.parametrize("name", CONTEXT.to_dict())
@pytest.mark.parametrize("wrong", [None, 1, True, [], {}, b"x"], ids=repr)
def test_a_field_of_another_type_is_refused(name: str, wrong: object) -> None:
    with pytest.raises(MalformedError):
        RunContext.from_dict({**CONTEXT.to_dict(), name: wrong})


@pytest.mark.parametrize("name", CONTEXT.to_dict())
def test_a_missing_field_is_refused(name: str) -> None:
    fields: dict[str, Any] = CONTEXT.to_dict()
    fields.pop(name)
    with pytest.raises(MalformedError, match="exactly"):
        RunContext.from_dict(fields)


@pytest.mark.parametrize("value", [None, [], "run.json", 1, {}], ids=repr)
def test_what_is_no_object_is_no_context(value: object) -> None:
    with pytest.raises(MalformedError, match="exactly"):
        RunContext.from_dict(value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"more": "x"}, "exactly"),
        ({"repo_root": "/home/me"}, "repo_root"),
        ({"started_at": "2026-06-01T12:00:00+00:00"}, "started_at"),
        ({"started_at": "2026-06-01T12:00:00.5Z"}, "started_at"),
        ({"started_at": "2026-06-01T12:00:00Z\n"}, "started_at"),
        ({"started_at": "２０２６-06-01T12:00:00Z"}, "started_at"),  # noqa: RUF001 - the attack
        ({"run_id": "sha256:" + "0" * 64}, "run_id does not follow"),
        ({"version": "1.3"}, "run_id does not follow"),
        ({"target": "pan"}, "run_id does not follow"),
        ({"baseline_commit": "f" * 40}, "run_id does not follow"),
        ({"run_id_audit": "none"}, "no UUID"),
        ({"ladder": "../../etc"}, "ladder"),
        ({"ladder": ""}, "ladder"),
        ({"channel": "a/b"}, "channel"),
    ],
    ids=repr,
)
def test_a_context_that_does_not_hold_together_is_refused(
    changed: dict[str, str], said: str
) -> None:
    with pytest.raises(MalformedError, match=said):
        RunContext.from_dict({**CONTEXT.to_dict(), **changed})
