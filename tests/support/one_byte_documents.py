"""One byte of a document changed: what kind of place it is; whether anything else says what stands there."""

from __future__ import annotations

import re

FREE = {
    "AnnotationText", "Issuer", "Creator", "LabelText", "OriginalFileName", "FullContentTitleText", "Agency",
    "Label", "Chain", "Distributor", "Facility",
}  # fmt: skip
NOBODYS_IDS = ("AssetMap/Id", "Reel/Id", "MainMarkers/Id", "CompositionMetadataAsset/Id", "ContentVersion/Id")
_HEX = "0123456789ABCDEFabcdef"
_COLOUR = re.compile(rb'Color="([0-9A-Fa-f]*)"')
_TAG = re.compile(rb"<(/?)([A-Za-z][\w:]*)[^<>]*?(/?)>|<[?!][^>]*>")


def kind_of(data: bytes, at: int) -> str:
    """What lies at a place of a document: `tag`, `blank`, or the path of the element whose text it is."""
    stack: list[str] = []
    end = 0
    for tag in _TAG.finditer(data):
        if at < tag.start():
            break
        end = tag.end()
        if at < end:
            if any(each.start(1) <= at - tag.start() < each.end(1) for each in _COLOUR.finditer(tag[0])):
                return "colour"
            return "declaration" if tag[0].startswith((b"<?", b"<!")) else "tag"
        if tag[2] and not tag[3]:
            if tag[1]:
                stack.pop()
            else:
                stack.append(tag[2].decode().rpartition(":")[2])
    following = data.find(b"<", end)
    if not data[end : following if following >= 0 else None].strip():
        return "blank"
    return "/".join(stack)


def allowed(kind: str, old: int, new: int) -> str | None:
    """The kind of docs/verify.md where nothing else says what stands there. None: it has to be noticed."""
    last = kind.rpartition("/")[2]
    if kind == "blank":
        return "blanks"
    if kind == "declaration" and chr(old).lower() == chr(new).lower():
        return "letter case of the encoding's name"
    if last in FREE:
        return "texts for people"
    if kind.endswith(NOBODYS_IDS):
        return "ids that nothing refers to"
    if last == "IssueDate":
        return "another plausible date of issue"
    if last == "Type" and kind.startswith("PackingList"):
        return "media types"
    if last == "Language":
        return "languages"
    if last in ("Name", "Value", "VersionNumber"):
        return "what metadata say of themselves"
    if kind.endswith(("MainPictureActiveArea/Width", "MainPictureActiveArea/Height")):
        return "an active area inside the picture"
    if kind == "DCSubtitle/Font/Subtitle/Text":
        return "essence in the clear"
    if kind == "colour" and chr(new) in _HEX:
        return "colours of texts"
    return None
