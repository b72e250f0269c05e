"""Handing decisions on: a summary for those who have no gates of ours, signed with each attempt."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from pipeline.core import vsa
from pipeline.core.canonical import Digest, load_canonical
from pipeline.core.predicates.stage_result import StatementRef
from pipeline.core.statement import VSA, slug
from pipeline.core.vsa import Decided
from pipeline.operations.believe import believe

if TYPE_CHECKING:
    from pipeline.core.journal import Entry
    from pipeline.core.statement import Statement
    from pipeline.operations.climb import Climb
    from pipeline.operations.deciding import Deciding
    from pipeline.operations.workspace import Workspace


def summary_of(
    workspace: Workspace, ground: Deciding, decided: Decided | None = None
) -> Statement | None:
    """Return a decision as an unsigned summary; `None` while there is no artifact.

    `decided` is an earlier decision of the same substance, in whose name it is made.
    """
    return vsa.summary(
        decided or Decided.of(ground.decision),
        ground.case,
        project=workspace.configuration.project.project,
        software=_software(),
    )


def signed_summary(
    climb: Climb, begin: Entry, ground: Deciding, number: int
) -> tuple[StatementRef, ...]:
    """Sign the summary of the decision under which an attempt began, and keep it.

    Returns how the stage result lists it, if there is one. An attempt that was cut off is taken up
    under a later decision of the same substance; its summary is of the one that it began under.
    It is about the artifacts that the decision saw, whatever the attempt left; `number` is its
    place among the statements.
    """
    store = climb.workspace.store
    digest = Digest.parse(str(begin.inputs["decision"]))
    now = str(load_canonical(store.get(digest))["now"])
    began = Decided(digest=digest, now=now, going=True)
    statement = summary_of(climb.workspace, ground, began)
    if statement is None:
        return ()
    seen = ground.case.evidence.artifacts
    files = {name: store.local_path(digest) for name, digest in seen.items()}
    bundle = climb.signer.sign([statement.to_bytes()], files, {VSA})[0]
    kept = store.put(bundle)
    believe(climb.workspace.trust, store.get(kept), where="the summary of the decision")
    path = f"{number:02d}-{slug(VSA)}.sigstore.json"
    return (StatementRef(path=path, type=VSA, digest=str(kept)),)


def _software() -> str | None:
    try:
        return importlib.metadata.version(vsa.SOFTWARE)
    except importlib.metadata.PackageNotFoundError:
        return None
