"""Inputs are known by their names, and an entry means the files that its patterns match."""

from __future__ import annotations

import pytest

from pipeline.core.baseline.files import kind_of, matched
from pipeline.core.baseline.model import InputKind

CONTAINER, COMPOSE, WORKFLOW, LOCK = (
    InputKind.CONTAINER_BASE,
    InputKind.COMPOSE_IMAGE,
    InputKind.WORKFLOW,
    InputKind.LOCK_FILE,
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", CONTAINER),
        ("pots/tea/dockerfile", CONTAINER),
        ("Containerfile", CONTAINER),
        ("web.Dockerfile", CONTAINER),
        ("compose.yaml", COMPOSE),
        ("dev/docker-compose.yml", COMPOSE),
        ("docker-compose.override.yml", COMPOSE),
        ("docker-compose-dev.yaml", COMPOSE),
        ("Compose.Yml", COMPOSE),
        (".github/workflows/ci.yml", WORKFLOW),
        (".gitea/workflows/ci.yaml", WORKFLOW),
        ("uv.lock", LOCK),
        ("front/package-lock.json", LOCK),
        ("Pipfile.lock", LOCK),
        ("pylock.dev.toml", LOCK),
        ("go.sum", LOCK),
    ],
)
def test_a_name_that_can_mean_one_thing_is_enough(path: str, kind: InputKind) -> None:
    assert kind_of(path) == (kind, True)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile.dev", CONTAINER),
        ("docker/dockerfile-base", CONTAINER),
        ("action.yml", WORKFLOW),
        (".github/actions/own/action.yaml", WORKFLOW),
    ],
)
def test_a_name_that_may_mean_something_else_is_not_enough(path: str, kind: InputKind) -> None:
    assert kind_of(path) == (kind, False)


@pytest.mark.parametrize(
    "path",
    [
        *("README.md", "docker.py", "compose.py", "tests/test_dockerfile.py", "lock"),
        *(
            "sub/.github/workflows/ci.yml",
            ".github/workflows/deep/ci.yml",
            "Dockerfile.dockerignore",
        ),
        *("decompose.yml", "my-action.yml", "config/baseline.yaml", "Dockerfile/readme.md"),
    ],
)
def test_other_names_are_no_inputs_by_themselves(path: str) -> None:
    assert kind_of(path) is None


def test_patterns_match_as_in_an_envelope() -> None:
    paths = ("a.yml", "b.yml", "c/a.yml", "c/d/a.yml", ".github/x", "config/baseline.yaml")
    assert matched(["*.yml"], paths) == ("a.yml", "b.yml")
    assert matched(["**/a.yml"], paths) == ("a.yml", "c/a.yml", "c/d/a.yml")
    assert matched(["c/**"], paths) == ("c/a.yml", "c/d/a.yml")
    assert matched(["?.yml", "a.yml"], paths) == ("a.yml", "b.yml")
    assert matched([".github/*", "none"], paths) == (".github/x",)
    assert matched(["c"], paths) == ()


def test_the_baseline_is_never_its_own_input() -> None:
    assert matched(["**", "config/*", "config/baseline.yaml"], ["config/baseline.yaml"]) == ()
