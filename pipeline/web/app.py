"""The application: routes from the table of surfaces, plain refusals, the guard around them."""

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.web.guard import Guard, security_headers
from pipeline.web.handlers import Handlers
from pipeline.web.metrics import Metrics
from pipeline.web.posture import PostureSource
from pipeline.web.sessions import Sessions
from pipeline.web.settings import Settings, version
from pipeline.web.surfaces import SURFACES


async def _refused(_: Request, error: Exception) -> Response:
    """Say in one plain line why nothing else is answered."""
    if not isinstance(error, HTTPException):
        return PlainTextResponse("Internal error.\n", status_code=500)
    text = f"{error.detail}\n"
    return PlainTextResponse(text, status_code=error.status_code, headers=error.headers)


def create_app(settings: Settings) -> ASGIApp:
    """Make the application; it reads files when asked, and writes none."""
    metrics = Metrics(
        started=time.time(),
        version=version(),
        surfaces=frozenset(surface.path for surface in SURFACES),
    )
    handlers = Handlers(
        settings=settings,
        source=PostureSource(settings.posture),
        sessions=Sessions(settings.operator_secret, time.monotonic),
        metrics_=metrics,
        version=metrics.version,
    )
    routes = [
        Route(surface.path, handlers.named(surface.handler), methods=[surface.method])
        for surface in SURFACES
    ]
    inner = Starlette(
        routes=routes, exception_handlers={HTTPException: _refused, Exception: _refused}
    )
    # A redirect would be built from the Host header, which anyone may write.
    inner.router.redirect_slashes = False
    return Guard(inner, metrics, time.perf_counter, security_headers())
