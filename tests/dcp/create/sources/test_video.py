"""What a video file is: which stream is the film, when its frames are shown, how they are meant."""

from __future__ import annotations

import json
import random
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from needing import needing

needing("picture")

import av  # noqa: E402
import numpy as np  # noqa: E402
from numbered import SIZE, edited, numbered, numbers_of, picture  # noqa: E402

from dcp.create.planning.rates import plan_rate, select, time_map  # noqa: E402
from dcp.create.sources import video_times  # noqa: E402
from dcp.create.sources.facts import PictureFacts, Pixels  # noqa: E402
from dcp.create.sources.video import probe_video, read_video  # noqa: E402
from dcp.errors import SourceError  # noqa: E402

pytestmark = pytest.mark.extra("picture")

CASES = Path(__file__).parents[5] / "shared" / "field-cases"
FILM = Fraction(24_000, 1001)
B_FRAMES = {"bf": "3", "g": "24"}


def seconds(facts: PictureFacts) -> list[float]:
    return [round(float(time * facts.time_base), 4) for time in facts.times]


def field_case(number: str, folder: Path) -> Path:
    if not CASES.is_dir():
        pytest.skip("left out: ../shared/field-cases is not here")
    script = next(CASES.glob(f"{number}-*")) / "gen.py"
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True)
    return folder


def grey(pixels: Pixels) -> int:
    """Of a flat picture, limited range."""
    return round((float(pixels.planes[0].mean()) - 16) / 219 * 255)


# --- the cases of the field -----


def test_variable_rate_is_refused_and_taken_by_time_when_told_the_rate(tmp_path: Path) -> None:
    facts = probe_video(field_case("01", tmp_path) / "in.mov")
    assert (facts.frames, facts.variable, facts.rate) == (24, True, 24)
    with pytest.raises(SourceError, match="variable") as caught:
        plan_rate(facts.rate, facts.variable, None, None, where=facts.path)
    assert "--picture-rate 24" in str(caught.value.remedy)
    plan = plan_rate(facts.rate, facts.variable, Fraction(24), None)
    takes = select(facts, plan)
    assert len(takes) == 40
    shown = [grey(pixels) for pixels in read_video(facts, takes.first)]
    wanted = [10 + 10 * n for n in [*range(8), *(n for n in range(8, 16) for _ in range(3)), *range(16, 24)]]
    assert all(abs(a - b) <= 2 for a, b in zip(shown, wanted, strict=True))
    assert time_map(facts, plan).shown(Fraction(4, 3)) == Fraction(4, 3)  # the click, with frame 32


def test_the_film_is_taken_and_not_its_cover(tmp_path: Path) -> None:
    facts = probe_video(field_case("03", tmp_path) / "in.mp4")
    assert (facts.frames, facts.rate, facts.width) == (6, 24, 320)
    assert [one.id for one in facts.decisions] == ["note.cover-left"]
    assert all(abs(grey(pixels) - 60) <= 2 for pixels in read_video(facts, range(6)))


def test_streams_keep_their_starts(tmp_path: Path) -> None:
    folder = field_case("06", tmp_path)
    early, late = (probe_video(folder / name) for name in ("in.mkv", "late-picture.mkv"))
    assert [seconds(facts)[0] for facts in (early, late)] == [0.0, 0.5]
    clicks = [
        time_map(facts, plan_rate(facts.rate, False, None, None)).shown(Fraction(1, 2))
        for facts in (early, late)
    ]
    assert clicks == [Fraction(1, 2), 0]
    assert all(len(select(facts, plan_rate(facts.rate, False, None, None))) == 24 for facts in (early, late))


def test_23976_is_shown_at_24_and_its_sound_with_it(tmp_path: Path) -> None:
    facts = probe_video(field_case("13", tmp_path) / "in.mov")
    assert (facts.frames, facts.rate, facts.variable) == (117, FILM, False)
    for wanted in (None, Fraction(24)):
        plan = plan_rate(facts.rate, facts.variable, wanted, None)
        assert list(select(facts, plan).first) == list(range(117))
        assert float(time_map(facts, plan).shown(Fraction(9, 2))) == pytest.approx(4.4955, abs=1e-5)


# --- times -----


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.mov", "v.ts"])
@pytest.mark.parametrize("options", [{"bf": "0"}, B_FRAMES])
def test_frames_of_unequal_length_are_shown_at_their_times(
    name: str, options: dict[str, str], tmp_path: Path
) -> None:
    """As a telephone has them: about 30 a second, each a little off, some twice as long."""
    rng, times = random.Random(3), [0]
    for number in range(89):
        times.append(times[-1] + (60 if number % 9 == 4 else rng.randint(25, 42)))
    path = numbered(tmp_path / name, 90, rate=30, times=times, time_base=Fraction(1, 1000), options=options)
    facts = probe_video(path)
    assert (facts.frames, facts.variable) == (90, True)
    assert seconds(facts) == pytest.approx([seconds(facts)[0] + time / 1000 for time in times], abs=6e-4)
    plan = plan_rate(facts.rate, facts.variable, Fraction(24), None)
    shown = numbers_of(read_video(facts, select(facts, plan).first))
    for n, number in enumerate(shown):  # the one on screen in the middle of package frame n
        middle = (n + 0.5) / 24 * 1000
        assert times[number] - 1 <= middle
        assert number == 89 or middle <= times[number + 1] + 1


@pytest.mark.parametrize("codec", ["libx264", "prores_ks"])
@pytest.mark.parametrize(
    ("edits", "numbers", "start"),
    [
        ([(3000, 0)], list(range(72)), 0.0),
        ([(500, -1), (3000, 0)], list(range(72)), 0.5),
        ([(2500, 5)], list(range(5, 65)), 0.0),
        ([(1500, 30)], list(range(30, 66)), 0.0),
        ([(1000, 0)], list(range(24)), 0.0),
        ([(250, -1), (1000, 6)], list(range(6, 30)), 0.25),
        ([(1000, 0), (1000, 48)], [*range(24), *range(48, 72)], 0.0),
        ([(1000, 6), (500, 42)], [*range(6, 30), *range(42, 54)], 0.0),
        ([(1000, 0), (1000, 0)], [*range(24), *range(24)], 0.0),
        ([(1000, 48), (1000, 0)], [*range(48, 72), *range(24)], 0.0),
    ],
)
def test_edit_lists_are_obeyed(
    codec: str, edits: list[tuple[int, int]], numbers: list[int], start: float, tmp_path: Path
) -> None:
    film = codec == "libx264"
    options, form = ({"bf": "3", "g": "24"}, "yuv420p") if film else ({}, "yuv422p10le")
    path = numbered(tmp_path / "v.mov", 72, codec=codec, form=form, options=options)
    frame, delay = 512, 1024 if film else 0  # 1/12288 s; B-frames make the first one late by two
    edited(path, [(long, media if media < 0 else delay + media * frame) for long, media in edits])
    facts = probe_video(path)
    assert (facts.frames, facts.rate, facts.variable) == (len(numbers), 24, False)
    assert seconds(facts) == pytest.approx([start + n / 24 for n in range(len(numbers))], abs=1e-4)
    assert float(facts.end * facts.time_base) == pytest.approx(start + len(numbers) / 24, abs=1e-4)
    assert numbers_of(read_video(facts, range(facts.frames))) == numbers


def test_an_edit_list_with_a_gap_inside_is_refused(tmp_path: Path) -> None:
    path = edited(numbered(tmp_path / "v.mov", 72), [(1000, 0), (500, -1), (1000, 24_576)])
    with pytest.raises(SourceError, match="gaps in the middle"):
        probe_video(path)


@pytest.mark.parametrize("name", ["v.mov", "v.mkv", "v.avi"])
def test_a_hole_in_the_time_stamps_is_held(name: str, tmp_path: Path) -> None:
    times = [*range(20), *range(26, 60)]
    codec, form = ("mjpeg", "yuvj420p") if name == "v.avi" else ("libx264", "yuv420p")
    path = numbered(tmp_path / name, 54, times=times, time_base=Fraction(1, 24), codec=codec, form=form)
    facts = probe_video(path)
    assert (facts.rate, facts.variable) == (24, False)
    takes = select(facts, plan_rate(facts.rate, facts.variable, None, None))
    assert len(takes) == 60
    assert numbers_of(read_video(facts, takes.first)) == [*range(20), *[19] * 6, *range(20, 54)]
    assert [one.id for one in takes.decisions] == ["plan.holes-held"]


def test_times_before_zero_are_times(tmp_path: Path) -> None:
    """A film cut without coding it anew: its first frames, needed for others alone, lie before zero."""
    whole = numbered(tmp_path / "whole.mp4", 72, options=B_FRAMES)
    path = tmp_path / "cut.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                packet.pts -= 6144
                packet.dts -= 6144
                target.mux(packet)
    facts = probe_video(path)
    assert facts.frames == 72
    assert numbers_of(read_video(facts, range(72))) == list(range(72))


@pytest.mark.parametrize(
    ("codec", "name"), [("mpeg2video", "v.ts"), ("libx264", "v.ts"), ("mpeg2video", "v.mpg")]
)
def test_a_recording_that_begins_in_the_middle(codec: str, name: str, tmp_path: Path) -> None:
    whole = numbered(tmp_path / name, 96, rate=25, codec=codec, options={"bf": "2", "g": "12"})
    data = whole.read_bytes()
    whole.write_bytes(data[len(data) // 3 // 188 * 188 :])
    facts = probe_video(whole)
    assert facts.decisions[0].id == "note.frames-before-key"
    assert not facts.variable
    numbers = numbers_of(read_video(facts, range(facts.frames)))
    assert numbers == list(range(numbers[0], 96))


@pytest.mark.oracle
def test_frames_that_only_others_need_are_not_counted(
    tmp_path: Path, oracle: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """VP8's hidden frames are packets of their own; its encoder makes them in a second pass."""
    path = tmp_path / "v.webm"
    for number, target in ((1, ["-f", "null", "-"]), (2, [path])):
        subprocess.run(
            [
                *(oracle("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x72:r=24:d=6"),
                *("-c:v", "libvpx", "-b:v", "200k", "-auto-alt-ref", "1", "-lag-in-frames", "16"),
                *("-pass", str(number), "-passlogfile", tmp_path / "log", *target),
            ],
            check=True,
            capture_output=True,
        )
    with av.open(str(path)) as container:
        assert sum(1 for packet in container.demux(video=0) if packet.size) > 144
    monkeypatch.setattr(video_times, "_by_decoding", None)
    facts = probe_video(path)
    assert (facts.frames, facts.rate, facts.variable) == (144, 24, False)


def test_what_the_cheap_ways_tell_is_what_decoding_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        numbered(tmp_path / "b.mp4", 60, options=B_FRAMES),
        numbered(tmp_path / "b.mkv", 60, options=B_FRAMES),
        numbered(tmp_path / "b.mxf", 60, codec="mpeg2video", rate=25, options={"bf": "2"}),
        numbered(tmp_path / "p.mov", 60, codec="prores_ks", form="yuv422p10le", rate=FILM),
        numbered(tmp_path / "j.avi", 60, codec="mjpeg", form="yuvj420p"),
    ]
    cheap = [probe_video(path) for path in paths]
    monkeypatch.setattr(video_times, "_told", lambda *_: None)
    assert [probe_video(path) for path in paths] == cheap


def test_an_index_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither all packets nor all frames are read of what has an index, or counts in frames."""
    paths = [
        numbered(tmp_path / "b.mp4", 60, options=B_FRAMES),
        edited(numbered(tmp_path / "e.mp4", 90, options=B_FRAMES), [(500, -1), (2500, 3584)]),
        numbered(
            *(tmp_path / "n.mp4", 60),
            options=B_FRAMES,
            container_options={"movflags": "negative_cts_offsets"},
        ),
        numbered(tmp_path / "p.mov", 60, codec="prores_ks", form="yuv422p10le"),
        numbered(tmp_path / "d.mxf", 60, codec="dnxhd", form="yuv422p", options={"profile": "dnxhr_sq"}),
        numbered(tmp_path / "j.avi", 60, codec="mjpeg", form="yuvj420p"),
        numbered(tmp_path / "y.y4m", 60, codec="wrapped_avframe"),
    ]
    for way in ("_of_packets", "_by_decoding"):
        monkeypatch.setattr(video_times, way, None)
    assert [probe_video(path).frames for path in paths] == [60] * 7


def test_real_clips_have_the_frames_that_decoding_gives(footage: Path) -> None:
    for clip in json.loads((footage / "MANIFEST.json").read_text())["clips"]:
        if "video" in clip:
            facts = probe_video(footage / clip["path"])
            assert facts.frames == clip["video"]["frames_decoded"], clip["path"]
            assert (facts.width, facts.height) == (clip["video"]["width"], clip["video"]["height"])
            assert float(facts.rate or 0) == pytest.approx(clip["video"]["fps"], abs=0.01)
            assert not facts.variable


@pytest.mark.oracle
def test_times_are_those_of_ffprobe(tmp_path: Path, oracle: Callable[[str], str]) -> None:
    for name in ("v.mp4", "v.mkv", "v.ts"):
        path = numbered(tmp_path / name, 40, rate=FILM, options=B_FRAMES)
        told = subprocess.run(
            [
                *(oracle("ffprobe"), "-v", "error", "-select_streams", "v:0", "-of", "csv=p=0"),
                *("-show_entries", "frame=pts_time", path),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        times = [float(line.split(",")[0]) for line in told.split()]
        assert seconds(probe_video(path)) == pytest.approx(times, abs=1e-3)


# --- which stream -----


def with_cover(path: Path, *, flag: int, first: bool = True) -> Path:
    """A film of six frames beside a picture larger than it. flag: the picture's disposition."""
    film = numbered(path.with_name("film.mkv"), 6)
    cover = av.CodecContext.create("mjpeg", "w")
    cover.width, cover.height, cover.pix_fmt, cover.time_base = 640, 480, "yuvj420p", Fraction(1, 1)
    grey = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 200, np.uint8), format="rgb24")
    data = bytes(cover.encode(grey.reformat(format="yuvj420p", threads=1))[0])
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        streams: dict[str, Any] = {}
        for kind in ("cover", "film") if first else ("film", "cover"):
            if kind == "film":
                streams[kind] = target.add_stream_from_template(source.streams.video[0])
            else:
                streams[kind] = target.add_stream("mjpeg", rate=1)
                streams[kind].width, streams[kind].height = 640, 480
                streams[kind].pix_fmt = "yuvj420p"
                streams[kind].disposition = flag
        target.start_encoding()
        packet = av.Packet(data)
        packet.stream, packet.pts, packet.dts = streams["cover"], 0, 0
        packet.time_base, packet.is_keyframe = Fraction(1, 1), True
        target.mux(packet)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = streams["film"]
                target.mux(packet)
    return path


@pytest.mark.parametrize("name", ["v.mp4", "v.mov", "v.mkv"])
@pytest.mark.parametrize("flag", [1024, 0])
@pytest.mark.parametrize("first", [True, False])
def test_a_cover_is_never_the_film(name: str, flag: int, first: bool, tmp_path: Path) -> None:
    facts = probe_video(with_cover(tmp_path / name, flag=flag, first=first))
    assert (facts.frames, facts.width, facts.rate) == (6, SIZE[0], 24)
    assert numbers_of(read_video(facts, range(6))) == list(range(6))
    if name != "v.mov" or not flag:  # QuickTime has no place for an attached picture
        assert [one.id for one in facts.decisions] == ["note.cover-left"]


def test_a_cover_alone_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("mp3", rate=48_000, layout="mono")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 64, 64, "yuvj420p", 1024
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        container.mux(cover.encode(frame.reformat(format="yuvj420p", threads=1)))
        container.mux(cover.encode(None))
        block = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        block.sample_rate = 48_000
        container.mux(sound.encode(block))
        container.mux(sound.encode(None))
    with pytest.raises(SourceError, match="cover"):
        probe_video(path)


@pytest.mark.parametrize(("flags", "taken"), [((1, 0), 0), ((0, 1), 1), ((1, 1), 1), ((0, 0), 1)])
def test_of_several_the_default_or_the_largest_is_taken(
    flags: tuple[int, int], taken: int, tmp_path: Path
) -> None:
    sizes, path = [(128, 72), SIZE], tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = []
        for size, flag in zip(sizes, flags, strict=True):
            stream = container.add_stream("ffv1", rate=24)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.disposition = flag
            streams.append(stream)
        for number in range(3):
            for stream, size in zip(streams, sizes, strict=True):
                frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24")
                container.mux(stream.encode(frame.reformat(format="yuv420p", threads=1)))
        for stream in streams:
            container.mux(stream.encode(None))
    facts = probe_video(path)
    assert (facts.stream, facts.width) == (taken, sizes[taken][0])
    [decision] = facts.decisions
    assert decision.id == "plan.stream-taken"
    assert f"{sizes[1 - taken][0]}x" in str(decision)
    assert numbers_of(read_video(facts, range(3))) == [0, 1, 2]


# --- how it is meant -----


@pytest.mark.parametrize(
    ("degrees", "mirrored", "expected"),
    [(0, False, (0, False)), (90, False, (270, False)), (-90, False, (90, False)), (180, False, (180, False)),
     (0, True, (0, True))],
)  # fmt: skip
def test_a_telephone_held_upright(
    degrees: int, mirrored: bool, expected: tuple[int, bool], tmp_path: Path
) -> None:
    """FFmpeg counts counter-clockwise."""
    path = numbered(
        tmp_path / "v.mp4", 3, prepare=lambda stream: stream.set_display_rotation(degrees, hflip=mirrored)
    )
    facts = probe_video(path)
    assert (facts.rotation, facts.flip) == expected
    assert facts.shown_size == (SIZE if expected[0] in (0, 180) else SIZE[::-1])


def test_tags_and_shape_are_those_of_the_file(tmp_path: Path) -> None:
    def tagged(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        stream.codec_context.color_range = 1
        stream.codec_context.colorspace = 9
        stream.codec_context.color_primaries = 9
        stream.codec_context.color_trc = 16

    facts = probe_video(numbered(tmp_path / "v.mkv", 3, form="yuv420p10le", prepare=tagged))
    tags = facts.tags
    assert (tags.model, tags.matrix, tags.primaries, tags.transfer, tags.range) == (
        "ycbcr", 9, 9, 16, "limited"
    )  # fmt: skip
    assert (facts.pixel_aspect, facts.depth) == (Fraction(16, 15), 10)
    plain = probe_video(numbered(tmp_path / "plain.mkv", 3, codec="ffv1")).tags
    assert (plain.matrix, plain.primaries, plain.transfer, plain.range) == (None, None, None, None)


@pytest.mark.parametrize(
    ("codec", "form", "model", "depth", "alpha"),
    [
        ("ffv1", "gbrp10le", "rgb", 10, False),
        ("ffv1", "yuva444p", "ycbcr", 8, True),
        ("prores_ks", "yuva444p10le", "ycbcr", 10, True),
        ("ffv1", "gray16le", "grey", 16, False),
        ("png", "rgba", "rgb", 8, True),
        ("rawvideo", "rgb24", "rgb", 8, False),
    ],
)
def test_forms_of_samples_are_told(
    codec: str, form: str, model: str, depth: int, alpha: bool, tmp_path: Path
) -> None:
    options = {"profile": "4444", "alpha_bits": "16"} if codec == "prores_ks" else {}
    path = tmp_path / ("v.mkv" if codec == "ffv1" else "v.mov")
    facts = probe_video(numbered(path, 3, codec=codec, form=form, options=options))
    [first, *_] = read_video(facts, [0])
    assert (facts.tags.model, facts.alpha) == (model, alpha)
    assert (first.model, first.depth) == (model, facts.depth)
    assert (first.alpha is not None) == alpha
    assert facts.depth >= depth


def test_a_picture_that_is_stored_upside_down(tmp_path: Path) -> None:
    """AVI keeps uncompressed RGB from the bottom up."""
    path = tmp_path / "v.avi"
    picture = np.zeros((36, 64, 3), np.uint8)
    picture[:10] = 200
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "bgr24"
        container.mux(
            stream.encode(
                av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr24", threads=1)
            )
        )
        container.mux(stream.encode(None))
    [pixels] = read_video(probe_video(path), [0])
    assert [int(plane[0, 0]) for plane in pixels.planes] == [200] * 3
    assert [int(plane[35, 0]) for plane in pixels.planes] == [0] * 3


def test_chapters_are_on_the_clock_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "v.mkv"
    numbered(tmp_path / "film.mkv", 48)
    with av.open(str(tmp_path / "film.mkv")) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        target.set_chapters(
            [
                {"id": n, "start": start, "end": start + 500, "time_base": Fraction(1, 1000), "metadata": {}}
                for n, start in enumerate((0, 500, 1500))
            ]
        )
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    assert probe_video(path).chapters == (0, Fraction(1, 2), Fraction(3, 2))


# --- what cannot be taken -----


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.avi", "v.mxf", "v.mov"])
def test_a_file_that_is_cut_short_is_refused(name: str, tmp_path: Path) -> None:
    codec, form = ("mpeg2video", "yuv420p") if name == "v.mxf" else ("libx264", "yuv420p")
    path = numbered(tmp_path / name, 96, rate=25, codec=codec, form=form)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(SourceError) as caught:
        probe_video(path)
    assert caught.value.id in ("source.no-index", "source.ends-early", "source.cut-short-by")
    assert "copy it again" in str(caught.value.remedy)
    assert caught.value.where == str(path)


def test_an_index_in_front_of_a_film_that_is_cut_short(tmp_path: Path) -> None:
    for options in ({"bf": "0"}, B_FRAMES):
        path = numbered(tmp_path / "v.mp4", 96, options=options, container_options={"movflags": "faststart"})
        path.write_bytes(path.read_bytes()[:-2000])
        with pytest.raises(SourceError, match="cut short"):
            probe_video(path)


@pytest.mark.parametrize("data", [b"", b"film", bytes(10_000), random.Random(2).randbytes(10_000)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_what_is_no_video_is_refused(data: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        probe_video(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy


def test_a_playlist_fetches_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        lists = {
            "film.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n",
            "film.ffconcat": f"ffconcat version 1.0\nfile '{address}'\n",
        }
        for name, words in lists.items():
            (tmp_path / name).write_text(words)
            with pytest.raises(SourceError):
                probe_video(tmp_path / name)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_stream_of_nothing_is_refused(tmp_path: Path) -> None:
    path = numbered(tmp_path / "v.mkv", 3, codec="ffv1")
    data = bytearray(path.read_bytes())
    for place in range(data.find(b"\x1f\x43\xb6\x75") + 40, len(data)):
        data[place] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(SourceError):
        probe_video(path)


def test_boxes_that_lie_about_their_size_are_passed_over(tmp_path: Path) -> None:
    from dcp.create.sources.quicktime import composition_offsets, edits, unfinished

    path = tmp_path / "v.mp4"
    rng = random.Random(5)
    shutil.copy(numbered(tmp_path / "good.mp4", 12, options=B_FRAMES), path)
    good = path.read_bytes()
    assert composition_offsets(path, 1, 12) is not None
    assert len(edits(path, 1)) == 1
    index = good.index(b"moov") - 4
    for _ in range(300):
        data = bytearray(good)
        for _ in range(4):
            place = rng.randrange(index, len(data) - 4)
            struct.pack_into(">I", data, place, rng.choice([0, 1, 7, 8, 0xFFFF_FFFF, rng.randrange(1 << 32)]))
        path.write_bytes(data)
        offsets = composition_offsets(path, 1, 12)
        assert offsets is None or len(offsets) == 12
        assert len(edits(path, 1)) <= len(data) // 12
        assert not unfinished(path) or True
