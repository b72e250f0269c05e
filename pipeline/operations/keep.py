"""What an attempt left, as files in the store, and the version's one claim (line 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipeline.core.canonical import (
    Digest,
    MalformedError,
    canonical,
    check_path,
    digest_of,
    load_canonical,
)
from pipeline.core.predicates.fields import File, Verdict
from pipeline.core.predicates.outcome import Draft, Outcome
from pipeline.core.predicates.stage_result import EnvelopeRecord
from pipeline.edges import clock
from pipeline.edges.hashing import walk
from pipeline.errors import ConflictError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline.core.journal import Entry
    from pipeline.core.ladder import Stage
    from pipeline.core.release import RunContext
    from pipeline.edges.store import Store
    from pipeline.operations.attempt import Attempt

ENFORCED: Literal["kernel", "false"] = "false"
"""What keeps a step inside its envelope while it runs: nothing yet; it is checked afterwards."""


def outcome_of(
    attempt: Attempt, put_all: Callable[[Sequence[Path]], list[tuple[Digest, int]]]
) -> Outcome:
    """Return what an attempt left; `put_all` gives digest and size of each of its files.

    A file that was listed and not left, or one that replaces an artifact, fails the attempt.
    """
    left = attempt.left
    out = _files(attempt.folder / "out", attempt)
    missing = [name for name in left.artifacts if name not in out]
    if missing:
        left.fail(f"listed as artifacts but not left in out/: {', '.join(missing)}")
    paths: list[tuple[str, str, Path]] = []
    for name, path in sorted(out.items()):
        kind = "artifacts" if name in left.artifacts else "outputs"
        paths.append((kind, f"{kind}/{name}", path))
    for name, path in sorted(_files(attempt.logs, attempt).items()):
        paths.append(("logs", f"logs/{name}", path))
    kept = put_all([path for _, _, path in paths])
    files: dict[str, list[File]] = {"artifacts": [], "outputs": [], "logs": []}
    for (kind, name, _), (digest, size) in zip(paths, kept, strict=True):
        files[kind].append(File(path=name, digest=str(digest), size=size))
    _refuse_replaced(attempt, files["artifacts"])
    started_at = attempt.job.begin.started_at
    return Outcome(
        verdict=left.verdict,
        reason=left.reason,
        steps=tuple(left.steps),
        artifacts=tuple(files["artifacts"]),
        outputs=tuple(files["outputs"]),
        logs=tuple(files["logs"]),
        drafts=tuple(
            Draft(type=item.type, subjects=item.subjects, predicate=item.predicate)
            for item in left.statements
        ),
        envelope=_envelope(attempt),
        started_at=started_at,
        finished_at=max(clock.now(), started_at),
    )


def claim(store: Store, context: RunContext, stage: Stage, begin: Entry, outcome: Outcome) -> None:
    """Claim the version for the first artifacts; another artifact set for it is a conflict (14)."""
    artifacts = {file.path: file.digest for file in outcome.artifacts}
    if not artifacts or outcome.verdict is not Verdict.PASS:
        return
    name = context.identity.claim_name
    mine = {
        "run": context.run_id,
        "commit": context.baseline_commit,
        "stage": stage.id,
        "key": begin.inputs["key"],
        "artifacts": artifacts,
    }
    if store.create(name, canonical(mine)):
        return
    try:
        theirs = load_canonical(store.read(name) or b"")
        same_run, same_stage = theirs["run"] == context.run_id, theirs["stage"] == stage.id
        same_bytes = theirs["artifacts"] == artifacts
    except (MalformedError, KeyError, TypeError) as error:
        todo = "the store was changed from outside; restore it from a copy you trust"
        raise UntrustedError("the claim cannot be read", where=name, todo=todo) from error
    if same_run and (not same_stage or same_bytes):
        return
    raise ConflictError(
        f"{context.version} is claimed by another artifact set ({_short(theirs)})",
        where=f"channel {context.channel}, gate {context.gate}",
        todo="one version maps to one artifact set: release a new version",
    )


def _short(claimed: dict[str, object]) -> str:
    return f"run {str(claimed.get('run'))[7:23]}, commit {str(claimed.get('commit'))[:12]}"


def _files(folder: Path, attempt: Attempt) -> dict[str, Path]:
    """Return the plain files of a folder; anything else there fails the attempt."""
    found: dict[str, Path] = {}
    try:
        for name, _ in walk(folder):
            found[check_path(name)] = folder / name
    except (UntrustedError, MalformedError) as error:
        place = f" ({error.where})" if isinstance(error, UntrustedError) else ""
        attempt.left.fail(f"what was left is no plain file{place}: {str(error).splitlines()[0]}")
        return {}
    except OSError as error:
        attempt.left.fail(f"what was left in {folder.name}/ cannot be read: {error.strerror}")
        return {}
    return found


def _refuse_replaced(attempt: Attempt, artifacts: list[File]) -> None:
    known = attempt.job.evidence.artifacts
    for file in artifacts:
        name = file.path.removeprefix("artifacts/")
        if name in known and str(known[name]) != file.digest:
            attempt.left.fail(f"the artifact {name} was replaced by other bytes")


def _envelope(attempt: Attempt) -> EnvelopeRecord:
    return EnvelopeRecord(
        digest=str(digest_of(attempt.job.stage.envelope.to_dict())),
        enforced=ENFORCED,
        findings=tuple(attempt.left.findings),
        cost_usd=f"{attempt.left.cost_usd:f}",
    )
