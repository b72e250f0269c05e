from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.canonical import MalformedError
from pipeline.core.envelope import Envelope, Network, Op, is_portable, matches, violations

OPEN: dict[str, Any] = {
    "allow_ops": ["read", "write", "run"],
    "allow_paths": ["out/**", "scratch/**"],
    "deny_paths": [],
    "network": "index",
    "max_budget_usd": "1.50",
}


def envelope(**changes: object) -> Envelope:
    return Envelope.from_json({**OPEN, **changes})


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("out/**", "out/a", True),
        ("out/**", "out/a/b/c", True),
        ("out/**", "out", False),  # the folder replaced by a file is not something inside it
        ("out/**", "outside/a", False),
        ("out/*", "out/a/b", False),
        ("**", "any/thing", True),
        ("**/secret", "secret", True),
        ("**/secret", "a/b/secret", True),
        ("**/secret", "a/secrets", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("*.whl", "x.whl", True),
        ("*.whl", "d/x.whl", False),
        ("*", ".hidden", True),
        ("out/?.txt", "out/a.txt", True),
        ("out/?.txt", "out/ab.txt", False),
        ("a.c", "abc", False),  # a dot is a dot
    ],
)
def test_patterns_mean_what_the_page_says(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "/out",
        "../x",
        "a/../b",
        "./a",
        "a//b",
        "a\\b",
        "c:/x",
        "",
        "a/",
        "[a]",
        "x/**y",
        "!a",
        "a\n",
    ],
)
def test_patterns_that_are_not_portable_are_refused(pattern: str) -> None:
    with pytest.raises(MalformedError):
        envelope(allow_paths=[pattern])
    with pytest.raises(MalformedError):
        envelope(deny_paths=[pattern])


def test_a_step_that_keeps_its_envelope_has_no_violation() -> None:
    seen = violations(
        envelope(), ["out/a.whl", "scratch/x/y", "result.json"], "1.50", [Op.RUN], Network.INDEX
    )
    assert seen == []


@pytest.mark.parametrize(
    "path", ["../escape", "/etc/passwd", "out/../../x", "out\\a", "C:x", "", "a//b"]
)
def test_a_path_that_is_not_portable_is_a_violation_even_when_all_is_allowed(path: str) -> None:
    assert violations(envelope(allow_paths=["**"]), [path]) == [
        f"{path!r} is not a portable relative path"
    ]


def test_every_violation_is_told_in_words() -> None:
    tight = envelope(
        allow_ops=["read"], allow_paths=["out/**"], deny_paths=["out/keys/**"], network="none"
    )
    found = violations(tight, ["out/keys/k", "config/x"], "2", [Op.RUN], Network.LOOPBACK)
    assert found == [
        "'config/x' is outside allow_paths ('out/**')",
        "'out/keys/k' is denied by deny_paths ('out/keys/**')",
        "operation 'run' is not in allow_ops",
        "operation 'write' is not in allow_ops",
        "network 'loopback' is more than 'none'",
        "cost 2 USD is more than max_budget_usd 1.50",
    ]


def test_empty_lists_deny() -> None:
    nothing = envelope(allow_ops=[], allow_paths=[])
    assert violations(nothing, ["out/a"]) == [
        "'out/a' is outside allow_paths (nothing)",
        "operation 'write' is not in allow_ops",
    ]


def test_the_result_file_is_allowed_unless_denied() -> None:
    assert violations(envelope(allow_paths=[], allow_ops=[]), ["result.json"]) == []
    assert violations(envelope(deny_paths=["*.json"]), ["result.json"])


@pytest.mark.parametrize("path", ["out/SECRET/a", "out/Secret/a", "out/\uff53ecret/a"])
def test_denial_is_not_dodged_by_case_or_by_form(path: str) -> None:
    assert violations(envelope(deny_paths=["out/secret/**"]), [path])


@pytest.mark.parametrize(
    "cost", ["NaN", "-1", "1e3", "inf", "", " 1", "1_0", "٣", "1\n", "9" * 5000]
)
def test_a_cost_that_is_no_plain_number_is_a_violation(cost: str) -> None:
    assert len(violations(envelope(max_budget_usd="999"), cost_usd=cost)) == 1


@pytest.mark.timeout(5)
def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert not matches("/".join(["**", "*a*a*a*a*a*b"] * 8), "/".join(["a" * 200] * 60))


names = st.text(alphabet="abA.-", min_size=1, max_size=4).filter(
    lambda name: name not in {".", ".."}
)
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
parts = st.one_of(st.just("**"), st.text(alphabet="ab*?.", min_size=1, max_size=4))
patterns = (
    st.lists(parts, min_size=1, max_size=4)
    .map("/".join)
    .filter(
        lambda p: all(q not in {".", ".."} and ("**" not in q or q == "**") for q in p.split("/"))
    )
)


def as_regex(pattern: str) -> str:
    """Say the same in another language, slowly."""
    pieces = pattern.split("/")
    text = ""
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        if piece == "**":
            text += "[^/]+(?:/[^/]+)*" if last else "(?:[^/]+/)*"
        else:
            literal = "".join({"*": "[^/]*", "?": "[^/]"}.get(c, re.escape(c)) for c in piece)
            text += literal + ("" if last else "/")
    return text


@given(patterns, paths)
def test_matching_agrees_with_regular_expressions(pattern: str, path: str) -> None:
    assert matches(pattern, path) is bool(re.fullmatch(as_regex(pattern), path))


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3), paths)
def test_deny_wins_and_allowing_more_never_denies_more(
    allow: list[str], deny: list[str], path: str
) -> None:
    strict = violations(envelope(allow_paths=allow, deny_paths=deny), [path])
    wide = violations(envelope(allow_paths=[*allow, "**"], deny_paths=deny), [path])
    assert len(wide) <= len(strict)
    if any(matches(pattern, path) for pattern in deny):
        assert wide
    if not allow and path != "result.json":
        assert strict


@given(st.text(max_size=12))
def test_whatever_passes_as_portable_stays_inside(path: str) -> None:
    if is_portable(path):
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert "\\" not in path
    else:
        assert violations(envelope(allow_paths=["**"]), [path])
