"""A phase folder: what belongs in it, its lists, and its scripts run by a real shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.core import bundle
from pipeline.core.bundle import Member, hash_manifest, own_files, packet_tree, stage_members
from pipeline.core.canonical import Digest, HashManifest
from pipeline.core.predicates.stage_result import StageResult
from pipeline.core.release import Phase
from pipeline.core.statement import EVIDENCE_BUNDLE, Statement, Subject
from pipeline.proof.keys import SigningKey
from tests.core.gates.signed import CONTEXT, D, E, passed, ran_tests
from tests.proof import making

FILES = {
    "artifacts": [{"path": "artifacts/tea.whl", "digest": D, "size": 3}],
    "outputs": [{"path": "outputs/seen.txt", "digest": E, "size": 2}],
    "logs": [{"path": "logs/tea.boil.log", "digest": E, "size": 1}],
}
RESULT = passed("boil", ran_tests(), **FILES)
SET = CONTEXT.identity.artifact_set_id
MEMBERS = {
    "run.json": Member.of(CONTEXT.to_bytes()),
    "journal.jsonl": Member.of(b"{}\n"),
    "boil/00-stage-result.sigstore.json": Member.of(b"{}"),
    "boil/logs/tea.boil.log": Member.of(b"hot\n"),
    "boil/artifacts/tea.json": Member.of(b"{}"),
    "boil/artifacts/tea.whl": Member.of(b"tea"),
    "boil/outputs/seen.txt": Member.of(b"seen"),
    "boil/outputs/x": Member.of(b"x"),
    "trust/keys/a.pem": Member.of(making.P256.public.pem),
}


def folder(results: dict[str, StageResult] | None = None) -> dict[str, Member]:
    return {**MEMBERS, **own_files(CONTEXT, Phase.PRE_DEPLOY, MEMBERS, results or {})}


def test_an_attempt_brings_its_result_statements_decision_and_files() -> None:
    (reference,) = RESULT.result.statements
    assert stage_members("boil", RESULT.result, RESULT.digest) == {
        "boil/00-stage-result.sigstore.json": RESULT.digest,
        f"boil/{reference.path}": Digest.parse(reference.digest),
        "boil/decision.json": Digest.parse(RESULT.result.decision),
        "boil/artifacts/tea.whl": Digest.parse(D),
        "boil/outputs/seen.txt": Digest.parse(E),
        "boil/logs/tea.boil.log": Digest.parse(E),
    }


def test_the_later_phase_carries_the_artifacts_and_who_made_them_alone() -> None:
    assert stage_members("boil", RESULT.result, RESULT.digest, artifacts_only=True) == {
        "boil/00-stage-result.sigstore.json": RESULT.digest,
        "boil/artifacts/tea.whl": Digest.parse(D),
    }


def test_the_hash_manifest_lists_all_files_but_three() -> None:
    members = folder() | {
        name: Member.of(b"x")
        for name in ("HASH_MANIFEST.txt", "packet_tree.sha256", "bundle.sigstore.json")
    }
    listed = hash_manifest(members).as_dict()
    assert set(members) - set(listed) == {
        "HASH_MANIFEST.txt",
        "packet_tree.sha256",
        "bundle.sigstore.json",
    }
    assert listed == {path: members[path].digest for path in listed}


def test_a_file_of_such_a_name_inside_a_stage_is_listed() -> None:
    inside = {"boil/outputs/HASH_MANIFEST.txt": Member.of(b"x")}
    assert set(hash_manifest(inside).as_dict()) == set(inside)


def test_manifest_json_lists_all_but_itself_and_those_three() -> None:
    members = folder()
    document = json.loads(members["manifest.json"].data or b"")
    listed = {item["path"]: item for item in document["objects"]}
    assert set(listed) == set(members) - {"manifest.json"}
    assert list(listed) == sorted(listed)
    for path, item in listed.items():
        assert item["object_id"] == f"{SET}__pre-deploy__{path}"
        assert item["digest"] == str(members[path].digest)
        assert item["size"] == len(members[path].data or b"")
    assert (document["artifact_set_id"], document["phase"]) == (SET, "pre-deploy")
    assert document["run_id"] == CONTEXT.run_id


@pytest.mark.parametrize(
    ("path", "kind", "media"),
    [
        (
            "boil/00-stage-result.sigstore.json",
            "attestation",
            "application/vnd.dev.sigstore.bundle.v0.3+json",
        ),
        ("journal.jsonl", "journal", "application/jsonl"),
        ("boil/logs/tea.boil.log", "log", "text/plain"),
        ("trust/keys/a.pem", "public-key", "application/x-pem-file"),
        ("run.json", "document", "application/json"),
        ("boil/outputs/seen.txt", "document", "text/plain"),
        ("RERUN.sh", "script", "application/x-sh"),
        ("boil/artifacts/tea.json", "artifact", "application/json"),
        ("boil/artifacts/tea.whl", "artifact", "application/octet-stream"),
        ("boil/outputs/x", "artifact", "application/octet-stream"),
    ],
)
def test_an_object_has_its_kind_and_media_type(path: str, kind: str, media: str) -> None:
    document = json.loads(folder()["manifest.json"].data or b"")
    (item,) = [item for item in document["objects"] if item["path"] == path]
    assert (item["kind"], item["media_type"]) == (kind, media)


def test_exit_codes_are_those_of_the_steps() -> None:
    document = json.loads(folder({"boil": RESULT.result})["exit_codes.json"].data or b"")
    assert document == {"RERUN.sh": 0, "steps": {"boil": {"tea.boil": 0}}}


def test_the_same_release_gives_the_same_bytes() -> None:
    shuffled = dict(sorted(MEMBERS.items(), reverse=True))
    one = own_files(CONTEXT, Phase.PRE_DEPLOY, MEMBERS, {"boil": RESULT.result})
    two = own_files(CONTEXT, Phase.PRE_DEPLOY, shuffled, {"boil": RESULT.result})
    assert one == two


# the scripts, run -------------------------------------------------------------------------------


def write(root: Path, *, key: SigningKey = making.P256, listed: SigningKey | None = None) -> Path:
    """Write a whole sealed folder: `key` signs, the key in the folder is `listed`."""
    pem = {"trust/keys/a.pem": Member.of((listed or key).public.pem)}
    given = {**MEMBERS, **pem}
    members = {**given, **own_files(CONTEXT, Phase.PRE_DEPLOY, given, {})}
    manifest = hash_manifest(members)
    seal = Statement(
        predicate_type=EVIDENCE_BUNDLE,
        subjects=(Subject(name=bundle.HASH_MANIFEST, digest=manifest.digest),),
        predicate={"sealed": "by this test"},
    )
    texts = {path: member.data or b"" for path, member in members.items()} | {
        bundle.HASH_MANIFEST: manifest.render(),
        bundle.PACKET_TREE: packet_tree(manifest),
        bundle.SEAL: making.bundle(key, seal.to_bytes()),
    }
    for path, data in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def sh(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(root / script)], cwd="/", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("key", [making.P256, making.ED25519], ids=["ecdsa-p256", "ed25519"])
def test_the_folders_own_scripts_pass_and_name_the_key(tmp_path: Path, key: SigningKey) -> None:
    root = write(tmp_path / "a folder", key=key)
    assert sh(root, "commands.sh").returncode == 0
    done = sh(root, "RERUN.sh")
    assert done.returncode == 0, done
    assert f"key {key.public.key_id.hex}" in done.stdout


@pytest.mark.parametrize("script", ["commands.sh", "RERUN.sh"])
@pytest.mark.parametrize(
    "path", ["run.json", "boil/artifacts/tea.whl", "HASH_MANIFEST.txt", "packet_tree.sha256"]
)
def test_a_changed_file_is_found_by_the_folders_own_scripts(
    tmp_path: Path, script: str, path: str
) -> None:
    root = write(tmp_path)
    data = (root / path).read_bytes()
    (root / path).write_bytes(
        data[:1].replace(data[:1], b"0" if data[:1] != b"0" else b"1") + data[1:]
    )
    assert sh(root, script).returncode != 0


def test_a_removed_file_is_found(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "boil/outputs/x").unlink()
    assert sh(root, "RERUN.sh").returncode != 0


def test_a_manifest_made_anew_over_changed_files_is_found_by_the_seal(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "boil/artifacts/tea.whl").write_bytes(b"poison")
    old = HashManifest.parse((root / bundle.HASH_MANIFEST).read_bytes()).as_dict()
    anew = HashManifest.of({**old, "boil/artifacts/tea.whl": Digest.of(b"poison")})
    (root / bundle.HASH_MANIFEST).write_bytes(anew.render())
    (root / bundle.PACKET_TREE).write_bytes(packet_tree(anew))
    assert sh(root, "commands.sh").returncode == 0  # hashes alone do not find it
    done = sh(root, "RERUN.sh")
    assert done.returncode != 0
    assert "another HASH_MANIFEST.txt" in done.stderr


def test_a_seal_by_a_key_that_is_not_in_the_folder_is_found(tmp_path: Path) -> None:
    done = sh(write(tmp_path, key=making.STRANGER, listed=making.P256), "RERUN.sh")
    assert done.returncode != 0
    assert "no key of trust/keys made this seal" in done.stderr


def test_a_seal_whose_signature_is_another_is_found(tmp_path: Path) -> None:
    root = write(tmp_path)
    seal = json.loads((root / bundle.SEAL).read_bytes())
    other = json.loads(making.bundle(making.P256))
    seal["dsseEnvelope"]["signatures"] = other["dsseEnvelope"]["signatures"]
    (root / bundle.SEAL).write_text(json.dumps(seal))
    assert sh(root, "RERUN.sh").returncode != 0


def test_the_scripts_need_what_they_say_and_this_machine_has_it() -> None:
    for tool in ("sha256sum", "openssl", "python3"):
        assert shutil.which(tool), tool
