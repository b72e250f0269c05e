"""Every surface of the service in one table: path, method, what it answers, how it is described.

The routes and the OpenAPI document are both made from this table, so neither can run ahead.
"""

from dataclasses import dataclass

JSON = "application/json"
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One path of the service; `handler` names the method of `Handlers` that answers it.

    `answers` maps each status that the surface itself gives to what it means.
    """

    path: str
    handler: str
    media_type: str
    summary: str
    answers: tuple[tuple[int, str], ...] = ((200, "The document."),)
    method: str = "GET"
    session: bool = False


_NO_POSTURE = (503, "No posture can be read; the text says why.")
_POSTURE = ((200, "The document."), _NO_POSTURE)

SURFACES = (
    Surface(
        path="/",
        handler="assurance",
        media_type=HTML,
        summary="The assurance page",
        answers=_POSTURE,
    ),
    Surface(path="/config.json", handler="config", media_type=JSON, summary="Public configuration"),
    Surface(
        path="/llms-full.txt",
        handler="llms_full",
        media_type=PLAIN,
        summary="The whole posture as Markdown",
        answers=_POSTURE,
    ),
    Surface(
        path="/llms.txt", handler="llms", media_type=PLAIN, summary="Guide for language models"
    ),
    Surface(path="/openapi.json", handler="openapi", media_type=JSON, summary="This description"),
    Surface(
        path="/operator/metrics",
        handler="metrics",
        media_type="text/plain; version=0.0.4; charset=utf-8",
        summary="Metrics in the Prometheus text format",
        answers=((200, "The metrics."), (401, "No operator session is open.")),
        session=True,
    ),
    Surface(
        path="/operator/session",
        handler="unlock",
        media_type=JSON,
        summary="Open an operator session",
        answers=(
            (200, "A session is open; its token is in the cookie."),
            (400, "The body is not the expected JSON object."),
            (401, "The secret is wrong."),
            (408, "The body did not arrive in time."),
            (413, "The body is too large."),
            (415, "The body is not declared as JSON."),
            (503, "No operator secret is configured."),
        ),
        method="POST",
    ),
    Surface(
        path="/posture.json",
        handler="posture",
        media_type=JSON,
        summary="The posture document",
        answers=_POSTURE,
    ),
    Surface(
        path="/proxy/health",
        handler="health",
        media_type=JSON,
        summary="Whether the service can do its work",
        answers=((200, "Status is ok."), (503, "Status is degraded: no posture can be read.")),
    ),
    Surface(
        path="/review",
        handler="assurance",
        media_type=HTML,
        summary="The assurance page, for review",
        answers=_POSTURE,
    ),
    Surface(path="/robots.txt", handler="robots", media_type=PLAIN, summary="For crawlers"),
    Surface(path="/sitemap.xml", handler="sitemap", media_type=XML, summary="The public pages"),
)
"""All surfaces, sorted by path."""
