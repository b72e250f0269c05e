"""Sessions by the clock: how long they last and how many there are."""

from pathlib import Path

import pytest

from pipeline.web.sessions import LIFETIME, MAX_SESSIONS, Sessions, WrongSecretError

SECRET = "a secret of enough length"


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    return Sessions(file, clock)


def test_a_session_ends_when_its_time_is_over(sessions: Sessions, clock: Clock) -> None:
    token = sessions.unlock(SECRET)
    clock.now = LIFETIME - 0.001
    assert sessions.valid(token)
    assert sessions.count() == 1
    clock.now = float(LIFETIME)
    assert not sessions.valid(token)
    assert sessions.count() == 0


def test_one_session_too_many_ends_the_oldest_alone(sessions: Sessions) -> None:
    tokens = [sessions.unlock(SECRET) for _ in range(MAX_SESSIONS + 1)]
    assert len(set(tokens)) == MAX_SESSIONS + 1
    assert not sessions.valid(tokens[0])
    assert all(sessions.valid(token) for token in tokens[1:])
    assert sessions.count() == MAX_SESSIONS


def test_a_wrong_secret_opens_and_ends_nothing(sessions: Sessions) -> None:
    token = sessions.unlock(SECRET)
    for wrong in ("", SECRET + " ", SECRET[:-1], SECRET.upper()):
        with pytest.raises(WrongSecretError):
            sessions.unlock(wrong)
    assert sessions.valid(token)
    assert sessions.count() == 1


def test_no_token_is_kept_as_it_is(sessions: Sessions) -> None:
    token = sessions.unlock(SECRET)
    assert token not in repr(sessions)
    assert SECRET not in repr(sessions)
    assert not sessions.valid(None)
    assert not sessions.valid("")
