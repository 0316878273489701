"""Reading: files by other tools, tampered files, real packages, and damage of every kind made by code."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.keys import ContentKey
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.reader import TrackFile, Unit, require

GOLDEN = [
    *("atmos_smpte_plain", "aux_smpte_enc_hmac", "aux_smpte_plain", "tt_smpte_enc_hmac", "tt_smpte_plain"),
    *("pcm51_interop_enc_hmac_24", "pcm51_interop_plain_24", "pcm51_smpte_enc_hmac_24"),
    *("pcm51_smpte_enc_nohmac_24", "pcm51_smpte_mca_plain_24", "pcm51_smpte_plain_24"),
    *("pcm51_smpte_plain_25", "pcm8_smpte_mca_wtf_plain_24"),
    *("pic2d_interop_enc_hmac", "pic2d_interop_enc_hmac_ptoff", "pic2d_interop_enc_nohmac"),
    *("pic2d_interop_plain", "pic2d_smpte_enc_hmac", "pic2d_smpte_enc_hmac_25"),
    *("pic2d_smpte_enc_hmac_2frames", "pic2d_smpte_enc_nohmac", "pic2d_smpte_plain"),
    *("pic3d_interop_plain", "pic3d_smpte_enc_hmac", "pic3d_smpte_plain"),
]
ESSENCE = {
    "pic2d": "picture",
    "pic3d": "stereo_picture",
    "pcm51": "sound",
    "pcm8": "sound",
    "tt": "timed_text",
    "aux": "aux_data",
    "atmos": "atmos",
}
MakeKey = Callable[..., ContentKey]


def _key_of(facts: dict[str, Any], hex_digits: str | None = None) -> ContentKey | None:
    if not facts["key_hex"]:
        return None
    value = bytes.fromhex(hex_digits or facts["key_hex"])
    return ContentKey(id=UUID(facts["key_id"]), type="MDIK", value=value)


def _sha1(data: bytes | bytearray | memoryview) -> str:
    return hashlib.sha1(data).hexdigest()


def _faults(units: Iterator[Unit]) -> list[tuple[int, str]]:
    return [(unit.index, unit.fault.reason) for unit in units if unit.fault is not None]


# --- files by other tools ------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN)
def test_every_unit_of_files_by_asdcplib_comes_out(golden: Path, name: str) -> None:
    facts = json.loads((golden / f"asdcp/{name}.json").read_text())
    digest = hashlib.sha1()
    with TrackFile.open(golden / f"asdcp/{name}.mxf") as track:
        header = track.header
        units = [
            (_sha1(unit.data), unit.mic, unit.fault)
            for unit in track.units(key=_key_of(facts), mic="if-present", digest=digest)
        ]
    assert [sha1 for sha1, _, _ in units] == [frame["sha1"] for frame in facts["frames"]]
    assert {(mic, fault) for _, mic, fault in units} == {("ok" if facts["hmac"] else "none", None)}
    assert digest.hexdigest() == facts["sha1"]
    assert header.essence == ESSENCE[name.split("_")[0]]
    assert header.label_set == ("smpte" if facts["label_set"] == "SMPTE" else "interop")
    assert header.asset_id == UUID(facts["asset_id"])
    assert header.edit_rate == Fraction(facts["edit_rate"].split()[0])
    assert (header.encrypted, header.has_mic) == (facts["encrypted"], facts["hmac"])


def test_stereo_units_alternate_left_and_right(golden: Path) -> None:
    with TrackFile.open(golden / "asdcp/pic3d_interop_plain.mxf") as track:
        order = [(unit.index, unit.eye) for unit in track.units(0, 2)]
        pairs = track.header.container_duration
    assert order == [(0, "left"), (0, "right"), (1, "left"), (1, "right")]
    assert pairs == 12


def test_resources_of_timed_text_carry_their_id_and_type(golden: Path) -> None:
    facts = json.loads((golden / "asdcp/tt_smpte_plain.json").read_text())
    with TrackFile.open(golden / "asdcp/tt_smpte_plain.mxf") as track:
        units = [(unit.index, unit.resource_id, _sha1(unit.data)) for unit in track.units()]
        descriptor = track.header.descriptor
    assert isinstance(descriptor, TimedTextDescriptor)
    assert units[0][1] is None
    assert [(str(each), sha1) for _, each, sha1 in units[1:]] == [
        (resource["uuid"], resource["sha1"]) for resource in facts["resources"]
    ]
    assert [each.id for each in descriptor.resources] == [each for _, each, _ in units[1:]]
    assert descriptor.languages == "en"


def test_labels_of_sound_channels_are_read(golden: Path) -> None:
    with TrackFile.open(golden / "asdcp/pcm8_smpte_mca_wtf_plain_24.mxf") as track:
        sound = track.header.descriptor
    assert isinstance(sound, SoundDescriptor)
    group, *channels = sound.soundfield
    assert (group.tag_symbol, group.channel, group.language) == ("sg51", None, "fr")
    symbols = " ".join(each.tag_symbol for each in channels)
    assert symbols == "chL chR chC chLFE chLs chRs chHI chVIN"
    assert [each.channel for each in channels] == list(range(1, 9))
    assert {each.group for each in channels[:6]} == {group.link_id}
    assert {each.group for each in channels[6:]} == {None}


def _tampered(golden: Path, case: dict[str, Any]) -> bytes:
    source = (golden / "tamper" / case["base"]).read_bytes()
    data = bytearray(source)
    for patch in case["patches"]:
        match patch["op"]:
            case "xor":
                data[patch["offset"]] ^= patch["value"]
            case "truncate":
                del data[patch["length"] :]
            case "copy":
                start = patch["dst"]
                data[start : start + patch["length"]] = source[patch["src"] : patch["src"] + patch["length"]]
    assert _sha1(data) == case["tampered_sha1"]
    return bytes(data)


def test_tampered_files_are_judged_as_expected(golden: Path, tmp_path: Path) -> None:
    cases = json.loads((golden / "tamper/cases.json").read_text())["cases"]
    assert len(cases) >= 16
    for case in cases:
        path = tmp_path / f"{case['name']}.mxf"
        path.write_bytes(_tampered(golden, case))
        facts = json.loads((golden / "tamper" / case["base"]).with_suffix(".json").read_text())
        expect = case["expect"]
        right = {expect.get("reason"), *expect.get("also_right", ())}
        try:
            with TrackFile.open(path) as track:
                found = _faults(track.units(key=_key_of(facts, case["key_hex"]), mic=expect["mic"]))
        except TrackFileError as error:
            assert error.reason in right, case["name"]
            continue
        if expect["ok"]:
            assert found == [], case["name"]
            continue
        assert found[0][0] == expect["unit"], case["name"]
        assert found[0][1] in right, case["name"]
        if expect["unit"] > 0:
            assert len(found) <= 2, f"{case['name']}: units beside the damaged one are right"


def test_real_files_open_with_the_facts_that_are_known_of_them(corpus: Path) -> None:
    manifest = json.loads((corpus / "MANIFEST.json").read_text())
    opened = 0
    for item in manifest["items"]:
        path = corpus / item["path"]
        known = item["truth"].get("mxf", {})
        if path.suffix != ".mxf" or not path.is_file():
            continue
        if item["bytes"] == 0:
            with pytest.raises(TrackFileError, match="empty"):
                TrackFile.open(path)
            continue
        with TrackFile.open(path) as track:
            opened += 1
            if "AssetUUID" in known:
                _check_header(track, known)
            if "essence" in item["truth"]:
                _check_essence(track, item)
    assert opened > 70


def _check_header(track: TrackFile, known: dict[str, str]) -> None:
    header = track.header
    assert str(header.asset_id) == known["AssetUUID"]
    assert header.encrypted == (known["EncryptedEssence"] == "Yes")
    assert header.has_mic == (known.get("HMAC") == "Yes")
    assert header.label_set == ("smpte" if known["Label Set Type"] == "SMPTE" else "interop")
    assert header.edit_rate == Fraction(known["EditRate"])
    assert header.container_duration == int(known["ContainerDuration"])
    assert header.identification.company_name == known["CompanyName"]
    assert header.identification.product_name == known["ProductName"]
    assert header.identification.version_string == known["ProductVersion"]
    assert str(header.identification.product_uid) == known["ProductUUID"]
    if header.encrypted:
        assert str(header.context_id) == known["ContextID"]
        assert str(header.key_id) == known["CryptographicKeyID"]
    match header.descriptor:
        case SoundDescriptor() as sound:
            assert sound.channels == int(known["ChannelCount"])
            assert sound.sample_rate == Fraction(known["AudioSamplingRate"])
            assert sound.block_align == int(known["BlockAlign"])
            assert sound.avg_bps == int(known["AvgBps"])
            assert sound.quantization_bits == int(known["QuantizationBits"])
        case PictureDescriptor() as picture:
            assert picture.stored_width == int(known["StoredWidth"])
            assert picture.aspect_ratio == Fraction(known["AspectRatio"])
            assert picture.rsiz == int(known["Rsize"])
            assert picture.xsiz == int(known["Xsize"])
            assert picture.quantization_default is not None
            assert picture.quantization_default[1:].hex() == known["SPqcd"]
        case TimedTextDescriptor() as text:
            assert text.namespace_uri == known["NamespaceName"]
            assert str(text.resource_id) == known["AssetID"]
            assert len(text.resources) == int(known["ResourceCount"])
        case AuxDescriptor() as aux:
            assert str(aux.atmos_id) == known["AtmosID"]
            assert str(aux.data_essence_coding) == known["DataEssenceCoding"]
            assert aux.max_object_count == int(known["MaxObjectCount"])
        case _:
            pytest.fail(f"no descriptor: {track.path}")


def _check_essence(track: TrackFile, item: dict[str, Any]) -> None:
    essence = item["truth"]["essence"]
    key = None
    if "key" in essence:
        key_id = UUID(item["truth"]["mxf"]["CryptographicKeyID"])
        key = ContentKey(id=key_id, type="MDIK", value=bytes.fromhex(essence["key"]))
    digest, content = hashlib.sha1(), hashlib.sha1()
    count = 0
    for unit in track.units(key=key, digest=digest):
        require(unit, track.path)
        # Of some timed texts the manifest counts the XML alone.
        if unit.resource_id is None or essence["units"] > 1:
            count += 1
            content.update(unit.data)
    assert digest.hexdigest() == item["sha1"]
    assert count == essence["units"]
    assert content.hexdigest() == essence["all_units_sha1"]


# --- order, seeking, digest ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["picture", "sound", "stereo"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_seeking_gives_the_same_units_as_walking(
    maker: Any, key: ContentKey, kind: str, encrypted: bool
) -> None:
    options: dict[str, Any] = {"key": key} if encrypted else {}
    stereo = kind == "stereo"
    written = maker.sound(**options) if kind == "sound" else maker.picture(stereo=stereo, **options)
    with TrackFile.open(written.path) as track:
        given: dict[str, Any] = {"key": key} if encrypted else {}
        walked = [(unit.index, unit.eye, bytes(unit.data), unit.offset) for unit in track.units(**given)]
        for edit_unit in range(written.container_duration):
            sought = [
                (unit.index, unit.eye, bytes(unit.data), unit.offset)
                for unit in track.units(edit_unit, edit_unit + 1, **given)
            ]
            assert sought == [each for each in walked if each[0] == edit_unit]
            assert not _faults(track.units(edit_unit, edit_unit + 1, **given))
        assert list(track.units(3, 3, **given)) == []
        assert list(track.units(written.container_duration, **given)) == []


def test_seeking_reads_no_more_than_the_unit(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written = maker.picture(maker.frames(200))
    read = 0
    original = os.preadv

    def counted(descriptor: int, buffers: Any, offset: int, *rest: Any) -> int:
        nonlocal read
        count = original(descriptor, buffers, offset, *rest)
        read += count
        return count

    monkeypatch.setattr(os, "preadv", counted)
    with TrackFile.open(written.path) as track:
        (unit,) = track.units(150, 151)
        assert bytes(unit.data) == maker.frames(200)[150]
    assert read < 2 * len(unit.data) + 100


def test_the_digest_is_that_of_the_whole_file_even_with_damage_in_it(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    start = _unit_offset(written.path, 4)
    data[start : start + 900] = bytes(900)
    written.path.write_bytes(data)
    digest = hashlib.sha1()
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(digest=digest))
    assert digest.hexdigest() == _sha1(data)


def test_a_digest_wants_the_whole_file(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track, pytest.raises(UsageError, match="whole file"):
        track.units(1, digest=hashlib.sha1())


def test_two_iterators_do_not_disturb_each_other(maker: Any) -> None:
    frames = maker.frames(8)
    with TrackFile.open(maker.picture(frames).path) as track:
        for one, other in zip(track.units(), track.units(), strict=True):
            assert bytes(one.data) == bytes(other.data) == frames[one.index]


def test_reading_goes_on_no_further_than_a_closed_file(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track:
        units = track.units()
        next(units)
    with pytest.raises(UsageError, match="closed"):
        list(units)


# --- keys and policies ---------------------------------------------------------------------------


def test_encrypted_essence_needs_a_key_or_is_walked_raw(maker: Any, key: ContentKey) -> None:
    with TrackFile.open(maker.picture(key=key).path) as track:
        with pytest.raises(KeyMissingError, match=str(key.id)):
            track.units()
        raw = [(len(unit.data), unit.fault, unit.mic) for unit in track.units(raw=True)]
    assert len(raw) == 12
    assert all(fault is None and mic == "unchecked" and size % 16 == 0 for size, fault, mic in raw)


def test_a_key_that_opened_a_unit_is_not_called_wrong_later(maker: Any, key: ContentKey) -> None:
    """By the rule of unit 0 its damage counts as a wrong key; further damage is damage."""
    written = maker.picture(key=key)
    for index in (0, 4):
        _patch(written.path, _unit_offset(written.path, index, key) + 20 + 68 + 20)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(0, "wrong_key"), (4, "check_value")]


def test_a_wrong_key_is_told_from_a_damaged_check_value(maker: Any, make_key: MakeKey) -> None:
    written = maker.picture(key=make_key())
    wrong = make_key(value=bytes(16))
    with TrackFile.open(written.path) as track:
        assert {reason for _, reason in _faults(track.units(key=wrong))} == {"wrong_key"}
        assert _faults(track.units(7, 8, key=wrong)) == [(7, "wrong_key")]
    _patch(written.path, _unit_offset(written.path, 7, make_key()) + 20 + 68 + 20)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(7, 8, key=make_key())) == [(7, "check_value")]


@pytest.mark.parametrize(
    ("policy", "reasons", "mic"),
    [("require", {"mic_missing"}, "unchecked"), ("if-present", set(), "none"), ("off", set(), "none")],
)
def test_files_without_a_mic(maker: Any, key: ContentKey, policy: Any, reasons: set[str], mic: str) -> None:
    with TrackFile.open(maker.picture(key=key, mic=False).path) as track:
        units = list(track.units(key=key, mic=policy))
        assert {unit.fault.reason for unit in units if unit.fault} == reasons
        assert {unit.mic for unit in units} == {mic}


def test_a_header_that_promises_a_mic_is_held_to_it(maker: Any, key: ContentKey) -> None:
    """A unit whose MIC was taken away in a file with MICs is a fault under if-present too."""
    with_mic = maker.picture(key=key, name="with.mxf")
    promised = with_mic.path.read_bytes()[:16384]
    without = maker.picture(key=key, mic=False, name="without.mxf")
    data = without.path.read_bytes()
    footer = data[24:32]
    without.path.write_bytes(promised[:24] + footer + promised[32:] + data[16384:])
    with TrackFile.open(without.path) as track:
        assert track.header.has_mic
        assert {reason for _, reason in _faults(track.units(key=key, mic="if-present"))} == {"mic_missing"}
        assert _faults(track.units(key=key, mic="off")) == []


def _strip_mic(path: Path, key: ContentKey, index: int) -> None:
    """Take the integrity items out of a unit, change its ciphertext, and fill up the room."""
    from dcp.mxf import klv
    from dcp.mxf.labels import FILL

    start, end = _unit_offset(path, index, key), _unit_offset(path, index + 1, key)
    data = bytearray(path.read_bytes())
    value = data[start + 20 : end - 56] + bytes.fromhex("83000000") * 3
    value[68 + 32 + 100] ^= 1
    data[start:end] = (
        data[start : start + 16] + klv.encode_ber(len(value)) + value + klv.encode(FILL, bytes(24))
    )
    path.write_bytes(data)


def _clear_mic_label(path: Path) -> None:
    from dcp.mxf.labels import MIC_HMAC_SHA1

    data = path.read_bytes()
    assert data.count(bytes(MIC_HMAC_SHA1)) == 1
    path.write_bytes(data.replace(bytes(MIC_HMAC_SHA1), bytes(16)))


@pytest.mark.parametrize("policy", ["require", "if-present"])
@pytest.mark.parametrize("cleared", [False, True])
@pytest.mark.parametrize("stripped", [[3], [0, 1], [4]])
def test_a_unit_whose_mic_was_taken_away_is_a_fault_whatever_the_header_says(
    maker: Any, key: ContentKey, policy: Any, cleared: bool, stripped: list[int]
) -> None:
    written = maker.sound(key=key)
    for index in stripped:
        _strip_mic(written.path, key, index)
    if cleared:
        _clear_mic_label(written.path)
    with TrackFile.open(written.path) as track:
        assert track.header.has_mic != cleared
        assert _faults(track.units(key=key, mic=policy)) == [(index, "mic_missing") for index in stripped]
        with pytest.raises(TrackFileError) as caught:
            list(track.units(key=key, mic=policy, strict=True))
        assert "if-present" not in str(caught.value)


def test_mics_are_checked_though_the_header_does_not_promise_them(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    _clear_mic_label(written.path)
    _patch(written.path, _unit_offset(written.path, 4, key) + 20 + 68 + 100)
    for policy in ("require", "if-present"):
        with TrackFile.open(written.path) as track:
            assert _faults(track.units(key=key, mic=policy)) == [(4, "mic")]
            assert track.carries_mic()


def test_the_other_policy_is_proposed_only_where_it_helps(maker: Any, key: ContentKey) -> None:
    with TrackFile.open(maker.picture(key=key, mic=False).path) as track:
        assert not track.carries_mic()
        with pytest.raises(TrackFileError, match="--mic if-present accepts"):
            list(track.units(key=key, strict=True))


def test_a_mic_key_of_its_own_is_used(maker: Any, make_key: MakeKey) -> None:
    own = make_key(mic_key=b"0123456789abcdef")
    with TrackFile.open(maker.picture(key=own).path) as track:
        assert {unit.mic for unit in track.units(key=own)} == {"ok"}
        assert {reason for _, reason in _faults(track.units(key=make_key()))} == {"mic"}


def test_strict_reading_raises_the_first_fault_with_its_unit(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    _patch(written.path, _unit_offset(written.path, 4, key) + 20 + 68 + 100)
    with TrackFile.open(written.path) as track:
        seen = []
        with pytest.raises(TrackFileError, match="MIC is wrong") as caught:
            for unit in track.units(key=key, strict=True):
                seen.append(unit.index)
    assert seen == [0, 1, 2, 3]
    assert (caught.value.reason, caught.value.unit) == ("mic", 4)
    assert str(written.path) in str(caught.value.where)


def test_nothing_of_a_damaged_unit_is_handed_out(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    _patch(written.path, _unit_offset(written.path, 4, key) + 20 + 68 + 100)
    with TrackFile.open(written.path) as track:
        lengths = {unit.index: len(unit.data) for unit in track.units(key=key)}
    assert lengths[4] == 0
    assert lengths[5] > 0


def test_algorithms_that_are_not_known_are_refused(maker: Any, key: ContentKey) -> None:
    from dcp.mxf.labels import CIPHER_AES_128_CBC, MIC_HMAC_SHA1

    for known in (CIPHER_AES_128_CBC, MIC_HMAC_SHA1):
        written = maker.picture(key=key)
        other = bytes(known[:-3]) + b"\x77\0\0"
        written.path.write_bytes(written.path.read_bytes().replace(bytes(known), other))
        with TrackFile.open(written.path) as track:
            with pytest.raises(TrackFileError, match="not known"):
                track.units(key=key)
            assert len(list(track.units(raw=True))) == 12
            if known is MIC_HMAC_SHA1:
                assert _faults(track.units(key=key, mic="off")) == []


def test_a_seek_by_an_index_that_leads_nowhere_walks_instead(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    data = bytearray(written.path.read_bytes())
    table = data.rindex(bytes.fromhex("3f0a")) + 12
    for entry in range(1, 12):
        data[table + entry * 11 + 10] ^= 1
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        for edit_unit in (1, 7, 11):
            (unit,) = track.units(edit_unit, edit_unit + 1, key=key)
            assert (unit.index, unit.fault, bytes(unit.data)) == (
                edit_unit,
                None,
                maker.frames(12)[edit_unit],
            )


# --- damage --------------------------------------------------------------------------------------


def _patch(path: Path, offset: int, value: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= value
    path.write_bytes(data)


def _unit_offset(path: Path, index: int, key: ContentKey | None = None) -> int:
    with TrackFile.open(path) as track:
        return next(unit.offset for unit in track.units(index, key=key))


TRIPLET_FIELDS = {
    4: "context_id",
    31: "plaintext_offset",  # the low bit: the length no longer fits
    40: "structure",  # SourceKey
    60: "structure",  # SourceLength
    64: "structure",  # length of the ESV
    70: "check_value",  # IV
    90: "check_value",
    120: "mic",
}


@pytest.mark.parametrize(("offset", "reason"), list(TRIPLET_FIELDS.items()))
def test_each_field_of_a_triplet_is_watched(maker: Any, key: ContentKey, offset: int, reason: str) -> None:
    written = maker.picture(key=key)
    _patch(written.path, _unit_offset(written.path, 6, key) + 20 + offset, 16 if offset == 31 else 1)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(6, reason)]


@pytest.mark.parametrize(("back", "reason"), [(1, "mic"), (29, "mic"), (50, "mic"), (56, "structure")])
def test_the_integrity_items_are_watched(maker: Any, key: ContentKey, back: int, reason: str) -> None:
    written = maker.picture(key=key)
    _patch(written.path, _unit_offset(written.path, 7, key) - back)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(6, reason)]


def test_with_the_mic_off_the_order_and_the_file_id_are_still_watched(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    start = _unit_offset(written.path, 7, key)
    _patch(written.path, start - 29)
    _patch(written.path, _unit_offset(written.path, 4, key) - 50)
    with TrackFile.open(written.path) as track:
        found = _faults(track.units(key=key, mic="off"))
    assert found == [(3, "track_file_id"), (6, "sequence")]


def test_units_of_another_file_are_found_out(maker: Any, key: ContentKey) -> None:
    """Same key, same sizes: a unit from another track file has another context and another id."""
    one = maker.picture(key=key, name="one.mxf")
    other = maker.picture(key=key, name="other.mxf", asset_id=UUID(int=77))
    start, end = _unit_offset(one.path, 3, key), _unit_offset(one.path, 4, key)
    data = bytearray(one.path.read_bytes())
    data[start:end] = other.path.read_bytes()[start:end]
    one.path.write_bytes(data)
    with TrackFile.open(one.path) as track:
        assert _faults(track.units(key=key)) == [(3, "context_id")]
        data[start + 24 : start + 40] = track.header.context_id.bytes  # type: ignore[union-attr]
    one.path.write_bytes(data)
    with TrackFile.open(one.path) as track:
        assert _faults(track.units(key=key)) == [(3, "track_file_id")]


def _reordered(path: Path, key: ContentKey, order: list[int]) -> None:
    """Sound units, all of one size, put into another order."""
    start = _unit_offset(path, 0, key)
    size = _unit_offset(path, 1, key) - start
    data = bytearray(path.read_bytes())
    source = bytes(data)
    for place, unit in enumerate(order):
        data[start + place * size : start + (place + 1) * size] = source[
            start + unit * size : start + (unit + 1) * size
        ]
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("order", "bad"),
    [
        ([0, 1, 2, 4, 3, 5], [3, 4]),
        ([0, 1, 2, 3, 3, 5], [4]),
        ([0, 2, 3, 4, 5, 5], [1, 5]),  # the last one twice, once in its own place
        ([0, 1, 2, 2, 3, 4], [3]),  # one put in
        ([0, 3, 4, 3, 4, 5], [1, 4]),  # a run twice, the second time in its own place
        ([0, 4, 2, 3, 4, 5], [1]),  # a copy of a later one costs its own place only
        ([3, 4, 5, 3, 4, 5], [0, 4, 5]),
        ([1, 2, 3, 4, 5, 0], [0, 5]),
        ([5, 4, 3, 2, 1, 0], [0, 1, 2, 3, 4, 5]),
        ([0, 1, 2, 3, 4, 5], []),
    ],
)
def test_each_break_of_the_order_is_reported_once(
    maker: Any, key: ContentKey, order: list[int], bad: list[int]
) -> None:
    written = maker.sound(key=key)
    _reordered(written.path, key, order)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(number, "sequence") for number in bad]


def test_a_unit_with_a_wrong_mic_does_not_begin_a_run(maker: Any, key: ContentKey) -> None:
    """Its sequence number was written by anyone: what follows on it is out of order all the same."""
    size = 2000 * 2 * 3
    written = maker.sound([bytes([number]) * size for number in range(12)], key=key)
    _reordered(written.path, key, [0, 1, 2, 3, 4, 8, 9, 10, 11, 9, 10, 11])
    offset = _unit_offset(written.path, 5, key) - 29  # the last byte of unit 4's number
    _patch(written.path, offset, 5 ^ 8)
    with TrackFile.open(written.path) as track:
        found = _faults(track.units(key=key))
    assert found == [(4, "mic"), (5, "sequence"), (9, "sequence"), (10, "sequence"), (11, "sequence")]


def test_damage_inside_a_run_that_moved_costs_that_unit_only(maker: Any, key: ContentKey) -> None:
    size = 2000 * 2 * 3
    written = maker.sound([bytes([number]) * size for number in range(8)], key=key)
    _reordered(written.path, key, [0, 2, 3, 4, 5, 6, 7, 0])
    _patch(written.path, _unit_offset(written.path, 3, key) + 200)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(1, "sequence"), (3, "mic"), (7, "sequence")]


def test_a_changed_offset_of_the_first_unit_does_not_become_the_rule(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    _patch(written.path, _unit_offset(written.path, 0, key) + 20 + 31, 16)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(0, "plaintext_offset")]
        assert _faults(track.units(3, 4, key=key)) == []


def test_an_offset_changed_in_every_unit_is_no_custom_of_the_file(maker: Any, key: ContentKey) -> None:
    """What would be clear is ciphertext then, and begins no codestream."""
    written = maker.picture(key=key)
    with TrackFile.open(written.path) as track:
        offsets = [unit.offset for unit in track.units(key=key)]
    for offset in offsets:
        _patch(written.path, offset + 20 + 31, 16)
    with TrackFile.open(written.path) as track:
        assert _faults(track.units(key=key)) == [(number, "plaintext_offset") for number in range(12)]


def test_headers_in_the_clear_are_legal_frame_by_frame(
    maker: Any, key: ContentKey, make_codestream: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that leaves each codestream's headers clear: offsets differ and every one is right."""
    from dcp.mxf import triplet
    from dcp.mxf.cipher import Encryptor
    from dcp.picture.codestream import first_sod_end

    frames = [make_codestream(b"\x55" * 300, comment=b"c" * number) for number in range(1, 6)]
    original = Encryptor.encrypt

    def with_clear_headers(self: Encryptor, unit: bytes | memoryview) -> memoryview:
        return _clear_headers(self, bytes(unit), first_sod_end(unit), original)

    monkeypatch.setattr(Encryptor, "encrypt", with_clear_headers)
    monkeypatch.setattr(
        "dcp.mxf.writer.triplet_size",
        lambda size, *, mic: 68 + triplet.esv_size(size, size - 302) + (56 if mic else 12),
    )
    written = maker.picture(frames, key=key)
    monkeypatch.undo()
    with TrackFile.open(written.path) as track:
        units = [(bytes(unit.data), unit.fault) for unit in track.units(key=key)]
    assert units == [(frame, None) for frame in frames]


def _clear_headers(self: Any, unit: bytes, clear: int, original: Any) -> memoryview:
    """One triplet with PlaintextOffset `clear`, authenticated as usual."""
    import hmac

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    from dcp.mxf import klv
    from dcp.mxf.cipher import derive_mic_key

    template = bytes(original(self, unit))
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    aes = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    check = aes.update(b"CHUKCHUKCHUKCHUK")
    rest = unit[clear:]
    esv = bytes(16) + check + unit[:clear] + aes.update(rest + bytes(range(16 - len(rest) % 16)))
    head = template[20:44] + clear.to_bytes(8, "big") + template[52:84] + klv.encode_ber(len(esv))
    run = esv + template[-56:-20]
    mic = hmac.digest(derive_mic_key(key, "smpte"), run, "sha1")
    return memoryview(klv.encode(template[:16], head + run + mic))


# --- structure: lost and found -------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param((0, b"\0" * 16), id="key wiped"),
        pytest.param((16, b"\x83\0\0\5"), id="length too short"),
        pytest.param((16, b"\x83\xff\xff\xff"), id="length too long"),
        pytest.param((16, b"\x80"), id="open length"),
        pytest.param((13, b"\x77\x77"), id="another key"),
    ],
)
def test_after_a_broken_unit_the_next_is_found_by_the_index(
    maker: Any, key: ContentKey, damage: tuple[int, bytes], encrypted: bool
) -> None:
    given: dict[str, Any] = {"key": key} if encrypted else {}
    written = maker.picture(**given)
    start = _unit_offset(written.path, 5, key)
    data = bytearray(written.path.read_bytes())
    offset, content = damage
    data[start + offset : start + offset + len(content)] = content
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        units = [(unit.index, unit.fault.reason if unit.fault else None) for unit in track.units(**given)]
    assert units == [(number, "structure" if number == 5 else None) for number in range(12)]


def test_a_hole_over_several_units_costs_those_units_only(maker: Any, key: ContentKey) -> None:
    written = maker.picture(stereo=True, key=key)
    start, end = _unit_offset(written.path, 2, key), _unit_offset(written.path, 4, key)
    data = bytearray(written.path.read_bytes())
    data[start + 5 : end - 5] = bytes(end - start - 10)
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        found = [(unit.index, unit.eye) for unit in track.units(key=key) if unit.fault]
    assert found == [(2, "left"), (2, "right"), (3, "left"), (3, "right")]


def test_a_hole_without_an_index_ends_the_reading_with_a_fault(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    start = _unit_offset(written.path, 5)
    data[start : start + 16] = bytes(16)
    table = data.rindex(bytes.fromhex("3f0a")) + 4
    data[table : table + 4] = b"\xff" * 4
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        found = _faults(track.units())
        assert found == [(5, "structure"), (6, "structure")]
        with pytest.raises(TrackFileError, match="claims"):
            _ = track.index


def test_a_plain_unit_in_an_encrypted_file_is_a_fault_and_the_other_way_round(
    maker: Any, key: ContentKey
) -> None:
    from dcp.mxf.labels import ELEMENT_J2K, TRIPLET

    cases: list[tuple[dict[str, Any], bytes]] = [({"key": key}, ELEMENT_J2K), ({}, TRIPLET)]
    for given, put in cases:
        written = maker.picture(**given)
        start = _unit_offset(written.path, 2, key)
        data = bytearray(written.path.read_bytes())
        data[start : start + 16] = put
        written.path.write_bytes(data)
        with TrackFile.open(written.path) as track:
            assert _faults(track.units(**given)) == [(2, "structure")]


def test_a_count_in_the_header_that_is_not_that_of_the_units(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    place = data.index(bytes.fromhex("30020008") + (12).to_bytes(8, "big")) + 4
    for count, expected in ((13, [(12, "structure")]), (11, [(11, "structure")])):
        data[place : place + 8] = count.to_bytes(8, "big")
        written.path.write_bytes(data)
        with TrackFile.open(written.path) as track:
            assert _faults(track.units()) == expected
            with pytest.raises(TrackFileError):
                list(track.units(strict=True))


def _claim(path: Path, count: int) -> None:
    """Another duration, wherever the header states it."""
    data = bytearray(path.read_bytes())
    for tag in ("30020008", "02020008"):
        at = -1
        while (at := data.find(bytes.fromhex(tag), at + 1, 16384)) >= 0:
            data[at + 4 : at + 12] = count.to_bytes(8, "big")
    path.write_bytes(data)


@pytest.mark.parametrize("count", [10_000_000, 2**62])
def test_a_count_that_no_file_of_this_size_can_hold_is_refused(maker: Any, count: int) -> None:
    path = maker.picture().path
    _claim(path, count)
    with pytest.raises(TrackFileError, match=r"more than .* bytes can hold"):
        TrackFile.open(path)


@pytest.mark.parametrize("kind", ["picture", "sound", "stereo"])
def test_what_the_file_holds_is_told_by_its_index(maker: Any, kind: str) -> None:
    written = maker.sound() if kind == "sound" else maker.picture(stereo=kind == "stereo")
    _claim(written.path, 200)
    count = written.container_duration
    with TrackFile.open(written.path) as track:
        assert [track.holds(number) for number in (0, count - 1, count, 199)] == [True, True, False, False]


def test_without_an_index_the_size_tells_what_the_file_holds(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    table = data.rindex(bytes.fromhex("3f0a")) + 4
    data[table : table + 4] = b"\xff" * 4
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        assert track.holds(11)
        assert not track.holds(written.size // 17)


def test_without_a_count_in_the_descriptor_the_track_counts(maker: Any) -> None:
    written = maker.picture()
    data = written.path.read_bytes().replace(bytes.fromhex("30020008"), bytes.fromhex("3aaa0008"))
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        assert track.header.container_duration == 12


@pytest.mark.parametrize("form", ["short", "long"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_units_behind_lengths_of_other_forms_are_read(
    maker: Any, key: ContentKey, form: str, encrypted: bool
) -> None:
    """Two and eight bytes of length instead of three: the units move, and are found all the same."""
    given: dict[str, Any] = {"key": key} if encrypted else {}
    written = maker.picture(**given)
    data = written.path.read_bytes()
    with TrackFile.open(written.path) as track:
        region = track.layout.regions[0]
        footer = track.partitions[-1].this_partition
        offsets = [unit.offset for unit in track.units(**given)] + [region.end]
    essence = b""
    for start, end in pairwise(offsets):
        length = end - start - 20
        ber = b"\x82" + length.to_bytes(2, "big") if form == "short" else b"\x88" + length.to_bytes(8, "big")
        essence += data[start : start + 16] + ber + data[start + 20 : end]
    _move_footer(written.path, footer, data[: region.start], essence, data[footer:])
    with TrackFile.open(written.path) as track:
        found = [(bytes(unit.data), unit.fault) for unit in track.units(**given)]
    assert found == [(frame, None) for frame in maker.frames(12)]


def _move_footer(path: Path, footer: int, head: bytes, essence: bytes, tail: bytes) -> None:
    """The file put together again, with the footer's place right wherever it is named."""
    old, new = footer.to_bytes(8, "big"), (len(head) + len(essence)).to_bytes(8, "big")
    path.write_bytes(head.replace(old, new) + essence + tail.replace(old, new))


def test_fill_before_and_between_units_is_passed_over(maker: Any, key: ContentKey) -> None:
    """Before the first unit, where the index does not count it, and behind the last."""
    from dcp.mxf import klv
    from dcp.mxf.labels import FILL

    written = maker.picture(key=key)
    data = written.path.read_bytes()
    with TrackFile.open(written.path) as track:
        region = track.layout.regions[0]
        footer = track.partitions[-1].this_partition
    essence = data[region.start : region.end]
    fill = klv.encode(FILL, bytes(300))
    _move_footer(written.path, footer, data[: region.start], fill + essence + fill, data[footer:])
    digest = hashlib.sha1()
    with TrackFile.open(written.path) as track:
        assert [bytes(unit.data) for unit in track.units(key=key, digest=digest)] == maker.frames(12)
        (unit,) = track.units(7, 8, key=key)
        assert bytes(unit.data) == maker.frames(12)[7]
    assert digest.hexdigest() == _sha1(written.path.read_bytes())


def test_the_reader_starts_light() -> None:
    """`dcpkit info` on a plain file loads neither cryptography nor anything numeric."""
    program = "import sys, dcp.mxf.reader; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert not {"cryptography", "numpy", "lxml", "av", "cv2"} & set(output.split())


# --- files that are none -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message", "reason"),
    [
        (b"", "empty", "truncated"),
        (b"\x06\x0e", "cut short", "truncated"),
        (b"RIFF" + bytes(100), "no MXF file", "structure"),
        (bytes.fromhex("060e2b34020501010d0102010105010083000000") + bytes(64), "no MXF file", "structure"),
        (
            bytes.fromhex("060e2b34020501010d0102010104040083000058") + bytes(88),
            "header partition",
            "structure",
        ),
        (bytes.fromhex("060e2b34020501010d0102010102040083000078"), "past the end", "truncated"),
        (bytes.fromhex("060e2b34020501010d01020101020400830fffff") + bytes(2**20), "too long", "structure"),
    ],
)
def test_what_is_no_track_file_is_refused(tmp_path: Path, content: bytes, message: str, reason: str) -> None:
    path = tmp_path / "some.mxf"
    path.write_bytes(content)
    with pytest.raises(TrackFileError, match=message) as caught:
        TrackFile.open(path)
    assert caught.value.reason == reason
    assert caught.value.where is not None
    assert caught.value.where.startswith(str(path))


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99])
def test_a_file_cut_short_is_named_so(maker: Any, keep: float) -> None:
    written = maker.picture()
    os.truncate(written.path, int(written.size * keep))
    with pytest.raises(TrackFileError) as caught:
        TrackFile.open(written.path)
    assert caught.value.reason == "truncated"


def test_a_lost_random_index_means_a_file_cut_short(maker: Any) -> None:
    written = maker.picture()
    os.truncate(written.path, written.size - 60)
    with pytest.raises(TrackFileError, match="random index") as caught:
        TrackFile.open(written.path)
    assert caught.value.remedy is not None


def test_paths_that_cannot_be_opened_are_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot open"):
        TrackFile.open(tmp_path / "absent.mxf")
    with pytest.raises(UsageError, match="no file"):
        TrackFile.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file"):
        TrackFile.open(tmp_path / "pipe")


def test_ranges_that_make_no_sense_are_refused(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track:
        for start, stop in ((-1, None), (5, 3)):
            with pytest.raises(UsageError, match="no edit units"):
                track.units(start, stop)


def test_a_file_that_shrinks_while_it_is_read_is_an_error(maker: Any) -> None:
    written = maker.picture(maker.frames(40))
    with TrackFile.open(written.path) as track:
        units = track.units()
        next(units)
        os.truncate(written.path, 20000)
        with pytest.raises(TrackFileError, match="shorter") as caught:
            list(units)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("060e2b34025301010d01010101013700", "060e2b34025301010d0101010101ff00", "no file package"),
        ("4b010008", "4baa0008", "no edit rate"),
    ],
)
def test_headers_that_lack_what_every_file_says_are_refused(
    maker: Any, old: str, new: str, message: str
) -> None:
    written = maker.picture()
    data = written.path.read_bytes()
    primer = bytes.fromhex(old[:4]) + bytes.fromhex("060e2b34")
    changed = data.replace(bytes.fromhex(old), bytes.fromhex(new)).replace(primer, b"\x77\x77" + primer[2:])
    written.path.write_bytes(changed)
    with pytest.raises(TrackFileError, match=message):
        TrackFile.open(written.path)


def test_sound_wrapped_as_one_clip_is_refused_when_its_units_are_asked_for(maker: Any) -> None:
    written = maker.sound()
    frame, clip = (bytes.fromhex(f"060e2b34040101010d0103010206{number}00") for number in ("01", "02"))
    written.path.write_bytes(written.path.read_bytes().replace(frame, clip))
    with TrackFile.open(written.path) as track:
        assert track.header.essence == "sound"
        with pytest.raises(DcpError, match="one clip"):
            track.units()


def test_essence_of_an_unknown_kind_is_handed_out_as_it_is(maker: Any) -> None:
    written = maker.picture()
    known = bytes.fromhex("060e2b34040101070d010301020c0100")
    other = bytes.fromhex("060e2b34040101070d010301027a0100")
    written.path.write_bytes(written.path.read_bytes().replace(known, other))
    with TrackFile.open(written.path) as track:
        assert track.header.essence == "unknown"
        assert [bytes(unit.data) for unit in track.units()] == maker.frames(12)
