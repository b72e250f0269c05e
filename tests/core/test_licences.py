"""Which licence a distribution has, and what a list of SPDX ids allows."""

from __future__ import annotations

import pytest

from pipeline.core.licences import Declared, is_allowed, licence_of

MIT_TEXT = (
    "Copyright (c) X\n\nPermission is hereby granted, free of charge, to any person\n"
    "The above copyright notice and this\n permission notice shall be included"
)
OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("declared", "licence"),
    [
        (Declared(expression="mit or apache-2.0"), "MIT OR Apache-2.0"),
        (Declared(expression="whatever"), None),
        (Declared(expression="whatever", field="MIT"), None),
        (Declared(field="MIT License"), "MIT"),
        (Declared(field="Apache 2.0"), "Apache-2.0"),
        (Declared(field="PSFL"), "PSF-2.0"),
        (Declared(field="BSD", classifiers=(OSI + "BSD License",)), None),
        (Declared(field=MIT_TEXT), "MIT"),
        (Declared(texts=("nothing", MIT_TEXT)), "MIT"),
        (Declared(classifiers=(OSI + "MIT License", "License :: OSI Approved")), "MIT"),
        (Declared(classifiers=(OSI + "MIT License", OSI + "Apache Software License")), None),
        (Declared(classifiers=("Programming Language :: Python",)), None),
        (Declared(), None),
    ],
)
def test_the_first_definite_word_on_a_licence_counts(
    declared: Declared, licence: str | None
) -> None:
    assert licence_of(declared) == licence


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("mit", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND Apache-2.0", True),
        ("GPL-3.0-only OR MIT AND Apache-2.0", True),
        ("(GPL-3.0-only OR MIT) AND GPL-2.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("", False),
        ("(MIT", False),
        ("MIT MIT", False),
        ("MIT OR", False),
    ],
)
def test_an_expression_is_allowed_if_it_can_be_kept(expression: str, *, allowed: bool) -> None:
    assert is_allowed(expression, ["MIT", "Apache-2.0"]) is allowed


def test_an_empty_list_allows_nothing() -> None:
    assert not is_allowed("MIT", [])
