"""Work shared among threads: everything once, the first error is the caller's."""

from __future__ import annotations

import threading
import time

import pytest

from pipeline.edges.threads import each


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("number", [0, 1, 100])
def test_every_item_is_worked_on_once(threads: int, number: int) -> None:
    seen: list[int] = []
    each(seen.append, range(number), threads)
    assert sorted(seen) == list(range(number))


def test_items_are_worked_on_at_the_same_time() -> None:
    met = threading.Barrier(2, timeout=20)
    each(lambda _: met.wait(), range(2), 2)


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_ends_it_and_is_raised_when_nothing_is_under_way(
    error: type[BaseException],
) -> None:
    under_way = 0
    begun = 0

    def work(item: int) -> None:
        nonlocal under_way, begun
        under_way, begun = under_way + 1, begun + 1
        try:
            if item == 1:
                raise error
            time.sleep(0.05)
        finally:
            under_way -= 1

    with pytest.raises(error):
        each(work, range(100), 2)
    assert under_way == 0
    assert begun < 10
