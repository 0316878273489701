"""`dcpkit info`: what a folder, a track file or a document is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dcp.errors import DcpError, DocumentError, UsageError
from dcp.texts.system import why
from dcpkit.console import answer, plain_lines
from dcpkit.options import A_PATH, common

MXF_START = bytes.fromhex("060e2b34")


@click.command()
@click.argument("path", type=A_PATH)
@common
def info(path: Path, as_json: bool, quiet: bool) -> None:
    """Say what PATH is: a package folder, an MXF track file, or an XML document."""
    summary: list[str] = []
    if path.is_dir():
        document, summary = _package(path)
    else:
        try:
            with path.open("rb") as stream:
                start = stream.read(64)
        except OSError as error:
            raise UsageError("flags.unreadable", where=path, why=why(error)) from None
        document = _track_file(path) if start.startswith(MXF_START) else _xml(path, start)
    answer(document, [*summary, *plain_lines(document)], as_json=as_json)


def _package(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The document, and a few lines that say the most of it."""
    from dcp.package.package import describe_package, open_package

    package = open_package(path)
    summary = [f"{path}: a package, {package.standard}"]
    for cpl in package.compositions:
        seconds = float(
            sum(reel.picture.duration / reel.picture.edit_rate for reel in cpl.reels if reel.picture)
        )
        summary.append(f"  {cpl.content_title_text} ({cpl.content_kind}), composition {cpl.id}")
        locked = f"encrypted, {len(cpl.key_ids)} keys" if cpl.encrypted else "in the clear"
        summary.append(f"  {len(cpl.reels)} reels, {seconds:.1f} s, {locked}")
    return {"kind": "package", **describe_package(package)}, [*summary, ""]


def _track_file(path: Path) -> dict[str, Any]:
    from dcp.documents.describe import describe
    from dcp.mxf.reader import TrackFile

    with TrackFile.open(path) as track:
        header = describe(track.header)
        assert isinstance(header, dict)
        return {"kind": "track_file", "path": str(path), "size": track.size, **header}


def _xml(path: Path, start: bytes) -> dict[str, Any]:
    if b"<" not in start and not start.startswith(b"\xef\xbb\xbf"):
        raise DcpError("info.unknown", where=path)
    from dcp.documents import assetmap, cpl, pkl, volindex
    from dcp.documents.describe import describe
    from dcp.xml.parse import local_name, parse_xml, read_document

    readers = {
        "AssetMap": assetmap.parse_asset_map,
        "VolumeIndex": volindex.parse_volume_index,
        "PackingList": pkl.parse_pkl,
        "CompositionPlaylist": cpl.parse_cpl,
    }
    data = read_document(path)
    name = local_name(parse_xml(data, where=path))
    if name == "DCinemaSecurityMessage":
        from kdm.message import parse_message

        value: object = parse_message(data, where=path)
    elif name in readers:
        value = readers[name](data, where=path)
    else:
        raise DocumentError("info.unknown-root", name=name, where=path)
    document = describe(value)
    assert isinstance(document, dict)
    return {"kind": name, "path": str(path), **document}
