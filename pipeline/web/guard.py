"""What stands around every answer: security headers, a count, a latency. Plain ASGI 3.

Sources: CSP Level 3; Fetch (nosniff, CORP); RFC 9111 (Cache-Control).
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.page import style_hash
from pipeline.web.metrics import Metrics


def security_headers() -> dict[str, str]:
    """Give the headers of every answer: nothing is loaded, framed, sniffed, sent on or kept."""
    policy = (
        f"default-src 'none'; style-src {style_hash()}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


@dataclass(slots=True)
class Guard:
    """Wraps the application; `clock` counts seconds and never goes back."""

    app: ASGIApp
    metrics: Metrics
    clock: Callable[[], float]
    headers: dict[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with headers set and the answer counted whatever happens."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = self.clock()
        status = 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        finally:
            self.metrics.observe(
                path=scope["path"],
                method=scope["method"],
                status=status,
                seconds=self.clock() - begun,
            )
