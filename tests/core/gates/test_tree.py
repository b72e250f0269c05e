"""Gate `tree`: a checkout that differs from its commit releases nothing."""

from __future__ import annotations

from tests.core.gates.cases import ask, told
from tests.core.gates.signed import CONTEXT


def test_a_clean_checkout_passes_and_names_its_commit() -> None:
    found = ask("tree")
    assert told(found) == [("tree.clean", "passes")]
    assert found[0].evidence == (CONTEXT.baseline_commit,)


def test_a_changed_path_holds_and_is_named() -> None:
    found = ask("tree", dirty=("tea.py",))
    assert told(found) == [("tree.dirty", "holds")]
    assert "tea.py" in found[0].what
    assert "git" in found[0].command


def test_of_many_changed_paths_the_first_five_are_named_and_the_rest_counted() -> None:
    (finding,) = ask("tree", dirty=tuple(f"file{number}" for number in range(7)))
    assert finding.evidence == tuple(f"file{number}" for number in range(5))
    assert "file4 and 2 more" in finding.what
    (exactly,) = ask("tree", dirty=tuple("abcde"))
    assert "more" not in exactly.what
