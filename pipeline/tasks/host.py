"""The process that runs one step: loads the project's tasks, calls the one that `step.json` names.

It lives in a session of its own and dies with the promote that started it. Exit codes are those of
every task: 0, 12 for a step that failed, 15 for something outside that cannot be reached.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.config import Config
from invoke.exceptions import Exit, UnexpectedExit
from invoke.executor import Executor
from invoke.loader import FilesystemLoader

from pipeline.edges.process import watch_lifeline
from pipeline.errors import WrongUsageError
from pipeline.operations.step_io import STEP_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.parser.argument import Argument


KINDS: dict[type, str] = {bool: "true or false", int: "a whole number", str: "text"}
"""The kinds of values that a ladder's `with` may give, in words."""


def collection(root: Path) -> Collection:
    """Return the project's collection: its tasks.py, or ours where it has none."""
    if not (root / "tasks.py").is_file():
        # by name: the package `pipeline.tasks` imports the tasks that import this file
        shipped: Collection = importlib.import_module("pipeline.tasks").ns
        return shipped
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    module, _ = FilesystemLoader(start=str(root)).load("tasks")
    for name in ("ns", "namespace"):
        found = getattr(module, name, None)
        if isinstance(found, Collection):
            return found
    return Collection.from_module(module)


def known_task(tasks: Collection) -> Callable[[str, dict[str, Any]], list[str]]:
    """Return the question that `check` asks: what is wrong with calling a task with arguments."""

    def problems(name: str, arguments: dict[str, Any]) -> list[str]:
        if name not in tasks.task_names and not any(
            name in aliases for aliases in tasks.task_names.values()
        ):
            near = get_close_matches(name, tasks.task_names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            return [f"there is no task {name!r} in this project's collection{hint}"]
        accepted = {arg.name.replace("-", "_"): arg for arg in tasks[name].get_arguments()}
        return [
            words
            for given, value in arguments.items()
            if (words := _amiss(name, given, value, accepted))
        ]

    return problems


def _amiss(task: str, given: str, value: object, accepted: dict[str, Argument]) -> str:
    """Return what is wrong with one argument of a step; nothing for one that fits its default."""
    if given not in accepted:
        return f"the task {task} has no argument {given!r}; it has: {', '.join(accepted) or 'none'}"
    default = accepted[given].default
    if isinstance(default, (tuple, list)) and not isinstance(value, (tuple, list)):
        return f"the argument {given!r} of the task {task} is a list of texts"
    for kind, name in KINDS.items():
        if type(default) is kind and type(value) is not kind:
            return f"the argument {given!r} of the task {task} is {name}, as {default!r} is"
    return ""


def main() -> None:
    """Run the step that RELEASE_LADDER_STEP names."""
    watch_lifeline()
    path = os.environ.get(STEP_VARIABLE, "")
    if not path:
        what = "this program runs one step of a ladder"
        error = WrongUsageError(what, where=STEP_VARIABLE, todo="call `invoke promote`")
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    document = json.loads(Path(path).read_bytes())
    tasks = collection(Path(document["repository"]))
    executor = Executor(tasks, config=Config())
    try:
        executor.execute((document["task"], document["arguments"]))
    except Exit as error:
        sys.exit(error.code)
    except UnexpectedExit as error:
        result = error.result
        said = f"`{result.command}` ended with exit code {result.exited}"
        sys.stderr.write(f"{error}\nerror: {said}\n")
        sys.exit(error.result.exited or 1)


class HostRunner:
    """Starts steps as processes of this module. See `operations.climb.StepRunner`."""

    def __init__(self, root: Path) -> None:
        """Take the project's root: the project's own tasks import its code from there."""
        self._root = root

    def command(self) -> list[str]:
        """Return the argument vector."""
        return [sys.executable, "-P", "-m", "pipeline.tasks.host"]

    def environment(self) -> dict[str, str]:
        """Return where this very pipeline and its byte code are read from.

        Nothing else, but that a log gets its lines in the order in which they are printed.
        """
        spec = importlib.util.find_spec("pipeline")
        home = Path(spec.origin or "").parent.parent if spec else self._root
        env = {"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        if sys.pycache_prefix:
            env["PYTHONPYCACHEPREFIX"] = str(Path(sys.pycache_prefix).absolute())
        return env


if __name__ == "__main__":
    main()
