"""The composition metadata asset (ST 429-16): what a theatre's system shows and sorts by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.raw import Raw, raw_of
from dcp.xml.build import add
from dcp.xml.node import NOTHING, Fields, Node
from dcp.xml.values import rational

APPLICATION_SCOPE = "http://isdcf.com/ns/cplmd/app"
CONSTRAINTS_PROPERTY = "DCP Constraints Profile"
BV21_PROFILE = "SMPTE-RDD-52:2020-Bv2.1"
UNUSED = "-"
T = TypeVar("T")

CHANNEL_SYMBOLS = frozenset(
    "L R C LFE Ls Rs Lss Rss Lrs Rrs Lc Rc Cs HI VIN DBOX DBOX2 FSKSync SLVS".split()  # noqa: SIM905
)
"""The symbols of MainSoundConfiguration, the MCA symbols without their `ch`."""
SOUNDFIELDS = ("51", "71", "61", "SDS", "M", UNUSED)


@dataclass(frozen=True)
class Area:
    width: int
    height: int


@dataclass(frozen=True)
class ExtensionMetadata:
    scope: str
    name: str
    property_list: tuple[tuple[str, str], ...] = ()
    others: tuple[Raw, ...] = ()


@dataclass(frozen=True)
class CompositionMetadata:
    """The fields in the order of the schema; None where the document leaves one out."""

    full_content_title_text: str | None = None
    release_territory: str | None = None
    release_territory_scope: str | None = None
    version_number: int | None = None
    version_status: str | None = None
    chain: str | None = None
    distributor: str | None = None
    facility: str | None = None
    alternate_content_version_list: tuple[tuple[str, str], ...] = ()
    luminance: str | None = None
    luminance_units: str | None = None
    main_sound_configuration: str | None = None
    main_sound_sample_rate: Fraction | None = None
    main_picture_stored_area: Area | None = None
    main_picture_active_area: Area | None = None
    main_subtitle_language_list: tuple[str, ...] = ()
    extension_metadata_list: tuple[ExtensionMetadata, ...] = ()
    others: tuple[Raw, ...] = ()
    unread: frozenset[str] = NOTHING

    @property
    def application_profile(self) -> str | None:
        """The constraints profile that the composition says it keeps, such as Bv2.1's."""
        return next(
            (
                value
                for extension in self.extension_metadata_list
                if extension.scope == APPLICATION_SCOPE and extension.name == "Application"
                for name, value in extension.property_list
                if name == CONSTRAINTS_PROPERTY
            ),
            None,
        )


def application(profile: str = BV21_PROFILE) -> ExtensionMetadata:
    """The extension by which a composition declares its constraints profile."""
    return ExtensionMetadata(
        scope=APPLICATION_SCOPE, name="Application", property_list=((CONSTRAINTS_PROPERTY, profile),)
    )


def sound_configuration(soundfield: str, channels: Sequence[str | None]) -> str:
    """`51/L,R,C,LFE,Ls,Rs`: the symbols by channel position, None where a channel carries nothing."""
    return f"{soundfield}/" + ",".join(channel or UNUSED for channel in channels)


def parse_sound_configuration(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The soundfield and the channels' symbols, or None when the text has not that form."""
    field, slash, rest = text.partition("/")
    if not slash or not field:
        return None
    return field, tuple(symbol.strip() for symbol in rest.split(","))


def parse_metadata(node: Node) -> CompositionMetadata:
    """The part of the asset that is in the metadata namespace. DocumentError names the element at fault."""
    read = Fields(node)

    def listed(name: str, child: str, one: Callable[[Node], T | None]) -> tuple[T, ...]:
        """The members of a list, those left out that cannot be read."""
        found = read.may(name, lambda list: tuple(one(each) for each in list.children(child))) or ()
        if any(each is None for each in found):
            read.lacks(name)
        return tuple(each for each in found if each is not None)

    territory = read.may("ReleaseTerritory", lambda node: (node.text(), node.attribute("scope")))
    version = read.may("VersionNumber", lambda node: (node.integer(), node.attribute("status")))
    luminance = read.may("Luminance", lambda node: (node.text(), node.attribute("units")))
    return CompositionMetadata(
        full_content_title_text=read.may("FullContentTitleText", Node.text),
        release_territory=territory[0] if territory else None,
        release_territory_scope=territory[1] if territory else None,
        version_number=version[0] if version else None,
        version_status=version[1] if version else None,
        chain=read.may("Chain", Node.text),
        distributor=read.may("Distributor", Node.text),
        facility=read.may("Facility", Node.text),
        alternate_content_version_list=listed(
            "AlternateContentVersionList", "ContentVersion", _content_version
        ),
        luminance=luminance[0] if luminance else None,
        luminance_units=luminance[1] if luminance else None,
        main_sound_configuration=read.may("MainSoundConfiguration", Node.text),
        main_sound_sample_rate=read.may("MainSoundSampleRate", Node.rational),
        main_picture_stored_area=read.may("MainPictureStoredArea", _area),
        main_picture_active_area=read.may("MainPictureActiveArea", _area),
        main_subtitle_language_list=tuple((read.may("MainSubtitleLanguageList", Node.text) or "").split()),
        extension_metadata_list=listed("ExtensionMetadataList", "ExtensionMetadata", _extension),
        others=tuple(
            raw_of(child.element)
            for child in node.children()
            if child.namespace not in (node.namespace, _cpl_namespace(node))
        ),
        unread=read.unread,
    )


def add_metadata(element: etree._Element, metadata: CompositionMetadata, *, cpl: str) -> None:
    """Append the metadata's elements after the generic part of the asset, in the schema's order."""

    def put(name: str, value: object, **attributes: str | None) -> None:
        if value is not None:
            add(element, name, value, **attributes)

    put("FullContentTitleText", metadata.full_content_title_text)
    put("ReleaseTerritory", metadata.release_territory, scope=metadata.release_territory_scope)
    put("VersionNumber", metadata.version_number, status=metadata.version_status)
    put("Chain", metadata.chain)
    put("Distributor", metadata.distributor)
    put("Facility", metadata.facility)
    if metadata.alternate_content_version_list:
        versions = add(element, "AlternateContentVersionList")
        for identifier, label in metadata.alternate_content_version_list:
            version = add(versions, "ContentVersion")
            add(version, "Id", identifier, namespace=cpl)
            add(version, "LabelText", label, namespace=cpl)
    put("Luminance", metadata.luminance, units=metadata.luminance_units)
    put("MainSoundConfiguration", metadata.main_sound_configuration)
    if metadata.main_sound_sample_rate is not None:
        put("MainSoundSampleRate", rational(metadata.main_sound_sample_rate))
    for name, area in (
        ("MainPictureStoredArea", metadata.main_picture_stored_area),
        ("MainPictureActiveArea", metadata.main_picture_active_area),
    ):
        if area is not None:
            box = add(element, name)
            add(box, "Width", area.width)
            add(box, "Height", area.height)
    if metadata.main_subtitle_language_list:
        put("MainSubtitleLanguageList", " ".join(metadata.main_subtitle_language_list))
    if metadata.extension_metadata_list:
        extensions = add(element, "ExtensionMetadataList")
        for extension in metadata.extension_metadata_list:
            entry = add(extensions, "ExtensionMetadata", scope=extension.scope)
            add(entry, "Name", extension.name)
            if extension.property_list:
                properties = add(entry, "PropertyList")
                for name, value in extension.property_list:
                    one = add(properties, "Property")
                    add(one, "Name", name)
                    add(one, "Value", value)
            for other in extension.others:
                entry.append(other.element())
    for other in metadata.others:
        element.append(other.element())


def _cpl_namespace(node: Node) -> str:
    return str(etree.QName(node.element.getroottree().getroot()).namespace or "")


def _content_version(node: Node) -> tuple[str, str] | None:
    cpl = _cpl_namespace(node)
    read = Fields(node, find=lambda name: node.find(name, namespace=cpl) or node.find(name))
    version = read.need("Id", Node.text, ""), read.need("LabelText", Node.text, "")
    return None if read.unread else version


def _area(node: Node) -> Area | None:
    read = Fields(node)
    area = Area(
        width=read.need("Width", lambda node: node.integer(minimum=1), 1),
        height=read.need("Height", lambda node: node.integer(minimum=1), 1),
    )
    return None if read.unread else area


def _extension(node: Node) -> ExtensionMetadata | None:
    read = Fields(node)
    properties = read.may(
        "PropertyList", lambda node: tuple(_property(child) for child in node.children("Property"))
    )
    name = read.need("Name", Node.text, "")
    if read.unread or any(each is None for each in properties or ()):
        return None
    return ExtensionMetadata(
        scope=node.attribute("scope") or "",
        name=name,
        property_list=tuple(each for each in properties or () if each is not None),
        others=tuple(raw_of(child.element) for child in node.children() if child.namespace != node.namespace),
    )


def _property(node: Node) -> tuple[str, str] | None:
    read = Fields(node)
    found = read.need("Name", Node.text, ""), read.need("Value", Node.text, "")
    return None if read.unread else found
