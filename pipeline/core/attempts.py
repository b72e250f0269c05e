"""What the entries of a journal must say of their attempts, beside what makes them a chain.

A chain can be made anew by anybody; these rules leave a forger nothing to say in it but what the
pipeline itself would have written. By number:

1. A begin says what `_BEGUN` lists and nothing else: digests are digests, the context is the
   run's, and the key is the one that follows from context, stage definition and attempt.
2. A pass, a failure and a counted retry name their stage result; an uncounted retry has none. Both
   name their begin and a reason, and nothing else.
3. `abandoned` says why and of which context, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.canonical import Digest, MalformedError, digest_of
from pipeline.core.journal import Status
from pipeline.core.predicates.deployment import LiveState

if TYPE_CHECKING:
    from pipeline.core.journal import Entry, Journal

_DIGESTS = ("context", "stage", "decision", "bound", "key")
_BEGUN: dict[str, type] = dict.fromkeys(_DIGESTS, str) | {
    "artifacts": dict,
    "imports": list,
    "live": dict,
}
"""The members of a begin's `inputs`: digests, and what the stage was given."""
_ENDED = frozenset({"stage_result", "reason", "counted"})


def check_attempts(journal: Journal, *, context: Digest) -> None:
    """Check every entry by the three rules; `MalformedError` says which line breaks which."""
    for number, entry in enumerate(journal.entries, 1):
        try:
            if entry.status is Status.BEGIN:
                _check_begin(entry, context)
            elif entry.status is Status.ABANDONED:
                _check_abandoned(entry, context)
            else:
                _check_end(entry)
        except MalformedError as error:
            msg = f"journal line {number}: {error}"
            raise MalformedError(msg) from error


def _check_begin(entry: Entry, context: Digest) -> None:
    inputs = entry.inputs
    typed = set(inputs) == set(_BEGUN) and all(
        isinstance(inputs[name], kind) for name, kind in _BEGUN.items()
    )
    if entry.outputs or not typed:
        msg = f"a begin says {', '.join(sorted(_BEGUN))}, and nothing else"
        raise MalformedError(msg)
    listed = [*inputs["artifacts"].values(), *inputs["imports"]]
    if not all(isinstance(item, str) for item in listed):
        msg = "artifacts and imports of a begin are named by digests"
        raise MalformedError(msg)
    for text in (*(inputs[name] for name in _DIGESTS), *listed):
        Digest.parse(text)
    LiveState.from_json(inputs["live"])
    key = digest_of([inputs["context"], inputs["stage"], entry.attempt])
    if inputs["context"] != str(context) or inputs["key"] != str(key):
        msg = "a begin of another context, or with a key that is not this attempt's"
        raise MalformedError(msg)


def _check_end(entry: Entry) -> None:
    if set(entry.inputs) != {"begin"} or not set(entry.outputs) <= _ENDED:
        msg = f"an end names its begin and {', '.join(sorted(_ENDED))}, and nothing else"
        raise MalformedError(msg)
    counts = entry.status is not Status.RETRY or entry.outputs.get("counted") is True
    if counts is not isinstance(entry.outputs.get("stage_result"), str):
        msg = "an end that counts names its stage result, and one that does not has none"
        raise MalformedError(msg)


def _check_abandoned(entry: Entry, context: Digest) -> None:
    told = {"reason": entry.inputs.get("reason"), "context": str(context)}
    if entry.step_id != "abandoned/1" or entry.outputs or entry.inputs != told:
        msg = "an abandoned release says why, and of which context, and nothing else"
        raise MalformedError(msg)
