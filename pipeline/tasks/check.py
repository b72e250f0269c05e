"""`check`: all configuration, every problem at once; and the JSON Schemas for editors."""

from __future__ import annotations

from pathlib import Path

from invoke.context import Context

from pipeline.tasks.common import command, root, terminal


@command
def check(_: Context, schema: str | None = None, json: bool = False) -> None:
    """Validate all configuration; --schema DIR writes the JSON Schemas for editors."""
    from pipeline.errors import InvalidConfigurationError
    from pipeline.flows import check as flow
    from pipeline.tasks.host import collection, known_task

    screen = terminal(json=json)
    if schema:
        for path in flow.write_schemas(Path(schema)):
            screen.say(str(path))
        return
    project = root()
    report = flow.check(project, known_task(collection(project)))
    if json:
        screen.json(report.to_dict())
    if not report.ok:
        raise InvalidConfigurationError(report.problems)
    screen.say("config/ is valid")


TASKS = (check,)
