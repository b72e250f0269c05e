"""Smoke: a target's checks against its live service, now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.core.predicates.fields import CheckVerdict
from pipeline.edges.drivers import open_target
from pipeline.errors import HeldError
from pipeline.operations import installed
from pipeline.operations import smoke as checks
from pipeline.operations.named import target_named

if TYPE_CHECKING:
    from pipeline.core.predicates.deployment import LiveState
    from pipeline.core.predicates.smoke import SmokeVerdict
    from pipeline.operations.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the checks found, and of what."""

    target: str
    live: LiveState
    url: str
    vouched: str | None
    """The run whose verified deployment says what is installed; `None` when there is none."""
    checks: tuple[SmokeVerdict, ...]

    @property
    def ok(self) -> bool:
        """Whether there are checks and every one passed; one that could not run is no pass."""
        return bool(self.checks) and all(
            check.verdict is CheckVerdict.PASSED for check in self.checks
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        return {
            "target": self.target,
            "ok": self.ok,
            "live": self.live.to_dict(),
            "url": self.url,
            "vouched": self.vouched,
            "checks": [check.to_dict() for check in self.checks],
        }

    def lines(self) -> list[str]:
        """Tell the report in words, a line for each check."""
        width = max((len(check.id) for check in self.checks), default=0)
        found = [f"{c.verdict.value:8}{c.id:{width}}  {c.reason}" for c in self.checks]
        passed = sum(check.verdict is CheckVerdict.PASSED for check in self.checks)
        word = installed.told(self.vouched)
        return [*found, word, f"{passed} of {len(self.checks)} checks passed on {self.target}"]


def smoke(workspace: Workspace, target: str | None) -> Report:
    """Measure what is installed, compare it with its verified deployment, run the checks once.

    `HeldError` when nothing is live, `UntrustedError` when what is installed was changed,
    `StepFailedError` when its service does not run, `WrongUsageError` for an unknown target.
    """
    config = target_named(workspace, target)
    wanted = config.target
    driver = open_target(workspace.state, config)
    if driver.state().empty:
        raise HeldError(
            f"nothing is live on {wanted}",
            where=f"target {wanted}",
            todo="deploy a release first: `invoke promote`",
        )
    (measured, vouched), url = installed.check_live(workspace, driver, wanted), driver.url()
    found = checks.check(config.smoke, url, driver.secret(), round=1)
    return Report(target=wanted, live=measured.state, url=url, vouched=vouched, checks=found)
