"""What is wrong in the folder, in the XML of the documents, in asset map and volume index."""

from __future__ import annotations

from faults.changes import (
    Change,
    Copy,
    added,
    another_id,
    both,
    edit,
    gone,
    renamed,
    rewrite,
    valued,
    without,
)
from faults.repair import replace_file
from faults.rows import Fault, Good

PICTURE = r"(<Path>)picture1\.mxf(</Path>)"
REORDERED = r"(<VolumeCount>1</VolumeCount>)(\s*)(<IssueDate>[^<]*</IssueDate>)"


def folder(name: str) -> Change:
    return lambda copy: (copy.root / name).mkdir()


def moved(role: str, name: str) -> Change:
    """A file under another name, which no list says."""
    return lambda copy: copy.path(role).rename(copy.root / name)


def again(role: str, name: str) -> Change:
    """A file a second time."""
    return lambda copy: replace_file(copy.root / name, copy.read(role))


def empty(role: str) -> Change:
    return lambda copy: copy.write(role, b"")


def cut(role: str) -> Change:
    """A file of which the second half is not there."""
    return lambda copy: copy.write(role, copy.read(role)[: len(copy.read(role)) // 2])


def grown(role: str) -> Change:
    return lambda copy: copy.write(role, copy.read(role) + b"\n")


def link_inside(role: str) -> Change:
    """A file that is a link to where it lies, in the package."""

    def change(copy: Copy) -> None:
        target = copy.root / "kept.mxf"
        copy.path(role).rename(target)
        copy.path(role).symlink_to(target.name)

    return change


def link(role: str, name: str) -> Change:
    """A file that is a link to a place outside."""

    def change(copy: Copy) -> None:
        target = copy.root.parent / name
        copy.path(role).rename(target)
        copy.path(role).symlink_to(target)

    return change


def not_mapped(role: str) -> Change:
    def change(copy: Copy) -> None:
        id = str(copy.base.ids[role]) if role in copy.base.ids else copy.base.files[role][4:40]
        rewrite("map", rf"<Asset>\s*<Id>urn:uuid:{id}</Id>.*?</Asset>\s*", "")(copy)

    return change


FAULTS = [
    Fault("PKG-001", "smpte", gone("map")),
    Fault("PKG-002", "smpte", again("map", "ASSETMAP")),
    Fault("PKG-002", "smpte", again("volume", "VOLINDEX"), note="index"),
    Fault("PKG-003", "smpte", not_mapped("pkl"), ("PKG-008",)),
    Fault("PKG-004", "interop", not_mapped("cpl"), ("PKG-008", "PKL-003")),
    Fault("PKG-006", "smpte", rewrite("map", "http://www.smpte-ra.org/schemas/429-9/2007/AM",
          "http://www.digicine.com/PROTO-ASDCP-AM-20040311#"), ("AM-001", "AM-002")),
    Fault("PKG-007", "interop", lambda copy: None,
          handed=lambda: {"profile": "bv21", "select": ("PKG-007",)}),
    Fault("PKG-008", "smpte", added("readme.txt", b"x")),
    Fault("PKG-008", "smpte", link_inside("picture1"), note="behind-a-link"),
    Fault("PKG-009", "smpte", added("._picture1.mxf", b"x")),
    Fault("PKG-010", "smpte", folder("left")),
    Fault("PKG-011", "smpte", empty("text2"), ("MXF-001", "PKL-016", "AM-001")),
    Fault("PKG-012", "smpte", both(added("na\u00efve.txt", b"x")), ("PKG-008",)),
    Fault("PKG-102", "smpte", without("cpl", "ClosedCaption", 1), ("REEL-020",)),
    Fault("XML-001", "smpte", edit("cpl", "</ReelList>", "")),
    Fault("XML-001", "smpte", edit("pkl", "</AssetList>", "</AssetLisp>"), note="list"),
    Fault("XML-001", "smpte", edit("map", "<Issuer>", "<Issuer>\x00"), note="map"),
    Fault("XML-002", "smpte", edit("cpl", "encoding='UTF-8'", "encoding='UTF-16'")),
    Fault("XML-002", "smpte", edit("pkl", "version='1.0'", "version='1.1'"), note="version"),
    Fault("XML-002", "smpte", edit("map", "encoding='UTF-8'", "encoding='UTF-8' standalone='yes'"),
          note="alone"),
    Fault("XML-002", "smpte", edit("volume", "<?xml", "<?xmm"), note="none"),
    Fault("XML-003", "smpte", edit("cpl", "<?xml", b"\xef\xbb\xbf<?xml")),
    Fault("XML-004", "smpte", edit("cpl", "</Reel>\n", "</Reel>\r\n")),
    Fault("XML-005", "smpte", edit("cpl", "<Composition", "<!DOCTYPE x [<!ENTITY a 'b'>]><Composition")),
    Fault("AM-001", "smpte", valued("map", "VolumeCount", "one")),
    Fault("AM-001", "smpte", without("map", "Issuer"), note="missing"),
    Fault("AM-001", "smpte", rewrite("map", REORDERED, r"\3\2\1"), note="order"),
    Fault("AM-001", "smpte", edit("map", "<VolumeCount>", "<VolumeCount unit='1'>"), note="attribute"),
    Fault("AM-001", "smpte", edit("map", "2007/AM", "1999/AM"), note="namespace"),
    Fault("AM-002", "smpte", moved("map", "ASSETMAP")),
    Fault("AM-003", "smpte", valued("map", "VolumeCount", "2")),
    Fault("AM-004", "smpte", valued("map", "VolumeIndex", "2", 2)),
    Fault("AM-005", "smpte", valued("map", "Offset", "8", 2)),
    Fault("AM-006", "smpte", valued("map", "Length", "8", 2)),
    Fault("AM-006", "smpte", cut("pkl"), repaired=False, note="cut"),
    Fault("AM-006", "smpte", grown("pkl"), repaired=False, note="longer"),
    Fault("PKG-011", "smpte", empty("picture1"), repaired=False, note="listed"),
    Fault("PKG-011", "interop", empty("font1"), repaired=False, note="font"),
    Fault("PKL-004", "smpte", cut("picture1"), repaired=False, note="cut"),
    Fault("PKL-004", "smpte", cut("cpl"), repaired=False, note="playlist"),
    Fault("PKL-004", "interop", cut("image1"), repaired=False, note="image"),
    Fault("PKL-004", "interop", grown("text1"), repaired=False, note="longer"),
    Fault("AM-007", "smpte", rewrite("map", r"(<Asset>\s*<Id>urn:)uuid:", r"\1uid:")),
    Fault("AM-008", "smpte", rewrite("map", r"(<Asset>\s*<Id>.*?</Asset>)", r"\1\n\1")),
    Fault("AM-009", "smpte", rewrite("map", PICTURE, r"\1\2"), ("PKG-008",)),
    Fault("AM-010", "smpte", gone("sound2")),
    Fault("AM-010", "smpte", moved("sound2", "SOUND2.mxf"), note="letter-case"),
    Fault("AM-011", "smpte", rewrite("map", PICTURE, r"\1../picture1.mxf\2"), ("PKG-008",)),
    Fault("AM-011", "smpte", rewrite("map", PICTURE, r"\1/picture1.mxf\2"), note="absolute"),
    Fault("AM-011", "smpte", rewrite("map", PICTURE, r"\1./picture1.mxf\2"), note="roundabout"),
    Fault("AM-011", "smpte", rewrite("map", PICTURE, r"\1file:///picture1.mxf\2"), ("AM-012",), note="uri"),
    Fault("AM-011", "smpte", link("sound2", "outside.mxf"), note="link"),
    Fault("AM-012", "smpte", renamed("picture1", "picture+1.mxf")),
    Fault("AM-013", "smpte", renamed("picture1", "p" * 100 + ".mxf")),
    Fault("AM-014", "smpte", lambda copy: edit("cpl", copy.base.files["cpl"][4:40], another_id()[9:])(copy)),
    Fault("AM-015", "smpte", lambda copy: edit("cpl", str(copy.base.ids["sound2"]),
          str(copy.base.ids["sound2"]).upper())(copy)),
    Fault("AM-016", "smpte", valued("map", "Issuer", "")),
    Fault("AM-017", "smpte", without("map", "PackingList")),
    Fault("AM-017", "smpte", valued("map", "PackingList", "yes"), note="value"),
    Fault("AM-018", "smpte", rewrite("map", r"(<Id>urn:)uuid:", r"\1uid:")),
    Fault("AM-018", "interop", without("map", "Id"), note="missing"),
    Fault("AM-019", "smpte", renamed("sound2", "6b29fc40-ca47-1067-b31d-00dd010662da.mxf")),
    Fault("AM-020", "smpte", renamed("picture1", "picture 1.mxf"), ("AM-012",)),
    Fault("VOL-001", "smpte", valued("volume", "Index", "0")),
    Fault("VOL-002", "smpte", moved("volume", "VOLINDEX")),
    Fault("VOL-003", "smpte", gone("volume")),
]  # fmt: skip
GOOD = [
    Good("comment-in-map", "smpte", rewrite("map", "(<AssetList>)", r"<!-- kept -->\1")),
    Good("no-lengths", "smpte", rewrite("map", r"<(VolumeIndex|Offset|Length)>\d+</\1>", "", count=0)),
    Good("false-flag", "smpte", rewrite("map", r"(cpl_\S+</Path>)", r"\1")),
    Good("in-a-folder", "smpte", renamed("picture1", "essence/picture1.mxf")),
    Good("language", "smpte", edit("map", "<Issuer>", '<Issuer language="de">')),
]
