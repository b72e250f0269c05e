"""The page of a posture: golden file, hostile values, refusal of what is malformed.

After a wanted change of the page, rewrite the golden files with
`python -m pytest tests/page --page-golden-write` and look at the difference in review.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.posture import SCHEMA
from pipeline.page import assurance_html, llms_full_txt, style_hash

HERE = Path(__file__).parent
HOSTILE = "<script>alert('x')</script><img src=x onerror=\"x()\">&amp;{{7*7}}{% raw %}"
VOID = {"meta", "img", "br", "link"}


class Reader(HTMLParser):
    """Collects what a browser would act on, and checks that every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words += data


def test_the_page_is_the_golden_page(
    document: dict[str, Any], golden: Callable[[Path, str], str]
) -> None:
    page = assurance_html(document)
    assert page == golden(HERE / "golden" / "assurance.html", page)


def test_the_full_text_is_the_golden_text(
    document: dict[str, Any], golden: Callable[[Path, str], str]
) -> None:
    text = llms_full_txt(document)
    assert text == golden(HERE / "golden" / "llms-full.txt", text)


def test_the_page_is_static_and_loads_nothing(document: dict[str, Any]) -> None:
    reader = Reader(assurance_html(document))
    assert not {"script", "img", "link", "iframe", "form", "object", "base"} & set(reader.tags)
    assert reader.open == []
    for tag, name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in {"src", "srcset", "style", "action"}
        if name == "href":
            assert (tag, value[0]) == ("a", "#")
    assert "url(" not in assurance_html(document)
    assert "@import" not in assurance_html(document)


def test_links_within_the_page_arrive_and_no_id_stands_twice(document: dict[str, Any]) -> None:
    attributes = Reader(assurance_html(document)).attributes
    ids = [value for _, name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = [v.removeprefix("#") for _, n, v in attributes if n in {"href", "aria-labelledby"}]
    assert named
    assert set(named) <= set(ids)


def test_the_style_is_the_one_that_its_hash_names(document: dict[str, Any]) -> None:
    page = assurance_html(document)
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert style_hash() == f"'sha256-{digest}'"
    policies = [v for t, n, v in Reader(page).attributes if (t, n) == ("meta", "content")]
    assert any(style_hash() in policy for policy in policies)


def test_every_statement_blocker_and_artifact_of_the_document_is_on_the_page(
    document: dict[str, Any],
) -> None:
    for text in (Reader(assurance_html(document)).words, llms_full_txt(document)):
        flat = text.replace("\\", "")
        for target in document["targets"]:
            for stage in target["stages"]:
                assert stage["id"] in flat
                assert all(one["digest"] in flat for one in stage["statements"])
            for artifact in target["artifacts"]:
                assert artifact["name"] in flat
                assert artifact["digest"] in flat
            for blocker in target["blockers"]:
                for words in (blocker["id"], blocker["what"], blocker["command"]):
                    assert words in flat
                assert all(item in flat for item in blocker["evidence"])


def test_local_proof_is_called_so_and_is_no_production_approval(document: dict[str, Any]) -> None:
    document["targets"] = document["targets"][:1]
    for text in (assurance_html(document), llms_full_txt(document)):
        assert "Local or synthetic proof" in text
        assert text.lower().count("this is no production approval") >= 2


@pytest.mark.usefixtures("proven_in_production")
def test_a_target_that_is_ready_for_production_is_called_so(document: dict[str, Any]) -> None:
    page = assurance_html(document)
    assert "Ready for production: staging." in page
    assert "no production approval" not in page
    assert "ocal or synthetic proof." not in page


def test_a_stage_marked_done_without_a_statement_is_shown_as_missing(
    document: dict[str, Any],
) -> None:
    document["targets"][0]["stages"][2]["statements"] = []
    page = assurance_html(document)
    assert "Marked done, but no signed statement is recorded here." in page
    assert "Signed statements for stages marked done: sign." in page


def texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """List the paths of all texts that are free: every one that is no enum, digest or time."""
    fixed = {"schema", "generated_at", "digest", "run", "commit", "state", "readiness"}
    if isinstance(value, dict):
        found = [(key, one) for key, one in value.items() if key not in fixed | {"origin_class"}]
        return [hit for key, one in found for hit in texts(one, (*path, key))]
    if isinstance(value, list):
        return [hit for index, one in enumerate(value) for hit in texts(one, (*path, index))]
    return [path] if isinstance(value, str) else []


def test_a_blocker_without_a_command_says_that_none_is_known(document: dict[str, Any]) -> None:
    for blocker in document["targets"][1]["blockers"]:
        blocker["command"] = ""
    assert assurance_html(document).count("no command is known") == 2
    assert llms_full_txt(document).count("Clear it with: no command is known") == 2


def test_prose_of_an_approval_state_keeps_its_names(document: dict[str, Any]) -> None:
    document["targets"][0]["approval_state"] = "approved by Ann_B (local_manual)"
    assert "Approved by Ann_B (local_manual)" in assurance_html(document)


def test_two_ladders_of_one_target_stand_beside_each_other(document: dict[str, Any]) -> None:
    document["targets"][2]["target"] = "staging"
    document["targets"][2]["ladder"] = "another"
    page = assurance_html(document)
    assert page.count('<section class="target"') == 3


def test_the_page_reads_the_schema_that_core_writes(document: dict[str, Any]) -> None:
    assert document["schema"] == SCHEMA


Put = Callable[[dict[str, Any], tuple[Any, ...], object], dict[str, Any]]


def test_hostile_text_stays_text_wherever_it_stands(document: dict[str, Any], put: Put) -> None:
    document["targets"] = [document["targets"][1]]
    plain = Reader(assurance_html(document))
    paths = texts(document)
    assert len(paths) > 40
    for path in paths:
        changed = put(document, path, HOSTILE)
        page = assurance_html(changed)
        reader = Reader(page)
        assert reader.tags == plain.tags, path
        assert [a[:2] for a in reader.attributes] == [a[:2] for a in plain.attributes], path
        assert "<script" not in page, path
        assert "alert('x')" not in page.replace("alert(&#39;x&#39;)", ""), path
