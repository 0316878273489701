"""Reading files by other tools: of asdcplib, tampered ones, and real packages."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from trackfiles import faults, sha1

from dcp.errors import TrackFileError
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.reader import TrackFile, require
from dcp.secrets.keys import ContentKey

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


def _key_of(facts: dict[str, Any], hex_digits: str | None = None) -> ContentKey | None:
    if not facts["key_hex"]:
        return None
    value = bytes.fromhex(hex_digits or facts["key_hex"])
    return ContentKey(id=UUID(facts["key_id"]), type="MDIK", value=value)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_unit_of_files_by_asdcplib_comes_out(golden: Path, name: str) -> None:
    facts = json.loads((golden / f"asdcp/{name}.json").read_text())
    digest = hashlib.sha1()
    with TrackFile.open(golden / f"asdcp/{name}.mxf") as track:
        header = track.header
        units = [
            (sha1(unit.data), unit.mic, unit.fault)
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
        units = [(unit.index, unit.resource_id, sha1(unit.data)) for unit in track.units()]
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
    assert sha1(data) == case["tampered_sha1"]
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
                found = faults(track.units(key=_key_of(facts, case["key_hex"]), mic=expect["mic"]))
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
