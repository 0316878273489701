"""Interop's loose files: how they lie, how the packing list has them, and what is refused."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fonts_made import small_font
from packages_packed import NOW, facts, media, write
from texts_made import png
from verified import UNSIGNED

from dcp.errors import DcpError, DocumentError, PathError, SourceError
from dcp.package.package import open_package
from dcp.packing.facts import PlayedTrack
from dcp.text.limits import MOST_FONT_BYTES
from dcp.text.loose import loose_files, write_loose_files
from dcp.verify.engine import verify_package

ID, IMAGE = (
    uuid.UUID("a6c58cff-3e1e-4b38-acec-a42224475ef6"),
    uuid.UUID("dd015243-ab77-435c-a13d-690566885121"),
)
FONTS, IMAGES = {"font.ttf": small_font(), "other.ttf": b"x"}, {IMAGE: png()}


def document(id: object = ID, font: str = "font.ttf", image: str = f"{IMAGE}.png") -> bytes:
    return (
        f'<DCSubtitle Version="1.0"><SubtitleID>{id}</SubtitleID><MovieTitle>One</MovieTitle>'
        f'<ReelNumber>1</ReelNumber><Language>English</Language><LoadFont Id="F" URI="{font}"/><Font Id="F">'
        '<Subtitle SpotNumber="1" TimeIn="00:00:00:050" TimeOut="00:00:00:200" FadeUpTime="0">'
        f'<Text VAlign="bottom" VPosition="8">Hi</Text><Image VAlign="top" VPosition="8">{image}</Image>'
        "</Subtitle></Font></DCSubtitle>"
    ).encode()


def test_the_files_lie_in_a_folder_of_the_texts_id(tmp_path: Path) -> None:
    files = loose_files(document(), fonts=FONTS, images=IMAGES)
    assert [(each.id, each.kind, each.name) for each in files if each.kind != "Font"] == [
        (ID, "Subtitle", f"{ID}/text.xml"),
        (IMAGE, "Image", f"{ID}/{IMAGE}.png"),
    ]
    packed = write_loose_files(tmp_path, files)
    assert [each.type for each in packed] == ["text/xml;asdcpKind=Subtitle", "application/ttf", "image/png"]
    for each, file in zip(packed, files, strict=True):
        data = (tmp_path / each.name).read_bytes()
        assert (data, each.size, each.sha1) == (file.data, len(data), hashlib.sha1(data).digest())
    assert len(list(tmp_path.rglob("*.*"))) == 3  # what nothing refers to is left out
    assert [each.id for each in files] == [
        each.id for each in loose_files(document(), fonts=FONTS, images=IMAGES)
    ]
    other = loose_files(document(id=uuid.uuid4()), fonts=FONTS, images=IMAGES)
    assert other[1].id != files[1].id


def test_a_package_with_them_is_clean(tmp_path: Path) -> None:
    root = tmp_path / "package"
    made = media(root, standard="interop")
    texts = write_loose_files(root, loose_files(document(), fonts=FONTS, images=IMAGES))
    text = PlayedTrack(ID, 24, language="en", kind="MainSubtitle", sha1=texts[0].sha1)
    film = facts(replace(made.reel, others=(text,)), standard="interop")
    write(root, [replace(made, files=(*made.files, *texts))], [film])
    package = open_package(root)
    assert [package.locate(each.id) for each in texts] == [root / each.name for each in texts]
    found = [(each.id, each.severity, each.say()) for each in verify_package(root, now=NOW).findings]
    assert [each for each in found if each[1] != "info" and each[0] not in UNSIGNED] == []


WRONG: list[tuple[str, type[DcpError], dict[str, Any]]] = [
    ("text-track.loose-font-absent", SourceError, {"fonts": {}}),
    ("text-track.image-absent", SourceError, {"images": {}}),
    ("text.font-too-large", SourceError, {"fonts": {"font.ttf": bytes(MOST_FONT_BYTES + 1)}}),
    ("text-track.no-loose-text", DocumentError, {"document": b"<SubtitleReel/>"}),
    ("text-track.no-id", DocumentError, {"document": b"<DCSubtitle/>"}),
    ("text-track.no-uuid", DocumentError, {"document": document(id="1")}),
    ("text-track.no-uuid", DocumentError, {"document": document(image="picture.png")}),
    ("path.climbs-out", PathError, {"document": document(font="../font.ttf")}),
    ("path.absolute", PathError, {"document": document(font="/font.ttf")}),
    ("path.empty", PathError, {"document": document(font="")}),
]


@pytest.mark.parametrize(
    ("id", "kind", "options"), WRONG, ids=[f"{number}-{each[0]}" for number, each in enumerate(WRONG)]
)
def test_what_is_not_there_or_leads_elsewhere_is_refused(
    id: str, kind: type[DcpError], options: dict[str, Any]
) -> None:
    with pytest.raises(kind) as caught:
        loose_files(
            options.get("document", document()), **({"fonts": FONTS, "images": IMAGES} | _rest(options))
        )
    assert caught.value.id == id


def _rest(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "document"}


def test_nothing_is_written_over(tmp_path: Path) -> None:
    files = loose_files(document(), fonts=FONTS, images=IMAGES)
    write_loose_files(tmp_path, files)
    with pytest.raises(DcpError) as caught:
        write_loose_files(tmp_path, files)
    assert caught.value.id == "output.cannot-write" and "text.xml" in str(caught.value.where)
