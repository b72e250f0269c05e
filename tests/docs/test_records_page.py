"""docs/records.md has every record family, field and file; what it shows checks a real release."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core import statement
from pipeline.core.families import LINKED, POLICY_OF, RecordFamily
from pipeline.core.policies import SharedField
from pipeline.core.records.attestation import Checked, Kind
from pipeline.core.records.record import Record, TrustedArtifact
from pipeline.core.records.table import RECORD_MODELS
from pipeline.proof.trust import ROLES
from tests.climbing import bakery
from tests.docs import pages
from tests.docs.model_fields import paths
from tests.docs.tables import column, rows, section

TEXT = (pages.ROOT / "docs" / "records.md").read_text("utf-8")


def heading(family: RecordFamily) -> str:
    return statement.slug(statement.record_type(family))


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = bakery.make(tmp_path_factory.mktemp("records") / "bakery")
    bakery.climb(root)
    (run,) = (root / "artifacts/release-evidence/home").iterdir()
    return [run / "pre-deploy", run / "post-deploy"]


@pytest.mark.parametrize("family", list(RecordFamily))
def test_a_record_is_described_field_by_field_after_its_head(family: RecordFamily) -> None:
    head = column(TEXT, "Every record")
    assert head == paths(Record)
    assert head + column(TEXT, heading(family)) == paths(RECORD_MODELS[family])


def test_the_families_of_the_page_and_their_policies_are_those_of_the_code() -> None:
    first = [cells for cells in rows(TEXT, "Records") if cells[0].startswith("[")]
    said = {re.findall(r"`(\w+)`\]\(#([\w-]+)\)", row[0])[0]: row[2].strip("`") for row in first}
    assert said == {(family.value, heading(family)): policy for family, policy in POLICY_OF.items()}


def test_the_words_of_the_page_are_those_of_the_code() -> None:
    for family, words in (
        (RecordFamily.ATTESTATION, {*Kind, *Checked}),
        (RecordFamily.ROLLBACK_TARGET, set(TrustedArtifact)),
    ):
        assert words <= set(re.findall(r"`(\w+)`", section(TEXT, heading(family))))
    shared = set(re.findall(r"`(\w+)`", section(TEXT, "What linkage compares")))
    assert shared == set(SharedField)


def test_the_roles_of_the_page_are_those_of_the_code() -> None:
    sealer, adopter = re.findall(r"role `(\w+)`", section(TEXT, "Who signs").replace("\n", " "))
    for family in RecordFamily:
        role = adopter if family is RecordFamily.ADOPTION else sealer
        assert ROLES[statement.record_type(family)] == role


def test_every_file_of_a_record_is_where_the_page_says(phases: list[Path]) -> None:
    signed, file, matrix = column(TEXT, "Where they lie")
    families = {
        "nod": {*LINKED, RecordFamily.LINKAGE, RecordFamily.CANARY}
        - {RecordFamily.SMOKE_VERIFICATION},
        "taste": {*LINKED, RecordFamily.LINKAGE},
    }
    for folder, (stage, made) in zip(phases, families.items(), strict=True):
        wanted = {matrix.replace("STAGE", stage)}
        for family in made:
            wanted.add(file.replace("STAGE", stage).replace("FAMILY", family.value))
            name = signed.replace("STAGE", stage).replace("FAMILY", family.replace("_", "-"))
            (found,) = folder.glob(name.replace("NN", "[0-9][0-9]"))
            wanted.add(found.relative_to(folder).as_posix())
        files = (path for path in folder.rglob("*") if path.is_file())
        there = {path.relative_to(folder).as_posix() for path in files}
        kept = {name for name in there if "record-" in name or "/records/" in name}
        assert kept == wanted


def test_the_page_s_own_python_finds_every_record_and_what_ties_them(phases: list[Path]) -> None:
    codes = [b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "python"]
    for folder, ties in zip(phases, (5, 6), strict=True):
        alike, tied = (said(code, folder) for code in codes)
        assert len(alike.splitlines()) == 7
        assert tied == f"{ties} records tied\n"


def test_the_page_s_own_python_finds_a_changed_record(phases: list[Path], tmp_path: Path) -> None:
    code, _ = (b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "python")
    changed = tmp_path / "nod"
    (changed / "records").mkdir(parents=True)
    for file in (phases[0] / "nod").rglob("*record*/*.json"):
        text = file.read_text("utf-8").replace('"1.0"', '"1.1"')
        (changed / "records" / file.name).write_text(text, "utf-8")
    for file in (phases[0] / "nod").glob("*-record-*"):
        (changed / file.name).write_bytes(file.read_bytes())
    with pytest.raises(subprocess.CalledProcessError):
        said(code, tmp_path)


def said(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_page_s_own_commands_check_a_folder(phases: list[Path]) -> None:
    hashes, cosign = (b["body"] for b in pages.FENCE.finditer(TEXT) if b["language"] == "console")
    for line in hashes.splitlines():
        command = ["sh", "-c", line.removeprefix("$ ")]
        assert subprocess.run(command, cwd=phases[0], check=False).returncode == 0, line
    words = cosign.split()
    bundle = words[words.index("--bundle") + 1].replace("STAGE", "nod").replace("NN", "02")
    envelope = json.loads((phases[0] / bundle).read_bytes())["dsseEnvelope"]
    about = json.loads(base64.b64decode(envelope["payload"]))
    assert about["predicateType"] == words[words.index("--type") + 1]
    named = words[-1].replace("MADE", "bake").replace("NAME", about["subject"][0]["name"])
    assert (phases[0] / named).is_file()
