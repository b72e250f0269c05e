"""`python -m pipeline.web --host HOST --port PORT`: serves until it is told to stop.

Port 0 takes a free one. The one line on stdout says where the service listens; requests are not
logged (they are counted), failures go to stderr. SIGTERM and SIGINT let open requests end: exit 0.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType

import uvicorn

from pipeline.page import robots
from pipeline.web.app import create_app
from pipeline.web.settings import POSTURE_VARIABLE, SECRET_VARIABLE, Settings, version

GRACE_SECONDS = 5
"""How long open requests may take to end after a signal, in seconds."""
MAX_HEAD = 16384
"""How much of a request's head may arrive without being whole, in bytes."""
MAX_CONNECTIONS = 512
"""More connections than these at once are answered with 503."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.web",
        description="Serve the assurance page and its surfaces, read-only.",
        epilog=f"{POSTURE_VARIABLE} names the posture document, {SECRET_VARIABLE} the file with "
        "the operator's secret.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=0, help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument("--base-url", help="origin to write links with (default: host and port)")
    parser.add_argument("--version", action="version", version=version())
    return parser


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; raises OSError, OverflowError when that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=128)
    # asyncio sets this only on sockets that name their protocol; without it every answer of two
    # writes waits 40 ms for the other side's delayed acknowledgement. Accepted sockets inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _serve(settings: Settings, listener: socket.socket) -> None:
    """Serve on a socket until a signal ends it."""
    config = uvicorn.Config(
        create_app(settings),
        loop="asyncio",
        http="h11",
        h11_max_incomplete_event_size=MAX_HEAD,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",  # strangers' broken requests fill no log
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)

    def stop(_number: int, _frame: FrameType | None) -> None:
        """End the service; uvicorn raises a caught signal once more when it is done."""
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run(sockets=[listener])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service; returns the exit code: 0 after a signal, 1 when it could not listen."""
    options = _parser().parse_args(arguments)
    try:
        listener = _listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(
            f"the service cannot listen: {error}\nat {options.host} port {options.port}\n"
            "choose another --host or --port (0 takes a free one)\n"
        )
        return 1
    with listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        address = f"http://{host}:{listener.getsockname()[1]}"
        base_url = options.base_url or address
        try:
            robots(base_url)
        except ValueError as error:
            sys.stderr.write(f"{error}\nin --base-url\nleave it out or give an origin\n")
            return 1
        sys.stdout.write(f"listening on {address}\n")
        sys.stdout.flush()
        _serve(Settings.from_environment(os.environ, base_url=base_url), listener)
    return 0


if __name__ == "__main__":
    sys.exit(main())
