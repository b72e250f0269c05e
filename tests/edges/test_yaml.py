from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edges import yaml as ours
from pipeline.edges.document import Mark


def faults(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [str(fault) for fault in ours.read("f.yaml", data).faults]


def test_plain_scalars_are_what_the_core_schema_says() -> None:
    text = (
        "a: 1\nb: -7\nc: true\nd: null\ne:\nf: words here\ng: '010'\nh: \"on\"\n"
        "i: |\n  two\n  lines\nj: 1.2.3\nk: 10m\nl: v[0-9]*\n"
    )
    document = ours.read("f.yaml", text.encode())
    assert document.faults == []
    assert document.value == {
        "a": 1,
        "b": -7,
        "c": True,
        "d": None,
        "e": None,
        "f": "words here",
        "g": "010",
        "h": "on",
        "i": "two\nlines\n",
        "j": "1.2.3",
        "k": "10m",
        "l": "v[0-9]*",
    }


@pytest.mark.parametrize(
    "word",
    [
        *("on", "off", "yes", "No", "y", "N", "ON"),
        *("010", "0o17", "0x1F", "0b11", "08", "1_000", "1:30", "190:20:30"),
        *("1.0", ".5", "1e3", "1.", "-2.5", ".inf", "-.INF", ".nan", "1.5e-3"),
        *("2030-01-31", "2030-01-31T10:00:00Z", "2030-1-1 10:00:00"),
        *("=", "<<", "9007199254740992", "9" * 5000),
    ],
)
def test_what_readers_of_yaml_disagree_about_is_refused_where_it_stands(word: str) -> None:
    found = faults(f"x:\n  - ok\n  - {word}\n")
    assert len(found) == 1
    assert found[0].startswith("f.yaml:3:5: x[1]: ")
    assert "allowed: " in found[0]
    assert faults(f"x: ['{word}']") == []


def test_a_surprise_as_a_key_is_refused_too() -> None:
    assert faults("on: push\n")[0].startswith("f.yaml:1:1: on: 'on' is true or false to some")
    assert faults("a:\n  1: x\n") == [
        "f.yaml:2:3: a.1: the key '1' is no text; allowed: the same in quotes"
    ]


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    assert faults("a: 1\nb: {c: 1, 'c': 2}\n\"a\": 3\n") == [
        "f.yaml:2:11: b.c: stands twice; it is on line 2 already; allowed: once",
        "f.yaml:3:1: a: stands twice; it is on line 1 already; allowed: once",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "f.yaml:1:1: (file): is empty; allowed: one YAML mapping"),
        (b"# only words\n", "f.yaml:1:1: (file): is empty; allowed: one YAML mapping"),
        (b"- a\n", "f.yaml:1:1: (file): is no mapping; allowed: `key: value` lines"),
        (b"a: 1\n---\nb: 2\n", "f.yaml:2:1: (file): begins a second document; allowed: one"),
        (b"%YAML 1.1\n---\na: 1\n", "f.yaml:1:1: (file): has a directive (%); allowed: none"),
        (b"a: 1\nb: \xff\n", "f.yaml:2:4: (file): is not UTF-8 here; allowed: UTF-8 text"),
        ("a: é\xa0\nb: ".encode() + b"\xc3(", "f.yaml:2:4: (file): is not UTF-8 here;"),
        ("a: 1".encode("utf-16"), "f.yaml:1:1: (file): is not UTF-8 here;"),
        (b"\xef\xbb\xbfa: 1", "f.yaml:1:1: (file): has the character U+FEFF;"),
        (b"a:\n\tb: 1\n", "f.yaml:2:1: (file): has a tab;"),
        (b"a: 1 \t# x\n", "f.yaml:1:6: (file): has a tab;"),
        (b"a: \x00", "f.yaml:1:4: (file): has the character U+0000;"),
        ("a: x\u2028b: 1".encode(), "f.yaml:1:5: (file): has the character U+2028;"),
        ("a: '\u202e'".encode(), "f.yaml:1:5: (file): has the character U+202E;"),
        (b"a: 1\rb: 2", "f.yaml:1:5: (file): has the character U+000D;"),
        (b"a: [1, 2\nb: 3\n", "(file): is no YAML: "),
        (b"a: b: c\n", "f.yaml:1:5: (file): is no YAML: mapping values are not allowed"),
        (b"? [a]\n: b\n", "(file): a key is no text; allowed: text"),
        (b"x" * (1 << 20) + b"y", "f.yaml:1:1: (file): is larger than 1048576 bytes;"),
    ],
)
def test_a_file_that_is_not_one_plain_document_is_refused(text: bytes, expected: str) -> None:
    assert expected in faults(text)[0]
    assert ours.read("f.yaml", text).root is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1\nb: *x\n", ["1:4: a: the anchor &x", "2:4: b: the alias *x"]),
        ("a: !!python/object:os.system x\n", ["1:4: a: the tag tag:yaml.org,2002:python/object"]),
        ("a: !!int '7'\n", ["1:4: a: the tag tag:yaml.org,2002:int is refused"]),
        ("a: ! x\n", ["1:4: a: the tag ! is refused"]),
        ("<<: {a: 1}\n", ["1:1: <<: '<<' has a meaning of its own"]),
    ],
)
def test_what_yaml_can_do_beyond_values_is_refused(text: str, words: list[str]) -> None:
    found = faults(text)
    assert len(found) == len(words)
    for fault, expected in zip(found, words, strict=True):
        assert expected in fault


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 500_000,
        "a: " + "{a: " * 200_000,
        "\n".join("  " * depth + "a:" for depth in range(900)),
        "- " * 400_000,
        "l0: &l0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 60)),
    ],
)
def test_a_bomb_is_defused_at_once(bomb: str) -> None:
    assert faults(bomb)


def test_marks_point_at_keys_values_and_the_nearest_parent() -> None:
    document = ours.read("f.yaml", b"# c\na:\n  b: [x, {c: yy}]\nd:\n")
    assert document.mark(("a", "b", 1, "c")) == Mark(3, 14)
    assert document.mark(("a", "b", 1, "c"), at_key=True) == Mark(3, 11)
    assert document.mark(("a", "missing", "deeper")) == Mark(3, 3)
    assert document.mark(("d",)) == Mark(4, 1)
    assert document.mark(()) == Mark(2, 1)


@given(st.binary(max_size=60))
def test_no_bytes_are_a_traceback(data: bytes) -> None:
    document = ours.read("f.yaml", data)
    assert document.faults or isinstance(document.value, dict)


words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=8)


@given(
    st.dictionaries(
        words,
        st.recursive(
            st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none() | words,
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_json_with_characters_that_show_is_read_as_it_stands(value: dict[str, object]) -> None:
    document = ours.read("f.yaml", json.dumps(value, ensure_ascii=False).encode())
    assert document.faults == []
    assert document.value == value
