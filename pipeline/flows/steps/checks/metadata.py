"""`metadata`: valid core metadata that says the same everywhere.

1. METADATA of the wheel and PKG-INFO of the sdist are valid. (Core metadata specification.)
2. Name and version are equal in both, in the file names and in the release.
3. Requires-Python and the requirements are equal in both.
4. Requires-Python is what the lock was resolved for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from pipeline.core.canonical import MalformedError
from pipeline.flows.steps.checks.subject import judged
from pipeline.operations import building

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Outcome, Subject


def check(subject: Subject) -> Outcome:
    """Read the metadata of both distributions and compare."""
    context = subject.step.context
    faults = [
        fault
        for path in (subject.sdist, subject.wheel)
        for fault in building.identity_faults(path, subject.source.name, context.version)
    ]
    try:
        sdist, wheel = (building.metadata_of(path) for path in (subject.sdist, subject.wheel))
    except MalformedError as error:
        return judged(faults or [str(error)], "")
    faults.extend(_name_faults(subject))
    for field in ("name", "requires_python"):
        ours, theirs = getattr(wheel, field), getattr(sdist, field)
        if ours != theirs:
            faults.append(f"{field}: the wheel says {ours}, the sdist {theirs}")
    needs = [{str(item) for item in made.requires_dist or ()} for made in (wheel, sdist)]
    faults.extend(
        f"requires_dist: {item} stands in one distribution alone"
        for item in sorted(needs[0] ^ needs[1])
        if "requires_dist" not in (sdist.dynamic or ())
    )
    lock = subject.source.lock
    locked = SpecifierSet(lock.requires_python) if lock is not None else wheel.requires_python
    if (wheel.requires_python or SpecifierSet()) != (locked or SpecifierSet()):
        faults.append(f"the wheel requires Python {wheel.requires_python}, the lock {locked}")
    return judged(faults, f"{wheel.name} {wheel.version}, equal in wheel, sdist and release")


def _name_faults(subject: Subject) -> list[str]:
    """Compare the version that the file names carry (rule 2)."""
    wanted = Version(subject.step.context.version)
    try:
        versions = {
            subject.wheel.name: parse_wheel_filename(subject.wheel.name)[1],
            subject.sdist.name: parse_sdist_filename(subject.sdist.name)[1],
        }
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        return [str(error)]
    return [f"{name}: its name says {found}" for name, found in versions.items() if found != wanted]
