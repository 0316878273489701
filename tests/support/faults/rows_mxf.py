"""What is wrong in the structure of track files: packs, primer, sets, index, keys."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from mxf_forms import OLD_FILL, Piece, pieces, write

from dcp.mxf import sets
from dcp.mxf.labels import FILL, INDEX_SEGMENT, same
from dcp.mxf.structure import SetView, Structure, read_structure
from faults.changes import Change, Copy, bytes_at
from faults.rows import Fault, Good

AT_UNIT_3 = 3


def structure_of(copy: Copy, role: str) -> Structure:
    found = read_structure(copy.path(role))
    assert found is not None
    return found


def found_set(copy: Copy, role: str, kind: type[sets.HeaderSet], number: int = 0) -> SetView:
    structure = structure_of(copy, role)
    if kind is sets.IndexTableSegment:
        return structure.segments[number]
    return list(structure.metadata.of(kind))[number]


def item(
    role: str, kind: type[sets.HeaderSet], name: str, new: bytes, *, at: int = 0, number: int = 0
) -> Change:
    """Other bytes in an item of a set. at: counted in its value."""

    def change(copy: Copy) -> None:
        place = found_set(copy, role, kind, number).at(name) + 4 + at
        bytes_at(role, place, new)(copy)

    return change


def in_set(role: str, kind: type[sets.HeaderSet], at: int, new: bytes) -> Change:
    """Other bytes in the key or length of a set."""
    return lambda copy: bytes_at(role, found_set(copy, role, kind).raw.offset + at, new)(copy)


def pack(role: str, number: int, at: int, new: bytes) -> Change:
    """Other bytes in a partition pack, counted in its value."""
    return lambda copy: bytes_at(
        role, structure_of(copy, role).partitions[number].pack.offset + 20 + at, new
    )(copy)


def primer(role: str, tag: int, at: int, new: bytes) -> Change:
    """Other bytes in an entry of the primer."""

    def change(copy: Copy) -> None:
        (one,) = structure_of(copy, role).header.primers
        number = [each for each, _ in one.entries].index(tag)
        bytes_at(role, one.offset + 28 + 18 * number + at, new)(copy)

    return change


def fill(role: str, at: int, new: bytes) -> Change:
    def change(copy: Copy) -> None:
        content = structure_of(copy, role).header.content
        bytes_at(role, next(each.offset for each in content if same(each.key, FILL)) + at, new)(copy)

    return change


def made_anew(role: str, do: Callable[[list[Piece]], list[Piece]], **more: object) -> Change:
    """The file written from other pieces, with counts and offsets that are right for them."""
    return lambda copy: write(_gone(copy, role), do(pieces(copy.base.root / copy.base.files[role])), **more)  # type: ignore[arg-type, return-value]


def _gone(copy: Copy, role: str):  # type: ignore[no-untyped-def]
    path = copy.path(role)
    path.unlink()
    return path


def _of(kind: type[sets.HeaderSet], parts: list[Piece]) -> int:
    return next(number for number, each in enumerate(parts) if same(each.key, kind.KEY))


def without_item(kind: type[sets.HeaderSet], tag: int) -> Callable[[list[Piece]], list[Piece]]:
    def do(parts: list[Piece]) -> list[Piece]:
        number = _of(kind, parts)
        value, at = parts[number].value, 0
        while int.from_bytes(value[at : at + 2], "big") != tag:
            at += 4 + int.from_bytes(value[at + 2 : at + 4], "big")
        end = at + 4 + int.from_bytes(value[at + 2 : at + 4], "big")
        return [
            *parts[:number],
            replace(parts[number], value=value[:at] + value[end:]),
            *parts[number + 1 :],
        ]

    return do


def with_orphan(parts: list[Piece]) -> list[Piece]:
    number = _of(sets.TimecodeComponent, parts)
    other = parts[number].value[:4] + UUID(int=77).bytes + parts[number].value[20:]
    return [*parts[: number + 1], replace(parts[number], value=other), *parts[number + 1 :]]


def with_stranger(parts: list[Piece]) -> list[Piece]:
    number = _of(sets.TimecodeComponent, parts)
    key = bytes(parts[number].key[:14]) + b"\x7e\x00"
    value = struct.pack(">HH", 0x3C0A, 16) + UUID(int=78).bytes
    return [*parts[: number + 1], Piece(key, value), *parts[number + 1 :]]


def with_form(form: int) -> Callable[[list[Piece]], list[Piece]]:
    def do(parts: list[Piece]) -> list[Piece]:
        return [replace(each, form=form) if same(each.key, INDEX_SEGMENT) else each for each in parts]

    return do


def of_old_fill(parts: list[Piece]) -> list[Piece]:
    return [replace(each, key=OLD_FILL) if same(each.key, FILL) else each for each in parts]


def same_id_twice(copy: Copy) -> None:
    """The second timecode has the id of the first, and its sequence refers to that."""
    first, second = (found_set(copy, "sound1", sets.TimecodeComponent, number) for number in (0, 1))
    assert first.uid is not None and second.uid is not None
    data = copy.read("sound1")
    copy.write("sound1", data.replace(second.uid.bytes, first.uid.bytes))


def unit_key(role: str, at: int, new: bytes, *, unit: int = AT_UNIT_3) -> Change:
    """Other bytes in the key of a unit, found by the index."""

    def change(copy: Copy) -> None:
        structure = structure_of(copy, role)
        entries = structure.segments[0].get("index_entry_array")[8:]
        offset = int.from_bytes(entries[11 * unit + 3 : 11 * unit + 11], "big")
        bytes_at(role, structure.partitions[1].end + offset + at, new)(copy)

    return change


PICTURE, SOUND = "picture1", "sound1"
INDEX = sets.IndexTableSegment
J2K = sets.JPEG2000PictureSubDescriptor

FAULTS = [
    Fault("MXF-001", "stereo", bytes_at(SOUND, 14, b"\x01"), note="open-header"),
    Fault("MXF-005", "stereo", pack(SOUND, 2, 16, struct.pack(">Q", 0))),
    Fault("MXF-005", "stereo", pack(SOUND, 0, 24, struct.pack(">Q", 20)), note="footer"),
    Fault("MXF-006", "stereo", pack(PICTURE, 2, 40, struct.pack(">Q", 9))),
    Fault("MXF-007", "stereo", pack(SOUND, 2, 60, struct.pack(">I", 5))),
    Fault("MXF-007", "stereo", pack(SOUND, 1, 52, struct.pack(">Q", 5)), note="offset"),
    Fault("MXF-008", "stereo", pack(SOUND, 1, 4, struct.pack(">I", 7))),
    Fault("MXF-008", "stereo", pack(SOUND, 1, 7 - 20, b"\x09"), note="version-of-its-key"),
    Fault("MXF-008", "stereo", pack(SOUND, 1, 15 - 20, b"\x09"), note="end-of-its-key"),
    Fault("MXF-009", "stereo", pack(SOUND, 2, 64 + 12, b"\x20")),
    Fault("MXF-010", "stereo", pack(SOUND, 2, 88 + 16 + 14, b"\x09")),
    Fault("MXF-010", "immersive", item("aux1", sets.PrivateDCDataDescriptor, "essence_container", b"\x01",
          at=14), note="unknown"),
    Fault("MXF-011", "stereo", lambda copy: copy.write(SOUND, copy.read(SOUND)[:-1] + b"\x3d")),
    Fault("MXF-011", "stereo", made_anew(PICTURE, list, random_index=False), note="none"),
    Fault("MXF-012", "stereo", lambda copy: copy.write(SOUND, copy.read(SOUND) + bytes(512))),
    Fault("MXF-013", "stereo", fill(PICTURE, 40, b"\x01")),
    Fault("MXF-014", "stereo", made_anew(PICTURE, with_form(1))),
    Fault("MXF-015", "stereo", primer(SOUND, 0x3D09, 2 + 12, b"\x07")),
    Fault("MXF-016", "stereo", lambda copy: bytes_at(
        PICTURE, found_set(copy, PICTURE, J2K).at("csize"), b"\x81\x00")(copy)),
    Fault("MXF-017", "stereo", made_anew(SOUND, with_stranger)),
    Fault("MXF-018", "stereo", in_set(SOUND, sets.WaveAudioDescriptor, 7, b"\x02")),
    Fault("MXF-019", "stereo", same_id_twice),
    Fault("MXF-020", "stereo", item(SOUND, sets.GenericTrack, "sequence", b"\xff\xff")),
    Fault("MXF-021", "stereo", made_anew(SOUND, without_item(sets.Identification, 0x3C04)), ("MXF-016",)),
    Fault("MXF-022", "stereo", made_anew(SOUND, with_orphan)),
    Fault("MXF-023", "stereo", item(SOUND, sets.SourceClip, "data_definition", b"\x03", at=12)),
    Fault("MXF-024", "stereo", item(SOUND, sets.Track, "track_number", b"\x15", number=3)),
    Fault("MXF-025", "stereo", item(SOUND, sets.Track, "origin", b"\x05", at=7)),
    Fault("MXF-026", "stereo", item(SOUND, sets.SourceClip, "duration", b"\x05", at=7)),
    Fault("MXF-027", "stereo", item(SOUND, sets.SourceClip, "start_position", b"\x05", at=7)),
    Fault("MXF-028", "stereo", item(SOUND, sets.SourceClip, "source_track_id", b"\x07", at=3)),
    Fault("MXF-029", "stereo", item(SOUND, sets.MaterialPackage, "package_uid", b"\x07", at=9)),
    Fault("MXF-030", "stereo", item(SOUND, sets.EssenceContainerData, "linked_package_uid", b"\x07", at=30)),
    Fault("MXF-031", "stereo", item(SOUND, sets.Preface, "version", b"\x07")),
    Fault("MXF-031", "stereo", item(SOUND, sets.Preface, "version", b"\x03", at=1), note="minor"),
    Fault("MXF-032", "stereo", item(SOUND, sets.Preface, "last_modified_date", struct.pack(">H", 1950))),
    Fault("MXF-033", "encrypted", item(
        PICTURE, sets.CryptographicContext, "cipher_algorithm", b"\x09", at=7)),
    Fault("MXF-035", "stereo", item(SOUND, sets.FileDescriptor, "linked_track_id", b"\x09", at=3)),
    Fault("MXF-036", "stereo", item(PICTURE, sets.RGBAEssenceDescriptor, "aspect_ratio", b"\x09", at=2)),
    Fault("MXF-037", "stereo", item(PICTURE, J2K, "coding_style_default", b"\x04", at=3)),
    Fault("MXF-038", "stereo", item(SOUND, sets.WaveAudioDescriptor, "avg_bps", b"\x04", at=2)),
    Fault("MXF-039", "stereo", item(
        SOUND, sets.AudioChannelLabelSubDescriptor, "mca_channel_id", b"\x09", at=3)),
    Fault("MXF-040", "smpte", item("text2", sets.TimedTextDescriptor, "ucs_encoding", b"\x00u")),
    Fault("MXF-041", "immersive", item("aux1", sets.DolbyAtmosSubDescriptor, "atmos_version", b"\x07")),
    Fault("MXF-042", "stereo", item(SOUND, INDEX, "index_start_position", b"\x01", at=7)),
    Fault("MXF-043", "stereo", item(PICTURE, INDEX, "index_entry_array", b"\x01", at=8 + 11 * 3 + 10)),
    Fault("MXF-044", "stereo", item(SOUND, INDEX, "edit_unit_byte_count", b"\x01", at=2)),
    Fault("MXF-045", "stereo", item(SOUND, INDEX, "index_edit_rate", b"\x19", at=3)),
    Fault("MXF-046", "stereo", item(SOUND, INDEX, "index_duration", b"\x05", at=7)),
    Fault("MXF-047", "stereo", item(SOUND, INDEX, "slice_count", b"\x01")),
    Fault("MXF-048", "stereo", item(PICTURE, INDEX, "index_entry_array", b"\x00", at=8 + 11 * 3 + 2)),
    Fault("MXF-049", "stereo", unit_key(PICTURE, 7, b"\x02")),
    Fault("MXF-049", "encrypted", unit_key(PICTURE, 20 + 36 + 7, b"\x02"), note="source-key"),
    Fault("MXF-049", "encrypted", unit_key("text1", 20 + 36 + 13, b"\x4b", unit=0), note="element"),
]  # fmt: skip
GOOD = [
    Good("timecode-of-an-hour", "stereo", item(
        SOUND, sets.TimecodeComponent, "start_timecode", struct.pack(">Q", 86_400)), ("MXF-027",)),
    Good("long-lengths", "stereo", made_anew(PICTURE, with_form(9)), ("MXF-014",)),
    Good("old-fill", "stereo", made_anew(PICTURE, of_old_fill), ("MXF-013",)),
    Good("index-without-end", "stereo", item(SOUND, INDEX, "index_duration", bytes(8))),
    Good("another-company", "stereo", item(SOUND, sets.Identification, "company_name", b"\x00K")),
]  # fmt: skip
