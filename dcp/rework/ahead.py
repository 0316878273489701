"""Reading ahead on another thread, some items at a time, so that two files are read and decrypted at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def read_ahead(items: Iterator[Item], pool: ThreadPoolExecutor, *, size: int) -> Iterator[Item]:
    """The items in their order, `size` of them under way on a thread of `pool`; an error stands where its
    item would. At most twice as many are held."""
    job = pool.submit(lambda: list(islice(items, size)))
    while batch := job.result():
        job = pool.submit(lambda: list(islice(items, size)))
        yield from batch
