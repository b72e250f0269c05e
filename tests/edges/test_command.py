"""Programs are run to their end, in bounded time, and see what they are handed alone."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from pipeline.edges import command, uv


def python(folder: Path, code: str, *, timeout: float = 30, umask: int = 0o022) -> command.Done:
    return command.run(
        [sys.executable, "-I", "-c", code],
        cwd=folder,
        env={"ONLY": "this"},
        timeout=timeout,
        umask=umask,
    )


def test_a_program_ends_with_its_code_and_what_it_wrote(tmp_path: Path) -> None:
    done = python(tmp_path, "import sys; print('out'); sys.exit('why')")
    assert (done.code, done.stdout, done.said) == (1, "out\n", "why")


def test_a_program_sees_its_own_environment_umask_and_an_empty_stdin(tmp_path: Path) -> None:
    code = "import os, sys; open('f', 'w'); print('PATH' in os.environ, repr(sys.stdin.read()))"
    assert python(tmp_path, code, umask=0o077).stdout == "False ''\n"
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_a_program_out_of_time_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    done = python(tmp_path, code, timeout=2)
    assert done.code == command.TIMED_OUT
    assert "stopped after 2 s" in done.said
    assert is_gone(int(done.stdout))


def is_gone(pid: int) -> bool:
    """Tell whether a process ended; an orphan that nobody has waited for counts as ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        command.run([str(tmp_path / "no")], cwd=tmp_path, env={}, timeout=1)


def test_uv_gets_index_and_cache_and_no_secret_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("RELEASE_LADDER_STEP", "x")
    monkeypatch.setenv("PYTHONPATH", "x")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_CONFIG_FILE", raising=False)
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    env = uv.environment(tmp_path)
    assert not {"AWS_SECRET_ACCESS_KEY", "RELEASE_LADDER_STEP", "PYTHONPATH"} & env.keys()
    assert env["HOME"] == str(tmp_path)
    assert env["UV_CACHE_DIR"] == str(tmp_path / "cache" / "uv")
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert (env["UV_PYTHON_DOWNLOADS"], env["UV_NO_CONFIG"]) == ("never", "1")
    assert env["UV_LINK_MODE"] == "copy"


def test_a_named_uv_configuration_is_kept_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CONFIG_FILE", "/etc/uv.toml")
    env = uv.environment()
    assert env["UV_CONFIG_FILE"] == "/etc/uv.toml"
    assert "UV_NO_CONFIG" not in env


def test_the_interpreter_is_the_one_that_environments_are_made_from() -> None:
    found = Path(uv.base_python())
    assert found.is_absolute()
    assert os.access(found, os.X_OK)
    assert not (found.parent.parent / "pyvenv.cfg").exists()
