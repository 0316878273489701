"""Picture sources: video, stills, codestreams; their colour and their fit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.create.sources.picture import fit, frames, probe_picture
from dcp.errors import SourceError
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits


def video(
    path: Path, size: tuple[int, int] = (160, 90), count: int = 5, colorspace: int | None = None
) -> Path:
    """A lossless video whose frames grow brighter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        if colorspace is not None:
            stream.codec_context.colorspace = colorspace
        for index in range(count):
            picture = np.full((size[1], size[0], 3), 20 + 40 * index, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv444p", dst_colorspace="ITU709"
            )
            if colorspace is not None:
                frame.colorspace = colorspace
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_video_is_probed_and_its_frames_come_in_order(tmp_path: Path) -> None:
    facts = probe_picture(video(tmp_path / "v.mkv"))
    assert (facts.kind, facts.width, facts.height, facts.rate) == ("video", 160, 90, Fraction(25))
    levels = [int(frame.rgb()[45, 80, 1]) for frame in frames(facts) if frame.rgb]
    assert [round(level / 257) for level in levels] == pytest.approx([20, 60, 100, 140, 180], abs=1)


def test_frames_that_a_file_does_not_count_are_estimated_from_its_length(tmp_path: Path) -> None:
    matroska = probe_picture(video(tmp_path / "v.mkv"))
    assert (matroska.frames, matroska.expected_frames) == (None, 5)
    assert replace(matroska, frames=7).expected_frames == 7
    assert replace(matroska, duration=None).expected_frames == 0
    assert replace(matroska, rate=None).expected_frames == 0


def test_untagged_video_gets_the_matrix_of_its_size_and_a_note(tmp_path: Path) -> None:
    small = probe_picture(video(tmp_path / "small.mkv", count=1))
    large = probe_picture(video(tmp_path / "large.mkv", (1280, 720), count=1))
    tagged = probe_picture(video(tmp_path / "tagged.mkv", count=1, colorspace=1))
    assert (small.matrix, large.matrix, tagged.matrix) == ("ITU601", "ITU709", "ITU709")
    assert "no colour tags" in str(small.notes[0]) and "no colour tags" in str(large.notes[0])
    assert tagged.notes == ()


def test_the_frame_becomes_xyz_in_the_middle_of_the_container(tmp_path: Path) -> None:
    facts = probe_picture(video(tmp_path / "v.mkv", (160, 90), count=1, colorspace=1))
    (frame,) = frames(facts)
    picture = frame.xyz((200, 90))
    assert picture.shape == (90, 200, 3)
    assert not picture[:, :19].any() and not picture[:, 181:].any()
    assert picture[45, 100].all()


def test_fitting_keeps_the_shape() -> None:
    grey = np.full((100, 200, 3), 30_000, np.uint16)
    wide = fit(grey, (400, 300))
    rows = wide[:, 200, 0] > 0
    assert rows.sum() == 200 and rows.argmax() == 50
    narrow = fit(grey, (100, 100), Fraction(1, 2))
    assert (narrow > 0).all()
    assert fit(grey, (200, 100)) is grey


def test_stills_of_16_bits_keep_them(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        picture = np.full((36, 64, 3), (1000 * number, 2000, 3000), np.uint16)
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), picture[:, :, ::-1])
    facts = probe_picture(tmp_path)
    assert (facts.kind, facts.frames, facts.width, facts.colour) == ("stills", 3, 64, "srgb")
    assert [int(frame.rgb()[0, 0, 0]) for frame in frames(facts) if frame.rgb] == [1000, 9000, 10_000]
    (first, *_) = frames(facts)
    assert first.rgb is not None and first.rgb()[0, 0].tolist() == [1000, 2000, 3000]


def test_a_folder_of_codestreams_is_passed_through(tmp_path: Path) -> None:
    codestream = codec_by_name().encode(np.zeros((36, 64, 3), np.uint16), limits=frame_limits(Fraction(24)))
    for number in range(3):
        (tmp_path / f"{number:06}.j2c").write_bytes(codestream)
    facts = probe_picture(tmp_path)
    assert (facts.kind, facts.width, facts.height, facts.frames) == ("codestreams", 64, 36, 3)
    assert [frame.codestream for frame in frames(facts)] == [codestream] * 3


def test_what_holds_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no pictures"):
        probe_picture(tmp_path)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match="cannot be decoded"):
        probe_picture(tmp_path)
    (tmp_path / "a.j2c").write_bytes(b"")
    with pytest.raises(SourceError, match="both stills and codestreams"):
        probe_picture(tmp_path)
    (tmp_path / "v.mp4").write_bytes(b"no video")
    with pytest.raises(SourceError, match="cannot read"):
        probe_picture(tmp_path / "v.mp4")


def test_a_real_clip_is_probed(footage: Path) -> None:
    facts = probe_picture(footage / "bigbuckbunny.mp4")
    assert (facts.width, facts.height, facts.rate, facts.matrix) == (1280, 720, Fraction(25), "ITU709")
    assert sum(1 for _ in frames(facts)) == 132


def write_still(path: Path, picture: NDArray[Any], form: str) -> None:
    with av.open(str(path), "w", format="image2") as container:
        stream: Any = container.add_stream(path.suffix[1:], rate=24)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = form
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format=form)))
        container.mux(stream.encode(None))


def test_exr_is_linear_light(tmp_path: Path) -> None:
    light = np.zeros((20, 30, 3), np.float32)
    light[:10] = (0.001, 0.18, 0.5)
    light[10:] = (4.0, 1.0, 0.0)  # brighter than white is cut
    write_still(tmp_path / "a.exr", light, "gbrpf32le")
    facts = probe_picture(tmp_path)
    assert (facts.kind, facts.width, facts.height, facts.colour) == ("stills", 30, 20, "rec709")
    assert "linear light" in str(facts.notes[0])
    (frame,) = frames(facts)
    found = frame.xyz((30, 20))
    matrix = np.array([[0.4123908, 0.3575843, 0.1804808], [0.2126390, 0.7151687, 0.0721923],
                       [0.0193308, 0.1191948, 0.9505322]])  # fmt: skip
    for row, rgb in ((2, (0.001, 0.18, 0.5)), (15, (1.0, 1.0, 0.0))):
        wanted = 4095 * (48 / 52.37 * matrix @ np.array(rgb)) ** (1 / 2.6)
        assert np.abs(found[row, 3] - wanted).max() <= 1.5


def test_dpx_keeps_its_16_bits(tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 65536, (20, 30, 3)).astype(np.uint16)
    write_still(tmp_path / "a.dpx", picture, "rgb48le")
    (frame,) = frames(probe_picture(tmp_path))
    assert frame.rgb is not None and np.array_equal(frame.rgb(), picture)


def test_stills_that_cannot_be_read_are_refused_by_their_name(tmp_path: Path) -> None:
    for name in ("a.exr", "a.dpx", "a.png", "a.tif"):
        folder = tmp_path / name.replace(".", "")
        folder.mkdir()
        for data in (b"", b"nothing of the kind", bytes(4000)):
            (folder / name).write_bytes(data)
            with pytest.raises(SourceError) as caught:
                probe_picture(folder)
            assert name in str(caught.value)
    write_still(tmp_path / "aexr" / "a.exr", np.zeros((4, 4, 3), np.float32), "gbrpf32le")
    cv2.imwrite(str(tmp_path / "aexr" / "b.png"), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(SourceError, match="both EXR and other"):
        probe_picture(tmp_path / "aexr")
