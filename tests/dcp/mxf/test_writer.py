"""Writing: what is written is read again, stands beside files of other tools, and opens in other readers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.mxf import klv, labels
from dcp.mxf.descriptors import McaLabel, PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import CHANNELS_4, MCA
from dcp.mxf.layout import HEAD_SIZE
from dcp.mxf.partition import is_partition
from dcp.mxf.reader import TrackFile
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey


def _ivs() -> Callable[[], bytes]:
    number = iter(range(10**6))
    return lambda: next(number).to_bytes(16, "big")


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
    symbols = ("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN", "", "FSKSync")
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
