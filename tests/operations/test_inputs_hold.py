"""A project that climbs is held for its baseline or its reviews, and goes on when cleared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import HeldError
from pipeline.operations.baseline import baseline_report
from tests import policies
from tests.climbing import project
from tests.operations import reviewed
from tests.operations.reviewed import PINNED, kept, record

BOXES = (
    "inputs:\n  - {id: supply_chain.boxes, scope: build, kind: container_base, "
    "paths: [Dockerfile], criticality: critical, control: digest_pinned, digest: DIGEST}\n"
)


def make(folder: Path, **demands: str) -> Path:
    """Make the tea project with a policy that demands something."""
    promotion = policies.family("promotion", policies.promotion(**demands))
    root = project.make(folder, policies__promotion=promotion)
    reviewed.add(root, Dockerfile=PINNED)
    return root


def baseline(root: Path) -> None:
    """Write the baseline, with the digest that its finding asks for."""
    reviewed.add(root, config__baseline_DOT_yaml=BOXES.replace(", digest: DIGEST", ""))
    (one,) = baseline_report(*reviewed.opened(root)).amiss
    (digest,) = re.findall(r"sha256:[0-9a-f]{64}", one.command)
    reviewed.add(root, config__baseline_DOT_yaml=BOXES.replace("DIGEST", digest))


def held(root: Path) -> str:
    """Climb, and return why that is held."""
    with pytest.raises(HeldError) as caught:
        project.climb(root)
    return str(caught.value)


def test_a_required_baseline_holds_until_it_is_kept_and_again_when_a_file_changes(
    tmp_path: Path,
) -> None:
    root = make(tmp_path / "tea", baseline="required")
    assert "config/baseline.yaml has no entry" in held(root)
    baseline(root)
    assert project.climb(root, "water").did == ("water",)
    reviewed.add(root, Dockerfile=PINNED + "RUN evil\n")
    assert "changed Dockerfile" in held(root)


def test_a_required_review_holds_until_each_line_is_covered_and_again_when_one_changes(
    tmp_path: Path,
) -> None:
    root = make(tmp_path / "tea", security_review="required")
    assert "reviews cover 0 of" in held(root)
    kept(root, record(root, reviewed_at='"' + now(root) + '"'))
    assert project.climb(root, "water").did == ("water",)
    reviewed.add(root, Dockerfile=PINNED + "RUN evil\n")
    assert "not Dockerfile (1)" in held(root)


def test_a_finding_that_is_open_holds_a_release_that_is_covered(tmp_path: Path) -> None:
    root = make(tmp_path / "tea", security_review="required")
    finding = "[{id: leak, severity: critical, state: open, what: it leaks}]"
    kept(root, record(root, reviewed_at='"' + now(root) + '"', findings=finding))
    assert "critical, open: it leaks" in held(root)


def test_what_is_only_noted_holds_nothing(tmp_path: Path) -> None:
    root = make(tmp_path / "tea")
    assert "pour" in project.climb(root).did


def now(root: Path) -> str:
    """Return the time of HEAD: a review cannot be older than its commit, nor newer than now."""
    return reviewed.shell(
        root, "TZ=UTC git show -s --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ HEAD"
    ).strip()
