"""The bytes of a file for one walk over it: as it asks for them, or every byte once, hashed on the way.

A `Stream` reads a file in blocks. Whoever needs the next block first reads it: the walk over the units, or
the hash that runs beside it on another thread, so that the slower of the two never waits for the disk. At
most `RING` blocks are held; a block is given up when both have passed it, and the next one goes where the
last one was given up: that memory is still in the processor's caches. Alone, the walk so takes two in turn.

Blocks lie at page boundaries in memory as in the file. The kernel copies such pages several times as fast as
those that are a few bytes off, as a buffer of the heap always is. To map the file instead of copying it is
quicker still, but a disk that fails, or a file that is cut short meanwhile, would then end the program.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from dcp.errors import TrackFileError
from dcp.system import large_buffer, pread_into

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK = 4 * 1024 * 1024
"""Bytes that are read at once."""

RING = 4
"""Blocks that are held at most."""

HEADROOM = 4 * 1024 * 1024
"""Room before each block for the begin of a unit that reaches into it; a longer one is put together aside."""

CHUNK = 1024 * 1024
PAGE = mmap.PAGESIZE
TAIL = 64


class Helper(Protocol):
    """Who lends threads. spare: whether one has nothing to do. submit: has it call something, some time."""

    def spare(self) -> bool: ...

    def submit(self, work: Callable[[], None]) -> Any: ...


class Direct:
    """Bytes read when they are asked for, no more than those.

    base: where the last view begins in the object that has its bytes (`view.obj`), as of `Stream`.
    """

    def __init__(self, fileno: Callable[[], int]) -> None:
        self._fileno = fileno
        self._buffer = memoryview(bytearray(CHUNK))
        self._start = 0
        self._have = 0
        self.base = 0

    def view(self, position: int, want: int) -> memoryview:
        """The `want` bytes from `position` on, borrowed until the next call. TrackFileError at the end."""
        into = position - self._start
        kept = self._have - into if 0 <= into < self._have else 0
        if want > len(self._buffer):
            larger = memoryview(bytearray(want + want // 4))
            larger[:kept] = self._buffer[into : into + kept]
            self._buffer = larger
        elif kept and into:
            self._buffer[:kept] = self._buffer[into : into + kept]
        self._start, self._have = position, kept
        while self._have < want:
            count = pread_into(self._fileno(), self._buffer[self._have : want], position + self._have)
            if count == 0:
                raise TrackFileError("mxf.became-shorter", reason="truncated")
            self._have += count
        return self._buffer[:want]


class Stream:
    """Every byte of a file, read once and in order: for the digest, and for one walk whose positions ascend.

    helper: lends a thread on which the digest runs beside the walk; without one it is fed by the walk's own.
    each: called with every block, in order, after it was hashed (on either thread). base: where the last view
    begins in the object that has its bytes (`view.obj`).
    """

    def __init__(
        self,
        fileno: Callable[[], int],
        size: int,
        digest: _Hash | None,
        *,
        helper: Helper | None = None,
        ring: int = RING,
        each: Callable[[memoryview], None] | None = None,
    ) -> None:
        self._fileno = fileno
        self._size = size
        self._digest = digest
        self._helper = helper
        self._each = each
        self._total = -(-size // BLOCK)
        whole = min(BLOCK, -(-size // PAGE) * PAGE)
        self._headroom = HEADROOM if self._total > 1 else 0
        count = min(self._total, ring if helper is not None else 2)
        room = self._headroom + whole
        memory = large_buffer(count * room)
        slots = range(0, count * room, room or 1)
        self._free = [(start, memory[start : start + room]) for start in slots]
        self._held: dict[int, tuple[int, memoryview]] = {}  # by the number of the block
        self._given_up = 0
        self._change = threading.Condition()
        self._read = self._hashed = 0  # blocks, counted from the begin
        self._walked = 0  # blocks that the walk no longer needs
        self._reading = self._hashing = self._helped = self._closed = False
        self._error: Exception | None = None
        self.base = 0
        self._at, self._carried = 0, 0  # the walk's block, and the bytes before it that lie in its headroom

    # --- the walk's side -----

    def view(self, position: int, want: int) -> memoryview:
        """The `want` bytes from `position` on, borrowed until the next call. TrackFileError at the end."""
        if position + want > self._size:
            raise TrackFileError("mxf.became-shorter", reason="truncated")
        last = (position + want - 1) // BLOCK
        begin = last * BLOCK
        if last == self._at and position >= begin - self._carried:
            if self._read <= last:
                self._need(last)
        elif position < self._at * BLOCK - self._carried:
            self.base = 0
            return Direct(self._fileno).view(position, want)  # a walk that goes back, through a broken file
        elif begin - position > self._headroom:
            self.base = 0
            return self._put_together(position, want)
        else:
            self._carry(position, last)
        slot, block = self._held[last]
        start = self._headroom + position - begin
        self.base = slot + start
        return block[start : start + want]

    def finish(self, advance: Callable[[int], None] | None = None) -> None:
        """Reads and hashes what is left. OSError, TrackFileError as reading has them.

        advance: called with the bytes that were hashed since the last call.
        """
        with self._change:
            self._walked = self._total
        told = self.done
        while self._work_until(lambda: self._hashed == self._total):
            if advance is not None:
                now = self.done
                advance(now - told)
                told = now

    @property
    def done(self) -> int:
        """Bytes that were hashed."""
        return min(self._hashed * BLOCK, self._size)

    def close(self) -> None:
        """No more is read; what runs beside ends with its block. The file may be closed after this."""
        with self._change:
            self._closed = True
            while self._reading or self._hashing:
                self._change.wait()

    def _carry(self, position: int, last: int) -> None:
        """Makes `last` the walk's block, with the bytes from `position` on in its headroom."""
        first = max(position // BLOCK, self._at)
        if first != self._at:
            self._move_to(first)
        for number in range(first + 1, last + 1):
            self._move_to(number, carried=number * BLOCK - position)

    def _put_together(self, position: int, want: int) -> memoryview:
        """A copy of bytes that are more than a block and its headroom hold."""
        whole = memoryview(bytearray(want))
        done = 0
        while done < want:
            at = position + done
            number = max(at // BLOCK, self._at)
            if number == self._at + 1 and done:
                self._move_to(number, carried=TAIL)  # the next unit may begin there
            elif number != self._at:
                self._move_to(number)
            start = self._headroom + at - number * BLOCK
            part = self._held[number][1][start : self._headroom + BLOCK][: want - done]
            whole[done : done + len(part)] = part
            done += len(part)
        return whole

    def _move_to(self, number: int, carried: int = 0) -> None:
        """The walk's block is this one now; of the block before it needs the last `carried` bytes still."""
        self._need(number - 1 if carried else number)
        if carried:
            self._need(number)
            before, after = self._held[number - 1][1], self._held[number][1]
            end = self._headroom + BLOCK
            after[self._headroom - carried : self._headroom] = before[end - carried : end]
        self._at, self._carried = number, carried
        with self._change:
            self._walked = number
            self._change.notify_all()

    def _need(self, number: int) -> None:
        """Reads up to this block, unless it was read on the other thread."""
        if self._read > number:
            return
        with self._change:
            self._walked = max(self._walked, number - 1)  # of those in between the walk has no need
        while self._work_until(lambda: self._read > number):
            pass

    def _work_until(self, done: Callable[[], bool]) -> bool:
        """One thing done, or waited for; False when it was so already."""
        with self._change:
            if self._error is not None:
                raise self._error
            if done():
                return False
            if self._closed:
                raise ValueError("the stream is closed")
            work = self._next_work(beside=False)
            if work is None:
                self._change.wait()
                return True
        work()
        self._ask_for_help()
        return True

    # --- both sides -----

    def _next_work(self, *, beside: bool) -> Callable[[], None] | None:
        """What is to be done next, and by nobody yet; it is marked as being done. Called with the lock.

        beside: on the helper's thread, which hashes before it reads. The walk's reads as long as there is
        somebody to hash.
        """
        if self._closed or self._error is not None:
            return None
        while self._given_up < min(self._hashed, self._walked, self._read):
            self._free.append(self._held.pop(self._given_up))
            self._given_up += 1
        room = self._read < self._total and bool(self._free)
        ready = self._hashed < self._read and not self._hashing
        hash_first = beside or not self._has_help()
        if ready and (hash_first or self._reading or not room):
            self._hashing = True
            return self._hash_one
        if room and not self._reading:
            self._reading = True
            return self._read_one
        return None

    def _has_help(self) -> bool:
        return self._helper is not None and (self._helped or self._helper.spare())

    def _read_one(self) -> None:
        number = self._read
        slot = self._free.pop()
        at = number * BLOCK
        size = min(BLOCK, self._size - at)
        error: Exception | None = None
        try:
            have = 0
            while have < size:
                start = self._headroom + have
                count = pread_into(self._fileno(), slot[1][start : self._headroom + size], at + have)
                if count == 0:
                    raise TrackFileError("mxf.became-shorter", reason="truncated")
                have += count
        except Exception as caught:
            error = caught
        with self._change:
            self._reading = False
            if error is None:
                self._held[number] = slot
                self._read += 1
            else:
                self._error = error
            self._change.notify_all()

    def _hash_one(self) -> None:
        number = self._hashed
        size = min(BLOCK, self._size - number * BLOCK)
        data = self._held[number][1][self._headroom : self._headroom + size]
        error: Exception | None = None
        try:
            if self._digest is not None:
                self._digest.update(data)
            if self._each is not None:
                self._each(data)
        except Exception as caught:
            error = caught
        with self._change:
            self._hashing = False
            if error is None:
                self._hashed += 1
            else:
                self._error = error
            self._change.notify_all()

    def _ask_for_help(self) -> None:
        helper = self._helper
        if helper is None:
            return
        with self._change:
            if self._helped or self._closed or self._hashed == self._total or not helper.spare():
                return
            self._helped = True
        helper.submit(self._help)

    def _help(self) -> None:
        """Another thread: hashes what was read, and reads ahead, until there is nothing to do just now."""
        while True:
            with self._change:
                work = self._next_work(beside=True)
                if work is None:
                    self._helped = False
                    return
            work()
