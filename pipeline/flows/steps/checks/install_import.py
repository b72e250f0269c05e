"""`install_import`: the wheel installs into a clean environment and imports there.

1. Every top-level package and module of the wheel imports, in isolated mode, away from the source.
2. It comes from the environment, nowhere else.
3. The installed distributions need nothing that is missing or has another version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.edges import archives, uv
from pipeline.flows.steps.checks.subject import judged, not_run

if TYPE_CHECKING:
    from pipeline.flows.steps.checks.subject import Outcome, Subject

_IMPORT = """
import importlib, sys
module = importlib.import_module(sys.argv[1])
places = [module.__file__] if getattr(module, "__file__", None) else list(module.__path__)
sys.exit(0 if all(p.startswith(sys.prefix) for p in places) else f"imported from {places}")
"""


def check(subject: Subject) -> Outcome:
    """Import what the wheel holds, and check what it needs."""
    names = top_level([member.name for member in archives.members(subject.wheel)])
    if not names:
        return not_run("the wheel holds no module to import")
    faults = []
    for name in names:
        done = subject.environment.run("-c", _IMPORT, name)
        if done.code != 0:
            faults.append(f"import {name}: {done.said}")
    done = uv.call(
        ["pip", "check", "--quiet", "--python", str(subject.environment.python)],
        cwd=subject.environment.cwd,
    )
    if done.code != 0:
        faults.append(f"the installed distributions do not fit together: {done.said}")
    return judged(faults, f"imported {', '.join(names)} with {len(subject.installed)} installed")


def top_level(members: list[str]) -> list[str]:
    """Return the importable names at the top of a wheel, sorted."""
    found = set()
    for path in members:
        first, _, rest = path.partition("/")
        if first.endswith((".dist-info", ".data")):
            continue
        module = first.partition(".")[0] if not rest else first
        if path.endswith((".py", ".so", ".pyd")) and module.isidentifier():
            found.add(module)
    return sorted(found - {"__init__"})
