"""The text that is shown before an approval, which the approval binds by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.core.release import RunContext


def shown_text(context: RunContext, binding: dict[str, Any]) -> str:
    """Return what an approver is shown: what goes where, on which evidence, in place of what."""
    lines = [
        f"release   {context.version} (commit {context.baseline_commit})",
        f"target    {context.target}, channel {context.channel}, gate {context.gate}",
        f"run       {context.run_id}",
        "artifacts",
        *(f"  {item['digest']}  {item['name']}" for item in binding["artifacts"]),
        "stage results",
        *(f"  {digest}" for digest in binding["stage_results"]),
        f"ladder    {binding['ladder']}",
        f"policies  {binding['policies']}",
        f"trust     {binding['trust']}",
        f"replaces  {binding['live_state']}",
        f"rollback  {binding['rollback_target'] or 'to the empty state'}",
    ]
    return "\n".join(lines) + "\n"
