"""Marking a screener: each frame of the film once through decoder, mark and coder, all else as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, UsageError
from dcp.output import finished_file
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from watermark.payload import Payload
from watermark.screener.coding import Coding, coding_of, encoder_of
from watermark.screener.kept import kept_of
from watermark.screener.marker import Marker
from watermark.screener.source import Source, opened, source_of
from watermark.screener.streams import Streams, add_streams, options_of
from watermark.secret import Secret

Progress = Callable[[int, int], None]

_SHORT = 0.01
"""Share of its stated length that a file may lack before it counts as cut short; a second at the least."""
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Marked:
    """A marked copy. frames: of its film. codec, form, quality: how it is coded. decisions: what was
    decided for the user; kept: what the copy has as the source had it, read from the copy; not_kept: what it
    has not."""

    path: Path
    frames: int
    codec: str
    form: str
    quality: int | None
    decisions: tuple[Text, ...]
    kept: tuple[Text, ...]
    not_kept: tuple[Text, ...]


def mark_screener(
    source: Path,
    output: Path,
    secret: Secret,
    payload: Payload,
    *,
    codec: str | None = None,
    quality: int | None = None,
    progress: Progress | None = None,
) -> Marked:
    """Write a marked copy of a video file, which is otherwise the file.

    codec: "h264", "hevc", "prores" or "ffv1"; the source's own where there is none. quality: CRF for H.264
    and HEVC, the profile for ProRes. progress(frames done, frames in all or 0). SourceError for what cannot
    be read, UsageError for what cannot be kept or coded, before the first frame; DcpError when the output
    cannot be written. Nothing is left then.
    """
    import av

    if output.exists() or output.is_symlink():
        raise UsageError("flags.output-exists", where=output)
    facts = source_of(source)
    coding = coding_of(facts, output, codec, quality)
    with finished_file(output) as temporary:
        try:
            count, said, left = _written(facts, coding, temporary, secret, payload, progress)
            kept, lost = kept_of(facts, temporary, coding, count)
        except av.FFmpegError as error:
            raise DcpError("mark.video-not-written", where=output, why=why(error)) from None
    return Marked(
        path=output,
        frames=count,
        codec=coding.codec,
        form=coding.form.name,
        quality=coding.quality,
        decisions=(*facts.decisions, *coding.decisions, *said),
        kept=kept,
        not_kept=(*left, *lost),
    )


def _written(
    facts: Source, coding: Coding, path: Path, secret: Secret, payload: Payload, progress: Progress | None
) -> tuple[int, tuple[Text, ...], tuple[Text, ...]]:
    import av

    marker = Marker(facts, coding, secret, payload)
    encoder = encoder_of(coding, facts)
    with opened(facts.path) as (container, film), path.open("wb") as file:
        options = options_of(container.metadata, facts, coding)
        output: Any = av.open(
            file, "w", format=coding.container, container_options=options, buffer_size=_BUFFER
        )
        try:
            streams = add_streams(container, output, facts, coding, encoder)
            try:
                output.start_encoding()
            except av.FFmpegError as error:
                raise UsageError(
                    "mark.container-refused", where=facts.path, to=coding.container, why=why(error)
                ) from None
            walk = _Walk(facts, marker, encoder, streams, output, progress)
            walk.run(container, film)
        except BaseException:
            file.close()  # so that nothing more is written to what goes anyway
            raise
        output.close()
    return walk.count, walk.said(), streams.not_kept


class _Walk:
    """One pass over the source's packets. Holds what is between a packet and the next."""

    def __init__(
        self,
        facts: Source,
        marker: Marker,
        encoder: Any,
        streams: Streams,
        output: Any,
        progress: Progress | None,
    ) -> None:
        self.count = 0
        self._facts, self._marker, self._encoder = facts, marker, encoder
        self._streams, self._output, self._progress = streams, output, progress
        self._durations: dict[int, int] = {}
        self._first: int | None = None
        self._last = -1
        self._end = Fraction(0)
        self._start: Fraction | None = None
        self._inexact = 0
        # what comes before a stream's first shown sample: Matroska has no place for it, and would move all
        self._drop = output.format.name == "matroska"

    def run(self, container: Any, film: Any) -> None:
        film.thread_type = "AUTO"
        for packet in container.demux():
            self._seen(packet)
            index = packet.stream.index  # one that flushes a decoder says 0 of itself
            if index == self._facts.stream:
                for frame in self._decoded(packet):
                    self._frame(frame)
            elif index in self._streams.copies and packet.size and not (packet.is_discard and self._drop):
                packet.stream = self._streams.copies[index]
                self._output.mux(packet)
        if not self.count:
            raise SourceError("mark.no-frame", where=self._facts.path)
        self._whole()
        self._coded(self._encoder.encode(None))

    def _decoded(self, packet: Any) -> Iterator[Any]:
        import av

        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if self.count:
                raise self._damaged(why(error)) from None
            return  # what comes before the first whole picture
        for frame in frames:
            if frame.is_corrupt:
                if self.count:
                    raise self._damaged("")
                continue
            yield frame

    def _frame(self, frame: Any) -> None:
        facts = self._facts
        if (frame.width, frame.height) != (facts.width, facts.height) or frame.format.name != facts.form:
            raise SourceError("mark.size-changes", where=facts.path, time=self._time())
        if frame.pts is None:
            frame.pts = self._last + max(1, round(1 / (facts.rate * facts.time_base)))
        if self._first is None:
            self._first = frame.pts
        elif frame.pts <= self._last:
            raise SourceError("mark.times-repeat", where=facts.path, time=self._time())
        self._last = frame.pts
        seconds = Fraction(frame.pts - self._first) * facts.time_base
        marked = self._marker.marked(frame, self.count, seconds)
        self._durations[frame.pts] = frame.duration
        self._coded(self._encoder.encode(marked))
        self.count += 1
        if self._progress is not None:
            self._progress(self.count, facts.frames)

    def _coded(self, packets: Any) -> None:
        film = self._streams.film
        for packet in packets:
            length = self._durations.pop(packet.pts, 0)
            if length:
                packet.duration = length
            if (packet.pts * self._facts.time_base / film.time_base).denominator != 1:
                self._inexact += 1
            packet.stream = film
            self._output.mux(packet)

    def _seen(self, packet: Any) -> None:
        if packet.pts is None or not packet.size or packet.time_base is None:
            return
        start = packet.pts * packet.time_base
        self._start = start if self._start is None else min(self._start, start)
        self._end = max(self._end, start + (packet.duration or 0) * packet.time_base)

    def _whole(self) -> None:
        """SourceError when the file ends well before it says."""
        stated = self._facts.seconds
        lacks = stated - float(self._end - (self._start or 0))
        if stated and lacks > max(1.0, _SHORT * stated):
            raise SourceError(
                "mark.cut-short", where=self._facts.path, seconds=f"{stated:.1f}", lacks=f"{lacks:.1f}"
            )

    def _damaged(self, reason: Text | str) -> SourceError:
        return SourceError("mark.damaged-at", where=self._facts.path, time=self._time(), why=reason)

    def _time(self) -> str:
        seconds = (self._last - (self._first or 0)) * self._facts.time_base
        return f"{float(seconds):.3f} s"

    def said(self) -> tuple[Text, ...]:
        if not self._inexact:
            return ()
        step = float(self._streams.film.time_base * 1000)
        return (text("mark.times-rounded", n=self._inexact, step=f"{step:g}"),)
