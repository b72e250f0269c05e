"""What a step may do: operations, paths, network, money. Empty denies.

Rules, in the order in which `violations` applies them:

1. A path is portable: relative, forward slashes, no `.`, `..` or empty part. Else it is refused.
2. A path that a `deny_paths` pattern matches is refused, whatever `allow_paths` says; for denial
   case and Unicode form do not count, so that a case-insensitive disk is no way round.
3. A path that no `allow_paths` pattern matches is refused; an empty list allows nothing.
4. Changing a path needs the operation `write`; other operations need their own entry.
5. More network than declared, or more cost than `max_budget_usd`, or a cost that is no plain
   decimal number, is refused.

Patterns: parts separated by `/`; `*` is any run of characters within a part, `?` one of them; `**`
as a whole part is any number of parts (at the end: at least one). A leading dot is not special.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from pipeline.core.fields import DecimalText, refuse
from pipeline.core.model import Model

RESULT_FILE = "result.json"
"""The one file outside `allow_paths` that every step may leave: how it reports to the pipeline."""
MAX_PATTERN = 240
"""Longest pattern, in characters."""
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?")
_ALLOWED = (
    "a pattern relative to the step's private folder, with forward slashes, * ? **, "
    'such as "out/**"; no leading slash, no . or .. part, no backslash, no colon'
)


class Op(StrEnum):
    """A kind of thing that a step does."""

    READ = "read"
    WRITE = "write"
    RUN = "run"


class Network(StrEnum):
    """How far a step may reach; each includes those before it."""

    NONE = "none"
    LOOPBACK = "loopback"
    INDEX = "index"
    ANY = "any"


def _pattern(value: str) -> str:
    parts = value.split("/")
    wrong = (
        len(value) > MAX_PATTERN
        or any(part in {"", ".", ".."} for part in parts)
        or any("**" in part and part != "**" for part in parts)
        or re.search(r"[\x00-\x1f\x7f\\:\[\]{}!]", value)
    )
    if wrong:
        message = f"{value[:80]!r} is no path pattern; allowed: {_ALLOWED}"
        raise refuse(message)
    return value


PathPattern = Annotated[
    str,
    AfterValidator(_pattern),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": MAX_PATTERN, "x-allowed": _ALLOWED}
    ),
]


class Envelope(Model):
    """The limits of every step of a stage. What is not allowed here is denied."""

    allow_ops: tuple[Op, ...] = Field(description="What the steps do: read, write, run.")
    allow_paths: tuple[PathPattern, ...] = Field(
        description="Paths in the private folder that the steps may change; empty allows none."
    )
    deny_paths: tuple[PathPattern, ...] = Field(
        description="Paths that they may not change even when allow_paths matches."
    )
    network: Network = Field(description="How far the steps reach: none, loopback, index, any.")
    max_budget_usd: DecimalText = Field(description='The most they may cost, in US dollars: "0".')


def is_portable(path: str) -> bool:
    """Tell whether a path is relative, with forward slashes and without `.`, `..`, empty parts."""
    return "\\" not in path and "\0" not in path and not _odd_parts(path)


def _odd_parts(path: str) -> bool:
    return any(part in {"", ".", ".."} for part in path.split("/")) or bool(
        re.match(r"[A-Za-z]:", path)
    )


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern matches a path; time grows with the product of their lengths only."""
    return _parts_match(tuple(pattern.split("/")), tuple(path.split("/")))


def _parts_match(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Match part by part: row i says which tails of the path the pattern's tail i matches."""
    tails = [False] * len(path) + [True]
    for index in range(len(pattern) - 1, -1, -1):
        part, row = pattern[index], [False] * (len(path) + 1)
        for start in range(len(path), -1, -1):
            if part == "**":
                here = tails[start] and index != len(pattern) - 1
                row[start] = here or (start < len(path) and (row[start + 1] or tails[start + 1]))
            else:
                row[start] = start < len(path) and tails[start + 1] and _part(part, path[start])
        tails = row
    return tails[0]


@lru_cache(maxsize=4096)
def _part(pattern: str, text: str) -> bool:
    """Match one part: `*` any run, `?` one character; only the last star is tried again."""
    at, star, mark, position = 0, -1, 0, 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark, at = at, position, at + 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at, position = at + 1, position + 1
        elif star >= 0:
            at, mark = star + 1, mark + 1
            position = mark
        else:
            return False
    return all(character == "*" for character in pattern[at:])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def path_problem(envelope: Envelope, path: str) -> str | None:
    """Return why a path may not be changed, or `None` when it may (rules 1 to 3)."""
    if not is_portable(path):
        return f"{path!r} is not a portable relative path"
    for pattern in envelope.deny_paths:
        if matches(_folded(pattern), _folded(path)):
            return f"{path!r} is denied by deny_paths ({pattern!r})"
    if path == RESULT_FILE or any(matches(pattern, path) for pattern in envelope.allow_paths):
        return None
    allowed = ", ".join(repr(pattern) for pattern in envelope.allow_paths) or "nothing"
    return f"{path!r} is outside allow_paths ({allowed})"


def _cost_problem(envelope: Envelope, cost: str) -> str | None:
    if not _DECIMAL.fullmatch(cost):
        return f"cost_usd {cost[:40]!r} is no plain decimal number, such as '0' or '1.50'"
    if Decimal(cost) > Decimal(envelope.max_budget_usd):
        return f"cost {cost} USD is more than max_budget_usd {envelope.max_budget_usd}"
    return None


def violations(
    envelope: Envelope,
    changed_paths: Iterable[str] = (),
    cost_usd: str = "0",
    ops: Iterable[Op] = (),
    network: Network = Network.NONE,
) -> list[str]:
    """Return every way in which what a step did leaves its envelope; empty means it kept it.

    `changed_paths` are relative to the private folder; `cost_usd` is a decimal text; `ops` and
    `network` are what was seen or is needed. A changed path implies `write` (but for the result).
    """
    changed = sorted(set(changed_paths))
    found = [problem for path in changed if (problem := path_problem(envelope, path))]
    needed = set(ops) | ({Op.WRITE} if set(changed) - {RESULT_FILE} else set())
    found += [
        f"operation {op.value!r} is not in allow_ops"
        for op in sorted(needed)
        if op not in envelope.allow_ops
    ]
    reach = list(Network)
    if reach.index(network) > reach.index(envelope.network):
        found.append(f"network {network.value!r} is more than {envelope.network.value!r}")
    cost = _cost_problem(envelope, cost_usd)
    return [*found, cost] if cost else found
