"""Blocks over threads: each counter counts one block at a time, the next block is prepared meanwhile."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Generic, Protocol, TypeVar

from nlp_toolkit.counting.blocks import Block, TokenBlock
from nlp_toolkit.counting.counters import Rows

_SHORT = 10_000


class BlockCounter(Protocol):
    """Counts blocks, one at a time."""

    def count(self, block: Block | TokenBlock) -> Rows: ...


Result = TypeVar("Result")
AnyCounter = TypeVar("AnyCounter", bound=BlockCounter)


@dataclass
class Counted(Generic[AnyCounter]):
    """All blocks' rows in order, which counter counted each, the counters, and the number of texts."""

    counters: list[AnyCounter] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    n_texts: int = 0


def count_blocks(
    blocks: Iterable[Block] | Iterable[TokenBlock],
    new_counter: Callable[[], AnyCounter],
    n_jobs: int,
    *,
    keep_rows: bool,
) -> Counted[AnyCounter]:
    """Count `blocks` on up to `n_jobs` threads; no more blocks are held than threads, and one.

    Without `keep_rows` the rows are dropped at once; what is wanted of them, the counters know.
    """
    rest: Iterator[Block | TokenBlock] = iter(blocks)
    head = list(islice(rest, 2))
    if n_jobs == 1 or len(head) < 2:
        return _count_here(chain(head, rest), new_counter, keep_rows)
    counted: Counted[AnyCounter] = Counted()
    results: dict[int, tuple[int, Rows | None]] = {}
    running: dict[Future[Rows | None], tuple[int, int]] = {}
    idle: list[int] = []
    with ThreadPoolExecutor(n_jobs) as pool:
        for number, block in enumerate(chain(head, rest)):
            counted.n_texts += block.ends.size
            if not idle and len(counted.counters) < n_jobs:
                idle.append(len(counted.counters))
                counted.counters.append(new_counter())
            if not idle:
                idle += _collect(running, results)
            owner = idle.pop()
            running[pool.submit(_count, counted.counters[owner], block, keep_rows)] = number, owner
        while running:
            _collect(running, results)
    for number in sorted(results):
        owner, rows = results[number]
        if rows is not None:
            counted.owners.append(owner)
            counted.rows.append(rows)
    return counted


def _count_here(
    blocks: Iterable[Block | TokenBlock], new_counter: Callable[[], AnyCounter], keep_rows: bool
) -> Counted[AnyCounter]:
    counted: Counted[AnyCounter] = Counted()
    for block in blocks:
        if not counted.counters:
            counted.counters.append(new_counter())
        counted.n_texts += block.ends.size
        rows = _count(counted.counters[0], block, keep_rows)
        if rows is not None:
            counted.owners.append(0)
            counted.rows.append(rows)
    return counted


def _count(counter: BlockCounter, block: Block | TokenBlock, keep_rows: bool) -> Rows | None:
    rows = counter.count(block)
    return rows if keep_rows else None


def _collect(
    running: dict[Future[Rows | None], tuple[int, int]], results: dict[int, tuple[int, Rows | None]]
) -> list[int]:
    """Wait for at least one block; returns the counters that are free again."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    free = []
    for future in done:
        number, owner = running.pop(future)
        results[number] = owner, future.result()
        free.append(owner)
    return free


def in_threads(work: Callable[[int], Result], n: int, n_jobs: int) -> list[Result]:
    """work(0), ..., work(n - 1) on up to `n_jobs` threads; on one, here and now."""
    if n_jobs == 1:
        return [work(k) for k in range(n)]
    with ThreadPoolExecutor(n_jobs) as pool:
        return list(pool.map(work, range(n)))


def in_parts(work: Callable[[int, int], None], n: int, n_jobs: int) -> None:
    """Call work(start, stop) for `n_jobs` parts of 0..n-1 side by side; short work stays in one part."""
    parts = n_jobs if n >= _SHORT else 1
    in_threads(lambda part: work(n * part // parts, n * (part + 1) // parts), parts, parts)
