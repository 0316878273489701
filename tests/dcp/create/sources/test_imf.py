"""Compositions of IMF as sources: every frame and sample that plays is the one that the playlist means, and
what is wrong with a delivery is one error that says where."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from building import signer
from imf_made import P3D65, PQ, Delivery, Picture, Resource, code_of, markers, pcm, sound
from imf_made import Sound as MadeSound
from material import NOW

from dcp.create.job.values import PictureTrack
from dcp.create.planning.sound_choice import choose_track
from dcp.create.sources.facts import ColourTags, Pixels
from dcp.create.sources.imf import is_imf, open_imf
from dcp.create.sources.imf_pcm import SpanSamples, sounds_of
from dcp.create.sources.imf_picture import PRIMARIES, TRANSFERS
from dcp.create.sources.imf_timeline import timeline_of
from dcp.create.sources.opening import load, probe_picture, read_picture, references
from dcp.errors import DcpError, SourceError
from dcp.mxf.labels import MCA, UL, any_version
from dcp.trust.signing import sign_document
from dcp.xml.parse import parse_xml

SOUND = "48000 1"


def film(root: Path, **more: Any) -> Delivery:
    """One segment: frames 1 to 3 of six, with sound of the same time."""
    made = Delivery(root)
    made.add_picture("picture.mxf", frames=6, **more)
    made.add_sound("sound.mxf", samples=12_000)
    made.segments = [
        {
            "MainImageSequence v": [Resource("picture.mxf", 6, entry=1, duration=3)],
            "MainAudioSequence a": [Resource("sound.mxf", 12_000, SOUND, entry=2_000, duration=6_000)],
        }
    ]
    return made


def codes(root: Path) -> list[tuple[int, ...]]:
    """The first sample of each component of each frame that plays; frames are flat."""
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    found = []
    for pixels in read_picture(facts, range(facts.frames)):
        assert isinstance(pixels, Pixels)
        assert all((plane == plane[0, 0]).all() for plane in pixels.planes)
        found.append(tuple(int(plane[0, 0]) for plane in pixels.planes))
    return found


def samples(root: Path, number: int = 0) -> bytes:
    """All that a virtual track plays."""
    stream = sounds_of(timeline_of(open_imf(root)))[number]
    read = SpanSamples(stream.spans)
    try:
        whole = read.read(0, read.samples)
        # any stretch is that of the whole
        stop = min(4_001, read.samples)
        assert read.read(1_999, stop) == whole[1_999 * 6 : stop * 6]
        return whole
    finally:
        read.close()


def test_segments_entry_points_and_repetitions_play_as_the_playlist_has_them(tmp_path: Path) -> None:
    made = Delivery(tmp_path / "imp")
    made.add_picture("one.mxf", frames=6)
    made.add_picture("two.mxf", frames=4, first=10)
    made.add_sound("sound.mxf", samples=20_000)
    made.segments = [
        {
            "MainImageSequence v": [
                Resource("one.mxf", 6, entry=2, duration=2, repeat=2),
                Resource("two.mxf", 4, entry=3),
            ],
            "MainAudioSequence a": [
                Resource("sound.mxf", 20_000, SOUND, entry=500, duration=5_000, repeat=2)
            ],
        },
        {
            "MainImageSequence v": [Resource("one.mxf", 6, duration=1)],
            "MainAudioSequence a": [
                Resource("sound.mxf", 20_000, SOUND, entry=19_001, duration=999),
                Resource("sound.mxf", 20_000, SOUND, duration=1_001),
            ],
        },
    ]
    root = made.write()
    assert codes(root) == [code_of(number) for number in (2, 3, 2, 3, 13, 0)]
    heard = [(500, 5_000), (500, 5_000), (19_001, 999), (0, 1_001)]
    assert samples(root) == b"".join(pcm(first, count, 2) for first, count in heard)
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    assert facts.chapters == (Fraction(5, 24),)
    assert [each.count for each in facts.spans] == [2, 1, 1]


@pytest.mark.parametrize(
    "form",
    [
        Picture(depth=12),
        Picture(depth=10, full=False),
        Picture(depth=16, primaries=P3D65, transfer=PQ),
        Picture(depth=10, ycbcr=True, steps=(2, 1), full=False),
        Picture(depth=8, ycbcr=True, steps=(2, 2), full=False),
        Picture(depth=12, ycbcr=True),
    ],
    ids=["rgb-12", "rgb-10-limited", "rgb-16-pq", "422-10", "420-8", "444-12-ycbcr"],
)
def test_samples_of_every_form_come_through_as_they_are(tmp_path: Path, form: Picture) -> None:
    known = {
        name: getattr(form, name) for name in form.__dataclass_fields__ if name not in ("frames", "rate")
    }
    root = film(tmp_path / "imp", **known).write()
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    assert codes(root) == [code_of(number, form.depth) for number in (1, 2, 3)]
    assert (facts.depth, facts.width, facts.height) == (form.depth, 64, 36)
    wide = form.primaries == P3D65
    assert facts.tags == ColourTags(
        "ycbcr" if form.ycbcr else "rgb",
        matrix=1 if form.ycbcr else None,
        primaries=12 if wide else 1,
        transfer=16 if wide else 1,
        range="full" if form.full else "limited",
    )
    (pixels,) = read_picture(facts, [0])
    assert isinstance(pixels, Pixels)
    x, y = form.steps
    assert [plane.shape for plane in pixels.planes] == [(36, 64), *[(36 // y, 64 // x)] * 2]
    assert {plane.dtype for plane in pixels.planes} == {np.dtype(np.uint16)}


def test_a_frame_is_read_once_and_by_its_reference(tmp_path: Path) -> None:
    root = film(tmp_path / "imp").write()
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    first, again, last = read_picture(facts, [1, 1, 2])
    assert first is again and first is not last
    held = film(tmp_path / "held")
    held.segments[0]["MainImageSequence v"] = [Resource("picture.mxf", 6, duration=1, repeat=3)]
    facts_of_held = probe_picture(PictureTrack(source=open_imf(held.write()).path))
    assert len({id(each) for each in read_picture(facts_of_held, range(3))}) == 1
    (ref,) = references(facts, [2])
    assert ref is not None
    loaded = load(ref)
    assert isinstance(loaded, Pixels) and int(loaded.planes[0][0, 0]) == code_of(3)[0]
    with pytest.raises(SourceError) as caught:
        list(read_picture(facts, [3]))
    assert caught.value.id == "source.frame-absent"


def test_labels_of_the_registers_are_those_that_ffmpeg_reads() -> None:
    """By the last bytes of each: a label that was mistyped is not found here."""
    assert {label[12:14].hex(): number for label, number in PRIMARIES.items()} == {
        "0301": 6, "0302": 5, "0303": 1, "0304": 9, "0305": 10, "0306": 12,
    }  # fmt: skip
    assert TRANSFERS[any_version(PQ)] == 16 and len(TRANSFERS) == 11
    assert all(str(UL(label)).startswith("060e2b34.040101") for label in (*PRIMARIES, *TRANSFERS))


@pytest.mark.parametrize("year", [2013, 2016])
def test_both_editions_are_read(tmp_path: Path, year: int) -> None:
    made = film(tmp_path / "imp")
    made.namespace = f"http://www.smpte-ra.org/schemas/2067-3/{year}"
    assert len(codes(made.write())) == 3


def test_sound_that_does_not_go_into_a_frame_may_be_rounded(tmp_path: Path) -> None:
    """One frame of 30000/1001 a second has 1601.6 samples: a segment's sound begins with its picture."""
    made = Delivery(tmp_path / "imp", rate="30000 1001")
    made.add_picture("picture.mxf", frames=2, rate=Fraction(30_000, 1001))
    made.add_sound("sound.mxf", samples=3_300)
    made.segments = [
        {
            "MainImageSequence v": [Resource("picture.mxf", 2, "30000 1001", entry=number, duration=1)],
            "MainAudioSequence a": [
                Resource("sound.mxf", 3_300, SOUND, entry=1_602 * number, duration=length)
            ],
        }
        for number, length in enumerate((1_603, 1_601))
    ]
    heard = samples(made.write())
    assert heard == pcm(0, 1_602, 2) + pcm(1_602, 1_601, 2)


def test_what_a_segment_lacks_at_its_end_is_silent(tmp_path: Path) -> None:
    made = Delivery(tmp_path / "imp")
    made.add_picture("picture.mxf", frames=2)
    made.add_sound("sound.mxf", samples=4_000)
    made.segments = [
        {
            "MainImageSequence v": [Resource("picture.mxf", 2, entry=number, duration=1)],
            "MainAudioSequence a": [
                Resource("sound.mxf", 4_000, SOUND, entry=2_000 * number, duration=1_990)
            ],
        }
        for number in range(2)
    ]
    assert samples(made.write()) == pcm(0, 1_990, 2) + bytes(60) + pcm(2_000, 1_990, 2)


def test_sound_may_be_counted_in_frames(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    made.segments[0]["MainAudioSequence a"] = [Resource("sound.mxf", 6, "24 1", entry=1, duration=3)]
    assert samples(made.write()) == pcm(2_000, 6_000, 2)


def test_channels_that_no_cinema_has_are_not_taken_for_others(tmp_path: Path) -> None:
    """Matrixed stereo is labelled so."""
    made = film(tmp_path / "imp")
    root = made.write()
    path = root / "sound.mxf"
    data = path.read_bytes()
    for one, other in (("Left", "Ltot"), ("Right", "Rtota")):
        data = data.replace(one.encode("utf-16-be"), other.encode("utf-16-be"))
    for symbol in ("L", "R"):
        label = bytes(MCA.channels[symbol].label)
        data = data.replace(label, label[:12] + b"\x20" + label[13:])
    path.write_bytes(data)
    (stream,) = sounds_of(timeline_of(open_imf(root)))
    assert (stream.symbols, stream.names) == (None, ("Ltot", "Rtota"))
    with pytest.raises(SourceError) as caught:
        choose_track([stream], language=None)
    assert caught.value.id == "sound.layout"


def test_track_files_are_taken_from_a_package_beside(tmp_path: Path) -> None:
    original = film(tmp_path / "original")
    original.write()
    version = Delivery(tmp_path / "version", name="VERSION.xml")
    version.add_picture("insert.mxf", frames=1, first=20)
    version.segments = [
        {
            "MainImageSequence v": [
                Resource("picture.mxf", 6, duration=1),
                Resource("insert.mxf", 1),
                Resource("picture.mxf", 6, entry=5),
            ],
            "MainAudioSequence a": [Resource("sound.mxf", 12_000, SOUND, duration=6_000)],
        }
    ]
    root = version.write()
    assert codes(root) == [code_of(number) for number in (0, 20, 5)]
    assert "plan.imf-beside" in [each.id for each in open_imf(root).decisions]
    (tmp_path / "original" / "ASSETMAP.xml").unlink()
    with pytest.raises(SourceError) as caught:
        codes(root)
    assert caught.value.id == "imf.not-mapped"
    assert "Segment[1]/MainImageSequence/Resource[1]" in str(caught.value.where)


def test_markers_are_on_the_clock_of_the_composition(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    made.segments = [
        {**made.segments[0], "MarkerSequence m": markers(("FFOC", 1), ("X", 2), duration=3)},
        {**made.segments[0], "MarkerSequence m": markers(("LFOC", 2), duration=3)},
    ]
    found = timeline_of(open_imf(made.write())).markers
    assert found == (("FFOC", Fraction(1, 24)), ("X", Fraction(2, 24)), ("LFOC", Fraction(5, 24)))


def test_what_is_a_playlist_of_imf(tmp_path: Path) -> None:
    root = film(tmp_path / "imp").write()
    assert is_imf(root) and is_imf(root / "CPL.xml")
    assert not is_imf(root / "PKL.xml") and not is_imf(root / "ASSETMAP.xml") and not is_imf(tmp_path)
    comment = tmp_path / "comment.xml"
    playlist = (root / "CPL.xml").read_text()
    comment.write_text(playlist.replace("?>\n", "?>\n<!-- <a> -->\n<!-- - -->", 1))
    assert is_imf(comment)
    hostile = tmp_path / "hostile.xml"
    hostile.write_bytes(b"<!---->" * 9_000 + b"<!--")
    assert not is_imf(hostile)


# --- what is wrong -----


def changed(pattern: str, to: str, count: int = 1) -> Callable[[Delivery], Path]:
    def write(made: Delivery) -> Path:
        def change(document: str) -> str:
            found, n = re.subn(pattern, to, document, count=count)
            assert n
            return found

        return made.write(change)

    return write


def with_resource(**more: Any) -> Callable[[Delivery], Path]:
    def write(made: Delivery) -> Path:
        given = {"file": "picture.mxf", "intrinsic": 6, "entry": 1, "duration": 3, **more}
        made.segments[0]["MainImageSequence v"] = [Resource(**given)]
        return made.write()

    return write


def lost(made: Delivery) -> Path:
    root = made.write()
    (root / "picture.mxf").unlink()
    return root


def cut_short(made: Delivery) -> Path:
    root = made.write()
    path = root / "picture.mxf"
    path.write_bytes(path.read_bytes()[:-1])
    return root


def unmapped(made: Delivery) -> Path:
    made.unmapped = ("picture.mxf",)
    return made.write()


def climbing(made: Delivery) -> Path:
    root = made.write()
    (root / "picture.mxf").rename(root.parent / "picture.mxf")
    path = root / "ASSETMAP.xml"
    path.write_text(path.read_text().replace("<Path>picture", "<Path>../picture"))
    return root


def twice_in_map(made: Delivery) -> Path:
    root = made.write()
    path = root / "ASSETMAP.xml"
    found = re.search(r"<Asset><Id>[^/]*</Id><ChunkList><Chunk><Path>picture.*?</Asset>", path.read_text())
    assert found
    again = found[0].replace("picture.mxf", "sound.mxf")
    path.write_text(path.read_text().replace("</AssetList>", again + "</AssetList>"))
    return root


def damaged(made: Delivery) -> Path:
    """In the first picture that plays."""
    path = made.root / "picture.mxf"
    data = bytearray(path.read_bytes())
    places = [found.start() for found in re.finditer(rb"\xff\x93", data)]
    data[places[1] : places[1] + 2] = b"\xff\x00"
    path.write_bytes(data)
    return made.write()


def other_form(**more: Any) -> Callable[[Delivery], Path]:
    def write(made: Delivery) -> Path:
        made.add_picture("other.mxf", **more)
        resources = made.segments[0]["MainImageSequence v"]
        assert isinstance(resources, list)
        resources[0].duration = 2
        resources.append(Resource("other.mxf", 4, duration=1))
        return made.write()

    return write


def again(**more: Any) -> Callable[[Delivery], Path]:
    """The picture in another form."""

    def write(made: Delivery) -> Path:
        made.add_picture("picture.mxf", frames=6, **more)
        return made.write()

    return write


def other_sound(made: Delivery) -> Path:
    made.add_sound("other.mxf", symbols=("L", "R", "C"))
    made.segments.append(
        {
            "MainImageSequence v": [Resource("picture.mxf", 6, duration=4)],
            "MainAudioSequence a": [Resource("other.mxf", 8_000, SOUND)],
        }
    )
    return made.write()


def no_second_sound(made: Delivery) -> Path:
    made.segments.append({"MainImageSequence v": [Resource("picture.mxf", 6)]})
    return made.write()


def two_pictures(made: Delivery) -> Path:
    made.segments[0]["MainImageSequence w"] = [Resource("picture.mxf", 6, duration=3)]
    return made.write()


def two_compositions(made: Delivery) -> Path:
    other = Delivery(made.root, made.files, made.segments, name="OTHER.xml")
    (made.root / "OTHER.xml").write_text(other.playlist())
    made.files["OTHER.xml"] = other.id
    return made.write()


def signed(made: Delivery) -> Path:
    root = made.write(signed_text)
    path = root / "CPL.xml"
    assert open_imf(root).composition.signed
    altered = path.read_text().replace("Made by hand", "Made by hacks")
    made.write(lambda document: altered)  # with its hash in the packing list
    return root


def signed_text(document: str) -> str:
    return sign_document(parse_xml(document.encode(), where="CPL.xml"), signer(), now=NOW).decode()


def altered(made: Delivery) -> Path:
    root = made.write()
    path = root / "CPL.xml"
    path.write_text(path.read_text().replace("Made by hand", "Made by hacks"))
    return root


def sound_of_other_kind(made: Delivery) -> Path:
    made.segments[0]["MainAudioSequence a"] = [Resource("picture.mxf", 6, duration=3)]
    return made.write()


def picture_of_other_kind(made: Delivery) -> Path:
    sound(made.root / "picture.mxf", MadeSound(), made.files["picture.mxf"])
    return made.write()


def alone(made: Delivery) -> Path:
    root = made.write()
    (root.parent / "CPL.xml").write_bytes((root / "CPL.xml").read_bytes())
    return root.parent / "CPL.xml"


WRONG: dict[str, tuple[Callable[[Delivery], Path], str, str]] = {
    "track file that is not there": (lost, "package.file-missing", "imp"),
    "track file of another size": (cut_short, "imf.size", "picture.mxf"),
    "id in no map": (unmapped, "imf.not-mapped", "CPL.xml: Segment[1]/MainImageSequence/Resource[1]"),
    "path that leaves the folder": (climbing, "path.climbs-out", "imp"),
    "id twice in the map": (twice_in_map, "imf.asset-twice", "imp"),
    "entry behind the end": (changed(r"<EntryPoint>1<", "<EntryPoint>6<"), "imf.outside", "/Resource"),
    "more than there is": (changed(r"<SourceDuration>3<", "<SourceDuration>6<"), "imf.outside", "/Resource"),
    "more than the file has": (with_resource(intrinsic=9, entry=4), "imf.past-file", "Resource[1]"),
    "sound past its file": (
        changed(r">12000<(.*?)>2000<", r">99999<\1>9000<"), "imf.past-file", "MainAudioSequence/Resource[1]",
    ),
    "rate of a resource": (with_resource(rate="25 1"), "imf.edit-rate", "Resource[1]"),
    "rate of the composition": (changed(r">24 1<", ">25 1<"), "imf.edit-rate", "Resource[1]"),
    "rate of sound": (changed(r"48000 1", "44100 1"), "imf.edit-rate", "MainAudioSequence"),
    "namespace of nobody": (changed(r"2067-3/2016", "2067-3/2031"), "xml.namespace-not-known-of", "CPL.xml"),
    "another document": (changed(r"CompositionPlaylist", "Composition", 0), "xml.other-document", "CPL.xml"),
    "document type": (
        changed(r"\?>\n", '?>\n<!DOCTYPE a [<!ENTITY b "c">]>\n'), "xml.doctype", "CPL.xml",
    ),
    "not XML": (changed(r"</SegmentList>", ""), "xml.not-well-formed-because", "CPL.xml"),
    "no segment": (changed(r"<SegmentList>.*</SegmentList>", "<SegmentList/>"), "xml.missing", "SegmentList"),
    "no track file id": (changed(r"<TrackFileId>.*?</TrackFileId>", ""), "xml.missing", "Resource"),
    "element twice": (changed(r"(<EntryPoint>1</EntryPoint>)", r"\1\1"), "xml.more-than-once", "Resource"),
    "number of nothing": (changed(r"(<Entry.*?>)1<", r"\1-1<"), "xml.not-whole-number", "EntryPoint"),
    "track twice in a segment": (
        changed(r"(<SequenceList>)(.*?</cc:MainImageSequence>)", r"\1\2\2"), "imf.track-twice", "Sequence",
    ),
    "repeated for days": (with_resource(repeat=10**12), "imf.lengths", "MainAudioSequence"),
    "encrypted": (with_resource(more=f"<KeyId>{UUID(int=1).urn}</KeyId>"), "imf.encrypted", "Resource[1]"),
    "an eye each": (with_resource(kind="StereoImageTrackFileResourceType"), "imf.stereo", "Resource[1]"),
    "no picture": (changed(r"MainImageSequence", "ImageSequence", 0), "imf.no-picture", "CPL.xml"),
    "two pictures": (two_pictures, "imf.pictures", "CPL.xml"),
    "sound in one segment alone": (no_second_sound, "imf.segment-without", "CPL.xml"),
    "sound that is shorter": (changed(r">6000<", ">4000<"), "imf.lengths", "Audio"),
    "several compositions": (two_compositions, "imf.several", "imp"),
    "signature that does not hold": (signed, "SIG-001.digest", "CPL.xml"),
    "altered playlist": (altered, "vouch.other-hash", "CPL.xml"),
    "playlist outside a package": (alone, "imf.no-asset-map", "CPL.xml"),
    "pictures of another size": (other_form(size=(32, 36)), "imf.pictures-differ", "other.mxf"),
    "pictures of another depth": (other_form(depth=10), "imf.pictures-differ", "other.mxf"),
    "pictures of other colours": (other_form(transfer=PQ), "imf.pictures-differ", "other.mxf"),
    "pictures of another rate": (other_form(rate=Fraction(25)), "imf.edit-rate", "Resource[2]"),
    "sound of another form": (other_sound, "imf.sounds-differ", "other.mxf"),
    "fields": (again(layout=1), "imf.interlaced", "picture.mxf"),
    "components of nobody": (again(order=b"RGBA"), "imf.pixel-layout", "picture.mxf"),
    "subsampled R G B": (again(steps=(2, 1)), "imf.components", "picture.mxf"),
    "chroma in quarters": (again(steps=(4, 1), ycbcr=True), "imf.components", "picture.mxf"),
    "colour of nobody": (
        again(primaries=UL.parse("060e2b34.0401010d.04010101.037f0000")), "imf.colour", "picture.mxf",
    ),
    "picture as sound": (sound_of_other_kind, "imf.no-pcm", "picture.mxf"),
    "sound as picture": (picture_of_other_kind, "imf.no-jpeg2000", "picture.mxf"),
    "damaged picture": (damaged, "imf.undecodable", "picture.mxf"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, name: str) -> None:
    change, id, where = WRONG[name]
    source = change(film(tmp_path / "imp"))
    with pytest.raises(DcpError) as caught:
        timeline = timeline_of(open_imf(source))
        sounds_of(timeline)
        codes(source)
    assert (caught.value.id, caught.value.exit_code) == (id, 2)
    assert where in str(caught.value.where)
    assert "{" not in caught.value.say() + caught.value.say("zh") + (caught.value.say_remedy() or "")


def test_a_colour_that_nobody_knows_may_be_told(tmp_path: Path) -> None:
    root = film(tmp_path / "imp", primaries=UL.parse("060e2b34.0401010d.04010101.037f0000")).write()
    facts = probe_picture(PictureTrack(source=open_imf(root).path, colour="rec709"))
    assert facts.tags.primaries is None


def test_codestreams_of_r_g_b_are_that_whatever_the_descriptor_says(tmp_path: Path) -> None:
    """As FFmpeg writes them."""
    root = film(tmp_path / "imp", ycbcr=True, mct=True, full=False).write()
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    assert facts.tags == ColourTags("rgb", primaries=1, transfer=1)
    assert [each.id for each in facts.decisions] == ["plan.imf-rgb"]
    assert codes(root) == [code_of(number) for number in (1, 2, 3)]
    assert codes(film(tmp_path / "usual", mct=True).write()) == codes(root)


def test_levels_of_no_range_are_told(tmp_path: Path) -> None:
    root = film(tmp_path / "imp", levels=(4, 4079)).write()
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    assert facts.tags.range is None and [each.id for each in facts.decisions] == ["plan.imf-levels"]


def test_a_real_picture_is_the_one_that_ffmpeg_decodes(corpus: Path) -> None:
    """DaVinci Resolve's: 3840x2160, R G B of 12 bits, coded by the 9/7 filter, which rounds."""
    import av

    root = corpus / "photon/src/test/resources/TestIMP/PHDR"
    facts = probe_picture(PictureTrack(source=open_imf(root).path))
    assert facts.tags == ColourTags("rgb", primaries=12, transfer=16, range="full")
    (pixels,) = read_picture(facts, [0])
    assert isinstance(pixels, Pixels)
    with av.open(str(facts.spans[0].path)) as container:
        frame = next(container.decode(video=0))
    theirs = frame.to_ndarray(format="rgb48le") >> 4
    ours = np.stack(pixels.planes, axis=-1)
    assert ours.max() > 1000 and np.abs(ours.astype(int) - theirs).max() <= 1
