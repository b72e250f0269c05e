"""Reading the records among verified statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.records.said import Said
from pipeline.core.records.table import RECORD_MODELS
from pipeline.core.statement import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.evidence import Believed


def records_of(statements: Iterable[Believed]) -> Iterator[Said]:
    """Yield the records among verified statements, each read by its family's model."""
    for item in statements:
        family = RECORDS.get(item.statement.predicate_type)
        if family is not None:
            yield Said(
                family=family,
                record=RECORD_MODELS[family].from_json(item.statement.predicate),
                bundle_digest=str(item.bundle_digest),
                origin=item.origin.value,
            )
