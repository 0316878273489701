"""What cryptography alone costs, for benchmarks that are held against it: the calls that the chains make."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Units = Sequence[bytes]


def aes_of(units: Units, *, encrypt: bool) -> None:
    buffer = memoryview(bytearray(max(map(len, units)) + 32))
    for unit in units:
        cipher = Cipher(algorithms.AES(bytes(16)), modes.CBC(bytes(16)))
        context = cipher.encryptor() if encrypt else cipher.decryptor()
        context.update_into(memoryview(unit)[: len(unit) // 16 * 16], buffer)


def hmac_of(units: Units) -> None:
    for unit in units:
        hmac.digest(bytes(16), unit, "sha1")


def sha1_of(units: Units) -> None:
    for unit in units:
        hashlib.sha1(unit).digest()


PARTS: dict[str, Callable[[Units], None]] = {
    "encrypt": partial(aes_of, encrypt=True),
    "decrypt": partial(aes_of, encrypt=False),
    "hmac": hmac_of,
    "sha1": sha1_of,
}


def cpu(action: Callable[[], None]) -> float:
    start = time.thread_time()
    action()
    return time.thread_time() - start


def say(capsys: Any, line: str) -> None:
    with capsys.disabled():
        print(f"\n{line}")


def clock(work: Callable[[Any], None], items: Sequence[Any]) -> float:
    """Seconds by the clock for all items, each on a thread of its own."""
    threads = [threading.Thread(target=work, args=(item,)) for item in items]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start
