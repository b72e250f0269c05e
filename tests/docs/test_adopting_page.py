"""docs/adopting.md names every field of contract, ledger, objects, and every file of a release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pipeline.core.adoption import Contract
from pipeline.core.ledger import Entry, Kind, Numbered, Pins
from pipeline.core.model import Model
from tests.adoption import shelf
from tests.climbing import bakery
from tests.docs import pages
from tests.docs.tables import column, section
from tests.tasks.calling import call

TEXT = (pages.ROOT / "docs" / "adopting.md").read_text("utf-8")


def fields(model: type[Model]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def named(heading: str) -> set[str]:
    """Return the names in the first column of a section's table."""
    return {
        name.removesuffix("[]") for cell in column(TEXT, heading) for name in cell.split("`, `")
    }


def test_every_field_of_a_contract_is_on_the_page() -> None:
    assert named("Review") == fields(Contract)
    said = section(TEXT, "Review")
    for name in ("sources", "records", "artifacts", "keys", "ledger"):
        row = next(line for line in said.splitlines() if line.startswith(f"| `{name}"))
        inner: Any = Contract.model_fields[name].annotation
        model = getattr(inner, "__args__", (inner,))[0]
        assert {part for part in fields(model) if f"`{part}`" not in row} == set(), name


def test_every_field_of_an_entry_and_of_an_object_is_on_the_page() -> None:
    said = section(TEXT, "The ledger")
    assert named("The ledger") == fields(Entry)
    assert [name for name in fields(Pins) | fields(Numbered) if f"`{name}`" not in said] == []
    assert [kind for kind in Kind if f"`{kind.value}`" not in said] == []


def test_the_page_s_commands_do_what_it_says_and_the_files_are_those_that_it_lists(
    tmp_path: Path,
) -> None:
    root = bakery.make(tmp_path / "project")
    bakery.climb(root)
    commands = re.findall(r"^invoke (.*)$", TEXT, re.MULTILINE)
    run = shelf.run_of(root, "1.0").relative_to(root).as_posix()
    fill = {
        "artifacts/release-evidence/staging/RUN": run,
        "WHO": "Ada",
        "REF": "PR-7",
        "SET": f"home__kitchen__1.0__{Path(run).name}",
    }
    undo = next(one for one in commands if "--revert" in one)
    for command in [one for one in commands if one != undo] + [undo]:
        for name, value in fill.items():
            command = command.replace(name, value)  # noqa: PLW2901 - filled in step by step
        called = call(root, *command.split())
        assert called.code == 0, (command, called.err)
        if "--review" in command:
            assert files(root) == listed()
    assert not (root / "releases").exists()


def files(root: Path) -> set[str]:
    """Return the files of the adopted release, written as the page writes them."""
    found = set()
    for path in shelf.set_of(root, "1.0").rglob("*"):
        name = path.relative_to(shelf.set_of(root, "1.0")).as_posix()
        if path.is_file():
            name = re.sub(r"^(pre|post)-deploy/.*", r"\1-deploy/", name)
            name = re.sub(r"^adoption/(pre|post)-deploy/", "adoption/PHASE/", name)
            found.add(re.sub(r"^keys/[0-9a-f]{64}", "keys/KEYID", name))
    return found


def listed() -> set[str]:
    said = section(TEXT, "Apply").partition("What comes into")[2]
    cells = [line.split("|")[1] for line in said.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall("`([^`]+)`", cell)}
