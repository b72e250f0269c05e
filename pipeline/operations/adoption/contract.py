"""Making the review contract from verified bundles, and saying what holds an adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.core.adoption import Contract, PolicyStatus
from pipeline.core.canonical import MalformedError
from pipeline.errors import UntrustedError, WrongUsageError
from pipeline.operations.adoption.shelf import read
from pipeline.operations.adoption.sources import below_root, keys_in, listed_files, records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.core.ledger import Ledger
    from pipeline.core.policies.adoption import AdoptionPolicy
    from pipeline.operations.adoption.sources import Found, Sources
    from pipeline.operations.workspace import Workspace
    from pipeline.proof.trust import RehearsalTrust

MAX_CONTRACT = 8 * 1024 * 1024
REVIEWS = "artifacts/adoption"
"""Where review contracts are written, never checked in."""


def make(workspace: Workspace, sources: Sources, ledger: Ledger) -> Contract:
    """Make the contract of bundles under today's policies, for the ledger as it is."""
    policy = policy_of(workspace, sources)
    found = records(sources)
    now = str(workspace.configuration.policies.digest)
    then = sorted({one.record.policies for one in found})
    adopted = [one for one in found if _adopts(policy, one)]
    return Contract.make(
        {
            **facts(sources, found, workspace.trust),
            "adoption_policy": None if policy is None else policy.id,
            "sources": _sources(workspace, sources),
            "records": [_record(one, adopted=one in adopted) for one in found],
            "adopted_record_ids": [one.record.record_id for one in adopted],
            "current_policies": now,
            "policies_status": status(then, now).value,
            "ledger": {"head": ledger.head, "next_free": ledger.next_free},
        }
    )


def policy_of(workspace: Workspace, sources: Sources) -> AdoptionPolicy | None:
    """Return the adoption policy of the target that a run is of."""
    return workspace.configuration.policies.for_target(sources.context.target).adoption


def status(then: list[str], now: str) -> PolicyStatus:
    """Compare the policy snapshots of the records with today's."""
    if not then:
        return PolicyStatus.UNKNOWN
    return PolicyStatus.MATCH if then == [now] else PolicyStatus.DRIFTED


def facts(sources: Sources, found: list[Found], trust: RehearsalTrust) -> dict[str, Any]:
    """Return the fields that follow from the bundles and their keys alone."""
    context = sources.context
    names = {key.key_id: key.principal for key in trust.keys}
    return {
        "set": context.identity.artifact_set_id,
        "run": context.run_id,
        "context": str(context.digest),
        "target": context.target,
        "channel": context.channel,
        "gate": context.gate,
        "ladder": context.ladder,
        "version": context.version,
        "source_revision": context.baseline_commit,
        "origin_class": sources.origin.value,
        "artifacts": [
            {"name": name, "digest": str(digest)} for name, digest in sources.artifacts.items()
        ],
        "keys": [{"key_id": str(key), "principal": names[key]} for key in keys_in(sources, trust)],
        "source_policies": sorted({one.record.policies for one in found}),
    }


def bundle_facts(sources: Sources) -> list[dict[str, Any]]:
    """Return what a contract says of each bundle, all but where it lies."""
    return [
        {
            "phase": checked.said.phase.value,
            "manifest": str(checked.manifest.digest),
            "seal": str(checked.sealed.bundle_digest),
            "closed": checked.said.closed,
            "files": len(listed_files(checked)),
        }
        for checked in sources.bundles
    ]


def record_facts(one: Found) -> dict[str, Any]:
    """Return what a contract says of a record, all but whether it is adopted."""
    return {
        "record_id": one.record.record_id,
        "family": one.record.family,
        "policy": one.record.policy,
        "phase": one.phase.value,
        "stage": one.stage,
        "path": one.path,
        "digest": str(one.believed.bundle_digest),
        "policies": one.record.policies,
    }


def _sources(workspace: Workspace, sources: Sources) -> list[dict[str, Any]]:
    places = [below_root(workspace, checked.folder) for checked in sources.bundles]
    return [
        {**said, "path": place} for said, place in zip(bundle_facts(sources), places, strict=True)
    ]


def _record(one: Found, *, adopted: bool) -> dict[str, Any]:
    return {**record_facts(one), "adopted": adopted}


def _adopts(policy: AdoptionPolicy | None, one: Found) -> bool:
    return policy is not None and one.record.family in policy.families.get(one.phase, ())


def holds(policy: AdoptionPolicy | None, contract: Contract) -> Iterator[str]:
    """Yield what holds an adoption under today's policy, in words; nothing when it may go on."""
    if policy is None:
        yield f"no adoption policy names {contract.target!r}; an empty policy denies"
        return
    there = {source.phase: source for source in contract.sources}
    for phase in policy.phases:
        if phase not in there:
            yield f"the {phase.value} bundle is missing, and the policy adopts it too"
        elif not there[phase].closed:
            yield f"the {phase.value} phase is not closed: its last stage has not passed"
    for phase in there.keys() - set(policy.phases):
        yield f"the policy adopts no {phase.value} bundle"
    for phase in there:
        has = {record.family for record in contract.of_phase(phase)}
        missing = [family for family in policy.families.get(phase, ()) if family not in has]
        if not has:
            yield f"{phase.value} has no generated record that the policy adopts"
        if missing:
            yield f"{phase.value} has no generated record of {', '.join(missing)}"
    if contract.policies_status is PolicyStatus.DRIFTED:
        yield "the records were made under other policies than today's"


def read_contract(path: Path) -> Contract:
    """Read a contract's file; one that is not as it was made is 11."""
    if not path.is_file() and not path.is_symlink():
        raise WrongUsageError(
            "there is no such review contract",
            where=str(path),
            todo="write one with `invoke adopt --from DIR`, and name its file",
        )
    data = read(path, MAX_CONTRACT)
    try:
        return Contract.parse(data)
    except MalformedError as error:
        raise UntrustedError(
            f"the review contract cannot be believed: {error}",
            where=str(path),
            todo="write it anew with `invoke adopt --from DIR`, and review it again",
        ) from error
