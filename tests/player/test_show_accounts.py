"""A show with all there is: two encrypted reels in 3D, sound, text, a version over its original. The report
accounts for every frame and sample, however it was played."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from barred import Watcher, barred
from shows import NOW, track_of
from titling import cue, titled

from dcp.documents.cpl import ReelAsset
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.writer import write_track_file
from dcp.secrets.keys import ContentKey, Keyring
from player.play import play
from player.report import PlayReport
from player.screen.registry import screen_for
from player.screen.screen import Frame
from player.transport import Command, Loop, Pause, Play, Seek, Step

pytestmark = pytest.mark.extra("text")
LENGTHS, ENTRY, RIGHT = (11, 8), 3, 30
FRAMES = sum(LENGTHS)
WORDS = {2, 3, 4, 13, 14}
"""Frames with a text: 2 to 4 of the first reel, 2 and 3 of the second."""
SAMPLES, CHANNELS = 2000, 2
JOINED = 240
"""Samples at the begin of a frame that sound is faded over where the show goes elsewhere."""
SIZE = (384, 216)


def samples(frame: int) -> bytes:
    """The sound of a frame of the version: its number in every sample, and the channel's."""
    block = np.empty((SAMPLES, CHANNELS), "<i4")
    block[:] = frame * 1000 + np.arange(CHANNELS) * 100
    return block.view(np.uint8).reshape(SAMPLES, CHANNELS, 4)[..., :3].tobytes()


@dataclass
class Version:
    """root: the version file; ov: its original, which has the picture."""

    root: Path
    ov: Path
    keyring: Keyring
    cpl: Any
    files: dict[str, Path]


@pytest.fixture
def version(make: Callable[..., Any], tmp_path: Path) -> Version:
    ov = make(lengths=LENGTHS, entry=ENTRY, stereo=True, picture=barred, size=SIZE, first_code=200)
    made = replace(ov, root=tmp_path / "version", files={}, ids={})
    made.root.mkdir()
    key = ContentKey(id=uuid.uuid4(), type="MDAK", value=bytes([7]) * 16)
    reels, first = [], 0
    for number, (old, length) in enumerate(zip(ov.cpl.reels, LENGTHS, strict=True), 1):
        name = f"dubbed{number}.mxf"
        units = [samples(frame) for frame in range(first - 1, first + length)]  # one before the entry point
        written = write_track_file(
            made.root / name,
            units,
            sizes=[len(unit) for unit in units],
            descriptor=SoundDescriptor(channels=CHANNELS),
            edit_rate=Fraction(24),
            asset_id=uuid.uuid4(),
            key=key,
            now=NOW,
        )
        made.files[name], made.ids[name] = made.root / name, written.asset_id
        sound = ReelAsset(
            kind="MainSound",
            id=written.asset_id,
            edit_rate=Fraction(24),
            intrinsic_duration=length + 1,
            entry_point=1,
            duration=length,
            key_id=key.id,
        )
        reels.append(replace(old, id=uuid.uuid4(), assets=(old.picture, sound)))
        first += length
    made.cpl = replace(ov.cpl, id=uuid.uuid4(), reels=tuple(reels))
    made.keyring = Keyring((*ov.keyring.keys, key))
    for reel, end in enumerate((5, 4)):
        key = ContentKey(id=uuid.uuid4(), type="MDSK", value=bytes([9 + reel]) * 16)
        titled(made, [cue(2, end, size=80.0)], key=key, reel=reel)
    return Version(made.root, ov.root, made.keyring, made.cpl, {**ov.files, **made.files})


def shown(version: Version, screen: Any, **options: Any) -> PlayReport:
    return play(version.root, ov=[version.ov], now=NOW, keyring=version.keyring, screen=screen, **options)


def right(screen: Watcher) -> None:
    """Both eyes, the sound and the text of every frame are those of its number."""
    before = screen.seen[0].frame.number - 1
    for each in screen.seen:
        number = each.frame.number
        assert (each.picture, each.right) == (200 + number, 200 + number + RIGHT)
        assert each.frame.sound is not None and len(each.frame.sound) == len(samples(number))
        joined = 0 if number == before + 1 else JOINED * CHANNELS * 3
        assert each.frame.sound[joined:] == samples(number)[joined:]
        before = number
        assert each.words == (number in WORDS), number
        assert each.frame.reel == (1 if number < LENGTHS[0] else 2)


def test_played_through_every_unit_is_accounted_for(version: Version) -> None:
    screen = Watcher(eyes=2)
    report = shown(version, screen, view="side-by-side")
    assert screen.numbers == list(range(FRAMES))
    right(screen)
    assert (report.verdict, report.frames_shown, report.frames_dropped) == ("complete", FRAMES, 0)
    assert report.runs == ((0, FRAMES - 1),)
    for place, length in enumerate(LENGTHS):
        reel = report.reels[place]
        assert (reel.frames_shown, reel.frames_black, reel.frames_late) == (length, 0, 0)
        assert {track.kind: (track.units_read, track.mic) for track in reel.tracks} == {
            "MainStereoscopicPicture": (2 * length, "ok"),
            "MainSound": (length, "ok"),
            "MainSubtitle": (2, "ok"),  # the document and its font
        }
        assert all(track.rendered and track.encrypted and not track.damaged for track in reel.tracks)
        names = {track.file for track in reel.tracks}
        assert names == {f"picture{place + 1}.mxf", f"dubbed{place + 1}.mxf", f"text{2 + place}.mxf"}


def test_seek_loop_step_and_reel_change_have_the_right_frame_each_time(version: Version) -> None:
    script: dict[int, list[Command]] = {
        3: [Seek(12)],
        6: [Pause(), Step(-5)],  # back over the change of reels
        7: [Step()],
        8: [Loop(), Play()],
        24: [Seek(FRAMES - 1)],
        27: [Loop(False), Seek(16)],
    }

    def on_show(screen: Watcher, frame: Frame) -> None:
        for command in script.get(len(screen.seen), []):
            screen.signal.post(command)

    screen = Watcher(eyes=2, on_show=on_show)
    report = shown(version, screen, view="side-by-side", workers=3)
    right(screen)
    expected = [0, 1, 2, 12, 13, 14, 9, 10, *range(11, 19), *range(8), 18, 0, 1, 16, 17, 18]
    assert screen.numbers == expected
    assert report.frames_shown == len(expected)
    first = sum(number < LENGTHS[0] for number in expected)
    counts = [first, len(expected) - first]
    assert [reel.frames_shown for reel in report.reels] == counts
    for reel, count in zip(report.reels, counts, strict=True):
        read = {track.kind: track.units_read for track in reel.tracks}
        assert read == {"MainStereoscopicPicture": 2 * count, "MainSound": count, "MainSubtitle": 2}
    assert report.runs == ((0, 2), (12, 14), (9, 18), (0, 7), (18, 18), (0, 1), (16, 18))
    assert report.frames_dropped == FRAMES - len(set(expected))


def test_every_sample_comes_out(version: Version, tmp_path: Path) -> None:
    report = shown(version, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    assert report.verdict == "complete"
    assert track_of(report, "Sound").rendered
    data = (tmp_path / "out.wav").read_bytes()
    expected = b"".join(samples(frame) for frame in range(FRAMES))
    assert data.endswith(expected) and len(data) < len(expected) + 1000


def test_one_wrong_sample_is_silence_for_its_frame_and_accounted_for(version: Version) -> None:
    path = version.files["dubbed2.mxf"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    screen = Watcher(eyes=2)
    report = shown(version, screen, view="side-by-side")
    (damage,) = track_of(report, "Sound", reel=1).damaged
    assert damage.first_frame == damage.last_frame and damage.shown_as == "silence"
    half = SAMPLES * CHANNELS * 3 // 2
    silent = [each.frame.number for each in screen.seen if not any((each.frame.sound or b"")[half:])]
    assert [number for number in silent if number] == [damage.first_frame]  # frame 0 is silent by its number
    assert (report.verdict, report.frames_shown) == ("damaged", FRAMES)
