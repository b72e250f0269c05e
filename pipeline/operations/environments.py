"""Clean environments for artifacts: what the snapshot lists, the wheel, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.canonical import MalformedError, load_json
from pipeline.core.interpreter import Interpreter
from pipeline.edges import command, uv
from pipeline.errors import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_WHAT = """
import json, platform, sys
version = ".".join(str(part) for part in sys.version_info[:3])
libc = " ".join(platform.libc_ver()).strip() or None
print(json.dumps({
    "python": {"implementation": sys.implementation.name, "version": version},
    "platform": {"sys_platform": sys.platform, "machine": platform.machine(), "libc": libc},
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment and an empty folder beside it to run programs in."""

    folder: Path
    cwd: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run(self, *arguments: str, timeout: float = 300, cwd: Path | None = None) -> command.Done:
        """Run its interpreter isolated: no PYTHON* variables, no user site, no cwd on its path."""
        env = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.cwd),
            "TMPDIR": str(self.cwd),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        return command.run(
            [str(self.python), "-I", "-B", *arguments],
            cwd=cwd or self.cwd,
            env=env,
            timeout=timeout,
        )

    def interpreter(self) -> Interpreter:
        """Ask the interpreter what it is, without any file of the environment (`-S`).

        `StepFailedError` when it does not say.
        """
        done = self.run("-S", "-c", _WHAT)
        try:
            told = load_json(done.stdout.encode()) if done.code == 0 else None
            found = Interpreter.from_json(told)
            return Interpreter.of(found.descriptors())
        except MalformedError as error:
            raise StepFailedError(
                f"an interpreter does not say what it is: {done.said}; {error}",
                where=str(self.python),
                todo="see whether it runs by itself; repair its installation",
            ) from error


def make(
    folder: Path,
    *,
    wheel: Path,
    requirements: Sequence[Path],
    unhashed: Sequence[str] = (),
    python: str | None = None,
) -> Environment:
    """Make an environment in `folder`: the hashed requirements, then the wheel, both as given.

    `python` is the interpreter that it is made from; default: this process's. `unhashed` are
    requirements that no lock pins, resolved from the index. Every file of `requirements` must be
    hashed. A failure is a `StepFailedError`, an index out of reach an `UnreachableError`.
    """
    folder.mkdir(parents=True)
    environment = Environment(folder=folder / "env", cwd=folder / "cwd")
    environment.cwd.mkdir()
    which = [f"--python={python}"] if python else []
    uv.demand(
        ["venv", "--quiet", "--no-project", *which, str(environment.folder)],
        cwd=environment.cwd,
        what="making an environment",
    )
    install = ["pip", "install", "--quiet", "--python", str(environment.python)]
    listed = [f"--requirement={path}" for path in requirements if path.read_text().strip()]
    if listed:
        uv.demand(
            [*install, "--require-hashes", *listed],
            cwd=environment.cwd,
            what="installing the locked dependencies",
        )
    if unhashed:
        uv.demand([*install, *unhashed], cwd=environment.cwd, what="installing from the index")
    how = ["--no-deps", "--no-index"] if requirements else []
    uv.demand([*install, *how, str(wheel)], cwd=environment.cwd, what="installing the wheel")
    return environment
