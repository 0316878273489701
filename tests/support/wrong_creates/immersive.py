"""Immersive sound and other auxiliary data."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from immersive import element, folder_of, frame, frames, sound
from material import wav
from wrong_sources import Arguments, Good

from dcp.auxdata.iab import AUDIO_PCM
from wrong_creates.rows import wrong


def _with(good: Good, source: Path | None, *more: object) -> Arguments:
    return [good.codestreams, "--picture-rate", "24", "--atmos", source, *more]


@wrong("aux.frame", "f_000001.iab")
def iab_frame_cut(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    return _with(good, folder_of(folder / "iab", [made[0], made[1][:-5], *made[2:]]))


@wrong("aux.frame", "f_000000.iab")
def first_iab_frame_cut(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    return _with(good, folder_of(folder / "iab", [made[0][:-5], *made[1:]]))


@wrong("aux.frame", "f_000002.iab")
def iab_frame_with_something_behind_it(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    return _with(good, folder_of(folder / "iab", [*made[:2], made[2] + bytes(9), made[3]]))


@wrong("aux.frame", "f_000001.iab")
def iab_frame_of_another_rate(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    made[1] = frame(rate=Fraction(25))
    return _with(good, folder_of(folder / "iab", made))


@wrong("aux.frame", "f_000001.iab")
def iab_frame_of_16_bits(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    made[1] = frame(depth=16)
    return _with(good, folder_of(folder / "iab", made))


@wrong("aux.frame", "f_000001.iab")
def iab_sound_that_is_not_coded(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    made[1] = frame([element(AUDIO_PCM, bytes(9))])
    return _with(good, folder_of(folder / "iab", made))


@wrong("aux.frame", "f_000001.iab")
def iab_sound_twice(good: Good, folder: Path) -> Arguments:
    made = frames(4)
    made[1] = frame([sound(1), sound(1)])
    return _with(good, folder_of(folder / "iab", made))


@wrong("aux.other-rate", "iab")
def iab_of_another_rate(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "iab", frames(4, Fraction(25))))


@wrong("aux.shorter", "iab")
def iab_shorter_than_the_picture(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "iab", frames(2)))


@wrong("aux.gap", "iab")
def iab_folder_with_a_gap(good: Good, folder: Path) -> Arguments:
    made = folder_of(folder / "iab", frames(5))
    (made / "f_000002.iab").unlink()
    return _with(good, made)


@wrong("aux.empty-folder", "nothing")
def folder_without_frames(good: Good, folder: Path) -> Arguments:
    (folder / "nothing").mkdir()
    return _with(good, folder / "nothing")


@wrong("aux.empty-frame", "iab")
def empty_frame(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "iab", [*frames(3), b""]))


@wrong("aux.no-label", "data")
def data_without_a_label(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "data", [b"x" * 9] * 4, suffix=".bin"))


@wrong("aux.coding", "--aux-coding")
def label_that_is_none(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "iab", frames(4)), "--aux-coding", "dolby")


@wrong("aux.interop", "iab")
def immersive_sound_in_interop(good: Good, folder: Path) -> Arguments:
    return _with(good, folder_of(folder / "iab", frames(4)), "--standard", "interop")


@wrong("aux.no-sync", "--sync-signal")
def sync_signal_where_the_channel_is_taken(good: Good, folder: Path) -> Arguments:
    wav(folder / "sixteen.wav", 8000, 16)
    source = folder_of(folder / "iab", frames(4))
    return _with(good, source, "--audio", folder / "sixteen.wav", "--sync-signal", "on")


@wrong("aux.no-source", "text.mxf")
def no_track_file(good: Good, folder: Path) -> Arguments:
    (folder / "text.mxf").write_bytes(b"text" * 99)
    return _with(good, folder / "text.mxf")


@wrong("file.cannot-read", "absent.mxf")
def immersive_sound_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return _with(good, folder / "absent.mxf")


@wrong("create.aux-count", "")
def two_sources_for_one_reel(good: Good, folder: Path) -> Arguments:
    return _with(good, folder, "--atmos", folder)


@wrong("job.aux-flags-without-source", "--sync-signal")
def sync_signal_without_immersive_sound(good: Good, folder: Path) -> Arguments:
    return [good.codestreams, "--picture-rate", "24", "--sync-signal", "on"]


@wrong("aux.too-large", "data")
def frame_larger_than_any_device_takes(good: Good, folder: Path) -> Arguments:
    made = folder_of(folder / "data", frames(4), suffix=".atmos")
    with (made / "f_000001.atmos").open("r+b") as stream:
        stream.truncate(65 << 20)
    return _with(good, made)


@wrong("aux.track-of-other", "sound.mxf")
def track_file_of_sound_as_immersive_sound(good: Good, folder: Path) -> Arguments:
    from datetime import UTC, datetime

    from dcp.create.wrap import wrap_source

    wrap_source(good.mono, folder / "sound.mxf", edit_rate=Fraction(24), now=datetime(2026, 1, 1, tzinfo=UTC))
    return _with(good, folder / "sound.mxf")
