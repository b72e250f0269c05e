"""Foreign YAML is read for what it says; what can be read in two ways is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pipeline.core.canonical import MalformedError
from pipeline.edges import foreign_yaml
from pipeline.edges.foreign_yaml import MAX_DEPTH, read_documents


def only(text: str) -> Any:  # noqa: ANN401
    (document,) = read_documents(text.encode())
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: push", {"on": "push"}),
        ("a: yes", {"a": "yes"}),
        ("a: 010", {"a": "010"}),
        ("a: 3.10", {"a": "3.10"}),
        ("a: 2030-01-01", {"a": "2030-01-01"}),
        ("a: null\nb: ~\nc:\nd: 'null'", {"a": None, "b": None, "c": None, "d": "null"}),
        ("a: [1, {b: c}]", {"a": ["1", {"b": "c"}]}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: !reset null", {"a": None}),
        ("a: !!str 5", {"a": "5"}),
        ("1: x", {"1": "x"}),
        ("\ufeffa: b", {"a": "b"}),
        ("text", "text"),
    ],
)
def test_a_scalar_is_its_text(text: str, value: object) -> None:
    assert only(text) == value


def test_aliases_are_what_they_name_and_merges_take_over_what_is_not_there() -> None:
    text = (
        "base: &base {image: one, tty: two}\n"
        "a: {<<: *base, tty: mine}\n"
        "b: {tty: mine, <<: [*base, {tty: other, more: x}]}\n"
        "c: *base\n"
        "d: {'<<': text}\n"
    )
    read = only(text)
    assert read["a"] == {"image": "one", "tty": "mine"}
    assert read["b"] == {"image": "one", "tty": "mine", "more": "x"}
    assert read["c"] == {"image": "one", "tty": "two"}
    assert read["d"] == {"<<": "text"}


def test_several_documents_are_read_and_an_anchor_holds_in_its_own() -> None:
    assert read_documents(b"a: 1\n---\nb: 2\n") == [{"a": "1"}, {"b": "2"}]
    assert read_documents(b"") == []
    with pytest.raises(MalformedError):
        read_documents(b"a: &x 1\n---\nb: *x\n")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: 1\na: 2\n", "stands twice"),
        (b"a: {b: 1, b: 2}\n", "stands twice"),
        (b"? [a]\n: 1\n", "no text"),
        (b"a: *b\n", "YAML|names nothing"),
        (b"a: {<<: text}\n", "no mapping"),
        (b"a: [1\n", "no YAML"),
        (b"a: b: c\n", "no YAML"),
        (b"\ta: 1\n", "no YAML"),
        (b"a: \xff\n", "UTF-8"),
        (b'a: "\\ud800"\n', "no YAML"),
        (b'a: "\\U00110000"\n', "no YAML"),
        (b"a: " + b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "deeper"),
        (b"x" * (1024 * 1024 + 1), "larger"),
    ],
)
def test_what_is_not_read_in_one_way_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        read_documents(data)


def test_without_the_fast_reader_the_same_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_yaml, "_LOADER", yaml.SafeLoader)
    for data in (b'a: "\\ud800"', b'a: "\\U00110000"', b"a: 1\na: 2", b"a: *b"):
        with pytest.raises(MalformedError):
            read_documents(data)
    assert only("a: [&x 1, *x]") == {"a": ["1", "1"]}


def test_a_small_file_that_means_a_huge_one_is_refused() -> None:
    keys = ", ".join(f"k{n}: 1" for n in range(2000))
    merges = ", ".join(["*a"] * 2000)
    with pytest.raises(MalformedError, match="merges more"):
        read_documents(f"a: &a {{{keys}}}\nb: {{<<: [{merges}]}}\n".encode())
    laughs = ["a0: &a0 [x, x]"]
    laughs += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(only("\n".join(laughs))) == 60


def test_a_value_may_contain_itself() -> None:
    read = only("a: &a {b: *a}")
    assert read["a"]["b"] is read["a"]
