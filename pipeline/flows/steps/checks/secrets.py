"""`secrets`: no artifact holds a key, a token or a file that exists to hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core import secret_shapes
from pipeline.edges import archives
from pipeline.flows.steps.checks.subject import judged

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Outcome, Subject


def check(subject: Subject) -> Outcome:
    """Look into every member of the distributions, and into every other artifact."""
    faults, files = [], 0
    for name, path in sorted(subject.artifacts.items()):
        if path in {subject.wheel, subject.sdist}:
            for member, data in archives.contents(path):
                files += 1
                faults.extend(secret_shapes.findings(f"{name}/{member.name}", data))
        else:
            files += 1
            faults.extend(secret_shapes.findings(name, path.read_bytes()))
    shapes = len(secret_shapes.SHAPES)
    return judged(faults, f"{files} files, none with any of {shapes} shapes of secrets")
