"""A marked file is otherwise the file: streams, times, tags, forms of samples; else it is said or refused."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import DcpError, SourceError, UsageError
from watermark.embed import NODE_COLUMNS, NODE_ROWS, Embedder
from watermark.frames import video_footage
from watermark.payload import Payload
from watermark.screener import marking
from watermark.screener.marking import Marked, mark_screener
from watermark.secret import Secret

SIZE = 320, 180
UNEVEN = [0, 1, 2, 5, 8, 9, 10, 13, 14, 15, 16, 20]
"""Frame times in 1/24 s."""


def picture(index: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    waves = [110 + 50 * np.sin(x / 17 + k) * np.cos(y / 11 + index / 9 + k) for k in range(3)]
    return np.stack(waves, axis=2).astype(np.uint8)


def write(
    path: Path,
    *,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = SIZE,
    times: list[int] | None = None,
    options: dict[str, str] | None = None,
    tags: dict[str, int] | None = None,
    sound: float | None = 0.0,
    turned: float | None = None,
    pixel: Fraction | None = None,
    interlaced: bool = False,
    cover: bool = False,
    rich: bool = False,
) -> Path:
    """A video of a dozen frames, with the properties asked for. sound: when it begins, None for silence."""
    times = times or list(range(12))
    with av.open(str(path), "w") as container:
        art: Any = None
        if cover:
            art = container.add_stream("mjpeg", rate=1)
            art.width, art.height, art.pix_fmt, art.disposition = 96, 96, "yuvj420p", 1024
        film: Any = container.add_stream(codec, rate=24, options=options or {})
        film.width, film.height, film.pix_fmt = *size, form
        film.codec_context.time_base = Fraction(1, 24)
        for name, value in (tags or {}).items():
            setattr(film.codec_context, name, value)
        if pixel is not None:
            film.codec_context.sample_aspect_ratio = pixel
        if turned is not None:
            film.set_display_rotation(turned)
        if interlaced:
            film.codec_context.field_order = 2
            film.codec_context.flags |= (1 << 18) | (1 << 29)
        tone: Any = None
        if sound is not None:
            tone = container.add_stream("pcm_s16le", rate=48_000, layout="stereo")
            tone.metadata.update({"language": "deu", "title": "Kommentar"})
        if rich:
            container.add_attachment("font.ttf", "application/x-truetype-font", bytes(range(256)))
            container.metadata.update({"title": "A film", "artist": "Somebody"})
            container.set_chapters(
                [
                    {
                        "id": n,
                        "start": 250 * n,
                        "end": 250 * n + 250,
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": f"Part {n}"},
                    }
                    for n in range(2)
                ]
            )
        if art is not None:
            container.mux(art.encode(av.VideoFrame(96, 96, "yuvj420p")))
        for index, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(index, size), format="rgb24")
            full = "JPEG" if (tags or {}).get("color_range") == 2 else None
            frame = frame.reformat(format=form, dst_color_range=full, threads=1)
            frame.pts, frame.time_base = time, Fraction(1, 24)
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
        if tone is not None:
            assert sound is not None
            for start in range(0, 24_000, 1_000):
                wave = (np.sin(np.arange(start, start + 1_000) / 20) * 8_000).astype(np.int16)
                block = av.AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), "s16", "stereo")
                block.sample_rate, block.time_base = 48_000, Fraction(1, 48_000)
                block.pts = start + round(sound * 48_000)
                container.mux(tone.encode(block))
            container.mux(tone.encode(None))
    return path


def film(container: Any) -> Any:
    return next(stream for stream in container.streams.video if not stream.disposition & 1024)


def frames(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return list(container.decode(film(container)))


def times(path: Path) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in frames(path)]


def beside(path: Path) -> dict[str, tuple[bytes, list[float]]]:
    """The bytes and times of every stream but the film, by their kind."""
    found: dict[str, tuple[bytes, list[float]]] = {}
    with av.open(str(path)) as container:
        own = film(container).index
        for packet in container.demux():
            if packet.stream.index != own and packet.size:
                data, at = found.get(packet.stream.type, (b"", []))
                found[packet.stream.type] = (
                    data + bytes(packet),
                    [*at, float((packet.pts or 0) * packet.time_base)],
                )
    return found


@pytest.fixture
def mark(tmp_path: Path, secret: Secret, payload: Payload) -> Any:
    def run(source: Path, name: str, **wanted: Any) -> tuple[Path, Marked]:
        output = tmp_path / "out" / name
        return output, mark_screener(source, output, secret, payload, **wanted)

    return run


def ids(said: tuple[Any, ...]) -> set[str]:
    return {each.id for each in said}


def test_all_that_stands_beside_the_film_is_copied(tmp_path: Path, mark: Any) -> None:
    source = write(tmp_path / "a.mkv", times=UNEVEN, sound=0.5, rich=True)
    told: list[tuple[int, int]] = []
    output, marked = mark(source, "b.mkv", progress=lambda *at: told.append(at))
    assert marked.frames == len(told) == 12 and marked.codec == "h264" and marked.quality == 12
    assert times(output) == times(source) and len(set(np.diff(times(source)))) > 2
    assert beside(output) == beside(source) and beside(source)["audio"][1][0] == pytest.approx(0.5, abs=1e-3)
    with av.open(str(source)) as one, av.open(str(output)) as other:
        assert [s.type for s in one.streams] == [s.type for s in other.streams]
        for had, has in zip(one.streams, other.streams, strict=True):
            assert had.disposition == has.disposition
            assert has.metadata.items() >= {
                (k, v) for k, v in had.metadata.items() if k in ("language", "title")
            }
        assert [c["metadata"] for c in other.chapters()] == [{"title": "Part 0"}, {"title": "Part 1"}]
        assert other.streams[2].data == bytes(range(256)) and other.metadata["title"] == "A film"
    assert not marked.not_kept and not marked.decisions
    assert ids(marked.kept) >= {
        "kept.times", "kept.sound", "kept.chapters", "kept.attachments",
        "kept.metadata",
    }  # fmt: skip
    assert any(
        (bytes(a.planes[0]) != bytes(b.planes[0]))
        for a, b in zip(frames(source), frames(output), strict=True)
    )


def test_a_turned_film_behind_a_cover_is_marked_as_it_is_shown(tmp_path: Path, mark: Any) -> None:
    source = write(tmp_path / "a.mp4", turned=90, cover=True, times=UNEVEN, sound=None, size=(480, 270))
    output, marked = mark(source, "b.mp4")
    assert times(output) == times(source)
    assert frames(output)[0].rotation == frames(source)[0].rotation == 90
    assert beside(output) == beside(source) and len(beside(output)["video"][0]) > 100
    assert ids(marked.kept) >= {"kept.rotation", "kept.cover"} and not marked.not_kept
    other, kept = mark(source, "c.mkv")
    assert ids(kept.kept) >= {"kept.rotation", "kept.cover"} and len(beside(other)["video"][0]) > 100


HDR = {"color_primaries": 9, "color_trc": 16, "colorspace": 9, "color_range": 1}
MASTER = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
)


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv"])
def test_ten_bits_stay_ten_and_hdr_metadata_stays(tmp_path: Path, mark: Any, name: str) -> None:
    options = {"x265-params": f"log-level=none:{MASTER}:hdr10=1", "crf": "10", "preset": "ultrafast"}
    source = write(tmp_path / "a.mp4", codec="libx265", form="yuv420p10le", options=options, tags=HDR)
    output, marked = mark(source, name)
    first, kept = frames(source)[0], frames(output)[0]
    assert kept.format.name == "yuv420p10le" and marked.codec == "hevc"
    for tag in ("color_primaries", "color_trc", "colorspace", "color_range"):
        assert getattr(first, tag) == getattr(kept, tag) == HDR[tag]
    for kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL"):
        assert bytes(first.side_data[kind])[:8] and kind in {side.type.name for side in kept.side_data}
    assert {"kept.light", "kept.colour"} <= ids(marked.kept) and not marked.not_kept
    with av.open(str(output)) as container:  # the container says it, too: players look there
        packets = container.streams.video[0].codec_context
        assert packets.color_trc == 16


FORMS = [
    ("ffv1", "yuv444p", {}, SIZE, None),
    ("ffv1", "yuv422p10le", {}, SIZE, None),
    ("ffv1", "yuv420p", {}, (321, 179), None),
    ("ffv1", "gbrp10le", {"colorspace": 0}, SIZE, None),
    ("ffv1", "bgr0", {"colorspace": 0}, SIZE, None),
    ("ffv1", "gray", {}, SIZE, None),
    ("ffv1", "yuva444p10le", {}, SIZE, None),
    ("libx264", "yuv420p", {"color_range": 2, "colorspace": 1}, SIZE, None),
    ("libx264", "yuv422p10le", {"colorspace": 1}, SIZE, Fraction(4, 3)),
    ("prores_ks", "yuv422p10le", {"colorspace": 1, "color_range": 1}, SIZE, Fraction(4, 3)),
]


@pytest.mark.parametrize(
    ("codec", "form", "tags", "size", "pixel"), FORMS, ids=[f"{f[0]}-{f[1]}" for f in FORMS]
)
def test_samples_keep_their_form_and_all_but_the_mark(
    tmp_path: Path, mark: Any, codec: str, form: str, tags: dict[str, int], size: tuple[int, int], pixel: Any
) -> None:
    suffix = ".mov" if codec == "prores_ks" else ".mkv"
    source = write(
        tmp_path / f"a{suffix}", codec=codec, form=form, tags=tags, size=size, pixel=pixel, sound=None
    )
    output, marked = mark(source, f"b{suffix}")
    assert not marked.decisions and not marked.not_kept
    had, has = frames(source), frames(output)
    assert len(had) == len(has) == 12
    for one, other in zip(had, has, strict=True):
        assert (one.format.name, one.width, one.height) == (other.format.name, other.width, other.height)
        assert one.color_range == other.color_range and one.colorspace == other.colorspace
    assert psnr(had, has) > (54 if codec == "ffv1" else 47)
    assert psnr(had, has) < 75, "there is a mark"
    with av.open(str(output)) as container:
        assert container.streams.video[0].sample_aspect_ratio == (pixel or Fraction(1)) or pixel is None


def psnr(had: list[Any], has: list[Any]) -> float:
    """Of the first plane, over the whole of its codes."""
    error, count = 0.0, 0
    for one, other in zip(had, has, strict=True):
        size = 2 if "10" in one.format.name else 1
        kind = "<u2" if size == 2 else "u1"
        a, b = (
            np.frombuffer(frame.planes[0], kind).reshape(frame.planes[0].height, -1).astype(float)
            for frame in (one, other)
        )
        width = min(a.shape[1], b.shape[1], one.width)
        error += ((a[:, :width] - b[:, :width]) ** 2).sum() / (1023 if size == 2 else 255) ** 2
        count += a[:, :width].size
    return float(-10 * np.log10(max(error / count, 1e-12)))


def test_interlaced_pictures_stay_interlaced_or_are_refused(tmp_path: Path, mark: Any) -> None:
    options = {"x264-params": "tff=1", "crf": "8"}
    source = write(tmp_path / "a.mkv", options=options, interlaced=True, sound=None)
    assert frames(source)[0].interlaced_frame
    output, marked = mark(source, "b.mkv")
    assert all(frame.interlaced_frame for frame in frames(output)) and "kept.fields" in ids(marked.kept)
    with pytest.raises(UsageError, match=r"hevc cannot hold this picture as it is.*interlaced"):
        mark(source, "c.mkv", codec="hevc")


def test_what_a_container_has_no_place_for_is_refused_or_said(tmp_path: Path, mark: Any) -> None:
    source = write(tmp_path / "a.mkv", rich=True)
    output, marked = mark(source, "b.mov")
    assert ids(marked.not_kept) == {"mark.stream-left", "mark.stream-lost"}, "attachment, title of the sound"
    with av.open(str(output)) as container:
        assert container.streams.audio[0].language == "ger", "German's other code, which QuickTime knows"
    assert beside(output)["audio"][0] == beside(source)["audio"][0]
    _, rounded = mark(write(tmp_path / "b.mp4", sound=None), "c.mkv")
    assert ids(rounded.decisions) == {"mark.times-rounded"}
    _, narrow = mark(source, "d.mov", codec="prores")
    assert ids(narrow.decisions) == {"mark.chroma-widened"} and narrow.form == "yuv422p10le"


def test_wrong_flags_are_refused_before_work(tmp_path: Path, mark: Any) -> None:
    source = write(tmp_path / "a.mkv")
    for name, wanted, said in (
        ("b.webm", {}, "not written here"),
        ("b.mp4", {"codec": "prores"}, "prores is not put into a .mp4 file"),
        ("b.mkv", {"quality": 52}, "--quality 52 is not between 0 and 51"),
        ("b.mkv", {"codec": "ffv1", "quality": 3}, "loses nothing"),
    ):
        with pytest.raises(UsageError, match=said):
            mark(source, name, **wanted)
    with pytest.raises(UsageError, match="the output exists already"):
        mark(source, str(source))
    odd = write(tmp_path / "odd.mkv", codec="ffv1", size=(321, 179), sound=None)
    with pytest.raises(UsageError, match=r"no codec of a \.mp4 file holds this picture"):
        mark(odd, "b.mp4")
    small = write(tmp_path / "small.mkv", size=(128, 72), sound=None)
    with pytest.raises(UsageError, match="128x72 cannot be marked"):
        mark(small, "b.mkv")
    assert not (tmp_path / "out").exists()


def a_still(path: Path) -> Path:
    with av.open(str(path), "w", format="image2") as container:
        stream: Any = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(0), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_what_is_no_whole_video_is_refused_and_leaves_nothing(tmp_path: Path, mark: Any) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(SourceError, match="cannot read the video"):
        mark(tmp_path / "text.mp4", "b.mp4")
    with pytest.raises(SourceError, match="cannot read the video"):
        mark(tmp_path / "absent.mp4", "b.mp4")
    write(tmp_path / "real.mkv")
    (tmp_path / "list.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.mkv\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(SourceError, match="a list that names other files"):
        mark(tmp_path / "list.m3u8", "b.mp4")
    with pytest.raises(SourceError, match="still picture"):
        mark(a_still(tmp_path / "a.png"), "b.mp4")
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        tone: Any = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 4_800), np.int16), "s16", "mono")
        block.sample_rate = 48_000
        container.mux(tone.encode(block))
    with pytest.raises(SourceError, match="no picture"):
        mark(tmp_path / "sound.wav", "b.mp4")
    whole = write(tmp_path / "whole.mkv", times=list(range(0, 96, 2)), sound=None).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="the file breaks off"):
        mark(tmp_path / "cut.mkv", "b.mkv")
    assert not (tmp_path / "out").exists()


def test_a_stop_and_a_full_disk_leave_nothing(
    tmp_path: Path, mark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write(tmp_path / "a.mkv")

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mark(source, "b.mp4", progress=stop)
    assert not (tmp_path / "out").exists()

    def full(*_: Any, **__: Any) -> Iterator[Any]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(marking._Walk, "run", full)
    with pytest.raises(DcpError, match="disk is full"):
        mark(source, "b.mp4")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_encrypted_is_refused(tmp_path: Path, mark: Any) -> None:
    source = write(tmp_path / "a.mp4", sound=None)
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "00" * 16, "encryption_kid": "11" * 16}
    with av.open(str(source)) as one, av.open(str(tmp_path / "e.mp4"), "w", container_options=key) as other:
        copy = other.add_stream_from_template(one.streams.video[0], opaque=True)
        for packet in one.demux(one.streams.video[0]):
            if packet.size:
                packet.stream = copy
                other.mux(packet)
    with pytest.raises(SourceError, match="the file is encrypted"):
        mark(tmp_path / "e.mp4", "b.mp4")


def stub(monkeypatch: pytest.MonkeyPatch, change: NDArray[np.float32]) -> list[tuple[Any, Fraction]]:
    """Instead of a mark `change` is made of light, at the nodes; what was asked for: small picture, time."""
    asked: list[tuple[Any, Fraction]] = []

    def light(self: Embedder, small: Any, seconds: Any) -> Any:
        asked.append((small.copy(), seconds))
        return change

    monkeypatch.setattr(Embedder, "light", light)
    return asked


def test_a_frame_is_marked_for_its_own_time_after_the_first(
    tmp_path: Path, mark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stub(monkeypatch, np.zeros((NODE_ROWS, NODE_COLUMNS), np.float32))
    mark(write(tmp_path / "a.mp4", times=[7 + each for each in UNEVEN], sound=None), "b.mp4")
    assert [seconds for _, seconds in asked] == [Fraction(each, 24) for each in UNEVEN]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_mark_lies_in_the_picture_as_it_is_shown(
    tmp_path: Path, mark: Any, monkeypatch: pytest.MonkeyPatch, turned: int
) -> None:
    corner = np.zeros((NODE_ROWS, NODE_COLUMNS), np.float32)
    corner[: NODE_ROWS // 2, : NODE_COLUMNS // 2] = 0.1
    asked = stub(monkeypatch, corner)
    source = write(tmp_path / "a.mp4", turned=turned, sound=None, times=[0, 1], size=(288, 256))
    output, _ = mark(source, "b.mp4")
    before, after = (next(video_footage(path).luminance()) for path in (source, output))
    small = cv2.resize(before, (256, 144), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(small.ravel(), asked[0][0].ravel())[0, 1] > 0.99
    rise = cv2.resize(after / before, (2, 2), interpolation=cv2.INTER_AREA)
    assert rise[0, 0] > 1.03 and np.abs(rise.ravel()[1:] - 1).max() < 0.01


@pytest.mark.parametrize(
    ("form", "tags", "power"),  # of light, as the reader has its codes
    [
        ("yuv420p", {}, 2.4),
        ("yuv420p", {"color_range": 2, "colorspace": 1}, 2.4),
        ("yuv420p10le", {"color_primaries": 9, "color_trc": 16, "colorspace": 9, "color_range": 1}, 2.6),
        ("yuv420p10le", {"color_trc": 8, "colorspace": 1}, 1.0),
    ],
    ids=["limited", "full", "pq", "linear"],
)
def test_light_changes_by_the_share_that_is_meant_whatever_the_codes_mean(
    tmp_path: Path, mark: Any, monkeypatch: pytest.MonkeyPatch, form: str, tags: dict[str, int], power: float
) -> None:
    stub(monkeypatch, np.full((NODE_ROWS, NODE_COLUMNS), 0.05, np.float32))
    source = write(tmp_path / "a.mkv", codec="ffv1", form=form, tags=tags, sound=None, times=[0, 1])
    output, _ = mark(source, "b.mkv")
    before, after = (next(video_footage(path).luminance()) for path in (source, output))
    assert float(after.mean() / before.mean()) ** power == pytest.approx(1.05, abs=0.002)


@pytest.mark.soak
def test_the_mark_of_an_uneven_turned_file_is_read(
    tmp_path: Path, mark: Any, film: Any, secret: Secret, payload: Payload
) -> None:
    """Eight seconds, every fifth frame held for the next, stored upside down, ten bits."""
    from watermark.extract import extract_informed

    source = tmp_path / "a.mp4"
    with av.open(str(source), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24, options={"crf": "4", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = *film.frames.shape[1:], "yuv420p10le"
        stream.codec_context.time_base = Fraction(1, 24)
        stream.set_display_rotation(180)
        for index, codes in enumerate(film.frames):
            if index % 5 == 4:
                continue
            grey = np.repeat((codes[::-1, ::-1, None] >> 4).astype(np.uint8), 3, axis=2)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grey), format="rgb24")
            frame = frame.reformat(format="yuv420p10le", threads=1)
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    output, marked = mark(source, "b.mp4")
    assert times(output) == times(source) and marked.form == "yuv420p10le"
    found = extract_informed(video_footage(output), video_footage(source), secret)
    assert found.found and found.payload == payload
    assert not extract_informed(video_footage(source), video_footage(source), secret).found
