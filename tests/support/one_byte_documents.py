"""One byte of a document changed: what kind of place it is; whether anything else says what stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from faults.bases import NOW

from dcp.text.language_tags import wrong_tag

FREE = (
    "AnnotationText",
    "Issuer",
    "Creator",
    "LabelText",
    "OriginalFileName",
    "Rating/Label",
    "Chain",
    "Distributor",
    "Facility",
)
NOBODYS_IDS = ("AssetMap/Id", "Reel/Id", "MainMarkers/Id", "CompositionMetadataAsset/Id", "ContentVersion/Id")
FONT_TYPES = ("font", "ttf", "otf", "type", "sfnt", "stream")
BEGUN = datetime(2000, 1, 1, tzinfo=UTC)
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


def allowed(data: bytes, at: int, new: int) -> str | None:
    """The kind of docs/verify.md where nothing else says what stands there. None: it has to be noticed.

    data: the document as it was; new: what its byte `at` becomes.
    """
    kind, old = kind_of(data, at), data[at]
    last = kind.rpartition("/")[2]
    if kind == "blank":
        return "blanks"
    if kind == "declaration" and chr(old).lower() == chr(new).lower():
        return "letter case of the encoding's name"
    if kind.endswith(FREE):
        return "texts for people"
    if kind.endswith(NOBODYS_IDS):
        return "ids that nothing refers to"
    was, becomes = _text_at(data, at, old), _text_at(data, at, new)
    if last == "IssueDate" and _plausible(becomes):
        return "another plausible date of issue"
    if last == "Type" and kind.startswith("PackingList") and _same_type(was.lower(), becomes.lower()):
        return "media types"
    if last == "Language" and "MainSound" in kind and wrong_tag(becomes) is None:
        return "languages"
    if last == "VersionNumber" and becomes.isdigit() and int(becomes):
        return "what metadata say of themselves"
    if kind.endswith(("MainPictureActiveArea/Width", "MainPictureActiveArea/Height")):
        return "an active area inside the picture"
    if kind.endswith("MainSubtitle/IntrinsicDuration") and b"digicine" in data and becomes.isdigit():
        return "the length of a loose text, beyond what is played of it"
    if kind == "DCSubtitle/Font/Subtitle/Text":
        return "essence in the clear"
    if kind == "colour" and chr(new) in _HEX:
        return "colours of texts"
    return None


def _text_at(data: bytes, at: int, new: int) -> str:
    """The text of an element once its byte `at` is another."""
    changed = bytearray(data)
    changed[at] = new
    start, end = data.rfind(b">", 0, at) + 1, data.find(b"<", at)
    return changed[start:end].decode("utf-8", "replace").strip()


def _plausible(date: str) -> bool:
    try:
        return BEGUN <= datetime.fromisoformat(date) <= NOW
    except (ValueError, TypeError):  # no date, or of no zone
        return False


def _same_type(was: str, becomes: str) -> bool:
    """In other letters; or another of the names that fonts have."""
    fonts = all(any(part in each for part in FONT_TYPES) for each in (was, becomes))
    return was == becomes or fonts
