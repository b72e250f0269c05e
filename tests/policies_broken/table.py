"""The one table: family, field, what breaks it, how that is told."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from tests import policies
from tests.climbing import bakery
from tests.core.gates.recorded import STAGE_IDS
from tests.policies_broken.bases import (
    ADVISORIES,
    EXCEPTION,
    EXCEPTIONS,
    EXCUSED,
    UNPINNED,
    Fields,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A field, and a promote after somebody has broken it."""

    family: str
    field: str
    broken: Fields
    """The fields of the policy that are written instead."""
    found: tuple[str, ...] = ()
    """The findings that hold then, and did not before; none: `words` alone."""
    words: str = ""
    code: int = 10
    base: str = "plain"
    after: str = "nod"
    """The stage that has passed when it is broken."""
    at: str | None = None
    """The stage that is held, where another would be without the break; empty: the whole."""
    beside: Fields = dataclasses.field(default_factory=dict)
    """What changes with the same commit, and holds nothing of this kind by itself."""
    nods: bool = False
    """Whether somebody signs an approval before they promote."""
    then: str = ""
    """What is done after a climb that nothing holds; empty: the climb is held."""
    waits: float = 0
    """Seconds between that approval and the promote."""


def held(family: str, name: str, value: Any, *found: str, **more: Any) -> Row:  # noqa: ANN401
    """Return a row of a field that holds (10) with exactly these findings."""
    return Row(family=family, field=name, broken=_one(name, value), found=found, **more)


def refused(family: str, name: str, value: Any, words: str = "", **more: Any) -> Row:  # noqa: ANN401
    """Return a row of a field that no configuration is read with (13), told with its path."""
    return Row(
        family=family,
        field=name,
        broken=_one(name, value),
        words=words or name.rpartition(".")[2],
        code=13,
        **more,
    )


def _one(name: str, value: Any) -> Fields:  # noqa: ANN401 - a field's value
    top, _, rest = name.replace("[]", "").partition(".")
    return value if rest else {top: value}


def unlike(family: str, *fields: str) -> list[Row]:
    """Return a row of each field that has one word alone: another is refused."""
    return [refused(family, name, "another_word", words=f"{name}: ") for name in fields]


def listed(family: str, value: list[Any], *fields: str) -> list[Row]:
    """Return a row of each list: something in it that is not there."""
    return [refused(family, name, value, words=f"{name}[") for name in fields]


def _rule(**changes: Any) -> Fields:  # noqa: ANN401 - fields of a rule
    return {"rule": policies.RULE | changes}


def _boundary(**changes: Any) -> Fields:  # noqa: ANN401 - fields of a boundary
    return {"boundary": policies.boundary() | changes}


def _advisories(**changes: Any) -> Fields:  # noqa: ANN401 - fields of the advisories
    return {"advisories": ADVISORIES | changes}


def execution(**changes: str) -> Fields:
    return {"execution": bakery.APPROVAL["execution"] | changes}


def _certified(**changes: str) -> Fields:
    return {"certified": [{"python": "3.11", "platform": "linux-x86_64"} | changes]}


ON, OFF = True, False
PAST = "2020-01-01T00:00:00Z"
FAMILIES = (
    "promotion",
    "verification",
    "canary",
    "approval_authority",
    "attestation",
    "attestation_artifact",
    "tracking",
    "linkage",
    "adoption",
    "rollback",
    "smoke_verification",
)
NAMED_ELSEWHERE = tuple(name for name in FAMILIES if name not in {"verification", "adoption"})
EVERY = [
    *(refused(name, "target", "jug", words="target: ") for name in (*FAMILIES, "approval")),
    *(refused(name, "id", f"{name}_policy.pot.another", words=" ") for name in NAMED_ELSEWHERE),
    *(refused(name, "id", "no id", words="id: ") for name in ("verification", "adoption")),
    refused("approval", "id", "no id", words="id: "),
]
PROMOTION = [
    held("promotion", "trust", "rooted", "trust.not_rooted"),
    refused("promotion", "anchor", "required", words="requires an anchor"),
    held("promotion", "origin", "live_workflow_backed", "origin.local"),
    *listed("promotion", [*STAGE_IDS, "knead"], "required_stages"),
    *listed("promotion", ["attestation_policy.pot.other"], "attestation_policies"),
    refused("promotion", "manual_stages", ["serve"], words="manual_stages"),
    *unlike(
        "promotion",
        "approval_reference_strategy",
        "compatibility_strategy",
        "policy_dependency_strategy",
    ),
    held("promotion", "certification", "required", "compatibility.missing", base="uncertified"),
    held(
        "promotion",
        "certified",
        [{"python": "2.7", "platform": "linux-x86_64"}],
        "compatibility.missing",
        base="certified",
    ),
    *(
        held("promotion", f"certified[].{name}", value, "compatibility.missing", base="certified")
        for name, value in {
            "python": _certified(python="3.12"),
            "platform": _certified(platform="linux-riscv64"),
        }.items()
    ),
    held("promotion", "security_review", "required", "reviews.uncovered"),
    held("promotion", "baseline", "required", *UNPINNED, base="stale"),
    held("promotion", "exceptions", [], *UNPINNED, base="excepted"),
    held(
        "promotion",
        "exceptions[].finding",
        {"exceptions": [EXCEPTION | {"finding": "baseline.drift.another"}, *EXCEPTIONS]},
        UNPINNED[0],
        base="excepted",
    ),
    held(
        "promotion",
        "exceptions[].expires",
        {"exceptions": [EXCEPTION | {"expires": PAST}, *EXCEPTIONS]},
        UNPINNED[0],
        base="excepted",
    ),
    *(
        refused("promotion", f"exceptions[].{name}", {"exceptions": [EXCEPTION | {name: ""}]})
        for name in ("reason", "owner")
    ),
]
UNSAFE = ("checks.vulnerabilities.failed",)
VERIFICATION = [
    held("verification", "required_checks", ["digests", "sbom"], "checks.sbom.not_run"),
    *(
        held("verification", name, value, *found, base="checked", after="bake")
        for name, value, found in (
            ("advisories.max_age", _advisories(max_age="1d"), UNSAFE),
            ("advisories.exceptions", _advisories(exceptions=[]), UNSAFE),
            (
                "advisories.exceptions[].advisory",
                _advisories(exceptions=[EXCUSED | {"advisory": "GHSA-bbbb"}]),
                UNSAFE,
            ),
            (
                "advisories.exceptions[].expires",
                _advisories(exceptions=[EXCUSED | {"expires": PAST}]),
                UNSAFE,
            ),
            ("licences", {"allow": ["0BSD"]}, ("checks.licences.failed",)),
            ("licences.allow", {"licences": {"allow": ["0BSD"]}}, ("checks.licences.failed",)),
        )
    ),
    held(
        "verification",
        "advisories",
        {"max_age": "7d", "snapshot": "osv.json", "exceptions": [EXCUSED]},
        *UNSAFE,
        base="checked",
        after="bake",
    ),
    held(
        "verification",
        "advisories.snapshot",
        _advisories(snapshot="gone.json") | {"required_checks": ["digests", "vulnerabilities"]},
        "checks.vulnerabilities.not_run",
        base="checked",
        after="bake",
        beside={"verification": {"required_checks": ["digests", "vulnerabilities"]}},
    ),
    *(
        refused(
            "verification",
            f"advisories.exceptions[].{name}",
            _advisories(exceptions=[EXCUSED | {name: ""}]),
        )
        for name in ("reason", "owner")
    ),
]
OTHER_RULE = "canary_rule.pot.other"
UNJUDGED = ("canary_rule.verdict",)
CANARY = [
    refused(
        "canary", "rule", policies.RULE | {"id": "canary_rule.pot.other"}, words="canary_rules"
    ),
    refused("canary", "rule.id", _rule(id=OTHER_RULE), words="canary_rules"),
    *(
        held("canary", f"rule.{name}", _rule(**change), *UNJUDGED)
        for name, change in (
            ("ring", {"ring": "everybody"}),
            ("surfaces", {"surfaces": ["/bread", "/till"]}),
            ("requests", {"requests": 11}),
            ("intervals", {"intervals": 3}),
            ("concurrency", {"concurrency": 2}),
            ("min_samples", {"min_samples": 19}),
            ("objectives", {"objectives": {"error_rate": "0", "p95_ms": "9"}}),
            ("objectives.error_rate", {"objectives": {"error_rate": "0.2", "p95_ms": "1000"}}),
            ("objectives.p95_ms", {"objectives": {"error_rate": "0.1", "p95_ms": "999"}}),
            ("margins", {"margins": {"error_rate": "0", "p95_ratio": "1"}}),
            ("margins.error_rate", {"margins": {"error_rate": "0.2", "p95_ratio": "4"}}),
            ("margins.p95_ratio", {"margins": {"error_rate": "0.1", "p95_ratio": "5"}}),
        )
    ),
    refused("canary", "boundary", {}, words="boundary"),
    *(
        refused("canary", f"boundary.{name}", _boundary(**{name: "everybody"}), words=f"{name}: ")
        for name in ("traffic", "strategy")
    ),
    refused("canary", "boundary.evidence", _boundary(evidence=["no id"])),
    refused("canary", "boundary.prohibited_claims", _boundary(prohibited_claims=[])),
]
AUTHORITY = [
    Row(
        family="approval_authority",
        field="kinds",
        broken={"kinds": ["local_manual"]},
        words="the authority is workflow_dispatch",
        base="dispatched",
    ),
    held(
        "approval_authority",
        "threshold",
        1,
        "approval.missing",
        beside={"approval_authority": {"kinds": ["local_manual", "named_approver"]}},
    ),
    refused("approval_authority", "named_approver", ON, words="named_approver is true"),
    Row(
        family="approval_authority",
        field="expires",
        broken={"expires": "1s"},
        found=("approval.missing",),
        beside={"approval_authority": {"kinds": ["named_approver"], "threshold": 1}},
        nods=True,
        waits=1.1,
    ),
    held(
        "approval_authority",
        "human_approval",
        ON,
        "authority.human_approval",
        base="by_workflow",
    ),
    held("approval_authority", "automation_reference", OFF, "authority.automation_reference"),
    held(
        "approval_authority",
        "evidence",
        ["approval_mode", "authority_kind"],
        "authority.evidence",
        base="unblessed",
    ),
    *unlike("approval_authority", "reference_strategy"),
    refused("approval_authority", "promotion_policy", "promotion_policy.jug"),
]
