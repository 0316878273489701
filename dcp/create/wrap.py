"""One source into one track file, without a package around it."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from dcp.create.encode import check_codestream, encode_frames
from dcp.create.plan import RATES, RATES_LISTED, other_rate_note
from dcp.create.sources.picture import CONTAINERS, PictureFacts, frames, probe_picture
from dcp.create.sources.sound import (
    BYTES_PER_SAMPLE,
    SAMPLE_RATE,
    SoundFacts,
    has_sound,
    probe_sound,
    samples_per_unit,
    sound_units,
)
from dcp.create.spool import Spool
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.mxf.descriptors import LabelSet, PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.output import working_folder
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import ContentKey, Keyring, fresh_keys_file, read_keys
from dcp.secrets.passphrase import Secrets
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

Progress = Callable[[int, int], None]
SOUND_SUFFIXES = (".wav", ".w64", ".aif", ".aiff", ".flac", ".caf", ".mp3", ".m4a", ".ac3", ".ogg", ".rf64")
_EYE = re.compile(r"(.*)_(l|r|left|right)", re.IGNORECASE)


@dataclass(frozen=True)
class WrappedSource(WrittenTrackFile):
    """The track file, and in notes what was assumed or left out, for the user to read."""

    notes: tuple[Text, ...] = ()


def wrap_source(
    source: Path,
    out: Path,
    *,
    edit_rate: Fraction | None = None,
    label_set: LabelSet = "smpte",
    asset_id: uuid.UUID | None = None,
    keys_file: Path | None = None,
    secrets: Secrets | None = None,
    passphrase: str | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> WrappedSource:
    """Wrap `source` in the track file `out`.

    source: a folder of codestreams (`NAME_l`, `NAME_r` in turn make a stereoscopic one), a sound file (PCM
    WAV of 96 kHz keeps its rate, every other one is brought to 48 kHz), or pictures to be coded first: a
    video file, a folder of stills. edit_rate: by default that of the video. keys_file: encrypts, with the
    first key of the type, or with a fresh one when there is no such file: it is written then. secrets: asked
    for the passphrase of a locked keys file; passphrase: locks one that is written. progress(units done,
    units in all as far as the source tells, or 0). UsageError, SourceError, CodestreamError: nothing is left
    then.
    """
    kind = "MDAK" if source.suffix.lower() in SOUND_SUFFIXES else "MDIK"
    key, fresh = _key(keys_file, kind, secrets)
    arguments = _Arguments(out, label_set, asset_id or uuid.uuid4(), key, now, progress)
    with fresh_keys_file(keys_file, essence=out, passphrase=passphrase) as keep:
        if fresh and key is not None:
            keep(Keyring(keys=(key,)))
        return _wrap(kind, source, edit_rate, arguments)


# --- how it is done -----


def _wrap(kind: str, source: Path, edit_rate: Fraction | None, arguments: _Arguments) -> WrappedSource:
    if kind == "MDAK":
        facts = _sound_facts(source)
        written = _wrap_sound(facts, _rate(source, edit_rate), arguments)
        return _noted(written, _sound_notes(facts))
    picture = probe_picture(source)
    rate = _rate(source, edit_rate or picture.rate)
    wrap = _wrap_codestreams if picture.kind == "codestreams" else _wrap_pictures
    return _noted(wrap(picture, rate, arguments), _notes(picture, rate))


def _noted(written: WrittenTrackFile, notes: Sequence[Text]) -> WrappedSource:
    return WrappedSource(**vars(written), notes=tuple(notes))


def _notes(facts: PictureFacts, rate: Fraction) -> list[Text]:
    name = facts.path.name
    notes = [text("note.in-file", file=name, note=note) for note in facts.notes]
    if facts.rate is not None and facts.rate != rate:
        notes.append(other_rate_note(facts, rate))
    if facts.kind == "video" and has_sound(facts.path):
        notes.append(text("note.in-file", file=name, note=text("note.sound-left-out")))
    return notes


class _Arguments:
    """What every kind of source hands to the writer alike."""

    def __init__(
        self,
        out: Path,
        label_set: LabelSet,
        asset_id: uuid.UUID,
        key: ContentKey | None,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        self.out, self.label_set, self.asset_id = out, label_set, asset_id
        self.key, self.now, self.progress = key, now, progress

    def write(
        self,
        units: Iterator[bytes] | Iterator[memoryview],
        sizes: Sequence[int],
        descriptor: PictureDescriptor | SoundDescriptor,
        rate: Fraction,
        *,
        quiet: bool = False,
    ) -> WrittenTrackFile:
        tell = self.progress
        return write_track_file(
            self.out,
            units,
            sizes=sizes,
            descriptor=descriptor,
            edit_rate=rate,
            asset_id=self.asset_id,
            label_set=self.label_set,
            key=self.key,
            now=self.now,
            progress=None if tell is None or quiet else lambda count: tell(count, len(sizes)),
        )


def _key(keys_file: Path | None, kind: str, secrets: Secrets | None) -> tuple[ContentKey | None, bool]:
    """The key to encrypt with, and whether it was made just now."""
    if keys_file is None:
        return None, False
    if not keys_file.exists():
        return ContentKey.generate(kind), True
    found = next(read_keys(keys_file, secrets=secrets).of_type(kind), None)
    if found is None:
        raise UsageError("wrap.no-key", where=keys_file, kind=kind)
    return found, False


def _rate(source: Path, rate: Fraction | None) -> Fraction:
    if rate is None:
        raise UsageError("wrap.no-rate", where=source, rates=RATES_LISTED)
    if rate not in RATES:
        raise UsageError("create.no-such-rate", where=source, rate=f"{float(rate):g}", rates=RATES_LISTED)
    return rate


def _sound_facts(source: Path) -> SoundFacts:
    facts = probe_sound(source)
    if facts is None:
        raise SourceError("source.no-sound", where=source)
    return facts


def _sound_notes(facts: SoundFacts) -> list[Text]:
    if facts.native_rate == SAMPLE_RATE:
        return []
    return [text("wrap.keeps-its-rate", file=facts.path.name, rate=facts.native_rate)]


def _wrap_sound(facts: SoundFacts, rate: Fraction, arguments: _Arguments) -> WrittenTrackFile:
    samples = samples_per_unit(rate, facts.native_rate)
    count = _sound_length(facts, rate)
    symbols = [symbol or "" for symbol in facts.layout.channels]
    size = samples * len(symbols) * BYTES_PER_SAMPLE
    return arguments.write(
        sound_units(facts, edit_rate=rate, count=count, sample_rate=facts.native_rate),
        [size] * count,
        SoundDescriptor.labelled(symbols, sample_rate=facts.native_rate, label_set=arguments.label_set),
        rate,
    )


def _sound_length(facts: SoundFacts, rate: Fraction) -> int:
    """Edit units, the last one filled up with silence."""
    if not facts.duration:
        raise SourceError("source.sound-length", where=facts.path)
    return math.ceil(facts.duration * rate)


def _wrap_codestreams(facts: PictureFacts, rate: Fraction, arguments: _Arguments) -> WrittenTrackFile:
    stereo = _is_stereo(facts.files)
    try:
        sizes = [file.stat().st_size for file in facts.files]
        first = parse_codestream(facts.files[0].read_bytes())
    except OSError as error:
        raise SourceError("file.cannot-read", where=error.filename, why=why(error)) from None
    size = (first.width, first.height)
    limits = frame_limits(rate, four_k=first.four_k, stereo=stereo)

    def units() -> Iterator[bytes]:
        for file, frame in zip(facts.files, frames(facts), strict=True):
            assert frame.codestream is not None
            try:
                check_codestream(frame.codestream, size=size, limits=limits, rate=rate * (2 if stereo else 1))
            except SourceError as error:
                error.in_file(file)
                raise
            yield frame.codestream

    return arguments.write(units(), sizes, PictureDescriptor.from_codestream(first, rate, stereo), rate)


def _is_stereo(files: Sequence[Path]) -> bool:
    """Whether the names pair off as left and right eye. SourceError when only some do."""
    eyes = [_EYE.fullmatch(file.stem) for file in files]
    if not any(eyes):
        return False
    pairs = list(zip(eyes[::2], eyes[1::2], strict=False))
    if len(files) % 2 or not all(
        left and right and left[1] == right[1] and (left[2][0] + right[2][0]).lower() == "lr"
        for left, right in pairs
    ):
        raise SourceError("source.eyes", where=files[0].parent)
    return True


def _wrap_pictures(facts: PictureFacts, rate: Fraction, arguments: _Arguments) -> WrittenTrackFile:
    size = _container(facts)
    limits = frame_limits(rate)
    total = facts.expected_frames
    with working_folder(arguments.out) as folder, Spool.create(folder / "frames") as spool:
        for codestream in encode_frames(
            frames(facts), codec=codec_by_name(), size=size, limits=limits, rate=rate
        ):
            spool.append(codestream)
            if arguments.progress is not None:
                arguments.progress(len(spool.sizes), max(total, len(spool.sizes)) if total else 0)
        first = next((bytes(frame) for frame in spool.frames()), None)
        if first is None:
            raise SourceError("source.no-frame", where=facts.path)
        descriptor = PictureDescriptor.from_codestream(parse_codestream(first), rate)
        return arguments.write(spool.frames(), spool.sizes, descriptor, rate, quiet=True)


def _container(facts: PictureFacts) -> tuple[int, int]:
    """The 2K container whose shape is nearest to the picture's."""
    shape = facts.width * facts.pixel_aspect / facts.height
    sizes = [size for (_, resolution), size in CONTAINERS.items() if resolution == "2k"]
    return min(sizes, key=lambda size: abs(Fraction(*size) - shape))
