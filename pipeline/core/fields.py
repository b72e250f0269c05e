"""The kinds of field that configuration is written in: identifiers, durations, decimals, paths.

Every kind says in `x-allowed` (kept in the JSON Schema) what a person may write, in words; the
error messages of `edges/binding.py` quote it. Nothing is coerced: `"0"` is a decimal, `0` is not.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = r"^(0|[1-9][0-9]{0,6})[smhd]$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
)
"""Names that are no file names on Windows, whatever follows a dot."""


class Problem(NamedTuple):
    """Something wrong at a path inside one document: `("stages", 2, "alias")` and the words."""

    path: tuple[str | int, ...]
    message: str


def refuse(message: str) -> PydanticCustomError:
    """Return the error by which a field says in whole words what is wrong with it."""
    return PydanticCustomError("refused", "{message}", {"message": message})


def refuse_all(problems: Iterable[Problem]) -> None:
    """Raise one error that carries every problem between fields; nothing when there is none."""
    found = tuple(problems)
    if found:
        words = "; ".join(f"{show(problem.path)}: {problem.message}" for problem in found)
        raise PydanticCustomError("refused_all", "{message}", {"message": words, "problems": found})


def show(path: Iterable[str | int]) -> str:
    """Write a path as people read it: `stages[2].envelope.network`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _text(pattern: str, allowed: str, check: Callable[[str], str | None] | None = None) -> Any:  # noqa: ANN401
    """Return the annotations of a text that matches a pattern, and passes one more check."""
    compiled = re.compile(pattern)

    def accept(value: str) -> str:
        if not compiled.fullmatch(value) or "\n" in value:
            message = f"{value[:80]!r} does not fit; allowed: {allowed}"
            raise refuse(message)
        wrong = check(value) if check else None
        if wrong:
            message = f"{value[:80]!r} {wrong}; allowed: {allowed}"
            raise refuse(message)
        return value

    schema = {"type": "string", "pattern": pattern, "x-allowed": allowed}
    return AfterValidator(accept), WithJsonSchema(schema)


def _identifier(value: str) -> str | None:
    if "__" in value:
        return "has '__', which separates the parts of a record id"
    return "is no portable folder name" if value in _RESERVED else None


Identifier = Annotated[
    str,
    *_text(
        r"^[a-z][a-z0-9_-]{0,63}$",
        "a lower-case letter, then up to 63 of a-z 0-9 _ - (it becomes a folder name)",
        _identifier,
    ),
]
"""A name that becomes a folder or file name."""

PolicyId = Annotated[
    str,
    *_text(
        r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63}){1,4}$",
        "words of a-z 0-9 _ joined by dots, such as promotion_policy.staging.explicit_stage_ladder",
        _identifier,
    ),
]
"""The id of a policy, of a canary rule: `FAMILY.TARGET.WHAT`."""

TaskName = Annotated[
    str,
    *_text(
        r"^[a-zA-Z_][a-zA-Z0-9_-]{0,63}(\.[a-zA-Z_][a-zA-Z0-9_-]{0,63}){0,7}$",
        "the name of an Invoke task, such as build.distributions",
    ),
]
"""The name of an Invoke task in the loaded collection."""

ArgumentName = Annotated[
    str,
    *_text(
        r"^[a-z_][a-z0-9_]{0,63}$",
        "the name of a task's argument: a-z 0-9 _, such as twice",
    ),
]

TypeUri = Annotated[
    str,
    *_text(
        r'^[a-z][a-z0-9+.-]*:(//[^\s/?#]+)?[^\s#\\"<>^`{|}]*[^\s#\\"<>^`{|}:/]$',
        "an absolute URI, such as https://slsa.dev/provenance/v1",
    ),
]
"""A predicate type: an absolute URI (in-toto attestation framework, TypeURI)."""

DecimalText = Annotated[
    str,
    *_text(
        r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?$",
        'a decimal number in quotes, such as "0" or "1.50"',
    ),
]
"""A number that is not an integer: signed JSON has integers and decimal strings only."""

EnvironmentName = Annotated[
    str, *_text(r"^[A-Z][A-Z0-9_]{0,127}$", "a variable's name: A-Z 0-9 _, such as API_URL")
]

KeyReference = Annotated[
    str,
    *_text(
        r"^sha256:[0-9a-f]{64}$",
        "sha256: and the 64 hex digits of the SHA-256 of the key's DER SubjectPublicKeyInfo",
    ),
]
"""A public key, by the digest that `invoke trust.show` tells."""

Line = Annotated[str, *_text(r"^\S(.*\S)?$", "a line of text, not empty")]
"""Words for people, on one line."""

Snippet = Annotated[str, *_text(r"^[^\r\n]{1,500}$", "a text on one line, not empty")]
"""A text that is looked for, spaces included."""

DigestText = Annotated[
    str, *_text(r"^sha256:[0-9a-f]{64}$", "sha256: and 64 hex digits in lower case")
]
"""A digest, as ours are written."""

CommitId = Annotated[
    str, *_text(r"^([0-9a-f]{40}|[0-9a-f]{64})$", "the full id of a commit, lower-case hex")
]
"""A commit that cannot become another one: no branch, no tag, no short id."""


def _portable(value: str) -> str | None:
    if any(part in {"", ".", ".."} for part in value.split("/")):
        return "is absolute, has an empty part, or has . or .. as a part"
    return None


RelativePath = Annotated[
    str,
    *_text(
        r"^[^\\:\x00-\x1f\x7f]{1,240}$",
        "a relative path with forward slashes, without . and .. parts, colon or backslash",
        _portable,
    ),
]
"""A portable path relative to the project's root."""

TreePath = Annotated[
    str,
    *_text(
        r"^[^\\:\x00-\x1f\x7f]{1,240}$",
        "a file or folder, relative, with forward slashes and without .. parts; . is all of it",
        lambda value: None if value == "." else _portable(value),
    ),
]
"""A file or folder of a commit; `.` is the whole of it."""


def _surface(value: str) -> str | None:
    return None if ".." not in value.split("/") else "has .. as a part"


UrlPath = Annotated[
    str,
    *_text(
        r"^/(?!/)[A-Za-z0-9._~/%+@=&?,-]{0,240}$",
        "a path on the service, beginning with one slash, such as /proxy/health",
        _surface,
    ),
]
"""A path (with query, if any) on the target's service."""


def _moment(value: str) -> str | None:
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "is no date and time that exists"
    return None


Timestamp = Annotated[
    str, *_text(_TIME, 'a time in UTC in quotes, such as "2030-01-31T18:00:00Z"', _moment)
]
"""A moment: RFC 3339 in UTC and whole seconds; texts of this form compare as the moments do."""


def read_duration(text: object) -> int:
    """Return the seconds that a duration such as `10m` means; `refused` for anything else."""
    if not isinstance(text, str) or not re.fullmatch(_DURATION, text):
        raise refuse(_wrong_duration(text))
    return int(text[:-1]) * _UNITS[text[-1]]


def write_duration(seconds: int) -> str:
    """Return the shortest duration that means so many seconds: `600` is `10m`."""
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0 and (seconds or unit == "s"))
    return f"{seconds // _UNITS[unit]}{unit}"


def _wrong_duration(value: object) -> str:
    shown = value[:80] if isinstance(value, str) else value
    return f"{shown!r} is no duration; allowed: {_DURATION_WORDS}"


def _positive(value: int) -> int:
    if value <= 0:
        message = f"no time at all would be given; allowed: {_DURATION_WORDS}, more than 0s"
        raise refuse(message)
    return value


_DURATION_WORDS = "a whole number and a unit (s, m, h, d), such as 90s or 10m"
_duration_schema = WithJsonSchema(
    {"type": "string", "pattern": _DURATION, "x-allowed": _DURATION_WORDS}
)
Seconds = Annotated[
    int,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str),
    _duration_schema,
]
"""A duration, kept in seconds, written `30s`, `10m`, `2h`, `7d`; may be `0s`."""

Timeout = Annotated[
    int,
    BeforeValidator(read_duration),
    AfterValidator(_positive),
    PlainSerializer(write_duration, return_type=str),
    _duration_schema,
]
"""A duration of more than nothing, kept in seconds."""

Count = Annotated[int, Field(ge=1, le=1_000_000)]
"""How many; at least one."""


def duplicates(values: Iterable[str]) -> Iterable[tuple[int, str, int]]:
    """Yield each value that stood before: its index, the value, the index of the first."""
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in seen:
            yield index, value, seen[value]
        else:
            seen[value] = index
