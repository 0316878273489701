"""What is wrong in reels, in the metadata of a composition, and between the two and the track files."""

from __future__ import annotations

import copy as copying
import uuid
from dataclasses import replace
from typing import Any

from lxml import etree
from synthetic import codestream

from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import TRANSFER_ST2084, UL
from dcp.mxf.reader import TrackFile
from dcp.picture.codestream import parse_codestream
from faults.bases import RATE, header_frame, noise
from faults.changes import Change, Copy, both, tree, units_of, valued
from faults.rows import Fault, Good

Element = etree._Element
STEREO = "MainStereoscopicPicture"
META = "http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata"
HDR = "http://www.dcimovies.com/schemas/2018/HDR-Metadata"


def assets(root: Element, kind: str, reel: int | None = None) -> list[Element]:
    """The elements of a kind, of one reel or of all."""
    reels = list(root.iter("{*}Reel"))
    taken = reels if reel is None else [reels[reel - 1]]
    return [each for one in taken for each in one.iter(f"{{*}}{kind}")]


def put(element: Element, name: str, value: str) -> None:
    """Another text for a child, which is made in its place where it is not there."""
    child = element.find(f"{{*}}{name}")
    if child is None:
        before = element.find("{*}IntrinsicDuration")
        assert before is not None and name in ("EntryPoint", "Duration")
        child = etree.Element(etree.QName(etree.QName(before).namespace, name))
        place = element.find("{*}EntryPoint") if name == "Duration" else before
        (before if place is None else place).addnext(child)
    child.text = value


def asset(kind: str, reel: int | None = 1, **values: object) -> Change:
    """Other values in the assets of a kind: IntrinsicDuration=23, EditRate="25 1"."""

    def do(root: Element) -> None:
        for element in assets(root, kind, reel):
            for name, value in values.items():
                put(element, name, str(value))

    return tree("cpl", do)


def dropped(kind: str, reel: int | None = 1) -> Change:
    def do(root: Element) -> None:
        for element in assets(root, kind, reel):
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)

    return tree("cpl", do)


def metadata(name: str, value: str | None, child: str | None = None) -> Change:
    """Another text for an element of the metadata, or the element left out."""

    def do(root: Element) -> None:
        (element,) = root.iter(f"{{{META}}}{name}")
        if value is None:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
            return
        target = element if child is None else element.find(f"{{*}}{child}")
        assert target is not None
        target.text = value

    return tree("cpl", do)


def extension(scope: str, name: str, *properties: tuple[str, str]) -> Change:
    """One more extension of the metadata."""

    def do(root: Element) -> None:
        (listed,) = root.iter(f"{{{META}}}ExtensionMetadataList")
        made = etree.SubElement(listed, f"{{{META}}}ExtensionMetadata", scope=scope)
        etree.SubElement(made, f"{{{META}}}Name").text = name
        if properties:
            several = etree.SubElement(made, f"{{{META}}}PropertyList")
            for key, value in properties:
                one = etree.SubElement(several, f"{{{META}}}Property")
                etree.SubElement(one, f"{{{META}}}Name").text = key
                etree.SubElement(one, f"{{{META}}}Value").text = value

    return tree("cpl", do)


def described(role: str, **changes: Any) -> Change:
    """A track file made anew with another descriptor."""

    def change(copy: Copy) -> None:
        with TrackFile.open(copy.path(role)) as track:
            descriptor: Any = track.header.descriptor
        units_of(role, lambda units: units, descriptor=replace(descriptor, **changes))(copy)

    return change


def labelled(*symbols: str) -> Change:
    """The sound of both reels with these labels, and no more channels than it has."""
    made = SoundDescriptor.labelled(symbols)
    return both(*(units_of(role, lambda units: units, descriptor=made) for role in ("sound1", "sound2")))


def twice(kind: str, reel: int, **values: object) -> Change:
    """A caption more in a reel, or another asset of a kind, under an id of its own."""

    def do(root: Element) -> None:
        element = assets(root, kind, reel)[0]
        made = copying.deepcopy(element)
        put(made, "Id", f"urn:uuid:{uuid.uuid4()}")
        for name, value in values.items():
            put(made, name, str(value))
        element.addnext(made)

    return tree("cpl", do)


def second_goes_on(entry: int, length: int = 48) -> Change:
    """The second reel plays the first reel's files from there on; the first plays their first two seconds."""

    def do(root: Element) -> None:
        for kind in ("MainPicture", "MainSound"):
            (one,), (two,) = assets(root, kind, 1), assets(root, kind, 2)
            put(one, "EntryPoint", "0")
            put(one, "Duration", "48")
            for name in ("Id", "IntrinsicDuration", "Hash"):
                found = one.find(f"{{*}}{name}")
                assert found is not None and found.text
                put(two, name, found.text)
            put(two, "EntryPoint", str(entry))
            put(two, "Duration", str(length))

    return both(tree("cpl", do), _WITHOUT_TEXTS)


TEXTS = ("PKG-102", "REEL-003")
"""What speaks of texts that a change leaves unused, and of reels of two seconds."""
_WITHOUT_TEXTS = both(
    dropped("MainSubtitle", None), dropped("ClosedCaption", None), metadata("MainSubtitleLanguageList", None)
)
SIGN = "http://isdcf.com/2017/10/SignLanguageVideo"
DOLBY = "http://www.dolby.com/schemas/2014/EDR-Metadata"


def dolby(value: str) -> Change:
    return extension(DOLBY, "Dolby EDR", ("image transfer function", value))


def lasting(length: int, *kinds: str) -> Change:
    return both(*(asset(kind, Duration=length) for kind in kinds))


def configured(value: str | None) -> Change:
    return metadata("MainSoundConfiguration", value)


def _begins_later() -> Change:
    return both(*(asset(kind, 2, EntryPoint=12, Duration=36) for kind in ("MainPicture", "MainSound")))


CONFIGURATION_1 = UL.parse("060e2b34.0401010b.04020210.03010100")


def _other_size(copy: Copy) -> None:
    """The second reel in the full container."""
    size = (2048, 1080)
    frames = [header_frame(n, size=size) for n in range(48)]
    made = PictureDescriptor.from_codestream(parse_codestream(frames[0]), RATE)
    units_of("picture2", lambda units: frames, descriptor=made)(copy)
    asset("MainPicture", 2, ScreenAspectRatio="2048 1080")(copy)


def _other_levels(copy: Copy) -> None:
    frames = [codestream(bytes(300), levels=4) for _ in range(48)]
    made = PictureDescriptor.from_codestream(parse_codestream(frames[0]), RATE)
    units_of("picture2", lambda units: frames, descriptor=made)(copy)


def _eight_channels(copy: Copy) -> None:
    made = SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs", "", ""])
    units_of("sound2", lambda units: noise(48, 8), descriptor=made)(copy)


def _sound_at_48(copy: Copy) -> None:
    half = [part for unit in copy.base.units["sound1"] for part in (unit[:18_000], unit[18_000:])]
    units_of("sound1", lambda units: half, edit_rate=2 * RATE)(copy)
    asset("MainSound", EditRate="48 1", IntrinsicDuration=240, Duration=240)(copy)


def _data_at_48(copy: Copy) -> None:
    units_of("aux1", lambda units: [*units, *units], edit_rate=2 * RATE)(copy)
    asset("AuxData", EditRate="48 1", IntrinsicDuration=48, Duration=48)(copy)


def _picture_in_the_clear(copy: Copy) -> None:
    units_of("picture1", lambda units: units, key=None)(copy)

    def do(root: Element) -> None:
        (picture,) = assets(root, "MainPicture")
        key = picture.find("{*}KeyId")
        assert key is not None
        picture.remove(key)

    tree("cpl", do)(copy)


def _second_in_3d(copy: Copy) -> None:
    with TrackFile.open(copy.path("picture2")) as track:
        descriptor: Any = track.header.descriptor
    made = replace(descriptor, stereo=True, sample_rate=2 * RATE)
    eyes = [each for unit in copy.base.units["picture2"] for each in (unit, unit)]
    units_of("picture2", lambda units: eyes, descriptor=made)(copy)

    def do(root: Element) -> None:
        (picture,) = assets(root, "MainPicture", 2)
        picture.tag = "{http://www.smpte-ra.org/schemas/429-10/2008/Main-Stereo-Picture-CPL}" + STEREO
        put(picture, "FrameRate", "48 1")
        listed = picture.getparent()
        assert listed is not None
        listed.append(picture)  # foreign elements come behind the playlist's own

    tree("cpl", do)(copy)


_DOCUMENTS = {"hashes": False, "picture": False}
_HDR = extension(HDR, "Image Encoding Parameters", ("EOTF", "ST 2084"))
_PQ = both(*(described(role, transfer_characteristic=TRANSFER_ST2084) for role in ("picture1", "picture2")))
_WRONG = [
    Fault("REEL-001", "stereo", asset("MainSound", IntrinsicDuration=23, Duration=23),
          ("REEL-002", "REEL-004", "REEL-009")),
    Fault("REEL-002", "stereo", lasting(23, "MainStereoscopicPicture", "MainSound"), ("MARK-004",)),
    Fault("REEL-003", "vf", lasting(115, "MainPicture", "MainSound", "MainSubtitle"), ("MARK-004", "TT-029")),
    Fault("REEL-004", "smpte", asset("MainSound", Duration=96)),
    Fault("REEL-005", "smpte", asset("MainSubtitle", Duration=96)),
    Fault("REEL-010", "smpte", asset("MainSound", EditRate="25 1")),
    Fault("REEL-011", "smpte", asset("MainPicture", 2, ScreenAspectRatio="2048 858"), ("PIC-012",)),
    Fault("REEL-011", "smpte", _other_size, note="size"),
    Fault("REEL-013", "smpte", _sound_at_48),
    Fault("REEL-013", "immersive", _data_at_48, ("IMM-006",), note="data"),
    Fault("REEL-014", "encrypted", _picture_in_the_clear, ("ENC-003",)),
    Fault("REEL-015", "smpte", _second_in_3d, ("REEL-003",)),
    Fault("REEL-016", "smpte", _other_levels),
    Fault("REEL-017", "smpte", _eight_channels),
    Fault("REEL-018", "smpte", described("sound2", channel_assignment=CONFIGURATION_1), ("SND-006",)),
    Fault("REEL-019", "smpte", dropped("MainSubtitle", 2), ("PKG-102",)),
    Fault("REEL-020", "smpte", dropped("ClosedCaption", 2), ("PKG-102",)),
    Fault("META-001", "smpte", dropped("CompositionMetadataAsset")),
    Fault("META-004", "smpte", valued("cpl", "Value", "another")),
    Fault("META-008", "smpte", configured(None)),
    Fault("META-009", "smpte", asset("MainPicture", None, FrameRate="25 1")),
    Fault("REEL-006", "immersive", asset("AuxData", Duration=23), ("REEL-002",)),
    Fault("REEL-007", "smpte", asset("MainSound", EntryPoint=120, Duration=48), ("REEL-004", "QC-004")),
    Fault("REEL-008", "smpte", asset("MainSound", EntryPoint=24), ("QC-004",)),
    Fault("REEL-009", "smpte", asset("MainSound", IntrinsicDuration=144)),
    Fault("REEL-012", "smpte", second_goes_on(72), TEXTS, note="left-out"),
    Fault("REEL-012", "smpte", second_goes_on(24), TEXTS, note="again"),
    Fault("REEL-012", "smpte", both(_WITHOUT_TEXTS, dropped("MainMarkers", None), _begins_later()),
          ("PKG-102", "MARK-001", "MARK-002"), note="entry"),
    Fault("META-002", "smpte", metadata("VersionNumber", "0")),
    Fault("META-003", "smpte", metadata("ExtensionMetadataList", None)),
    Fault("META-005", "smpte", metadata("MainPictureActiveArea", "1997", "Width")),
    Fault("META-006", "smpte", configured("51/L,R,C,LFE,Ls,Quack")),
    Fault("META-007", "smpte", configured("51/L,R,C,LFE,Ls,Rs,-,-")),
    Fault("META-010", "smpte", metadata("MainPictureStoredArea", "2048", "Width")),
    Fault("META-011", "smpte", metadata("MainSoundSampleRate", "96000 1")),
    Fault("QC-007", "smpte", labelled("L", "R", "C", "LFE", "HI", "VIN"), note="unlisted"),
    Fault("QC-007", "immersive", configured("51/L,R,C,LFE,Ls,Rs,HI,VIN,-,-,-,-,SLVS,FSKSync"), note="none"),
    Fault("QC-007", "smpte", extension(SIGN, "Sign Language Video", ("Language Tag", "bzs")), note="sign"),
    Fault("QC-007", "smpte", dropped("MainSubtitle", None), ("PKG-102",), note="subtitles"),
    Fault("QC-007", "smpte", valued("cpl", "MainSubtitleLanguageList", "de"), note="language"),
    Fault("QC-008", "smpte", _HDR, note="descriptor"),
    Fault("QC-008", "smpte", _PQ, note="playlist"),
    Fault("QC-008", "smpte", both(_PQ, extension(HDR, "Image Encoding Parameters", ("EOTF", "PQ"))),
          note="values"),
    Fault("QC-008", "smpte", dolby("PQ"), note="dolby"),
]  # fmt: skip
FAULTS = [replace(row, asked=_DOCUMENTS) for row in _WRONG]
GOOD = [
    replace(row, asked=_DOCUMENTS)
    for row in (
        Good("runs-on", "smpte", second_goes_on(48), TEXTS),
        Good("runs-again", "smpte", second_goes_on(0), TEXTS),
        Good("a-part-and-all", "smpte", both(second_goes_on(0), asset("MainPicture", EntryPoint=12),
             asset("MainSound", EntryPoint=12)), (*TEXTS, "REEL-012")),
        Good("hdr", "smpte", both(_PQ, _HDR)),
        Good("dolby", "smpte", dolby("PQ10K")),
    )
]  # fmt: skip
