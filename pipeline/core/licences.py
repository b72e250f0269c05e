"""Which licence a distribution has, and whether a list of SPDX ids allows it.

Looked at in this order, the first that says something definite wins:
1. `License-Expression` (PEP 639), an SPDX expression;
2. `License`, where it is an SPDX expression or one of the names that people write for one;
3. the text of its licence files, where it is a well-known licence word for word;
4. the `License ::` classifiers, where one names exactly one licence (`BSD License` does not).
Anything else is unknown, and unknown is never allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

if TYPE_CHECKING:
    from collections.abc import Collection

_NAMES = {
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "bsd 2-clause": "BSD-2-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "zope public license": "ZPL-2.1",
}
"""What people write, in lower case → the SPDX id that it means."""

_GRANT = "redistribution and use in source and binary forms, with or without modification"
_TEXTS = (
    ("Apache-2.0", ("apache license version 2.0, january 2004", "grant of patent license")),
    (
        "MIT",
        ("permission is hereby granted, free of charge", "the above copyright notice and this"),
    ),
    ("BSD-3-Clause", (_GRANT, "neither the name of")),
    ("BSD-3-Clause", (_GRANT, "names of its contributors may be used to endorse")),
    ("BSD-2-Clause", (_GRANT,)),
    ("MPL-2.0", ("mozilla public license version 2.0", "exhibit a - source code form")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
)
"""Well-known licences: phrases that must all stand in the text (blanks folded, lower case)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a distribution says of its licence."""

    expression: str = ""
    field: str = ""
    classifiers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def licence_of(declared: Declared) -> str | None:
    """Return the SPDX expression of a distribution, None if it is unknown."""
    if declared.expression:
        return _expression(declared.expression)
    if declared.field and len(declared.field) < 100:  # noqa: PLR2004 - longer is a text
        known = _NAMES.get(declared.field.strip().lower()) or _expression(declared.field)
        if known is not None:
            return known
    for text in (*declared.texts, declared.field):
        known = _by_text(text)
        if known is not None:
            return known
    named = {
        _NAMES.get(classifier.rpartition("::")[2].strip().lower())
        for classifier in declared.classifiers
        if classifier.startswith("License ::") and not classifier.endswith(":: OSI Approved")
    }
    return named.pop() if len(named) == 1 else None


def _expression(text: str) -> str | None:
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return None


def _by_text(text: str) -> str | None:
    folded = re.sub(r"\s+", " ", text).lower()
    for identifier, phrases in _TEXTS:
        if all(phrase in folded for phrase in phrases):
            return identifier
    return None


def is_allowed(expression: str, allow: Collection[str]) -> bool:
    """Tell whether an SPDX expression can be kept to with allowed licences alone.

    Of `OR` one side suffices, of `AND` both must be allowed; `WITH` only ever permits more, so the
    licence before it decides. What cannot be read is not allowed.
    """
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    try:
        value, rest = _either(tokens, {identifier.lower() for identifier in allow})
    except IndexError:
        return False
    return value and not rest


def _either(tokens: list[str], allow: Collection[str]) -> tuple[bool, list[str]]:
    value, rest = _both(tokens, allow)
    while rest and rest[0].upper() == "OR":
        other, rest = _both(rest[1:], allow)
        value = value or other
    return value, rest


def _both(tokens: list[str], allow: Collection[str]) -> tuple[bool, list[str]]:
    value, rest = _one(tokens, allow)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:], allow)
        value = value and other
    return value, rest


def _one(tokens: list[str], allow: Collection[str]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        value, rest = _either(tokens[1:], allow)
        return value and rest[0] == ")", rest[1:]
    value, rest = tokens[0].lower() in allow, tokens[1:]
    if rest and rest[0].upper() == "WITH":
        rest = rest[2:]
    return value, rest
