"""`sbom`: the bill of materials, the lock and the installed environment list the same.

1. The artifact is the predicate of every SBOM statement, and every distribution has one.
2. Its components are the universal closure of what the lock says that the release needs.
3. Its file hashes are the lock's.
4. What is installed is that closure under this platform's markers, and the release itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from pipeline.core.canonical import load_json
from pipeline.core.sbom import component_keys
from pipeline.core.statement import SBOM
from pipeline.flows.steps.checks.subject import judged, not_run
from pipeline.operations.source import SBOM_FILE

if TYPE_CHECKING:
    from pipeline.core.lockfile import Key, Lock
    from pipeline.flows.steps.checks.subject import Outcome, Subject


def check(subject: Subject) -> Outcome:
    """Compare the bill of materials with its statements, the lock and the environment."""
    path, lock = subject.artifacts.get(SBOM_FILE), subject.source.lock
    if path is None:
        return judged([f"the release has no {SBOM_FILE}"], "")
    document = load_json(path.read_bytes())
    faults = _statement_faults(subject, document)
    if lock is None:
        reason = "the project has no uv.lock: nothing to compare the components with"
        return judged(faults, "") if faults else not_run(reason)
    roots = subject.source.roots()
    closure, components = lock.closure(roots), component_keys(document)
    faults.extend(f"{_of(key)}: in the SBOM alone" for key in sorted(components - closure.keys()))
    faults.extend(f"{_of(key)}: in the lock alone" for key in sorted(closure.keys() - components))
    if not faults:
        faults.extend(_hash_faults(document, lock))
    environment = {name: str(value) for name, value in default_environment().items()}
    wanted = set(lock.closure(roots, environment=environment))
    installed = _installed(subject)
    faults.extend(f"{_of(key)}: installed, not locked" for key in sorted(installed - wanted))
    faults.extend(f"{_of(key)}: locked, not installed" for key in sorted(wanted - installed))
    return judged(faults, f"{len(components)} components, {len(installed)} of them installed here")


def _statement_faults(subject: Subject, document: dict[str, Any]) -> list[str]:
    faults, named = [], set()
    for statement in subject.step.statements(SBOM):
        names = {item["name"] for item in statement["subject"]}
        named |= names
        if statement["predicate"] != document:  # rule 1
            faults.append(f"the SBOM statement on {', '.join(sorted(names))} is not {SBOM_FILE}")
    missing = {subject.wheel.name, subject.sdist.name} - named
    return [*faults, *(f"{name}: no SBOM statement names it" for name in sorted(missing))]


def _hash_faults(document: dict[str, Any], lock: Lock) -> list[str]:
    """Compare the file hashes of every component with the lock's (rule 3)."""
    faults = []
    for item in document.get("components", []):
        listed = {
            made["content"]
            for reference in item.get("externalReferences", [])
            for made in reference.get("hashes", [])
        }
        locked = {file.sha256 for file in lock.find(item["name"], item["version"]).files}
        if listed != locked:
            faults.append(f"{item['name']} {item['version']}: its hashes are not the lock's")
    return faults


def _installed(subject: Subject) -> set[Key]:
    own = canonicalize_name(subject.wheel.name.partition("-")[0])
    keys = {(canonicalize_name(item.name), item.version) for item in subject.installed}
    return {key for key in keys if key[0] != own}


def _of(key: Key) -> str:
    return f"{key[0]} {key[1]}"
