"""The documents' schemas as tables: which elements, in which order, how often, and what their text must be.

`violations` judges a document that parses as XML and names every place at fault, where a reader stops at the
first. Signatures are not looked into here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.documents.cpl import ASSET_NAMESPACES
from dcp.documents.namespaces import Standard
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import XMLDSIG, element_path, elements, local_name, namespace_of, text_of
from dcp.xml.values import parse_base64, parse_date_time, parse_integer, parse_rational, parse_uuid_urn

Check = Callable[[str], Text | None]
"""A value to what is wrong with it, None when nothing is."""

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MAX_VIOLATIONS = 100
MAX_ALIKE = 10
"""So many places with the same fault are named; of more, the last one named says how many follow."""


@dataclass(frozen=True)
class Violation:
    """One place that breaks the schema. path: of the element; text: what is wrong there. more: how many
    further places, not named, have the same fault."""

    path: str
    text: Text
    more: int = 0

    @property
    def message(self) -> str:
        """What is wrong there, in English."""
        return self.text.say()


@dataclass(frozen=True)
class Particle:
    """An element of a sequence: how often it stands there (`high` None: any number), what it holds."""

    name: str
    content: Check | Sequence[Particle] | None = None
    low: int = 1
    high: int | None = 1
    namespace: str | None = None
    attributes: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    """The attributes that have to be there, and those that may."""
    foreign: bool = False
    """Elements of other namespaces may stand anywhere in it: the schema has them at its end, and real 3D
    playlists have the picture, which is one, before the sound."""


def violations(root: etree._Element) -> list[Violation]:
    """Everything that breaks the schema of an asset map, volume index, packing list or playlist.

    Of a namespace that is not known, the schema is that of the standard it looks like; nothing is said of a
    document of another kind.
    """
    name, namespace = local_name(root), namespace_of(root)
    found = _Found()
    schema = _SCHEMAS.get((name, namespace))
    if schema is None and (name, "smpte") in _BY_LOOKS:
        found.add(root, name, "xml.namespace-unknown", namespace=namespace)
        schema = _BY_LOOKS[name, ns.looks_like(namespace)]
    if schema is not None:
        _element(root, schema, name, found)
    return found.all()


class _Found:
    """Violations as they come, bounded: of one fault in one kind of place only the first are named."""

    def __init__(self) -> None:
        self._alike: dict[tuple[object, ...], list[Violation]] = {}
        self._more: dict[tuple[object, ...], int] = {}
        self._order: list[Violation] = []

    @property
    def full(self) -> bool:
        return len(self._order) >= MAX_VIOLATIONS

    def add(self, element: etree._Element, trail: str, id: str, **places: object) -> None:
        """trail: the names on the way to the element, without their numbers."""
        fault = places.get("fault")
        key = (trail, id, places.get("name"), fault.id if isinstance(fault, Text) else None)
        alike = self._alike.setdefault(key, [])
        if len(alike) < MAX_ALIKE and not self.full:
            violation = Violation(element_path(element), text(id, **places))
            alike.append(violation)
            self._order.append(violation)
        elif alike:
            self._more[key] = self._more.get(key, 0) + 1

    def all(self) -> list[Violation]:
        last = {id(self._alike[key][-1]): more for key, more in self._more.items()}
        return [replace(each, more=last[id(each)]) if id(each) in last else each for each in self._order]


def _foreign_asset(name: str, namespace: str) -> Particle | None:
    if namespace not in ASSET_NAMESPACES.get(name, ()):
        return None
    if name == "MainStereoscopicPicture" and namespace == ns.STEREO_INTEROP:
        return Particle(name, _PICTURE_INTEROP)
    return _FOREIGN_ASSETS[name]


# --- what a text must be -----


def _anything(value: str) -> Text | None:
    return None


def _uuid(value: str) -> Text | None:
    return None if parse_uuid_urn(value) else text("value.not-uuid")


def _instant(value: str) -> Text | None:
    return None if parse_date_time(value) else text("value.not-date-time")


def _rational(value: str) -> Text | None:
    return None if parse_rational(value) else text("value.not-rate")


def _whole(minimum: int) -> Check:
    def check(value: str) -> Text | None:
        number = parse_integer(value)
        wrong = number is None or number < minimum
        return text("value.not-whole-number", least=minimum) if wrong else None

    return check


def _hash(value: str) -> Text | None:
    digest = parse_base64(value)
    return None if digest is not None and len(digest) == 20 else text("value.not-sha-1")


def _boolean(value: str) -> Text | None:
    return None if value in ("true", "false", "1", "0") else text("value.not-boolean")


def _decimal(value: str) -> Text | None:
    matched = re.fullmatch(r"\+?\d{1,6}(\.\d{1,6})?", value, re.ASCII)
    return None if matched else text("value.not-decimal")


def _language(value: str) -> Text | None:
    matched = re.fullmatch(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", value, re.ASCII)
    return None if matched else text("value.not-language")


def _languages(value: str) -> Text | None:
    languages = value.split() or [""]
    return next((fault for fault in map(_language, languages) if fault), None)


def _uri(value: str) -> Text | None:
    return text("value.not-uri") if re.search(r"%(?![0-9A-Fa-f]{2})", value) else None


def _luminance(value: str) -> Text | None:
    matched = re.fullmatch(r"\+?(?=[\d.]*[1-9])\d*\.?\d*", value, re.ASCII)
    return None if matched and len(value) < 20 else text("value.not-positive")


def _one_of(*values: str) -> Check:
    known = ", ".join(values)
    return lambda value: None if value in values else text("value.not-one-of", known=known)


def is_aspect_ratio(value: str, standard: Standard) -> bool:
    """Whether a text is a ScreenAspectRatio of the standard."""
    return (_rational if standard == "smpte" else _decimal)(value) is None


def is_language(value: str) -> bool:
    """Whether a text is an xs:language."""
    return _language(value) is None


# --- the schemas -----


def _optional(name: str, content: Check | Sequence[Particle] | None = _anything) -> Particle:
    return Particle(name, content, low=0)


def _many(name: str, content: Check | Sequence[Particle] | None = _anything, *, low: int = 0) -> Particle:
    return Particle(name, content, low=low, high=None)


_LANGUAGE = ("language", XML_LANG)
_USER_TEXTS = frozenset({
    "AnnotationText", "ContentTitleText", "Creator", "FullContentTitleText", "Issuer", "LabelText",
    "OriginalFileName",
})  # fmt: skip
_ATTRIBUTES: dict[str, Check] = {
    "language": _language,
    XML_LANG: _language,
    "scope": _uri,
    "status": _one_of("final", "temp", "pre"),
    "units": _one_of("foot-lambert", "candela-per-square-metre"),
}
_OF_SCHEMAS = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})
"""Attributes that may stand in any element."""

_SIGNED = (_optional("Signer", None), Particle("Signature", None, low=0, namespace=XMLDSIG))
_VERSION = (Particle("Id", _uri), Particle("LabelText", _anything))


def _asset_map(standard: Standard) -> tuple[Particle, ...]:
    smpte = standard == "smpte"
    creator = Particle("Creator", _anything)
    chunk = (
        Particle("Path", _anything),
        _optional("VolumeIndex", _whole(1)),
        _optional("Offset", _whole(0)),
        _optional("Length", _whole(1)),
    )
    asset = (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        _optional("PackingList", _boolean if smpte else _anything),
        Particle("ChunkList", (_many("Chunk", chunk, low=1),)),
    )
    return (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        *((creator,) if smpte else ()),
        Particle("VolumeCount", _whole(1)),
        Particle("IssueDate", _instant),
        Particle("Issuer", _anything),
        *(() if smpte else (creator,)),
        Particle("AssetList", (_many("Asset", asset, low=1),)),
    )


def _packing_list(standard: Standard) -> tuple[Particle, ...]:
    smpte = standard == "smpte"
    asset = (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        Particle("Hash", _hash, low=1 if smpte else 0),
        Particle("Size", _whole(1)),
        Particle("Type", _anything),
        _optional("OriginalFileName"),
    )
    return (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        _optional("IconId", _uuid),
        Particle("IssueDate", _instant),
        Particle("Issuer", _anything),
        Particle("Creator", _anything),
        *((_optional("GroupId", _uuid),) if smpte else ()),
        Particle("AssetList", (_many("Asset", asset, low=1),)),
        *_SIGNED,
    )


_GENERIC = (
    Particle("Id", _uuid),
    _optional("AnnotationText"),
    Particle("EditRate", _rational),
    Particle("IntrinsicDuration", _whole(0)),
    _optional("EntryPoint", _whole(0)),
    _optional("Duration", _whole(0)),
)
_TRACK = (*_GENERIC, _optional("KeyId", _uuid), _optional("Hash", _hash))
_PICTURE = (*_TRACK, Particle("FrameRate", _rational), Particle("ScreenAspectRatio", _rational))
_PICTURE_INTEROP = (
    *_TRACK,
    Particle("FrameRate", _rational),
    Particle("ScreenAspectRatio", _decimal, may=("scope",)),
)
_SOUND = (*_TRACK, _optional("Language", _language))
_MARKER = (
    Particle("Label", _anything, may=("scope",)),
    _optional("AnnotationText"),
    Particle("Offset", _whole(0)),
)
_MARKERS = (*_GENERIC, Particle("MarkerList", (_many("Marker", _MARKER),)))
_AREA = (Particle("Width", _whole(1)), Particle("Height", _whole(1)))
_PROPERTY = (Particle("Name", _anything), Particle("Value", _anything))
_EXTENSION = (
    Particle("Name", _anything),
    _optional("PropertyList", (_many("Property", _PROPERTY, low=1),)),
)
_METADATA = (
    *_GENERIC,
    Particle("FullContentTitleText", _anything),
    Particle("ReleaseTerritory", _anything, low=0, may=("scope",)),
    Particle("VersionNumber", _whole(0), low=0, may=("status",)),
    _optional("Chain"),
    _optional("Distributor"),
    _optional("Facility"),
    _optional("AlternateContentVersionList", (_many("ContentVersion", _VERSION, low=1),)),
    Particle("Luminance", _luminance, low=0, attributes=("units",)),
    Particle("MainSoundConfiguration", _anything),
    Particle("MainSoundSampleRate", _rational),
    Particle("MainPictureStoredArea", _AREA),
    Particle("MainPictureActiveArea", _AREA),
    _optional("MainSubtitleLanguageList", _languages),
    _optional(
        "ExtensionMetadataList",
        (Particle("ExtensionMetadata", _EXTENSION, low=0, high=None, attributes=("scope",), foreign=True),),
    ),
)

_FOREIGN_ASSETS = {
    "MainStereoscopicPicture": Particle("MainStereoscopicPicture", _PICTURE),
    "MainCaption": Particle("MainCaption", _SOUND),
    "ClosedCaption": Particle("ClosedCaption", _SOUND),
    "ClosedSubtitle": Particle("ClosedSubtitle", _SOUND),
    "MainClosedCaption": Particle("MainClosedCaption", _SOUND),
    "AuxData": Particle("AuxData", (*_TRACK, _optional("DataType"), _optional("DataEssenceCoding"))),
    "CompositionMetadataAsset": Particle("CompositionMetadataAsset", _METADATA, foreign=True),
}


def _playlist(standard: Standard) -> tuple[Particle, ...]:
    smpte = standard == "smpte"
    required = 0 if smpte else 1
    assets = (
        _optional("MainMarkers", _MARKERS),
        _optional("MainPicture", _PICTURE if smpte else _PICTURE_INTEROP),
        _optional("MainSound", _SOUND),
        _optional("MainSubtitle", _SOUND),
        *(() if smpte else (_many("ProjectorData", (*_GENERIC, _optional("DataInfo"))),)),
    )
    reel = (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        Particle("AssetList", assets, foreign=True),
    )
    version = _VERSION if smpte else (_optional("Id", _uri), Particle("LabelText", _anything))
    rating = (Particle("Agency", _uri), Particle("Label", _anything))
    return (
        Particle("Id", _uuid),
        _optional("AnnotationText"),
        _optional("IconId", _uuid),
        Particle("IssueDate", _instant),
        Particle("Issuer", _anything, low=required),
        Particle("Creator", _anything, low=required),
        Particle("ContentTitleText", _anything),
        Particle("ContentKind", _anything, may=("scope",)),
        Particle("ContentVersion", version, low=1 if smpte else 0),
        Particle("RatingList", (_many("Rating", rating),)),
        Particle("ReelList", (_many("Reel", reel, low=1),)),
        *_SIGNED,
    )


_SCHEMAS: dict[tuple[str, str], Particle] = {
    **{("AssetMap", space): Particle("AssetMap", _asset_map(s)) for space, s in ns.ASSET_MAP.items()},
    **{
        ("VolumeIndex", space): Particle("VolumeIndex", (Particle("Index", _whole(1)),))
        for space in ns.VOLUME_INDEX
    },
    **{
        ("PackingList", space): Particle("PackingList", _packing_list(s))
        for space, s in ns.PACKING_LIST.items()
    },
    **{
        ("CompositionPlaylist", space): Particle("CompositionPlaylist", _playlist(s))
        for space, s in ns.PLAYLIST.items()
    },
}


_BY_LOOKS: dict[tuple[str, Standard], Particle] = {
    ("AssetMap", "smpte"): _SCHEMAS["AssetMap", ns.AM_SMPTE],
    ("AssetMap", "interop"): _SCHEMAS["AssetMap", ns.AM_INTEROP],
    ("VolumeIndex", "smpte"): _SCHEMAS["VolumeIndex", ns.AM_SMPTE],
    ("VolumeIndex", "interop"): _SCHEMAS["VolumeIndex", ns.AM_INTEROP],
    ("PackingList", "smpte"): _SCHEMAS["PackingList", ns.PKL_SMPTE],
    ("PackingList", "interop"): _SCHEMAS["PackingList", ns.PKL_INTEROP],
    ("CompositionPlaylist", "smpte"): _SCHEMAS["CompositionPlaylist", ns.CPL_SMPTE],
    ("CompositionPlaylist", "interop"): _SCHEMAS["CompositionPlaylist", ns.CPL_INTEROP],
}
"""Of a document whose namespace nobody knows: that of the standard it looks like."""


# --- the judge -----


def _element(element: etree._Element, particle: Particle, trail: str, found: _Found) -> None:
    content = particle.content
    if content is None:
        return
    _attributes(element, particle, trail, found)
    if callable(content):
        value = text_of(element)
        fault = text("value.holds-elements") if value is None else content(value)
        if fault is not None:
            found.add(element, trail, "xml.value", name=particle.name, fault=fault)
        return
    if any(part and part.strip() for part in (element.text, *(child.tail for child in element))):
        found.add(element, trail, "xml.stray-text", name=particle.name)
    _sequence(element, particle, content, trail, found)


def _attributes(element: etree._Element, particle: Particle, trail: str, found: _Found) -> None:
    for name in particle.attributes:
        if element.get(name) is None:
            found.add(element, trail, "xml.attribute-missing", name=name)
    allowed = (*particle.attributes, *particle.may, *(_LANGUAGE if particle.name in _USER_TEXTS else ()))
    for key, value in element.attrib.items():
        name = str(key)
        if name in allowed:
            fault = _ATTRIBUTES[name](str(value).strip())
            if fault is not None:
                found.add(element, trail, "xml.attribute-value", name=name.rpartition("}")[2], fault=fault)
        elif name not in _OF_SCHEMAS:
            found.add(element, trail, "xml.attribute-unknown", name=name.rpartition("}")[2][:60])


def _plain(name: str) -> str:
    return name.rpartition("}")[2][:60]


def _sequence(
    element: etree._Element, particle: Particle, content: Sequence[Particle], trail: str, found: _Found
) -> None:
    root = element.getroottree().getroot()
    spaces = {namespace_of(element), namespace_of(root)}
    counts = dict.fromkeys(range(len(content)), 0)
    places = {part.name: index for index, part in enumerate(content)}
    position = 0
    for child in elements(element):
        space, name = namespace_of(child), local_name(child)
        below = f"{trail}/{name}"
        meant = at = places.get(name)
        if at is not None:
            wanted = content[at].namespace
            if space != wanted if wanted else space not in spaces:
                at = None
        if at is None:
            if meant is not None and space not in spaces and not counts[meant] and not particle.foreign:
                found.add(child, below, "xml.wrong-namespace", name=name, namespace=space)
                counts[meant] += 1  # it is there, and said once
                continue
            if particle.foreign and space and space not in spaces:
                asset = _foreign_asset(name, space)
                if asset is not None:
                    _element(child, asset, below, found)
            else:
                found.add(child, below, "xml.not-expected", name=name)
            continue
        if at < position:
            found.add(child, below, "xml.wrong-place", name=name)
        position = max(position, at)
        counts[at] += 1
        high = content[at].high
        if high is not None and counts[at] > high:
            found.add(child, below, "xml.more-than-once", name=name)
        _element(child, content[at], below, found)
    for index, part in enumerate(content):
        if counts[index] < part.low:
            found.add(element, trail, "xml.missing", name=part.name)
