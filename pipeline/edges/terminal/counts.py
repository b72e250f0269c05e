"""The posture's counts as lines: what is defined and what is checked in, side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 22


def count_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of policy families, the approvals, and what was not counted."""
    counts, adopted = told["counts"], told["adopted"]
    approvals, signed = counts["approval_records"], counts["signed_provenance"]
    yield f"Checked in under releases/: {adopted['releases']} adopted"
    yield f"  release approvals defined {approvals['defined']}/{approvals['of']}"
    yield f"  with signed provenance {signed['reporting']}/{signed['of']}"
    yield f"  production approvals {counts['production_approvals']}"
    yield f"  {'policy family':{_WIDTH}} policies  records  live  local or synthetic"
    for name, family in told["families"].items():
        records = family["records"]
        kept = (
            f"{records['checked_in']:7}  {records['live']:4}  {records['local_or_synthetic']:18}"
            if records
            else f"{'none of its own':>7}"
        )
        yield f"  {name:{_WIDTH}} {family['policies']:8}  {kept}"
    for finding in adopted["findings"]:
        yield f"  not counted: {finding['id']}: {finding['what']} ({finding['where']})"
        yield f"    {finding['command']}"
