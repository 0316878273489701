"""Sound of track files as a source: its samples as they stand, its channels by their labels."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from dcp.create.sources.sound_probe import StreamFacts
from dcp.create.sources.trackfile import is_track_file
from dcp.errors import SourceError, TrackFileError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.reader import TrackFile, Unit, key_for
from dcp.secrets.keys import Keyring
from dcp.sound.layout import MAX_CHANNELS, UNNAMED


def probe_sound_track(path: Path, *, keyring: Keyring | None = None) -> StreamFacts | None:
    """The sound of a track file; None when the file is none. SourceError when it holds something else.

    KeyMissingError when it is encrypted and `keyring` has not its key.
    """
    if path.suffix.lower() != ".mxf" or not path.is_file() or not is_track_file(path):
        return None
    with TrackSamples(path, keyring) as samples:
        return StreamFacts(
            path=path,
            index=0,
            names=(UNNAMED,) * samples.channels,
            sample_rate=samples.sample_rate,
            duration=Fraction(samples.samples, samples.sample_rate),
            language=samples.language,
            default=True,
            symbols=samples.symbols,
            track=True,
        )


class TrackSamples:
    """A track file's samples by their number, interleaved as they stand. A context manager.

    bits: 16 or 24 of a sample. symbols: what each channel is labelled as; None in a file without labels.
    SourceError when it holds no sound or is damaged, KeyMissingError without its key.
    """

    def __init__(self, path: Path, keyring: Keyring | None = None) -> None:
        self.path = path
        try:
            self._track = TrackFile.open(path)
        except TrackFileError as error:
            raise _damaged(error) from None
        try:
            self._read_header(keyring)
        except BaseException:
            self._track.close()
            raise
        self._units: Iterator[Unit] = iter(())
        self._next = -1
        self._held = b""

    def _read_header(self, keyring: Keyring | None) -> None:
        header = self._track.header
        sound = header.descriptor
        if not isinstance(sound, SoundDescriptor):
            raise SourceError(
                "source.track-of-other", where=self.path, essence=header.essence.replace("_", "-")
            )
        self._key = key_for(self._track, keyring)
        per_unit = sound.sample_rate / header.edit_rate
        right = sound.quantization_bits in (16, 24) and 1 <= sound.channels <= MAX_CHANNELS
        if not right or per_unit.denominator != 1 or header.container_duration < 1:
            raise SourceError("source.sound-empty", where=self.path)
        self.channels, self.bits, self.sample_rate = (
            sound.channels,
            sound.quantization_bits,
            sound.sample_rate,
        )
        self._per_unit = int(per_unit)
        self.align = sound.sample_bytes
        self.samples = header.container_duration * self._per_unit
        self.symbols = sound.symbols
        self.language = next((each.language for each in sound.soundfield if each.language), None)

    def read(self, first: int, last: int) -> bytes:
        """The samples from first to before last, which the file has."""
        out = bytearray()
        at = first
        while at < last:
            unit, skipped = divmod(at, self._per_unit)
            block = self._unit(unit)
            stop = min(last - unit * self._per_unit, self._per_unit)
            out += block[skipped * self.align : stop * self.align]
            at = unit * self._per_unit + stop
        return bytes(out)

    def _unit(self, number: int) -> bytes:
        if number == self._next - 1:
            return self._held
        try:
            if number != self._next:
                self._units = self._track.units(number, key=self._key, mic="if-present", strict=True)
            unit = next(self._units, None)
        except TrackFileError as error:
            raise _damaged(error) from None
        if unit is None or unit.index != number or len(unit.data) != self._per_unit * self.align:
            raise SourceError("source.frame-absent", where=self.path, frame=number)
        self._held, self._next = bytes(unit.data), number + 1
        return self._held

    def close(self) -> None:
        self._track.close()

    def __enter__(self) -> TrackSamples:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _damaged(error: TrackFileError) -> SourceError:
    return SourceError("source.track-damaged", where=error.where, fault=error.text, remedy=error)
