"""Reading the signed summary of a decision: it stands for this decision, and for no other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.core import vsa
from pipeline.core.canonical import Digest, MalformedError, load_canonical
from pipeline.errors import UntrustedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.evidence import Believed
    from pipeline.core.predicates.stage_result import StageResult
    from pipeline.operations.objects import Objects


@lru_cache(maxsize=256)  # nobody changes what it returns; each reading asks for it
def _decision(data: bytes) -> Any:  # noqa: ANN401 - JSON, looked at by whoever asks
    return load_canonical(data)


def check_summary(
    item: Believed,
    result: StageResult,
    store: Objects,
    artifacts: Mapping[str, Digest],
    where: str,
) -> None:
    """Refuse (11) a summary of another decision, attempt, target or artifact than the result's."""
    todo = "a valid summary in another's place is no evidence; restore the store from a copy"
    try:
        decision = _decision(store.get(Digest.parse(result.decision)))
        wrong = vsa.wrong(item.statement, result, decision, artifacts)
    except (MalformedError, KeyError, TypeError) as error:
        raise UntrustedError(f"unreadable: {error}", where=where, todo=todo) from error
    if wrong:
        raise UntrustedError(
            f"a summary of another decision: {', '.join(wrong)} do not match",
            where=where,
            todo=todo,
        )
