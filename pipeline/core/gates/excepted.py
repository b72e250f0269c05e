"""What a policy's exceptions make of findings. What may be named is in `core.policies.excepting`.

1. A finding that holds, may be excepted, and is named by an exception that has not expired becomes
   a note that says until when, by whom and why.
2. An expired exception excepts nothing, and the finding says so. It expires with its first second.
3. What may never be excepted is not, even if a policy came here without having been checked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight
from pipeline.core.policies.excepting import exceptable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.core.policies.excepting import FindingException


def excepted(
    findings: Iterable[Finding], exceptions: Sequence[FindingException], now: str
) -> tuple[tuple[Finding, ...], tuple[FindingException, ...]]:
    """Return the findings with the exceptions applied, and the exceptions that were used."""
    named = {item.finding: item for item in exceptions if exceptable(item.finding)}  # rule 3
    judged: list[Finding] = []
    used: dict[str, FindingException] = {}
    for finding in findings:
        exception = named.get(finding.id)
        if exception is None or finding.weight is not Weight.HOLDS:
            judged.append(finding)
        elif exception.expires <= now:  # rule 2
            words = f"the exception of {exception.owner} expired {exception.expires}"
            judged.append(replace(finding, what=f"{finding.what}; {words}"))
        else:  # rule 1
            words = f"excepted until {exception.expires} by {exception.owner}: {exception.reason}"
            judged.append(replace(finding, weight=Weight.NOTES, what=f"{finding.what}; {words}"))
            used[exception.finding] = exception
    return tuple(judged), tuple(used[name] for name in sorted(used))
