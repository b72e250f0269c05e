"""What every task shares: find the project, speak, and turn errors into three lines and a code."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from invoke.exceptions import Exit
from invoke.tasks import Task, task

from pipeline.core.showable import unshowable
from pipeline.errors import InterruptedByUserError, LadderError, WrongUsageError
from pipeline.tasks.options import HELP, PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.edges.terminal import Terminal

PROJECT_FILE = Path("config") / "pipeline.yaml"
STEP_VARIABLE = "RELEASE_LADDER_STEP"
"""Set in the process of a step, whose traceback goes into its log."""
CRASH_FILE = Path(".release-ladder") / "last-error.txt"


def root_or_none() -> Path | None:
    """Return the nearest folder upwards that has config/pipeline.yaml; `None` without one."""
    here = Path.cwd()
    found = (folder for folder in (here, *here.parents) if (folder / PROJECT_FILE).is_file())
    return next(found, None)


def root() -> Path:
    """Return the project's root; to be in no project is wrong usage."""
    found = root_or_none()
    if found is None:
        raise WrongUsageError(
            "this is no Release Ladder project",
            where=str(Path.cwd()),
            todo=f"go to a folder with {PROJECT_FILE.as_posix()} in it or above it",
        )
    return found


def needs(option: str, value: str | None) -> str:
    """Return an option's value; without one the call is wrong usage."""
    if not value:
        what = f"{option} is needed"
        raise WrongUsageError(what, where="the command line", todo=f"give {option}; see --help")
    return value


def refuse_with(option: str, others: dict[str, str | None]) -> None:
    """Refuse options that do not go with `option`: what would be ignored is wrong usage."""
    names = [f"--{name.replace('_', '-')}" for name, value in others.items() if value is not None]
    if names:
        raise WrongUsageError(
            f"{option} does not go with {', '.join(names)}",
            where="the command line",
            todo="give the one or the other; see --help",
        )


def _refuse_odd(named: dict[str, object]) -> None:
    """Refuse an option that was given empty, and text that cannot be shown safely.

    An empty word is never the same as none: `--evidence "$DIR"` with DIR unset means a folder. A
    path may have any bytes: it is opened, and recorded nowhere.
    """
    for name, value in named.items():
        option = f"--{name.strip('_').replace('_', '-')}"
        if value == "":
            needs(option, "")
        if isinstance(value, str) and name not in PATHS and (odd := unshowable(value)):
            raise WrongUsageError(
                f"{option} contains the character {odd}, which cannot be shown safely",
                where="the command line",
                todo="write it in characters that everybody sees as they are",
            )


def terminal(*, json: bool = False) -> Terminal:
    """Return the terminal; with `json` stdout takes one JSON document and nothing else."""
    from pipeline.edges.terminal import Terminal

    return Terminal.for_streams(sys.stdout, sys.stderr, json=json)


def command(body: Callable[..., int | None]) -> Task[Any]:
    """Make an Invoke task of a body that returns its exit code (`None` is 0).

    An expected error is three lines on stderr and its exit code; an unexpected one is 1, with the
    traceback in a file; Ctrl-C and SIGTERM are 130. Options are long only: a letter that Invoke
    chooses would mean one thing here and another there.
    """

    @functools.wraps(body)
    def run(*arguments: object, **named: object) -> None:
        try:
            with _sigterm_as_ctrl_c():
                _refuse_odd(named)
                code = body(*arguments, **named) or 0
        except LadderError as error:
            code = _say(error)
        except KeyboardInterrupt:
            what, todo = "interrupted", "call it again to go on"
            code = _say(InterruptedByUserError(what, where=body.__name__, todo=todo))
        except Exit:
            raise
        except Exception as error:  # noqa: BLE001 - the one place where the unexpected ends
            code = _say(_unexpected(error))
        if code:
            raise Exit(code=code)

    texts = {name: HELP[name] for name in inspect.signature(body).parameters if name in HELP}
    return cast("Task[Any]", task(auto_shortflags=False, help=texts)(run))


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, with which machines end what people end with Ctrl-C, do the same."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(error: LadderError) -> int:
    terminal().error(error)
    return error.exit_code


def _unexpected(error: Exception) -> LadderError:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    todo = "this is a bug: please report it with the command that you called"
    what = f"unexpected: {type(error).__name__}: {error}"
    text = "".join(traceback.format_exception(error))
    if STEP_VARIABLE in os.environ:
        sys.stderr.write(text)
        return LadderError(what, where=where, todo=todo)
    try:
        CRASH_FILE.parent.mkdir(exist_ok=True)
        CRASH_FILE.write_text(text, "utf-8")
        todo += f"; the traceback is in {CRASH_FILE.as_posix()}"
    except OSError:
        sys.stderr.write(text)
    return LadderError(what, where=where, todo=todo)
