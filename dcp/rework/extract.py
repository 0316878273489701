"""Taking a track file apart: codestreams, a WAV, timed text with its resources, auxiliary data.

Strict: the first unit with a fault stops it, and nothing is left. Names: one file a picture or data unit,
`000000.j2c`, of a stereoscopic pair `000000_l.j2c` and `000000_r.j2c`; sound is `sound.wav`; timed text is
`text.xml`, its resources carry their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError, UsageError
from dcp.mxf.descriptors import SoundDescriptor, TimedTextDescriptor
from dcp.mxf.element import Integrity
from dcp.mxf.labels import GC_MPEG_VIDEO, same
from dcp.mxf.reader import MicPolicy, TrackFile, TrackHeader, Unit, key_for
from dcp.output import finished_folder
from dcp.secrets.keys import Keyring
from dcp.sound.wav import WavWriter

Progress = Callable[[int, int], None]

MAX_CHANNELS, MAX_SAMPLE_RATE = 32, 192_000
"""Twice and four times what a DCP has (16 channels; 48 kHz, 96 kHz in the standard)."""

SOUND_NAME = "sound.wav"
TEXT_NAME = "text.xml"
RESOURCE_SUFFIXES = {
    "image/png": ".png",
    "application/x-font-opentype": ".otf",
    "application/x-opentype": ".otf",
    "application/vnd.ms-opentype": ".otf",
    "application/font-sfnt": ".otf",
    "font/opentype": ".otf",
    "font/otf": ".otf",
    "application/ttf": ".ttf",
    "application/x-font-ttf": ".ttf",
    "application/x-font-truetype": ".ttf",
    "font/ttf": ".ttf",
}


@dataclass(frozen=True)
class Extracted:
    """What lies in the folder now. files: names in the order of the units. mic: how integrity stood."""

    folder: Path
    header: TrackHeader
    files: tuple[str, ...]
    units: int
    mic: Integrity


def unwrap(
    path: Path,
    out: Path,
    *,
    keyring: Keyring | None = None,
    mic: MicPolicy = "require",
    start: int = 0,
    stop: int | None = None,
    progress: Progress | None = None,
) -> Extracted:
    """Write the units of the edit units [start, stop) into the new folder `out`.

    The content key is found in `keyring` by the id that the file names. progress(done, total) in edit units.
    TrackFileError at the first damaged unit, KeyMissingError without the key, UsageError when the range lies
    outside the file or `out` exists: `out` is not made then.
    """
    with TrackFile.open(path) as track:
        key = key_for(track, keyring)
        header = track.header
        total = _total(header, start, stop, path)
        units = track.units(start, stop, key=key, mic=mic, strict=True)
        with finished_folder(out) as folder:
            files, count, integrity = _write(units, header, path, folder, progress, total)
            if not count:
                raise TrackFileError("extract.empty", where=path)
    return Extracted(out, header, files, count, integrity)


def sound_of(header: TrackHeader, path: Path) -> SoundDescriptor:
    """What the header says of its sound. TrackFileError unless it is 24 bits and a WAV could hold it."""
    descriptor = header.descriptor
    if not isinstance(descriptor, SoundDescriptor) or descriptor.quantization_bits != 24:
        raise TrackFileError("extract.not-24-bits", where=path)
    if not (0 < descriptor.channels <= MAX_CHANNELS and 0 < descriptor.sample_rate <= MAX_SAMPLE_RATE):
        raise TrackFileError(
            "extract.channels",
            where=path,
            n=descriptor.channels,
            rate=descriptor.sample_rate,
            most=MAX_CHANNELS,
            highest=MAX_SAMPLE_RATE,
        )
    return descriptor


# --- how it is done -----


def _total(header: TrackHeader, start: int, stop: int | None, path: Path) -> int:
    """Edit units to come, 0 when the file does not say. UsageError for a range that is not in the file."""
    if header.essence == "timed_text":
        if start or stop is not None:
            raise UsageError("extract.timed-text-range", where=path)
        return 1
    held = header.container_duration
    last = held if stop is None else stop
    if start < 0 or (stop is not None and stop <= start) or (held and (start >= held or last > held)):
        raise UsageError("extract.range", where=path, last=held - 1, start=start, stop=last - 1)
    return last - start


def _write(
    units: Iterator[Unit],
    header: TrackHeader,
    path: Path,
    folder: Path,
    progress: Progress | None,
    total: int,
) -> tuple[tuple[str, ...], int, Integrity]:
    """Names of the files, number of units, how integrity stood (the least of all units)."""
    files: list[str] = []
    resources: set[object] = set()
    seen: set[Integrity] = set()
    count = 0
    with ExitStack() as stack:
        if header.essence == "sound":
            descriptor = sound_of(header, path)
            sound = stack.enter_context(
                WavWriter(
                    folder / SOUND_NAME, channels=descriptor.channels, sample_rate=descriptor.sample_rate
                )
            )
            files.append(SOUND_NAME)
        for unit in units:
            if header.essence == "sound":
                sound.write(unit.data)
            else:
                name = _name(unit, header, count)
                with (folder / name).open("xb") as stream:
                    stream.write(unit.data)
                files.append(name)
            resources.add(unit.resource_id)
            seen.add(unit.mic)
            count += 1
            if progress is not None and unit.eye != "left":
                progress(count // header.units_per_edit_unit, total)
    if isinstance(header.descriptor, TimedTextDescriptor) and count:
        absent = [str(each.id) for each in header.descriptor.resources if each.id not in resources]
        if absent or None not in resources:
            raise TrackFileError("rework.resource-absent", where=path, name=(absent or [TEXT_NAME])[0])
    integrity: Integrity = next((level for level in _LEAST_FIRST if level in seen), "none")
    return tuple(files), count, integrity


_LEAST_FIRST: tuple[Integrity, ...] = ("none", "unchecked", "ok")


def _name(unit: Unit, header: TrackHeader, count: int) -> str:
    if header.essence == "timed_text":
        if unit.resource_id is None and count == 0:
            return TEXT_NAME
        return f"{unit.resource_id or count}{_resource_suffix(unit, header)}"
    eye = f"_{unit.eye[0]}" if unit.eye else ""
    return f"{unit.index:06d}{eye}{_unit_suffix(header)}"


def _unit_suffix(header: TrackHeader) -> str:
    if header.essence in ("picture", "stereo_picture"):
        return ".m2v" if header.container is not None and same(header.container, GC_MPEG_VIDEO) else ".j2c"
    return ".atmos" if header.essence == "atmos" else ".bin"


def _resource_suffix(unit: Unit, header: TrackHeader) -> str:
    descriptor = header.descriptor
    if isinstance(descriptor, TimedTextDescriptor):
        for resource in descriptor.resources:
            if resource.id == unit.resource_id:
                return RESOURCE_SUFFIXES.get(resource.mime_type.lower(), ".bin")
    return ".bin"
