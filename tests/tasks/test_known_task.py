"""What `check` asks the loaded collection: is there such a task, and may it be called so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from pipeline.tasks.host import known_task


@task
def fill(
    _: Context, cup: object, litres: int = 1, *, hot: bool = False, leaf: str = "green"
) -> None:
    """Fill it."""


@task
def brew(_: Context, leaves: Sequence[str] = ()) -> None:
    """Brew them."""


known = known_task(Collection("tea", fill, brew))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"litres": 2, "hot": True, "leaf": "black"},
        {"cup": 1},
        {"cup": "blue"},
        {"cup": False},
    ],
)
def test_values_of_the_defaults_kind_are_fine(arguments: dict[str, Any]) -> None:
    assert known("fill", arguments) == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("litres", "many", "a whole number, as 1 is"),
        ("litres", True, "a whole number"),
        ("hot", "yes", "true or false, as False is"),
        ("hot", 1, "true or false"),
        ("leaf", 1, "text, as 'green' is"),
        ("leaf", False, "text"),
    ],
)
def test_a_value_of_another_kind_than_the_default_is_told(
    name: str, value: object, kind: str
) -> None:
    (told,) = known("fill", {name: value, "cup": "blue"})
    assert told.startswith(f"the argument {name!r} of the task fill is {kind}")


def test_an_argument_that_is_not_there_and_a_task_that_is_nearly_one() -> None:
    (told,) = known("fill", {"litre": 1})
    assert told == "the task fill has no argument 'litre'; it has: cup, litres, hot, leaf"
    (told,) = known("fil", {})
    assert told.endswith("collection; did you mean 'fill'?")
    (told,) = known("zzz", {})
    assert told.endswith("collection")


def test_a_text_where_a_list_of_texts_belongs_is_told() -> None:
    assert known("brew", {"leaves": ["green", "black"]}) == []
    (told,) = known("brew", {"leaves": "green"})
    assert told == "the argument 'leaves' of the task brew is a list of texts"
