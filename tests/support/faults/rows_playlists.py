"""What is wrong in the playlist: its texts, reels, markers and metadata."""

from __future__ import annotations

from faults.changes import Change, another_id, both, edit, rewrite, valued, without
from faults.rows import Fault, Good

NIL = "00000000-0000-0000-0000-000000000000"
META = r"(<meta:CompositionMetadataAsset.*?</meta:CompositionMetadataAsset>)"
SOUND_ID = r"(<MainSound>\s*<Id>)[^<]*"
SOUND_AND_TEXT = r"(<MainSound>.*?</MainSound>)\s*(<MainSubtitle>.*?</MainSubtitle>)"
TEXT_ID = r"(<MainSubtitle>\s*<Id>)[^<]*"
LONGER = r"(<MainMarkers>.*?<IntrinsicDuration>120</IntrinsicDuration>)"


def markers(*found: tuple[str, int]) -> Change:
    """Other markers in the first reel."""
    listed = "".join(f"<Marker><Label>{label}</Label><Offset>{at}</Offset></Marker>" for label, at in found)
    return rewrite("cpl", "<MarkerList>.*?</MarkerList>", f"<MarkerList>{listed}</MarkerList>")


def metadata_of(name: str, value: str, attributes: str = "") -> Change:
    """An element more behind FullContentTitleText."""
    end = "</meta:FullContentTitleText>"
    return edit("cpl", end, f"{end}<meta:{name}{attributes}>{value}</meta:{name}>")


def rated(agency: str, label: str) -> Change:
    """A rating in the playlist."""
    rating = f"<Rating><Agency>{agency}</Agency><Label>{label}</Label></Rating>"
    return edit("cpl", "<RatingList/>", f"<RatingList>{rating}</RatingList>")


FAULTS = [
    Fault("CPL-001", "smpte", valued("cpl", "IntrinsicDuration", "long", 1)),
    Fault("CPL-001", "encrypted", valued("cpl", "KeyId", "none"), note="key"),
    Fault("CPL-001", "smpte", without("cpl", "FrameRate"), note="missing"),
    Fault("CPL-001", "smpte", edit("cpl", "<EntryPoint>0", "<EntryPoint>-1"), note="entry"),
    Fault("CPL-001", "smpte", edit("cpl", "<RatingList/>", "<RatingList><Rating/></RatingList>"),
          note="rating"),
    Fault("CPL-001", "smpte", edit("cpl", "<ReelList>", "stray<ReelList>"), note="stray"),
    Fault("CPL-001", "smpte", rewrite("cpl", r"<MainSound>(.*?)</MainSound>", r"<MainNoise>\1</MainNoise>"),
          ("CPL-020", "PKG-102"), note="unknown"),
    Fault("CPL-001", "smpte", rewrite("cpl", SOUND_AND_TEXT, r"\2\1"), note="order"),
    Fault("CPL-001", "smpte", edit("cpl", 'status="final"', 'status="done"'), note="status"),
    Fault("CPL-002", "smpte", edit("cpl", "2006/CPL", "1999/CPL")),
    Fault("CPL-003", "smpte", rewrite("cpl", r"(<Id>urn:)uuid:", r"\1uid:")),
    Fault("CPL-004", "smpte", rewrite("cpl", SOUND_ID, r"\1urn:uuid:0")),
    Fault("CPL-005", "smpte", without("cpl", "AnnotationText")),
    Fault("CPL-006", "smpte", valued("cpl", "AnnotationText", "Another film")),
    Fault("CPL-007", "smpte", both(valued("cpl", "ContentTitleText", ""), without("cpl", "AnnotationText")),
          ("CPL-005", "PKL-013")),
    Fault("CPL-007", "smpte", without("cpl", "ContentTitleText"), note="missing"),
    Fault("CPL-008", "smpte", valued("cpl", "ContentKind", "movie")),
    Fault("CPL-009", "smpte", valued("cpl", "IssueDate", "2026-02-30T00:00:00Z")),
    Fault("CPL-009", "smpte", without("cpl", "IssueDate"), note="missing"),
    Fault("CPL-010", "smpte", valued("cpl", "IssueDate", "1026-01-30T12:00:00Z"), note="past"),
    Fault("CPL-010", "smpte", valued("cpl", "IssueDate", "2031-01-01T00:00:00Z")),
    Fault("CPL-011", "smpte", valued("cpl", "Creator", "")),
    Fault("CPL-012", "smpte", without("cpl", "ContentVersion")),
    Fault("CPL-013", "smpte", valued("cpl", "LabelText", "")),
    Fault("CPL-014", "smpte", rewrite("cpl", "<ReelList>.*</ReelList>", "<ReelList/>")),
    Fault("CPL-015", "smpte", lambda copy: rewrite("cpl", TEXT_ID, r"\1" + another_id())(copy), ("PKG-102",)),
    Fault("CPL-017", "encrypted", rewrite("cpl", r"(<MainSound>.*?)<Hash>[^<]*</Hash>", r"\1")),
    Fault("CPL-018", "smpte", valued("cpl", "Language", "english")),
    Fault("CPL-018", "smpte", rewrite("cpl", r"(<MainSound>.*?<Language>)en", r"\1xx"), note="unknown"),
    Fault("CPL-018", "smpte", metadata_of("ReleaseTerritory", "OO"), note="territory"),
    Fault("CPL-019", "smpte", rewrite("cpl", r"(<MainSound>.*?</MainSound>)", r"\1\1")),
    Fault("CPL-020", "smpte", without("cpl", "MainSound"), ("PKG-102",)),
    Fault("CPL-020", "smpte", without("cpl", "MainPicture"), ("PKG-102",), note="picture"),
    Fault("CPL-021", "smpte", valued("cpl", "EditRate", "24", 1)),
    Fault("CPL-023", "smpte", rewrite("cpl", r"(<Reel>\s*<Id>)([^<]*)(.*<Reel>\s*<Id>)[^<]*", r"\1\2\3\2")),
    Fault("MARK-001", "smpte", markers(("FFOI", 1))),
    Fault("MARK-002", "smpte", rewrite("cpl", "LFOC", "LFOI")),
    Fault("MARK-003", "smpte", markers(("FFOC", 2))),
    Fault("MARK-004", "smpte", edit("cpl", "<Offset>47", "<Offset>46")),
    Fault("MARK-005", "smpte", valued("cpl", "ContentKind", "feature"), ("MARK-006",)),
    Fault("MARK-006", "smpte", both(valued("cpl", "ContentKind", "feature"),
          markers(("FFOC", 1), ("FFEC", 9)))),
    Fault("MARK-007", "smpte", rewrite("cpl", LONGER, r"\1<EntryPoint>0</EntryPoint>")),
    Fault("MARK-008", "smpte", rewrite("cpl", LONGER, r"\1<Duration>120</Duration>")),
    Fault("MARK-009", "smpte", markers(("FFOC", 1), ("FFTC", 120))),
    Fault("MARK-009", "smpte", edit("cpl", "<Offset>47", "<Offset>x"), note="value"),
    Fault("MARK-010", "smpte", markers(("FFOC", 1), ("FFXX", 9))),
    Fault("MARK-011", "smpte", markers(("FFOC", 1), ("FFOC", 1))),
    Fault("MARK-012", "smpte", markers(("FFOC", 1), ("FFTC", 90), ("LFTC", 80))),
    Fault("MARK-013", "smpte", markers(("FFOC", 1), ("FFTC", 0))),
    Fault("MARK-014", "smpte", markers(("FFOC", 1), ("FFEC", 90), ("FFMC", 80))),
    Fault("META-001", "smpte", rewrite("cpl", META, "")),
    Fault("META-001", "smpte", rewrite("cpl", META, r"\1\1"), note="several"),
    Fault("META-002", "smpte", valued("cpl", "VersionNumber", "0")),
    Fault("META-003", "smpte", without("cpl", "ExtensionMetadataList")),
    Fault("META-006", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "51/L,R,C,LFE,Ls,Ls"), note="twice"),
    Fault("META-004", "smpte", edit("cpl", "2020-Bv2.1", "2020-Bv9")),
    Fault("META-005", "smpte", valued("cpl", "Width", "1997", 1)),
    Fault("META-005", "smpte", valued("cpl", "Width", "2048", 1), note="larger"),
    Fault("META-006", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "51/L,R,C,LFE,Ls,Xx")),
    Fault("META-006", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "71/L,R,C,LFE,Lss,Rss"), ("META-013",),
          note="short"),
    Fault("META-007", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "51/L,R")),
    Fault("META-008", "smpte", without("cpl", "MainSoundConfiguration")),
    Fault("META-008", "smpte", valued("cpl", "MainSoundConfiguration", ""), note="empty"),
    Fault("META-012", "smpte", valued("cpl", "FullContentTitleText", "Fi1m")),
    Fault("META-012", "smpte", valued("cpl", "FullContentTitleText", ""), note="empty"),
    Fault("META-013", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "51/R,L,C,LFE,Ls,Rs")),
    Fault("META-013", "immersive", rewrite("cpl", "51/L,R,C", "SDS/L,R,C"), note="field"),
    Fault("META-002", "smpte", valued("cpl", "VersionNumber", "2147483648"), note="large"),
    Fault("CPL-024", "smpte", rated("UNIPG", "T")),
    Fault("CPL-024", "smpte", rated("urn:agency", " "), note="empty"),
    Fault("CPL-024", "smpte", rated("http://www.movielabs.com/md/ratings/AT/BMUKK/2", "17"), note="label"),
    Fault("PKG-014", "smpte", rewrite("cpl", r"(<Reel>\s*<Id>urn:uuid:)[^<]*", rf"\g<1>{NIL}")),
    Fault("META-009", "smpte", edit("cpl", "<FrameRate>24 1", "<FrameRate>25 1"), ("REEL-011",)),
]  # fmt: skip
GOOD = [
    Good("rated", "smpte", rated("http://www.movielabs.com/md/ratings/AT/BMUKK/2", "16")),
    Good("stereo-in-51", "smpte", edit("cpl", "51/L,R,C,LFE,Ls,Rs", "51/L,R,-,-,-,-")),
    Good("region", "smpte", metadata_of("ReleaseTerritory", "001")),
    Good("territory-of-its-own-scope", "smpte", metadata_of("ReleaseTerritory", "UKI", ' scope="urn:own"')),
    Good("two-ratings", "smpte", edit("cpl", "<RatingList/>", "<RatingList><Rating><Agency>urn:a</Agency>"
         "<Label>x</Label></Rating><Rating><Agency>urn:b</Agency><Label>y</Label></Rating></RatingList>")),
    Good("no-issuer", "smpte", both(without("cpl", "Issuer"), without("cpl", "Creator"))),
    Good("scope", "smpte", edit("cpl", "<ContentKind>test",
         '<ContentKind scope="http://www.smpte-ra.org/schemas/429-7/2006/CPL#standard-content">test')),
    Good("own-kind", "smpte", edit("cpl", "<ContentKind>test", '<ContentKind scope="urn:mine">mine')),
    Good("no-durations", "smpte", rewrite("cpl", r"<Duration>\d+</Duration>\s*", "", count=0)),
    Good("in-another-time-zone", "smpte", valued("cpl", "IssueDate", "2026-01-30T20:00:00.5+08:00")),
    Good("foreign-metadata", "smpte", edit("cpl", "</meta:CompositionMetadataAsset>",
         '<x:More xmlns:x="urn:x"/></meta:CompositionMetadataAsset>')),
]  # fmt: skip
