"""Timed text track files: what is written is read again; what cannot be one is refused without a trace."""

from __future__ import annotations

import hashlib
import os
import subprocess
import uuid
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, DocumentError, SourceError, UsageError
from dcp.mxf import labels
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.text_writer import (
    FONT_TYPE,
    IMAGE_TYPE,
    MAX_FILE,
    MAX_RESOURCES,
    Resource,
    write_timed_text_file,
)
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.rework.extract import unwrap
from dcp.secrets.keys import ContentKey, Keyring

NAMESPACE = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"
TEXT_ID = uuid.UUID("a1b2c3d4-0003-4000-8000-00000000f003")
FONT, IMAGE, OTHER = (uuid.UUID(f"a1b2c3d4-000{each}-4000-8000-00000000f00{each}") for each in (1, 2, 4))
RESOURCES = (
    Resource(FONT, FONT_TYPE, b"OTTO" + bytes(700)),
    Resource(IMAGE, IMAGE_TYPE, b"\x89PNG" + bytes(55)),
)

Write = Callable[..., WrittenTrackFile]


def document(
    id: uuid.UUID = TEXT_ID, fonts: tuple[Any, ...] = (FONT,), images: tuple[Any, ...] = (IMAGE,)
) -> bytes:
    loaded = "".join(
        f'<LoadFont ID="f{number}">urn:uuid:{each}</LoadFont>' for number, each in enumerate(fonts)
    )
    shown = "".join(f"<Image>urn:uuid:{each}</Image>" for each in images)
    return (
        f'<SubtitleReel xmlns="{NAMESPACE}"><Id>urn:uuid:{id}</Id><Language>en</Language>'
        f"<EditRate>24 1</EditRate>{loaded}<SubtitleList>"
        f'<Subtitle TimeIn="00:00:00:00" TimeOut="00:00:01:00">{shown}<Text>A</Text></Subtitle>'
        "</SubtitleList></SubtitleReel>"
    ).encode()


@pytest.fixture
def write(tmp_path: Path, asset_id: uuid.UUID, now: datetime) -> Write:
    def write(xml: bytes | None = None, resources: Any = RESOURCES, **options: Any) -> WrittenTrackFile:
        settings: dict[str, Any] = {
            "resource_id": TEXT_ID,
            "namespace_uri": NAMESPACE,
            "language": "en",
            "edit_rate": Fraction(24),
            "duration": 240,
            "asset_id": asset_id,
            "now": now,
        }
        data = document() if xml is None else xml
        return write_timed_text_file(tmp_path / "text.mxf", data, resources, **(settings | options))

    return write


@pytest.mark.parametrize("protection", ["plain", "encrypted", "authenticated"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_what_is_written_is_read(
    write: Write, make_key: Callable[..., ContentKey], protection: str, count: int
) -> None:
    key = make_key() if protection != "plain" else None
    xml = document(fonts=(FONT,)[:count], images=(IMAGE,)[: count - 1] if count else ())
    seen: list[int] = []
    written = write(xml, RESOURCES[:count], key=key, mic=protection == "authenticated", progress=seen.append)
    assert written.sha1 == hashlib.sha1(written.path.read_bytes()).digest()
    assert (written.size, written.container_duration) == (written.path.stat().st_size, 240)
    assert seen == list(range(1, count + 2))
    with TrackFile.open(written.path) as track:
        header, descriptor = track.header, track.header.descriptor
        policy: Any = "require" if protection == "authenticated" else "if-present"
        units = [
            (bytes(unit.data), unit.fault, unit.mic, unit.resource_id)
            for unit in track.units(key=key, mic=policy)
        ]
        assert track.index is not None and list(track.index.offsets) == [0]
    integrity = "ok" if protection == "authenticated" else "none"
    assert units == [
        (xml, None, integrity, None),
        *((each.data, None, integrity, each.id) for each in RESOURCES[:count]),
    ]
    assert (header.essence, header.encrypted) == ("timed_text", protection != "plain")
    assert (header.has_mic, header.key_id) == (protection == "authenticated", key.id if key else None)
    assert (header.container_duration, header.edit_rate, header.asset_id) == (240, 24, written.asset_id)
    assert isinstance(descriptor, TimedTextDescriptor)
    assert (descriptor.resource_id, descriptor.namespace_uri) == (TEXT_ID, NAMESPACE)
    assert (descriptor.languages, descriptor.ucs_encoding) == ("en", "UTF-8")
    assert [each.id for each in descriptor.resources] == [each.id for each in RESOURCES[:count]]


def test_every_resource_has_a_partition_and_the_next_sequence_number(
    write: Write, make_key: Callable[..., ContentKey]
) -> None:
    with TrackFile.open(write(key=make_key()).path) as track:
        kinds = [each.kind for each in track.partitions]
        assert kinds == ["header", "body", "generic_stream", "generic_stream", "footer"]
        assert [sid for sid, _ in track.layout.random_index] == [0, 1, 10, 11, 0]
        places = [each.this_partition for each in track.partitions]
        assert [each.previous_partition for each in track.partitions] == [0, 0, *places[1:4]]
        assert {each.footer_partition for each in track.partitions} == {places[-1]}
        data = track.path.read_bytes()
    assert data.count(bytes(labels.TRIPLET)) == 3
    numbers = [
        at for at in range(1, 4) if b"\x83\x00\x00\x08" + at.to_bytes(8, "big") + b"\x83\x00\x00\x14" in data
    ]
    assert numbers == [1, 2, 3]
    assert data.count(bytes(labels.ELEMENT_GENERIC_STREAM)) == 2  # as SourceKey
    assert data.count(b"OTTO") == 0


def test_the_same_input_gives_the_same_file(write: Write, make_key: Callable[..., ContentKey]) -> None:
    def fixed() -> Callable[[], bytes]:
        number = iter(range(10))
        return lambda: next(number).to_bytes(16, "big")

    one = write(key=make_key(), iv_source=fixed())
    first = one.path.read_bytes()
    one.path.unlink()
    assert write(key=make_key(), iv_source=fixed()).path.read_bytes() == first


def test_it_comes_apart_by_name(write: Write, make_key: Callable[..., ContentKey], tmp_path: Path) -> None:
    key = make_key()
    found = unwrap(write(key=key).path, tmp_path / "out", keyring=Keyring((key,)))
    assert found.files == ("text.xml", f"{FONT}.otf", f"{IMAGE}.png")
    assert (tmp_path / "out" / "text.xml").read_bytes() == document()
    assert (tmp_path / "out" / f"{FONT}.otf").read_bytes() == RESOURCES[0].data


def test_as_many_resources_as_a_header_can_name(write: Write) -> None:
    ids = [uuid.UUID(int=each + 1) for each in range(MAX_RESOURCES)]
    resources = [Resource(each, FONT_TYPE, each.bytes) for each in ids]
    written = write(document(fonts=(), images=()), resources)
    with TrackFile.open(written.path) as track:
        assert [unit.resource_id for unit in track.units()] == [None, *ids]
        assert len(track.layout.random_index) == MAX_RESOURCES + 3
    written.path.unlink()
    with pytest.raises(SourceError) as caught:
        write(document(fonts=(), images=()), [*resources, Resource(uuid.uuid4(), FONT_TYPE, b"x")])
    assert caught.value.id == "text-track.too-many"


HALF = bytes(15 * 1024 * 1024)

WRONG: list[tuple[str, type[DcpError], dict[str, Any]]] = [
    ("text-track.interop", UsageError, {"label_set": "interop"}),
    ("text-track.no-duration", UsageError, {"duration": 0}),
    ("mxf.edit-rate-not-positive", UsageError, {"edit_rate": Fraction(0)}),
    ("text-track.language", UsageError, {"language": "not a tag!"}),
    ("text-track.font-absent", SourceError, {"resources": RESOURCES[1:]}),
    ("text-track.image-absent", SourceError, {"resources": RESOURCES[:1]}),
    ("text-track.image-absent", SourceError, {"resources": (RESOURCES[0], Resource(IMAGE, FONT_TYPE, b"x"))}),
    ("text-track.twice", SourceError, {"resources": (*RESOURCES, RESOURCES[0])}),
    ("text-track.type", SourceError, {"resources": (*RESOURCES, Resource(OTHER, "image/jpeg", b"x"))}),
    ("text-track.resource-size", SourceError, {"resources": (*RESOURCES, Resource(OTHER, IMAGE_TYPE, b""))}),
    (
        "text-track.resource-size",
        SourceError,
        {"resources": (*RESOURCES, Resource(OTHER, IMAGE_TYPE, bytes(16 * 1024 * 1024)))},
    ),
    ("text-track.same-id", SourceError, {"asset_id": TEXT_ID}),
    ("text-track.same-id", SourceError, {"asset_id": FONT}),
    ("text-track.says-other", SourceError, {"resource_id": OTHER}),
    ("text-track.says-other", SourceError, {"namespace_uri": NAMESPACE.replace("2014", "2010")}),
    ("text-track.no-text", DocumentError, {"xml": b"<DCSubtitles/>"}),
    ("text-track.interop", DocumentError, {"xml": b"<DCSubtitle/>"}),
    ("text-track.no-text", DocumentError, {"xml": document().replace(b"428-7/2014", b"428-7/2044")}),
    ("text-track.no-id", DocumentError, {"xml": document().replace(b"Id>", b"Ix>")}),
    ("text-track.no-uuid", DocumentError, {"xml": document(images=("x",))}),
    ("text-track.document-size", SourceError, {"xml": bytes(16 * 1024 * 1024)}),
    ("text-track.empty", SourceError, {"xml": b"", "as_found": True}),
    ("xml.not-well-formed-because", DocumentError, {"xml": document()[:-5]}),
    ("xml.doctype", DocumentError, {"xml": b"<!DOCTYPE x>" + document()}),
]


@pytest.mark.parametrize(
    ("id", "kind", "options"), WRONG, ids=[f"{n}-{each[0]}" for n, each in enumerate(WRONG)]
)
def test_what_cannot_be_one_is_refused(
    write: Write, tmp_path: Path, id: str, kind: type[DcpError], options: dict[str, Any]
) -> None:
    with pytest.raises(kind) as caught:
        write(**options)
    assert caught.value.id == id
    assert list(tmp_path.iterdir()) == []


def test_too_much_for_players_is_refused_and_passed_on_as_found(write: Write, tmp_path: Path) -> None:
    large = [Resource(uuid.UUID(int=each + 1), IMAGE_TYPE, HALF) for each in range(MAX_FILE // len(HALF) + 1)]
    xml = document(fonts=(), images=())
    with pytest.raises(SourceError) as caught:
        write(xml, large)
    assert caught.value.id == "text-track.too-large" and list(tmp_path.iterdir()) == []
    assert write(xml, large, as_found=True).size > MAX_FILE


def test_a_text_of_another_file_is_passed_on_as_it_is(write: Write) -> None:
    """Neither its references nor what it says of itself is held against anything."""
    xml = document(id=OTHER, fonts=(OTHER,)) + b"<!-- and not even well formed"
    with TrackFile.open(write(xml, [Resource(FONT, "font/whatever", b"x")], as_found=True).path) as track:
        assert [bytes(unit.data) for unit in track.units()] == [xml, b"x"]
        descriptor = track.header.descriptor
    assert isinstance(descriptor, TimedTextDescriptor)
    assert descriptor.resources[0].mime_type == "font/whatever"


def test_the_writer_of_units_refuses_a_text(tmp_path: Path, asset_id: uuid.UUID, now: datetime) -> None:
    with pytest.raises(UsageError) as caught:
        write_track_file(
            tmp_path / "text.mxf",
            [b"x"],
            sizes=[1],
            descriptor=TimedTextDescriptor(TEXT_ID, NAMESPACE),
            edit_rate=Fraction(24),
            asset_id=asset_id,
            now=now,
        )
    assert caught.value.id == "text-track.not-units" and list(tmp_path.iterdir()) == []


def peer(program: str, oracle: Callable[[str], str]) -> str:
    """Of the folder of others' programs, where that is named."""
    folder = os.environ.get("DCPKIT_PEERS")
    return str(Path(folder) / program) if folder else oracle(program)


@pytest.mark.oracle
@pytest.mark.parametrize("encrypted", [False, True])
def test_asdcplib_takes_it_apart(
    write: Write,
    make_key: Callable[..., ContentKey],
    oracle: Callable[[str], str],
    tmp_path: Path,
    encrypted: bool,
) -> None:
    key = make_key()
    written = write(key=key if encrypted else None)
    options = ["-k", key.value().hex(), "-m"] if encrypted else []
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(
        [peer("asdcp-unwrap", oracle), *options, str(written.path), str(out / "text.xml")], check=True
    )
    assert (out / "text.xml").read_bytes() == document()
    for each in RESOURCES:
        assert (out / str(each.id)).read_bytes() == each.data
    info = subprocess.run(
        [peer("asdcp-info", oracle), "-i", "-d", str(written.path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "ContainerDuration: 240" in info and f"AssetID: {TEXT_ID}" in info
