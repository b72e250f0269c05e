"""The canary's judge on samples that were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.canary.judge import Judgement, judge
from pipeline.core.policies.canary import CanaryRule
from pipeline.edges.binding import bind
from pipeline.edges.yaml import read
from pipeline.errors import InvalidConfigurationError, WrongUsageError

if TYPE_CHECKING:
    from pipeline.operations.workspace import Workspace


def recorded(workspace: Workspace, rule: str, samples: Path, *, alone: bool) -> Judgement:
    """Judge a file of samples by a rule: its id, its target's name, or a YAML file.

    Beside a baseline, unless `alone`: then the objectives count, as for a first release.
    `WrongUsageError` for what is not there, `InvalidConfigurationError` for a file that is no rule.
    """
    found = _rule(workspace, rule)
    try:
        data = samples.read_bytes()
    except OSError as error:
        raise WrongUsageError(
            f"the samples cannot be read: {error.strerror}",
            where=str(samples),
            todo="name the file of a canary's samples: `--samples FILE`",
        ) from error
    return judge(found, data, beside_baseline=not alone)


def _rule(workspace: Workspace, name: str) -> CanaryRule:
    policies = workspace.configuration.policies.canary
    for policy in policies:
        if name in {policy.rule.id, policy.target}:
            return policy.rule
    path = Path(name)
    if not path.is_file():
        raise WrongUsageError(
            f"there is no canary rule {name!r}, and no file of that name",
            where="config/policies/canary.yaml",
            todo=f"rules are: {', '.join(sorted(policy.rule.id for policy in policies))}",
        )
    document = read(name, path.read_bytes())
    bound = bind(CanaryRule, document)
    if bound is None or document.faults:
        raise InvalidConfigurationError([str(fault) for fault in document.faults], where=name)
    return bound
