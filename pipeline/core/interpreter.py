"""An interpreter and its platform, as a test result tells of them.

An in-toto Test Result v0.1 lists in `configuration` what a test run rested on, as
ResourceDescriptors (in-toto attestation framework v1). Ours have two more, named `python` and
`platform`: their `uri` says which kind it is, and their `annotations` say exactly what it was.
Annotations are of the host, and so volatile.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.core.canonical import MalformedError
from pipeline.core.model import Model

PYTHON = "python"
PLATFORM = "platform"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+ -]{0,63}")
_WANTED = re.compile(r"(?:([a-z]+)@)?([0-9]+(?:\.[0-9]+){1,2})")
CPYTHON = "cpython"
"""The implementation that is meant where none is named."""


class Python(Model):
    """An interpreter: `cpython`, `3.11.7`."""

    implementation: str
    version: str


class Platform(Model):
    """Where it ran: `linux`, `x86_64`, and the C library where it is known: `glibc 2.36`."""

    sys_platform: str
    machine: str
    libc: str | None


class Interpreter(Model):
    """A Python on a platform."""

    python: Python
    platform: Platform

    def __str__(self) -> str:
        """Return it in words: `cpython 3.11.7 on linux-x86_64 (glibc 2.36)`."""
        libc = f" ({self.platform.libc})" if self.platform.libc else ""
        where = f"{self.platform.sys_platform}-{self.platform.machine}{libc}"
        return f"{self.python.implementation} {self.python.version} on {where}"

    def descriptors(self) -> list[dict[str, Any]]:
        """Return its two ResourceDescriptors."""
        python, platform = self.python, self.platform
        return [
            {
                "name": PYTHON,
                "uri": f"pkg:generic/{python.implementation}",
                "annotations": python.to_dict(),
            },
            {
                "name": PLATFORM,
                "uri": f"pkg:generic/{platform.sys_platform}",
                "annotations": platform.to_dict(),
            },
        ]

    @classmethod
    def of(cls, configuration: object) -> Interpreter:
        """Read it from a test result's configuration; `MalformedError` where it is not told once.

        Whoever signed it may be anybody: each word must be a plain one.
        """
        found = cls(
            python=Python.from_json(_annotations(configuration, PYTHON)),
            platform=Platform.from_json(_annotations(configuration, PLATFORM)),
        )
        words = [*found.python.to_dict().values(), *found.platform.to_dict().values()]
        if not all(word is None or _WORD.fullmatch(word) for word in words):
            msg = "an interpreter is told in words that are none"
            raise MalformedError(msg)
        return found

    def is_python(self, wanted: str) -> bool:
        """Tell whether it is a version as `3.11`, `3.11.7` or `pypy@3.10` name it.

        Without a prefix `cpython` is meant. Versions are compared part by part: `3.1` is not
        `3.11`. What names no version is none.
        """
        match = _WANTED.fullmatch(wanted)
        if match is None:
            return False
        implementation, version = match[1] or CPYTHON, match[2].split(".")
        same = self.python.version.split(".")[: len(version)] == version
        return same and self.python.implementation == implementation

    def is_platform(self, wanted: str) -> bool:
        """Tell whether it is a platform as `linux-x86_64` or `linux-x86_64-musl` name it."""
        platform = self.platform
        plain = f"{platform.sys_platform}-{platform.machine}"
        libc = (platform.libc or "").partition(" ")[0]
        return wanted == plain or bool(libc and wanted == f"{plain}-{libc}")


def names_python(wanted: str) -> bool:
    """Tell whether a text names a version of Python, as `Interpreter.is_python` reads it."""
    return _WANTED.fullmatch(wanted) is not None


def _annotations(configuration: object, name: str) -> object:
    items = configuration if isinstance(configuration, list) else []
    found = [item for item in items if isinstance(item, dict) and item.get("name") == name]
    if len(found) != 1:
        msg = f"a test result tells {len(found)} times which {name} it ran on"
        raise MalformedError(msg)
    return found[0].get("annotations")
