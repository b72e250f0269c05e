"""A tiny service in a wheel of its own, for tests that deploy: standard library only, real HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from pipeline.core.config import TargetConfig

SERVICE = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION, MOOD = {version!r}, {mood!r}
SECRET = os.environ.get("RELEASE_LADDER_OPERATOR_SECRET_FILE")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked = 0

    def answer(self, status, body, media="text/plain; charset=utf-8", cookie=None):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        Handler.asked += 1
        if self.path == "/health":
            tired = MOOD == "tires" and Handler.asked > 30
            self.answer(503 if MOOD == "sick" or tired else 200, "health")
        elif self.path == "/page":
            if MOOD == "slow":
                time.sleep(0.05)
            bad = MOOD == "faulty" and Handler.asked % 3 == 0
            self.answer(500 if bad else 200, "<main>page</main>", "text/html")
        elif self.path == "/version":
            told = {{"version": VERSION, "given": os.environ.get("GIVEN")}}
            self.answer(200, json.dumps(told), "application/json")
        elif self.path == "/metrics":
            known = "session=open" in (self.headers.get("Cookie") or "") or MOOD == "open"
            self.answer(200 if known else 401, "metrics 1" if known else "no")
        else:
            self.answer(404, "not here")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        right = json.loads(body or b"{{}}").get("secret") == open(SECRET).read().strip()
        self.answer(
            200 if right else 401, json.dumps({{"status": "unlocked" if right else "no"}}),
            "application/json", "session=open; HttpOnly; Path=/" if right else None,
        )

    def log_message(self, *_):
        pass


if MOOD == "dies":
    sys.exit("the service has no wish to live")
ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""

TARGET: dict[str, Any] = {
    "target": "here",
    "driver": "local",
    "service": {"command": ["{python}", "-m", "tiny", "{host}", "{port}"]},
    "health": {"path": "/health", "timeout": "10s"},
    "smoke": [
        {"id": "page", "path": "/page", "expect": {"content_type": "text/html"}},
        {"id": "version", "path": "/version", "expect": {"json_keys": ["version"]}},
        {
            "id": "unlock",
            "method": "POST",
            "path": "/session",
            "session": "unlock",
            "expect": {"json_keys": ["status"]},
        },
        {
            "id": "metrics",
            "path": "/metrics",
            "session": "required",
            "expect": {"contains": ["metrics"]},
        },
    ],
    "bake": "0s",
    "rollback": {"keep": 2},
}


def target(**changes: object) -> TargetConfig:
    """Return the configuration of a target that runs the tiny service."""
    return TargetConfig.from_json({**TARGET, **changes})


def wheel(folder: Path, version: str, mood: str = "well", **files: str) -> Path:
    """Write a wheel of the tiny service, with a script and, if asked for, more files."""
    info = f"tiny-{version}.dist-info"
    members = {
        "tiny/__init__.py": "",
        "tiny/__main__.py": SERVICE.format(version=version, mood=mood),
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ntiny = tiny.__main__:main\n",
    }
    rows = [f"{name},{_recorded(text)},{len(text.encode())}" for name, text in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def _recorded(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def told(body: bytes) -> str:
    """Return the version that the tiny service tells at /version."""
    return str(json.loads(body)["version"])
