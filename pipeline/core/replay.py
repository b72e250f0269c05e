"""Old decisions as they were written, and what differs when they are made again.

1. A decision is the canonical JSON that a stage's `decision.json` is, or what `why --json` says of
   one; a member too many or of another type is no decision of ours.
2. An input that this version does not make is refused, never passed over. One that an older version
   did not write yet is told as changed.
3. Equal inputs with other bytes mean that the gates' code is another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.canonical import Digest, MalformedError, canonical, load_json
from pipeline.core.equality import differences
from pipeline.core.gates.case import Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.core.gates import Decision

_MEMBERS = {
    "verdict": str,
    "stage": str,
    "run": str,
    "now": str,
    "findings": list,
    "exceptions_used": list,
    "inputs": dict,
}
_LATER = frozenset({"exceptions_used"})
"""Members that decisions of the first versions do not have."""
_TOLD = {"ladder": str, "release": str, "alias": str, "vsa": (dict, type(None))}
"""What `why --json` tells beside a decision."""
_FINDING = {"id": str, "weight": str, "what": str, "evidence": list, "command": str}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A decision that was read: its JSON form, and which release it was about, if that was told."""

    said: dict[str, Any]
    ladder: str | None
    release: str | None

    @property
    def inputs(self) -> dict[str, Any]:
        """What it had read."""
        inputs: dict[str, Any] = self.said["inputs"]
        return inputs

    @property
    def digest(self) -> Digest:
        """What the journal's begin would name it by."""
        return Digest.of(canonical(self.said))


def read(data: bytes) -> Old:
    """Read a decision strictly (rule 1); `MalformedError` says what makes it none."""
    value = load_json(data)
    if not isinstance(value, dict):
        msg = "it is no JSON object"
        raise MalformedError(msg)
    told = {name: value.pop(name) for name in _TOLD if name in value}
    if told:
        _typed(told, _TOLD, "what `why --json` tells")
    elif canonical(value) != data:
        msg = "it is not in the one byte form of decisions (RFC 8785)"
        raise MalformedError(msg)
    _check(value)
    return Old(said=value, ladder=told.get("ladder"), release=told.get("release"))


def _check(value: dict[str, Any]) -> None:
    later: dict[str, Any] = {name: [] for name in _LATER}
    _typed(later | value, _MEMBERS, "a decision")
    for finding in value["findings"]:
        _typed(finding, _FINDING, "a finding")
        if finding["weight"] not in list(Weight) or not _texts(finding["evidence"]):
            msg = f"a finding of the weight {finding['weight'][:40]!r}, or of odd evidence"
            raise MalformedError(msg)
    if value["verdict"] not in {"PROCEED", "HOLD"} or not _TIME.fullmatch(value["now"]):
        msg = "its verdict or time is none"
        raise MalformedError(msg)
    Digest.parse(value["run"])
    inputs = value["inputs"]
    for name in ("imports", "approvals", "stage_results"):
        if not _texts(inputs.get(name)):
            msg = f"its input {name!r} is no list of digests"
            raise MalformedError(msg)
    for name in ("journal", "hold"):
        if not isinstance(inputs.get(name), str | None):
            msg = f"its input {name!r} is no digest"
            raise MalformedError(msg)


def _typed(value: object, members: Mapping[str, Any], whose: str) -> None:
    if not isinstance(value, dict) or set(value) != set(members):
        msg = f"{whose} has exactly {', '.join(members)}"
        raise MalformedError(msg)
    wrong = [name for name, kind in members.items() if not isinstance(value[name], kind)]
    if wrong:
        msg = f"{whose} has another type in {', '.join(wrong)}"
        raise MalformedError(msg)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def compared(old: Old, again: Decision) -> dict[str, Any]:
    """Return how a decision made again compares; an unknown input is `MalformedError` (rule 2)."""
    now = again.inputs
    unknown = sorted(set(old.inputs) - set(now))
    if unknown:
        msg = f"it has inputs that this version does not know: {', '.join(unknown)[:200]}"
        raise MalformedError(msg)
    changed = [
        {"name": name, "then": old.inputs.get(name, NOT_RECORDED), "now": now[name]}
        for name in now
        if name not in old.inputs or old.inputs[name] != now[name]
    ]
    reproduced = canonical(old.said) == again.to_bytes()
    then = {name: old.said.get(name) for name in ("verdict", "findings", "exceptions_used")}
    fresh = {name: again.to_dict()[name] for name in then}
    return {
        "reproduced": reproduced,
        "changed": changed,
        "gates_differ": not reproduced and not changed,
        "verdict": {"then": old.said["verdict"], "now": again.verdict.value},
        "differences": list(differences(then, fresh, sides=("then", "now"))),
    }
