"""Work that ends in order when it is told to stop: what it has done so far is reported."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dcp.system import stopping_signals


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C and its like, for work that looks at it. The second time the command ends as any other;
    a signal that the process was started to ignore stays so."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield told
        return

    def tell(number: int, frame: FrameType | None) -> None:
        handler = before[signal.Signals(number)]
        if told.is_set() and callable(handler):
            handler(number, frame)
        told.set()

    numbers = {signal.SIGINT, *stopping_signals()}
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: handler for number, handler in before.items() if callable(handler)}
    for number in before:
        signal.signal(number, tell)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
