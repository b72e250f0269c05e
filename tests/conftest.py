"""What every test shares: property tests run the same way each time."""

from __future__ import annotations

import compileall
from pathlib import Path

from hypothesis import settings

# A climb holds when byte code of the pipeline is written meanwhile: none is left to be written.
compileall.compile_dir(Path(__file__).parents[1] / "pipeline", quiet=2)

settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")
