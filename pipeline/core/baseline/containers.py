"""What a Dockerfile or Containerfile pulls.

Source: the Dockerfile reference, and BuildKit's parser where it is more exact. In doubt something
is a reference, and a name is no stage:

1. A line that ends in the escape character goes on in the next one; comment lines and empty lines
   between do not end it. `# escape=` and `# syntax=` count at the very top only, and the frontend
   that `syntax` names is pulled, too; also as `// syntax=`, as `{"syntax": …}`, and as the build
   argument `BUILDKIT_SYNTAX`.
2. `FROM` takes its variables from the `ARG` lines before the first `FROM`, and from nowhere else.
   A variable without a default is decided by whoever builds: never pinned. An argument that is
   given with the build is taken instead of the default.
3. A name that an earlier `FROM … AS` gave is a stage, no image; so is `scratch`.
4. `COPY --from=` and `RUN --mount=…,from=` pull whatever is neither a stage nor a stage's number.
5. Between `<<WORD` and WORD stands text, not instructions. `FROM` in it is still taken for one, but
   makes no name that could hide another.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.core.baseline.references import Parsed, Reference, image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DIRECTIVE = re.compile(r"(#|//)\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*")
_FROM = re.compile(r"FROM((?:\s+--\S+)*)\s+(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)
_STAGE = re.compile(r"[a-z][a-z0-9_.-]*")
_VARIABLE = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^{}$]*))?\})"
)
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]*)")
_SIMPLE = re.compile(r"""(["']?)([A-Za-z0-9_.-]+)\1""")
_HEREDOC_WORDS = frozenset({"RUN", "COPY", "ADD"})
_FRONTEND = "BUILDKIT_SYNTAX"
_QUOTES = re.compile("[\"']")


@dataclass(frozen=True, slots=True)
class _Line:
    """A logical line: its number, its text, whether it may be text of a here-document (rule 5)."""

    number: int
    text: str
    doubtful: bool


@dataclass(slots=True)
class _State:
    """What has been read so far."""

    given: Mapping[str, str | None]
    arguments: dict[str, str | None] = field(default_factory=dict)
    stages: set[str] = field(default_factory=set)
    count: int = 0
    found: list[Reference] = field(default_factory=list)

    def pull(self, number: int, text: str) -> None:
        """Note an image."""
        self.found.append(image(f"line {number}", text))


def parse(data: bytes, given: Mapping[str, str | None] | None = None) -> Parsed:
    """Return the images that a container file pulls; one without any `FROM` is a problem.

    `given` are the build's arguments; `None` is a value that only whoever builds knows.
    """
    lines = [line.removesuffix("\r") for line in data.decode("utf-8-sig", "replace").split("\n")]
    directives = _directives(lines, "#")
    state = _State(given or {})
    for number, frontend in _frontends(lines, directives, state.given):
        state.pull(number, frontend)
    _, escape = directives.get("escape", (0, "\\"))
    for line in _logical(lines, "`" if escape == "`" else "\\"):
        _read(line, state)
    problem = "" if state.count else "it has no FROM, so what it builds on cannot be said"
    return Parsed(references=tuple(dict.fromkeys(state.found)), problem=problem)


def _frontends(
    lines: list[str],
    directives: Mapping[str, tuple[int, str]],
    given: Mapping[str, str | None],
) -> Iterator[tuple[int, str]]:
    """Yield every frontend that any of the ways to write one names, with its line (rule 1)."""
    if _FRONTEND in given:
        yield 1, given[_FRONTEND] or f"${_FRONTEND}"
    for found in (directives, _directives(lines, "//")):
        if "syntax" in found:
            number, frontend = found["syntax"]
            yield number, frontend.split()[0]
    script = lines[1:] if lines[0].startswith("#!") else lines
    for text in ("\n".join(script), next((line for line in script if line.strip()), "")):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict) and "syntax" in document:
            yield 1, str(document["syntax"]).strip()


def _directives(lines: list[str], sign: str) -> dict[str, tuple[int, str]]:
    """Return the directives at the top: name → line, value; a script's `#!` may come first."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, 1):
        if number == 1 and line.startswith("#!"):
            continue
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None or match[1] != sign:
            break
        found.setdefault(match[2].lower(), (number, match[3]))
    return found


def _logical(lines: list[str], escape: str) -> Iterator[_Line]:
    """Yield the instructions, continued lines joined (rule 1), with here-documents marked."""
    goes_on = re.compile(rf"(?:^|(?<=[^{re.escape(escape)}])){re.escape(escape)}[ \t]*$")
    waiting: list[tuple[str, bool]] = []
    text, begun = "", 0
    for number, line in enumerate(lines, 1):
        if waiting and _ends(line, *waiting[0]):
            if text:
                yield _Line(begun, text + line, doubtful=True)
            waiting.pop(0)
            text = ""
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = begun if text else number
        cut = goes_on.sub("", line)
        text += cut if text else cut.lstrip()
        if cut != line:
            text = text or " "
            continue
        yield _Line(begun, text, doubtful=bool(waiting))
        if not waiting:
            waiting = _heredocs(text)
        text = ""
    if text.strip():
        yield _Line(begun, text, doubtful=bool(waiting))


def _ends(line: str, word: str, chomp: bool) -> bool:  # noqa: FBT001 - both come from one tuple
    return (line.lstrip("\t") if chomp else line) == word


def _heredocs(text: str) -> list[tuple[str, bool]]:
    """Return the words that end the here-documents of an instruction, and whether tabs may stand.

    A word that is written in no simple way ends nothing: all that follows is in doubt.
    """
    words = text.split()
    while words and words[0].upper() == "ONBUILD":
        words.pop(0)
    if not words or words[0].upper() not in _HEREDOC_WORDS:
        return []
    found = []
    for word in words[1:]:
        match = _HEREDOC.fullmatch(word)
        if match is not None:
            simple = _SIMPLE.fullmatch(match[2])
            found.append((simple[2] if simple else "\n", match[1] == "-"))
    return found


def _read(line: _Line, state: _State) -> None:
    words = line.text.split()
    while words and words[0].upper() == "ONBUILD":
        words.pop(0)
    word = words[0].upper() if words else ""
    if word == "FROM":
        _from(line, " ".join(words), state)
    elif word == "ARG" and not state.count and not line.doubtful:
        for written in _WORD.findall(line.text)[1:]:
            name, is_set, value = written.partition("=")
            value = _QUOTES.sub("", value)
            default = _expand(value, state) if is_set else None
            state.arguments[name] = state.given.get(name, default)
    elif word in {"COPY", "ADD", "RUN"}:
        _copied(line.number, words[1:], state)


def _from(line: _Line, text: str, state: _State) -> None:
    match = _FROM.fullmatch(text)
    if match is None:
        if not line.doubtful:  # text such as `from os import path` is no instruction
            state.count += 1
            state.pull(line.number, text)
        return
    named = _QUOTES.sub("", match[2])
    base = _expand(named, state)
    state.count += not line.doubtful
    if base is None:
        state.pull(line.number, named)
    elif base != "scratch" and base.lower() not in state.stages:
        state.pull(line.number, base)
    if match[3] and not line.doubtful and _STAGE.fullmatch(match[3].lower()):
        state.stages.add(match[3].lower())


def _expand(text: str, state: _State) -> str | None:
    """Fill in the arguments (rule 2); `None` where one decides that has no value here."""
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        given = state.arguments.get(match[1] or match[2])
        how, other = match[3], match[4]
        if how in {"-", ":-"}:
            given = other if given is None or (how == ":-" and not given) else given
        elif how in {"+", ":+"}:
            given = other if given is not None and (how == "+" or given) else ""
        unknown = unknown or given is None
        return given or ""

    filled = _VARIABLE.sub(value, text)
    return None if unknown or "$" in filled else filled


def _copied(number: int, words: list[str], state: _State) -> None:
    """Note what `--from=` and `--mount=…,from=` name (rule 4)."""
    for word in words:
        if not word.startswith("--"):
            return
        name, _, value = word[2:].partition("=")
        value = _QUOTES.sub("", value)
        sources = [value] if name == "from" else []
        if name == "mount":
            options = [option.partition("=") for option in value.split(",")]
            sources = [source for option, _, source in options if option.lower() == "from"]
        for source in sources:
            is_number = source.isdecimal() and int(source) < state.count
            if source.lower() not in state.stages and not is_number and source != "scratch":
                state.pull(number, source)
