"""`target.*`, `smoke` and `canary.judge` as a person calls them: exit codes, JSON, three lines."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.canonical import Digest
from pipeline.edges import service
from pipeline.edges.driver import Rollout
from pipeline.edges.drivers import open_target
from pipeline.operations import released
from pipeline.operations.workspace import Workspace
from tests import services

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Project:
    """A project whose staging target runs the tiny service."""

    root: Path

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "invoke", *arguments],
            cwd=self.root,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.root), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *arguments: str) -> Any:  # noqa: ANN401
        return json.loads(self.call(*arguments, "--json").stdout)

    def deploy(self, mood: str = "well") -> None:
        wheel = services.wheel(self.root / "dist", "1.0", mood)
        workspace = Workspace.open(self.root)
        rollout = Rollout(
            name=wheel.name,
            wheel=wheel,
            digest=Digest.of(wheel.read_bytes()),
            version="1.0",
            key=str(Digest.of(b"key")),
            token=1,
        )
        driver = open_target(workspace.state, workspace.configuration.targets["staging"])
        driver.apply(rollout, released.installer({wheel.name: wheel}, None))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copyfile(ROOT / "tasks.py", tmp_path / "tasks.py")
    target = {**services.TARGET, "target": "staging"}
    (tmp_path / "config" / "targets" / "staging.yaml").write_text(json.dumps(target))
    smoke = tmp_path / "config" / "policies" / "smoke_verification.yaml"
    text = smoke.read_text("utf-8")
    smoke.write_text(re.sub(r"checks: \[.*\]", "checks: [page, metrics]", text, count=1), "utf-8")
    yield Project(root=tmp_path)
    for marker in tmp_path.glob(".release-ladder/targets/*/id"):
        service.stop(marker.read_text() + ":", grace=0.5)


def test_a_target_is_shown_stopped_started_and_smoked(project: Project) -> None:
    assert project.json("target.show")["live"]["empty"] is True
    held = project.call("smoke", "--target", "staging")
    assert held.returncode == 10
    assert len(held.stderr.strip().splitlines()) == 3
    project.deploy()
    told = project.json("target.show", "--target", "staging")
    assert (told["live"]["version"], told["running"], told["healthy"]) == ("1.0", True, True)
    smoked = project.call("smoke")
    assert smoked.returncode == 0
    assert "4 of 4 checks passed on staging" in smoked.stdout
    assert project.json("target.stop", "--dry-run")["running"] is True
    assert project.json("target.stop")["running"] is False
    assert project.call("smoke").returncode == 12
    assert project.json("target.start")["healthy"] is True
    report = project.json("smoke", "--target", "staging")
    assert report["ok"] is True
    assert [check["id"] for check in report["checks"]] == ["page", "version", "unlock", "metrics"]


def test_a_failed_check_exits_12_and_says_which(project: Project) -> None:
    project.deploy("open")
    done = project.call("smoke", "--json")
    assert done.returncode == 12
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert "failed  metrics" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("target.show", "--target", "nowhere"), 1),
        (("smoke", "--target", "nowhere"), 1),
        (("target.start",), 10),
        (("canary.judge",), 1),
        (("canary.judge", "--rule", "nothing", "--samples", "x"), 1),
        (("canary.judge", "--rule", "staging", "--samples", "absent"), 1),
        (("canary.judge", "--rule", "config/pipeline.yaml", "--samples", "tasks.py"), 13),
        (("canary.judge", "--rule", "staging", "--samples", "tasks.py"), 10),
        (("canary.run",), 1),
        (("deploy.apply",), 1),
        (("postdeploy.smoke",), 1),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(
    project: Project, arguments: tuple[str, ...], code: int
) -> None:
    done = project.call(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_recorded_samples_are_judged_again(project: Project) -> None:
    rule = {
        "id": "canary_rule.file.page",
        "ring": "loopback",
        "surfaces": ["/page"],
        "requests": 10,
        "intervals": 1,
        "concurrency": 1,
        "objectives": {"error_rate": "0.1", "p95_ms": "100"},
        "margins": {"error_rate": "0", "p95_ratio": "2"},
        "min_samples": 10,
    }
    (project.root / "rule.yaml").write_text(json.dumps(rule))
    samples = [
        {"interval": 1, "arm": "canary", "metric": "error_rate:/page", "n": 10, "bad": 1},
        {
            "interval": 1,
            "arm": "canary",
            "metric": "latency_ms",
            "n": 10,
            "buckets": {"50": 10, "+Inf": 10},
        },
    ]
    (project.root / "samples.jsonl").write_text("\n".join(map(json.dumps, samples)) + "\n")
    ask = ("canary.judge", "--rule", "rule.yaml", "--samples", "samples.jsonl")
    alone = project.call(*ask, "--alone", "--json")
    assert alone.returncode == 0
    assert json.loads(alone.stdout)["verdict"] == "PASS"
    assert project.call(*ask).returncode == 10  # the baseline's samples are missing
