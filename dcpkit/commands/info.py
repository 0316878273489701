"""`dcpkit info`: what a folder, a track file or a document is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dcp.errors import DcpError, DocumentError, UsageError
from dcp.kinds import file_kind
from dcp.package.places import Place
from dcp.texts.system import why
from dcpkit.console import answer, complain, error_document, plain_lines
from dcpkit.options import A_PATH, common
from dcpkit.packages import all_packages, with_originals
from dcpkit.speaking import language

MXF_START = bytes.fromhex("060e2b34")


@click.command()
@click.argument("paths", metavar="PATH...", type=A_PATH, nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Everything that stands in it.")
@click.option("--ov", type=A_PATH, multiple=True, help="The original version that a version file builds on.")
@common
def info(paths: Sequence[Path], everything: bool, ov: Sequence[Path], as_json: bool, quiet: bool) -> int:
    """Say on one screen what PATH is: a package, a drive with packages, an MXF track file, an XML document.

    A version file finds its original beside it. --all says everything that stands in it.
    """
    places = [place.root for path in paths for place in _places(path, quiet=quiet)]
    documents: list[dict[str, Any]] = []
    codes = [0]
    for number, path in enumerate(places):
        try:
            document, lines = _about(path, ov, quiet=quiet)
        except DcpError as error:
            if len(places) == 1:
                raise
            complain(error, as_json=False, spoken=language())
            documents.append({"path": str(path), **error_document(error)})
            codes.append(error.exit_code)
            continue
        documents.append(document)
        if not as_json:
            rest = ["", *plain_lines(document)] if everything else []
            answer({}, [*([""] if number else []), *lines, *rest], as_json=False)
    if as_json:
        answer(documents[0] if len(places) == 1 else {"packages": documents}, [], as_json=True)
    return max(codes)


def _places(path: Path, *, quiet: bool) -> Sequence[Place]:
    """A document is told about as one: it does not stand for its package here."""
    return all_packages([path], quiet=quiet) if path.is_dir() else [Place(path)]


def _about(path: Path, ov: Sequence[Path], *, quiet: bool) -> tuple[dict[str, Any], list[str]]:
    """The whole document, and what fits on a screen."""
    if path.is_dir():
        from dcp.package.package import describe_package, open_package
        from dcpkit.summary import package_lines

        package = open_package(path, ov=with_originals(path, ov, quiet=quiet))
        document = {"kind": "package", **describe_package(package)}
        return document, list(package_lines(package, language()))
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise UsageError("flags.unreadable", where=path, why=why(error)) from None
    if start.startswith(MXF_START):
        return _track_file(path)
    from dcpkit.summary import document_lines

    document = _xml(path, start)
    return document, document_lines(document, language())


def _track_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    from dcp.documents.describe import describe
    from dcp.mxf.reader import TrackFile
    from dcpkit.summary import track_lines

    with TrackFile.open(path) as track:
        header = describe(track.header)
        assert isinstance(header, dict)
        document = {"kind": "track_file", "path": str(path), "size": track.size, **header}
        return document, track_lines(path, track.header, track.size, language())


def _xml(path: Path, start: bytes) -> dict[str, Any]:
    kind = file_kind(start)
    if kind is not None:
        raise DcpError("info.unknown-but", where=path, kind=kind)
    if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise DcpError("info.unknown", where=path)
    from dcp.documents import assetmap, cpl_reading, pkl, volindex
    from dcp.documents.describe import describe
    from dcp.xml.parse import local_name, parse_xml, read_document

    readers = {
        "AssetMap": assetmap.parse_asset_map,
        "VolumeIndex": volindex.parse_volume_index,
        "PackingList": pkl.parse_pkl,
        "CompositionPlaylist": cpl_reading.parse_cpl,
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
