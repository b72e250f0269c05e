"""The signer boundary, with real signer processes: nothing is signed by another than expected."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.core.challenge import Challenge
from pipeline.edges import clock, keys
from pipeline.edges.signer import SignerProcess, client
from pipeline.errors import EnvironmentFailedError, UntrustedError
from pipeline.operations.history import find
from pipeline.operations.identify import identify
from pipeline.operations.signer_boundary import (
    Acting,
    open_signer,
)
from pipeline.operations.workspace import Workspace
from tests.climbing import project
from tests.edges.projects import FILES
from tests.edges.signer.signing import ALLOWED, about, process_of

if TYPE_CHECKING:
    from pipeline.operations.signer_boundary import ProvenSigner

ROOT = Path(__file__).resolve().parents[2]
OTHER = "sha256:" + "0" * 64


def tea(folder: Path, signer: str = "", trust: str | None = None) -> Path:
    """Make the tea project; `signer` stands in its pipeline.yaml."""
    text = FILES["pipeline"] + (f"signer: {signer}\n" if signer else "")
    if trust is None:
        return project.make(folder, pipeline=text)
    return project.make(folder, pipeline=text, trust=trust)


def key_of(root: Path) -> keys.LocalKey:
    """Return the checkout's local key, made now."""
    return keys.local_key(root / ".release-ladder", "ecdsa-p256", now=clock.now())


def listed(key: keys.LocalKey, **changes: str) -> str:
    """Return a trust.yaml that lists a key."""
    entry = {
        "algorithm": "ecdsa-p256",
        "custody": "ci",
        "valid_from": '"2020-01-01T00:00:00Z"',
        "valid_until": '"2090-01-01T00:00:00Z"',
    } | changes
    pem = key.public.pem.decode().strip().replace("\n", "\n          ")
    lines = "".join(f"        {name}: {value}\n" for name, value in entry.items())
    return (
        "principals:\n  - name: tea-maker\n    kind: workflow\n    keys:\n"
        f"      - pem: |\n          {pem}\n{lines}roles: {{}}\n"
    )


def retrust(root: Path, text: str) -> None:
    (root / "config" / "trust.yaml").write_text(text, "utf-8")
    project.git(root, "add", "--all")
    project.git(root, "commit", "--quiet", "--message=Trust")


def nothing_is_signed(root: Path) -> bool:
    """Tell whether neither store nor evidence has any signature."""
    files = [path for path in (root / "artifacts").rglob("*") if path.is_file()]
    return not any(b"dsseEnvelope" in path.read_bytes() for path in files)


def test_the_local_key_of_the_checkout_is_expected_and_proves_itself(tmp_path: Path) -> None:
    root = tea(tmp_path)
    with open_signer(Workspace.open(root)) as signer:
        proof = signer.prove()
        assert signer.prove() is proof, "one process is asked once"
    key = key_of(root)
    assert (proof.key, proof.principal) == (str(key.public.key_id), keys.LOCAL_PRINCIPAL)
    assert (proof.algorithm, proof.custody) == ("ecdsa-p256", "local")


def test_what_is_configured_by_key_and_principal_climbs(tmp_path: Path) -> None:
    root = tea(tmp_path)
    key = key_of(root)
    config = FILES["pipeline"] + f"signer: {{key: '{key.public.key_id}', principal: tea-maker}}\n"
    (root / "config" / "pipeline.yaml").write_text(config, "utf-8")
    retrust(root, listed(key))
    assert project.climb(root).did == ("water", "boil", "pour")


def refused(root: Path, words: str) -> None:
    """See that a climb ends with 11 before anything was begun or signed."""
    with pytest.raises(UntrustedError, match=words):
        project.climb(root)
    workspace = Workspace.open(root)
    run = find(workspace, identify(workspace, workspace.ladder(), None))
    assert run is None or not run.journal.entries
    assert nothing_is_signed(root)


def test_another_key_than_the_configured_one_is_refused(tmp_path: Path) -> None:
    root = tea(tmp_path, signer=f"{{key: '{OTHER}'}}")
    refused(root, f"trust does not know the expected signer {OTHER}")


def test_a_trusted_key_that_this_checkout_does_not_hold_is_refused(tmp_path: Path) -> None:
    theirs = key_of(tmp_path / "elsewhere")
    wanted = f"{{key: '{theirs.public.key_id}'}}"
    root = tea(tmp_path / "tea", signer=wanted, trust=listed(theirs))
    refused(root, "wrong_key")


def test_a_key_of_another_principal_is_refused(tmp_path: Path) -> None:
    refused(tea(tmp_path, signer="{principal: release-workflow}"), "wrong_principal")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revoked": "true"}, "key_revoked"),
        ({"valid_until": '"2020-01-02T00:00:00Z"'}, "key_revoked"),
        ({"valid_from": '"2089-01-01T00:00:00Z"'}, "key_revoked"),
    ],
)
def test_a_key_that_counts_no_more_is_refused(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    root = tea(tmp_path)
    retrust(root, listed(key_of(root), **changes))
    refused(root, words)


def test_a_key_file_swapped_before_the_signer_reads_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tea(tmp_path / "tea")
    key_of(root)
    theirs = key_of(tmp_path / "elsewhere")
    really = keys.local_key

    def swapped(*words: Any, **more: Any) -> keys.LocalKey:  # noqa: ANN401 - passed on
        mine = really(*words, **more)
        shutil.copy2(theirs.private_path, mine.private_path)
        return mine

    monkeypatch.setattr(keys, "local_key", swapped)
    refused(root, "wrong_key")


def rogue(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let signer processes run with another `answer_challenge`: real ones, gone over."""
    program = client._START.replace("import main;", f"import main; {body};")
    assert program != client._START
    monkeypatch.setattr(client, "_START", program)


def test_a_signer_that_answers_an_old_challenge_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tea(tmp_path)
    key = key_of(root)
    old = Challenge(nonce="ab" * 32, key=str(key.public.key_id), asked_at=clock.now())
    with SignerProcess(key.private_path) as honest:
        answer = honest.answer(old)
    said = {
        "payload": base64.b64encode(answer.payload).decode(),
        "signature": base64.b64encode(answer.signature).decode(),
        "hint": answer.hint,
    }
    rogue(
        monkeypatch,
        "from pipeline.edges.signer import server; "
        f"server.answer_challenge = lambda key, request: {said!r}",
    )
    refused(root, "replayed")


def test_a_signer_that_signs_something_else_than_the_challenge_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tea(tmp_path)
    rogue(
        monkeypatch,
        "import base64; from pipeline.edges.signer import server; server.pae = lambda kind, said: "
        "b'DSSEv1 ' + said",
    )
    refused(root, "bad_signature")


@pytest.mark.parametrize("said", ["{}", "{'payload': 7}", "[]", "None"])
def test_a_signer_that_gives_no_answer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    root = tea(tmp_path)
    rogue(
        monkeypatch,
        "from pipeline.edges.signer import server; "
        f"server.answer_challenge = lambda key, request: {said}",
    )
    with pytest.raises(EnvironmentFailedError, match="no answer to a challenge"):
        project.climb(root)
    assert nothing_is_signed(root)


def signs(signer: ProvenSigner, path: Path) -> list[bytes]:
    return signer.sign([about(path).to_bytes()], {path.name: path}, ALLOWED)


def test_a_signer_that_was_started_anew_has_proven_nothing(tmp_path: Path) -> None:
    root = tea(tmp_path / "tea")
    theirs = key_of(tmp_path / "elsewhere")
    with open_signer(Workspace.open(root)) as signer:
        path = tmp_path / "file"
        path.write_bytes(b"content")
        assert signs(signer, path)
        process_of(signer._process).kill()
        shutil.copy2(theirs.private_path, key_of(root).private_path)
        with pytest.raises(EnvironmentFailedError, match="died"):
            signs(signer, path)
        with pytest.raises(UntrustedError, match="wrong_key"):
            signs(signer, path)


def test_a_person_signs_with_the_key_of_their_own_checkout(tmp_path: Path) -> None:
    theirs = key_of(tmp_path / "elsewhere")
    wanted = f"{{key: '{theirs.public.key_id}', principal: tea-maker}}"
    root = tea(tmp_path / "tea", signer=wanted, trust=listed(theirs))
    with open_signer(Workspace.open(root), Acting.PERSON) as signer:
        assert signer.prove().key == str(key_of(root).public.key_id)


def test_no_other_file_of_the_package_opens_a_signer() -> None:
    opens = {
        path.relative_to(ROOT / "pipeline").as_posix()
        for path in (ROOT / "pipeline").rglob("*.py")
        if re.search(r"\bSignerProcess\(", path.read_text("utf-8"))
    }
    assert opens == {"operations/signer_boundary.py"}
