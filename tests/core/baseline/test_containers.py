"""What a container file pulls is found however it is written, and what cannot hide does not."""

from __future__ import annotations

import pytest

from pipeline.core.baseline.containers import parse

HEX = "0123456789abcdef" * 4
PINNED = f"node:20-alpine@sha256:{HEX}"


def loose(text: str) -> list[str]:
    """Return what is pulled by name only, and see that each says where."""
    found = parse(text.encode())
    assert all(one.place.startswith("line ") for one in found.references)
    return [one.text for one in found.references if not one.pinned]


@pytest.mark.parametrize(
    ("text", "pulled"),
    [
        ("FROM node:20-alpine\n", ["node:20-alpine"]),
        ("FROM node\n", ["node"]),
        ("from node:20\n", ["node:20"]),
        ("  FROM\tnode:20\n", ["node:20"]),
        ("FROM node:20", ["node:20"]),
        ("\ufeffFROM node:20\n", ["node:20"]),
        ("FROM node:20\r\nRUN true\r\n", ["node:20"]),
        ("FROM localhost:5000/tea/pot\n", ["localhost:5000/tea/pot"]),
        ("FROM --platform=$BUILDPLATFORM node:20 AS build\n", ["node:20"]),
        ('FROM "node:20"\n', ["node:20"]),
        ("FROM node@sha256:0123\n", ["node@sha256:0123"]),
        (f"FROM node@sha256:{HEX.upper()}\n", [f"node@sha256:{HEX.upper()}"]),
        (f"FROM node@sha1:{HEX[:40]}\n", [f"node@sha1:{HEX[:40]}"]),
        (f"FROM {PINNED}\n", []),
        (f"FROM --platform=linux/amd64 {PINNED} AS build\nFROM build\n", []),
        ("FROM scratch\n", []),
    ],
)
def test_what_a_file_builds_on_is_pinned_by_its_content_or_loose(
    text: str, pulled: list[str]
) -> None:
    assert loose(text) == pulled


def test_each_base_of_several_stages_is_found_and_stages_are_none() -> None:
    text = (
        "FROM node:20 AS Build\nFROM build AS test\nRUN true\n"
        "FROM python:3.13 AS run\nFROM RUN\nFROM later\nFROM scratch AS later\n"
    )
    assert loose(text) == ["node:20", "python:3.13", "later"]


def test_a_stage_that_is_called_as_an_image_is_one_only_after_it_was_made() -> None:
    assert loose("FROM node\nFROM scratch AS node\nFROM node\n") == ["node"]


def test_comments_are_no_instructions_and_end_no_continued_line() -> None:
    text = "# FROM evil:1\n   # FROM evil:2\nFROM \\\n# FROM evil:3\n\n  node:20 \\\n  AS build\n"
    assert loose(text) == ["node:20"]


def test_a_word_that_is_split_over_lines_is_read_as_one() -> None:
    assert loose("FR\\\nOM node:\\\n20\n") == ["node:20"]
    assert loose("FROM scratch\nRUN a \\\\\nFROM node:20\n") == ["node:20"]


def test_another_escape_character_counts_at_the_top_alone() -> None:
    assert loose("# escape=`\nFROM `\nnode:20\nFROM scratch\nRUN C:\\\nFROM tea\n") == [
        "node:20",
        "tea",
    ]
    assert loose("\n# escape=`\nFROM \\\nnode:20\n") == ["node:20"]
    assert loose("# hello\n# escape=`\nFROM \\\nnode:20\n") == ["node:20"]


def test_the_frontend_that_a_file_names_is_pulled_too() -> None:
    assert loose(f"# syntax=docker/dockerfile:1\nFROM {PINNED}\n") == ["docker/dockerfile:1"]
    assert loose(f"#!/bin/x\n#syntax = tea/pot\nFROM {PINNED}\n") == ["tea/pot"]
    assert loose(f"# a word\n# syntax=tea/pot\nFROM {PINNED}\n") == []
    assert loose(f"# syntax=docker/dockerfile:1@sha256:{HEX}\nFROM scratch\n") == []


@pytest.mark.parametrize(
    "head",
    [
        "# syntax=tea/pot:1",
        "// syntax=tea/pot:1",
        "//syntax = tea/pot:1 more",
        '{"syntax": "tea/pot:1"}',
        '#!/bin/x\n{"syntax": "tea/pot:1", "other": "x"}',
        '{\n "syntax":\n "tea/pot:1"}',
    ],
)
def test_a_frontend_is_pulled_in_whatever_way_it_is_written_and_with_no_base_too(
    head: str,
) -> None:
    assert loose(head + "\n") == ["tea/pot:1"]
    assert "tea/pot:1" in loose(f"{head}\nFROM {PINNED}\n") or head.count("\n") > 1


def test_an_argument_that_is_given_with_the_build_is_the_base() -> None:
    text = f"ARG BASE={PINNED}\nARG OTHER=x\nFROM $BASE\n".encode()

    def pulled(**given: str | None) -> list[tuple[str, bool]]:
        return [(one.text, one.pinned) for one in parse(text, given).references]

    assert pulled(OTHER="evil:1", unknown="evil:1") == [(PINNED, True)]
    assert pulled(BASE="evil:1") == [("evil:1", False)]
    assert pulled(BASE=None) == [("$BASE", False)]
    assert pulled(BASE="$WHO") == [("$BASE", False)]
    assert pulled(BUILDKIT_SYNTAX="evil:1") == [("evil:1", False), (PINNED, True)]


@pytest.mark.parametrize(
    ("head", "base", "pulled"),
    [
        ("ARG BASE=node:20", "$BASE", ["node:20"]),
        ("ARG BASE='node:20' OTHER=x", "${BASE}", ["node:20"]),
        ("ARG TAG=20\nARG BASE=node:${TAG}", "$BASE", ["node:20"]),
        ("ARG BASE", "$BASE", ["$BASE"]),
        ("", "$BASE", ["$BASE"]),
        ("", "node:${TAG:-20}", ["node:20"]),
        ("ARG TAG=", "node:${TAG:-20}", ["node:20"]),
        ("ARG TAG=", "node:${TAG-20}", ["node:"]),
        ("ARG DEBUG=1", "node:20${DEBUG:+-debug}", ["node:20-debug"]),
        ("", "node:${TAG:?missing}", ["node:${TAG:?missing}"]),
        ("", "${A:-${B:-node}}", ["${A:-${B:-node}}"]),
        (f"ARG BASE={PINNED}", "${BASE}", []),
        (f"ARG BASE={PINNED}\nARG BASE=node:20", "${BASE}", ["node:20"]),
        (f"ARG BASE={PINNED}\nARG BASE", "${BASE}", ["${BASE}"]),
        ('ARG BASE=""node:20', "$BASE", ["node:20"]),
        (f"ARG HASH=sha256:{HEX}", "node@${HASH}", []),
    ],
)
def test_arguments_before_the_first_base_are_filled_in(
    head: str, base: str, pulled: list[str]
) -> None:
    assert loose(f"{head}\nFROM {base}\n") == pulled


def test_an_argument_inside_a_stage_decides_about_no_base() -> None:
    text = f"FROM scratch AS one\nARG BASE={PINNED}\nFROM $BASE\n"
    assert loose(text) == ["$BASE"]


def test_a_stage_may_be_named_by_an_argument() -> None:
    assert loose(f"ARG KIND=test\nFROM {PINNED} AS test\nFROM ${{KIND}}\n") == []


@pytest.mark.parametrize(
    ("line", "pulled"),
    [
        ("COPY --from=nginx:latest /a /b", ["nginx:latest"]),
        ("COPY --chown=1 --from=nginx /a /b", ["nginx"]),
        ("copy --from=BUILD /a /b", []),
        ("COPY --from=0 /a /b", []),
        ("COPY --from=7 /a /b", ["7"]),
        (f"COPY --from=nginx@sha256:{HEX} /a /b", []),
        ("COPY a --from=nginx /b", []),
        ("RUN --mount=type=bind,from=alpine:3,target=/x ls", ["alpine:3"]),
        ('RUN --mount=type=cache --mount="from=alpine:3,target=/x" ls', ["alpine:3"]),
        ("RUN --mount=type=bind,from=build ls", []),
        ("RUN echo --mount=from=alpine", []),
        ("ONBUILD COPY --from=nginx /a /b", ["nginx"]),
        ("COPY --from=$IMAGE /a /b", ["$IMAGE"]),
    ],
)
def test_what_is_copied_or_mounted_from_an_image_is_pulled(line: str, pulled: list[str]) -> None:
    assert loose(f"FROM {PINNED} AS build\n{line}\n") == pulled


def test_text_in_a_here_document_is_no_instruction() -> None:
    text = "FROM scratch\nRUN python <<EOF\nfrom os import path\nimport sys\nEOF\nFROM tea\n"
    assert loose(text) == ["tea"]


def test_a_here_document_cannot_make_a_name_that_hides_an_image() -> None:
    hidden = "FROM scratch\nRUN cat <<EOF\nFROM scratch AS node\nEOF\nFROM node\n"
    assert loose(hidden) == ["node"]
    for odd in ("<<'E F'", '<<"$X"', "<<E\\ F", "3<<-EOF"):
        text = f"FROM scratch\nRUN cat {odd}\nFROM scratch AS node\nE F\nFROM node\n"
        assert loose(text) == ["node"], odd


def test_what_only_looks_like_a_here_document_hides_nothing() -> None:
    for line in ('RUN echo "a <<EOF b"', "RUN cat <<<EOF", "RUN echo $((1 <<2))", "ENV A=<<EOF"):
        text = f"FROM scratch\n{line}\nFROM node:20\nCOPY --from=nginx /a /b\n"
        assert loose(text) == ["node:20", "nginx"], line


def test_tabs_before_the_end_of_a_here_document_count_where_it_says_so() -> None:
    text = "FROM scratch\nRUN cat {}\nx\n\tEOF\nFROM scratch AS node\nFROM node\n"
    assert loose(text.format("<<-EOF")) == []
    assert loose(text.format("<<EOF")) == ["node"]


def test_a_base_that_is_not_written_as_one_is_loose() -> None:
    assert loose("FROM node:20 build\n") == ["FROM node:20 build"]
    assert loose("FROM\n") == ["FROM"]


@pytest.mark.parametrize("text", ["", "RUN true\n", "# FROM node\n", "\x00\x01"])
def test_a_file_without_a_base_is_a_problem(text: str) -> None:
    assert "no FROM" in parse(text.encode()).problem


def test_what_is_no_utf_8_is_read_as_far_as_it_can_be() -> None:
    found = parse(b"FROM node:20\nRUN echo \xff\xfe\n")
    assert [one.text for one in found.references] == ["node:20"]
    assert found.problem == ""
