"""An interpreter and its platform in a test result: told, read back, and held against a name."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.interpreter import Interpreter, Platform, Python, names_python

HERE = Interpreter(
    python=Python(implementation="cpython", version="3.11.7"),
    platform=Platform(sys_platform="linux", machine="x86_64", libc="glibc 2.36"),
)


def test_it_reads_back_from_the_descriptors_that_tell_it() -> None:
    others = [{"name": "tests/candidate", "digest": {"gitCommit": "a" * 40}}]
    assert Interpreter.of([*others, *HERE.descriptors()]) == HERE


def test_each_descriptor_names_a_resource_as_in_toto_asks() -> None:
    """A ResourceDescriptor has at least one of uri, digest, content (in-toto v1)."""
    for descriptor in HERE.descriptors():
        assert descriptor["name"]
        assert descriptor["uri"].startswith("pkg:")


def test_an_unknown_c_library_is_told_as_unknown() -> None:
    plain = HERE.model_copy(update={"platform": HERE.platform.model_copy(update={"libc": None})})
    assert Interpreter.of(plain.descriptors()) == plain
    assert str(plain) == "cpython 3.11.7 on linux-x86_64"


def changed(name: str, **annotations: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    return [
        {**item, "annotations": {**item["annotations"], **annotations}}
        if item["name"] == name
        else item
        for item in HERE.descriptors()
    ]


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        {},
        [],
        ["python", "platform"],
        HERE.descriptors()[:1],
        HERE.descriptors()[1:],
        [*HERE.descriptors(), HERE.descriptors()[0]],
        [{"name": "python"}, {"name": "platform"}],
        changed("python", version=3),
        changed("python", version=""),
        changed("python", version="3.11.7\n3.12"),
        changed("python", extra="x"),
        changed("platform", machine=None),
        changed("platform", libc=7),
        changed("platform", sys_platform="x" * 100),
    ],
)
def test_what_does_not_tell_it_once_and_plainly_tells_nothing(configuration: object) -> None:
    with pytest.raises(MalformedError):
        Interpreter.of(configuration)


@pytest.mark.parametrize("wanted", ["3.11", "3.11.7", "cpython@3.11", "cpython@3.11.7"])
def test_it_is_the_version_that_names_it(wanted: str) -> None:
    assert HERE.is_python(wanted)
    assert names_python(wanted)


@pytest.mark.parametrize(
    "wanted", ["3.1", "3.12", "3", "3.11.70", "3.11.7.0", "pypy@3.11", "", ">=3.11", "3.11 ", "*"]
)
def test_it_is_no_other_version_and_none_that_names_none(wanted: str) -> None:
    assert not HERE.is_python(wanted)


@pytest.mark.parametrize("wanted", ["linux-x86_64", "linux-x86_64-glibc"])
def test_it_is_the_platform_that_names_it(wanted: str) -> None:
    assert HERE.is_platform(wanted)


@pytest.mark.parametrize(
    "wanted", ["linux", "linux-x86", "linux-aarch64", "linux-x86_64-musl", "linux-x86_64-", "", "*"]
)
def test_it_is_no_other_platform(wanted: str) -> None:
    assert not HERE.is_platform(wanted)
    unknown = HERE.model_copy(update={"platform": HERE.platform.model_copy(update={"libc": None})})
    assert not unknown.is_platform(wanted)
