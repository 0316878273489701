"""How two compositions differ: frame by frame, sample by sample, cue by cue."""

from __future__ import annotations

import itertools
import shutil
import uuid
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from kinds_packed import NAMESPACE, PNG, packed
from material import codestream
from needing import needing
from packages_packed import NOW, Media, facts, media, write
from synthetic import codestream as headers_only

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.text_writer import Resource, write_timed_text_file
from dcp.mxf.writer import write_track_file
from dcp.package.package import open_package
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, ReelFacts, SoundForm, played
from dcp.packing.package import packed_track, write_package
from dcp.picture.codestream import parse_codestream
from dcp.rework.diff import diff_packages
from dcp.rework.differences import Difference
from dcp.secrets.keys import ContentKey, Keyring

SMALL = (64, 36)


def diff(a: Path, b: Path, **more: Any) -> Difference:
    return diff_packages(open_package(a), open_package(b), **more)


def film(root: Path, numbers: list[int], **more: Any) -> Path:
    """A package of flat pictures, another grey each."""
    parts = media(root, frames=[codestream(n, *SMALL) for n in numbers], seconds=len(numbers) // 24, **more)
    return write(root, [parts], [facts(parts.reel)])


def of_samples(parts: Media, data: bytes, channels: int = 6) -> Media:
    """The same picture with other sound."""
    size = 2000 * channels * 3
    units = [data[at : at + size] for at in range(0, len(data), size)]
    path = parts.sound.path
    path.unlink()
    written = write_track_file(
        path,
        units,
        sizes=[size] * len(units),
        descriptor=SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"][:channels]),
        edit_rate=Fraction(24),
        asset_id=uuid.uuid4(),
        now=NOW,
    )
    return replace(parts, sound=written, files=(parts.files[0], packed_track(written, "Sound", "smpte")))


def test_the_same_essence_under_other_ids_and_another_key_is_equal(tmp_path: Path) -> None:
    keys = [ContentKey.generate("MDIK"), ContentKey.generate("MDAK")]
    a = film(tmp_path / "a", list(range(24)))
    b = film(tmp_path / "b", list(range(24)), keys=keys)
    found = diff(a, b, keyring=Keyring(tuple(keys)))
    assert found.equal and found.picture is not None and found.sound is not None
    assert (found.picture.compared, found.picture.same, found.picture.unread) == (24, 24, 0)
    assert (found.sound.compared, found.sound.differing) == (48_000, 0)
    assert {each.what for each in found.stated} == {"MainPicture", "MainSound"}  # encrypted there
    with pytest.raises(KeyMissingError):
        diff(a, b)


def test_frames_that_differ_come_as_ranges_with_their_psnr(tmp_path: Path) -> None:
    needing("picture")
    numbers = list(range(24))
    other = [*numbers[:5], 6, 6, *numbers[7:20], 40, *numbers[21:]]
    found = diff(film(tmp_path / "a", numbers), film(tmp_path / "b", other))
    assert not found.equal and found.picture is not None
    assert [(r.first, r.last, r.kind) for r in found.picture.ranges] == [
        (5, 5, "different"),
        (20, 20, "different"),
    ]
    assert found.picture.first == 5 and list(found.picture.numbers) == [5, 20]
    assert found.picture.most[0] == pytest.approx(60, abs=8)  # a step of grey, as coded
    assert found.picture.psnr[0] == pytest.approx(36.7, abs=1)
    assert found.picture.psnr[1] < found.picture.psnr[0]
    assert found.parts == {"picture": False, "sound": True}
    bytes_only = diff(tmp_path / "a", tmp_path / "b", decode=False)
    assert bytes_only.picture is not None and bytes_only.picture.count("undecoded") == 2
    assert not bytes_only.equal and bytes_only.notes


def test_another_codestream_of_the_same_samples_plays_the_same(tmp_path: Path) -> None:
    needing("picture")
    flat = codestream(3, *SMALL)
    at = flat.index(b"\xff\x90")  # a comment before the first tile part
    with_comment = flat[:at] + b"\xff\x64\x00\x06\x00\x01hi" + flat[at:]
    parts = [media(tmp_path / n, frames=[each] * 24) for n, each in (("a", flat), ("b", with_comment))]
    for each, name in zip(parts, "ab", strict=True):
        write(tmp_path / name, [each], [facts(each.reel)])
    found = diff(tmp_path / "a", tmp_path / "b")
    assert found.equal and found.picture is not None
    assert (found.picture.same, found.picture.count("recoded")) == (0, 24)
    assert not diff(tmp_path / "a", tmp_path / "b", decode=False).equal


def test_pictures_of_another_size_cannot_be_compared(tmp_path: Path) -> None:
    needing("picture")
    a = film(tmp_path / "a", [1] * 24)
    parts = media(tmp_path / "b", frames=[codestream(1, 128, 72)] * 24)
    write(tmp_path / "b", [parts], [facts(parts.reel)])
    found = diff(a, tmp_path / "b")
    assert found.picture is not None and found.picture.count("incomparable") == 24 and not found.equal


def test_the_longer_one_is_compared_up_to_the_end_of_the_shorter(tmp_path: Path) -> None:
    a, b = film(tmp_path / "a", [n % 24 for n in range(48)]), film(tmp_path / "b", list(range(24)))
    found = diff(a, b)
    assert found.picture is not None and found.sound is not None
    assert [(r.first, r.last, r.kind) for r in found.picture.ranges] == [(24, 47, "only-a")]
    assert (found.picture.compared, found.picture.same) == (24, 24)
    assert (found.sound.compared, found.sound.only_a) == (48_000, 48_000)
    assert not found.equal
    within = diff(a, b, frames=(3, 20))
    assert within.equal and within.picture is not None and within.picture.compared == 18
    assert within.sound is not None and within.sound.compared == 18 * 2000
    with pytest.raises(UsageError):
        diff(a, b, frames=(40, 48))


def test_samples_that_differ_come_as_ranges_with_their_peak_and_channels(tmp_path: Path) -> None:
    needing("sound")
    parts = [media(tmp_path / name) for name in "ab"]
    data = bytearray(b"\x10\x20\x00" * 6 * 48_000)
    parts[0] = of_samples(parts[0], bytes(data))
    changes = ((100, 0, 3), (1500, 2, 7), (23_500, 1, 1), (24_500, 1, 2), (30_000, 5, 200))
    for at, channel, change in changes:
        data[(at * 6 + channel) * 3] = (data[(at * 6 + channel) * 3] + change) % 256
    parts[1] = of_samples(parts[1], bytes(data))
    for each, name in zip(parts, "ab", strict=True):
        write(tmp_path / name, [each], [facts(each.reel)])
    found = diff(tmp_path / "a", tmp_path / "b").sound
    assert found is not None and found.differing == 5
    assert [(r.first, r.last, r.peak, r.channels) for r in found.ranges] == [
        (100, 1500, 7, (1, 3)),
        (23_500, 24_500, 2, (2,)),
        (30_000, 30_000, 200, (6,)),
    ]


def test_a_channel_that_is_not_there_counts_as_silence(tmp_path: Path) -> None:
    needing("sound")
    silent, parts = bytes(48_000 * 3), [media(tmp_path / name) for name in "ab"]
    stereo = bytearray(silent * 2)
    parts[0] = of_samples(parts[0], bytes(silent * 6))
    parts[1] = of_samples(parts[1], bytes(stereo), 2)
    for each, name in zip(parts, "ab", strict=True):
        write(tmp_path / name, [each], [facts(each.reel)])
    found = diff(tmp_path / "a", tmp_path / "b").sound
    assert found is not None and found.equal and found.channels == (6, 2)


def test_reels_cut_elsewhere_play_the_same(tmp_path: Path) -> None:
    """One reel of two seconds beside two over the halves of the same files, in the package and in a copy."""
    root = tmp_path / "film"
    parts = media(root, frames=[codestream(n % 40, *SMALL) for n in range(48)], seconds=2)
    halves = [
        ReelFacts(
            played(parts.picture, entry_point=at, duration=24),
            played(parts.sound, entry_point=at, duration=24),
        )
        for at in (0, 24)
    ]
    write(root, [parts], [facts(parts.reel, title="One"), facts(*halves, title="Two")])
    shutil.copytree(root, tmp_path / "copy")
    package, copy = open_package(root), open_package(tmp_path / "copy")
    one, two = (cpl.id for cpl in sorted(package.compositions, key=lambda cpl: len(cpl.reels)))
    found = diff_packages(package, package, cpl_a=one, cpl_b=two)
    assert found.equal and found.picture is not None and found.picture.unread == 48
    assert {each.what for each in found.stated} >= {"reels", "title", "MainPicture"}
    found = diff_packages(package, copy, cpl_a=one, cpl_b=two)
    assert found.equal and found.picture is not None and found.sound is not None
    assert (found.picture.same, found.picture.unread, found.sound.compared) == (48, 0, 96_000)


def test_a_version_file_plays_what_it_lacks_from_its_original(tmp_path: Path) -> None:
    parts = media(tmp_path / "ov", frames=[codestream(1, *SMALL)] * 24)
    write(tmp_path / "ov", [parts], [facts(parts.reel)])
    root = tmp_path / "vf"
    own = media(root, "own", frames=[codestream(1, *SMALL)] * 24)
    own.picture.path.unlink()
    reel = replace(parts.reel, sound=own.reel.sound)
    cpl = composition(facts(reel, title="Version"), id=uuid.uuid4(), now=NOW)
    write_package(root, files=own.files[1:], compositions=[cpl], standard="smpte", now=NOW)
    version = open_package(root, ov=[tmp_path / "ov"])
    found = diff_packages(version, open_package(tmp_path / "ov"))
    assert found.equal and found.picture is not None and found.picture.unread == 24
    assert found.sound is not None and found.sound.compared == 48_000
    with pytest.raises(DcpError):  # its picture is nowhere
        diff_packages(open_package(root), open_package(tmp_path / "ov"))


def test_a_damaged_unit_ends_it(tmp_path: Path) -> None:
    keys = [ContentKey.generate("MDIK"), ContentKey.generate("MDAK")]
    a, b = (film(tmp_path / name, list(range(24)), keys=keys) for name in "ab")
    path = b / "r1_picture.mxf"
    with TrackFile.open(path) as track:
        end = list(track.units(raw=True))[12].offset
    data = bytearray(path.read_bytes())
    data[end - 100] ^= 1  # of the frame before
    path.write_bytes(data)
    with pytest.raises(TrackFileError):
        diff(a, b, keyring=Keyring(tuple(keys)))


def test_every_kind_plain_beside_encrypted(golden: Path, tmp_path: Path) -> None:
    plain = packed(golden, tmp_path / "plain", encrypted=())
    sealed = packed(golden, tmp_path / "sealed")
    found = diff(plain.root, sealed.root, keyring=sealed.keyring)
    assert found.equal and found.parts == dict.fromkeys(("picture", "sound", "text", "aux"), True)
    (text,) = found.texts
    assert text.documents and text.cues[0] == text.cues[1] > 0
    assert found.aux is not None and found.aux.same == len(sealed.units["AuxData"])


def test_stereo_is_compared_eye_by_eye(golden: Path, tmp_path: Path) -> None:
    kinds = ("MainStereoscopicPicture", "MainSound")
    a = packed(golden, tmp_path / "a", kinds=kinds, encrypted=())
    b = packed(golden, tmp_path / "b", kinds=kinds, encrypted=kinds)
    found = diff(a.root, b.root, keyring=b.keyring)
    assert found.equal and found.picture is not None and found.picture.same == 12
    flat = packed(golden, tmp_path / "flat", kinds=("MainPicture", "MainSound"), encrypted=())
    beside = diff(a.root, flat.root)
    assert beside.picture is not None and beside.picture.count("incomparable") == 12


def with_text(root: Path, *cues: tuple[int, int, str], image: bytes | None = None) -> Path:
    """A package of a second with a subtitle. cues: first frame, frame after the last, words."""
    parts = media(root, frames=[codestream(1, *SMALL)] * 24)
    shows = [(begin, end, f"<Text>{words}</Text>") for begin, end, words in cues]
    picture, id = uuid.uuid4(), uuid.uuid4()
    if image is not None:
        shows.append((20, 22, f"<Image>urn:uuid:{picture}</Image>"))
    shown = "".join(
        f'<Subtitle TimeIn="00:00:00:{begin:02d}" TimeOut="00:00:00:{end:02d}">{content}</Subtitle>'
        for begin, end, content in shows
    )
    document = f"""<SubtitleReel xmlns="{NAMESPACE}"><Id>urn:uuid:{id}</Id>
<ContentTitleText>Film</ContentTitleText><IssueDate>2028-06-01T12:00:00</IssueDate>
<Language>fr</Language><EditRate>24 1</EditRate>
<TimeCodeRate>24</TimeCodeRate><SubtitleList>{shown}</SubtitleList></SubtitleReel>""".encode()
    written = write_timed_text_file(
        root / "text.mxf",
        document,
        (Resource(picture, "image/png", image),) if image is not None else (),
        resource_id=id,
        namespace_uri=NAMESPACE,
        language="fr",
        edit_rate=Fraction(24),
        duration=24,
        asset_id=uuid.uuid4(),
        now=NOW,
    )
    track = played(written, language="fr", kind="MainSubtitle")
    film = facts(replace(parts.reel, others=(track,)), subtitle_languages=("fr",))
    files = (*parts.files, packed_track(written, "Subtitle", "smpte"))
    cpl = composition(film, id=uuid.uuid4(), now=NOW)
    write_package(root, files=files, compositions=[cpl], standard="smpte", now=NOW)
    return root


def test_cues_are_compared_one_by_one_and_documents_as_they_are(tmp_path: Path) -> None:
    cues = ((0, 4, "Bonjour"), (6, 9, "Adieu"))
    a = with_text(tmp_path / "a", *cues, image=PNG)
    (same,) = diff(a, with_text(tmp_path / "b", *cues, image=PNG)).texts
    assert same.equal and not same.documents and same.cues == (3, 3)  # the ids differ, and no more
    other = with_text(tmp_path / "c", (0, 4, "Bonjour"), (6, 10, "Adieu"), image=PNG)
    found = diff(a, other)
    (text,) = found.texts
    assert not found.equal and found.parts["text"] is False
    assert [(each.side, float(each.end), each.words) for each in text.differing] == [
        ("a", 0.375, "Adieu"),
        ("b", pytest.approx(10 / 24), "Adieu"),
    ]
    repainted = with_text(tmp_path / "d", *cues, image=PNG + b"\0")
    (text,) = diff(a, repainted).texts
    assert [each.words for each in text.differing] == ["[PNG]", "[PNG]"]
    assert diff(a, other, frames=(0, 5)).equal
    shorter = with_text(tmp_path / "e", cues[0], image=PNG)
    assert [each.side for each in diff(shorter, a).texts[0].differing] == ["b"]


def test_two_compositions_of_one_package(tmp_path: Path) -> None:
    root = tmp_path / "both"
    parts = [media(root, f"r{n}", frames=[codestream(n, *SMALL)] * 24) for n in (1, 2)]
    films: list[CompositionFacts] = [facts(each.reel, title=f"Film {n}") for n, each in enumerate(parts)]
    write(root, parts, films)
    package = open_package(root)
    ids = [cpl.id for cpl in package.compositions]
    found = diff_packages(package, package, cpl_a=ids[0], cpl_b=ids[1])
    assert {each.what for each in found.stated} >= {"title"}
    assert found.picture is not None and found.picture.first == 0
    assert diff_packages(package, package, cpl_a=ids[0], cpl_b=ids[0]).equal
    with pytest.raises(UsageError):
        diff_packages(package, package)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_changed_is_found_wherever_the_reels_are_cut(tmp_path: Path, seed: int) -> None:
    """Two random cuts of one film, one with frames and samples changed at random: these and no others."""
    needing("sound")
    random = Random(seed)
    total = random.randint(30, 60)
    frames = [headers_only(random.randbytes(200), size=SMALL) for _ in range(total)]
    sound = random.randbytes(total * 2000 * 2 * 3)
    changed = sorted(random.sample(range(total), random.randint(0, 6)))
    spots = sorted(random.sample(range(0, total * 2000, 2500), random.randint(0, 5)))
    others, heard = list(frames), bytearray(sound)
    for number in changed:
        others[number] = headers_only(random.randbytes(200), size=SMALL)
    for spot in spots:
        heard[spot * 6] ^= 1
    a = random_cut(tmp_path / "a", frames, sound, random)
    b = random_cut(tmp_path / "b", others, bytes(heard), random)
    found = diff(a, b, decode=False)
    assert found.picture is not None and found.sound is not None
    numbers = [n for r in found.picture.ranges for n in range(r.first, r.last + 1)]
    assert numbers == changed and found.picture.same == total - len(changed)
    assert [r.first for r in found.sound.ranges] == [r.last for r in found.sound.ranges] == spots
    assert all(r.peak == 1 and r.channels == (1,) for r in found.sound.ranges)
    assert found.equal is not bool(changed or spots)


def random_cut(root: Path, frames: list[bytes], sound: bytes, random: Random) -> Path:
    """The film in one to four reels, each from a longer file of its own with something before and behind."""
    root.mkdir()
    cuts = sorted({0, len(frames), *(random.randrange(len(frames)) for _ in range(3))})
    reels, files = [], []
    for number, (begin, end) in enumerate(itertools.pairwise(cuts)):
        before, behind = random.randint(0, 3), random.randint(0, 3)
        units = [frames[0]] * before + frames[begin:end] + [frames[0]] * behind
        silence = bytes(2000 * 6)
        heard = [sound[n * len(silence) : (n + 1) * len(silence)] for n in range(begin, end)]
        heard = [silence] * before + heard + [silence] * behind
        picture = write_track_file(
            root / f"{number}_picture.mxf",
            units,
            sizes=[len(unit) for unit in units],
            descriptor=PictureDescriptor.from_codestream(parse_codestream(units[0]), Fraction(24)),
            edit_rate=Fraction(24),
            asset_id=uuid.uuid4(),
            now=NOW,
        )
        track = write_track_file(
            root / f"{number}_sound.mxf",
            heard,
            sizes=[len(unit) for unit in heard],
            descriptor=SoundDescriptor.labelled(["L", "R"]),
            edit_rate=Fraction(24),
            asset_id=uuid.uuid4(),
            now=NOW,
        )
        part = {"entry_point": before, "duration": end - begin}
        reels.append(ReelFacts(played(picture, **part), played(track, **part)))
        files += [packed_track(picture, "Picture", "smpte"), packed_track(track, "Sound", "smpte")]
    film = facts(*reels, sound=SoundForm("51", ("L", "R")))
    cpl = composition(film, id=uuid.uuid4(), now=NOW)
    write_package(root, files=files, compositions=[cpl], standard="smpte", now=NOW)
    return root
