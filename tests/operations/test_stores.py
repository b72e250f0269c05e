"""A commit that names another store leaves no hold and no claim behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConflictError, InvalidConfigurationError, UntrustedError
from pipeline.operations.workspace import Workspace
from tests.climbing import project

PIPELINE = "project: tea\ndefault_ladder: kettle\n"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    return project.make(tmp_path / "tea", pipeline=PIPELINE)


def move(root: Path, store: str) -> None:
    (root / "config" / "pipeline.yaml").write_text(f"{PIPELINE}store: {store}\n")
    project.git(root, "add", "config")
    project.git(root, "commit", "--quiet", "--message=The store is elsewhere")


def hold(root: Path, *more: str) -> tuple[int, str]:
    done = project.invoke(root, "hold", "--target", "pot", "--reason", "it leaks", *more)
    return done.returncode, done.stderr


def test_a_commit_that_moves_the_store_does_not_free_a_held_target(tea: Path) -> None:
    assert hold(tea) == (0, "")
    move(tea, "file:artifacts/store2")
    with pytest.raises(ConflictError) as error:
        project.climb(tea)
    assert "lacks 1 name of file:artifacts/store: holds/pot/000001" in error.value.what
    assert "mv artifacts/store artifacts/store2" in error.value.todo
    code, told = hold(tea)
    assert code == ConflictError.exit_code
    assert "holds/pot/000001" in told
    assert not (tea / "artifacts" / "store2").exists()


def test_claims_are_not_left_behind_either_and_a_moved_folder_goes_on(tea: Path) -> None:
    project.climb(tea, "water")
    move(tea, "file:artifacts/store2")
    with pytest.raises(ConflictError, match="claims/"):
        project.climb(tea)
    (tea / "artifacts" / "store").rename(tea / "artifacts" / "store2")
    project.git(tea, "tag", "v1.1")
    assert project.climb(tea).did


def test_a_store_beside_the_usual_place_is_remembered(tea: Path) -> None:
    move(tea, "file:artifacts/first")
    assert hold(tea) == (0, "")
    assert (tea / ".release-ladder" / "stores.txt").read_text() == "file:artifacts/first\n"
    for store in ("file:artifacts/second", "file:artifacts/store"):
        move(tea, store)
        assert hold(tea)[0] == ConflictError.exit_code


def test_the_usual_store_is_looked_at_though_the_memory_is_gone(tea: Path) -> None:
    assert hold(tea) == (0, "")
    (tea / ".release-ladder" / "stores.txt").unlink()
    move(tea, "file:artifacts/second")
    assert hold(tea)[0] == ConflictError.exit_code


def test_a_hold_of_the_same_name_in_the_new_store_is_not_the_same_hold(tea: Path) -> None:
    assert hold(tea) == (0, "")
    move(tea, "file:artifacts/second")
    Workspace.open(tea).store.create("holds/pot/000001", b"another")
    assert hold(tea)[0] == ConflictError.exit_code


@pytest.mark.parametrize("text", ["artifacts/store\n", "file:../x\n", "\n", "file:\n", "\udcff\n"])
def test_a_memory_that_cannot_be_read_is_not_guessed(tea: Path, text: str) -> None:
    (tea / ".release-ladder").mkdir(exist_ok=True)
    (tea / ".release-ladder" / "stores.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UntrustedError, match="cannot be read"):
        project.climb(tea)


@pytest.mark.parametrize(
    "store",
    [
        "file:config",
        "file:.git/x",
        "file:.GIT/x",
        "file:deep/.git/x",
        "file:releases/home__kitchen__9.9__0123456789abcdef",
        "file:.release-ladder/keys",
    ],
)
def test_no_store_lies_where_something_else_belongs(tea: Path, store: str) -> None:
    move(tea, store)
    with pytest.raises(InvalidConfigurationError, match="no place for a store"):
        project.climb(tea)


def test_no_store_lies_in_a_folder_with_files_of_the_project(tea: Path) -> None:
    (tea / "tests").mkdir()
    (tea / "tests" / "test_tea.py").write_text("")
    project.git(tea, "add", "tests")
    move(tea, "file:tests")
    with pytest.raises(InvalidConfigurationError, match=r"tests/test_tea\.py"):
        project.climb(tea)
    assert hold(tea)[0] == InvalidConfigurationError.exit_code
    assert [path.name for path in (tea / "tests").iterdir()] == ["test_tea.py"]
