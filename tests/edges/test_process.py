"""Processes: what they get, what is kept of what they say, that they end with all they began."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.edges import process
from pipeline.edges.process import Outcome, environment, run
from pipeline.errors import EnvironmentFailedError

ROOT = Path(__file__).parents[2]
SLEEPERS = """
import os, signal, subprocess, sys, time
from pathlib import Path
def sleeper(**options):
    return subprocess.Popen([sys.executable, "-c", "import signal, time\\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(600)"], **options).pid
def tell(*pids):
    Path("pids.new").write_text(" ".join(map(str, (os.getpid(), *pids))))
    os.rename("pids.new", "pids")
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Outcome]:
    def start(script: str, **options: object) -> Outcome:
        settings: dict[str, object] = {
            "cwd": tmp_path,
            "env": environment({"PYTHONPATH": str(ROOT)}),
            "log": tmp_path / "log",
            "timeout": 60.0,
        }
        return run([sys.executable, "-c", script], **{**settings, **options})  # type: ignore[arg-type]

    return start


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def await_pids(folder: Path) -> list[int]:
    deadline = time.monotonic() + 30
    while not (folder / "pids").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def all_gone(pids: list[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(alive(pid) for pid in pids)


@pytest.fixture(autouse=True)
def leave_nothing_running(tmp_path: Path) -> Iterator[None]:
    """End what a failed test left behind: only processes that run in this test's own folder."""
    yield
    if (tmp_path / "pids").exists():
        for pid in await_pids(tmp_path):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/cwd").readlink() == tmp_path:
                    os.kill(pid, signal.SIGKILL)


def test_output_goes_to_the_log_and_line_by_line_to_the_listener(
    tmp_path: Path, start: Callable[..., Outcome]
) -> None:
    lines: list[str] = []
    script = (
        "import sys; print('one', flush=True); print('zwölf', file=sys.stderr, flush=True);"
        "sys.stdout.buffer.write(b'\\xff part'); sys.exit(3)"
    )
    outcome = start(script, on_line=lines.append)
    assert (outcome.exit_code, outcome.timed_out, outcome.interrupted) == (3, False, False)
    assert 0 < outcome.seconds < 60
    assert lines == ["one", "zwölf", "\ufffd part"]
    assert (tmp_path / "log").read_bytes() == "one\nzwölf\n".encode() + b"\xff part"


def test_stdin_is_empty_and_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    log = tmp_path / "log"
    argv = [sys.executable, "-c", "import sys; print(sys.stdin.read(), sys.argv)", "$HOME; ls *"]
    run(argv, cwd=tmp_path, env=environment({}), log=log, timeout=60)
    assert log.read_text() == " ['-c', '$HOME; ls *']\n"


def test_a_process_ended_by_a_signal_says_so_as_shells_do(start: Callable[..., Outcome]) -> None:
    assert start("import os; os.kill(os.getpid(), 9)").exit_code == 128 + signal.SIGKILL


def test_a_long_log_and_a_long_line_are_cut_and_the_log_says_so(
    tmp_path: Path, start: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_LOG", 100_000)
    lines: list[str] = []
    assert start("print('x' * 300_000); print('end')", on_line=lines.append).exit_code == 0
    assert [len(line) for line in lines] == [process.MAX_LINE, 3]
    log = (tmp_path / "log").read_bytes()
    assert log.startswith(b"x" * 100_000 + b"\n[the log was cut here")
    assert len(log) < 100_200


def test_out_of_time_ends_the_whole_session_also_what_ignores_sigterm(
    tmp_path: Path, start: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    outcome = start(
        SLEEPERS + "tell(sleeper(), sleeper(process_group=0)); time.sleep(600)", timeout=1.5
    )
    assert outcome.timed_out
    assert outcome.exit_code == 128 + signal.SIGTERM
    assert outcome.seconds < 20
    pids = await_pids(tmp_path)
    assert len(pids) == 3
    assert all_gone(pids)


def test_what_a_process_leaves_behind_ends_with_it_but_for_what_left_its_session(
    tmp_path: Path, start: Callable[..., Outcome]
) -> None:
    outcome = start(
        SLEEPERS + "tell(sleeper(), sleeper(process_group=0), sleeper(start_new_session=True))"
    )
    _, child, grouped, service = await_pids(tmp_path)
    try:
        assert outcome.exit_code == 0
        assert outcome.seconds < 30  # the service holds the pipe open, and is not waited for
        assert all_gone([child, grouped])
        assert alive(service)
    finally:
        os.kill(service, signal.SIGKILL)


def test_a_stop_flag_interrupts_and_lets_the_process_say_goodbye(
    tmp_path: Path, start: Callable[..., Outcome]
) -> None:
    stop = threading.Event()
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye') or 7))\n"
        "print('up', flush=True); time.sleep(600)"
    )
    outcome = start(script, stop=stop, on_line=lambda _line: stop.set())
    assert (outcome.exit_code, outcome.interrupted, outcome.timed_out) == (7, True, False)
    assert (tmp_path / "log").read_text() == "up\nbye\n"


def test_ctrl_c_ends_the_session_and_goes_on(
    tmp_path: Path, start: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.3)
    script = SLEEPERS + "tell(sleeper()); print('up', flush=True); time.sleep(600)"
    # whoever starts the tests in the background has them ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            start(script, on_line=lambda _line: signal.raise_signal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)
    assert all_gone(await_pids(tmp_path))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("listener")])
def test_whatever_goes_wrong_here_nothing_is_left_running(
    tmp_path: Path, start: Callable[..., Outcome], error: Exception
) -> None:
    def fail(_line: str) -> None:
        raise error

    script = SLEEPERS + "tell(sleeper()); print('up', flush=True); time.sleep(600)"
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - numbers, not paths
    expected = EnvironmentFailedError if isinstance(error, OSError) else ValueError
    with pytest.raises(expected):
        start(script, on_line=fail)
    assert all_gone(await_pids(tmp_path))
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208 - as above


def test_a_program_that_is_not_there_is_the_machine_s_failure(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailedError, match="no-such-program cannot be started"):
        run(["no-such-program"], cwd=tmp_path, env={}, log=tmp_path / "log", timeout=1)
    with pytest.raises(EnvironmentFailedError):
        run(["true"], cwd=tmp_path, env={}, log=tmp_path / "absent" / "log", timeout=1)


PARENT = """
import os, subprocess, sys, time
from pathlib import Path
from pipeline.edges.process import environment, run
child = '''CHILD'''
BEFORE
run([sys.executable, "-c", child], cwd=Path.cwd(), env=environment({"PYTHONPATH": sys.argv[1]}),
    log=Path("log"), timeout=600)
"""
CHILD = """
from pipeline.edges.process import watch_lifeline
watch_lifeline()
assert "RELEASE_LADDER_LIFELINE" not in os.environ
tell(sleeper(), sleeper(process_group=0))
"""


@pytest.mark.parametrize(
    "busy", ["time.sleep(600)", "signal.pthread_sigmask(0, range(1, 32))\nwhile True: pass"]
)
def test_a_killed_parent_leaves_no_children_nor_grandchildren(tmp_path: Path, busy: str) -> None:
    child = (SLEEPERS + CHILD + busy).replace("\\", "\\\\")
    script = PARENT.replace("CHILD", child).replace("BEFORE", "")
    parent = subprocess.Popen(
        [sys.executable, "-c", script, ROOT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    pids = await_pids(tmp_path)
    assert len(pids) == 3
    time.sleep(0.2)
    assert all(alive(pid) for pid in pids)
    parent.kill()
    parent.wait()
    assert all_gone(pids)


def test_parent_death_is_noticed_though_another_holds_the_lifeline(tmp_path: Path) -> None:
    child = (SLEEPERS + CHILD + "time.sleep(600)").replace("\\", "\\\\")
    hold = """
import threading
def fork():
    while not Path("pids").exists():
        time.sleep(0.01)
    if os.fork() == 0:
        Path("fork").write_text(str(os.getpid()))
        time.sleep(600)
threading.Thread(target=fork, daemon=True).start()
"""
    script = PARENT.replace("CHILD", child).replace("BEFORE", hold)
    parent = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, ROOT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    pids = await_pids(tmp_path)
    deadline = time.monotonic() + 30
    while not (tmp_path / "fork").exists() or not (tmp_path / "fork").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    holder = int((tmp_path / "fork").read_text())
    try:
        parent.kill()
        parent.wait()
        assert all_gone(pids)
        assert alive(holder)
    finally:
        os.kill(holder, signal.SIGKILL)


def test_a_process_that_nobody_started_as_a_step_watches_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = threading.active_count()
    for value in ("", "nonsense", "0", f"0,{os.getsid(0)}"):
        monkeypatch.setenv(process.LIFELINE, value)
        process.watch_lifeline()
    assert threading.active_count() == before


def test_the_environment_hands_on_what_is_listed_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    kept = {"PATH": "/bin", "https_proxy": "p", "NO_PROXY": "n", "UV_INDEX_URL": "i", "HOME": "/h"}
    dropped = [
        *("SSH_AUTH_SOCK", "GITHUB_TOKEN", "UV_PUBLISH_TOKEN", "PIP_SECRET", "GNUPGHOME"),
        *("ACTIONS_ID_TOKEN_REQUEST_URL", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "LD_PRELOAD"),
        *("RELEASE_LADDER_STEP", process.LIFELINE, "PYTHONSTARTUP", "VIRTUAL_ENV", "TZ_"),
    ]
    for name in [*kept, *dropped]:
        monkeypatch.setenv(name, kept.get(name, "secret"))
    fixed = {"TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    assert environment({"TMPDIR": "scratch"}) == {**kept, **fixed, "TMPDIR": "scratch"}
