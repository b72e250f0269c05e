"""Check: the whole configuration, and that every step names a task that is there.

Every problem is found at once and comes as `file:line:col: path: message`. Flows do not know tasks,
so whoever calls hands in what tells whether a task is known.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.core.config import Configuration
from pipeline.core.ladder import StepSpec
from pipeline.core.schema import schemas
from pipeline.edges.configuration import read_all
from pipeline.edges.document import Document, Fault
from pipeline.edges.files import disk_errors, make_folder, write_atomically

KnownTask = Callable[[str, dict[str, Any]], list[str]]
"""Takes a task's name and arguments; returns what is wrong with calling it so, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `check` found: every problem, or else the configuration with its digests."""

    problems: tuple[str, ...]
    configuration: Configuration | None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return the report as one JSON document."""
        digests = self.configuration.digests if self.configuration and self.ok else {}
        return {
            "ok": self.ok,
            "problems": list(self.problems),
            "digests": {name: str(digest) for name, digest in digests.items()},
        }


def check(root: Path, known_task: KnownTask | None = None) -> Report:
    """Read and check the configuration of the project at `root`; raises nothing for its faults.

    Without `known_task` the steps' tasks are not looked at. Tasks are looked at in every ladder
    that is well-formed, also when another file is not.
    """
    loaded = read_all(root)
    faults = list(loaded.faults)
    if known_task is not None:
        for document in loaded.documents.values():
            faults += _task_faults(document, known_task)
    problems = tuple(str(fault) for fault in sorted(set(faults)))
    return Report(problems=problems, configuration=loaded.configuration)


def _task_faults(document: Document, known_task: KnownTask) -> Iterator[Fault]:
    """Yield what is wrong with the steps of a document; one that is no ladder has none."""
    value = document.value
    for stage_at, stage in enumerate(_mappings(value, "stages")):
        for step_at, raw in enumerate(_mappings(stage, "steps")):
            step = _step(raw)
            if step is None:
                continue
            path = ("stages", stage_at, "steps", step_at)
            for argument, words in _complaints(step, known_task):
                place = (*path, "with", argument) if argument else (*path, "task")
                if not document.is_broken(place):
                    yield document.fault(place, words, at_key=argument is not None)


def _mappings(value: object, key: str) -> list[Any]:
    items = value.get(key) if isinstance(value, Mapping) else None
    return items if isinstance(items, list) else []


def _step(raw: object) -> StepSpec | None:
    """Return the step when it is well-formed; one that is not has its faults told already."""
    try:
        return StepSpec.from_json(raw)
    except ValueError:
        return None


def _complaints(step: StepSpec, known_task: KnownTask) -> Iterator[tuple[str | None, str]]:
    """Yield each complaint with the argument that it is about: without that one it is gone."""
    for words in known_task(step.task, dict(step.with_)):
        guilty = None
        for name in step.with_:
            others = {key: value for key, value in step.with_.items() if key != name}
            if words not in known_task(step.task, others):
                guilty = name
        yield guilty, words


def write_schemas(directory: Path) -> list[Path]:
    """Write the JSON Schemas for editors into a folder; returns the files, sorted by name.

    Raises `EnvironmentFailedError` when the disk refuses.
    """
    with disk_errors(directory):
        make_folder(directory)
        written = []
        for name, schema in sorted(schemas().items()):
            data = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
            write_atomically(directory / name, data.encode())
            written.append(directory / name)
    return written
