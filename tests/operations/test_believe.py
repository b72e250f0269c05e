"""What was verified once is remembered by its bytes, by whom is trusted, and for a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.core.canonical import Digest
from pipeline.core.ladder import Ladder
from pipeline.edges import clock
from pipeline.errors import UntrustedError
from pipeline.operations import believe
from pipeline.operations.evidence import climbed
from pipeline.operations.history import Run
from pipeline.operations.workspace import Workspace
from pipeline.proof.trust import RehearsalTrust
from pipeline.proof.verify import VerifiedStatement, verify_bundle
from tests.climbing import project


@dataclass
class Climbed:
    """A finished release of the tea project."""

    workspace: Workspace
    run: Run
    ladder: Ladder

    @property
    def result(self) -> Digest:
        """The digest of the first stage's result."""
        ends = [e for e in self.run.journal.entries if e.outputs.get("stage_result")]
        return Digest.parse(ends[0].outputs["stage_result"])

    @property
    def bundle(self) -> bytes:
        """Its bundle."""
        return self.workspace.store.get(self.result)

    def trust(
        self, *, principal: str = "", valid_until: str = "", revoked: bool = False
    ) -> RehearsalTrust:
        """The trust, with something changed about its key."""
        return RehearsalTrust(
            replace(
                key,
                principal=principal or key.principal,
                valid_until=valid_until or key.valid_until,
                revoked=revoked,
            )
            for key in self.workspace.trust.keys
        )


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Climbed:
    root = project.make(tmp_path_factory.mktemp("tea") / "project")
    done = project.climb(root)
    return Climbed(Workspace.open(root), done.run, done.ladder)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Digest]:
    """Forget everything; the digests of the bundles that are verified in full from here on."""
    monkeypatch.setattr(believe, "_known", {})
    seen: list[Digest] = []

    def verify(data: bytes, trust: RehearsalTrust, *, now: str) -> VerifiedStatement:
        seen.append(Digest.of(data))
        return verify_bundle(data, trust, now=now)

    monkeypatch.setattr(believe, "verify_bundle", verify)
    return seen


def test_equal_bytes_under_equal_trust_are_verified_once(
    tea: Climbed, counted: list[Digest]
) -> None:
    first = believe.believe(tea.trust(), tea.bundle, where="here")
    again = believe.believe(tea.trust(), bytes(bytearray(tea.bundle)), where="there")
    assert again == first
    assert counted == [tea.result]


def test_another_trust_is_asked_anew_and_a_revoked_key_is_refused(
    tea: Climbed, counted: list[Digest]
) -> None:
    believe.believe(tea.trust(), tea.bundle, where="here")
    believe.believe(tea.trust(principal="somebody else"), tea.bundle, where="here")
    with pytest.raises(UntrustedError, match="key_revoked"):
        believe.believe(tea.trust(revoked=True), tea.bundle, where="here")
    assert counted == [tea.result] * 3


def test_a_key_that_runs_out_voids_what_was_believed_before(
    tea: Climbed, counted: list[Digest], monkeypatch: pytest.MonkeyPatch
) -> None:
    until = "2999-01-01T00:00:00Z"
    trust = tea.trust(valid_until=until)
    believe.believe(trust, tea.bundle, where="here")
    monkeypatch.setattr(clock, "now", lambda: until)
    with pytest.raises(UntrustedError, match="key_expired"):
        believe.believe(trust, tea.bundle, where="here")
    monkeypatch.setattr(clock, "now", lambda: "2000-01-01T00:00:00Z")
    with pytest.raises(UntrustedError, match="key_not_yet_valid"):
        believe.believe(trust, tea.bundle, where="here")
    assert len(counted) == 3


def test_what_is_refused_is_not_remembered(tea: Climbed, counted: list[Digest]) -> None:
    wrong = tea.bundle.replace(b'"sig":"M', b'"sig":"N')
    assert wrong != tea.bundle
    for _ in range(2):
        with pytest.raises(UntrustedError):
            believe.believe(tea.trust(), wrong, where="here")
    assert counted == [Digest.of(wrong)] * 2


def test_the_memory_is_bounded(
    tea: Climbed, counted: list[Digest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(believe, "MOST", 2)
    for number in range(5):
        trust = tea.trust(principal=f"person {number}")
        believe.believe(trust, tea.bundle, where="here")
        assert len(believe._known) <= 2
    assert len(counted) == 5


def test_evidence_that_was_believed_is_read_and_hashed_again_each_time(tea: Climbed) -> None:
    evidence, missing = climbed(tea.workspace, tea.run, tea.ladder)
    assert missing == ()
    listed = evidence.stages[0].result
    for digest in (tea.result, *(Digest.parse(file.digest) for file in listed.artifacts)):
        place: Path = tea.workspace.store.local_path(digest)
        good, mode = place.read_bytes(), place.stat().st_mode
        place.chmod(0o644)
        place.write_bytes(bytes([good[0] ^ 1]) + good[1:])
        with pytest.raises(UntrustedError):
            climbed(tea.workspace, tea.run, tea.ladder)
        place.write_bytes(good)
        place.chmod(mode)
    assert climbed(tea.workspace, tea.run, tea.ladder)[0] == evidence
