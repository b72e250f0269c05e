"""The OpenAPI 3.1 description of the service, made from the table of surfaces."""

from typing import Any

from pipeline.web.surfaces import JSON, PLAIN, SURFACES, Surface

COOKIE = "release_ladder_session"
"""The name of the cookie that carries an operator's session."""


def openapi(version: str) -> dict[str, Any]:
    """Describe exactly the routes that exist."""
    paths: dict[str, dict[str, Any]] = {}
    for surface in SURFACES:
        operations = paths.setdefault(surface.path, {})
        operations[surface.method.lower()] = _operation(surface)
    scheme = {"type": "apiKey", "in": "cookie", "name": COOKIE}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Release Ladder",
            "version": version,
            "description": "Read-only: what is proven of a project's releases, what is missing.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"operator": scheme}},
    }


def _operation(surface: Surface) -> dict[str, Any]:
    """Describe one surface; refusals are always plain text."""
    operation: dict[str, Any] = {
        "summary": surface.summary,
        "operationId": f"{surface.method.lower()}_{_identifier(surface.path)}",
        "responses": {
            str(status): {"description": meaning, "content": {_media_type(surface, status): {}}}
            for status, meaning in surface.answers
        },
    }
    if surface.session:
        operation["security"] = [{"operator": []}]
    if surface.method == "POST":
        operation["requestBody"] = _secret_body()
    return operation


def _media_type(surface: Surface, status: int) -> str:
    """Health answers in JSON however it is; everything else refuses in plain words."""
    own = status == 200 or surface.handler == "health"  # noqa: PLR2004 - HTTP's own number
    return (surface.media_type if own else PLAIN).partition(";")[0]


def _identifier(path: str) -> str:
    return path.strip("/").replace("/", "_").replace(".", "_").replace("-", "_") or "root"


def _secret_body() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["secret"],
        "additionalProperties": False,
        "properties": {"secret": {"type": "string", "writeOnly": True}},
    }
    return {"required": True, "content": {JSON: {"schema": schema}}}
