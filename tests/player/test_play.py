"""Playing: what is shown, in which order, what damage does, what is marked, and what is refused."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.keys import ContentKey, Keyring
from dcp.mxf.labels import MIC_HMAC_SHA1
from dcp.mxf.reader import TrackFile
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from player import marking as marking_module
from player.media_block import KdmRequest
from player.play import play
from player.report import PlayReport, TrackReport
from player.screen.registry import screen_for
from watermark.secret import Secret

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
RATE = Fraction(24)
SECRET = Secret(value=bytes(range(32)), operator="test")
Make = Callable[..., Any]


def run(made: Any, screen: Any = None, **options: Any) -> PlayReport:
    options.setdefault("keyring", made.keyring)
    return play(made.root, now=NOW, screen=screen, **options)


def track_of(report: PlayReport, kind: str, *, reel: int = 0) -> TrackReport:
    return next(track for track in report.reels[reel].tracks if track.kind.endswith(kind))


def tamper(path: Path, unit: bytes, *, at: int = 40) -> None:
    """Change one bit inside the unit that begins with these bytes of ciphertext or plaintext."""
    data = bytearray(path.read_bytes())
    place = data.index(unit)
    data[place + at] ^= 1
    path.write_bytes(data)


def encrypted_units(path: Path, key: ContentKey) -> list[bytes]:
    """The first bytes of every unit's encrypted source value: IV, check value, ciphertext."""
    with TrackFile.open(path) as file:
        return [bytes(unit.data[:64]) for unit in file.units(raw=True)]


# --- order and extent -----


def test_every_frame_of_every_reel_in_order(make: Make, catcher: Any) -> None:
    made = make(lengths=(6, 4, 5))
    report = run(made, catcher, workers=4)
    assert catcher.order == list(range(15))
    assert catcher.codes() == list(range(15))
    assert catcher.complete
    assert (report.verdict, report.exit_code, report.frames_shown, report.frames_dropped) == (
        "complete",
        0,
        15,
        0,
    )
    assert [(reel.first_frame, reel.frames_shown) for reel in report.reels] == [(0, 6), (6, 4), (10, 5)]
    tracks = report.reels[1].tracks
    assert [(track.kind, track.units_read, track.mic) for track in tracks] == [
        ("MainPicture", 4, "ok"),
        ("MainSound", 4, "ok"),
    ]
    assert tracks[0].key_id == str(made.keyring.keys[0].id)


class Shuffling:
    """A codec that takes the longer the earlier a frame is within its group."""

    name = "shuffling"

    def __init__(self) -> None:
        self.inner = codec_by_name()
        self.calls = 0
        self.now = self.most = 0
        self.lock = threading.Lock()

    def encode(self, image: Any, *, limits: Any) -> bytes:
        raise NotImplementedError

    def decode(self, codestream: bytes, *, reduce: int = 0) -> Any:
        with self.lock:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
            nap = 0.02 if self.calls % 4 == 1 else 0.0
        time.sleep(nap)
        image = self.inner.decode(codestream, reduce=reduce)
        with self.lock:
            self.now -= 1
        return image


def test_order_holds_when_workers_overtake_each_other(make: Make, catcher: Any) -> None:
    codec = Shuffling()
    run(make(lengths=(24,), sound=False), catcher, workers=4, codec=codec)
    assert codec.most > 1, "frames were decoded side by side"
    assert catcher.codes() == list(range(24))


def test_no_more_than_a_window_of_frames_is_read_ahead(make: Make) -> None:
    made = make(lengths=(40,), sound=False)
    shown: list[int] = []
    ahead: list[int] = []

    class Watching(Shuffling):
        def decode(self, codestream: bytes, *, reduce: int = 0) -> Any:
            image = super().decode(codestream, reduce=reduce)
            ahead.append(self.calls - len(shown))
            return image

    run(made, workers=3, codec=Watching(), progress=lambda done, total: shown.append(total))
    assert shown == [40] * 40
    assert max(ahead) <= 7


def test_entry_point_and_duration_are_honoured(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(5,), entry=3), catcher)
    assert catcher.codes() == list(range(5))
    assert (report.reels[0].tracks[0].entry_point, report.reels[0].tracks[0].duration) == (3, 5)


def test_reels_on_the_same_track_files(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(4, 4, 4), shared=True), catcher)
    assert catcher.codes() == [0, 1, 2, 3] * 3
    assert catcher.order == list(range(12))
    assert len({reel.tracks[0].asset_id for reel in report.reels}) == 1


@pytest.mark.parametrize(("first", "last"), [(0, 0), (4, 7), (6, 9), (9, 9)])
def test_a_part_of_the_composition(make: Make, catcher: Any, first: int, last: int) -> None:
    report = run(make(lengths=(6, 4)), catcher, frames=(first, last))
    assert catcher.order == list(range(first, last + 1))
    assert catcher.codes() == catcher.order
    assert report.first_frame == first
    assert report.frames_shown == last - first + 1
    assert report.exit_code == 0


@pytest.mark.parametrize("frames", [(0, 10), (5, 4), (-1, 3), (10, 10)])
def test_frames_that_are_not_there(make: Make, frames: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="not in this composition of 10 frames"):
        run(make(lengths=(6, 4)), frames=frames)


def test_a_reel_without_picture_is_black(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(3, 3, 3), blind=(1,)), catcher)
    assert catcher.codes() == [0, 1, 2, -1, -1, -1, 6, 7, 8]
    assert [reel.frames_black for reel in report.reels] == [0, 3, 0]
    assert report.exit_code == 0


def test_sound_alone_is_black_in_the_2k_container(make: Make, catcher: Any) -> None:
    run(make(lengths=(2,), blind=(0,)), catcher)
    assert (catcher.signal.width, catcher.signal.height) == (2048, 1080)
    assert catcher.codes() == [-1, -1]


def test_reduced_resolution(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(3,)), catcher, reduce=2)
    assert report.size == (64, 36)
    assert catcher.images[0].shape == (36, 64, 3)
    assert catcher.codes() == [0, 1, 2]


@pytest.mark.parametrize("reduce", [6, 7, -1])
def test_reduced_too_far(make: Make, reduce: int) -> None:
    with pytest.raises(UsageError, match=r"halved|reduced"):
        run(make(lengths=(2,)), reduce=reduce)


def test_both_eyes_are_checked_and_the_left_is_shown(make: Make, catcher: Any) -> None:
    made = make(lengths=(4,), stereo=True)
    report = run(made, catcher)
    assert catcher.codes() == [0, 1, 2, 3]
    assert track_of(report, "Picture").units_read == 8
    assert any("right eye" in what for what in report.not_rendered)


def test_damage_to_the_right_eye_is_logged_and_the_left_is_shown(make: Make, catcher: Any) -> None:
    made = make(lengths=(4,), stereo=True)
    units = encrypted_units(made.files["picture1.mxf"], made.keyring.keys[0])
    tamper(made.files["picture1.mxf"], units[5])
    report = run(made, catcher)
    assert catcher.codes() == [0, 1, 2, 3]
    (damage,) = track_of(report, "Picture").damaged
    assert (damage.first_frame, damage.eye, damage.shown_as) == (2, "right", "nothing")
    assert report.exit_code == 1


# --- damage -----


def test_a_tampered_picture_unit_is_black_logged_and_ends_with_1(
    make: Make, catcher: Any, tmp_path: Path
) -> None:
    made = make(lengths=(6, 4))
    path = made.files["picture1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[0])[3])
    log = tmp_path / "log"
    report = run(made, catcher, log=log)
    assert catcher.codes() == [0, 1, 2, -1, 4, 5, 6, 7, 8, 9]
    assert (report.verdict, report.exit_code, report.frames_shown) == ("complete", 1, 10)
    picture, sound = report.reels[0].tracks
    (damage,) = picture.damaged
    assert (damage.first_frame, damage.last_frame, damage.reason, damage.exception, damage.shown_as) == (
        3,
        3,
        "mic",
        "FrameMICError",
        "black",
    )
    assert (picture.mic, sound.mic) == ("failed", "ok")
    assert report.reels[0].frames_black == 1
    events = [json.loads(line) for line in log.read_text().splitlines()]
    (bad,) = [event for event in events if event["exception"]]
    assert bad["exception"] == "FrameMICError"
    assert (bad["parameters"]["first_frame"], bad["parameters"]["unit"]) == (3, 3)


def test_a_tampered_sound_unit_is_silence_and_the_picture_goes_on(make: Make, catcher: Any) -> None:
    made = make(lengths=(6,))
    path = made.files["sound1.mxf"]
    units = encrypted_units(path, made.keyring.keys[1])
    tamper(path, units[2])
    tamper(path, units[3])
    report = run(made, catcher)
    assert catcher.codes() == list(range(6))
    (damage,) = report.reels[0].tracks[1].damaged
    assert (damage.first_frame, damage.last_frame, damage.shown_as) == (2, 3, "silence")
    assert report.exit_code == 1


def test_a_unit_in_the_wrong_place_is_a_sequence_error(make: Make, catcher: Any) -> None:
    made = make(lengths=(5,), sound=True)
    path = made.files["sound1.mxf"]
    data = bytearray(path.read_bytes())
    units = encrypted_units(path, made.keyring.keys[1])
    second, third, fourth = (data.index(unit) for unit in units[1:4])
    size = fourth - third
    assert third - second == size
    data[second : second + size], data[third : third + size] = (
        data[third : third + size],
        data[second : second + size],
    )
    path.write_bytes(data)
    report = run(made, catcher)
    assert {damage.exception for damage in report.reels[0].tracks[1].damaged} == {"FrameSequenceError"}


def test_what_is_no_picture_is_black(make: Make, catcher: Any) -> None:
    def damage(number: int, data: bytes) -> bytes:
        if number == 1:
            return data[: len(data) // 2]
        return b"no codestream at all" if number == 2 else data

    report = run(make(lengths=(4,), encrypted=(), damage=damage), catcher)
    assert catcher.codes()[0] == 0
    assert catcher.codes()[2:] == [-1, 3]
    assert report.exit_code == 1
    assert {run.reason for run in report.reels[0].tracks[0].damaged} == {"codestream"}


def test_a_codestream_of_another_size_is_not_decoded(make: Make, catcher: Any) -> None:
    other = codec_by_name().encode(np.full((64, 64, 3), 900, np.uint16), limits=frame_limits(RATE))
    report = run(
        make(lengths=(3,), encrypted=(), damage=lambda number, data: other if number == 1 else data), catcher
    )
    assert catcher.codes() == [0, -1, 2]
    (damage,) = report.reels[0].tracks[0].damaged
    assert "64x64" in damage.message


# --- what cannot be played -----


def test_the_wrong_key_shows_nothing(make: Make, catcher: Any, tmp_path: Path) -> None:
    made = make(lengths=(3,))
    wrong = ContentKey(id=made.keyring.keys[0].id, type="MDIK", value=b"w" * 16)
    with pytest.raises(TrackFileError) as caught:
        run(made, catcher, keyring=Keyring((wrong, made.keyring.keys[1])), log=tmp_path / "log")
    assert (caught.value.exit_code, caught.value.reason) == (2, "wrong_key")
    assert catcher.signal is None
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert last["exception"] == "CheckValueError"
    assert b"w" * 16 not in (tmp_path / "log").read_bytes()


def test_the_wrong_sound_key_shows_nothing_either(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    wrong = ContentKey(id=made.keyring.keys[1].id, type="MDAK", value=b"w" * 16)
    with pytest.raises(TrackFileError, match="key"):
        run(made, catcher, keyring=Keyring((made.keyring.keys[0], wrong)))
    assert catcher.signal is None


def test_a_missing_key_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    with pytest.raises(KeyMissingError, match=str(made.keyring.keys[1].id)):
        run(made, catcher, keyring=Keyring(made.keyring.keys[:1]))
    assert catcher.signal is None


def test_a_missing_file_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    made.files["sound2.mxf"].unlink()
    with pytest.raises(DcpError, match=r"sound2\.mxf is missing") as caught:
        run(made, catcher)
    assert caught.value.exit_code == 2
    assert catcher.signal is None


def test_a_missing_file_of_another_reel_does_not_matter(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    made.files["sound2.mxf"].unlink()
    assert run(made, catcher, frames=(0, 2)).exit_code == 0


def test_a_truncated_file_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TrackFileError) as caught:
        run(made, catcher)
    assert (caught.value.reason, caught.value.exit_code) == ("truncated", 2)
    assert catcher.signal is None


def test_no_integrity_codes_where_they_are_required(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,), mic=False)
    with pytest.raises(TrackFileError, match="no integrity codes") as caught:
        run(made, catcher)
    assert caught.value.reason == "mic_missing"
    assert catcher.signal is None
    report = run(made, catcher, mic="if-present")
    assert report.exit_code == 0
    assert report.reels[0].tracks[0].mic == "none"


def test_integrity_codes_that_the_header_denies_are_checked(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    path.write_bytes(path.read_bytes().replace(bytes(MIC_HMAC_SHA1), bytes(16)))
    report = run(made, catcher)
    assert (report.exit_code, report.reels[0].tracks[0].mic) == (0, "ok")


def test_mic_off_is_said(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(2,)), catcher, mic="off")
    assert [track.mic for track in report.reels[0].tracks] == ["off", "off"]


def test_several_compositions_must_be_named(make: Make, catcher: Any, rewrite: Any) -> None:
    made = make(lengths=(3,))
    other = rewrite.second_cpl(made)
    with pytest.raises(UsageError) as caught:
        run(made, catcher)
    assert str(made.cpl.id) in str(caught.value)
    assert str(other.id) in str(caught.value)
    assert run(made, catcher, cpl_id=other.id).cpl_id == str(other.id)
    with pytest.raises(UsageError, match="has no composition"):
        run(made, catcher, cpl_id=uuid.uuid4())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edit_rate": Fraction(25)}, "edit rate"),
        ({"key_id": None}, "encrypted under the key"),
        ({"key_id": uuid.uuid4()}, "encrypted under the key"),
        ({"kind": "MainStereoscopicPicture"}, "the file holds picture"),
        ({"intrinsic_duration": 9, "duration": 9}, "the file holds 4"),
    ],
)
def test_a_header_that_does_not_fit_the_playlist(
    make: Make, catcher: Any, rewrite: Any, change: dict[str, Any], message: str
) -> None:
    made = make(lengths=(4,), sound=False)
    rewrite.picture(made, **change)
    with pytest.raises(DcpError, match=message):
        run(made, catcher)
    assert catcher.signal is None


@pytest.mark.parametrize("claimed", [50, 1_000_000_000])
@pytest.mark.parametrize("role", ["picture", "sound"])
def test_a_file_with_too_few_units_for_its_playlist(
    make: Make, catcher: Any, rewrite: Any, role: str, claimed: int
) -> None:
    """Header and playlist agree on a length that the file does not have: no black without end."""
    made = make(lengths=(4,), sound=role == "sound", blind=(0,) if role == "sound" else ())
    path = made.files[f"{role}1.mxf"]
    data = bytearray(path.read_bytes())
    for tag in ("30020008", "02020008"):
        data[:16384] = data[:16384].replace(
            bytes.fromhex(tag) + (4).to_bytes(8, "big"), bytes.fromhex(tag) + claimed.to_bytes(8, "big")
        )
    path.write_bytes(data)
    rewrite.asset(made, role.title(), intrinsic_duration=claimed, duration=claimed)
    with pytest.raises(TrackFileError, match=r"no room for them|bytes can hold") as caught:
        run(made, catcher)
    assert caught.value.exit_code == 2
    assert catcher.signal is None


def test_an_encrypted_file_that_names_no_key(make: Make, catcher: Any, rewrite: Any) -> None:
    """Nor does the playlist, so the two agree."""
    made = make(lengths=(3,), sound=False)
    path = made.files["picture1.mxf"]
    data = bytearray(path.read_bytes())
    place = data.index(made.keyring.keys[0].id.bytes)
    data[place - 4 : place - 2] = b"\x3a\xaa"  # the item's tag: one that no primer knows
    path.write_bytes(data)
    rewrite.picture(made, key_id=None)
    with pytest.raises(DcpError, match="neither it nor the CPL names a key"):
        run(made, catcher)
    assert catcher.signal is None


def test_an_intrinsic_duration_that_does_not_matter_is_noted(make: Make, catcher: Any, rewrite: Any) -> None:
    made = make(lengths=(4,), sound=False)
    rewrite.picture(made, intrinsic_duration=7)
    report = run(made, catcher)
    assert report.exit_code == 0
    assert any(event.subtype == "Mismatch" for event in report.events)


def test_sound_shorter_than_its_picture_is_refused(make: Make, rewrite: Any) -> None:
    made = make(lengths=(4,))
    rewrite.sound(made, duration=3)
    with pytest.raises(DcpError, match="3 edit units where the reel has 4 frames"):
        run(made)


def test_sound_of_another_rate_is_refused(make: Make, catcher: Any) -> None:
    with pytest.raises(DcpError, match="the edit rate is 25, the composition's is 24"):
        run(make(lengths=(4,), sound_rate=Fraction(25)), catcher)
    assert catcher.signal is None


def test_pictures_of_two_sizes_are_refused(make: Make) -> None:
    small = make(lengths=(2,), sound=False)
    with pytest.raises(DcpError, match="256x144"):
        run(merge(small, make(lengths=(2,), sound=False, size=(320, 180))))


def merge(one: Any, other: Any) -> Any:
    """`one` with the reels and files of `other` after its own."""
    for name, path in other.files.items():
        one.files[f"other_{name}"] = path.rename(one.root / f"other_{name}")
        one.ids[f"other_{name}"] = other.ids[name]
    one.cpl = replace(one.cpl, reels=one.cpl.reels + other.cpl.reels)
    one.keyring = Keyring(one.keyring.keys + other.keyring.keys)
    one.write()
    return one


def test_keys_come_from_one_place(make: Make) -> None:
    with pytest.raises(UsageError, match="not from both"):
        run(make(lengths=(2,)), kdm=KdmRequest(data=b"", private_key=None))  # type: ignore[arg-type]


# --- stopping -----


def test_a_cancelled_show_stops_and_leaves_no_output(make: Make, tmp_path: Path) -> None:
    seen: list[int] = []
    made = make(lengths=(30,))
    report = run(
        made,
        screen_for(f"frames:{tmp_path / 'out'}"),
        workers=1,
        progress=lambda done, total: seen.append(done),
        cancel=lambda: len(seen) >= 5,
    )
    assert (report.verdict, report.exit_code) == ("stopped", 1)
    assert 5 <= report.frames_shown < 30
    assert report.frames_shown + report.frames_dropped == 30
    assert not (tmp_path / "out").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]
    subtypes = [event.subtype for event in report.events]
    assert "Stopped" in subtypes
    assert "PlayoutComplete" not in subtypes
    played = next(event for event in report.events if event.subtype == "FrameSequencePlayed")
    assert played.parameters["last_frame"] == report.frames_shown - 1


def test_an_interrupt_leaves_no_output_and_is_logged(make: Make, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            make(lengths=(8,)),
            screen_for(f"y4m:{tmp_path / 'out.y4m'}"),
            progress=interrupt,
            log=tmp_path / "log",
        )
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert last["message"] == "interrupted (KeyboardInterrupt)"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("show")]


def test_random_damage_ends_in_a_report_or_in_one_error(make: Make) -> None:
    made = make(lengths=(3,))
    dice = random.Random(11)
    paths = [path for path in made.root.iterdir() if path.is_file()]
    for _ in range(60):
        path = dice.choice(paths)
        whole = path.read_bytes()
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 40))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            report = run(made)
        except DcpError as error:
            assert error.exit_code in (1, 2)
        else:
            assert report.frames_shown == 3
        path.write_bytes(whole)
    assert run(made).exit_code == 0


# --- marks -----


class Recording:
    """Stands in for the embedder: notes its calls."""

    made: list[Recording]

    def __init__(self, secret: Any, payload: Any, *, width: int, height: int, rate: Any) -> None:
        self.payload = payload
        self.size = (width, height)
        self.indexes: list[int] = []
        self.codes: dict[int, float] = {}
        Recording.made.append(self)

    def apply(self, frame: Any, frame_index: int, out: Any = None) -> Any:
        self.indexes.append(frame_index)
        self.codes[frame_index] = float(frame.mean())
        return frame


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    Recording.made = []
    monkeypatch.setattr(marking_module, "Embedder", Recording)
    return Recording


def test_the_mark_goes_into_every_frame_of_encrypted_pictures(make: Make, catcher: Any) -> None:
    made = make(lengths=(4, 3))
    report = run(made, catcher, location=77, secret=SECRET)
    plain = type(catcher)()
    run(made, plain)
    assert report.marked
    assert (report.mark.location, report.mark.time_index) == (77, 152 * 96 + 48)
    assert [reel.tracks[0].marked for reel in report.reels] == [True, True]
    for number in range(7):
        difference = np.abs(catcher.images[number].astype(int) - plain.images[number].astype(int))
        assert 1 <= difference.max() <= 20
    assert not report.mark.sound
    assert report.mark.sound_why_not is not None and "no audio mark" in report.mark.sound_why_not


def test_the_mark_counts_frames_over_the_composition(make: Make, recording: type[Recording]) -> None:
    run(make(lengths=(4, 3)), location=1, secret=SECRET, frames=(2, 5), workers=3)
    (embedder,) = recording.made
    assert sorted(embedder.indexes) == [2, 3, 4, 5]
    assert {index: round((mean - 400) / 60) for index, mean in embedder.codes.items()} == {
        index: index for index in (2, 3, 4, 5)
    }


def test_a_clear_track_is_never_marked(make: Make, recording: type[Recording]) -> None:
    report = run(make(lengths=(4,), encrypted=("sound",)), location=1, secret=SECRET)
    assert recording.made == []
    assert not report.marked
    assert report.mark.picture_why_not is not None and "clear" in report.mark.picture_why_not


def test_a_clear_reel_between_encrypted_ones_is_not_marked(
    make: Make, catcher: Any, recording: type[Recording]
) -> None:
    clear = merge(
        make(lengths=(3,), sound=False), make(lengths=(2,), sound=False, encrypted=(), first_code=3)
    )
    report = run(clear, catcher, location=1, secret=SECRET)
    assert sorted(recording.made[0].indexes) == [0, 1, 2]
    assert catcher.codes() == [0, 1, 2, 3, 4]
    assert [reel.tracks[0].marked for reel in report.reels] == [True, False]
    assert report.marked


def test_a_mark_that_is_due_and_cannot_be_made_is_said(make: Make) -> None:
    report = run(make(lengths=(2,)))
    assert not report.marked
    assert report.mark.picture_why_not is not None and "--secret" in report.mark.picture_why_not
    (event,) = [event for event in report.events if event.subtype == "ForensicMark"]
    assert "due" in event.message
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"location": 5}, "both a location and a secret"),
        ({"secret": SECRET}, "both a location and a secret"),
        ({"location": 1 << 19, "secret": SECRET}, "location 524288"),
        ({"location": 5, "secret": SECRET, "reduce": 3}, "cannot be marked"),
    ],
)
def test_marks_that_make_no_sense(make: Make, catcher: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(make(lengths=(2,)), catcher, **options)
    assert catcher.signal is None


def test_black_in_place_of_damage_is_not_marked(make: Make, catcher: Any, recording: type[Recording]) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[0])[1])
    run(made, catcher, location=1, secret=SECRET)
    assert sorted(recording.made[0].indexes) == [0, 2]


# --- log and report -----


def test_the_log_tells_the_show(make: Make, tmp_path: Path) -> None:
    ticks = iter(range(1000))
    log = tmp_path / "log"
    report = run(
        make(lengths=(2, 2)),
        location=3,
        secret=SECRET,
        log=log,
        clock=lambda: NOW + timedelta(seconds=next(ticks)),
    )
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert events == [event.document() for event in report.events]
    names = [event["subtype"] for event in events]
    assert names[0] == "ForensicMark"
    start, end = names.index("CPLStart"), names.index("CPLEnd")
    assert names[start + 1 : end] == ["FrameSequencePlayed"] * 4
    assert names[end:] == ["CPLEnd", "PlayoutComplete"]
    played = events[start + 1]["parameters"]
    assert (played["first_frame"], played["last_frame"], played["marked"], played["mic"]) == (
        0,
        1,
        True,
        "ok",
    )
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert {event["content_id"] for event in events} == {report.cpl_id}
    text = log.read_text() + json.dumps(report.document())
    assert SECRET.value.hex() not in text
    assert (b"\x01" * 16).hex() not in text


def test_a_show_that_cannot_be_logged_is_not_shown(make: Make, catcher: Any, tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="log cannot be written"):
        run(make(lengths=(2,)), catcher, log=tmp_path / "no" / "log")
    assert catcher.signal is None


def test_the_report_says_what_was_left_out(make: Make) -> None:
    report = run(make(lengths=(2,)))
    assert any("hashes" in what for what in report.not_checked)
    assert any("signature" in what for what in report.not_checked)
    assert any(what.startswith("MainSound") for what in report.not_rendered)
