"""What the pages promise, read from Markdown: links between files, and commands to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "config/**/*.md", "tests/**/*.md")
    for page in ROOT.glob(pattern)
)

FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"!?\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(?P<named>\S+)", re.MULTILINE
)
HEADING = re.compile(r"^#+\s+(?P<text>.+?)\s*$", re.MULTILINE)
COMMANDS = frozenset({"sh", "bash", "console"})
"""Languages of the blocks whose lines are commands; in `console` only lines after `$ ` are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command that a page shows: its door, the task or session behind it, its options."""

    door: str
    name: str
    options: tuple[str, ...]
    line: str


def broken_links(text: str, page: Path) -> list[str]:
    """Find relative links of a page whose file or heading is not there."""
    prose = FENCE.sub("", text)
    targets = [match["target"] or match["named"] for match in LINK.finditer(prose)]
    return [target for target in targets if not _resolves(target, text, page)]


def _resolves(target: str, text: str, page: Path) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return True  # another place's address is not ours to check: the tests run offline
    name, _, anchor = target.partition("#")
    file = (page.parent / name) if name else page
    if not file.exists():
        return False
    if not anchor or file.suffix != ".md":
        return not anchor
    return anchor in anchors(text if file == page else file.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    plain = (match["text"].lower() for match in HEADING.finditer(FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def commands(text: str) -> Iterator[Command]:
    """Yield the invoke, nox and release-ladder commands of a page's command blocks."""
    for block in FENCE.finditer(text):
        if block["language"] in COMMANDS:
            for line in _typed(block["language"], block["body"]):
                for part in re.split(r"&&|\|\||[|;]", line):
                    yield from _command(part.strip(), line)


def _typed(language: str, body: str) -> Iterator[str]:
    for line in body.replace("\\\n", " ").splitlines():
        if language != "console":
            yield line
        elif line.startswith("$ "):
            yield line.removeprefix("$ ")


def _command(part: str, line: str) -> Iterator[Command]:
    words = shlex.split(part, comments=True)
    doors = [
        at for at, word in enumerate(words) if word in {"invoke", "inv", "nox", "release-ladder"}
    ]
    if not doors or words[max(doors[0] - 1, 0)] == "install":
        return
    door, rest = words[doors[0]], words[doors[0] + 1 :]
    if door == "nox":
        rest = rest[rest.index("-s") + 1 :] if "-s" in rest else []
    if rest and not rest[0].startswith("-"):
        options = tuple(word.partition("=")[0] for word in rest[1:] if word.startswith("--"))
        yield Command(
            door="nox" if door == "nox" else "invoke", name=rest[0], options=options, line=line
        )
