"""Writing: what is written is read again, stands beside files of other tools, and opens in other readers."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, UsageError
from dcp.mxf import klv, labels
from dcp.mxf.descriptors import AuxDescriptor, McaLabel, PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import CHANNELS_4, MCA
from dcp.mxf.layout import HEAD_SIZE
from dcp.mxf.partition import is_partition
from dcp.mxf.reader import TrackFile
from dcp.mxf.sets import HeaderSet, declared
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey

MakeCodestream = Callable[..., bytes]


def _left_behind(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def _ivs() -> Callable[[], bytes]:
    number = iter(range(10**6))
    return lambda: next(number).to_bytes(16, "big")


# --- round trips ---------------------------------------------------------------------------------


@pytest.mark.parametrize("label_set", ["smpte", "interop"])
@pytest.mark.parametrize("kind", ["picture", "stereo", "sound"])
@pytest.mark.parametrize("protection", ["plain", "encrypted", "authenticated"])
def test_what_is_written_is_read(
    maker: Any, key: ContentKey, label_set: str, kind: str, protection: str
) -> None:
    options: dict[str, Any] = {"label_set": label_set}
    if protection != "plain":
        options |= {"key": key, "mic": protection == "authenticated"}
    units = maker.frames(10) if kind != "sound" else [bytes([number]) * 12000 for number in range(10)]
    written = (
        maker.sound(units, **options)
        if kind == "sound"
        else maker.picture(units, stereo=kind == "stereo", **options)
    )
    assert written.sha1 == hashlib.sha1(written.path.read_bytes()).digest()
    assert written.size == written.path.stat().st_size
    with TrackFile.open(written.path) as track:
        header = track.header
        policy: Any = "require" if protection == "authenticated" else "if-present"
        found = [(bytes(unit.data), unit.fault) for unit in track.units(key=options.get("key"), mic=policy)]
        table = track.index
    assert found == [(unit, None) for unit in units]
    assert header.label_set == label_set
    assert header.essence == {"picture": "picture", "stereo": "stereo_picture", "sound": "sound"}[kind]
    assert header.encrypted == (protection != "plain")
    assert header.has_mic == (protection == "authenticated")
    assert header.key_id == written.key_id == (key.id if protection != "plain" else None)
    assert header.container_duration == written.container_duration == (5 if kind == "stereo" else 10)
    assert header.asset_id == written.asset_id
    assert table is not None
    assert table.duration == written.container_duration


def test_the_same_input_gives_the_same_file(maker: Any, key: ContentKey) -> None:
    one = maker.picture(name="one.mxf", key=key, iv_source=_ivs())
    other = maker.picture(name="other.mxf", key=key, iv_source=_ivs())
    assert one.path.read_bytes() == other.path.read_bytes()


def test_without_an_iv_source_every_unit_gets_a_fresh_vector(maker: Any, key: ContentKey) -> None:
    same = [maker.frames(1)[0]] * 5
    with TrackFile.open(maker.picture(same, key=key).path) as track:
        vectors = {bytes(unit.data[:16]) for unit in track.units(raw=True)}
    assert len(vectors) == 5


def test_units_come_from_anything_that_iterates_once(maker: Any) -> None:
    frames = maker.frames(3)
    buffer = bytearray(max(map(len, frames)))

    def reused() -> Iterator[memoryview]:
        for frame in frames:
            buffer[: len(frame)] = frame
            yield memoryview(buffer)[: len(frame)]

    sizes = [len(frame) for frame in frames]
    descriptor = PictureDescriptor.from_codestream(parse_codestream(frames[0]), Fraction(24))
    written = maker.write(
        reused(), name="once.mxf", sizes=sizes, descriptor=descriptor, edit_rate=Fraction(24)
    )
    with TrackFile.open(written.path) as track:
        assert [bytes(unit.data) for unit in track.units()] == frames


def test_progress_counts_the_units(maker: Any) -> None:
    seen: list[int] = []
    maker.picture(progress=seen.append)
    assert seen == list(range(1, 13))


def test_a_long_track_has_index_segments_of_5000(maker: Any) -> None:
    units = [b"\xff\x4f" + number.to_bytes(2, "big") for number in range(10_001)]
    written = maker.picture(units)
    with TrackFile.open(written.path) as track:
        assert track.index is not None
        assert len(track.index.offsets) == 10_001
        (unit,) = track.units(9_999, 10_000)
        assert bytes(unit.data) == units[9_999]
    assert written.path.read_bytes().count(bytes(labels.INDEX_SEGMENT)) == 3


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    units=st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=8),
    key_bytes=st.none() | st.binary(min_size=16, max_size=16),
    own_mic_key=st.none() | st.binary(min_size=16, max_size=16),
    label_set=st.sampled_from(["smpte", "interop"]),
    mic=st.booleans(),
    stereo=st.booleans(),
)
def test_random_units_keys_and_label_sets_come_back(
    maker: Any,
    units: list[bytes],
    key_bytes: bytes | None,
    own_mic_key: bytes | None,
    label_set: str,
    mic: bool,
    stereo: bool,
) -> None:
    if stereo and len(units) % 2:
        units = units[:-1] or units * 2
    key = None
    if key_bytes is not None:
        key = ContentKey(id=UUID(int=3), type="MDIK", value=key_bytes, mic_key=own_mic_key)
    written = maker.picture(units, stereo=stereo, key=key, mic=mic, label_set=label_set)
    digest = hashlib.sha1()
    with TrackFile.open(written.path) as track:
        policy: Any = "require" if mic else "if-present"
        found = [(bytes(unit.data), unit.fault) for unit in track.units(key=key, mic=policy, digest=digest)]
    assert found == [(unit, None) for unit in units]
    assert digest.digest() == written.sha1


# --- the form of the file ------------------------------------------------------------------------


def _keys(path: Path) -> list[tuple[int, bytes, int]]:
    """(offset, key, bytes of the length field) of every KLV from the first byte to the last."""
    data = path.read_bytes()
    found = []
    at = 0
    while at < len(data):
        length, size = klv.decode_ber(data[at : at + HEAD_SIZE], 16)
        found.append((at, data[at : at + 16], size))
        at += 16 + size + length
    assert at == len(data)
    return found


@pytest.mark.parametrize("label_set", ["smpte", "interop"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_the_file_has_the_form_that_readers_in_the_field_take(
    maker: Any, key: ContentKey, label_set: str, encrypted: bool
) -> None:
    written = maker.picture(label_set=label_set, key=key if encrypted else None)
    keys = _keys(written.path)
    assert all(size == 4 for _, _, size in keys), "four-byte lengths throughout"
    for (_, one, _), (_, after, _) in pairwise(keys):
        assert not (is_partition(one) and after == labels.FILL), "no fill behind a partition pack"
    packs = [(offset, found) for offset, found, _ in keys if is_partition(found)]
    assert [found[14] for _, found in packs] == [4] * len(packs), "closed and complete"
    units = [
        offset for offset, found, _ in keys if found[4] in (1, 2) and offset >= 16384 and found[5] in (2, 4)
    ]
    with TrackFile.open(written.path) as track:
        header = track.partitions[0]
        assert header.header_byte_count == 16384 - 140
        assert header.footer_partition == track.partitions[-1].this_partition
        assert header.operational_pattern == (
            labels.OP_ATOM if label_set == "smpte" else labels.INTEROP_OP_ATOM
        )
        assert [each.kind for each in track.partitions] == (
            ["header", "body", "footer"] if label_set == "smpte" else ["header", "footer"]
        )
        wanted = labels.GC_ENCRYPTED if encrypted else labels.GC_J2K
        assert all(each.essence_containers == (labels.GC_MULTIPLE, wanted) for each in track.partitions)
        assert [unit.offset for unit in track.units(key=key)] == units
        assert track.index is not None
        assert [offset + units[0] for offset in track.index.offsets] == units
    assert units[0] == (16524 if label_set == "smpte" else 16384)
    triplet = {"smpte": labels.TRIPLET, "interop": labels.INTEROP_TRIPLET}[label_set]
    element = triplet if encrypted else labels.ELEMENT_J2K
    assert {found for offset, found, _ in keys if offset in units} == {bytes(element)}


def test_times_are_written_in_utc(maker: Any) -> None:
    local = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    with TrackFile.open(maker.picture(now=local).path) as track:
        from dcp.mxf.sets import Preface

        preface = track.layout.metadata.first(Preface)
    assert preface is not None
    assert preface.last_modified_date == local


def test_fractional_and_high_rates(maker: Any) -> None:
    for rate in (Fraction(25), Fraction(30), Fraction(48), Fraction(60), Fraction(24000, 1001)):
        with TrackFile.open(maker.picture(edit_rate=rate).path) as track:
            assert track.header.edit_rate == rate
            assert track.header.sample_rate == rate


def test_labelled_channels_come_back_in_their_group(maker: Any) -> None:
    symbols = ("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN", "", "FSK")
    sound = SoundDescriptor.labelled(symbols, language="fr")
    assert sound.channel_assignment == CHANNELS_4
    with TrackFile.open(maker.sound(channels=10, descriptor=sound).path) as track:
        found = track.header.descriptor
    assert isinstance(found, SoundDescriptor)
    assert found.channels == 10
    group, *channels = found.soundfield
    assert group.tag_symbol == "sg51"
    assert [(each.channel, each.tag_symbol) for each in channels] == [
        (number, MCA.channels[symbol].tag_symbol) for number, symbol in enumerate(symbols, start=1) if symbol
    ]
    assert {each.group for each in channels[:6]} == {group.link_id}
    assert {each.group for each in channels[6:]} == {None}
    assert len({each.link_id for each in found.soundfield}) == 10
    assert {each.language for each in found.soundfield} == {"fr"}


@pytest.mark.parametrize(
    ("symbols", "group"),
    [
        ("L R C LFE Lss Rss Lrs Rrs", "sg71"),
        ("L R C LFE Ls Rs Lc Rc", "sgSDS"),
        ("L R C LFE Ls Rs Cs", "sg61"),
        ("C", "sgM"),
        ("L R", None),
    ],
)
def test_the_soundfield_group_follows_from_the_channels(symbols: str, group: str | None) -> None:
    first: McaLabel = SoundDescriptor.labelled(symbols.split()).soundfield[0]
    assert (first.tag_symbol if first.channel is None else None) == group


def test_interop_sound_has_no_labels() -> None:
    sound = SoundDescriptor.labelled(["L", "R"], label_set="interop")
    assert (sound.channel_assignment, sound.soundfield) == (None, ())


def test_sixteen_labelled_channels_fit_the_header(maker: Any) -> None:
    sound = SoundDescriptor.labelled([*MCA.channels][:16])
    with TrackFile.open(maker.sound(channels=16, descriptor=sound).path) as track:
        assert track.partitions[0].header_byte_count == 16244


def test_a_header_that_needs_more_room_takes_it(maker: Any) -> None:
    label = MCA.channels["L"]
    many = tuple(
        McaLabel(label.label, label.tag_symbol, "x" * 100, channel=number) for number in range(1, 60)
    )
    sound = SoundDescriptor(channels=60, soundfield=many)
    with TrackFile.open(maker.sound(channels=60, descriptor=sound).path) as track:
        assert track.partitions[0].header_byte_count == 2 * 16384 - 140
        assert isinstance(track.header.descriptor, SoundDescriptor)
        assert len(track.header.descriptor.soundfield) == 59


# --- beside the files of another tool ------------------------------------------------------------

DIFFERENT_VALUES = {
    "Identification.company_name": "each tool names itself",
    "Identification.product_name": "each tool names itself",
    "Identification.product_version": "each tool names itself",
    "Identification.version_string": "each tool names itself",
    "Identification.product_uid": "each tool names itself",
    "Identification.toolkit_version": "each tool names itself",
    "Identification.platform": "each tool names itself",
    "MaterialPackage.package_uid": "a random number",
    "CryptographicContext.context_id": "a random number",
    "RGBAEssenceDescriptor.pixel_layout": "zeros there; here X', Y', Z' of 12 bits, which is meant",
    "TimecodeComponent.rounded_timecode_base": "48 in its stereo files of 24 edit units a second; here 24",
    "Preface.essence_containers": "sorted there; here the generic label first",
}
"""Items whose values differ from asdcplib's, and why. Ids and references are random there; dates differ."""

DIFFERENT_PACKS = {
    "footer_partition": "asdcplib leaves 0 in the body partition; here the footer's place",
    "essence_containers": "sorted there; here the generic label first",
}
SAME_KIND = [
    *("pic2d_smpte_plain", "pic2d_smpte_enc_hmac", "pic2d_smpte_enc_hmac_25", "pic2d_smpte_enc_nohmac"),
    *("pic2d_interop_plain", "pic2d_interop_enc_hmac", "pic2d_interop_enc_nohmac"),
    *("pic3d_smpte_plain", "pic3d_smpte_enc_hmac", "pic3d_interop_plain"),
    *("pcm51_smpte_plain_24", "pcm51_smpte_plain_25", "pcm51_smpte_enc_hmac_24"),
    *("pcm51_smpte_enc_nohmac_24", "pcm51_interop_plain_24", "pcm51_interop_enc_hmac_24"),
    *("pcm8_smpte_mca_wtf_plain_24", "pcm51_smpte_mca_plain_24"),
]
RANDOM_TYPES = {"UUID", "StrongReferences", "TimeStamp"}


@pytest.mark.parametrize("name", SAME_KIND)
def test_a_written_file_has_the_sets_and_items_of_another_tools(golden: Path, maker: Any, name: str) -> None:
    """The same units wrapped here and by asdcplib: same length, same sets in the same order, same items."""
    facts = json.loads((golden / f"asdcp/{name}.json").read_text())
    key = None
    if facts["key_hex"]:
        key = ContentKey(id=UUID(facts["key_id"]), type="MDIK", value=bytes.fromhex(facts["key_hex"]))
    with TrackFile.open(golden / f"asdcp/{name}.mxf") as theirs:
        units = [bytes(unit.data) for unit in theirs.units(key=key, mic="if-present")]
        header = theirs.header
        descriptor = header.descriptor
        if isinstance(descriptor, PictureDescriptor):
            codestream = parse_codestream(units[0])
            descriptor = PictureDescriptor.from_codestream(codestream, header.edit_rate, descriptor.stereo)
        written = maker.write(
            units,
            name="ours.mxf",
            descriptor=descriptor,
            edit_rate=header.edit_rate,
            asset_id=header.asset_id,
            label_set=header.label_set,
            key=key,
            mic=facts["hmac"],
        )
        assert written.size == facts["size"]
        with TrackFile.open(written.path) as ours:
            _compare_sets(theirs.layout.metadata.sets, ours.layout.metadata.sets)
            assert set(theirs.layout.metadata.primer.values()) == set(ours.layout.metadata.primer.values())
            assert ours.layout.random_index == theirs.layout.random_index
            for one, other in zip(theirs.partitions, ours.partitions, strict=True):
                different = {
                    each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
                }
                assert different <= set(DIFFERENT_PACKS)
            assert (theirs.index is None) == (ours.index is None)
            if theirs.index is not None and ours.index is not None:
                assert list(theirs.index.offsets) == list(ours.index.offsets)
                assert theirs.index.unit_size == ours.index.unit_size
                assert theirs.index.duration == ours.index.duration


def _compare_sets(theirs: tuple[HeaderSet, ...], ours: tuple[HeaderSet, ...]) -> None:
    assert [type(each) for each in ours] == [type(each) for each in theirs]
    for one, other in zip(theirs, ours, strict=True):
        kind = type(one).__name__
        for name, item in declared(type(one)).items():
            mine, other_value = getattr(one, name), getattr(other, name)
            assert (mine is None) == (other_value is None), f"{kind}.{name}"
            if item.type.name not in RANDOM_TYPES and f"{kind}.{name}" not in DIFFERENT_VALUES:
                assert other_value == mine, f"{kind}.{name}"


# --- other readers -------------------------------------------------------------------------------


@pytest.mark.extra("picture")
def test_pyav_finds_the_same_codestreams(maker: Any) -> None:
    import av

    frames = maker.frames(12)
    for label_set in ("smpte", "interop"):
        with av.open(str(maker.picture(frames, label_set=label_set).path)) as container:
            (stream,) = container.streams.video
            packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
            assert stream.codec_context.name in ("jpeg2000", "libopenjpeg")
            assert stream.base_rate == 24
            assert (stream.width, stream.height) == (2048, 1080)
        assert packets == frames


@pytest.mark.extra("picture")
def test_pyav_finds_the_same_samples(maker: Any) -> None:
    import av

    units = [bytes((number, 255 - number, number // 2)) * 2000 * 6 for number in range(24)]
    for sound, label_set in (
        (SoundDescriptor.labelled(("L", "R", "C", "LFE", "Ls", "Rs")), "smpte"),
        (SoundDescriptor(channels=6), "interop"),
    ):
        written = maker.sound(units, channels=6, descriptor=sound, label_set=label_set)
        with av.open(str(written.path)) as container:
            (stream,) = container.streams.audio
            assert (stream.codec_context.name, stream.rate, stream.channels) == ("pcm_s24le", 48000, 6)
            packets = b"".join(bytes(packet) for packet in container.demux(stream) if packet.size)
        assert packets == b"".join(units)


@pytest.mark.oracle
def test_ffmpeg_finds_the_same_units(maker: Any, oracle: Callable[[str], str]) -> None:
    frames = maker.frames(12)
    sound = [bytes([number]) * 12000 for number in range(12)]
    for written, units in ((maker.picture(frames), frames), (maker.sound(sound), sound)):
        hashes = _ffmpeg_hashes(oracle("ffmpeg"), written.path)
        assert hashes == [hashlib.sha1(unit).hexdigest() for unit in units]


@pytest.mark.oracle
def test_ffmpeg_decrypts_the_same_units(maker: Any, key: ContentKey, oracle: Callable[[str], str]) -> None:
    """It knows the encrypted triplet by its Interop key only."""
    frames = maker.frames(12)
    written = maker.picture(frames, key=key, label_set="interop")
    hashes = _ffmpeg_hashes(oracle("ffmpeg"), written.path, "-cryptokey", key.value().hex())
    assert hashes == [hashlib.sha1(unit).hexdigest() for unit in frames]


def _ffmpeg_hashes(program: str, path: Path, *options: str) -> list[str]:
    command = [
        program,
        "-v",
        "error",
        *options,
        "-i",
        str(path),
        *["-c", "copy", "-f", "framehash", "-hash", "sha160", "-"],
    ]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.rsplit(",", 1)[1].strip() for line in output.splitlines() if not line.startswith("#")]


@pytest.mark.oracle
def test_mediainfo_reads_the_headers(maker: Any, key: ContentKey, oracle: Callable[[str], str]) -> None:
    sound = SoundDescriptor.labelled(("L", "R", "C", "LFE", "Ls", "Rs"))
    expected: list[tuple[Any, dict[str, str]]] = [
        (maker.picture(name="p.mxf"), {"Format": "JPEG 2000", "Width": "2048", "FrameRate": "24.000"}),
        (maker.picture(name="e.mxf", key=key), {"Format": "JPEG 2000", "Height": "1080"}),
        (maker.sound(name="s.mxf", channels=6, descriptor=sound), {"Channels": "6", "BitDepth": "24"}),
    ]
    for written, wanted in expected:
        command = [oracle("mediainfo"), "--Output=JSON", str(written.path)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        general, track = json.loads(output)["media"]["track"][:2]
        assert general["Format"] == "MXF"
        assert general["Format_Profile"] == "OP-Atom"
        assert {name: track.get(name) for name in wanted} == wanted


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([1, 1, 1], "unit 0 has"),
        (None, "2 units came, not the 3"),
        ("fewer", "more units came than the 1"),
    ],
)
def test_units_that_are_not_as_announced_leave_nothing_behind(maker: Any, sizes: Any, message: str) -> None:
    frames = maker.frames(2)
    if sizes is None:
        sizes = [*map(len, frames), 10]
    elif sizes == "fewer":
        sizes = [len(frames[0])]
    with pytest.raises(DcpError, match=message):
        maker.picture(frames, sizes=sizes)
    assert _left_behind(maker.folder) == []


def test_a_source_that_breaks_leaves_nothing_behind_and_an_older_file_untouched(maker: Any) -> None:
    older = maker.folder / "picture.mxf"
    older.write_bytes(b"older")
    frames = maker.frames(3)

    def broken() -> Iterator[bytes]:
        yield frames[0]
        raise DcpError("the source broke")

    descriptor = PictureDescriptor.from_codestream(parse_codestream(frames[0]), Fraction(24))
    with pytest.raises(DcpError, match="source broke"):
        maker.write(
            broken(),
            name="picture.mxf",
            sizes=[len(frame) for frame in frames],
            descriptor=descriptor,
            edit_rate=Fraction(24),
        )
    assert older.read_bytes() == b"older"
    assert _left_behind(maker.folder) == ["picture.mxf"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": []}, "at least one unit"),
        ({"units": [b"x", b"", b"y"]}, "unit 1 is empty"),
        ({"units": [b"x"], "stereo": True}, "right eye"),
        ({"units": [b"x"], "edit_rate": Fraction(-1)}, "not positive"),
        ({"units": [bytes(2**24)]}, "too long"),
    ],
)
def test_pictures_that_cannot_be_wrapped_are_refused(maker: Any, options: Any, message: str) -> None:
    with pytest.raises(DcpError, match=message):
        maker.picture(options.pop("units"), **options)
    assert _left_behind(maker.folder) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"units": [bytes(12000), bytes(11994)]},
            "unit 1 has 11,994 bytes, not the 12,000 of 2,000 samples",
        ),
        ({"units": [bytes(9606)], "edit_rate": Fraction(30000, 1001)}, "do not divide"),
    ],
)
def test_sound_that_is_no_whole_edit_unit_is_refused(maker: Any, options: Any, message: str) -> None:
    units = options.pop("units")
    with pytest.raises(UsageError, match=message):
        maker.sound(units, **options)


def test_descriptors_that_cannot_be_written_are_refused(maker: Any) -> None:
    common: dict[str, Any] = {"name": "x.mxf", "edit_rate": Fraction(24)}
    with pytest.raises(UsageError, match="AuxDescriptor yet"):
        maker.write([b"x"], descriptor=AuxDescriptor(None), **common)
    with pytest.raises(UsageError, match="first codestream"):
        maker.write([b"x"], descriptor=PictureDescriptor(2048, 1080, False), **common)
    with pytest.raises(UsageError, match="no channel") as caught:
        SoundDescriptor.labelled(["L", "Left"])
    assert "LFE" in str(caught.value.remedy)


def test_a_disk_that_refuses_is_named(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "writev" if hasattr(os, "writev") else "write", full)
    with pytest.raises(DcpError, match="disk is full"):
        maker.picture()
    monkeypatch.undo()
    assert _left_behind(maker.folder) == []


def test_a_slow_disk_that_takes_part_of_a_write_gets_the_rest(
    maker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    original = os.writev

    def partly(descriptor: int, parts: list[memoryview]) -> int:
        return original(descriptor, [parts[0][: max(len(parts[0]) // 2, 1)]])

    monkeypatch.setattr(os, "writev", partly)
    written = maker.picture()
    monkeypatch.undo()
    assert hashlib.sha1(written.path.read_bytes()).digest() == written.sha1
