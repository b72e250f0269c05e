"""What each surface answers. Refusals are plain text and tell nothing that is not public."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pipeline import page
from pipeline.core.canonical import MalformedError, load_json
from pipeline.web import metrics as counted
from pipeline.web.openapi import COOKIE, openapi
from pipeline.web.posture import PostureSource, PostureUnavailableError, Shown
from pipeline.web.sessions import LIFETIME, NoOperatorError, Sessions, WrongSecretError
from pipeline.web.settings import DISTRIBUTION, Settings
from pipeline.web.surfaces import HTML, JSON, PLAIN, SURFACES, XML

MAX_BODY = 4096
"""Largest request body that is read, in bytes."""
BODY_SECONDS = 5.0
"""How long a body may take to arrive, in seconds."""

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """The surfaces' answers, over what the service holds."""

    settings: Settings
    source: PostureSource
    sessions: Sessions
    metrics_: counted.Metrics
    version: str

    def named(self, name: str) -> Handler:
        """Give the handler that the table of surfaces names."""
        table: dict[str, Handler] = {
            "assurance": self.assurance,
            "config": self.config,
            "health": self.health,
            "llms": self.llms,
            "llms_full": self.llms_full,
            "metrics": self.metrics,
            "openapi": self.openapi,
            "posture": self.posture,
            "robots": self.robots,
            "sitemap": self.sitemap,
            "unlock": self.unlock,
        }
        return table[name]

    def _shown(self) -> Shown:
        try:
            return self.source.current()
        except PostureUnavailableError as error:
            words = f"No release posture can be shown: {error}. Nothing is claimed meanwhile."
            raise HTTPException(503, words, {"Retry-After": "30"}) from error

    async def assurance(self, _: Request) -> Response:
        """Answer with the assurance page, or 503."""
        return Response(self._shown().page, media_type=HTML)

    async def posture(self, _: Request) -> Response:
        """Answer with the posture document byte for byte, or 503."""
        return Response(self._shown().data, media_type=JSON)

    async def llms_full(self, _: Request) -> Response:
        """Answer with the whole posture as Markdown, or 503."""
        return Response(page.llms_full_txt(self._shown().posture), media_type=PLAIN)

    async def llms(self, _: Request) -> Response:
        """Answer with the short guide for language models."""
        return Response(page.llms_txt(self.settings.base_url), media_type=PLAIN)

    async def robots(self, _: Request) -> Response:
        """Answer with what crawlers may read."""
        return Response(page.robots(self.settings.base_url), media_type=PLAIN)

    async def sitemap(self, _: Request) -> Response:
        """Answer with the public pages; they have no date while there is no posture."""
        try:
            changed = self.source.current().posture.generated_at
        except PostureUnavailableError:
            changed = None
        return Response(page.sitemap(self.settings.base_url, changed), media_type=XML)

    async def openapi(self, _: Request) -> Response:
        """Answer with the description of this service."""
        return _json(openapi(self.version))

    async def config(self, _: Request) -> Response:
        """Answer with what is public of the configuration."""
        paths = [surface.path for surface in SURFACES]
        document = {"name": DISTRIBUTION, "version": self.version, "surfaces": paths}
        return _json(document)

    async def health(self, _: Request) -> Response:
        """Answer 200 while the posture can be read, else 503; the reason stands beside it."""
        document = {"status": "ok", "version": self.version}
        try:
            self.source.current()
        except PostureUnavailableError as error:
            return _json(document | {"status": "degraded", "reason": str(error)}, status=503)
        return _json(document)

    async def unlock(self, request: Request) -> Response:
        """Open an operator session for the right secret."""
        offered = await _offered_secret(request)
        try:
            token = self.sessions.unlock(offered)
        except NoOperatorError as error:
            raise HTTPException(503, "No operator secret is configured.") from error
        except WrongSecretError as error:
            raise HTTPException(401, "The secret is wrong.") from error
        response = _json({"status": "unlocked", "expires_in": LIFETIME})
        response.set_cookie(
            COOKIE,
            token,
            max_age=LIFETIME,
            path="/operator",
            httponly=True,
            samesite="strict",
            secure=self.settings.encrypted,
        )
        return response

    async def metrics(self, request: Request) -> Response:
        """Answer with the metrics to an operator, with 401 to everybody else."""
        if not self.sessions.valid(request.cookies.get(COOKIE)):
            raise HTTPException(401, "No operator session is open: POST /operator/session first.")
        try:
            self.source.current()
        except PostureUnavailableError:
            ready = False
        else:
            ready = True
        text = self.metrics_.render(sessions=self.sessions.count(), posture_ready=ready)
        return Response(text, media_type=counted.CONTENT_TYPE)


def _json(document: dict[str, Any], *, status: int = 200) -> Response:
    return Response(json.dumps(document, indent=2) + "\n", status_code=status, media_type=JSON)


async def _offered_secret(request: Request) -> str:
    """Read `{"secret": TEXT}` from a bounded body; raises HTTPException for anything else."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != JSON:  # a form of a foreign site cannot send this type unasked
        raise HTTPException(415, "Send application/json.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _bounded_body(request)
    except TimeoutError as error:
        raise HTTPException(408, "The body did not arrive in time.") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The body ended early.") from error
    try:
        document = load_json(body)
    except MalformedError as error:
        raise HTTPException(400, "The body is not JSON.") from error
    if not isinstance(document, dict) or set(document) != {"secret"}:
        raise HTTPException(400, 'Send {"secret": TEXT} and nothing else.')
    if not isinstance(document["secret"], str):
        raise HTTPException(400, "The secret is a text.")
    return document["secret"]


async def _bounded_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:  # a declared length is not believed, what arrives is counted
            raise HTTPException(413, f"At most {MAX_BODY} bytes.", {"Connection": "close"})
    return body
