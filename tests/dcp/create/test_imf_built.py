"""Packages made of compositions of IMF: the frames and samples that the playlist means, in its order, with
what was decided told."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from building import plan
from imf_made import Delivery, Resource, markers, pcm
from material import NOW, wav
from verified import errors

from dcp.create.build import build_package
from dcp.create.job.flags import job_by_names
from dcp.create.planning.making import plan_job
from dcp.create.planning.plan import Plan
from dcp.create.planning.telling import document_of, innermost, lines_of
from dcp.create.work.settled import states_of
from dcp.errors import DcpError, SourceError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.picture.codec import codec_by_name
from dcp.verify.engine import verify_package

SOUND = "48000 1"


def film(root: Path) -> Delivery:
    """Frames 2 3 2 3, 13, 0 in two segments, with sound in two languages and a commentary."""
    made = Delivery(root)
    made.add_picture("one.mxf", frames=6)
    made.add_picture("two.mxf", frames=4, first=10)
    made.add_sound("said.mxf", samples=14_000, symbols=("L", "R", "C", "LFE", "Ls", "Rs"))
    made.add_sound("commented.mxf", samples=14_000, symbols=("L", "R"), kind="DCM")
    made.add_sound("gesagt.mxf", samples=14_000, first=100, symbols=("L", "R"), language="de")
    first = [Resource("one.mxf", 6, entry=2, duration=2, repeat=2), Resource("two.mxf", 4, entry=3)]
    made.segments = [
        {"MainImageSequence v": first},
        {"MainImageSequence v": [Resource("one.mxf", 6, duration=1)]},
    ]
    for segment, (entry, count) in zip(made.segments, ((2_000, 10_000), (0, 2_000)), strict=True):
        for name in ("commented", "said", "gesagt"):
            played = Resource(f"{name}.mxf", 14_000, SOUND, entry=entry, duration=count)
            segment[f"MainAudioSequence {name}"] = [played]
    return made


def long(root: Path, rate: str = "24 1", seconds: int = 2, **more: Any) -> Delivery:
    """Two segments of as many seconds, of one frame and a tone that comes again."""
    top, bottom = map(int, rate.split())
    made = Delivery(root, rate=rate)
    made.add_picture("picture.mxf", frames=1, rate=Fraction(top, bottom), **more)
    made.add_sound("sound.mxf", samples=4_800)
    count = round(Fraction(top, bottom) * seconds)
    samples = Fraction(count * bottom, top) * 48_000
    segment: dict[str, list[Resource] | str] = {
        "MainImageSequence v": [Resource("picture.mxf", 1, rate, repeat=count)],
        "MainAudioSequence a": [
            Resource("sound.mxf", 4_800, SOUND, repeat=int(samples) // 4_800),
            Resource("sound.mxf", 4_800, SOUND, duration=int(samples) % 4_800 or 4_800),
        ],
    }
    if not int(samples) % 4_800:
        segment["MainAudioSequence a"] = [Resource("sound.mxf", 4_800, SOUND, repeat=int(samples) // 4_800)]
    made.segments = [segment, dict(segment)]
    return made


def said(made: Plan) -> list[str]:
    return [innermost(each).id for each in (*made.decisions, *made.advice)]


def faults(root: Path) -> set[str]:
    return {id for id, _, _ in errors(verify_package(root, now=NOW))}


def telling(made: Plan, id: str) -> str:
    return next(str(each) for each in made.decisions if innermost(each).id == id)


def units(package: Package, kind: str) -> list[bytes]:
    found = []
    for reel in package.compositions[0].reels:
        asset = reel.asset(kind)
        assert asset is not None
        with TrackFile.open(package.require(asset.id)) as track:
            found += [bytes(unit.data) for unit in track.units(strict=True)]
    return found


def test_frames_and_samples_are_those_of_the_composition(tmp_path: Path) -> None:
    made = plan(film(tmp_path / "imp").write(), picture_rate=None)
    built = build_package(made, tmp_path / "out", now=NOW)
    package = open_package(built.root)
    codec = codec_by_name()
    shown = [int(codec.decode(each)[540, 999, 1]) for each in units(package, "MainPicture")]
    numbers = [2, 3, 2, 3, 13, 0]
    assert len(shown) == len(numbers)
    by_number = {number: shown[at] for at, number in enumerate(numbers)}
    assert all(abs(code - by_number[number]) <= 2 for number, code in zip(numbers, shown, strict=True))
    assert sorted(by_number, key=by_number.__getitem__) == sorted(
        by_number, reverse=True
    )  # darker and darker
    assert min(abs(by_number[2] - by_number[3]), abs(by_number[0] - by_number[2])) > 10
    assert b"".join(units(package, "MainSound")) == pcm(2_000, 10_000, 6) + pcm(0, 2_000, 6)
    assert faults(built.root) == {"REEL-001", "REEL-002"}  # shorter than a second


def test_of_several_sounds_the_programme_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    root = film(tmp_path / "imp").write()
    made = plan(root, picture_rate=None)
    told = telling(made, "plan.sound-stream")
    assert "stream 2 (6 channels, language en) is taken" in told
    assert (
        "stream 1 (commentary, 2 channels, language en)" in told
        and "stream 3 (2 channels, language de)" in told
    )
    (track,) = made.sounds
    assert (track.form.language, track.form.layout.field) == ("en", "51")
    german = plan(root, picture_rate=None, language="de")
    (track,) = german.sounds
    assert track.form.language == "de" and track.form.layout.channels[:2] == ("L", "R")
    assert [each.path.name for each in track.form.sources] == ["gesagt.mxf"]
    both = plan(root, picture_rate=None, map="1:L,2:R,9:HI")
    routes = both.sounds[0].form.routes
    assert [(each.source, each.channel, each.position) for each in routes] == [
        (0, 0, 0),
        (0, 1, 1),
        (1, 0, 6),
    ]


def test_channels_go_by_their_labels_and_what_is_no_programme_waits(tmp_path: Path) -> None:
    """However wide a commentary or the music alone is."""
    made = film(tmp_path / "imp")
    made.add_sound("said.mxf", samples=14_000, symbols=("R", "L"))
    made.add_sound("commented.mxf", samples=14_000, symbols=("L", "R", "C", "LFE", "Ls", "Rs"), kind="DCM")
    made.add_sound("gesagt.mxf", samples=14_000, symbols=("L", "R", "C"), kind="MEC")
    planned = plan(made.write(), picture_rate=None)
    form = planned.sounds[0].form
    assert [each.path.name for each in form.sources] == ["said.mxf"]
    assert [(each.channel, each.position) for each in form.routes] == [(0, 1), (1, 0)]
    assert "stream 3 (part of a mix, 3 channels, language en)" in telling(planned, "plan.sound-stream")


def test_sound_may_be_given_instead(tmp_path: Path) -> None:
    wav(tmp_path / "mix.wav", 12_000)
    made = plan(film(tmp_path / "imp").write(), picture_rate=None, audio=[tmp_path / "mix.wav"])
    assert [each.path.name for each in made.sounds[0].form.sources] == ["mix.wav"]
    assert "plan.sound-stream" not in said(made)


def test_rates_of_video_become_those_of_cinema(tmp_path: Path) -> None:
    made = plan(long(tmp_path / "imp", "24000 1001", 2).write(), picture_rate=None)
    (composition,) = made.compositions
    assert (composition.rate, sum(reel.frames for reel in composition.reels)) == (24, 96)
    assert {"plan.pulled", "plan.sound-faster"} <= set(said(made))
    source = made.sounds[0].form.sources[0]
    assert source.time_map.speed == Fraction(1001, 1000)
    same = plan(long(tmp_path / "of25", "25 1").write(), picture_rate=None)
    assert same.compositions[0].rate == 25 and "plan.sound-untouched" in said(same)
    slowed = plan(long(tmp_path / "to24", "25 1").write(), picture_rate=Fraction(24))
    assert slowed.compositions[0].rate == 24 and {"plan.slowed", "plan.sound-slower"} <= set(said(slowed))
    halved = plan(long(tmp_path / "of50", "50 1").write(), picture_rate=Fraction(25))
    assert sum(reel.frames for reel in halved.compositions[0].reels) == 100 and "plan.every-nth" in said(
        halved
    )
    with pytest.raises(SourceError) as caught:
        plan(long(tmp_path / "of50b", "50 1").write(), picture_rate=Fraction(24))
    assert caught.value.id == "create.rate-conversion"


def test_segments_are_chapters_and_trimming_cuts_both(tmp_path: Path) -> None:
    root = long(tmp_path / "imp").write()
    made = plan(root, picture_rate=None, split_at="chapters")
    assert [reel.frames for reel in made.compositions[0].reels] == [48, 48]
    trimmed = plan(root, picture_rate=None, trim="10-40")
    (composition,) = trimmed.compositions
    assert [reel.frames for reel in composition.reels] == [30]
    source = trimmed.sounds[0].form.sources[0]
    assert source.time_map.zero == Fraction(10, 24) and "advice.lengths-differ" not in said(trimmed)


def test_markers_are_taken_and_those_of_others_named(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    made.segments[0]["MarkerSequence m"] = markers(("FFOC", 2), ("LFOC", 4), ("Ad break", 1), duration=5)
    planned = plan(made.write(), picture_rate=None)
    assert dict(planned.compositions[0].markers) == {"FFOC": 2, "LFOC": 4}
    assert "Ad break" in telling(planned, "plan.imf-markers-left")
    told = plan(tmp_path / "imp", picture_rate=None, markers=["FFOC=1"])
    assert dict(told.compositions[0].markers) == {"FFOC": 1, "LFOC": 4}
    trimmed = plan(tmp_path / "imp", picture_rate=None, trim="1-4")
    assert dict(trimmed.compositions[0].markers) == {"FFOC": 1}


def test_what_is_left_out_is_named_with_its_file(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    (tmp_path / "imp" / "text.mxf").write_bytes(b"text")
    made.files["text.mxf"] = UUID(int=5)
    made.segments[0]["SubtitlesSequence t"] = [Resource("text.mxf", 6, duration=1)]
    for segment in made.segments:
        segment["ForcedNarrativeSequence n"] = [Resource("text.mxf", 6, duration=1)]
        segment["IABSequence i"] = [Resource("absent.mxf", 6, duration=1)]
    planned = plan(made.write(), picture_rate=None)
    assert "SubtitlesSequence (text.mxf)" in telling(planned, "plan.imf-text-left")
    assert "ForcedNarrativeSequence (text.mxf)" in telling(planned, "plan.imf-text-cut")
    assert "IABSequence (" in telling(planned, "plan.imf-left")


def test_a_composition_without_sound_gets_silence_and_says_so(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    made.segments = [{"MainImageSequence v": each["MainImageSequence v"]} for each in made.segments]
    planned = plan(made.write(), picture_rate=None)
    assert {"plan.imf-no-sound", "plan.sound-none"} <= set(said(planned))


def test_the_plan_names_all_files_as_json(tmp_path: Path) -> None:
    planned = plan(film(tmp_path / "imp").write(), picture_rate=None)
    (composition,) = document_of(planned)["compositions"]
    (reel,) = composition["reels"]
    picture, heard = reel["tracks"]
    assert [Path(each).name for each in picture["sources"]] == ["one.mxf", "two.mxf"]
    assert [Path(each).name for each in heard["sources"]] == ["said.mxf"]
    assert picture["coded"] is True
    assert all(str(each) != each.say("zh") for each in lines_of(planned))


def test_a_composition_for_each_eye(tmp_path: Path) -> None:
    left, right = film(tmp_path / "left").write(), film(tmp_path / "right").write()
    given = {"title": "Test", "kind": "test", "right": right}
    made = plan_job(job_by_names((), given, left=left), now=NOW)
    assert made.compositions[0].stereo
    run = made.pictures[0].pieces[0].run
    assert [eye.facts.path for eye in run.eyes] == [left / "CPL.xml", right / "CPL.xml"]


def test_all_its_files_are_sources_of_the_work(tmp_path: Path) -> None:
    """A run that goes on holds each of them against what it was; nothing comes to lie among them."""
    job = job_by_names([film(tmp_path / "imp").write()], {"title": "Test", "kind": "test"})
    planned = plan_job(job, now=NOW)
    assert {Path(each.path).name for each in states_of(planned, job)} == {
        "CPL.xml",
        "one.mxf",
        "two.mxf",
        "said.mxf",
    }
    with pytest.raises(UsageError) as caught:
        build_package(planned, tmp_path / "imp" / "out", now=NOW)
    assert caught.value.id == "output.in-source"


def test_several_compositions_are_asked_for(tmp_path: Path) -> None:
    made = film(tmp_path / "imp")
    other = Delivery(made.root, made.files, made.segments[:1], name="OTHER.xml", title="The other")
    (made.root / "OTHER.xml").write_text(other.playlist())
    made.files = {**made.files, "OTHER.xml": other.id}
    root = made.write()
    with pytest.raises(UsageError) as caught:
        plan(root, picture_rate=None)
    assert caught.value.id == "imf.several" and "OTHER.xml (The other)" in str(caught.value.say_remedy())
    planned = plan(root / "OTHER.xml", picture_rate=None)
    assert [reel.frames for reel in planned.compositions[0].reels] == [5]


def test_a_broken_delivery_leaves_nothing(tmp_path: Path) -> None:
    """A picture that turns out broken in the middle of the work."""
    made = film(tmp_path / "imp")
    path = tmp_path / "imp" / "two.mxf"
    data = bytearray(path.read_bytes())
    at = data.rfind(b"\xff\x93")
    data[at : at + 2] = b"\xff\x00"
    path.write_bytes(data)
    root = made.write()
    with pytest.raises(DcpError) as caught:
        build_package(plan(root, picture_rate=None), tmp_path / "out", now=NOW)
    assert caught.value.id == "imf.undecodable" and "two.mxf" in str(caught.value.where)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["imp"]


def test_one_bit_that_nobody_hears_is_found(tmp_path: Path) -> None:
    """The package appears only when every track file that it is made of has its hash."""
    root = film(tmp_path / "imp").write()
    for name, wrong in (("gesagt.mxf", False), ("said.mxf", True)):
        path = root / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        planned = plan(root, picture_rate=None, trim="0-1")
        if not wrong:  # it is not taken
            assert {each.path.name for each in planned.sounds[0].form.sources[0].vouched} == {"said.mxf"}
            continue
        with pytest.raises(SourceError) as caught:
            build_package(planned, tmp_path / "out", now=NOW)
        assert caught.value.id == "imf.hash" and "said.mxf" in str(caught.value.where)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["imp"]


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "unlisted"])
def test_a_hash_in_the_playlist_holds_whatever_a_packing_list_says(listed: bool, tmp_path: Path) -> None:
    """A playlist may be signed, a packing list of the same delivery be made anew for another file."""
    made = film(tmp_path / "imp")
    stated = base64.b64encode(hashlib.sha256((made.root / "two.mxf").read_bytes()).digest()).decode()
    method = '<HashAlgorithm Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    made.segments[0]["MainImageSequence v"][1].more = f"<Hash>{stated}</Hash>{method}"  # type: ignore[union-attr]
    made.add_picture("two.mxf", frames=4, first=20)
    root = made.write()
    if not listed:
        path = root / "PKL.xml"
        path.write_text(re.sub(r"<Asset>.*?</Asset>", "", path.read_text(), count=2))
    with pytest.raises(SourceError) as caught:
        build_package(plan(root, picture_rate=None), tmp_path / "out", now=NOW)
    assert caught.value.id == "imf.hash" and "two.mxf" in str(caught.value.where)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["imp"]


@pytest.mark.parametrize(
    "names", [("one.mxf", "two.mxf"), ("said.mxf", "gesagt.mxf")], ids=["picture", "sound"]
)
def test_a_file_in_anothers_place_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    """An asset map is signed by nobody, and a packing list may lack a file: a track file says who it is."""
    made = film(tmp_path / "imp")
    root = made.write()
    path = root / "PKL.xml"
    keep = re.findall(r"<Asset>.*?</Asset>", path.read_text())[-1]
    path.write_text(
        re.sub(r"(?s)<AssetList>.*</AssetList>", f"<AssetList>{keep}</AssetList>", path.read_text())
    )
    path = root / "ASSETMAP.xml"
    one, other = (f"<Path>{name}<" for name in names)
    path.write_text(path.read_text().replace(one, "<Path>?<").replace(other, one).replace("<Path>?<", other))
    with pytest.raises(SourceError) as caught:
        plan(root, picture_rate=None)
    assert caught.value.id == "rework.other-asset"
    assert caught.value.places["expected"] in {made.files[name] for name in names}


def test_files_that_no_packing_list_has_are_named(tmp_path: Path) -> None:
    root = film(tmp_path / "imp").write()
    path = root / "PKL.xml"
    listed = re.findall(r"<Asset>.*?</Asset>", path.read_text())
    path.write_text(path.read_text().replace(listed[0], ""))
    planned = plan(root, picture_rate=None)
    assert telling(planned, "plan.imf-unlisted").startswith("no packing list has one.mxf,")
    eye = planned.pictures[0].pieces[0].run.eyes[0]
    assert [each.path.name for each in eye.facts.vouched] == ["two.mxf"]


# --- deliveries of others -----


PHOTON = Path("photon/src/test/resources/TestIMP")


def test_a_delivery_of_the_field_becomes_a_package(corpus: Path, tmp_path: Path) -> None:
    """DaVinci Resolve's, 3840x2160 in 12 bits, P3 D65 and PQ: two frames of it."""
    root = corpus / PHOTON / "PHDR"
    with pytest.raises(SourceError) as caught:
        plan(root, picture_rate=None, trim="0-2")
    assert caught.value.id == "colour.hdr-source"
    made = plan(root, picture_rate=None, trim="0-2", hdr=True)
    built = build_package(made, tmp_path / "out", now=NOW)
    package = open_package(built.root)
    assert len(units(package, "MainPicture")) == 2
    assert faults(built.root) == {"REEL-001", "REEL-002"}  # shorter than a second
    assert made.sounds[0].form.layout.field == "51" and made.sounds[0].form.language == "en"


@pytest.mark.parametrize(
    ("name", "id", "where"),
    [
        ("MERIDIAN_Netflix_Photon_161006", "vouch.other-hash", "CPL_0eb3d1b9"),
        ("BadXML", "xml.missing", "ASSETMAP.xml"),
        ("BadXML/CPL_67be5fc8-87f1-4172-8d52-819ca14c7a20.xml", "xml.other-document", "CPL_67be5fc8"),
    ],
)
def test_what_is_wrong_in_deliveries_of_the_field(corpus: Path, name: str, id: str, where: str) -> None:
    with pytest.raises(DcpError) as caught:
        plan(corpus / PHOTON / name, picture_rate=None)
    assert caught.value.id == id and where in str(caught.value.where)


def test_a_delivery_of_the_field_without_its_picture(corpus: Path, tmp_path: Path) -> None:
    """Its packing list has the hash of another playlist, which is mended first."""
    root = tmp_path / "imp"
    shutil.copytree(corpus / PHOTON / "MERIDIAN_Netflix_Photon_161006", root, copy_function=shutil.copyfile)
    (playlist,), (packing_list,) = root.glob("CPL*.xml"), root.glob("PKL*.xml")
    stated = re.search(r"<Hash>([^<]*)</Hash>\s*<Size>\d*</Size>\s*<Type>text/xml", packing_list.read_text())
    assert stated is not None
    own = base64.b64encode(hashlib.sha1(playlist.read_bytes()).digest()).decode()
    packing_list.write_text(packing_list.read_text().replace(stated[1], own))
    with pytest.raises(DcpError) as caught:
        plan(root, picture_rate=None)
    assert caught.value.id == "package.file-missing"
    assert "MERIDIAN_Netflix_Photon_161006_00.mxf" in caught.value.say()
