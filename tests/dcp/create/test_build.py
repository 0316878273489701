"""Packages built from small sources, and read back: essence, documents, keys, signatures, refusals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from building import plan, signer
from judges import schema_holds, signature_holds
from material import NOW, RATE, codestream, codestreams, video, wav

from dcp.create.build import build_package
from dcp.create.job.flags import job_by_names
from dcp.create.planning.making import plan_job
from dcp.documents.cpl import MARKER_KIND
from dcp.errors import CertificateError, DcpError, SourceError, UsageError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import FrameLimits
from dcp.picture.rules import faults
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.signature import verify_enveloped


def check(package: Package) -> None:
    """The documents agree with the files."""
    for pkl in package.packing_lists:
        for entry in pkl.asset_list:
            data = package.require(entry.id).read_bytes()
            assert (entry.hash, entry.size) == (hashlib.sha1(data).digest(), len(data))
    listed = {entry.id for pkl in package.packing_lists for entry in pkl.asset_list}
    for cpl in package.compositions:
        assert {asset.id for asset in cpl.assets} <= listed
        for asset in cpl.assets:
            assert asset.hash == hashlib.sha1(package.require(asset.id).read_bytes()).digest()


def units(package: Package, kind: str, reel: int = 0, keyring: Keyring | None = None) -> list[bytes]:
    asset = package.compositions[0].reels[reel].asset(kind)
    assert asset is not None
    with TrackFile.open(package.require(asset.id)) as track:
        key = keyring.require(asset.key_id) if keyring and asset.key_id else None
        assert (track.header.asset_id, track.header.key_id) == (asset.id, asset.key_id)
        return [bytes(unit.data) for unit in track.units(key=key, strict=True)]


def test_codestreams_and_sound_come_through_unchanged(tmp_path: Path) -> None:
    noise = wav(tmp_path / "sound.wav", 2000 * 4)
    made = plan(codestreams(tmp_path / "film"), audio=[tmp_path / "sound.wav"])
    told: list[tuple[int, int]] = []
    built = build_package(made, tmp_path / "out", now=NOW, progress=lambda n, of: told.append((n, of)))
    package = open_package(built.root)
    check(package)
    (cpl,) = package.compositions
    assert cpl.id == built.cpl_id
    assert (cpl.content_title_text, cpl.annotation_text, cpl.content_kind) == ("Test", "Test", "test")
    assert units(package, "MainPicture") == [codestream(number) for number in range(4)]
    assert b"".join(units(package, "MainSound")) == noise
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert built.keyring is None and not cpl.signed
    assert sorted(path.name.split("_")[0] for path in built.root.iterdir()) == [
        "ASSETMAP.xml", "Test", "Test", "VOLINDEX.xml", "cpl", "pkl",
    ]  # fmt: skip


def test_the_playlist_has_markers_and_metadata(tmp_path: Path) -> None:
    sources = codestreams(tmp_path / "a", 5), codestreams(tmp_path / "b", 3, first=5)
    built = build_package(plan(*sources), tmp_path / "out", now=NOW)
    package = open_package(built.root)
    first, last = package.compositions[0].reels
    assert [(marker.label, marker.offset) for marker in first.markers] == [("FFOC", 1)]
    assert [(marker.label, marker.offset) for marker in last.markers] == [("LFOC", 2)]
    markers = first.asset(MARKER_KIND)
    assert markers is not None and not markers.states_entry_point
    metadata = package.compositions[0].metadata
    assert metadata is not None
    assert metadata.main_sound_configuration == "51/L,R,C,LFE,Ls,Rs"
    assert metadata.main_picture_stored_area is not None
    assert metadata.main_picture_stored_area.width == 64
    assert metadata.application_profile is None  # 64x36 keeps no profile
    assert first.picture is not None and first.picture.screen_aspect_ratio == "64 36"
    assert [reel.picture.duration for reel in (first, last) if reel.picture] == [5, 3]


def test_the_same_source_again_plays_the_same_track_files(tmp_path: Path) -> None:
    film, other = codestreams(tmp_path / "a"), codestreams(tmp_path / "b", 3, first=5)
    made = plan(film, other, film, encrypt=True)
    assert [(reel.picture, reel.sound) for reel in made.compositions[0].reels] == [(0, 0), (1, 1), (0, 0)]
    built = build_package(made, tmp_path / "out", signer=signer(), now=NOW)
    package = open_package(built.root)
    reels = package.compositions[0].reels
    assert reels[0].picture == reels[2].picture and reels[0].sound == reels[2].sound
    assert reels[0].picture != reels[1].picture
    assert built.keyring is not None
    assert [(key.type, key.reel) for key in built.keyring.keys] == [
        ("MDIK", 1), ("MDIK", 2), ("MDAK", 1), ("MDAK", 2),
    ]  # fmt: skip
    assert len(list(built.root.glob("*.mxf"))) == 4
    assert built.frames == 7


def test_an_encrypted_package_is_signed_and_opens_with_its_keys(tmp_path: Path) -> None:
    built = build_package(
        plan(codestreams(tmp_path / "film"), encrypt=True), tmp_path / "out", signer=signer(), now=NOW
    )
    package = open_package(built.root)
    check(package)
    assert built.keyring is not None and built.keyring.cpl_id == built.cpl_id
    assert units(package, "MainPicture", keyring=built.keyring) == [codestream(number) for number in range(4)]
    assert units(package, "MainSound", keyring=built.keyring) == [bytes(36_000)] * 4
    for document in (*built.root.glob("cpl*.xml"), *built.root.glob("pkl*.xml")):
        assert verify_enveloped(document.read_bytes(), where=document).chain.leaf == signer().leaf
    assert all(asset.encrypted and asset.hash for asset in package.compositions[0].assets)


def test_keys_that_are_given_are_used_by_type_in_the_order_of_the_reels(tmp_path: Path) -> None:
    kinds = ("MDAK", "MDIK", "MDIK", "MDAK")
    ring = Keyring(tuple(ContentKey.generate(kind) for kind in kinds))
    made = plan(codestreams(tmp_path / "a"), codestreams(tmp_path / "b", 5, first=4), encrypt=True)
    built = build_package(made, tmp_path / "out", keyring=ring, signer=signer(), now=NOW)
    assert built.notes == ()
    reels = open_package(built.root).compositions[0].reels
    pictures = [reel.picture.key_id for reel in reels if reel.picture]
    sounds = [reel.sound.key_id for reel in reels if reel.sound]
    assert pictures == [ring.keys[1].id, ring.keys[2].id]
    assert sounds == [ring.keys[0].id, ring.keys[3].id]
    more = Keyring((*ring.keys, ContentKey.generate("MDIK"), ContentKey.generate("MDAK")))
    again = build_package(made, tmp_path / "more", keyring=more, signer=signer(), now=NOW)
    assert again.keyring is not None
    assert {key.id for key in again.keyring.keys} == {key.id for key in ring.keys}  # the first of each type
    with pytest.raises(UsageError, match="holds 1 key of type MDIK"):
        build_package(made, tmp_path / "no", keyring=Keyring(ring.keys[:2]), signer=signer(), now=NOW)
    assert not (tmp_path / "no").exists()


def test_interop_has_its_own_names_and_neither_labels_nor_metadata(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"), standard="interop", encrypt=True)
    built = build_package(made, tmp_path / "out", signer=signer(), now=NOW)
    assert (built.root / "ASSETMAP").is_file() and (built.root / "VOLINDEX").is_file()
    package = open_package(built.root)
    check(package)
    cpl = package.compositions[0]
    assert (package.standard, cpl.metadata, cpl.reels[0].markers) == ("interop", None, ())
    assert cpl.reels[0].picture is not None and cpl.reels[0].picture.screen_aspect_ratio == "1.78"
    for asset in cpl.assets:
        with TrackFile.open(package.require(asset.id)) as track:
            assert track.header.label_set == "interop"
            if isinstance(track.header.descriptor, SoundDescriptor):
                assert track.header.descriptor.channel_assignment is None
                assert not track.header.descriptor.soundfield
    assert units(package, "MainPicture", keyring=built.keyring) == [codestream(number) for number in range(4)]


@pytest.mark.extra("picture")
def test_video_is_coded_into_the_container(tmp_path: Path) -> None:
    import numpy as np

    clip = video(tmp_path / "clip.mkv", 2, size=(160, 72))
    made = plan(clip, container="flat", mbps=80)
    built = build_package(made, tmp_path / "out", now=NOW)
    package = open_package(built.root)
    first, second = units(package, "MainPicture")
    assert max(len(first), len(second)) <= 80_000_000 / 8 / 24
    headers = parse_codestream(second)
    assert (headers.width, headers.height) == (1998, 1080)
    assert faults(headers, rate=RATE) == []
    picture = codec_by_name().decode(second, reduce=2)
    height, width = picture.shape[:2]
    assert picture[4].max() < 20 and picture[-5].max() < 20  # letterboxed
    wanted = 4095 * (48 / 52.37 * np.array([0.9504559, 1, 1.0890578]) * (100 / 255) ** 2.4) ** (1 / 2.6)
    assert np.abs(picture[height // 2, width // 2] - wanted).max() < 16
    metadata = package.compositions[0].metadata
    assert metadata is not None and metadata.main_picture_active_area is not None
    active = metadata.main_picture_active_area
    assert (active.width, active.height) == (1998, 900)
    assert metadata.application_profile == "SMPTE-RDD-52:2020-Bv2.1"


def test_several_threads_keep_the_order(tmp_path: Path) -> None:
    folder = codestreams(tmp_path / "film", 30)
    built = build_package(plan(folder), tmp_path / "out", now=NOW, workers=4)
    assert units(open_package(built.root), "MainPicture") == [codestream(number) for number in range(30)]


def test_an_encrypted_package_needs_a_signer_that_may_sign_it(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"), encrypt=True)
    with pytest.raises(UsageError, match="no signer"):
        build_package(made, tmp_path / "out", now=NOW)
    with pytest.raises(CertificateError):
        build_package(made, tmp_path / "out", signer=signer(), now=NOW.replace(year=2020))
    assert not (tmp_path / "out").exists()


def test_an_output_that_exists_is_refused(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="not empty"):
        build_package(made, tmp_path / "out", now=NOW)
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"


def test_a_frame_that_cannot_be_used_leaves_nothing(tmp_path: Path) -> None:
    folder = codestreams(tmp_path / "film", 6)
    made = plan(folder)
    (folder / "000004.j2c").write_bytes(codestream(0)[:-30])
    with pytest.raises(SourceError, match="longer than the codestream"):
        build_package(made, tmp_path / "out", now=NOW)
    (folder / "000004.j2c").write_bytes(codestream(0, 128))
    with pytest.raises(SourceError, match="128x36 among those of 64x36"):
        build_package(made, tmp_path / "out", now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


@pytest.mark.extra("picture")
def test_a_codestream_over_the_limit_is_refused(tmp_path: Path) -> None:
    import numpy as np

    folder = tmp_path / "film"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 4096, (120, 160, 3)).astype(np.uint16)
    data = codec_by_name().encode(noise, limits=FrameLimits(40_000, 30_000))
    for name in ("0.j2c", "1.j2c"):
        (folder / name).write_bytes(data)
    with pytest.raises(SourceError, match="at most 5,208"):
        build_package(plan(folder, mbps=1), tmp_path / "out", now=NOW)


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "film", 8))
    answers = iter([False] * 5 + [True] * 10)
    with pytest.raises(DcpError, match="stopped"):
        build_package(made, tmp_path / "out", now=NOW, cancel=lambda: next(answers))
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


@pytest.mark.extra("picture")
def test_another_demuxer_finds_the_same_codestreams_and_samples(tmp_path: Path) -> None:
    import av

    noise = wav(tmp_path / "sound.wav", 2000 * 4)
    made = plan(codestreams(tmp_path / "film"), audio=[tmp_path / "sound.wav"])
    built = build_package(made, tmp_path / "out", now=NOW)
    (picture,), (sound,) = (list(built.root.glob(f"*_{role}.mxf")) for role in ("picture", "sound"))
    with av.open(str(picture)) as container:
        assert container.streams.video[0].time_base == 1 / RATE
        found = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert found == [codestream(number) for number in range(4)]
    with av.open(str(sound)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.codec_context.channels) == (
            "pcm_s24le",
            48_000,
            6,
        )
        samples = b"".join(bytes(packet) for packet in container.demux(audio=0) if packet.size)
    assert samples == noise


@pytest.mark.oracle
@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_the_documents_keep_to_the_official_schemas(
    tmp_path: Path, standard: str, standards: Path, oracle: Callable[[str], str]
) -> None:
    film = codestreams(tmp_path / "film")
    made = plan(film, film, standard=standard, encrypt=True)
    root = build_package(made, tmp_path / "out", signer=signer(), now=NOW).root
    schemas = {
        "smpte": ("SMPTE-429-16-2014-CPL-Metadata", "SMPTE-429-8-2006-PKL", "SMPTE-429-9-2007-AM"),
        "interop": ("PROTO-ASDCP-CPL-20040511", "PROTO-ASDCP-PKL-20040311", "PROTO-ASDCP-AM-20040311"),
    }[standard]
    xsd = standards / "xsd"
    for pattern, schema in zip(("cpl*.xml", "pkl*.xml", "ASSETMAP*"), schemas, strict=True):
        (document,) = root.glob(pattern)
        schema_holds(oracle("xmllint"), xsd / f"{schema}.xsd", document)


@pytest.mark.oracle
def test_xmlsec_verifies_what_is_signed(tmp_path: Path, oracle: Callable[[str], str]) -> None:
    made = plan(codestreams(tmp_path / "film"), encrypt=True)
    root = build_package(made, tmp_path / "out", signer=signer(), now=NOW).root
    for document in (*root.glob("cpl*.xml"), *root.glob("pkl*.xml")):
        signature_holds(oracle("xmlsec1"), document, chain=tuple(signer().chain), at=NOW, folder=tmp_path)


@pytest.mark.extra("sound")
def test_the_loudness_of_the_sound_is_told_when_it_was_made(tmp_path: Path) -> None:
    wav(tmp_path / "sound.wav", 2000 * 12)
    made = plan(codestreams(tmp_path / "film", 12), audio=[tmp_path / "sound.wav"], kind="trailer")
    built = build_package(made, tmp_path / "out", now=NOW)
    said = "\n".join(map(str, built.notes))
    assert built.loudness[0].leqm is not None and built.loudness[0].leqm > 85
    assert "reel 1: the sound measures leq(m)" in said
    assert "over the 85 dB" in said and "true peak" in said
    known = plan_job(
        job_by_names(
            [tmp_path / "film"],
            {"title": "T", "kind": "trailer", "picture_rate": 24, "audio": (tmp_path / "sound.wav",)},
        ),
        now=NOW,
        measure=True,
    )
    assert "over the 85 dB" in "\n".join(map(str, known.advice))
    said = "\n".join(map(str, build_package(known, tmp_path / "again", now=NOW).notes))
    assert "reel 1: the sound measures" in said
    assert "over the 85 dB" not in said  # the plan said so


def test_coding_and_writing_tell_how_far_they_are(tmp_path: Path) -> None:
    made = plan(codestreams(tmp_path / "a", 5), codestreams(tmp_path / "b", 3, first=5))
    coded: list[tuple[int, int]] = []
    written: list[tuple[int, int]] = []
    build_package(
        made,
        tmp_path / "out",
        now=NOW,
        progress=lambda n, of: coded.append((n, of)),
        writing=lambda n, of: written.append((n, of)),
    )
    assert coded == [(n, 8) for n in range(1, 9)]
    assert written == [(n, 16) for n in range(1, 17)]  # both pictures, then both sounds
