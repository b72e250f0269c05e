"""Gate `tree`: nothing is released from a checkout that differs from its commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.gates.case import Finding, Weight, passes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.gates.case import Case

SHOWN = 5
"""How many changed paths a finding names."""


def gate(case: Case) -> Iterable[Finding]:
    """Hold on a dirty tree, naming the first paths."""
    if not case.dirty:
        yield passes("tree.clean", "the checkout equals its commit", case.context.baseline_commit)
        return
    more = f" and {len(case.dirty) - SHOWN} more" if len(case.dirty) > SHOWN else ""
    yield Finding(
        id="tree.dirty",
        weight=Weight.HOLDS,
        what=f"the checkout differs from its commit: {', '.join(case.dirty[:SHOWN])}{more}",
        evidence=case.dirty[:SHOWN],
        command="git status --ignored; then commit, remove, or `git stash --include-untracked`",
    )
