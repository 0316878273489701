"""Sound of IMF's track files (ST 2067-2, ST 382): PCM in one piece, its channels by their labels.

A virtual track is read as one file would be: its samples by their number from the composition's beginning on,
silence where a segment's sound ends early.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path

from dcp.create.sources.imf_spans import Span, joined
from dcp.create.sources.imf_timeline import ImfTimeline, Part, VirtualTrack, check_own
from dcp.create.sources.sound_probe import Purpose, StreamFacts
from dcp.dataclass import dataclass
from dcp.errors import SourceError, TrackFileError
from dcp.mxf import sets
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.labels import ELEMENT_WAVE_CLIP, GC_WAVE_CLIP, UL, any_version, same
from dcp.mxf.layout import read_at, read_head
from dcp.mxf.reader import TrackFile
from dcp.sound.layout import UNNAMED
from dcp.texts.system import why

MAX_CHANNELS = 64
_CONTENT_KIND = UL.parse("060e2b34.0101010e.03020102.20000000")
_PURPOSES: dict[str, Purpose] = {
    "HI": "hearing-impaired", "VI": "visually-impaired", "DVS": "visually-impaired", "DCM": "commentary",
    "TCM": "commentary", "WCM": "commentary", "DXC": "part", "MXC": "part", "FXC": "part", "MEC": "part",
}  # fmt: skip
"""What a soundfield is for (MCAAudioContentKind); all else is the programme."""
_BITS = (16, 24)


class ClipSamples:
    """The samples of one track file by their number, interleaved as they stand.

    bits: 16 or 24 of a sample. SourceError when it holds no such sound, or less than its header says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with TrackFile.open(path) as track:
                self._read_header(track)
            self._file = path.open("rb", buffering=0)
        except TrackFileError as error:
            raise _damaged(path, error) from None
        except OSError as error:
            raise SourceError("file.cannot-read", where=path, why=why(error)) from None

    def _read_header(self, track: TrackFile) -> None:
        header, sound = track.header, track.header.descriptor
        if header.encrypted:
            raise SourceError("imf.encrypted", where=self.path)
        clip = header.container is not None and same(header.container, GC_WAVE_CLIP)
        if not isinstance(sound, SoundDescriptor) or not clip:
            raise SourceError("imf.no-pcm", where=self.path, container=header.container or "-")
        bits, rate = sound.quantization_bits, sound.sample_rate
        if bits not in _BITS or not 1 <= sound.channels <= MAX_CHANNELS or not rate:
            raise SourceError("imf.sound-form", where=self.path, bits=bits, n=sound.channels, rate=rate)
        self.descriptor, self.purpose = sound, _purpose(track)
        self.channels, self.bits, self.sample_rate, self.align = (
            sound.channels,
            bits,
            rate,
            sound.sample_bytes,
        )
        self.edit_rate, self.id = header.edit_rate, header.asset_id
        self._start, size = _essence(track)
        self.samples = size // self.align
        stated = int(header.container_duration * rate / header.edit_rate)
        if not self.samples:
            raise SourceError("source.sound-empty", where=self.path)
        if self.samples < stated:
            raise SourceError("imf.sound-cut", where=self.path, n=self.samples, expected=stated)

    def read(self, first: int, last: int) -> bytes:
        """The samples from first to before last, which the file has."""
        try:
            place, size = self._start + first * self.align, (last - first) * self.align
            return read_at(self._file.fileno(), place, size)
        except TrackFileError as error:
            raise _damaged(self.path, error) from None
        except OSError as error:
            raise SourceError("file.cannot-read", where=self.path, why=why(error)) from None

    def close(self) -> None:
        self._file.close()


class SpanSamples:
    """Those of a virtual track. A span ends where the next one begins, even if it has more."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans, self._starts = spans, [each.at for each in spans]
        self._open = ExitStack()
        self._files: dict[Path, ClipSamples] = {}
        first = self._of(spans[0].path)
        self.channels, self.bits, self._align = first.channels, first.bits, first.align
        self.samples = spans[-1].end

    def read(self, first: int, last: int) -> bytes:
        """The samples from first to before last, silence between spans."""
        out = bytearray((last - first) * self._align)
        at = first
        while at < last:
            place = bisect_right(self._starts, at)
            end = min(self._starts[place] if place < len(self._starts) else last, last)
            span = self._spans[place - 1] if place else None
            if span is None or at >= span.end:
                at = end
                continue
            begin = span.unit(at)
            count = min(span.first + span.count - begin, end - at)
            block = self._of(span.path).read(begin, begin + count)
            out[(at - first) * self._align : (at - first + count) * self._align] = block
            at += count
        return bytes(out)

    def _of(self, path: Path) -> ClipSamples:
        if path not in self._files:
            self._files[path] = self._open.enter_context(closing(ClipSamples(path)))
        return self._files[path]

    def close(self) -> None:
        self._open.close()


def sounds_of(timeline: ImfTimeline) -> tuple[StreamFacts, ...]:
    """The virtual tracks of sound as streams of one source, in order, numbered from 1.

    SourceError for track files that are no PCM, that differ within a track, or that end early.
    """
    return tuple(_stream(timeline, number, track) for number, track in enumerate(timeline.sounds, start=1))


# --- how it is done -----


@dataclass(frozen=True)
class _Form:
    """What all files of a track have alike, and one file's own samples."""

    channels: int
    bits: int
    sample_rate: int
    symbols: tuple[str | None, ...] | None
    names: tuple[str, ...]

    @property
    def about(self) -> str:
        named = " ".join(each or "-" for each in self.symbols or self.names)
        return f"{self.channels} x {self.bits} bits, {self.sample_rate} Hz {named}".rstrip()


def _stream(timeline: ImfTimeline, number: int, track: VirtualTrack) -> StreamFacts:
    forms: dict[Path, _Form] = {}
    held: dict[Path, tuple[int, Fraction]] = {}
    ids: dict[Path, uuid.UUID] = {}
    language, purpose = None, None
    for path in dict.fromkeys(part.path for part in track.parts):
        with closing(ClipSamples(path)) as samples:
            sound = samples.descriptor
            bits, rate = sound.quantization_bits, sound.sample_rate
            forms[path] = _Form(sound.channels, bits, rate, sound.symbols, _names(sound))
            held[path], ids[path] = (samples.samples, samples.edit_rate), samples.id
            language = language or next((each.language for each in sound.soundfield if each.language), None)
            purpose = purpose or samples.purpose
    first = next(iter(forms.values()))
    for path, form in forms.items():
        if form != first:
            raise SourceError(
                "imf.sounds-differ", where=path, first=next(iter(forms)).name, found=form.about,
                expected=first.about,
            )  # fmt: skip
    spans = []
    for begin, parts in zip(timeline.starts, track.segments, strict=True):
        at = round(begin * first.sample_rate)
        for part in parts:
            check_own(part, ids[part.path])
            spans.append(_span(timeline, part, at, first.sample_rate, *held[part.path]))
            at = spans[-1].end
    return StreamFacts(
        path=spans[0].path,
        index=number,
        names=first.names,
        sample_rate=first.sample_rate,
        duration=timeline.seconds,
        language=language,
        default=number == 1,
        purpose=purpose or "main",
        symbols=first.symbols,
        spans=joined(spans),
        vouched=timeline.source.vouched(forms),
    )


def _span(
    timeline: ImfTimeline, part: Part, at: int, sample_rate: int, held: int, edit_rate: Fraction
) -> Span:
    resource, where = part.resource, timeline.source.at(part.place)
    if resource.edit_rate != edit_rate and resource.edit_rate not in (
        sample_rate,
        timeline.source.composition.edit_rate,
    ):
        raise SourceError(
            "imf.edit-rate", where=where, file=part.path.name, stated=resource.edit_rate, found=edit_rate,
            rate=timeline.source.composition.edit_rate,
        )  # fmt: skip
    first = resource.entry_point * sample_rate / resource.edit_rate
    last = (resource.entry_point + resource.duration) * sample_rate / resource.edit_rate
    begin, end = round(first), round(last)
    if end > held:
        raise SourceError(
            "imf.past-file", where=where, file=part.path.name, first=begin, last=end - 1, n=held
        )
    return Span(at, part.path, begin, end - begin, resource.repeat)


def _names(sound: SoundDescriptor) -> tuple[str, ...]:
    """What channels are called where they are labelled as something that no cinema has."""
    labels = {each.channel: each.tag_name or each.tag_symbol for each in sound.soundfield}
    if sound.symbols is not None or not any(labels.get(n) for n in range(1, sound.channels + 1)):
        return (UNNAMED,) * sound.channels
    return tuple(labels.get(number) or f"{number}" for number in range(1, sound.channels + 1))


def _purpose(track: TrackFile) -> Purpose:
    for group in track.layout.metadata.of(sets.SoundfieldGroupLabelSubDescriptor):
        for key, data in group.unknown.items():
            if isinstance(key, UL) and same(key, _CONTENT_KIND):
                return _PURPOSES.get(data.decode("utf-16-be", "replace").strip("\0 ").upper(), "main")
    return "main"


def _essence(track: TrackFile) -> tuple[int, int]:
    """Where the one element begins in the file, and its bytes."""
    with track.path.open("rb", buffering=0) as file:
        for region in track.layout.regions:
            at = region.start
            while not region.generic and at < region.end:
                key, start, length = read_head(file.fileno(), at, region.end)
                if _bare(key) == _bare(ELEMENT_WAVE_CLIP):
                    return start, length
                at = start + length
    raise SourceError("source.sound-empty", where=track.path)


def _bare(key: bytes) -> bytes:
    """Without version, count and number."""
    bare = any_version(key)
    return bare[:13] + b"\0" + bare[14:15] + b"\0"


def _damaged(path: Path, error: TrackFileError) -> SourceError:
    return SourceError("source.track-damaged", where=path, fault=error.text, remedy=error)
