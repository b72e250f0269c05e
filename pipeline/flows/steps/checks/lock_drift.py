"""`lock_drift`: project file, lock, snapshot and wheel ask for the same. Offline.

1. The lock records the requirements that the project file declares, group by group.
2. The version that the lock pins satisfies each of them.
3. Exporting the commit's lock again gives the snapshot, byte for byte.
4. The wheel requires what the project file declares, unless that is left to the build backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.flows.steps.checks.subject import judged, not_run
from pipeline.operations import building, source
from pipeline.operations.source import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.core.lockfile import Lock, Package
    from pipeline.flows.steps.checks.subject import Outcome, Subject

Wanted = tuple[str, frozenset[str], str, str]
"""Normalised name, extras, specifier, marker: what makes two requirements equal."""


def check(subject: Subject) -> Outcome:
    """Compare what the project declares with lock, snapshot and wheel."""
    lock, name = subject.source.lock, subject.source.name
    if lock is None or name is None:
        return not_run("the project has no uv.lock, or no name beside it: nothing is locked")
    package, project = lock.find(name), subject.source.pyproject["project"]
    declared = declared_requirements(project)
    recorded = {_recorded(item) for item in package.metadata.get("requires-dist", ())}
    faults = []
    if "dependencies" not in project.get("dynamic", ()):
        faults.extend(_differences(declared, recorded, "the lock"))  # rule 1
        made = building.metadata_of(subject.wheel).requires_dist or []
        faults.extend(_differences(declared, {_key(item) for item in made}, "the wheel"))  # rule 4
    faults.extend(_unsatisfied(declared, lock))
    faults.extend(_groups(subject.source.pyproject, package))
    again, path = source.snapshot(subject.source), subject.artifacts.get(SNAPSHOT)
    if path is None:
        faults.append(f"the release has no {SNAPSHOT}")
    elif path.read_text(encoding="utf-8") != again:
        faults.append(f"{SNAPSHOT} is not what the commit's lock exports to")  # rule 3
    return judged(faults, f"{len(declared)} requirements, all as the lock records them")


def declared_requirements(project: dict[str, Any]) -> set[Wanted]:
    """Return the requirements of a `[project]` table, extras as markers."""
    found = {_key(Requirement(text)) for text in project.get("dependencies", ())}
    for extra, texts in project.get("optional-dependencies", {}).items():
        for text in texts:
            requirement = Requirement(text)
            condition = f'extra == "{canonicalize_name(extra)}"'
            marker = f"({requirement.marker}) and {condition}" if requirement.marker else condition
            bare = str(requirement).partition(";")[0]
            found.add(_key(Requirement(f"{bare}; {marker}")))
    return found


def _key(requirement: Requirement) -> Wanted:
    return (
        canonicalize_name(requirement.name),
        frozenset(canonicalize_name(extra) for extra in requirement.extras),
        str(requirement.specifier),
        str(requirement.marker or ""),
    )


def _recorded(item: dict[str, Any]) -> Wanted:
    extras = f"[{','.join(item['extras'])}]" if item.get("extras") else ""
    marker = f"; {item['marker']}" if item.get("marker") else ""
    return _key(Requirement(f"{item['name']}{extras}{item.get('specifier', '')}{marker}"))


def _differences(declared: set[Wanted], other: set[Wanted], where: str) -> list[str]:
    ours, theirs = sorted(map(_text, declared - other)), sorted(map(_text, other - declared))
    return [
        *(f"{text}: declared by the project, not in {where}" for text in ours),
        *(f"{text}: in {where}, not declared by the project" for text in theirs),
    ]


def _text(wanted: Wanted) -> str:
    extras = f"[{','.join(sorted(wanted[1]))}]" if wanted[1] else ""
    return f"{wanted[0]}{extras}{wanted[2]}{f'; {wanted[3]}' if wanted[3] else ''}"


def _unsatisfied(declared: Iterable[Wanted], lock: Lock) -> list[str]:
    """Find requirements that no locked version satisfies (rule 2)."""
    faults = []
    for wanted in declared:
        pinned = [package.version for package in lock.packages if package.name == wanted[0]]
        specifier = Requirement(f"{wanted[0]}{wanted[2]}").specifier
        if not any(specifier.contains(version, prereleases=True) for version in pinned):
            faults.append(f"{_text(wanted)}: the lock pins {', '.join(pinned) or 'nothing'}")
    return sorted(faults)


def _groups(pyproject: dict[str, Any], package: Package) -> list[str]:
    """Compare the dependency groups that the lock records with the declared ones (rule 1)."""
    declared = pyproject.get("dependency-groups", {})
    recorded = package.metadata.get("requires-dev", {})
    faults = []
    for group in sorted(declared.keys() | recorded.keys()):
        wanted = {_key(Requirement(text)) for text in _flat(declared, group)}
        if wanted != {_recorded(item) for item in recorded.get(group, ())}:
            faults.append(f"the group {group} is not what the lock records")
    return faults


def _flat(groups: dict[str, Any], group: str) -> list[str]:
    found: list[str] = []
    for item in groups.get(group, ()):
        found.extend([item] if isinstance(item, str) else _flat(groups, item["include-group"]))
    return found
