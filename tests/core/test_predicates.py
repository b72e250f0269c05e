"""Our own predicates: a round trip through their file form, and no field more, less, or other."""

from __future__ import annotations

import copy
import typing
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.core import statement
from pipeline.core.canonical import MalformedError, canonical, load_canonical
from pipeline.core.predicates.table import OWN_PREDICATES, check_own
from tests.core.examples import EXAMPLES as OTHER_EXAMPLES
from tests.core.examples import D, E, T
from tests.core.record_examples import NULLABLE, RECORD_EXAMPLES

FREE = {("rule",), ("outcome", "drafts", 0, "predicate")}
"""Objects in which any member may stand: the canary's rule, what a step wants to have signed."""
OPTIONAL = {("checks", 0, "details"), ("checks", 0, "todo")}

Path = tuple[str | int, ...]


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value inside a document."""
    items: Any = ()
    if isinstance(value, dict) and path not in FREE:
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, member in items:
        yield (*path, key)
        yield from places(member, (*path, key))


def at(document: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    for part in path:
        document = document[part]
    return document


def put(document: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    at(changed, path[:-1])[path[-1]] = value
    return changed


EXAMPLES = OTHER_EXAMPLES | RECORD_EXAMPLES
PLACES = [(kind, path) for kind, example in EXAMPLES.items() for path in places(example)]
FIELDS = [(kind, path) for kind, path in PLACES if isinstance(path[-1], str)]
OBJECTS = [
    (kind, path)
    for kind, path in [(kind, ()) for kind in EXAMPLES] + PLACES
    if isinstance(at(EXAMPLES[kind], path), dict) and path not in FREE
]


def word(value: object) -> str:
    if isinstance(value, tuple):
        return ".".join(str(part) for part in value) or "document"
    return str(value).removeprefix(statement.OWN)


def test_every_own_predicate_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(OWN_PREDICATES)


@pytest.mark.parametrize("kind", EXAMPLES, ids=word)
def test_a_predicate_comes_back_from_its_file_as_it_was(kind: str) -> None:
    check_own(kind, EXAMPLES[kind])
    value = OWN_PREDICATES[kind].from_json(EXAMPLES[kind])
    assert value.to_dict() == EXAMPLES[kind]
    file = canonical(value.to_dict())
    assert OWN_PREDICATES[kind].from_json(load_canonical(file)) == value


@pytest.mark.parametrize(("kind", "path"), OBJECTS, ids=word)
def test_a_field_too_many_is_refused(kind: str, path: Path) -> None:
    with pytest.raises(MalformedError, match="more"):
        check_own(kind, put(EXAMPLES[kind], (*path, "more"), "x"))


@pytest.mark.parametrize(("kind", "path"), FIELDS, ids=word)
def test_a_field_too_few_is_refused(kind: str, path: Path) -> None:
    changed = copy.deepcopy(EXAMPLES[kind])
    del at(changed, path[:-1])[path[-1]]
    if path in OPTIONAL:
        check_own(kind, changed)
        return
    with pytest.raises(MalformedError, match=str(path[-1])):
        check_own(kind, changed)


@pytest.mark.parametrize(("kind", "path"), PLACES, ids=word)
def test_a_value_of_another_type_is_refused(kind: str, path: Path) -> None:
    value = at(EXAMPLES[kind], path)
    others = [1, "1", 1.0, "x\ud800", True, [], {}, [1], {"a": 1}]
    # An integer spelt as a text, a float or a boolean is the classic; so is a lone text for a list.
    wrong = [other for other in others if type(other) is not type(value) or other == "x\ud800"]
    if path in FREE:
        wrong = [other for other in wrong if not isinstance(other, dict)]
    if isinstance(value, int) and not isinstance(value, bool):
        wrong += [10**30 + 0.5, float("nan")]
    if value is None:
        wrong = [other for other in wrong if other != "1"]
    for other in wrong:
        with pytest.raises(MalformedError):
            check_own(kind, put(EXAMPLES[kind], path, other))


NOT_NULL = [
    (kind, path)
    for kind, path in PLACES
    if path[-1]
    not in {
        *("approver", "rollback_target", "data_date", "status", "baseline"),
        *("version", "digest", "artifact", "installed", "canary", "todo"),
    }
    and not (kind in RECORD_EXAMPLES and path[-1] in NULLABLE)
]


@pytest.mark.parametrize(("kind", "path"), NOT_NULL, ids=word)
def test_null_is_no_value(kind: str, path: Path) -> None:
    with pytest.raises(MalformedError):
        check_own(kind, put(EXAMPLES[kind], path, None))


DIGESTS = [(kind, path) for kind, path in PLACES if at(EXAMPLES[kind], path) in (D, E)]
TIMES = [(kind, path) for kind, path in PLACES if at(EXAMPLES[kind], path) == T]


@pytest.mark.parametrize(("kind", "path"), DIGESTS, ids=word)
def test_a_digest_has_one_spelling(kind: str, path: Path) -> None:
    for wrong in (D[7:], D.upper(), D[:-1], D + "0", D + "\n", "", "sha512:" + "a" * 128):
        with pytest.raises(MalformedError):
            check_own(kind, put(EXAMPLES[kind], path, wrong))


@pytest.mark.parametrize(("kind", "path"), TIMES, ids=word)
def test_a_time_has_one_spelling(kind: str, path: Path) -> None:
    for wrong in (
        *("", "soon", "2026-06-01", "2026-06-01T12:00:00", "2026-06-01T12:00:00+00:00"),
        *("2026-06-01T12:00:00.1Z", "2026-06-01t12:00:00z", T + "\n", " " + T),
        "２026-06-01T12:00:00Z",  # noqa: RUF001 - it would sort behind every real time
    ):
        with pytest.raises(MalformedError):
            check_own(kind, put(EXAMPLES[kind], path, wrong))


@pytest.mark.parametrize(
    ("kind", "path", "wrong"),
    [
        (statement.STAGE_RESULT, ("verdict",), ["PASS", "ok", "", "retry", "passed"]),
        (statement.STAGE_RESULT, ("phase",), ["deploy", "PRE_DEPLOY", ""]),
        (statement.STAGE_RESULT, ("attempt",), [0, -1]),
        (statement.STAGE_RESULT, ("envelope", "enforced"), ["true", "", "Kernel"]),
        (statement.STAGE_RESULT, ("envelope", "cost_usd"), ["", ".5", "1e3", "NaN", "1,0", "٣"]),
        (statement.STAGE_RESULT, ("logs", 0, "size"), [-1]),
        (statement.EVIDENCE_BUNDLE, ("journal", "entries"), [0, -1]),
        (statement.CHECK_REPORT, ("checks", 0, "verdict"), ["pass", "skipped", ""]),
        (statement.CANARY, ("verdict",), ["pass", "", "MAYBE"]),
        (statement.CANARY, ("baseline", "kind"), ["none", ""]),
        (statement.SMOKE, ("checks", 0, "verdict"), ["pass", ""]),
        (statement.APPROVAL, ("approver",), ["", "x" * 20_001]),
    ],
    ids=word,
)
def test_a_word_that_is_not_of_the_list_is_refused(
    kind: str, path: Path, wrong: list[object]
) -> None:
    for value in wrong:
        with pytest.raises(MalformedError, match=str(path[-1])):
            check_own(kind, put(EXAMPLES[kind], path, value))


def test_a_type_under_our_constant_that_we_do_not_know_is_refused() -> None:
    for kind in (f"{statement.OWN}approval/v2", f"{statement.OWN}applause/v1", statement.OWN):
        with pytest.raises(MalformedError, match="knows"):
            check_own(kind, EXAMPLES[statement.APPROVAL])


def test_foreign_predicates_are_not_looked_at() -> None:
    check_own(statement.PROVENANCE, {"whatever": [1.5]})


def test_values_do_not_change() -> None:
    value = OWN_PREDICATES[statement.SMOKE].from_json(EXAMPLES[statement.SMOKE])
    with pytest.raises(ValueError, match="frozen"):
        typing.cast("Any", value).target = "pan"
