"""Frames to codestreams on all cores, in order, with a bounded number under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction

from dcp.create.sources.picture import Frame
from dcp.errors import CodestreamError, DcpError, SourceError
from dcp.picture.codec import Codec
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import FrameLimits
from dcp.picture.rules import faults, over_limits
from dcp.system import cores

TOLERATED = frozenset(f"J2K-{number:03d}" for number in range(8, 20))
"""Checks of RDD 52 10.2.1 that a codestream handed over may fail: servers play it all the same."""


def encode_frames(
    frames: Iterable[Frame],
    *,
    codec: Codec | None,
    size: tuple[int, int],
    limits: FrameLimits,
    rate: Fraction,
    workers: int | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Iterator[bytes]:
    """The codestreams of `frames`, in their order.

    codec: None where every frame is a codestream already. workers: threads, by default one a core; a few
    frames more than that are held at once. What already is a codestream is checked and passed on.
    CodestreamError or SourceError for a frame that cannot be coded or passed; DcpError when `cancel` answers
    yes.
    """

    def encoded(frame: Frame) -> bytes:
        if frame.codestream is not None:
            check_codestream(frame.codestream, size=size, limits=limits, rate=rate)
            return frame.codestream
        assert codec is not None
        return codec.encode(frame.xyz(size), limits=limits)

    count = workers or cores()
    under_way: deque[Future[bytes]] = deque()
    pool = ThreadPoolExecutor(count)
    try:
        for frame in frames:
            if cancel is not None and cancel():
                raise DcpError("create.stopped")
            under_way.append(pool.submit(encoded, frame))
            if len(under_way) > count + 1:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def check_codestream(data: bytes, *, size: tuple[int, int], limits: FrameLimits, rate: Fraction) -> None:
    """SourceError unless it is a cinema codestream of `size` = (width, height) within the limits."""
    try:
        headers = parse_codestream(data)
    except CodestreamError as error:
        raise SourceError("source.no-codestream", where=error.where, why=error.text) from None
    if (headers.width, headers.height) != size:
        expected = f"{size[0]}x{size[1]}"
        raise SourceError(
            "source.codestream-size", width=headers.width, height=headers.height, expected=expected
        )
    wrong = [one for one in faults(headers, rate=rate) if one[0] not in TOLERATED]
    wrong += over_limits(headers, limits)
    if wrong:
        rule, fault = wrong[0]
        raise SourceError("source.codestream-form", fault=fault, rule=rule)
