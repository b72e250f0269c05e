"""OSV records against versions, severities, CVSS 3 vectors."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core import cvss
from pipeline.core.advisories import SEVERITIES, Finding, affecting, holding, severity_of
from pipeline.core.policies import AdvisoryException

Events = list[dict[str, str]]


def record(events: Events | None = None, **affected: object) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": events}] if events is not None else []
    package = {"ecosystem": "PyPI", "name": "Tea_Kettle"}
    return {"id": "X-1", "affected": [{"package": package, "ranges": ranges, **affected}]}


def is_affected(made: dict[str, Any], version: str) -> bool:
    return bool(affecting([made], [("tea-kettle", version)]))


@pytest.mark.parametrize(
    ("events", "version", "expected"),
    [
        ([{"introduced": "0"}], "1.0", True),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}], "0.9", False),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}], "1.0", True),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}], "1.5", False),
        ([{"fixed": "1.5"}, {"introduced": "1.0"}], "1.4.9", True),
        ([{"introduced": "1.0"}, {"last_affected": "1.5"}], "1.5", True),
        ([{"introduced": "1.0"}, {"last_affected": "1.5"}], "1.5.1", False),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}], "1.5", False),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "2"}], "2.1", True),
        ([{"introduced": "1.0"}, {"fixed": "1.5"}], "1.5rc1", True),
        ([{"introduced": "nonsense"}], "1.0", True),
        ([{"introduced": "2.0"}], "not a version", True),
    ],
)
def test_ranges_are_walked_as_osv_evaluates_them(
    events: Events, version: str, *, expected: bool
) -> None:
    assert is_affected(record(events), version) is expected


def test_listed_versions_count_however_they_are_written_and_other_ecosystems_do_not() -> None:
    assert is_affected(record(versions=["1.0.0"]), "1.0")
    assert not is_affected(record(versions=["1.0.0"]), "1.1")
    assert is_affected(record(), "1.0")  # nothing said: every version
    other = record([{"introduced": "0"}], package={"ecosystem": "npm", "name": "tea-kettle"})
    assert not is_affected(other, "1.0")


def test_a_git_range_alone_leaves_the_listed_versions() -> None:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    assert not is_affected(record(versions=["2.0"]), "1.0")
    made = record(versions=["2.0"])
    made["affected"][0]["ranges"] = ranges
    assert not is_affected(made, "1.0")


@pytest.mark.parametrize(
    ("vector", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CRITICAL"),  # 9.8
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "MEDIUM"),  # 6.1
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "HIGH"),  # 7.5
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "LOW"),  # 1.6
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "NONE"),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", "HIGH"),  # 8.8
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", "CRITICAL"),  # 9.9
        ("CVSS:4.0/AV:N/AC:L", None),
        ("CVSS:3.1/AV:N", None),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
        ("", None),
    ],
)
def test_a_cvss_3_vector_has_the_severity_of_the_specification(
    vector: str, severity: str | None
) -> None:
    assert cvss.severity(vector) == severity


@pytest.mark.parametrize(
    ("stated", "severity"),
    [
        ({}, None),
        ({"database_specific": {"severity": "MODERATE"}}, "MEDIUM"),
        ({"database_specific": {"severity": "whatever"}}, None),
        ({"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]}, None),
        (
            {
                "database_specific": {"severity": "LOW"},
                "severity": [
                    {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
                ],
            },
            "CRITICAL",
        ),
    ],
)
def test_the_worst_stated_severity_counts(stated: dict[str, Any], severity: str | None) -> None:
    assert severity_of(stated) == severity


NOW = "2026-06-01T12:00:00Z"


def found(severity: str | None) -> Finding:
    return Finding(package="tea", version="1.0", ids=("GHSA-1", "CVE-1"), severity=severity)


def exception(expires: str = "2030-01-01T00:00:00Z", advisory: str = "CVE-1") -> AdvisoryException:
    return AdvisoryException.from_json(
        {"advisory": advisory, "reason": "not reached", "owner": "Ann", "expires": expires}
    )


@pytest.mark.parametrize("severity", ["CRITICAL", None])
@pytest.mark.parametrize("advisory", ["CVE-1", "GHSA-1"])
def test_no_exception_whatever_excepts_what_is_critical_or_unknown(
    severity: str | None, advisory: str
) -> None:
    holds, excepted = holding([found(severity)], [exception(advisory=advisory)], NOW)
    assert len(holds) == 1
    assert excepted == []


@pytest.mark.parametrize("severity", SEVERITIES[:-1])
def test_any_other_is_excepted_by_one_of_its_names_until_the_exceptions_first_second(
    severity: str,
) -> None:
    assert holding([found(severity)], [exception()], NOW)[0] == []
    assert holding([found(severity)], [exception("2026-06-01T12:00:01Z")], NOW)[0] == []
    for spent in (exception(NOW), exception("2020-01-01T00:00:00Z"), exception(advisory="CVE-11")):
        holds, excepted = holding([found(severity)], [spent], NOW)
        assert (len(holds), excepted) == (1, [])


def test_one_exception_does_not_cover_another_advisory_of_the_same_package() -> None:
    other = Finding(package="tea", version="1.0", ids=("GHSA-2",), severity="LOW")
    holds, excepted = holding([found("LOW"), other], [exception()], NOW)
    assert (len(holds), len(excepted)) == (1, 1)
    assert "GHSA-2" in holds[0]
