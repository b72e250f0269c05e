"""Reading the records among verified statements."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.core.canonical import load_json
from pipeline.core.records.said import Said
from pipeline.core.records.table import RECORD_MODELS
from pipeline.core.statement import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.core.evidence import Believed
    from pipeline.core.families import RecordFamily
    from pipeline.core.records.record import Record


@lru_cache(maxsize=1024)  # a function of the signed bytes alone, asked for at every reading
def _record(family: RecordFamily, payload: bytes) -> Record:
    return RECORD_MODELS[family].from_json(load_json(payload)["predicate"])


def records_of(statements: Iterable[Believed]) -> Iterator[Said]:
    """Yield the records among verified statements, each read by its family's model."""
    for item in statements:
        family = RECORDS.get(item.statement.predicate_type)
        if family is not None:
            yield Said(
                family=family,
                record=_record(family, item.payload),
                bundle_digest=str(item.bundle_digest),
                origin=item.origin.value,
            )
