"""Frames of a video file, decoded in the order of presentation and found by their times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from dcp.create.planning.clock import timecode
from dcp.create.sources.facts import Fields, PictureFacts, Pixels
from dcp.create.sources.media import let_go, open_media, packets
from dcp.create.sources.planes import pixels_of, planar_form
from dcp.errors import SourceError
from dcp.system import cores

MAX_BLIND_PACKETS = 2_000
"""So many packets may come before the first whole frame: a recording may begin anywhere in a group."""
FAR = 64
"""Frames that are decoded and passed over rather than sought beyond."""
MAX_HELD = 12
"""Frames in a row that a decoder may leave out, the one before standing for them."""
_BACK = (0, 48, 300)
"""Where to seek to, in frames before the one wanted, until a key frame at or before it is met."""


def read_video(facts: PictureFacts, indexes: Iterable[int]) -> Iterator[Pixels]:
    """The frames of these numbers, ascending; a number that comes again gives the same object.

    A frame that the decoder leaves out is stood in for by the one before. SourceError for what cannot be
    decoded, with its time; ValueError for numbers that descend or do not exist.
    """
    try:
        yield from _read(facts, indexes)
    finally:
        let_go()


def _read(facts: PictureFacts, indexes: Iterable[int]) -> Iterator[Pixels]:
    with ExitStack() as stack:
        source = _Numbered(facts, stack)
        last, pixels = -1, None
        for index in indexes:
            if not max(last, 0) <= index < facts.frames:
                raise ValueError(f"frame {index} after {last} of {facts.frames}")
            if index != last or pixels is None:
                pixels = pixels_of(source.frame(index), facts.path, source.codec)
                last = index
            yield pixels


def decoded(container: Any, stream: Any, where: Path) -> Iterator[Any]:
    """All frames from where the container stands. What comes before the first whole frame is passed over.

    SourceError for what cannot be decoded; with its time where frames came before.
    """
    import av

    blind, last, why = 0, None, None
    decode = _decoder(stream, where)
    try:
        for packet in packets(container, stream):
            try:
                frames = decode(packet)
            except av.FFmpegError:
                if last is not None or blind >= MAX_BLIND_PACKETS:
                    raise
                blind += 1
                continue
            for frame in frames:
                if frame.is_corrupt:
                    if last is None:
                        continue
                    raise _damaged(where, stream, last, None)
                last = frame.pts if frame.pts is not None else -1
                yield frame
    except av.FFmpegError as error:
        why = error.strerror or str(error)
        if last is None:
            raise SourceError("source.video-undecodable", where=where, why=why) from None
        raise _damaged(where, stream, last, why) from None


_BESIDE = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Codecs whose alpha lies in a picture of its own beside each, and the decoder that reads both."""


def _decoder(stream: Any, where: Path) -> Callable[[Any], Any]:
    """What makes frames of packets. SourceError where the alpha of WebM cannot be read."""
    import av

    beside = _BESIDE.get(stream.codec_context.name)
    if beside is None or stream.metadata.get("alpha_mode") != "1":
        return lambda packet: packet.decode()
    try:
        context: Any = av.CodecContext.create(beside, "r")
    except av.codec.codec.UnknownCodecError:
        raise SourceError("source.alpha-beside", where=where, codec=beside) from None
    read: Callable[[Any], Any] = context.decode
    return read


def _damaged(where: Path, stream: Any, last: int, why: str | None) -> SourceError:
    start = stream.start_time or 0
    time = timecode((max(last, start) - start) * stream.time_base)
    if why is None:
        return SourceError("source.video-damaged", where=where, time=time)
    return SourceError("source.video-damaged-why", where=where, time=time, why=why)


class _Numbered:
    """Frames by number, from a decoder that is moved when what is wanted lies far ahead."""

    def __init__(self, facts: PictureFacts, stack: ExitStack) -> None:
        self._facts = facts
        self._stack = stack
        self._walk: Iterator[tuple[int, Any]] | None = None
        self._ahead: tuple[int, Any] | None = None
        self._shown: tuple[int, Any] | None = None
        self._open()

    def _open(self) -> None:
        """At the start of the file; what was open is closed."""
        self._stack.close()
        self._container = self._stack.enter_context(open_media(self._facts.path))
        self._stream = self._container.streams[self._facts.stream]
        self._stream.thread_type = "AUTO"
        # each thread holds frames; decoding takes far less than what is then done with a frame
        self._stream.codec_context.thread_count = max(1, cores() // 2)
        self.codec: str = self._stream.codec_context.name

    def frame(self, index: int) -> Any:
        """The frame shown at this number's time; numbers ascend from call to call."""
        at = self._shown[0] if self._shown else -1
        if self._walk is None or (index - at > FAR and self._facts.times):
            self._walk = self._from(index)
            self._ahead = self._shown = None
        while self._shown is None or self._shown[0] < index:
            if self._ahead is None:
                self._ahead = next(self._walk, None)
            if self._ahead is None or (self._ahead[0] > index and self._shown is not None):
                break
            self._shown, self._ahead = self._ahead, None
        if self._shown is None or index - self._shown[0] > MAX_HELD:
            raise self._missing(index)
        return self._shown[1]

    def _missing(self, index: int) -> SourceError:
        facts = self._facts
        time = timecode((facts.times[index] - facts.times[0]) * facts.time_base) if facts.times else "-"
        return SourceError("source.frames-missing", where=facts.path, time=time, frame=index)

    def _from(self, index: int) -> Iterator[tuple[int, Any]]:
        """Numbered frames, the first at `index` or before it, as far back as its decoding needs."""
        numbered = self._sought(index) if index > FAR and self._facts.times else self._begun()
        if self._facts.fields != "progressive":
            return _progressive(numbered, self._facts.fields)
        return numbered

    def _begun(self) -> Iterator[tuple[int, Any]]:
        return self._numbered(decoded(self._container, self._stream, self._facts.path))

    def _sought(self, index: int) -> Iterator[tuple[int, Any]]:
        """From a key frame. Frames shown before it may lack what they were coded from and are passed over."""
        times = self._facts.times
        wanted = max(0, index - 1)  # deinterlacing looks at the frame before
        for back in _BACK:
            if wanted - back <= FAR:
                break
            self._container.seek(times[wanted - back], stream=self._stream, backward=True)
            frames = self._numbered(decoded(self._container, self._stream, self._facts.path))
            for number, frame in frames:
                if number > wanted:
                    break
                if frame.key_frame:
                    return _followed((number, frame), frames)
        self._open()  # not every container can go back to its start
        return self._begun()

    def _numbered(self, frames: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        """Each frame with its number, by its time; one whose time is none of the source's is passed over."""
        facts = self._facts
        form = None
        number = -1
        for frame in frames:
            if (frame.width, frame.height) != (facts.width, facts.height):
                raise SourceError("source.size-changes", where=facts.path)
            form = form or frame.format.name
            if not facts.times:
                number += 1
            else:
                again = number + 1 < facts.frames and facts.times[number + 1] == frame.pts
                found = number + 1 if again else bisect_left(facts.times, frame.pts or 0)
                if found >= facts.frames or facts.times[found] != frame.pts or found <= number:
                    continue
                number = found
            yield number, frame


def _followed(first: tuple[int, Any], rest: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    yield first
    yield from rest


# --- fields -----

_UNIT = Fraction(1, 24)  # of the numbers that go through a filter as times


def _progressive(numbered: Iterator[tuple[int, Any]], fields: Fields) -> Iterator[tuple[int, Any]]:
    """One whole frame of each interlaced one, by bwdif; what is flagged progressive stays as it is."""
    from av.error import BlockingIOError, EOFError

    graph = None
    for number, frame in numbered:
        if graph is None:
            graph = _deinterlacer(frame, fields)
        frame = frame.reformat(format=planar_form(frame.format), threads=1)
        frame.pts, frame.time_base = number, _UNIT
        graph.push(frame)
        try:
            while True:
                yield _numbered_again(graph.pull())
        except BlockingIOError:
            continue
    if graph is None:
        return
    graph.push(None)
    try:
        while True:
            yield _numbered_again(graph.pull())
    except (BlockingIOError, EOFError):
        return


def _deinterlacer(frame: Any, fields: Fields) -> Any:
    if frame.interlaced_frame:  # each frame says itself which field comes first, and whether it has any
        how = "mode=send_frame:parity=auto:deint=interlaced"
    else:
        how = f"mode=send_frame:parity={'tff' if fields == 'top-first' else 'bff'}:deint=all"
    return _filter(frame, planar_form(frame.format), "bwdif", how)


def _filter(frame: Any, form: str, name: str, how: str) -> Any:
    """A graph of one filter for frames like this one."""
    import av
    from av.filter import Graph

    graph = Graph()
    width, height = frame.width, frame.height
    kind = av.VideoFormat(form, width, height)
    source = graph.add_buffer(width=width, height=height, format=kind, time_base=_UNIT)
    for one, other in pairwise([source, graph.add(name, how), graph.add("buffersink")]):
        one.link_to(other)
    graph.configure()
    return graph


def _numbered_again(frame: Any) -> tuple[int, Any]:
    return round(frame.pts * frame.time_base / _UNIT), frame


def top_field_first(frame: Any) -> bool:
    """Which field of an interlaced frame is shown first, as the decoder found it; PyAV has no word for it."""
    from av.error import BlockingIOError, EOFError

    graph = _filter(frame, frame.format.name, "select", "eq(interlace_type,TOPFIRST)")
    graph.push(frame)
    graph.push(None)
    try:
        graph.pull()
    except (BlockingIOError, EOFError):
        return False
    return True
