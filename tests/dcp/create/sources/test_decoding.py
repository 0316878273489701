"""Frames found by their times, whatever codec and container they come in."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from needing import needing

needing("picture")

import av  # noqa: E402
import numpy as np  # noqa: E402
from av.filter import Graph  # noqa: E402
from numbered import SIZE, number_of, numbered, numbers_of, picture  # noqa: E402

from dcp.create.sources.decoding import FAR, MAX_HELD  # noqa: E402
from dcp.create.sources.video import probe_video, read_video  # noqa: E402
from dcp.errors import SourceError  # noqa: E402

pytestmark = pytest.mark.extra("picture")

B_FRAMES = {"bf": "3", "g": "24"}
KINDS: dict[str, dict[str, Any]] = {
    "b.mp4": {"options": B_FRAMES},
    "b.mov": {"options": B_FRAMES},
    "b.mkv": {"options": B_FRAMES},
    "b.ts": {"options": B_FRAMES},
    "b.avi": {"options": B_FRAMES},
    "b.h264": {"options": B_FRAMES},
    "open.mkv": {"options": {**B_FRAMES, "x264-params": "open-gop=1"}},
    "pieces.mp4": {"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "b.mpg": {"codec": "mpeg2video", "options": {"bf": "2", "g": "12"}, "rate": 25},
    "m.ts": {"codec": "mpeg2video", "options": {"bf": "2", "g": "12"}, "rate": 25},
    "d.mxf": {"codec": "dnxhd", "form": "yuv422p", "options": {"profile": "dnxhr_sq"}},
    "x.mxf": {"codec": "mpeg2video", "options": {"bf": "2", "g": "12"}, "rate": 25},
    "p.mov": {"codec": "prores_ks", "form": "yuv422p10le"},
    "m.avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "j.avi": {"codec": "mjpeg", "form": "yuvj420p"},
    "r.avi": {"codec": "rawvideo", "form": "bgr24"},
    "f.mkv": {"codec": "ffv1"},
    "y.y4m": {"codec": "wrapped_avframe"},
    "v.webm": {"codec": "libvpx", "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "b": "200k"}},
    "w.webm": {"codec": "libvpx-vp9", "options": {"g": "48"}},
    "h.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "log-level=none:keyint=24:open-gop=1:bframes=4"},
    },
}
COUNT = 170


def made(path: Path, **how: Any) -> Path:
    if how.get("codec", "libx264") not in av.codecs_available:
        pytest.skip(f"left out: no encoder {how['codec']}")
    return numbered(path, **how)


LONG = ("b.avi", "b.h264", "b.mkv", "b.mov", "b.ts", "h.mp4", "v.webm", "w.webm", "x.mxf", "y.y4m")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.soak] if name in LONG else []) for name in KINDS]
)
def test_frames_come_in_order_each_once_and_from_anywhere(name: str, tmp_path: Path) -> None:
    path = made(tmp_path / name, count=COUNT, **KINDS[name])
    facts = probe_video(path)
    assert (facts.frames, facts.rate) == (COUNT, KINDS[name].get("rate", 24))
    assert not facts.variable
    assert numbers_of(read_video(facts, range(COUNT))) == list(range(COUNT))
    for index in (1, FAR, FAR + 1, FAR + 9, 143, 144, 145, COUNT - 1):
        assert numbers_of(read_video(facts, [index])) == [index]
    apart = [0, 5, 100, 101, COUNT - 1]
    assert numbers_of(read_video(facts, apart)) == apart


def test_a_frame_that_comes_again_is_the_same_object(tmp_path: Path) -> None:
    facts = probe_video(numbered(tmp_path / "v.mp4", 4))
    frames = list(read_video(facts, [1, 1, 1, 3]))
    assert frames[0] is frames[1] is frames[2]
    assert numbers_of(frames) == [1, 1, 1, 3]


def test_numbers_that_descend_or_do_not_exist_are_refused(tmp_path: Path) -> None:
    facts = probe_video(numbered(tmp_path / "v.mp4", 4))
    for indexes in ([1, 0], [4], [-1]):
        with pytest.raises(ValueError, match="frame"):
            list(read_video(facts, indexes))


def test_a_frame_that_the_decoder_leaves_out_does_not_shift_the_rest(tmp_path: Path) -> None:
    facts = probe_video(numbered(tmp_path / "v.mkv", 24, options=B_FRAMES))
    times = array("q", sorted([*facts.times, facts.times[7] + 20, facts.times[7] + 21]))
    more = replace(facts, times=times, frames=26)  # two more than the decoder gives
    expected = [*range(8), 7, 7, *range(8, 24)]
    assert numbers_of(read_video(more, range(26))) == expected
    assert numbers_of(read_video(more, [8])) == [7]
    late = replace(facts, times=array("q", [*facts.times, facts.end]), frames=25)
    assert numbers_of(read_video(late, [23, 24])) == [23, 23]


def test_many_frames_that_are_missing_are_no_still(tmp_path: Path) -> None:
    facts = probe_video(numbered(tmp_path / "v.mkv", 24))
    beyond = array("q", [*facts.times, *range(facts.end, facts.end + 20)])
    with pytest.raises(SourceError, match="cannot be decoded"):
        list(read_video(replace(facts, times=beyond, frames=44), range(23 + MAX_HELD, 44)))


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "p.mov", "m.ts"])
def test_damage_in_the_middle_is_named_with_its_time(name: str, tmp_path: Path) -> None:
    path = made(tmp_path / name, count=COUNT, **KINDS[name])
    data = bytearray(path.read_bytes())
    middle, noise = len(data) // 2, random.Random(1)
    data[middle : middle + 400] = noise.randbytes(400)
    path.write_bytes(data)
    facts = probe_video(path)
    with pytest.raises(SourceError, match=r"0:00:0[2-5]\.\d\d\d") as caught:
        list(read_video(facts, range(facts.frames)))
    assert caught.value.where == str(path)
    assert list(read_video(facts, [0]))


def test_a_picture_that_changes_its_size_is_refused(tmp_path: Path) -> None:
    one = numbered(tmp_path / "one.ts", 30).read_bytes()
    other = numbered(tmp_path / "other.ts", 30, size=(128, 72)).read_bytes()
    (tmp_path / "both.ts").write_bytes(one + other)
    with pytest.raises(SourceError, match="changes its size"):
        list(read_video(facts := probe_video(tmp_path / "both.ts"), range(facts.frames)))


# --- fields -----


def woven(path: Path, *, top_first: bool, codec: str, count: int = 12) -> Path:
    """Frames of two fields, that of the even number first in time."""
    form = {"prores_ks": "yuv422p10le", "v210": "yuv422p10le", "qtrle": "rgb24"}.get(codec, "yuv420p")
    flags, (width, height) = Graph(), SIZE
    kind = av.VideoFormat(form, width, height)
    ends = [
        flags.add_buffer(width=width, height=height, format=kind, time_base=Fraction(1, 25)),
        flags.add("setfield", "tff" if top_first else "bff"),
        flags.add("buffersink"),
    ]
    for one, other in pairwise(ends):
        one.link_to(other)
    flags.configure()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, form
        order = "t" if top_first else "b"
        if codec == "libx264":
            stream.options = {"x264-params": f"{order}ff=1", "bf": "2"}
        else:
            stream.options = {"flags": "+ildct+ilme", "field_order": order * 2}
        for number in range(count):
            lines = picture(2 * number)
            lines[1 if top_first else 0 :: 2] = picture(2 * number + 1)[::2]
            frame = av.VideoFrame.from_ndarray(lines, format="rgb24").reformat(format=form, threads=1)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            flags.push(frame)
            container.mux(stream.encode(flags.pull()))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("v.mp4", "libx264"),
        ("v.ts", "mpeg2video"),
        ("v.mov", "prores_ks"),
        ("r.mov", "v210"),
        ("q.mov", "qtrle"),
    ],
)
@pytest.mark.parametrize("top_first", [True, False])
def test_interlaced_frames_are_made_of_their_first_field(
    name: str, codec: str, top_first: bool, tmp_path: Path
) -> None:
    facts = probe_video(woven(tmp_path / name, top_first=top_first, codec=codec))
    assert facts.fields == ("top-first" if top_first else "bottom-first")
    assert [one.id for one in facts.decisions] == [f"plan.deinterlaced-{facts.fields}"]
    frames = list(read_video(facts, range(12)))
    assert numbers_of(frames) == [2 * number for number in range(12)]
    rows = frames[5].planes[0].astype(float)
    assert np.abs(rows[::2] - rows[1::2]).mean() < 0.1 * (1 << frames[5].depth)  # no comb
    assert numbers_of(read_video(facts, [3, 3, 11])) == [6, 6, 22]


def test_a_long_way_into_an_interlaced_film(tmp_path: Path) -> None:
    facts = probe_video(woven(tmp_path / "v.mp4", top_first=True, codec="libx264", count=110))
    assert [number_of(one) for one in read_video(facts, [100, 109])] == [200, 218]


def test_what_is_progressive_stays_as_it_is(tmp_path: Path) -> None:
    path = numbered(tmp_path / "v.mkv", 3, codec="ffv1")
    facts = probe_video(path)
    assert facts.fields == "progressive"
    with av.open(str(path)) as container:
        for frame, pixels in zip(container.decode(video=0), read_video(facts, range(3)), strict=True):
            luma = np.frombuffer(frame.planes[0], np.uint8).reshape(SIZE[1], -1)[:, : SIZE[0]]
            assert np.array_equal(pixels.planes[0], luma)


def test_alpha_that_no_decoder_reads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from dcp.create.sources import decoding

    monkeypatch.setitem(decoding._BESIDE, "vp9", "no-such-decoder")
    codec = SimpleNamespace(name="vp9")
    stream = SimpleNamespace(codec_context=codec, metadata={"alpha_mode": "1"})
    with pytest.raises(SourceError, match="no-such-decoder"):
        next(decoding.decoded(None, stream, Path("a.webm")))
