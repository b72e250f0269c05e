"""When two runs are equal: the one list of what is volatile, and the differences beside it.

Artifact and input digests are never volatile. Volatile are times, durations, host, folders, audit
id, signatures (and so the keys that make them), the words around a verdict, log text, and the
digests that contain any of them. Source: the design's model, "Equality".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core import statement
from pipeline.core.families import RecordFamily
from pipeline.core.vsa import DECISION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.core.statement import Statement

_HEAD = frozenset({"context", "recorded_at"})
"""What is volatile in the head of every record."""
VOLATILE: dict[str, frozenset[str]] = {
    statement.STAGE_RESULT: frozenset(
        {
            "context",
            "begin",
            "decision",
            "predecessors",
            "imports",
            "reason",
            "logs[].digest",
            "logs[].size",
            "outputs[].digest",
            "outputs[].size",
            "records[].digest",
            "records[].size",
            "statements[].digest",
            "started_at",
            "finished_at",
        }
    ),
    # a disturbed run has entries for what was cut off, so the journal's length says nothing
    statement.EVIDENCE_BUNDLE: frozenset({"context", "journal", "stages[].result", "sealed_at"}),
    # the builder's id is the platform: the host
    statement.PROVENANCE: frozenset({"runDetails.metadata", "runDetails.builder"}),
    statement.CHECK_REPORT: frozenset(
        {
            "checks[].reason",
            "checks[].details",
            "checks[].todo",
            "advisory_sources[].reason",
            "advisory_sources[].data_date",
        }
    ),
    statement.VULNERABILITIES: frozenset({"metadata", "scanner.db.lastUpdate"}),
    # beside a baseline the limit follows from what was measured there
    statement.CANARY: frozenset(
        {
            "samples",
            "reasons",
            "metrics[].baseline",
            "metrics[].canary",
            "metrics[].limit",
            "metrics[].reason",
        }
    ),
    # the trust's digest names the local key
    statement.APPROVAL: frozenset(
        {
            "context",
            "stage_results",
            "trust",
            "shown",
            "nonce",
            "issued_at",
            "expires_at",
            "live_state",
            "rollback_target",
        }
    ),
    # an environment has the paths of its folder and of its interpreter in it
    statement.DEPLOYMENT: frozenset(
        {"key", "token", "health", "state_before", "rollback_target", "environment"}
    ),
    # which patch of an interpreter on which machine: the host
    statement.TEST_RESULT: frozenset({"configuration[].annotations"}),
    statement.SMOKE: frozenset({"checks[].reason"}),
    # the attestations that were read, and the decision, contain times and signatures
    statement.VSA: frozenset(
        {"verifier.version", "timeVerified", "inputAttestations[].digest", DECISION}
    ),
    **{
        statement.record_type(family): _HEAD | members
        for family, members in {
            RecordFamily.TRACKING: {"build_timestamp"},
            # the builder is the platform: the host
            RecordFamily.ATTESTATION: {"provenance", "signers", "signer", "claims[].value"},
            RecordFamily.APPROVAL_AUTHORITY: {"approvals"},
            RecordFamily.PROMOTION: {"compatibility_matrix", "stage_results"},
            RecordFamily.SMOKE_VERIFICATION: {"statements"},
            # what was live before is the target's, as in a deployment
            RecordFamily.ROLLBACK_TARGET: {
                "rollback_target_reference",
                "rollback_version",
                "rollback_artifact",
                "verification_status",
                "trusted_artifact_status",
            },
            RecordFamily.LINKAGE: {"records[].digest"},
            RecordFamily.ADOPTION: {"source_bundle", "review_contract", "generated_records"},
            RecordFamily.CANARY: {"samples", "statement"},
        }.items()
    },
}
"""Predicate type → paths of volatile members; `[]` stands for every item of a list."""

RUN_VOLATILE = frozenset({"run_id_audit", "started_at"})
"""Volatile fields of `run.json`."""

_NAMES = ("id", "path", "metric", "type", "name")
"""Members by which items of a list are told apart, where every item has one of its own."""
_SHOWN = 100


def substance(predicate_type: str, predicate: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a predicate without its volatile members."""
    return _strip(predicate, "", VOLATILE.get(predicate_type, frozenset()))


def run_substance(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return `run.json` without its volatile fields."""
    return {name: value for name, value in context.items() if name not in RUN_VOLATILE}


def stage_substance(result: dict[str, Any], statements: Iterable[Statement]) -> dict[str, Any]:
    """Return what must be equal of an attempt: its stage result's substance, and its statements'.

    A statement is found again by its type and the names of its subjects; its subjects' digests are
    never volatile.
    """
    listed: dict[str, Any] = {}
    for item in statements:
        about = ", ".join(subject.name for subject in item.subjects)
        name = unique = f"{item.predicate_type} of {about}"
        number = 1
        while unique in listed:
            number += 1
            unique = f"{name}, {number}"
        listed[unique] = {
            "subjects": {subject.name: str(subject.digest) for subject in item.subjects},
            "predicate": substance(item.predicate_type, item.predicate),
        }
    result_substance = substance(statement.STAGE_RESULT, result)
    return {**result_substance, "statements": listed}


def _strip(value: Any, path: str, volatile: frozenset[str]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        kept = {}
        for key, member in value.items():
            here = f"{path}.{key}" if path else key
            if here not in volatile:
                kept[key] = _strip(member, here, volatile)
        return kept
    if isinstance(value, list):
        return [_strip(item, f"{path}[]", volatile) for item in value]
    return value


def differences(
    left: Any,  # noqa: ANN401 - JSON values
    right: Any,  # noqa: ANN401
    path: str = "",
    *,
    sides: tuple[str, str] = ("on the left", "on the right"),
) -> Iterator[str]:
    """Yield `path: left, right` for each place where two JSON values differ.

    Lists whose items name themselves (`id`, `path`, …) are compared item by name, others by place.
    """
    if isinstance(left, list) and isinstance(right, list):
        named = _by_name(left), _by_name(right)
        if named[0] is None or named[1] is None:
            if len(left) != len(right):
                yield f"{path}: {len(left)} items, {len(right)} items"
            for index, (one, other) in enumerate(zip(left, right, strict=False)):
                yield from differences(one, other, f"{path}[{index}]", sides=sides)
            return
        left, right = named
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            here = f"{path}.{key}" if path else str(key)
            if key not in left:
                yield f"{here}: only {sides[1]}"
            elif key not in right:
                yield f"{here}: only {sides[0]}"
            else:
                yield from differences(left[key], right[key], here, sides=sides)
    elif left != right or type(left) is not type(right):
        yield f"{path or 'the value'}: {_short(left)}, {_short(right)}"


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """Return a list's items by a name that each has of its own; `None` where there is none."""
    for name in _NAMES:
        found = {
            item[name]: item
            for item in items
            if isinstance(item, dict) and isinstance(item.get(name), str)
        }
        if len(found) == len(items):
            return found
    return None


def _short(value: object) -> str:
    text = str(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
