"""Every way in which inputs can differ from the baseline is a finding that says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.baseline import containers
from pipeline.core.baseline.compare import compare
from pipeline.core.baseline.model import Baseline, InputKind
from pipeline.core.baseline.references import Parsed
from pipeline.core.baseline.report import Amiss, BaselineReport, ControlState, Input, Trouble
from pipeline.core.canonical import Digest, HashManifest, canonical, load_json
from tests.core.baseline.test_model import ACCEPTED, entry

HEX = "0123456789abcdef" * 4
COMMIT = "c" * 40
LOCK = Digest.of(b"lock")


def lock_of(**files: bytes) -> str:
    return str(HashManifest.of({f"{k}.lock": Digest.of(v) for k, v in files.items()}).digest)


def plain(data: bytes = b"lock", kind: InputKind | None = InputKind.LOCK_FILE) -> Input:
    return Input(digest=Digest.of(data), kind=kind, parsed=None)


def container(text: str) -> Input:
    data = text.encode()
    return Input(
        digest=Digest.of(data), kind=InputKind.CONTAINER_BASE, parsed=containers.parse(data)
    )


def locked(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return entry(paths=["*.lock"], **({"digest": lock_of(uv=b"lock")} | changes))


def boxed(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    fields = {"id": "supply_chain.boxes", "kind": "container_base", "paths": ["Dockerfile"]}
    return entry(**(fields | {"control": "digest_pinned"} | changes))


def asked(
    *entries: dict[str, Any],
    inputs: dict[str, Input],
    before: dict[str, dict[str, Digest]] | None = None,
) -> BaselineReport:
    baseline = Baseline.from_json({"inputs": list(entries)})
    found = compare(baseline, COMMIT, inputs, before or {})
    assert load_json(canonical(found.to_dict())) == found.to_dict()
    for one in found.amiss:
        assert one.what
        assert one.command
    return found


def only(report: BaselineReport) -> Amiss:
    (one,) = report.amiss
    return one


def test_what_is_as_it_was_is_not_amiss() -> None:
    found = asked(locked(), inputs={"uv.lock": plain()})
    assert found.amiss == ()
    (state,) = found.entries
    assert (state.state, state.files) == (ControlState.VERSIONED, ("uv.lock",))
    assert state.digest == state.recorded == lock_of(uv=b"lock")


def test_the_digest_is_that_of_the_manifest_of_the_bytes() -> None:
    manifest = f"{LOCK.hex}  uv.lock\n".encode()
    assert lock_of(uv=b"lock") == str(Digest.of(manifest))


def test_a_changed_byte_is_drift_and_the_command_carries_the_new_digest() -> None:
    one = only(asked(locked(), inputs={"uv.lock": plain(b"other")}))
    assert (one.trouble, one.about) == (Trouble.DRIFT, "supply_chain.lock")
    assert f"`digest: {lock_of(uv=b'other')}`" in one.command
    assert "config/baseline.yaml" in one.command
    assert "cannot be said" in one.what
    assert one.files == ("uv.lock",)


def test_drift_names_what_was_added_changed_and_removed() -> None:
    before = {"supply_chain.lock": {"uv.lock": LOCK, "old.lock": LOCK, "same.lock": LOCK}}
    inputs = {"uv.lock": plain(b"x"), "new.lock": plain(), "same.lock": plain()}
    one = only(asked(locked(), inputs=inputs, before=before))
    assert one.what.endswith("added new.lock, removed old.lock, changed uv.lock")
    assert one.files == ("new.lock", "old.lock", "uv.lock")


def test_an_added_file_alone_is_drift() -> None:
    one = only(asked(locked(), inputs={"uv.lock": plain(), "evil.lock": plain()}))
    assert one.trouble is Trouble.DRIFT


def test_bytes_that_changed_places_are_drift() -> None:
    swapped = {"uv.lock": plain(b"b"), "pdm.lock": plain(b"a")}
    made = locked(digest=lock_of(uv=b"a", pdm=b"b"))
    assert only(asked(made, inputs=swapped)).trouble is Trouble.DRIFT


def test_an_entry_without_a_digest_is_told_its_own() -> None:
    one = only(asked(locked(digest=None), inputs={"uv.lock": plain()}))
    assert one.trouble is Trouble.UNSET
    assert lock_of(uv=b"lock") in one.command


def test_an_entry_that_matches_nothing_is_missing_whatever_its_digest() -> None:
    for digest in (None, lock_of(), lock_of(uv=b"lock")):
        found = asked(locked(digest=digest), inputs={})
        assert only(found).trouble is Trouble.MISSING
        assert found.entries[0].state is ControlState.MISSING


def test_an_input_that_no_entry_covers_is_unlisted() -> None:
    found = asked(locked(), inputs={"uv.lock": plain(), "sub/yarn.lock": plain()})
    one = only(found)
    assert (one.trouble, one.about, one.files) == (
        Trouble.UNLISTED,
        "lock_file",
        ("sub/yarn.lock",),
    )
    assert "kind: lock_file" in one.command


def test_an_entry_of_another_kind_covers_nothing() -> None:
    script = locked(kind="gate_script", control="versioned")
    assert only(asked(script, inputs={"uv.lock": plain()})).trouble is Trouble.UNLISTED


def test_no_baseline_at_all_is_amiss_even_without_any_input() -> None:
    assert only(asked(inputs={})).trouble is Trouble.EMPTY


def test_a_tag_is_found_in_a_listed_file_and_in_an_unlisted_one() -> None:
    inputs = {"Dockerfile": container("FROM node:20\n"), "x/Dockerfile": container("FROM tea\n")}
    digest = str(HashManifest.of({"Dockerfile": inputs["Dockerfile"].digest}).digest)
    found = asked(boxed(digest=digest), inputs=inputs)
    assert [(one.trouble, one.about) for one in found.amiss] == [
        (Trouble.UNLISTED, "container_base"),
        (Trouble.TAG_ONLY, "container_base"),
        (Trouble.TAG_ONLY, "supply_chain.boxes"),
    ]
    assert "node:20 (line 1)" in found.amiss[2].what
    assert found.entries[0].state is ControlState.TAG_PINNED


def test_a_pinned_file_is_as_it_should_be() -> None:
    inputs = {"Dockerfile": container(f"FROM node@sha256:{HEX}\n")}
    digest = str(HashManifest.of({"Dockerfile": inputs["Dockerfile"].digest}).digest)
    found = asked(boxed(digest=digest), inputs=inputs)
    assert found.amiss == ()
    assert found.entries[0].state is ControlState.DIGEST_PINNED


def test_an_acceptance_goes_with_the_finding_and_not_to_files_beside() -> None:
    inputs = {"Dockerfile": container("FROM node:20\n"), "x/Dockerfile": container("FROM tea\n")}
    digest = str(HashManifest.of({"Dockerfile": inputs["Dockerfile"].digest}).digest)
    made = boxed(control="tag_pinned_accepted", accepted=ACCEPTED, digest=digest)
    found = asked(made, inputs=inputs)
    accepted = {one.about: one.accepted for one in found.amiss if one.trouble is Trouble.TAG_ONLY}
    assert accepted["supply_chain.boxes"] is not None
    assert accepted["container_base"] is None
    assert accepted["supply_chain.boxes"].owner == "ada"


def test_what_cannot_be_read_is_amiss_whether_it_is_listed_or_not() -> None:
    broken = Input(digest=LOCK, kind=InputKind.WORKFLOW, parsed=Parsed(problem="it is no YAML"))
    found = asked(locked(), inputs={"uv.lock": plain(), ".github/workflows/x.yml": broken})
    assert [one.trouble for one in found.amiss] == [Trouble.UNLISTED, Trouble.UNREADABLE]
    assert "it is no YAML" in found.amiss[1].what
    link = Input(digest=LOCK, kind=None, parsed=Parsed(problem="leads nowhere"))
    found = asked(locked(), inputs={"uv.lock": link})
    assert [one.trouble for one in found.amiss] == [Trouble.UNREADABLE]


def test_a_huge_name_is_quoted_in_part() -> None:
    found = asked(inputs={"Dockerfile": container(f"FROM {'x' * 100_000}\n")})
    assert all(len(one.what) < 1000 for one in found.amiss)


def test_findings_come_by_how_bad_they_are() -> None:
    entries = [
        entry(id=f"supply_chain.{level}", criticality=level, paths=["none"])
        for level in ("medium", "critical", "high")
    ]
    found = asked(*entries, inputs={})
    assert [one.criticality for one in found.amiss] == ["critical", "high", "medium"]


@pytest.mark.parametrize("count", [5, 6, 40])
def test_of_many_files_five_are_named_and_the_rest_is_counted(count: int) -> None:
    found = asked(locked(), inputs={f"{n:02}.lock": plain() for n in range(count)}, before={})
    assert only(found).trouble is Trouble.DRIFT
    loose = {f"x{n:02}/Dockerfile": plain(kind=InputKind.CONTAINER_BASE) for n in range(count)}
    one = only(asked(locked(), inputs={"uv.lock": plain(), **loose}))
    assert len(one.files) == count
    assert (f"and {count - 5} more" in one.what) == (count > 5)


def test_another_configured_baseline_is_another_report() -> None:
    inputs = {"uv.lock": plain()}
    one, other = (asked(locked(notes=words), inputs=inputs) for words in ("one", "other"))
    assert one.amiss == other.amiss == ()
    assert one.digest != other.digest
