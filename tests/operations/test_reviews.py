"""How much of a real commit the reviews cover, under every change and every replay."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.core.canonical import Digest, HashManifest
from pipeline.edges import clock
from pipeline.operations import commits
from pipeline.operations import reviews as operation
from pipeline.operations.reviews import review_report
from tests.climbing import project
from tests.operations import reviewed
from tests.operations.reviewed import LATER, OWN, kept, record, tree

if TYPE_CHECKING:
    from pipeline.core.reviews.cover import ReviewReport

TEXT = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = project.make(tmp_path / "tea")
    reviewed.add(root, src__tea_DOT_py=TEXT, src__pot_DOT_py=TEXT, logo_DOT_png=b"\x89PNG\0\n\n")
    return root


def looked(root: Path) -> ReviewReport:
    report = review_report(*reviewed.opened(root), clock.now())
    assert report.problem == ""
    return report


def lines(root: Path) -> int:
    """Return how many lines are checked in, counted by other tools."""
    names = reviewed.shell(root, f"git ls-files ':!{OWN}' ':!*.png'").split()
    return sum(len((root / name).read_bytes().splitlines()) for name in names) + 1


def test_without_a_review_no_line_is_covered_and_nothing_is_compared(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation, "git_diff", None)
    report = looked(root)
    assert (report.total, report.covered) == (lines(root), 0)
    assert report.uncovered_files == len(project.git(root, "ls-files").split())
    assert len(report.uncovered) == 10
    assert report.uncovered[0][0] == ".gitignore"


def test_a_review_of_everything_covers_everything_but_needs_not_cover_itself(root: Path) -> None:
    kept(root, record(root))
    report = looked(root)
    assert report.covered == report.total == lines(root)
    assert report.uncovered == ()
    assert [one.void for one in report.each] == [""]


def test_the_tree_of_a_review_is_the_manifest_of_its_files(root: Path) -> None:
    files = {name: Digest.of((root / name).read_bytes()) for name in ("src/tea.py", "src/pot.py")}
    assert tree(root, "src") == str(HashManifest.of(files).digest)


def test_a_changed_line_loses_exactly_its_cover(root: Path) -> None:
    kept(root, record(root))
    reviewed.add(root, src__tea_DOT_py=TEXT.replace("line 7\n", "line seven\n"))
    report = looked(root)
    assert report.total - report.covered == 1
    assert report.uncovered == (("src/tea.py", 1),)


def test_a_line_that_was_taken_out_and_one_that_was_added_lose_cover(root: Path) -> None:
    kept(root, record(root))
    reviewed.add(
        root, src__tea_DOT_py=TEXT.replace("line 7\n", ""), src__pot_DOT_py=TEXT + "evil\n"
    )
    assert looked(root).uncovered == (("src/pot.py", 1), ("src/tea.py", 1))


def test_other_line_ends_are_other_lines(root: Path) -> None:
    kept(root, record(root))
    reviewed.add(root, src__tea_DOT_py=TEXT.replace("\n", "\r\n"))
    assert looked(root).uncovered == (("src/tea.py", 20),)


def test_a_file_that_was_moved_or_is_new_is_not_covered_and_one_that_is_gone_is_not_missed(
    root: Path,
) -> None:
    kept(root, record(root))
    reviewed.add(root, src__tea_DOT_py=None, src__cup_DOT_py=TEXT, src__pot_DOT_py=None)
    report = looked(root)
    assert report.uncovered == (("src/cup.py", 20),)
    assert report.total == lines(root)


def test_a_link_in_the_place_of_a_file_is_not_covered_and_the_right_to_run_is_no_line(
    root: Path,
) -> None:
    kept(root, record(root))
    (root / "src/pot.py").chmod(0o755)
    (root / "src/tea.py").unlink()
    (root / "src/tea.py").symlink_to(TEXT.splitlines()[0])
    reviewed.commit(root)
    assert looked(root).uncovered == (("src/tea.py", 1),)


def test_a_link_with_the_very_bytes_of_the_file_is_not_covered(root: Path) -> None:
    reviewed.add(root, src__tea_DOT_py="pot.py")
    kept(root, record(root))
    (root / "src/tea.py").unlink()
    (root / "src/tea.py").symlink_to("pot.py")
    reviewed.commit(root)
    assert looked(root).uncovered == (("src/tea.py", 1),)


def test_a_binary_file_is_one_line_and_any_change_of_it_loses_it(root: Path) -> None:
    kept(root, record(root))
    reviewed.add(root, logo_DOT_png=b"\x89PNG\0\n\n!")
    assert looked(root).uncovered == (("logo.png", 1),)
    reviewed.add(root, logo_DOT_png=b"\x89PNG\0\n\n", src__tea_DOT_py=TEXT + "\0")
    assert looked(root).uncovered == (("src/tea.py", 1),)


def test_no_attribute_and_no_setting_of_the_clone_hides_a_change(root: Path) -> None:
    kept(root, record(root))
    hiding = "* -diff -text binary diff=none\n"
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text(hiding)
    settings = (
        "diff.none.textconv=true diff.none.command=true diff.external=true diff.context=9 "
        "diff.interHunkContext=99 diff.noprefix=true color.diff=always core.quotePath=true"
    )
    for setting in settings.split():
        project.git(root, "config", *setting.split("="))
    reviewed.add(
        root,
        src__tea_DOT_py=TEXT.replace("line 7\n", "line seven\n").replace("line 9\n", "nine\n"),
        _DOT_gitattributes=hiding,
    )
    assert looked(root).uncovered == ((".gitattributes", 1), ("src/tea.py", 2))


def test_lines_that_look_like_a_patch_confuse_nothing(root: Path) -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,20 +1,20 @@\nindex 00..11\n-- x\n++ y\n\\ No newline\n"
    reviewed.add(root, src__tea_DOT_py=patch + TEXT)
    kept(root, record(root))
    changed = patch.replace("x", "z").replace("1,20", "3,40")
    reviewed.add(root, src__tea_DOT_py=changed + TEXT + patch)
    assert looked(root).uncovered == (("src/tea.py", 5 + 7),)


def test_names_of_every_portable_sort_are_told_apart(root: Path) -> None:
    odd = ['a "b".py', "a b.py", "ä.py", "-x.py", "*.py", "src/[z].py"]
    for name in odd:
        reviewed.write(root, name, TEXT)
    reviewed.commit(root)
    kept(root, record(root))
    for name in odd:
        reviewed.write(root, name, TEXT.replace("line 3\n", "3\n"))
    reviewed.commit(root)
    assert dict(looked(root).uncovered) == dict.fromkeys(odd, 1)


def test_reviews_add_up_and_each_covers_its_own_path(root: Path) -> None:
    kept(root, record(root, "src/tea.py", "tea"))
    first = looked(root)
    assert first.covered == 20
    kept(root, record(root, "src/tea.py", "tea"), record(root, "logo.png", "logo"))
    assert looked(root).covered == 21
    one = record(root, "src", "src")
    reviewed.add(root, src__tea_DOT_py=TEXT.replace("line 7\n", "seven\n"))
    two = record(root, "src/tea.py", "again")
    kept(root, one, two)
    assert looked(root).covered == 40
    assert "src/tea.py" not in dict(looked(root).uncovered)


def test_a_review_that_is_replayed_for_another_tree_counts_for_nothing(root: Path) -> None:
    old_tree = tree(root)
    reviewed.add(root, src__tea_DOT_py=TEXT + "evil\n")
    kept(root, record(root, tree=old_tree))
    report = looked(root)
    assert report.covered == 0
    assert old_tree in report.each[0].void


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"commit": "ab" * 20}, "not here.*--unshallow"),
        ({"reviewed_at": '"2001-01-01T00:00:00Z"'}, "before its commit was made"),
        ({"reviewed_at": f'"{LATER}"'}, f"dated {LATER}, later than now"),
        ({"path": "nowhere"}, "no file at nowhere"),
        ({"tree": "sha256:" + "0" * 64}, "names the tree"),
    ],
)
def test_a_record_that_is_not_true_covers_nothing_and_says_why(
    root: Path, changes: dict[str, str], words: str
) -> None:
    kept(root, record(root, **changes))
    report = looked(root)
    assert report.covered == 0
    assert re.search(words, report.each[0].void)


def test_a_review_covers_from_its_date_on_also_in_a_process_that_looked_before(root: Path) -> None:
    kept(root, record(root, reviewed_at=f'"{LATER}"'))
    workspace, commit = reviewed.opened(root)
    for now, covers in ((clock.now(), False), (LATER, True), (clock.now(), False)):
        report = review_report(workspace, commit, now)
        assert report.covered == report.total * covers
        assert bool(report.each[0].void) is not covers


def test_a_tree_or_a_file_in_the_place_of_a_commit_covers_nothing(root: Path) -> None:
    for thing in ("HEAD^{tree}", "HEAD:src/tea.py"):
        kept(root, record(root, commit=project.git(root, "rev-parse", thing)))
        report = looked(root)
        assert report.covered == 0
        assert "is not here" in report.each[0].void


def test_a_shallow_clone_covers_nothing_and_says_so(root: Path, tmp_path: Path) -> None:
    kept(root, record(root))
    reviewed.commit(root)
    project.git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    report = looked(tmp_path / "shallow")
    assert report.covered == 0
    assert "--unshallow" in report.each[0].void
    assert looked(root).covered == looked(root).total


def test_a_void_review_takes_nothing_from_another(root: Path) -> None:
    kept(root, record(root, name="bad", tree="sha256:" + "0" * 64), record(root))
    report = looked(root)
    assert report.covered == report.total
    assert [bool(one.void) for one in report.each] == [True, False]


def test_a_submodule_is_a_line_that_nobody_can_read(root: Path) -> None:
    kept(root, record(root))
    commit = project.git(root, "rev-parse", "HEAD")
    project.git(root, "update-index", "--add", "--cacheinfo", f"160000,{commit},inner")
    project.git(root, "commit", "--quiet", "--message=Nest")
    assert looked(root).uncovered == (("inner", 1),)


def test_adopted_releases_need_no_review_and_what_lies_beside_them_does(root: Path) -> None:
    kept(root, record(root))
    reviewed.write(root, f"releases/home__kitchen__1.0__{reviewed.HEX[:16]}/run.json", "{}\n")
    reviewed.write(root, "releases/ledger.json", "{}\n")
    reviewed.write(root, "releases/evil.py", "evil\n")
    reviewed.commit(root)
    assert looked(root).uncovered == (("releases/evil.py", 1),)


def test_a_changed_object_store_is_a_problem(root: Path) -> None:
    blob = project.git(root, "rev-parse", "HEAD:src/tea.py")
    (root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    report = review_report(*reviewed.opened(root), clock.now())
    assert report.problem
    assert (report.total, report.covered) == (0, 0)


def test_a_crash_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the kettle exploded")

    monkeypatch.setattr(operation, "_report", crash)
    assert "the kettle exploded" in review_report(*reviewed.opened(root), clock.now()).problem


def test_many_changed_files_are_compared_in_good_time(root: Path) -> None:
    for number in range(600):
        reviewed.write(root, f"many/{number}.py", TEXT * 10)
    reviewed.commit(root)
    kept(root, record(root))
    for number in range(600):
        reviewed.write(root, f"many/{number}.py", (TEXT * 10).replace("line 7\n", "7\n"))
    reviewed.commit(root)
    commits.files.cache_clear()
    begun = time.perf_counter()
    report = looked(root)
    assert time.perf_counter() - begun < 5
    assert report.total - report.covered == 6000
    assert report.uncovered_files == 600


def test_why_tells_how_many_lines_no_review_covers(root: Path) -> None:
    project.climb(root, "water")
    said = project.invoke(root, "why", "--stage", "heat").stdout
    assert "reviews.uncovered" in said
    assert f"0 of {lines(root)}" in said
