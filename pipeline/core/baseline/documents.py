"""What a compose file and a workflow pull. The YAML was read already; aliases are filled in.

Sources: the Compose specification (services, build, include, extends); the workflow syntax and the
metadata syntax of GitHub Actions, which others read as well.

1. A service's `image` is pulled, beside a `build` too unless `pull_policy: build` says otherwise.
2. What `build`, `extends` and `include` name is looked into under whatever name it has.
3. Every `uses` of a workflow counts, wherever it stands: steps, reusable workflows, composite
   actions. The containers of jobs and services are images.
4. A context from elsewhere is pulled. The arguments of a build decide what its container file
   builds on; where that file cannot be seen, each of them may.
5. A `provider` and a model are pulled by name; neither has a form that fixes the bytes.
6. What has another shape than these documents have is a problem, never nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline.core.baseline import containers
from pipeline.core.baseline.model import InputKind
from pipeline.core.baseline.references import DOCKER, Built, Parsed, Reference, action, image

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMAGES = re.compile(r"(docker-image|oci-layout):")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[^/\s]+@|github\.com/|-$|.*\$", re.IGNORECASE)
"""What is no folder of the repository."""
_AT_COMMIT = re.compile(
    r"(git@|git://|ssh://|github\.com/|https?://(?=[^#]*\.git#))[^#?\s$]+#[0-9a-f]{40}(:[^\s$]*)?"
)
"""A repository that is built at one commit. An address that is no repository's has no commit."""
_OWN = "service:"
"""How an additional context names another service, which is looked into itself."""


class _ShapeError(Exception):
    """A value is not of the shape that the format gives it."""


class _Finder:
    """Gathers what one file pulls."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.follows: list[tuple[str, InputKind]] = []
        self.here: list[Reference] = []
        self.built: list[Built] = []

    def image(self, place: str, value: Any) -> None:  # noqa: ANN401 - any YAML value
        """Note an image."""
        if not isinstance(value, str):
            raise _ShapeError(f"{place} is no text")
        self.references.append(image(place, value))

    def loose(self, place: str, value: Any) -> None:  # noqa: ANN401 - any YAML value
        """Note what cannot be pinned (rule 5)."""
        self.references.append(Reference(place=place, text=str(value), pinned=False))

    def parsed(self, problem: str = "") -> Parsed:
        """Return what was gathered."""
        return Parsed(
            references=tuple(dict.fromkeys(self.references)),
            follows=tuple(dict.fromkeys(self.follows)),
            here=tuple(dict.fromkeys(self.here)),
            built=tuple(dict.fromkeys(self.built)),
            problem=problem,
        )


def compose(documents: list[Any]) -> Parsed:
    """Return what a compose file pulls."""
    finder = _Finder()
    try:
        for document in documents:
            _compose(finder, _mapping("the document", document))
    except _ShapeError as error:
        return finder.parsed(str(error))
    return finder.parsed()


def workflow(documents: list[Any]) -> Parsed:
    """Return what a workflow, or the metadata of an action, pulls."""
    finder = _Finder()
    try:
        for document in documents:
            _workflow(finder, _mapping("the document", document))
    except _ShapeError as error:
        return finder.parsed(str(error))
    return finder.parsed()


def _mapping(place: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - any YAML value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _ShapeError(f"{place} is no mapping")
    return value


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any YAML value
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _compose(finder: _Finder, document: dict[str, Any]) -> None:
    for included in _list(document.get("include")):
        paths = included.get("path") if isinstance(included, dict) else included
        finder.follows += [(str(path), InputKind.COMPOSE_IMAGE) for path in _list(paths)]
    for name, model in _mapping("models", document.get("models")).items():
        finder.loose(f"models.{name}", model.get("model") if isinstance(model, dict) else model)
    services = document.get("services")
    if services is None and "include" not in document:  # the first version had them at the top
        services = {
            name: value
            for name, value in document.items()
            if isinstance(value, dict) and {"image", "build"} & value.keys()
        }
    for name, service in _mapping("services", services).items():
        _service(finder, f"services.{name}", _mapping(f"services.{name}", service))


def _service(finder: _Finder, place: str, service: dict[str, Any]) -> None:
    build = service.get("build")
    if service.get("image") is not None and (
        build is None or service.get("pull_policy") != "build"
    ):
        finder.image(f"{place}.image", service["image"])
    extends = service.get("extends")
    if isinstance(extends, dict) and extends.get("file") is not None:
        finder.follows.append((str(extends["file"]), InputKind.COMPOSE_IMAGE))
    for field in ("provider", "models"):
        if service.get(field) is not None:
            finder.loose(f"{place}.{field}", service[field])
    for index, volume in enumerate(_list(service.get("volumes"))):
        if isinstance(volume, dict) and volume.get("type") == "image":
            finder.image(f"{place}.volumes[{index}].source", volume.get("source"))
    if isinstance(build, str):
        build = {"context": build}
    if build is not None:
        _build(finder, f"{place}.build", _mapping(f"{place}.build", build))


def _build(finder: _Finder, place: str, build: dict[str, Any]) -> None:
    arguments = {
        name: None if value is None else str(value)
        for name, value in _pairs(f"{place}.args", build.get("args"))
    }
    inline = build.get("dockerfile_inline")
    context = str(build.get("context") or ".")
    if _ELSEWHERE.match(context):
        _context(finder, f"{place}.context", context)
    if inline is not None:
        found = containers.parse(str(inline).encode("utf-8", "replace"), arguments)
        finder.references += [
            Reference(place=f"{place}.dockerfile_inline", text=each.text, pinned=each.pinned)
            for each in found.references
        ]
        if found.problem:
            raise _ShapeError(f"{place}.dockerfile_inline: {found.problem}")
    elif _ELSEWHERE.match(context):
        for name, value in arguments.items():
            finder.image(f"{place}.args.{name}", value or f"${name}")
    else:
        file = f"{context}/{build.get('dockerfile') or 'Dockerfile'}"
        finder.follows.append((file, InputKind.CONTAINER_BASE))
        if arguments:
            given = tuple(arguments.items())
            finder.built.append(Built(place=f"{place}.args", file=file, arguments=given))
    contexts = f"{place}.additional_contexts"
    for name, value in _pairs(contexts, build.get("additional_contexts")):
        if value is None or not str(value).startswith(_OWN):
            _context(finder, f"{contexts}.{name}", str(value or "-"))


def _context(finder: _Finder, place: str, text: str) -> None:
    """Note a context, if it is from elsewhere (rule 4)."""
    if _IMAGES.match(text):
        finder.image(place, text)
    elif _ELSEWHERE.match(text):
        pinned = _AT_COMMIT.fullmatch(text) is not None
        finder.references.append(Reference(place=place, text=text, pinned=pinned))


def _pairs(place: str, value: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - any YAML value
    """Return names and values of a mapping, or of a list of `NAME=VALUE`."""
    if isinstance(value, dict):
        return list(value.items())
    if value is not None and not isinstance(value, list):
        raise _ShapeError(f"{place} is neither a mapping nor a list")
    words = [str(item).partition("=") for item in _list(value)]
    return [(name, text if is_set else None) for name, is_set, text in words]


def _workflow(finder: _Finder, document: dict[str, Any]) -> None:
    for place, value in _uses(document):
        if not isinstance(value, str):
            raise _ShapeError(f"{place} is no text")
        found = action(place, value)
        if found is None:
            finder.here.append(Reference(place=place, text=value, pinned=True))
        else:
            finder.references.append(found)
    for name, job in _mapping("jobs", document.get("jobs")).items():
        place = f"jobs.{name}"
        here = _mapping(place, job)
        _container(finder, f"{place}.container", here.get("container"))
        services = here.get("services")
        if isinstance(services, str):  # an expression decides
            finder.image(f"{place}.services", services)
            continue
        for service, value in _mapping(f"{place}.services", services).items():
            _container(finder, f"{place}.services.{service}", value)
    runs = document.get("runs")
    runs_image = runs.get("image") if isinstance(runs, dict) else None
    if isinstance(runs_image, str) and runs_image.startswith(DOCKER):
        finder.image("runs.image", runs_image)
    elif runs_image is not None:
        finder.follows.append((str(runs_image), InputKind.CONTAINER_BASE))


def _container(finder: _Finder, place: str, value: Any) -> None:  # noqa: ANN401 - any YAML value
    if isinstance(value, str):
        finder.image(place, value)
    elif value is not None:
        finder.image(f"{place}.image", _mapping(place, value).get("image"))


def _uses(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every value of a key `uses`, wherever it stands; what is shared is looked at once."""
    waiting: list[tuple[str, Any]] = [("", document)]
    seen: set[int] = set()
    while waiting:
        place, value = waiting.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            waiting += [(f"{place}[{index}]", each) for index, each in enumerate(value)]
            continue
        for key, each in value.items():
            below = f"{place}.{key}".removeprefix(".")
            if key == "uses":
                yield below, each
            else:
                waiting.append((below, each))
