"""One piece of work for each of many items, shared among threads that live just as long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def each(work: Callable[[Item], object], items: Iterable[Item], threads: int) -> None:
    """Call `work` with every item, by this thread and up to `threads - 1` others.

    The first error, Ctrl-C included, ends it: no further item is begun, what is under way is waited
    for, and the error is raised here. For work that lets go of the interpreter lock (hashing,
    `fsync`); the order of the items is not kept.
    """
    wanted = list(items)
    queue = iter(wanted)  # list iterators hand out each item once, under the interpreter lock
    errors: list[BaseException] = []

    def run() -> None:
        try:
            for item in queue:
                if errors:
                    return
                work(item)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            errors.append(error)

    extra = min(threads, len(wanted)) - 1
    others = [threading.Thread(target=run, daemon=True) for _ in range(extra)]
    for other in others:
        other.start()
    run()
    for other in others:
        other.join()
    if errors:
        raise errors[0]
