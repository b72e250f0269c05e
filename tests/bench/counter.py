"""The process that is measured: `python -m tests.bench.counter ROOT [fresh]` counts what is there.

Prints how many releases it counted, and how many signatures it verified and remembered.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pipeline.operations.adopted import adopted
from pipeline.operations.workspace import Workspace


def main() -> None:
    """Count the adopted releases of a project; anything that is found is an error here."""
    counts = adopted(Workspace.open(Path(sys.argv[1])), fresh="fresh" in sys.argv[2:])
    if counts.findings:
        raise RuntimeError(counts.findings[:3])
    print(json.dumps([counts.releases, counts.verified, counts.remembered]))


if __name__ == "__main__":
    main()
