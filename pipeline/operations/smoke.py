"""A target's smoke checks, run against its live service.

Checks run in the order of the configuration. `session: unlock` posts the operator's secret and
keeps the session; `session: required` asks first as a stranger, who must be turned away, then with
the session. What could not be run is `not_run`, with the reason, and never a pass. No reason ever
quotes an answer's body or the secret.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.core.config import Expectation, Session, SmokeCheck
from pipeline.core.predicates.fields import CheckVerdict
from pipeline.core.predicates.smoke import SmokeVerdict
from pipeline.edges.http import Answer, LoopbackClient, NoAnswerError

TIMEOUT = 10.0
"""Seconds that a request may take."""
_TURNED_AWAY = frozenset({401, 403})


def check(
    checks: Sequence[SmokeCheck],
    url: str,
    secret: Path,
    *,
    round: int,
) -> tuple[SmokeVerdict, ...]:
    """Run checks against an origin once; one verdict for each, in order. Never raises for them."""
    unlocked = False
    verdicts = []
    with LoopbackClient(url, timeout=TIMEOUT) as client:
        for item in checks:
            if item.session is Session.REQUIRED and not unlocked:
                verdict, reason, status = CheckVerdict.NOT_RUN, "no operator session is open", None
            else:
                verdict, reason, status = _run(client, item, secret)
            if item.session is Session.UNLOCK:
                unlocked = verdict is CheckVerdict.PASSED
            verdicts.append(
                SmokeVerdict(id=item.id, round=round, verdict=verdict, reason=reason, status=status)
            )
    return tuple(verdicts)


def _run(
    client: LoopbackClient, item: SmokeCheck, secret: Path
) -> tuple[CheckVerdict, str, int | None]:
    body = None
    if item.session is Session.UNLOCK:
        try:
            body = {"secret": secret.read_text(encoding="utf-8").strip()}
        except OSError as error:
            return CheckVerdict.NOT_RUN, f"no secret can be read ({type(error).__name__})", None
    try:
        if item.session is Session.REQUIRED:
            stranger = _as_stranger(client, item)
            if stranger not in _TURNED_AWAY:
                reason = f"without a session it answers {stranger}, it should turn away with 401"
                return CheckVerdict.FAILED, reason, stranger
        answer = client.request(item.method, item.path, json=body)
    except NoAnswerError as error:
        return CheckVerdict.FAILED, str(error), None
    wrong = _wrong(item.expect, answer)
    if wrong:
        return CheckVerdict.FAILED, "; ".join(wrong), answer.status
    return CheckVerdict.PASSED, "as expected", answer.status


def _as_stranger(client: LoopbackClient, item: SmokeCheck) -> int:
    with client.stranger() as stranger:
        return stranger.request(item.method, item.path).status


def _wrong(expect: Expectation, answer: Answer) -> list[str]:
    """Say in which ways an answer is not what was expected."""
    wrong = []
    if answer.status != expect.status:
        wrong.append(f"status {answer.status}, not {expect.status}")
    if expect.content_type is not None and answer.media_type != expect.content_type.lower():
        wrong.append(f"media type {answer.media_type[:80] or 'none'}, not {expect.content_type}")
    text = answer.body.decode("utf-8", "replace")
    wrong += [f"the text {part!r} is not there" for part in expect.contains if part not in text]
    if expect.json_keys:
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            wrong.append("the body is no JSON object")
        else:
            missing = [key for key in expect.json_keys if key not in document]
            wrong += [f"the key {key!r} is not there" for key in missing]
    return wrong
