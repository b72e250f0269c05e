"""The rules of a ladder's order, over documents that may have faults of their own.

Rules (they need more than one field to see):

1. Ids and aliases name one stage each: no id or alias is another stage's id or alias.
2. All pre-deploy stages stand before all post-deploy stages.
3. A stage declares each predicate type once, and none that the pipeline alone signs.
4. A stage takes artifacts from another ladder, never from its own.
5. No stage is called as a folder that the phase bundle has for itself.
6. An adoption is recorded by no stage.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.core.families import STAGED, RecordFamily
from pipeline.core.fields import Problem, duplicates
from pipeline.core.release import Phase
from pipeline.core.statement import EVIDENCE_BUNDLE, HOLD, OUTCOME, RECORDS, STAGE_RESULT, VSA

BUNDLE_FOLDERS = frozenset({"trust", "imported"})
"""Folders of a phase bundle beside its stages'."""
RESERVED_TYPES = frozenset({STAGE_RESULT, OUTCOME, EVIDENCE_BUNDLE, HOLD, VSA, *RECORDS})
"""Predicate types that only the pipeline signs: a step that could would write its own verdict."""


def ladder_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each broken rule of the six above; looks past what is not well-formed."""
    raw = document.get("stages")
    stages = [item if isinstance(item, Mapping) else {} for item in _list(raw)]
    yield from _name_problems(stages)
    yield from _phase_problems(stages)
    for index, stage in enumerate(stages):
        yield from _emits_problems(index, stage)
        yield from _records_problems(index, stage)
        imports = stage.get("imports")
        if isinstance(imports, Mapping) and imports.get("ladder") == document.get("ladder"):
            yield Problem(
                ("stages", index, "imports", "ladder"),
                "a ladder cannot take artifacts from itself; allowed: the name of another ladder",
            )


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _name_problems(stages: list[Mapping[str, Any]]) -> Iterator[Problem]:
    owner: dict[str, tuple[int, str]] = {}
    for index, stage in enumerate(stages):
        for field in ("id", "alias"):
            name = stage.get(field)
            if not isinstance(name, str):
                continue
            first, kind = owner.setdefault(name, (index, field))
            if first != index:
                yield Problem(
                    ("stages", index, field),
                    f"{name!r} is already the {kind} of stages[{first}]; allowed: a name that no "
                    "other stage of this ladder has as its id or alias",
                )
            if field == "id" and name in BUNDLE_FOLDERS:
                yield Problem(
                    ("stages", index, field),
                    f"{name!r} is a folder of the phase bundle; allowed: any other name",
                )


def _phase_problems(stages: list[Mapping[str, Any]]) -> Iterator[Problem]:
    after: int | None = None
    for index, stage in enumerate(stages):
        if stage.get("phase") == Phase.POST_DEPLOY and after is None:
            after = index
        if stage.get("phase") == Phase.PRE_DEPLOY and after is not None:
            yield Problem(
                ("stages", index, "phase"),
                f"a pre-deploy stage stands after the post-deploy stages[{after}]; allowed: "
                "pre-deploy stages first, post-deploy stages after all of them",
            )


def _emits_problems(index: int, stage: Mapping[str, Any]) -> Iterator[Problem]:
    types = [value if isinstance(value, str) else "" for value in _list(stage.get("emits"))]
    for at, value, first in duplicates(types):
        if value:
            yield Problem(
                ("stages", index, "emits", at),
                f"{value!r} stands at emits[{first}] already; allowed: each type once",
            )
    for at, value in enumerate(types):
        if value in RESERVED_TYPES:
            yield Problem(
                ("stages", index, "emits", at),
                f"{value!r} is signed by the pipeline itself, never for a step; allowed: the types "
                "of what the steps have found",
            )


def _records_problems(index: int, stage: Mapping[str, Any]) -> Iterator[Problem]:
    records = stage.get("records")
    if not isinstance(records, Mapping):
        return
    if RecordFamily.ADOPTION in records:
        staged = ", ".join(family.value for family in STAGED)
        yield Problem(
            ("stages", index, "records", RecordFamily.ADOPTION.value),
            f"an adoption is recorded when it is applied; allowed: {staged}",
        )
