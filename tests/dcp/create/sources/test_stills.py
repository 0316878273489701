"""Stills of every type: their samples as they stand, what they say of themselves, what is refused."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.create.job.values import PictureTrack
from dcp.create.sources import stills
from dcp.create.sources.facts import PictureFacts, Pixels
from dcp.create.sources.opening import load, probe_picture, read_picture, references
from dcp.create.sources.stills import read_still
from dcp.errors import SourceError

pytestmark = pytest.mark.extra("create")
SECOND = Fraction(1)
RNG = np.random.default_rng(15)


def write(
    path: Path, samples: NDArray[Any], form: str | None = None, names: str | None = None, **more: object
) -> Path:
    """A still by OpenImageIO. more: its attributes, `__` for a colon."""
    import OpenImageIO as oiio

    samples = np.atleast_3d(samples)
    height, width, count = samples.shape
    kinds = {"uint8": "uint8", "uint16": "uint16", "float32": "float"}
    spec = oiio.ImageSpec(width, height, count, form or kinds[str(samples.dtype)])
    if names is not None:
        spec.channelnames = names.split()
        spec.alpha_channel = -1
    for name, value in more.items():
        spec.attribute(name.replace("__", ":"), value)
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), spec), out.geterror()
    assert out.write_image(samples), out.geterror()
    out.close()
    return path


def noise(kind: str = "uint16", shape: tuple[int, ...] = (12, 20, 3)) -> NDArray[Any]:
    if kind == "float32":
        return RNG.random(shape).astype(np.float32)
    return RNG.integers(0, np.iinfo(kind).max, shape, endpoint=True).astype(kind)


def probe(path: Path, **more: Any) -> PictureFacts:
    return probe_picture(PictureTrack(source=path, **{"still": SECOND, **more}))


def samples(pixels: Pixels) -> NDArray[Any]:
    return np.dstack(pixels.planes)


def said(facts: PictureFacts) -> str:
    assert all(decision.say("zh") != decision.say("en") for decision in facts.decisions)
    return "; ".join(decision.say() for decision in facts.decisions)


def refused(path: Path, id: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        probe(path, **more)
    error = caught.value
    assert error.id == id, error
    assert error.where is not None and str(path.parent) in error.where
    assert error.say("zh") != error.say("en")
    return error


@pytest.mark.parametrize(
    ("name", "kind", "more"),
    [
        ("a.png", "uint8", {}),
        ("a.png", "uint16", {}),
        ("a.tif", "uint8", {}),
        ("a.tif", "uint16", {"compression": "none"}),
        ("a.tif", "uint16", {"compression": "lzw"}),
        ("a.tif", "float32", {}),
        ("a.exr", "float32", {}),
        ("a.dpx", "uint8", {}),
        ("a.dpx", "uint16", {}),
        ("a.dpx", "uint16", {"oiio__Endian": "little"}),
        ("a.bmp", "uint8", {}),
    ],
)
def test_samples_come_as_they_stand(tmp_path: Path, name: str, kind: str, more: dict[str, object]) -> None:
    picture = noise(kind)
    path = write(tmp_path / name, picture, **more)
    facts, pixels = probe(path), read_still(path)
    assert np.array_equal(samples(pixels), picture)
    depth = {"uint8": 8, "uint16": 16, "float32": 32}[kind]
    assert (facts.kind, facts.width, facts.height, facts.frames, facts.depth) == ("stills", 20, 12, 1, depth)
    assert (pixels.model, pixels.depth, pixels.full_range, pixels.alpha) == ("rgb", depth, True, None)
    assert all(plane.dtype == kind for plane in pixels.planes)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("endian", ["big", "little"])
def test_dpx_of_fewer_bits_keeps_its_codes(tmp_path: Path, bits: int, endian: str) -> None:
    codes = RNG.integers(0, 1 << bits, (12, 20, 3)).astype(np.uint16)
    path = write(tmp_path / "a.dpx", codes << (16 - bits), oiio__BitsPerSample=bits, oiio__Endian=endian)
    pixels = read_still(path)
    assert (pixels.depth, probe(path).depth) == (bits, bits)
    assert np.array_equal(samples(pixels), codes)


@pytest.mark.parametrize("endian", ["big", "little"])
def test_dpx_of_10_bits_is_read_as_the_library_reads_it(
    tmp_path: Path, taken: list[bool], monkeypatch: pytest.MonkeyPatch, endian: str
) -> None:
    """Its three samples a word; whatever else a header may say is left to the library."""
    codes = RNG.integers(0, 1024, (12, 20, 3)).astype(np.uint16)
    path = write(tmp_path / "a.dpx", codes << 6, oiio__BitsPerSample=10, oiio__Endian=endian)
    assert np.array_equal(samples(read_still(path)), codes) and taken == [True]
    whole, order = path.read_bytes(), ">" if endian == "big" else "<"
    for at, form, value in (
        *((768, "H", value) for value in (1, 2)),
        *((804, "H", value) for value in (0, 2)),
        *((806, "H", 1), (780, "I", 1), (808, "I", 4096), (812, "I", 8), (770, "H", 2)),
    ):
        data = bytearray(whole)
        struct.pack_into(order + form, data, at, value)
        path.write_bytes(data)
        found = []
        for plain in (None, lambda path, header: None):
            with monkeypatch.context() as without:
                if plain is not None:
                    without.setattr(stills, "plain_samples", plain)
                try:
                    found.append(samples(read_still(path)).tobytes())
                except SourceError as error:
                    found.append(str(error).encode())
        assert found[0] == found[1]
    assert taken.count(True) == 1


def test_dpx_words_are_told_and_not_relied_upon(tmp_path: Path) -> None:
    facts = probe(write(tmp_path / "a.dpx", noise(), dpx__Transfer="Printing density"))
    assert "Printing density" in said(facts)
    assert (facts.tags.primaries, facts.tags.transfer, facts.tags.range) == (None, None, None)


def test_grey_is_one_plane_and_a_palette_is_looked_up(tmp_path: Path) -> None:
    from PIL import Image

    grey = noise(shape=(12, 20, 1))
    pixels = read_still(write(tmp_path / "g.png", grey))
    assert (pixels.model, len(pixels.planes)) == ("grey", 1) and np.array_equal(samples(pixels), grey)
    Image.fromarray(np.full((12, 20, 3), (51, 102, 204), np.uint8)).convert("P").save(tmp_path / "p.tif")
    facts = probe(tmp_path / "p.tif")
    assert "palette" in said(facts) and len(read_still(tmp_path / "p.tif").planes) == 3


def tiff(path: Path, photometric: int, data: bytes, side: int = 4, bits: int = 8) -> Path:
    """A plain grey TIFF of one strip, by hand."""
    entries = [(256, 3, side), (257, 3, side), (258, 3, bits), (259, 3, 1), (262, 3, photometric),
               (273, 4, 200), (277, 3, 1), (278, 3, side), (279, 4, len(data))]  # fmt: skip
    body = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(entries))
    for tag, kind, value in entries:
        body += struct.pack("<HHII", tag, kind, 1, value)
    path.write_bytes((body + bytes(4)).ljust(200, b"\0") + data)
    return path


def test_a_tiff_whose_0_is_white_is_turned_round(tmp_path: Path) -> None:
    pixels = read_still(tiff(tmp_path / "w.tif", 0, bytes(range(16))))
    assert pixels.planes[0].ravel().tolist() == list(range(255, 239, -1))


def laid(
    path: Path,
    picture: NDArray[Any],
    order: str = "<",
    *,
    rows: int = 5,
    backwards: bool = False,
    tags: dict[int, tuple[int, ...]] | None = None,
) -> Path:
    """An uncompressed TIFF by hand. rows: of a strip; backwards: the last one first in the file. tags: others
    than those that are right; the tag 0 adds nothing."""
    height, width, count = picture.shape
    size = picture.dtype.itemsize
    strips = [picture[at : at + rows].astype(f"{order}u{size}").tobytes() for at in range(0, height, rows)]
    starts, at = [0] * len(strips), 1000
    for number in reversed(range(len(strips))) if backwards else range(len(strips)):
        starts[number], at = at, at + len(strips[number])
    said: dict[int, tuple[int, ...]] = {
        256: (width,), 257: (height,), 258: (8 * size,) * count, 259: (1,), 262: (2 if count > 2 else 1,),
        273: tuple(starts), 277: (count,), 278: (rows,), 279: tuple(map(len, strips)), 284: (1,),
        **({338: (2,)} if count == 4 else {}), **(tags or {}),
    }  # fmt: skip
    body = {True: b"II", False: b"MM"}[order == "<"] + struct.pack(order + "HIH", 42, 8, len(said))
    far, place = b"", 10 + 12 * len(said) + 4
    for tag, values in sorted(said.items()):
        field = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            far, field = far + field, struct.pack(order + "I", place + len(far))
        body += struct.pack(order + "HHI", tag, 4, len(values)) + field
    data = bytearray((body + bytes(4) + far).ljust(1000, b"\0"))
    assert len(data) == 1000
    data += bytes(at - 1000)
    for start, strip in zip(starts, strips, strict=True):
        data[start : start + len(strip)] = strip
    path.write_bytes(data)
    return path


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each still was read without OpenImageIO's reader."""
    found: list[bool] = []

    def plain_samples(path: Path, header: Any) -> Any:
        samples = real(path, header)
        found.append(samples is not None)
        return samples

    real = stills.plain_samples
    monkeypatch.setattr(stills, "plain_samples", plain_samples)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("rows", "backwards"), [(1, False), (5, False), (5, True), (12, False)])
def test_strips_that_are_not_coded_are_read_as_they_lie(
    tmp_path: Path, taken: list[bool], order: str, kind: str, channels: int, rows: int, backwards: bool
) -> None:
    picture = noise(kind, (12, 20, channels))
    path = laid(tmp_path / "a.tif", picture, order, rows=rows, backwards=backwards)
    pixels = read_still(path)
    planes = pixels.planes if pixels.alpha is None else (*pixels.planes, pixels.alpha)
    assert np.array_equal(np.dstack(planes), picture) and taken == [True]


@pytest.mark.parametrize(
    "tags",
    [
        {262: (0,)},  # 0 is white
        {279: (0, 0, 0)},  # which some writers leave to the reader
        {279: (600, 600)},
        {284: (2,)},
        {259: (5,)},
        {278: (0,)},
        {278: (1 << 31,)},
        {273: (1000, 1600, 1 << 31)},
        {273: (1000,), 279: (1,)},
        {339: (2, 2, 2)},
        {277: (5,)},
        {256: (21,)},
    ],
    ids=lambda tags: " ".join(f"{tag}={values}" for tag, values in tags.items()),
)
def test_strips_that_are_otherwise_than_plain_are_left_to_the_library(
    tmp_path: Path, taken: list[bool], monkeypatch: pytest.MonkeyPatch, capfd: Any, tags: Any
) -> None:
    """Which finds what is wrong with them, or reads them: the same comes out as when it reads all."""
    path = laid(tmp_path / "a.tif", noise(shape=(12, 20, 3)), tags=tags)

    def outcome() -> object:
        try:
            return samples(read_still(path)).tobytes()
        except SourceError as error:
            return error.id, error.params if hasattr(error, "params") else str(error)

    found = outcome()
    assert True not in taken
    monkeypatch.setattr(stills, "plain_samples", lambda path, header: None)
    assert outcome() == found
    assert capfd.readouterr() == ("", "")


def test_plain_strips_come_out_as_the_library_reads_them(
    tmp_path: Path, taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, more in enumerate(({}, {"oiio__UnassociatedAlpha": 1}, {"planarconfig": "separate"})):
        for kind in ("uint8", "uint16"):
            path = write(
                tmp_path / f"{number}{kind}.tif", noise(kind, (12, 20, 4)), compression="none", **more
            )
            found = read_still(path)
            with monkeypatch.context() as without:
                without.setattr(stills, "plain_samples", lambda path, header: None)
                wanted = read_still(path)
            assert np.array_equal(samples(found), samples(wanted))
            assert (found.alpha is None) == (wanted.alpha is None)
            assert found.alpha is None or np.array_equal(found.alpha, wanted.alpha)  # type: ignore[arg-type]
    assert taken == [True] * 4 + [False] * 2


def test_alpha_comes_apart_or_is_in_already(tmp_path: Path) -> None:
    four = noise(shape=(12, 20, 4))
    for name in ("a.png", "a.tif", "a.dpx"):
        path = write(tmp_path / name, four, oiio__UnassociatedAlpha=1)
        pixels = read_still(path)
        assert probe(path).alpha and pixels.alpha is not None
        assert np.array_equal(np.dstack([*pixels.planes, pixels.alpha]), four)
    for name in ("b.tif", "b.exr"):
        path = write(tmp_path / name, noise("float32", (12, 20, 4)))
        facts = probe(path)
        assert not facts.alpha and read_still(path).alpha is None and "multiplied in" in said(facts)


# --- EXR -----


def test_exr_lies_where_its_windows_say(tmp_path: Path) -> None:
    import OpenImageIO as oiio

    picture = noise("float32", (6, 8, 3))
    spec = oiio.ImageSpec(8, 6, 3, "float")
    spec.x, spec.y, spec.full_x, spec.full_y, spec.full_width, spec.full_height = 7, -2, 5, 1, 9, 7
    out = oiio.ImageOutput.create(str(tmp_path / "a.exr"))
    out.open(str(tmp_path / "a.exr"), spec)
    out.write_image(picture)
    out.close()
    facts, pixels = probe(tmp_path / "a.exr"), read_still(tmp_path / "a.exr")
    whole = np.zeros((7, 9, 3), np.float32)
    whole[0:3, 2:9] = picture[3:6, 0:7]
    assert (facts.width, facts.height) == (9, 7)
    assert np.array_equal(samples(pixels), whole)
    assert "data window of 8x6 at (2, -3)" in said(facts)


def test_exr_half_floats_layers_and_more_channels(tmp_path: Path) -> None:
    picture = noise("float32", (12, 20, 5)).astype(np.float16).astype(np.float32)
    path = write(tmp_path / "a.exr", picture, "half", "R G B Z id")
    assert np.array_equal(samples(read_still(path)), picture[:, :, :3])
    assert "Z and id" in said(probe(path))
    path = write(tmp_path / "b.exr", picture[:, :, :3], "half", "beauty.R beauty.G beauty.B")
    assert np.array_equal(samples(read_still(path)), picture[:, :, :3])
    assert "layer beauty" in said(probe(path))
    assert probe(path).tags.transfer == 8


def test_exr_primaries_are_read(tmp_path: Path) -> None:
    import OpenImageIO as oiio

    wide = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
    odd = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    for corners, number in ((wide, 9), (odd, None)):
        spec = oiio.ImageSpec(20, 12, 3, "half")
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), corners)
        out = oiio.ImageOutput.create(str(tmp_path / "c.exr"))
        out.open(str(tmp_path / "c.exr"), spec)
        out.write_image(noise("float32"))
        out.close()
        facts = probe(tmp_path / "c.exr")
        assert facts.tags.primaries == number
        assert ("0.7347" in said(facts)) == (number is None)


# --- tags -----


def with_chunk(path: Path, name: bytes, data: bytes) -> Path:
    """A chunk put behind a PNG's header."""
    whole = path.read_bytes()
    chunk = struct.pack(">I", len(data)) + name + data
    path.write_bytes(whole[:33] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + whole[33:])
    return path


def plain_png(path: Path) -> Path:
    from PIL import Image

    Image.fromarray(noise("uint8")).save(path)
    return path


CORNERS_709 = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
CORNERS_P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


@pytest.mark.parametrize(
    ("chunks", "tags", "words"),
    [
        ((), (1, 13, "full"), ""),
        (((b"sRGB", b"\0"),), (1, 13, "full"), ""),
        (((b"gAMA", struct.pack(">I", 45455)), (b"cHRM", CORNERS_709)), (1, 13, "full"), ""),
        (((b"gAMA", struct.pack(">I", 45455)), (b"cHRM", CORNERS_P3)), (12, 13, "full"), ""),
        (((b"gAMA", struct.pack(">I", 100000)),), (1, 8, "full"), ""),
        (((b"gAMA", struct.pack(">I", 60000)),), (1, 13, "full"), "gamma tag (0.6)"),
        (((b"cICP", bytes([9, 16, 0, 1])), (b"sRGB", b"\0")), (9, 16, "full"), ""),
        (((b"cICP", bytes([1, 1, 0, 0])),), (1, 1, "limited"), ""),
    ],
)
def test_png_says_its_colour(
    tmp_path: Path, chunks: tuple[tuple[bytes, bytes], ...], tags: tuple[object, ...], words: str
) -> None:
    path = plain_png(tmp_path / "a.png")
    for name, data in reversed(chunks):
        with_chunk(path, name, data)
    facts = probe(path)
    assert (facts.tags.primaries, facts.tags.transfer, facts.tags.range) == tags
    assert facts.tags.assumed == (not chunks or words != "")
    assert (words in said(facts)) if words else ("sRGB" not in said(facts))
    assert read_still(path).full_range == (tags[2] == "full")


def test_profiles_are_said_and_only_srgb_counts(tmp_path: Path) -> None:
    from PIL import Image, ImageCms

    picture = Image.fromarray(noise("uint8"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    picture.save(tmp_path / "s.tif", icc_profile=srgb)
    picture.save(tmp_path / "o.tif", icc_profile=lab)
    picture.save(tmp_path / "o.png", icc_profile=lab)
    assert probe(tmp_path / "s.tif").tags.transfer == 13 and "sRGB" in said(probe(tmp_path / "s.tif"))
    facts = probe(tmp_path / "o.tif")
    assert facts.tags.transfer is None and "not applied" in said(facts)
    facts = probe(tmp_path / "o.png")
    assert facts.tags.transfer == 13 and facts.tags.assumed and "not applied" in said(facts)


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_obeyed(tmp_path: Path, suffix: str, orientation: int) -> None:
    from PIL import Image, ImageOps

    picture = Image.fromarray(np.kron(noise("uint8", (3, 5, 3)), np.ones((8, 8, 1), np.uint8)))
    tag = Image.Exif()
    tag[0x112] = orientation
    path = tmp_path / f"a{suffix}"
    picture.save(path, exif=tag, **({"quality": 95, "subsampling": 0} if suffix == ".jpg" else {}))
    facts = probe(path)
    shown = samples(read_still(path))
    shown = shown[:, ::-1] if facts.flip else shown
    shown = np.rot90(shown, -facts.rotation // 90)
    with Image.open(path) as opened:
        wanted = np.asarray(ImageOps.exif_transpose(opened))
    assert shown.shape == wanted.shape and np.abs(shown.astype(int) - wanted).mean() < 3
    assert facts.shown_size == (wanted.shape[1], wanted.shape[0])
    assert ("as the still is tagged" in said(facts)) == (orientation > 1)


# --- sequences of stills -----


def test_a_folder_is_read_in_order_and_frames_are_plain_references(tmp_path: Path) -> None:
    for number in (8, 9, 10, 12):
        write(tmp_path / f"f{number}.png", np.full((4, 6, 3), number, np.uint8))
    facts = probe(tmp_path, still=None, gaps="black")
    assert (facts.frames, facts.rate) == (5, None)
    frames = list(read_picture(facts, (0, 0, 2, 3, 4)))
    assert frames[0] is frames[1] and frames[3] is None
    levels = [int(frame.planes[0][0, 0]) for frame in frames if isinstance(frame, Pixels)]
    assert levels == [8, 8, 10, 12]
    refs = list(references(facts, range(5)))
    assert refs[3] is None and refs[4] is not None and refs[4].file == tmp_path / "f12.png"
    again = load(refs[4])
    assert isinstance(again, Pixels) and int(again.planes[0][0, 0]) == 12
    with pytest.raises(SourceError, match="no frame 5"):
        list(read_picture(facts, (5,)))


def test_stills_read_at_once_come_in_order_and_none_is_left_running(tmp_path: Path) -> None:
    import threading

    for number in range(40):
        write(tmp_path / f"f{number:02d}.png", np.full((4, 6, 3), number, np.uint8))
    facts = probe(tmp_path, still=None)
    levels = [frame.planes[0][0, 0] for frame in read_picture(facts, range(40)) if isinstance(frame, Pixels)]
    assert levels == list(range(40))
    reading = read_picture(facts, range(40))
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPool")]
    (tmp_path / "f30.png").write_bytes(b"gone")
    seen = []
    with pytest.raises(SourceError) as caught:
        for frame in read_picture(facts, range(40)):
            seen.append(frame)
    assert (len(seen), caught.value.where) == (30, str(tmp_path / "f30.png"))


def test_a_still_of_a_sequence_is_that_still(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"f{number}.png", np.full((4, 6, 3), number, np.uint8))
    facts = probe(tmp_path / "f1.png", still=Fraction(5))
    assert (facts.frames, facts.files) == (1, (tmp_path / "f1.png",))
    assert "held for 5 s" in said(facts)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (np.zeros((4, 8, 3), np.uint8), "the size (8x4)"),
        (np.zeros((4, 6, 3), np.uint16), "the bit depth (16)"),
        (np.zeros((4, 6, 1), np.uint8), "the set of channels (grey)"),
        (np.zeros((4, 6, 4), np.uint8), "the set of channels (rgb+alpha)"),
    ],
)
def test_a_still_that_differs_is_named(tmp_path: Path, other: NDArray[Any], what: str) -> None:
    for number in range(4):
        write(tmp_path / f"f{number}.png", np.zeros((4, 6, 3), np.uint8))
    write(tmp_path / "f2.png", other, oiio__UnassociatedAlpha=1)
    error = refused(tmp_path, "sequence.differs", still=None)
    assert error.what.startswith(what) and "f0.png" in error.what
    assert error.where == str(tmp_path / "f2.png")


def test_a_tag_that_differs_is_named(tmp_path: Path) -> None:
    for number in range(3):
        plain_png(tmp_path / f"f{number}.png")
    with_chunk(tmp_path / "f1.png", b"cICP", bytes([9, 16, 0, 1]))
    assert "colour tagging" in refused(tmp_path, "sequence.differs", still=None).what


def test_one_still_is_held_and_a_sequence_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "f0.png", np.zeros((4, 6, 3), np.uint8))
    assert "--still 5s" in str(refused(path, "still.no-seconds", still=None).remedy)
    refused(tmp_path, "still.no-seconds", still=None)
    write(tmp_path / "f1.png", np.zeros((4, 6, 3), np.uint8))
    refused(tmp_path, "still.of-sequence")


# --- what is refused -----


@pytest.mark.parametrize("share", [0.3, 0.98])
@pytest.mark.parametrize(
    ("name", "kind", "more"),
    [
        ("a.jpg", "uint8", {}),
        ("a.png", "uint16", {}),
        ("a.tif", "uint16", {"compression": "none"}),
        ("a.tif", "uint16", {"compression": "zip"}),
        ("a.dpx", "uint16", {}),
        ("a.dpx", "uint16", {"oiio__BitsPerSample": 10}),
        ("a.exr", "float32", {}),
        ("a.bmp", "uint8", {}),
    ],
)
def test_what_is_cut_short_is_refused(
    tmp_path: Path, name: str, kind: str, more: dict[str, object], share: float, capfd: Any
) -> None:
    path = write(tmp_path / name, noise(kind, (48, 64, 3)), **more)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SourceError) as caught:
        probe(path)
    assert caught.value.where == str(path)
    assert str(tmp_path) not in caught.value.what
    with pytest.raises(SourceError):
        read_still(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("suffix", "kind", "more"),
    [
        (".jpg", "uint8", {}),
        (".png", "uint16", {}),
        (".tif", "uint16", {"compression": "none"}),
        (".tif", "uint8", {"compression": "zip"}),
        (".tif", "uint16", {"compression": "lzw"}),
        (".dpx", "uint16", {}),
        (".dpx", "uint16", {"oiio__BitsPerSample": 10, "oiio__Endian": "little"}),
        (".exr", "float32", {"compression": "none"}),
        (".exr", "float32", {"compression": "zip"}),
        (".exr", "float32", {"compression": "piz"}),
        (".exr", "float32", {"compression": "dwab"}),
        (".bmp", "uint8", {}),
    ],
)
@pytest.mark.parametrize("cut", ["middle", "end"])
def test_one_cut_short_in_the_middle_is_found_before_any_work(
    tmp_path: Path, suffix: str, kind: str, more: dict[str, object], cut: str
) -> None:
    smooth = np.cumsum(noise("uint8", (300, 64, 3)) % 3, axis=1)
    picture = (smooth / 128).astype(np.float32) if kind == "float32" else smooth.astype(kind)
    for number in range(3):
        write(tmp_path / f"f{number}{suffix}", picture, **more)
    assert probe(tmp_path, still=None).frames == 3
    path = tmp_path / f"f1{suffix}"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if cut == "middle" else data[:-3])
    with pytest.raises(SourceError) as caught:
        probe(tmp_path, still=None)
    assert (caught.value.id, caught.value.where) == ("still.cut-short", str(path))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.exr"])
def test_damage_inside_is_found(tmp_path: Path, name: str, capfd: Any) -> None:
    smooth = np.cumsum(noise("uint8", (48, 64, 3)) % 3, axis=1)
    picture = (smooth / 128).astype(np.float32) if name == "a.exr" else smooth.astype(np.uint8)
    path = write(tmp_path / name, picture, compression="zip")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = b"\xff\xd8" * 100
    path.write_bytes(data)
    with pytest.raises(SourceError):
        read_still(path)
    assert capfd.readouterr() == ("", "")


def test_what_is_no_still_is_refused(tmp_path: Path) -> None:
    for name in ("a.png", "a.tif", "a.dpx", "a.exr", "a.jpg", "a.bmp"):
        path = tmp_path / name
        path.write_bytes(b"")
        refused(path, "still.empty")
        for data in (b"nothing of the kind", bytes(5000)):
            path.write_bytes(data)
            error = refused(path, "still.undecodable")
            assert error.remedy and str(tmp_path) not in error.what
    refused(tmp_path / "absent.png", "file.cannot-read")


def test_models_that_are_no_rgb_are_refused_by_name(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.fromarray(noise("uint8"))
    picture.convert("CMYK").save(tmp_path / "c.tif")
    picture.convert("CMYK").save(tmp_path / "c.jpg")
    picture.convert("LAB").save(tmp_path / "l.tif")
    for name, model in (("c.tif", "CMYK"), ("c.jpg", "CMYK"), ("l.tif", "CIELAB")):
        assert model in refused(tmp_path / name, "still.model").what
    write(tmp_path / "y.exr", noise("float32"), names="Y RY BY")
    assert "Y RY BY" in refused(tmp_path / "y.exr", "still.model").what
    write(tmp_path / "z.exr", noise("float32"), names="Z N W")
    assert "Z" in refused(tmp_path / "z.exr", "still.channels").what
    six = noise("float32", (12, 20, 6))
    write(tmp_path / "l.exr", six, names="fg.R fg.G fg.B bg.R bg.G bg.B")
    assert "bg and fg" in refused(tmp_path / "l.exr", "still.layers").what


def test_a_size_that_is_absurd_is_refused_before_anything_is_held(tmp_path: Path) -> None:
    path = plain_png(tmp_path / "a.png")
    data = bytearray(path.read_bytes())
    for width, height in ((20_000, 12), (16_000, 16_000)):
        data[16:24] = struct.pack(">2I", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        path.write_bytes(data)
        assert f"{width}x{height}" in refused(path, "source.still-too-large").what


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "a.png")
    refused(tmp_path / "a.png", "still.no-file")


def test_a_tiff_of_several_pages_says_so(tmp_path: Path) -> None:
    from PIL import Image

    pages = [Image.fromarray(noise("uint8")) for _ in range(3)]
    pages[0].save(tmp_path / "m.tif", save_all=True, append_images=pages[1:])
    assert "several pages" in said(probe(tmp_path / "m.tif"))
    assert np.array_equal(samples(read_still(tmp_path / "m.tif")), np.asarray(pages[0]))


def test_16_bits_of_xyz_keep_every_bit(tmp_path: Path) -> None:
    codes = (RNG.integers(0, 4096, (12, 20, 3)) << 4).astype(np.uint16)
    path = write(tmp_path / "x.tif", codes, compression="none")
    assert np.array_equal(samples(read_still(path)), codes)
    assert probe(path).tags.transfer is None


def test_a_name_that_is_no_text_is_quoted_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float32"))
    data = bytearray(path.read_bytes())
    at = data.index(b"channels\0chlist\0")
    for place, value in ((at, 0xF7), (at + 9, 0xF7), (at + 20, 0xF7)):
        damaged = bytearray(data)
        damaged[place] = value
        path.write_bytes(damaged)
        with pytest.raises(SourceError) as caught:
            probe(path)
        assert str(tmp_path) not in caught.value.what


@pytest.mark.parametrize("name", ["f_%04d.dpx", "f_####.dpx", "f_*.dpx", "f_[1-9].dpx"])
def test_a_pattern_is_answered_with_the_folder(tmp_path: Path, name: str) -> None:
    assert str(tmp_path) in str(refused(tmp_path / name, "sequence.pattern").remedy)


def test_channels_of_several_types_tiles_and_planes(tmp_path: Path) -> None:
    import OpenImageIO as oiio

    picture = noise("float32", (40, 50, 4)).astype(np.float16).astype(np.float32)
    spec = oiio.ImageSpec(50, 40, 4, "half")
    spec.channelnames, spec.alpha_channel = ["R", "G", "B", "id"], -1
    spec.channelformats = (oiio.HALF, oiio.HALF, oiio.HALF, oiio.UINT32)
    spec.tile_width = spec.tile_height = 16
    out = oiio.ImageOutput.create(str(tmp_path / "a.exr"))
    assert out.open(str(tmp_path / "a.exr"), spec), out.geterror()
    out.write_image(picture)
    out.close()
    assert np.array_equal(samples(read_still(tmp_path / "a.exr")), picture[:, :, :3])
    codes = noise(shape=(40, 50, 3))
    path = write(tmp_path / "a.tif", codes, planarconfig="separate")
    assert np.array_equal(samples(read_still(path)), codes)


@pytest.mark.parametrize(("descriptor", "taken"), [(51, True), (52, True), (100, False), (102, False)])
def test_dpx_descriptors(tmp_path: Path, descriptor: int, taken: bool) -> None:
    four = noise("uint8", (4, 6, 4))
    path = write(tmp_path / "a.dpx", four)
    data = bytearray(path.read_bytes())
    data[800] = descriptor  # of the first image element
    path.write_bytes(data)
    if not taken:
        assert "CbYCr" in refused(path, "still.model").what
        return
    pixels = read_still(path)
    assert pixels.alpha is not None
    order = four if descriptor == 51 else four[:, :, ::-1]
    assert np.array_equal(np.dstack([*pixels.planes, pixels.alpha]), order)


@pytest.mark.parametrize(("kind", "endian"), [("uint8", "big"), ("uint16", "big"), ("uint16", "little")])
@pytest.mark.parametrize("channels", [1, 3])
def test_dpx_lines_that_begin_at_whole_words(tmp_path: Path, kind: str, endian: str, channels: int) -> None:
    picture = noise(kind, (7, 5, channels))
    path = write(tmp_path / "a.dpx", picture, oiio__Endian=endian)
    assert np.array_equal(samples(read_still(path)), picture)
    data = path.read_bytes()
    start = struct.unpack_from(">I" if endian == "big" else "<I", data, 4)[0]
    line = 5 * channels * picture.dtype.itemsize
    lines = [data[start + at * line :][:line].ljust(-(-line // 4) * 4, b"\x55") for at in range(7)]
    path.write_bytes(data[:start] + b"".join(lines))
    assert np.array_equal(samples(read_still(path)), picture)
