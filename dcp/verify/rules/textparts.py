"""The fonts and pictures of timed text, in its track file or beside an Interop document: all that are named
are there, and are what they should be.
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from dcp.errors import DocumentError, SourceError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import Unit
from dcp.text.pictures import check_png
from dcp.text.references import INTEROP_ROOT, read_loose_references, read_references
from dcp.text.subset import MOST_BYTES
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, judged, package_rule, unit_rule

OPENTYPE = (b"\0\1\0\0", b"OTTO", b"true", b"ttcf")
MOST_FONTS = 10 * 1024 * 1024
_SHOWN = 5

judged("TT-039", severity="error")
judged("TT-040", severity="info")
judged("TT-042", severity="error")
judged("TT-043", severity="info", bv21="error", clause="RDD 52 7.2.1")


@unit_rule("TT-055", severity="error", clause="ST 429-5")
def parts_of_text(track: TrackFacts) -> UnitCheck | None:
    header = track.header
    if header is None or not isinstance(header.descriptor, TimedTextDescriptor) or not track.readable:
        return None
    types = {each.id: each.mime_type.lower() for each in header.descriptor.resources}
    fonts: list[int] = []

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            if sum(fonts) > MOST_FONTS:
                yield hit("TT-043.size", file=track.name, rule="TT-043", size=sum(fonts), most=MOST_FONTS)
        elif unit.fault is not None:
            return
        elif unit.resource_id is not None:
            yield from _part(track.name, unit.resource_id, types.get(unit.resource_id, ""), unit.data)
            if "font" in types.get(unit.resource_id, ""):
                fonts.append(len(unit.data))
        elif unit.index == 0:
            yield from _absent(track.name, bytes(unit.data), types)

    return check


def _absent(file: str, document: bytes, held: Iterable[uuid.UUID]) -> Iterable[Hit]:
    try:
        named = read_references(document, where=file)
    except DocumentError:
        return  # for the rule that reads the text
    here = set(held)
    for id, wanted in (("TT-055.font", named.fonts), ("TT-055.picture", named.images)):
        absent = [each for each in wanted if each not in here]
        if absent:
            yield hit(id, file=file, n=len(absent), ids=", ".join(map(str, absent[:_SHOWN])))


def _part(file: str, id: uuid.UUID, type: str, data: memoryview) -> Iterable[Hit]:
    if type == "image/png":
        try:
            check_png(bytes(data), str(id))
        except SourceError as error:
            severe = error.id in ("png.none", "png.cut", "png.damaged")
            yield Hit(
                error, file=file, place=str(id), rule="TT-042", severity="error" if severe else "warning"
            )
    elif "font" in type:
        if bytes(data[:4]) not in OPENTYPE:
            yield hit("TT-039.none", file=file, place=str(id), rule="TT-039")
        if len(data) > MOST_BYTES:
            yield hit("TT-040.size", file=file, place=str(id), rule="TT-040", size=len(data), most=MOST_BYTES)


@package_rule("TT-038", severity="error")
def parts_beside_text(facts: PackageFacts) -> Outcome:
    """Of Interop documents; what is there and in no asset map does not reach the next machine."""
    survey = facts.survey
    present = {each.name for each in survey.entries if each.kind != "folder"}
    listed = {survey.relative(each) for each in survey.files.values()}
    for document in survey.documents:
        if document.kind != "other" or b"<" + INTEROP_ROOT.encode() not in document.data[:4096]:
            continue
        try:
            named = read_loose_references(document.data, where=document.name)
        except DocumentError:
            continue  # for the rule that reads the text
        fonts = [(name, unquote(name)) for name in named.fonts]
        images = [(f"{each}.png", f"{each}") for each in named.images]
        yield from _beside(document.name, "TT-038", fonts, present, listed)
        yield from _beside(document.name, "TT-042", images, present, listed)


def _beside(
    file: str, rule: str, wanted: Iterable[tuple[str, ...]], present: set[str], listed: set[str]
) -> Iterator[Hit]:
    """wanted: the names that each may have, the usual one first."""
    folder = posixpath.dirname(file)
    for names in wanted:
        places = {posixpath.normpath(posixpath.join(folder, name)) for name in names}
        if not places & present:
            yield hit("TT-038.absent", file=file, rule=rule, name=names[0])
        elif not places & listed:
            yield hit("TT-038.unlisted", file=file, rule=rule, severity="warning", name=names[0])
