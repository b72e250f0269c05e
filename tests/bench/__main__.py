"""`python -m tests.bench`: measure, print the table (`--json`: one document), say what is absent.

Exit code 0 when everything was measured, 1 when a peer that the dependency group `bench` declares
is absent. An aim that is not met is said in its row and ends with 1 only under `--strict`: other
work on the machine moves figures, and ratios less.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import adopted, hashing, listing, machine, stages, verifying
from tests.bench.copy import Copy
from tests.bench.measure import Row


def main() -> int:
    """Measure what is asked for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--strict", action="store_true", help="an aim that is not met is exit 1")
    parser.add_argument(
        "--only", choices=("stages", "list", "hashing", "adopted"), help="a part of it"
    )
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        facts = machine.facts(folder)
        rows = []
        for row in measured(folder, asked.only):
            rows.append(row)
            _tell(f"{time.monotonic() - begun:5.0f} s  {row.name}: {row.peer_name}")
    missing = [peer for peer in machine.DECLARED if facts["peers"][peer] is None]
    if asked.json:
        print(json.dumps({"machine": facts, "rows": [row.to_dict() for row in rows]}, indent=2))
    else:
        print("\n".join(table(facts, rows)))
    for peer in missing:
        _tell(f"{peer} is absent, and the dependency group `bench` declares it: nothing compared")
    unmet = asked.strict and any(row.met is False for row in rows)
    return 1 if missing or unmet else 0


def measured(folder: Path, only: str | None) -> Iterator[Row]:
    """Yield the rows as they are measured."""
    copy = Copy(folder / "copy")
    climbing = stages.Stages(folder, copy)
    parts: dict[str, tuple[Callable[[], Iterator[Row]], ...]] = {
        "list": (lambda: listing.rows(folder, copy),),
        "stages": (lambda: stages.rows(climbing), lambda: verifying.rows(climbing)),
        "hashing": (lambda: hashing.rows(folder),),
        "adopted": (lambda: adopted.rows(folder, copy),),
    }
    for name, bodies in parts.items():
        for body in bodies:
            if only in {None, name}:
                yield from body()


def table(facts: dict[str, Any], rows: list[Row]) -> list[str]:
    """Return the machine's facts and the table as lines; figures are median (best)."""
    cores, load = f"{facts['cores']} cores", f"load {facts['load'][0]}"
    lines = [
        f"{facts['machine']}, {facts['processor']}, {cores}, {load}",
        f"Python {facts['python']}, files on {facts['file_system']}; median (best) of repetitions",
        *(f"{peer}: {version or 'ABSENT'}" for peer, version in facts["peers"].items()),
        "",
    ]
    head = ("what", "ours", "peer", "", "ratio", "aim", "met")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines += [
        "  ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    notes = dict.fromkeys(f"{row.name}: {row.note}" for row in rows if row.note)
    return [*lines, "", *notes]


def _cells(row: Row) -> tuple[str, ...]:
    least = row.unit.value == "ms"
    aim = "" if row.aim is None else f"{'<=' if least else '>='} {row.aim:.2f}"
    met = {True: "yes", False: "no", None: "-"}[row.met]
    ours = f"{_figure(row.ours.median)} ({_figure(row.best(row.ours))}) {row.unit.value}"
    if row.peer is None:
        return (row.name, ours, row.peer_name, "ABSENT", "-", aim, met)
    peer = f"{_figure(row.peer.median)} ({_figure(row.best(row.peer))})"
    return (row.name, ours, row.peer_name, peer, f"{row.ratio:.2f}", aim, met)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
