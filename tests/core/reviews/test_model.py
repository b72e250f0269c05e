"""The reviews' file: what a record must say, and what it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.reviews.model import Reviews

DIGEST = "sha256:" + "0" * 64
ACCEPTED = {"reason": "no harm", "owner": "ada", "expires": "2030-01-31T00:00:00Z"}


def review(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": "review.pot",
        "reviewer": "ada",
        "reference": "notes/7",
        "reviewed_at": "2026-01-01T00:00:00Z",
        "commit": "c" * 40,
        "path": ".",
        "tree": DIGEST,
    } | changes


def finding(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": "leak", "severity": "high", "state": "open", "what": "it leaks"} | changes


def refused(*reviews: dict[str, Any]) -> str:
    with pytest.raises(MalformedError) as caught:
        Reviews.from_json({"reviews": list(reviews)})
    return str(caught.value)


def test_a_review_is_read_and_written_the_same() -> None:
    one = Reviews.from_json({"reviews": [review(findings=[finding()]), review(id="review.lid")]})
    assert Reviews.from_json(one.to_dict()) == one
    assert one.digest != Reviews().digest


def test_each_review_stands_once_and_each_finding_once_in_it() -> None:
    assert "reviews[0] already" in refused(review(), review())
    assert "findings[0] already" in refused(review(findings=[finding(), finding()]))


def test_an_accepted_finding_has_a_reason_an_owner_and_an_end() -> None:
    assert "is missing" in refused(review(findings=[finding(state="accepted")]))
    for left_out in ACCEPTED:
        rest = {key: value for key, value in ACCEPTED.items() if key != left_out}
        assert left_out in refused(review(findings=[finding(state="accepted", accepted=rest)]))
    for state in ("open", "resolved"):
        assert "nothing is accepted" in refused(
            review(findings=[finding(state=state, accepted=ACCEPTED)])
        )
    accepted = finding(state="accepted", accepted=ACCEPTED)
    read = Reviews.from_json({"reviews": [review(findings=[accepted])]})
    assert read.reviews[0].findings[0].is_open("2030-01-31T00:00:00Z")
    assert not read.reviews[0].findings[0].is_open("2030-01-30T23:59:59Z")


def test_a_critical_finding_cannot_be_accepted() -> None:
    made = finding(severity="critical", state="accepted", accepted=ACCEPTED)
    assert "cannot be accepted" in refused(review(findings=[made]))


@pytest.mark.parametrize(
    "changes",
    [
        *({"commit": "main"}, {"commit": "c" * 12}, {"commit": "C" * 40}, {"commit": "v1.0"}),
        *({"path": "/etc"}, {"path": "../x"}, {"path": ""}, {"path": "a/./b"}, {"path": "./"}),
        *({"tree": "0" * 64}, {"tree": None}, {"reviewed_at": "2026-01-01"}, {"covered": 100}),
        *({"reviewer": ""}, {"reviewer": None}, {"id": "pot"}),
    ],
)
def test_other_words_are_refused(changes: dict[str, Any]) -> None:
    assert refused(review(**changes))
