"""When two runs are equal: the one list of what is volatile, and the differences beside it.

Artifact and input digests are never volatile. Volatile are times, durations, host, folders, audit
id, signatures, log text, and the digests that contain them. Source: the design's model, "Equality".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

VOLATILE: dict[str, frozenset[str]] = {
    statement.STAGE_RESULT: frozenset(
        {
            "context",
            "begin",
            "decision",
            "predecessors",
            "imports",
            "logs[].digest",
            "logs[].size",
            "outputs[].digest",
            "outputs[].size",
            "statements[].digest",
            "started_at",
            "finished_at",
        }
    ),
    statement.EVIDENCE_BUNDLE: frozenset(
        {"context", "journal.head", "stages[].result", "sealed_at"}
    ),
    statement.PROVENANCE: frozenset({"runDetails.metadata"}),
    statement.CHECK_REPORT: frozenset(
        {"checks[].reason", "checks[].details", "advisory_sources[].reason"}
    ),
    statement.VULNERABILITIES: frozenset({"metadata", "scanner.db.lastUpdate"}),
    statement.CANARY: frozenset(
        {"samples", "metrics[].baseline", "metrics[].canary", "metrics[].reason"}
    ),
    statement.APPROVAL: frozenset(
        {
            "context",
            "stage_results",
            "shown",
            "nonce",
            "issued_at",
            "expires_at",
            "live_state",
            "rollback_target",
        }
    ),
    statement.DEPLOYMENT: frozenset(
        {"key", "token", "health", "state_before", "rollback_target"}
    ),
    statement.SMOKE: frozenset({"checks[].reason"}),
}
"""Predicate type → paths of volatile members; `[]` stands for every item of a list."""

RUN_VOLATILE = frozenset({"run_id_audit", "started_at"})
"""Volatile fields of `run.json`."""


def substance(predicate_type: str, predicate: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a predicate without its volatile members."""
    return _strip(predicate, "", VOLATILE.get(predicate_type, frozenset()))


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


def differences(left: Any, right: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401
    """Yield `path: left, right` for each place where two JSON values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            here = f"{path}.{key}" if path else str(key)
            if key not in left:
                yield f"{here}: only on the right"
            elif key not in right:
                yield f"{here}: only on the left"
            else:
                yield from differences(left[key], right[key], here)
    elif isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            yield f"{path}: {len(left)} items, {len(right)} items"
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            yield from differences(one, other, f"{path}[{index}]")
    elif left != right or type(left) is not type(right):
        yield f"{path or 'the value'}: {_short(left)}, {_short(right)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."  # noqa: PLR2004 - a line's width
