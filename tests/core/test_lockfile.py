"""`uv.lock` as a value: closures with and without markers, extras, forks, what is none."""

from __future__ import annotations

import pytest

from pipeline.core.canonical import MalformedError
from pipeline.core.lockfile import Lock, roots

TEXT = (
    """
version = 1
requires-python = ">=3.11"
[[package]]
name = "app"
source = { editable = "." }
dependencies = [
    { name = "a", extra = ["x"] },
    { name = "w", marker = "sys_platform == 'win32'" },
    { name = "f", version = "2", marker = "python_full_version >= '3.12'" },
    { name = "f", version = "1", marker = "python_full_version < '3.12'" },
]
[package.optional-dependencies]
web = [{ name = "b" }]
[package.dev-dependencies]
test = [{ name = "t" }]
[[package]]
name = "a"
version = "1"
source = { registry = "i" }
dependencies = [{ name = "c" }]
wheels = [{ url = "i/a-1-py3-none-any.whl", hash = "sha256:aa" }]
[package.optional-dependencies]
x = [{ name = "d" }]
y = [{ name = "never" }]
"""
    + "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "i" }}\n'
        for name, version in [
            ("b", "1"),
            ("c", "1"),
            ("d", "1"),
            ("t", "1"),
            ("w", "1"),
            ("f", "1"),
        ]
    )
    + '[[package]]\nname = "f"\nversion = "2"\nsource = { registry = "i" }\n'
    + ('dependencies = [{ name = "c" }, { name = "a" }]\n')
)


def test_the_universal_closure_follows_extras_and_forks_and_leaves_markers_aside() -> None:
    lock = Lock.parse(TEXT.encode())
    found = set(lock.closure(roots(lock.find("APP"), ["web"])))
    names = {("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("w", "1"), ("f", "1"), ("f", "2")}
    assert found == names


def test_an_environment_narrows_the_closure_to_what_it_would_install() -> None:
    lock = Lock.parse(TEXT.encode())
    environment = {"sys_platform": "linux", "python_full_version": "3.12.1"}
    found = set(lock.closure(roots(lock.find("app")), environment=environment))
    assert found == {("a", "1"), ("c", "1"), ("d", "1"), ("f", "2")}


def test_groups_stay_apart_and_the_one_universal_wheel_is_known() -> None:
    lock = Lock.parse(TEXT.encode())
    assert set(lock.closure(lock.find("app").groups["test"])) == {("t", "1")}
    wheel = lock.find("a").universal_wheel
    assert wheel is not None
    assert wheel.sha256 == "aa"
    assert lock.find("b").universal_wheel is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 2",
        "not toml [",
        'version = 1\n[[package]]\nversion = "1"',
        "version = 1\npackage = 7",
    ],
)
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        Lock.parse(text.encode())


def test_a_package_that_is_not_there_or_not_one_is_refused() -> None:
    lock = Lock.parse(TEXT.encode())
    with pytest.raises(MalformedError, match="0 packages never"):
        lock.find("never")
    with pytest.raises(MalformedError, match="2 packages f"):
        lock.find("f")
