"""What this version does not know of its own formats is refused: fields, families, versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.policies import FAMILIES
from pipeline.core.statement import own_type, slug
from pipeline.errors import InvalidConfigurationError, LadderError, UntrustedError
from pipeline.flows import adopt
from pipeline.flows.verify import verify_folder
from pipeline.operations.workspace import Workspace
from pipeline.proof.refused import Reason, RefusedError
from pipeline.proof.verify import verify_bundle
from tests.climbing import bakery
from tests.core.examples import EXAMPLES
from tests.core.record_examples import RECORD_EXAMPLES
from tests.forbidden.forgeries import seal
from tests.forbidden.kitchen import NAMED, RELEASE, STAGES, Evidence, Kitchen, promote_to
from tests.proof import making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OURS = EXAMPLES | RECORD_EXAMPLES
MORE = {"another_field": 1}


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    return Kitchen(tmp_path_factory.mktemp("kitchen"))


@pytest.fixture
def baked(kitchen: Kitchen, tmp_path: Path) -> Evidence:
    return Evidence(kitchen.copy(len(STAGES), tmp_path / "bakery"))


def verified(kind: str, predicate: dict[str, Any]) -> None:
    statement = making.statement(kind, predicate)
    data = making.bundle(making.P256, statement.to_bytes())
    verify_bundle(data, making.trust(making.P256), now=making.NOW)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(RefusedError) as caught:
        act()
    assert caught.value.reason is Reason.UNKNOWN_PREDICATE


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every object in a document that our models read field by field."""
    if isinstance(value, dict):
        yield path
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for at, item in enumerate(value[:1]):
            yield from places(item, (*path, at))


@pytest.mark.parametrize("kind", OURS, ids=slug)
def test_what_our_models_take_is_believed(kind: str) -> None:
    verified(kind, OURS[kind])


@pytest.mark.parametrize("kind", OURS, ids=slug)
def test_a_field_that_nobody_knows_is_refused(kind: str) -> None:
    refused(lambda: verified(kind, OURS[kind] | MORE))


@pytest.mark.parametrize("kind", OURS, ids=slug)
def test_another_version_is_refused(kind: str) -> None:
    newer = kind.removesuffix("v1") + "v2"
    assert newer != kind
    refused(lambda: verified(newer, OURS[kind]))


@pytest.mark.parametrize("name", ["record-another", "record-", "record-tracking-more", "posture"])
def test_a_family_that_nobody_knows_is_refused(name: str) -> None:
    refused(lambda: verified(own_type(name), next(iter(RECORD_EXAMPLES.values()))))


def untrusted(act: Callable[[], object]) -> None:
    with pytest.raises(UntrustedError) as caught:
        act()
    assert caught.value.exit_code == 11


def test_a_journal_with_a_field_more_is_refused(baked: Evidence) -> None:
    lines = [json.loads(line) for line in baked.journal.read_bytes().splitlines()]
    text = "".join(
        json.dumps(line | MORE, sort_keys=True, separators=(",", ":")) + "\n" for line in lines
    )
    baked.journal.chmod(0o644)
    baked.journal.write_text(text, "utf-8")
    untrusted(lambda: promote_to(baked.root, STAGES[-1]))


@pytest.mark.parametrize("name", ["run.json", "manifest.json"])
def test_a_folders_file_with_a_field_more_is_refused(name: str, baked: Evidence) -> None:
    path = baked.folder / "pre-deploy" / name
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | MORE), "utf-8")
    seal(baked)
    untrusted(lambda: verify_folder(baked.folder, Workspace.open(baked.root), None))
    untrusted(lambda: adopt.review(Workspace.open(baked.root), baked.folder, dry_run=False))


def adopted(baked: Evidence, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    workspace = Workspace.open(baked.root)
    path = baked.root / (adopt.review(workspace, baked.folder, dry_run=False).path or "")
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))), "utf-8")
    adopt.apply(workspace, path, adopter="Ada", reference="7", dry_run=False)


NEWER: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another_field": lambda document: document | MORE,
    "newer_schema": lambda document: (
        document | {"schema": document["schema"].removesuffix("v1") + "v2"}
    ),
}


@pytest.mark.parametrize("change", NEWER.values(), ids=NEWER)
def test_a_contract_of_another_form_is_refused(
    change: Callable[[dict[str, Any]], dict[str, Any]], baked: Evidence
) -> None:
    untrusted(lambda: adopted(baked, change))
    assert not (baked.root / "releases").exists()


@pytest.mark.parametrize("name", ["ledger.json", "objects.json", "review.json", "reverse.json"])
@pytest.mark.parametrize("change", NEWER.values(), ids=NEWER)
def test_what_was_adopted_is_refused_in_another_form(
    change: Callable[[dict[str, Any]], dict[str, Any]], name: str, baked: Evidence
) -> None:
    workspace = Workspace.open(baked.root)
    path = adopt.review(workspace, baked.folder, dry_run=False).path or ""
    file = baked.root / path
    adopt.apply(workspace, file, adopter="Ada", reference="7", dry_run=False)
    releases = baked.root / "releases"
    verify_folder(releases, workspace, None)
    (found,) = releases.rglob(name)
    found.chmod(0o644)
    found.write_text(json.dumps(change(json.loads(found.read_bytes()))), "utf-8")
    untrusted(lambda: verify_folder(releases, Workspace.open(baked.root), None))


def invalid(root: Path, words: str) -> None:
    with pytest.raises(InvalidConfigurationError) as caught:
        Workspace.open(root)
    assert caught.value.exit_code == 13
    assert words in " ".join(caught.value.lines())


@pytest.mark.parametrize("family", [*FAMILIES, "approval"])
def test_a_policy_with_a_field_that_nobody_knows_is_invalid(family: str, baked: Evidence) -> None:
    merged = dict(NAMED)
    merged[family] = merged.get(family, {}) | MORE
    bakery.write(baked.root, **merged)
    invalid(baked.root, "another_field")
    with pytest.raises(LadderError):
        promote_to(baked.root, STAGES[-1], RELEASE)


def test_a_policy_family_that_nobody_knows_is_invalid(baked: Evidence) -> None:
    path = baked.root / "config" / "policies" / "another.yaml"
    path.write_text("family: another\npolicies: []\n", "utf-8")
    invalid(baked.root, "policies/another.yaml")


def test_a_record_family_that_nobody_knows_is_invalid(baked: Evidence) -> None:
    stages = [dict(stage) for stage in bakery.STAGES]
    stages[-1]["records"] = {**stages[-1]["records"], "another": "another.pot.policy"}
    bakery.write(baked.root, ladder={"stages": stages}, **NAMED)
    invalid(baked.root, "another")


def test_every_object_of_our_own_predicates_refuses_a_field_more() -> None:
    tried = 0
    for kind, example in OURS.items():
        for path in places(example):
            copy = json.loads(json.dumps(example))
            place = copy
            for name in path:
                place = place[name]
            place |= MORE
            try:
                verified(kind, copy)
            except RefusedError:
                tried += 1
                continue
            assert (slug(kind), ".".join(map(str, path))) in OPEN, (kind, path)
    assert tried > len(OURS)


OPEN = {("outcome", "outcome.drafts.0.predicate"), ("canary", "rule")}
"""Objects that are kept as somebody else wrote them: a step's predicate, which is read when it is
signed; and a rule, which counts only where it is the policy's, member for member."""
