"""What an adopted release's path is: the ledger and sets' folders, and nothing near them."""

from __future__ import annotations

import pytest

from pipeline.core.adopted_paths import is_adopted
from pipeline.core.release import Identity

SET = "home__kitchen__1.0__0123456789abcdef"


@pytest.mark.parametrize(
    "path",
    [
        "releases/ledger.json",
        f"releases/{SET}/objects.json",
        f"releases/{SET}/pre-deploy/run.json",
        "releases/a-b__c__1.2.dev3+gabc__0123456789abcdef/x",
    ],
)
def test_the_ledger_and_what_lies_in_a_sets_folder_is_adopted(path: str) -> None:
    assert is_adopted(path.encode())


@pytest.mark.parametrize(
    "path",
    [
        "releases",
        "releases.py",
        "releases/README.md",
        "releases/__init__.py",
        "releases/x.py",
        "releases/ledger.json/x.py",
        "releases/ledger.py",
        f"releases/{SET}",
        f"releases/{SET}.py",
        f"releases/{SET}0/x",
        f"releases/deeper/{SET}/x",
        f"Releases/{SET}/x",
        f"other/releases/{SET}/x",
        f"./releases/{SET}/x",
        "releases/home__kitchen__1__0123456789abcdef/x.py",
        "releases/home__kitchen__1.0__0123456789ABCDEF/x",
        "releases/home__kitchen__1.0__0123456789abcde/x",
        "releases/home__1.0__0123456789abcdef/x",
        "releases/pkg/x.py",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert not is_adopted(path.encode())


def test_no_package_of_python_is_called_as_a_set_that_is_passed_over() -> None:
    for version in ("1.0", "2", "1_0", "x"):
        identity = Identity(
            target="pot", channel="home", gate="kitchen", version=version, commit="0" * 40
        )
        name = identity.artifact_set_id
        assert is_adopted(f"releases/{name}/x.py".encode()) != name.isidentifier()
