"""The composition metadata asset (ST 429-16): what a theatre's system shows and sorts by."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.raw import Raw, raw_of
from dcp.xml.build import add
from dcp.xml.node import Node
from dcp.xml.values import rational

APPLICATION_SCOPE = "http://isdcf.com/ns/cplmd/app"
CONSTRAINTS_PROPERTY = "DCP Constraints Profile"
BV21_PROFILE = "SMPTE-RDD-52:2020-Bv2.1"
UNUSED = "-"

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

    def held(name: str) -> str | None:
        found = node.find(name)
        return found.text() if found else None

    territory, version, luminance = (
        node.find(name) for name in ("ReleaseTerritory", "VersionNumber", "Luminance")
    )
    alternate, extensions = node.find("AlternateContentVersionList"), node.find("ExtensionMetadataList")
    rate = node.find("MainSoundSampleRate")
    return CompositionMetadata(
        full_content_title_text=held("FullContentTitleText"),
        release_territory=territory.text() if territory else None,
        release_territory_scope=territory.attribute("scope") if territory else None,
        version_number=version.integer() if version else None,
        version_status=version.attribute("status") if version else None,
        chain=held("Chain"),
        distributor=held("Distributor"),
        facility=held("Facility"),
        alternate_content_version_list=tuple(
            _content_version(child) for child in (alternate.children("ContentVersion") if alternate else ())
        ),
        luminance=luminance.text() if luminance else None,
        luminance_units=luminance.attribute("units") if luminance else None,
        main_sound_configuration=held("MainSoundConfiguration"),
        main_sound_sample_rate=rate.rational() if rate else None,
        main_picture_stored_area=_area(node.find("MainPictureStoredArea")),
        main_picture_active_area=_area(node.find("MainPictureActiveArea")),
        main_subtitle_language_list=tuple((held("MainSubtitleLanguageList") or "").split()),
        extension_metadata_list=tuple(
            _extension(child) for child in (extensions.children("ExtensionMetadata") if extensions else ())
        ),
        others=tuple(
            raw_of(child.element)
            for child in node.children()
            if child.namespace not in (node.namespace, _cpl_namespace(node))
        ),
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


def _content_version(node: Node) -> tuple[str, str]:
    cpl = _cpl_namespace(node)

    def held(name: str) -> str:
        found = node.find(name, namespace=cpl) or node.find(name)
        if found is None:
            raise node.refusal("xml.missing", name=name)
        return found.text()

    return held("Id"), held("LabelText")


def _area(node: Node | None) -> Area | None:
    if node is None:
        return None
    return Area(
        width=node.require("Width").integer(minimum=1), height=node.require("Height").integer(minimum=1)
    )


def _extension(node: Node) -> ExtensionMetadata:
    properties = node.find("PropertyList")
    return ExtensionMetadata(
        scope=node.attribute("scope") or "",
        name=node.require("Name").text(),
        property_list=tuple(
            (one.require("Name").text(), one.require("Value").text())
            for one in (properties.children("Property") if properties else ())
        ),
        others=tuple(raw_of(child.element) for child in node.children() if child.namespace != node.namespace),
    )
