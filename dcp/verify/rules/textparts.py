"""The resources of timed text: all that are named are there, pictures are PNG files that players take."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dcp.mxf.descriptors import PictureDescriptor
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, package_rule
from dcp.verify.timedtext.played import documents, played
from dcp.verify.timedtext.values import FoundText, Part

_SHOWN = 5
_NO_PICTURE = ("png.none", "png.cut", "png.damaged")


@package_rule("TT-055", severity="error", clause="ST 429-5")
def resources_are_there(facts: PackageFacts) -> Outcome:
    """Of texts in track files: what is named is in the file; what is in the file is named."""
    for text, document in documents(facts):
        if not text.wrapped:
            continue
        held = set(text.types) | {part.resource for part in text.parts}
        fonts = [font.resource for font in document.fonts if isinstance(font.resource, uuid.UUID)]
        for id, wanted in (("TT-055.font", fonts), ("TT-055.picture", list(document.images))):
            absent = [each for each in dict.fromkeys(wanted) if each not in held]
            if absent:
                yield hit(id, file=text.file, n=len(absent), ids=", ".join(map(str, absent[:_SHOWN])))
        named = {*fonts, *document.images}
        idle = [part for part in text.parts if part.resource not in named]
        if idle:
            ids = ", ".join(part.name for part in idle[:_SHOWN])
            yield hit("TT-055.idle", file=text.file, severity="info", n=len(idle), ids=ids)


@package_rule("TT-042", severity="error", clause="CineCanvas 2.17")
def pictures_are_png(facts: PackageFacts) -> Outcome:
    sizes: dict[str, tuple[int, int]] = {}
    for each in played(facts):
        picture = each.reference.reel.picture
        header = facts.header_of(picture.id) if picture is not None else None
        if header is not None and isinstance(header.descriptor, PictureDescriptor):
            sizes.setdefault(
                each.text.file, (header.descriptor.stored_width, header.descriptor.stored_height)
            )
    for text in facts.texts:
        for part in text.parts:
            yield from _picture(text, part, sizes.get(text.file))


def _picture(text: FoundText, part: Part, size: tuple[int, int] | None) -> Iterator[Hit]:
    if part.kind == "font":
        return
    if part.error is not None:
        severe = part.error.id in _NO_PICTURE
        yield Hit(part.error, file=text.file, place=part.name, severity="error" if severe else "warning")
    elif part.picture is not None and size is not None:
        across, down = size
        if part.picture.width > across or part.picture.height > down:
            yield hit(
                "TT-042.larger",
                file=text.file,
                place=part.name,
                severity="warning",
                width=part.picture.width,
                height=part.picture.height,
                across=across,
                down=down,
            )
