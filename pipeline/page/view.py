"""What the page says in words, before any markup: what is there, and what is missing beside it."""

from dataclasses import dataclass

from pipeline.core.statement import OWN
from pipeline.page.document import Blocker, Posture, Stage, Target

_STATES = {
    "done": ("✓", "done"),
    "next": ("→", "next"),
    "held": ("‖", "held"),
    "failed": ("✕", "failed"),
    "waiting": ("·", "waiting"),
}
_MISSING = {
    "next": "Nothing proves this stage yet: it has not run.",
    "held": "Nothing proves this stage yet: its blockers hold it.",
    "failed": "This stage is not proven: it failed, and the evidence of that is kept.",
    "waiting": "Nothing proves this stage yet: it waits for the stages before it.",
}
_ORIGINS = {
    "local_or_synthetic_proof": (
        "Local or synthetic proof",
        (
            "This evidence was made and signed by a local key, not by a trusted workflow. It shows "
            "that these bytes climbed the ladder here; it cannot approve production."
        ),
    ),
    "live_workflow_backed": (
        "Live workflow-backed",
        "A workflow that the trust configuration lists made and signed this evidence.",
    ),
    None: ("No evidence yet", "Nothing has been signed for this target."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """A statement as a reader meets it: a short name, its full predicate type, its digest."""

    name: str
    type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One rung: its number from 1, its state as symbol and word, what proves it, what does not."""

    number: int
    id: str
    alias: str
    phase: str
    state: str
    symbol: str
    word: str
    statements: tuple[StatementView, ...]
    missing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A target's whole section; `anchor` is its place among the targets, safe in an id."""

    anchor: str
    entry: Target
    readiness: str
    approval: str
    origin: str
    origin_note: str
    stages: tuple[StageView, ...]
    there: tuple[str, ...]
    missing: tuple[str, ...]
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The page: its verdict on production first, then one section a target."""

    project: str
    generated_at: str
    production: str
    production_note: str
    approved: bool
    counts: tuple[tuple[str, str, str], ...]
    targets: tuple[TargetView, ...]


def statement_name(predicate: str) -> str:
    """Shorten a predicate type for reading: own ones to their name, others to host and path."""
    return predicate.removeprefix(OWN).removeprefix("https://")


def words(identifier: str) -> str:
    """Write an identifier as a phrase: `local_manual` → `Local manual`; prose stays as it is."""
    phrase = identifier if " " in identifier else identifier.replace("_", " ")
    return phrase[:1].upper() + phrase[1:]


def counted(number: int, noun: str) -> str:
    """Write a number with its noun in the right form: `1 artifact`, `2 artifacts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def stage_view(number: int, stage: Stage) -> StageView:
    """Say what proves a stage, or what is missing where nothing does."""
    symbol, word = _STATES[stage.state]
    missing = _MISSING.get(stage.state)
    if stage.state == "done" and not stage.statements:
        missing = "Marked done, but no signed statement is recorded here."
    return StageView(
        number=number,
        id=stage.id,
        alias=stage.alias,
        phase=stage.phase,
        state=stage.state,
        symbol=symbol,
        word=word,
        statements=tuple(
            StatementView(name=statement_name(one.type), type=one.type, digest=one.digest)
            for one in stage.statements
        ),
        missing=missing,
    )


def _there(target: Target) -> tuple[str, ...]:
    """List what is recorded for a target."""
    found = []
    done = sum(stage.state == "done" for stage in target.stages)
    if done:
        found.append(f"{done} of {counted(len(target.stages), 'stage')} proven.")
    if statements := sum(len(stage.statements) for stage in target.stages):
        found.append(f"{counted(statements, 'signed statement')}, listed below with digests.")
    if target.artifacts:
        found.append(f"{counted(len(target.artifacts), 'artifact')}, identified by digest.")
    if target.deployment_allowed:
        found.append("Deployment to this target is allowed by its own policies.")
    if target.production_ready:
        found.append("Ready for production by the policies in force when this page was made.")
    return tuple(found)


def _missing(target: Target) -> tuple[str, ...]:
    """List what a reader might expect for a target and will not find."""
    absent = []
    if open_stages := [stage.alias for stage in target.stages if stage.state != "done"]:
        noun = counted(len(open_stages), "stage")
        absent.append(f"Proof of {noun}: {', '.join(open_stages)}.")
    if unproven := [s.alias for s in target.stages if s.state == "done" and not s.statements]:
        absent.append(f"Signed statements for stages marked done: {', '.join(unproven)}.")
    if not target.artifacts:
        absent.append("An artifact: none is recorded for this target.")
    if target.origin_class != "live_workflow_backed":
        absent.append("Live workflow-backed evidence: there is none.")
    if not target.deployment_allowed:
        absent.append("Permission to deploy: the policies hold it.")
    if not target.production_ready:
        absent.append("Production approval: this is no production approval.")
    if target.blockers:
        absent.append(f"{counted(len(target.blockers), 'blocker')} to clear, listed below.")
    return tuple(absent)


def target_view(number: int, target: Target) -> TargetView:
    """Put a target's posture into words."""
    origin, note = _ORIGINS[target.origin_class]
    return TargetView(
        anchor=f"target-{number}",
        entry=target,
        readiness=words(target.readiness),
        approval=words(target.approval_state),
        origin=origin,
        origin_note=note,
        stages=tuple(stage_view(place, stage) for place, stage in enumerate(target.stages, 1)),
        there=_there(target),
        missing=_missing(target),
        blockers=target.blockers,
    )


def _verdict(posture: Posture) -> tuple[str, str]:
    """Say first what the page approves, and what it does not."""
    ready = [target.target for target in posture.targets if target.production_ready]
    if not ready:
        return (
            "This is no production approval.",
            "No target below is ready for production. What is missing stands beside what is there.",
        )
    rest = [target.target for target in posture.targets if not target.production_ready]
    others = f" This is no production approval of {', '.join(rest)}." if rest else ""
    return (
        f"Ready for production: {', '.join(ready)}.",
        f"By the policies and the evidence in force when this page was made.{others}",
    )


def page_view(posture: Posture) -> PageView:
    """Put a whole posture into words; the numbers are counted here, never taken on trust."""
    targets = posture.targets
    stages = [stage for target in targets for stage in target.stages]
    headline, note = _verdict(posture)

    def of_class(origin: str) -> str:
        return str(sum(target.origin_class == origin for target in targets))

    done = sum(stage.state == "done" for stage in stages)
    ready = sum(target.production_ready for target in targets)
    return PageView(
        project=posture.project,
        generated_at=posture.generated_at,
        production=headline,
        production_note=note,
        approved=bool(ready),
        counts=(
            ("Stages proven", f"{done}/{len(stages)}", "over all ladders"),
            ("Statements", str(sum(len(stage.statements) for stage in stages)), "signed"),
            ("Workflow-backed", of_class("live_workflow_backed"), "targets, live"),
            ("Local proof", of_class("local_or_synthetic_proof"), "targets, local or synthetic"),
            ("Blockers", str(sum(len(target.blockers) for target in targets)), "to clear"),
            ("Production ready", f"{ready}/{len(targets)}", "targets"),
        ),
        targets=tuple(target_view(place, target) for place, target in enumerate(targets, 1)),
    )
