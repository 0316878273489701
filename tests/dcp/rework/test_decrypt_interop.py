"""Interop packages: pictures and sound are decrypted, loose subtitles come along with what they name."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from kinds_packed import PNG
from packages_packed import NOW, facts, media

from dcp.documents.assetmap import parse_asset_map, write_asset_map
from dcp.documents.pkl import TYPES, parse_pkl, write_pkl
from dcp.errors import TrackFileError
from dcp.package.package import Package, open_package
from dcp.packing.composition import composition
from dcp.packing.facts import PlayedTrack
from dcp.packing.package import PackedFile, write_package
from dcp.rework.decrypt import decrypt_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

KEYS = Keyring((ContentKey.generate("MDIK"), ContentKey.generate("MDAK")))
SUBTITLE, FONT, IMAGE = (uuid.UUID(f"0badcafe-000{n}-4000-8000-00000000feed") for n in range(1, 4))
TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<DCSubtitle Version="1.0"><SubtitleID>{SUBTITLE}</SubtitleID><MovieTitle>Film</MovieTitle>
<ReelNumber>1</ReelNumber><Language>French</Language><LoadFont Id="f" URI="font.ttf"/>
<Font Id="f"><Subtitle SpotNumber="1" TimeIn="00:00:00:010" TimeOut="00:00:00:200">
<Image VAlign="bottom" VPosition="8">{IMAGE}.png</Image></Subtitle></Font></DCSubtitle>
"""


def interop(
    root: Path,
    *,
    font_listed: bool = True,
    folder: str = str(SUBTITLE),
    subtitle_key: uuid.UUID | None = None,
) -> Package:
    """A second of picture and sound, encrypted, with a subtitle that has a font and a picture beside it.

    subtitle_key: what the playlist says of it.
    """
    parts = media(root, "a", standard="interop", keys=KEYS.keys)
    files = list(parts.files)
    (root / folder).mkdir(exist_ok=True)
    for id, name, data, kind in (
        (SUBTITLE, f"{SUBTITLE}.xml", TEXT.encode(), "Subtitle"),
        (FONT, "font.ttf", b"\0\1\0\0" + bytes(200), "Font"),
        (IMAGE, f"{IMAGE}.png", PNG, "Image"),
    ):
        (root / folder / name).write_bytes(data)
        digest = hashlib.sha1(data).digest()
        files.append(
            PackedFile(id, (Path(folder) / name).as_posix(), len(data), digest, TYPES["interop"][kind])
        )
    text = PlayedTrack(id=SUBTITLE, length=24, key_id=subtitle_key, language="fr", kind="MainSubtitle")
    film = facts(
        replace(parts.reel, others=(text,)), standard="interop", title="Film", subtitle_languages=("fr",)
    )
    write_package(
        root,
        files=files,
        compositions=[composition(film, id=uuid.uuid4(), now=NOW)],
        standard="interop",
        now=NOW,
        annotation="Film",
    )
    if not font_listed:
        unlist(root)
    return open_package(root)


def unlist(root: Path) -> None:
    """The font is in the map and in no packing list."""
    (path,) = root.glob("pkl*.xml")
    pkl = parse_pkl(path.read_bytes(), where=path)
    entries = tuple(each for each in pkl.asset_list if each.id != FONT)
    path.write_bytes(write_pkl(replace(pkl, asset_list=entries)))
    path = root / "ASSETMAP"
    asset_map = parse_asset_map(path.read_bytes(), where=path)
    bare = tuple(
        replace(each, chunk_list=(replace(each.chunk_list[0], length=None),)) for each in asset_map.asset_list
    )
    path.write_bytes(write_asset_map(replace(asset_map, asset_list=bare)))


def findings(root: Path) -> set[tuple[str, str]]:
    found = verify_package(root, now=NOW).findings
    return {(each.severity, each.id) for each in found if each.severity != "info"}


@pytest.mark.parametrize("font_listed", [True, False], ids=["listed", "in the map alone"])
def test_a_loose_subtitle_keeps_its_files_their_names_and_ids(tmp_path: Path, font_listed: bool) -> None:
    source = interop(tmp_path / "in", font_listed=font_listed)
    done = decrypt_package(source, tmp_path / "out", keyring=KEYS, now=NOW)
    plain = open_package(done.root)
    assert len(done.assets) == 2 and plain.standard == "interop"
    for id in (SUBTITLE, FONT, IMAGE):
        was, now = source.require(id), plain.require(id)
        assert now.relative_to(done.root) == was.relative_to(source.root)
        assert now.read_bytes() == was.read_bytes()
    entries = {entry.id: entry for pkl in plain.packing_lists for entry in pkl.asset_list}
    for id, kind in ((SUBTITLE, "Subtitle"), (FONT, "Font"), (IMAGE, "Image")):
        assert entries[id].type == TYPES["interop"][kind]
    (asset,) = (asset for asset in plain.compositions[0].assets if asset.kind == "MainSubtitle")
    assert asset.id == SUBTITLE
    assert not any(asset.encrypted for asset in plain.compositions[0].assets)
    assert findings(done.root) <= findings(source.root)


def test_what_a_subtitle_names_and_no_map_lists_comes_along_and_is_listed(tmp_path: Path) -> None:
    source = interop(tmp_path / "in")
    path = source.root / "ASSETMAP"
    asset_map = parse_asset_map(path.read_bytes(), where=path)
    assets = tuple(
        replace(each, chunk_list=(replace(each.chunk_list[0], length=None),))
        for each in asset_map.asset_list
        if each.id not in (FONT, IMAGE)
    )
    path.write_bytes(write_asset_map(replace(asset_map, asset_list=assets)))
    (path,) = source.root.glob("pkl*.xml")
    pkl = parse_pkl(path.read_bytes(), where=path)
    entries = tuple(each for each in pkl.asset_list if each.id not in (FONT, IMAGE))
    path.write_bytes(write_pkl(replace(pkl, asset_list=entries)))
    done = decrypt_package(open_package(source.root), tmp_path / "out", keyring=KEYS, now=NOW)
    assert ("rework.now-listed", 2) in [(note.id, note.places.get("n")) for note in done.notes]
    listed = {
        path.relative_to(done.root).as_posix(): id for id, path in open_package(done.root).files.items()
    }
    (new,) = open_package(done.root).packing_lists
    for name, kind in (("font.ttf", "Font"), (f"{IMAGE}.png", "Image")):
        entry = new.asset(listed[f"{SUBTITLE}/{name}"])
        assert entry is not None and entry.type == TYPES["interop"][kind]
    assert findings(done.root) <= findings(source.root)


def test_a_track_file_in_the_subtitles_folder_is_named_anew_and_the_folder_is_not(tmp_path: Path) -> None:
    """The folder is named by the subtitle's id, which stays."""
    source = interop(tmp_path / "in", folder="text")
    picture = next(asset for asset in source.compositions[0].assets if asset.kind == "MainPicture")
    path = source.require(picture.id)
    path.rename(source.root / "text" / f"{picture.id}.mxf")
    map_path = source.root / "ASSETMAP"
    map_path.write_bytes(map_path.read_bytes().replace(path.name.encode(), f"text/{picture.id}.mxf".encode()))
    done = decrypt_package(open_package(source.root), tmp_path / "out", keyring=KEYS, now=NOW)
    new = done.assets[picture.id]
    assert (done.root / "text" / f"{new}.mxf").is_file()


def test_a_subtitle_that_names_the_packages_documents_takes_none_of_them_along(tmp_path: Path) -> None:
    source = interop(tmp_path / "in", folder=".")
    (pkl_path,) = source.root.glob("pkl*.xml")
    path = source.require(SUBTITLE)
    names = ("ASSETMAP", "VOLINDEX", pkl_path.name, "../out.ttf")
    fonts = "".join(f'<LoadFont Id="{n}" URI="{name}"/>' for n, name in enumerate(names))
    path.write_text(TEXT.replace("<Font Id", f"{fonts}<Font Id"))
    (tmp_path / "out.ttf").write_bytes(b"x")
    pkl = parse_pkl(pkl_path.read_bytes(), where=pkl_path)
    data = path.read_bytes()
    entries = tuple(
        replace(each, hash=hashlib.sha1(data).digest(), size=len(data)) if each.id == SUBTITLE else each
        for each in pkl.asset_list
    )
    pkl_path.write_bytes(write_pkl(replace(pkl, asset_list=entries)))
    done = decrypt_package(open_package(source.root), tmp_path / "out", keyring=KEYS, now=NOW)
    assert "rework.now-listed" not in [note.id for note in done.notes]
    assert len(open_package(done.root).files) == len(source.files)


def test_a_loose_subtitle_that_the_playlist_calls_encrypted_is_refused(tmp_path: Path) -> None:
    source = interop(tmp_path / "in", subtitle_key=KEYS.keys[0].id)
    with pytest.raises(TrackFileError, match="no track file"):
        decrypt_package(source, tmp_path / "out", keyring=KEYS, now=NOW)
    assert not (tmp_path / "out").exists()
