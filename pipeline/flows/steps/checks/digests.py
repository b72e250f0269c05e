"""`digests`: what the statements say of the artifacts is what the artifacts hash to.

1. Every distribution is the subject of a provenance statement.
2. A statement that names an artifact gives the digest that hashing it again gives.
3. The provenance was made from this release's commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.statement import PROVENANCE, SBOM
from pipeline.edges import hashing
from pipeline.flows.steps.checks.subject import judged

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Outcome, Subject


def check(subject: Subject) -> Outcome:
    """Hash every artifact again and compare."""
    measured = {name: hashing.sha256_file(path).hex for name, path in subject.artifacts.items()}
    faults, proven = [], set()
    for kind in (PROVENANCE, SBOM):
        for statement in subject.step.statements(kind):
            for item in statement["subject"]:
                name, said = item["name"], item["digest"]["sha256"]
                if measured.get(name) != said:  # rule 2
                    faults.append(f"{name}: {kind} says {said}, measured {measured.get(name)}")
                elif kind == PROVENANCE:
                    proven.add(name)
            if kind == PROVENANCE:
                faults.extend(_commit_faults(statement, subject.step.context.baseline_commit))
    unproven = {subject.sdist.name, subject.wheel.name} - proven
    faults.extend(
        f"{name}: no provenance statement names it" for name in sorted(unproven)
    )  # rule 1
    return judged(faults, f"{len(measured)} artifacts hash to what the statements say")


def _commit_faults(statement: dict[str, Any], commit: str) -> list[str]:
    definition = statement["predicate"].get("buildDefinition", {})
    commits = {
        item["digest"]["gitCommit"]
        for item in definition.get("resolvedDependencies", [])
        if "gitCommit" in item.get("digest", {})
    }
    if commits == {commit}:
        return []
    return [f"the provenance was made from {sorted(commits)}, the release is {commit}"]  # rule 3
