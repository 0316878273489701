"""Written track files beside those of another tool, and read by other programs."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.sets import HeaderSet, declared
from dcp.mxf.text_writer import Resource, write_timed_text_file
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey

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

DIFFERENT_NAMES = {
    "Track.track_name": "the maker's name of immersive audio there",
    "SourcePackage.name": "likewise",
}
"""Of atmos files alone."""

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
    *("atmos_smpte_plain", "aux_smpte_plain", "aux_smpte_enc_hmac"),
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
            different = DIFFERENT_VALUES | (DIFFERENT_NAMES if name.startswith("atmos") else {})
            _compare_sets(theirs.layout.metadata.sets, ours.layout.metadata.sets, different)
            assert set(theirs.layout.metadata.primer.values()) == set(ours.layout.metadata.primer.values())
            assert ours.layout.random_index == theirs.layout.random_index
            for one, other in zip(theirs.partitions, ours.partitions, strict=True):
                unlike = {
                    each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
                }
                assert unlike <= set(DIFFERENT_PACKS)
            assert (theirs.index is None) == (ours.index is None)
            if theirs.index is not None and ours.index is not None:
                assert list(theirs.index.offsets) == list(ours.index.offsets)
                assert theirs.index.unit_size == ours.index.unit_size
                assert theirs.index.duration == ours.index.duration


@pytest.mark.parametrize("name", ["tt_smpte_plain", "tt_smpte_enc_hmac"])
def test_a_written_timed_text_has_the_sets_and_items_of_another_tools(
    golden: Path, tmp_path: Path, now: datetime, name: str
) -> None:
    facts = json.loads((golden / f"asdcp/{name}.json").read_text())
    key = None
    if facts["key_hex"]:
        key = ContentKey(id=UUID(facts["key_id"]), type="MDSK", value=bytes.fromhex(facts["key_hex"]))
    with TrackFile.open(golden / f"asdcp/{name}.mxf") as theirs:
        document, *data = [bytes(unit.data) for unit in theirs.units(key=key)]
        header = theirs.header
        descriptor = header.descriptor
        assert isinstance(descriptor, TimedTextDescriptor)
        assert descriptor.resource_id is not None and descriptor.namespace_uri is not None
        written = write_timed_text_file(
            tmp_path / "ours.mxf",
            document,
            [
                Resource(each.id, each.mime_type, content)
                for each, content in zip(descriptor.resources, data, strict=True)
            ],
            resource_id=descriptor.resource_id,
            namespace_uri=descriptor.namespace_uri,
            language=descriptor.languages,
            edit_rate=header.edit_rate,
            duration=header.container_duration,
            asset_id=header.asset_id,
            key=key,
            now=now,
        )
        assert written.size == facts["size"]
        with TrackFile.open(written.path) as ours:
            _compare_sets(theirs.layout.metadata.sets, ours.layout.metadata.sets, DIFFERENT_IN_TEXT)
            assert set(theirs.layout.metadata.primer.values()) == set(ours.layout.metadata.primer.values())
            assert ours.layout.random_index == theirs.layout.random_index
            assert len(ours.partitions) == 5
            for one, other in zip(theirs.partitions, ours.partitions, strict=True):
                different = {
                    each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
                }
                assert different <= set(DIFFERENT_PACKS) | set(DIFFERENT_TEXT_PACKS)
            assert theirs.index is not None and ours.index is not None
            assert (list(ours.index.offsets), ours.index.duration) == ([0], 1)
            assert (list(theirs.index.offsets), theirs.index.duration) == ([0], 1)


DIFFERENT_IN_TEXT = {
    **DIFFERENT_VALUES,
    "Track.track_number": "0 there; here the element's, as of the other kinds",
}
DIFFERENT_TEXT_PACKS = {
    "operational_pattern": "OP1a there in the resources' partitions; here that of the file",
    "body_offset": "the body's in the header pack of its encrypted file, 0 in its plain one and here",
}


def _compare_sets(
    theirs: tuple[HeaderSet, ...], ours: tuple[HeaderSet, ...], different: dict[str, str]
) -> None:
    assert [type(each) for each in ours] == [type(each) for each in theirs]
    for one, other in zip(theirs, ours, strict=True):
        kind = type(one).__name__
        for name, item in declared(type(one)).items():
            mine, other_value = getattr(one, name), getattr(other, name)
            assert (mine is None) == (other_value is None), f"{kind}.{name}"
            if item.type.name not in RANDOM_TYPES and f"{kind}.{name}" not in different:
                assert other_value == mine, f"{kind}.{name}"


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
