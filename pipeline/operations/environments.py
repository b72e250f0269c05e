"""Clean environments for artifacts: what the snapshot lists, the wheel, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.edges import command, uv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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


def make(
    folder: Path, *, wheel: Path, requirements: Sequence[Path], unhashed: Sequence[str] = ()
) -> Environment:
    """Make an environment in `folder`: the hashed requirements, then the wheel, both as given.

    `unhashed` are requirements that no lock pins, resolved from the index. Every file of
    `requirements` must be hashed. A failure is a `StepFailedError`, an index out of reach an
    `UnreachableError`.
    """
    folder.mkdir(parents=True)
    environment = Environment(folder=folder / "env", cwd=folder / "cwd")
    environment.cwd.mkdir()
    uv.demand(
        ["venv", "--quiet", "--no-project", str(environment.folder)],
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
