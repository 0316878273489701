"""What sound a file or a folder holds, before any of it is decoded: streams, channels, clocks, names.

PCM WAV of 16 and 24 bits is read without a library; all else is opened by FFmpeg's.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcp.create.sources.imf_spans import Span
from dcp.create.sources.media import channel_names, check_regular, opened
from dcp.create.sources.vouched import Vouched
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.extras import need
from dcp.patterns import pattern
from dcp.sound.expression import is_matrixed, symbol_of
from dcp.sound.layout import UNNAMED
from dcp.sound.riff import PcmWav, read_pcm_wav
from dcp.texts.system import why

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring

Purpose = Literal["main", "commentary", "hearing-impaired", "visually-impaired", "part"]
"""`part`: of a mix, music without speech for example."""

MAX_STREAMS = 128
MAX_STREAM_CHANNELS = 64
MAX_FILES = 128
_ENDINGS = ".wav .bwf .rf64 .w64 .wave .aif .aiff .aifc .flac .caf .mp3 .m4a .aac .ac3 .ogg .opus .mka"
SUFFIXES = frozenset(_ENDINGS.split())
"""Names of sound files end so: in a folder the others are passed over."""
_TAG_TIME = pattern(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d{1,9})?)")
_LAST_NAME = pattern(r"(?:^|[ _.-])(VI-N|[A-Za-z]+2?)$", re.IGNORECASE)


@dataclass(frozen=True)
class StreamFacts:
    """A stream of sound. index: in the container. names: FFmpeg's of the channels, `NONE` where none is
    known.

    start: the time of its first sample, in seconds on the container's clock, edit lists applied. duration in
    seconds; None when the file does not say. language as the file has it. default: as its
    container marks it. pcm: where the samples stand, of a file that needs no decoder. symbols: what
    the channels are labelled as, where they are. track: a track file of a package. spans: of a composition
    of IMF, in samples of its track files, and vouched what is stated of these; index counts its virtual
    tracks of sound, from 1.
    """

    path: Path
    index: int
    names: tuple[str, ...]
    sample_rate: int
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    language: str | None = None
    default: bool = False
    purpose: Purpose = "main"
    pcm: PcmWav | None = None
    symbols: tuple[str | None, ...] | None = None
    track: bool = False
    spans: tuple[Span, ...] = ()
    vouched: tuple[Vouched, ...] = ()

    @property
    def channels(self) -> int:
        return len(self.names)


def probe_streams(
    path: Path, *, alone: bool = True, keyring: Keyring | None = None
) -> tuple[StreamFacts, ...]:
    """The streams of sound of a file, in its order; none when it has none that can be decoded.

    alone: it is a sound file of its own; a WAV of PCM and a track file are then read without a library.
    keyring: for track files that are encrypted. SourceError when it cannot be read, KeyMissingError,
    ExtraMissingError where the libraries are not installed.
    """
    check_regular(path)
    pcm = read_pcm_wav(path) if alone else None
    if pcm is not None:
        if pcm.size < pcm.align:
            raise SourceError("source.sound-empty", where=path)
        names = pcm.speakers or (UNNAMED,) * pcm.channels
        return (
            StreamFacts(
                path, 0, names, pcm.sample_rate, Fraction(0), pcm.duration or None, default=True, pcm=pcm
            ),
        )
    if alone:
        from dcp.create.sources.sound_track import probe_sound_track  # which few bring

        track = probe_sound_track(path, keyring=keyring)
        if track is not None:
            return (track,)
    with open_sound(path) as container:
        return tuple(
            facts
            for stream in container.streams.audio[:MAX_STREAMS]
            if (facts := _facts(path, container, stream)) is not None
        )


def open_sound(path: Path) -> Any:
    """The file as a PyAV container, a context manager. SourceError when it is nothing that can be read."""
    check_regular(path)
    need("sound")
    return opened(path, "sound.no-media")


def _facts(path: Path, container: Any, stream: Any) -> StreamFacts | None:
    codec = stream.codec_context
    names = channel_names(codec) if codec is not None and codec.sample_rate else ()
    if not names:
        return None
    if len(names) > MAX_STREAM_CHANNELS:
        raise SourceError("source.channels", where=path, n=len(names), most=MAX_STREAM_CHANNELS)
    start = Fraction(stream.start_time * stream.time_base) if stream.start_time is not None else Fraction(0)
    return StreamFacts(
        path=path,
        index=stream.index,
        names=names,
        sample_rate=codec.sample_rate,
        start=start,
        duration=_duration(container, stream, start),
        language=stream.metadata.get("language"),
        default=bool(_flag(stream, "default")),
        purpose=_purpose(stream),
    )


def _duration(container: Any, stream: Any, start: Fraction) -> Fraction | None:
    """Matroska has one for the whole, which its longest stream fills, and often a tag with a stream's end."""
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    end = _TAG_TIME.fullmatch(stream.metadata.get("DURATION") or "")
    if end is not None:
        seconds = int(end[1]) * 3600 + int(end[2]) * 60 + Fraction(end[3])
        return seconds - start if seconds > start else None
    if container.duration and len(container.streams) == 1:
        return Fraction(container.duration, 1_000_000)
    return None


def _purpose(stream: Any) -> Purpose:
    title = (stream.metadata.get("title") or "").lower()
    if _flag(stream, "comment") or "commentary" in title:
        return "commentary"
    if _flag(stream, "hearing_impaired"):
        return "hearing-impaired"
    if _flag(stream, "visual_impaired") or _flag(stream, "descriptions") or "audio description" in title:
        return "visually-impaired"
    return "main"


def _flag(stream: Any, name: str) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & getattr(Disposition, name))


# --- mono files by name ---


@dataclass(frozen=True)
class FolderFacts:
    """files: those of sound, in order; passed_over: what else lies there and is not hidden, by name."""

    files: tuple[Path, ...]
    passed_over: tuple[str, ...]


def list_folder(folder: Path) -> FolderFacts:
    """The sound files of a folder. Hidden ones are passed over without a word. SourceError when it has
    none."""
    files: list[Path] = []
    others: list[Path] = []
    try:
        entries = sorted(folder.iterdir(), key=lambda each: each.name)
        for entry in entries:
            if entry.name.startswith("."):
                continue
            taken = entry.suffix.lower() in SUFFIXES and entry.is_file()
            (files if taken else others).append(entry)
    except OSError as error:
        raise SourceError("file.cannot-read", where=folder, why=why(error)) from None
    if not files:
        raise SourceError("sound.empty-folder", where=folder)
    if len(files) > MAX_FILES:
        raise SourceError("sound.many-files", where=folder, n=len(files), most=MAX_FILES)
    return FolderFacts(tuple(files), tuple(each.name for each in others))


def symbol_of_file(path: Path) -> str:
    """The channel that a mono file's name ends with: `Mix_Ls.wav`, `mix.LFE.wav`, `L.wav`.

    SourceError when it names none, saying how to name it, and when it is one of matrixed stereo.
    """
    found = _LAST_NAME.search(path.stem)
    name = found[1] if found else ""
    symbol = symbol_of(name) if name else None
    if symbol is not None:
        return symbol
    if is_matrixed(name):
        raise SourceError("sound.matrixed", where=path, name=name)
    raise SourceError("sound.file-names-no-channel", where=path, name=path.name)
