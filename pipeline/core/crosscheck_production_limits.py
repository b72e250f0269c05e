"""The floor of production, continued: how little its lists, times and numbers may say.

5. What is called `production` also has:
   e. a promotion policy that excepts no finding of baseline, reviews or compatibility, asks for
      every stage of the ladder, and certifies at least one row;
   f. approvals that end within 7 days, by an authority of its own;
   g. a ladder with an approval stage, and an anchor on whatever goes live;
   h. records linked by every field that they share, and linked and adopted in both phases;
   i. a canary rule with margins and a number of answers that can tell something;
   j. a time that a new release is watched.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation

from pipeline.core.documents import (
    Documents,
    Fields,
    Finding,
    Path,
    below,
    ladders_to,
    mappings,
    texts,
)
from pipeline.core.documents import policies as listed
from pipeline.core.fields import read_duration
from pipeline.core.policies.linkage import SharedField
from pipeline.core.release import PRODUCTION, Phase

NEVER_EXCEPTED = ("baseline.", "reviews.", "compatibility.")
LONGEST_APPROVAL = "7d"
MOST: dict[tuple[str, ...], str] = {
    ("objectives", "error_rate"): "0.05",
    ("margins", "error_rate"): "0.05",
    ("margins", "p95_ratio"): "4",
}
"""The largest of each number of a canary rule."""
FEWEST_SAMPLES = 100


def promotion_limits(documents: Documents, target: str) -> Iterator[Finding]:
    """Yield what the target's promotion policies leave out (rule 5e)."""
    ladders = ladders_to(documents, target).values()
    for where, at, fields in _each(documents, "promotion", target):
        for number, exception in enumerate(mappings(fields.get("exceptions"))):
            finding = exception.get("finding")
            if isinstance(finding, str) and finding.startswith(NEVER_EXCEPTED):
                words = f"{PRODUCTION} excepts no finding of baseline, reviews or compatibility"
                path = (*at, "exceptions", number, "finding")
                yield Finding(where, path, f"{finding} is excepted, and {words}; allowed: none")
        asked = {name for _, name in texts(fields.get("required_stages"))}
        stages = [stage.get("id") for ladder in ladders for stage in mappings(ladder.get("stages"))]
        lacks = [name for name in stages if isinstance(name, str) and name not in asked]
        if lacks and isinstance(fields.get("required_stages"), list):
            words = f"{PRODUCTION} asks for every stage of its ladder; allowed: with"
            yield Finding(where, (*at, "required_stages"), f"{words} {', '.join(lacks)}")
        if fields.get("certified", []) == []:
            words = f"{PRODUCTION} is certified somewhere; allowed: at least one row"
            yield Finding(where, (*at, "certified"), words)


def limits(documents: Documents, target: str) -> Iterator[Finding]:
    """Yield what else is less than a target needs that has an approval (rules 5f to 5j)."""
    for where, at, fields in _each(documents, "approval_authority", target):
        said = fields.get("expires")
        if _is(said, lambda text: read_duration(text) > read_duration(LONGEST_APPROVAL)):
            words = f"{said} is longer than an approval of {PRODUCTION} stands"
            yield Finding(where, (*at, "expires"), f"{words}; allowed: up to {LONGEST_APPROVAL}")
    for name, ladder in ladders_to(documents, target).items():
        yield from _ladder(f"ladders/{name}", ladder.get("stages"))
    yield from _records(documents, target)
    yield from _canary(documents, target)
    bake = below(documents, "targets/").get(target, {}).get("bake", "0s")
    if _is(bake, lambda text: read_duration(text) == 0):
        words = f"{PRODUCTION} watches a new release; allowed: more than 0s"
        yield Finding(f"targets/{target}", ("bake",), words)


def _ladder(where: str, value: object) -> Iterator[Finding]:
    """Rule 5g."""
    stages = mappings(value)
    if stages and not any(stage.get("approval") is True for stage in stages):
        words = f"nothing on the way to {PRODUCTION} is approved; allowed: `approval: true` on at"
        yield Finding(where, ("stages",), f"{words} least one stage")
    for number, stage in enumerate(stages):
        if stage.get("effect") == "live" and stage.get("anchor", False) is False:
            words = f"what goes live in {PRODUCTION} is anchored; allowed: true"
            yield Finding(where, ("stages", number, "anchor"), words)


def _records(documents: Documents, target: str) -> Iterator[Finding]:
    """Rule 5h."""
    for where, at, fields in _each(documents, "linkage", target):
        shared = [name for _, name in texts(fields.get("shared_identity_fields"))]
        lacks = [field.value for field in SharedField if field.value not in shared]
        if shared and lacks:
            words = f"{PRODUCTION} compares every shared field; allowed: with {', '.join(lacks)}"
            yield Finding(where, (*at, "shared_identity_fields"), words)
    for family in ("linkage", "adoption"):
        for where, at, fields in _each(documents, family, target):
            families = fields.get("families")
            if not isinstance(families, dict):
                continue
            for phase in Phase:
                if families.get(phase.value, []) == []:
                    words = f"{PRODUCTION} asks for records of each phase; allowed: at least one"
                    path = (*at, "families", *([phase.value] if phase.value in families else []))
                    yield Finding(where, path, f"{words} family of {phase.value}")


def _canary(documents: Documents, target: str) -> Iterator[Finding]:
    """Rule 5i."""
    for where, at, fields in _each(documents, "canary", target):
        for names, most in MOST.items():
            said: object = fields.get("rule")
            for name in names:
                said = said.get(name) if isinstance(said, dict) else None
            if _is(said, lambda text, most=most: Decimal(text) > Decimal(most)):  # type: ignore[misc]
                words = f"{said} is more than {PRODUCTION} takes; allowed: up to {most}"
                yield Finding(where, (*at, "rule", *names), words)
        rule = fields.get("rule")
        samples = rule.get("min_samples") if isinstance(rule, dict) else None
        if isinstance(samples, int) and samples < FEWEST_SAMPLES:
            words = f"{samples} tells {PRODUCTION} nothing; allowed: at least {FEWEST_SAMPLES}"
            yield Finding(where, (*at, "rule", "min_samples"), words)


def _each(documents: Documents, family: str, target: str) -> Iterator[tuple[str, Path, Fields]]:
    """Yield each policy of a family for a target: its document, its path there, its fields."""
    for one in listed(documents, family) or ():
        if one.fields.get("target") == target:
            yield f"policies/{family}", ("policies", one.at), one.fields


def _is(said: object, wrong: Callable[[str], bool]) -> bool:
    """Tell whether a text is wrong; what cannot be read is told of by its own file's model."""
    try:
        return isinstance(said, str) and wrong(said)
    except (ValueError, InvalidOperation):
        return False
