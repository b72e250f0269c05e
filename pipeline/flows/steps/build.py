"""The bodies of `build.distributions` and `build.imported`.

A build counts when it can be done twice: two exports of the commit in folders of different depth,
with other file times, another umask and hash seed, at different times, give identical bytes. If
not, the step fails and names the members that differ.
"""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core import members, provenance, sbom
from pipeline.core.canonical import Digest, MalformedError
from pipeline.core.predicates.fields import Verdict
from pipeline.core.statement import PROVENANCE, SBOM
from pipeline.edges import archives, clock, hashing
from pipeline.operations import building, source
from pipeline.operations.building import Distributions
from pipeline.operations.source import SBOM_FILE, SNAPSHOT, Source
from pipeline.operations.step_io import Step, StepResult, StepStatement, pretty

APART = 2.1
"""Seconds between the starts of the two builds: zip keeps times to two seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is different between the two builds."""

    folder: str
    shift: int
    umask: int
    seed: int
    delay: float


FIRST = Setting(folder="first", shift=0, umask=0o022, seed=1, delay=0.0)
SECOND = Setting(folder="second/far/deeper", shift=-86_413, umask=0o077, seed=4242, delay=APART)


def distributions(step: Step, *, twice: bool = True) -> None:
    """Build sdist and wheel from the commit, twice; leave them with snapshot, SBOM, provenance."""
    started = clock.now()
    settings = [FIRST, SECOND] if twice else [FIRST]
    step.log(f"export   commit {step.context.baseline_commit} from its blobs")
    sources = [_export(step, setting) for setting in settings]
    listed = building.constraints(sources[0])
    pinned = None if listed is None else _write(step.scratch / "build-constraints.txt", listed)
    how = "hashed build requirements" if pinned else "build requirements that nothing pins"
    step.log(f"build    {len(settings)} time(s), in isolation, with {how}")
    with ThreadPoolExecutor(len(settings)) as pool:
        running = [
            pool.submit(_build, step, exported, setting, pinned)
            for exported, setting in zip(sources, settings, strict=True)
        ]
        builds = [build.result() for build in running]
    faults = _faults(step, sources[0], builds)
    for path in builds[0].files():
        shutil.copyfile(path, step.out / path.name)
    if faults:
        (step.out / "differences.txt").write_text("\n".join(faults) + "\n", encoding="utf-8")
        for fault in faults:
            step.log(f"FAIL     {fault}")
        step.finish(StepResult(verdict=Verdict.FAIL, reason="; ".join(faults)[:4000]))
        return
    names = [path.name for path in builds[0].files()]
    extras = _companions(step, sources[0])
    made = _provenance(step, sources[0], names, started=started, pinned=pinned, twice=twice)
    bill = extras.pop(SBOM_FILE)
    statements = [
        StepStatement(type=kind, subjects=(name,), predicate=predicate)
        for name in names
        for kind, predicate in ((PROVENANCE, made), (SBOM, bill))
    ]
    step.finish(StepResult(artifacts=(*names, *extras, SBOM_FILE), statements=tuple(statements)))


def imported(step: Step) -> None:
    """Take the artifacts of another ladder's verified stage, byte for byte.

    Nothing is claimed anew: each distribution must be the subject of a provenance statement that
    came with it, made from this very commit.
    """
    artifacts = step.artifacts()
    built = {
        (subject["name"], subject["digest"]["sha256"]): statement["predicate"]
        for statement in step.statements(PROVENANCE)
        for subject in statement["subject"]
    }
    faults = [] if artifacts else ["the other ladder handed on no artifact"]
    for name, path in sorted(artifacts.items()):
        digest = hashing.sha256_file(path)
        step.log(f"import   {name} {digest}")
        shutil.copyfile(path, step.out / name)
        if not name.endswith((".whl", ".tar.gz")):
            continue
        predicate = built.get((name, digest.hex))
        if predicate is None:
            faults.append(f"{name}: no provenance that came with it names these bytes")
        elif step.context.baseline_commit not in _commits(predicate):
            faults.append(f"{name}: its provenance names another commit than this release's")
        faults.extend(building.identity_faults(path, None, step.context.version))
    if faults:
        step.finish(StepResult(verdict=Verdict.FAIL, reason="; ".join(faults)))
        return
    step.finish(StepResult(artifacts=tuple(sorted(artifacts))))


def _commits(predicate: dict[str, Any]) -> set[str]:
    definition = predicate.get("buildDefinition", {})
    found = (item.get("digest", {}) for item in definition.get("resolvedDependencies", []))
    return {digest["gitCommit"] for digest in found if "gitCommit" in digest}


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _export(step: Step, setting: Setting) -> Source:
    folder = step.scratch / setting.folder / "source"
    return source.export(step, folder, shift=setting.shift, umask=setting.umask)


def _build(
    step: Step, exported: Source, setting: Setting, constraints_file: Path | None
) -> Distributions:
    time.sleep(setting.delay)
    folder = step.scratch / setting.folder
    home = folder / "home"
    home.mkdir()
    env = building.build_environment(exported, step.context.version, home, setting.seed)
    made = building.build(
        exported,
        folder / "dist",
        constraints_file=constraints_file,
        env=env,
        umask=setting.umask,
        log=step.log,
    )
    step.log(f"built    {setting.folder.split('/')[0]} build, umask {setting.umask:04o}")
    return made


def _faults(step: Step, exported: Source, builds: list[Distributions]) -> list[str]:
    """Compare METADATA with the release, and the builds with each other."""
    faults = [
        fault
        for path in builds[0].files()
        for fault in building.identity_faults(path, exported.name, step.context.version)
    ]
    if len(builds) == 1:
        step.log("note     built once, as told; nothing proves that it can be done again")
        return faults
    for one, other in zip(builds[0].files(), builds[1].files(), strict=True):
        digests = hashing.sha256_file(one), hashing.sha256_file(other)
        if digests[0] == digests[1] and one.name == other.name:
            step.log(f"same     {one.name} {digests[0]}")
            continue
        faults.append(f"{one.name} differs between the builds: {digests[0]} and {digests[1]}")
        faults.extend(f"{one.name}: {text}" for text in _differences(one, other))
    return faults


def _differences(one: Path, other: Path) -> list[str]:
    if one.name != other.name:
        return [f"the other build calls it {other.name}"]
    try:
        found = members.differences(archives.members(one), archives.members(other))
    except MalformedError as error:
        return [str(error)]
    return members.shortened(found) or ["the members are equal, the archive's own headers differ"]


def _companions(step: Step, exported: Source) -> dict[str, Any]:
    """Write snapshot and SBOM into `out/`; return name → document (None for the snapshot)."""
    made: dict[str, Any] = {}
    listed = source.snapshot(exported)
    if listed is None:
        step.log("note     the project has no uv.lock: there is no dependency snapshot")
    else:
        _write(step.out / SNAPSHOT, listed)
        made[SNAPSHOT] = None
        count = sum(line[:1].isalnum() for line in listed.splitlines())
        step.log(f"snapshot {count} locked dependencies in {SNAPSHOT}")
    name = exported.name or building.metadata_of(next(step.out.glob("*.whl"))).name
    bill = sbom.make_sbom(
        name=name,
        version=step.context.version,
        commit=exported.commit,
        time=exported.time,
        lock_digest=None if exported.lock_bytes is None else Digest.of(exported.lock_bytes),
        lock=exported.lock,
        roots=exported.roots(),
    )
    (step.out / SBOM_FILE).write_bytes(pretty(bill))
    step.log(f"sbom     {len(bill.get('components', []))} components in {SBOM_FILE}")
    return {**made, SBOM_FILE: bill}


def _provenance(
    step: Step,
    exported: Source,
    names: list[str],
    *,
    started: str,
    pinned: Path | None,
    twice: bool,
) -> dict[str, Any]:
    repository = provenance.repository(os.environ)
    dependencies = [provenance.source_dependency(exported.commit, repository)]
    if exported.lock is not None and exported.lock_bytes is not None:
        lock_digest = Digest.of(exported.lock_bytes)
        dependencies.append(provenance.file_dependency("uv.lock", lock_digest))
        if pinned is not None and exported.name is not None:
            group = exported.lock.find(exported.name).groups[building.BUILD_GROUP]
            dependencies.extend(
                provenance.package_dependency(package, sbom.purl(package.name, package.version))
                for _, package in sorted(exported.lock.closure(group).items())
            )
    external = {
        "source": {"digest": {"gitCommit": exported.commit}},
        "version": step.context.version,
        "task": step.document["task"],
        "arguments": {"twice": twice},
    }
    context = step.context
    return provenance.Build(
        build_type=provenance.TWICE_BUILT,
        builder=provenance.builder_id(os.environ),
        external={**external, **({"repository": repository} if repository else {})},
        internal={
            "distributions": names,
            "sourceDateEpoch": exported.time,
            "buildRequirements": "hashed" if pinned else "unpinned",
            "settings": [
                {"umask": f"{setting.umask:04o}", "hashSeed": setting.seed}
                for setting in ((FIRST, SECOND) if twice else (FIRST,))
            ],
        },
        dependencies=tuple(dependencies),
        invocation=f"urn:uuid:{context.run_id_audit}#{step.key}",
        started=started,
        finished=clock.now(),
    ).to_predicate()
