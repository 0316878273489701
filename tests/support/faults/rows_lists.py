"""What is wrong in the packing list."""

from __future__ import annotations

from faults.changes import Change, edit, rewrite, valued, without
from faults.rows import Fault, Good

FIRST = r"(<Asset>\s*<Id>urn:uuid:[^<]*</Id>.*?</Asset>)"


def of(role: str, pattern: str, new: str) -> Change:
    """Other text in a list's entry of a file."""
    return lambda copy: rewrite("pkl", rf"({copy.base.ids[role]}</Id>(?:(?!</Asset>).)*?){pattern}", new)(
        copy
    )


def not_packed(role: str) -> Change:
    return lambda copy: rewrite(
        "pkl", rf"<Asset>\s*<Id>urn:uuid:{copy.base.ids[role]}</Id>.*?</Asset>\s*", ""
    )(copy)


FAULTS = [
    Fault("PKL-001", "smpte", without("pkl", "Issuer")),
    Fault("PKL-001", "smpte", valued("pkl", "IssueDate", "yesterday"), note="date"),
    Fault("PKL-001", "smpte", edit("pkl", "<Id>urn:uuid:", "<Id>urn:"), note="id"),
    Fault("PKL-001", "smpte", edit("pkl", "<AssetList>", "<AssetList order='1'>"), note="attribute"),
    Fault("PKL-001", "smpte", edit("pkl", "</Creator>", "</Creator><Weight>1</Weight>"), note="unknown"),
    Fault("PKL-002", "smpte", edit("pkl", "2007/PKL", "1999/PKL")),
    Fault("PKL-003", "smpte", rewrite("pkl", r"(<AssetList>)", r"\1<Asset><Id>urn:uuid:"
          "6b29fc40-ca47-1067-b31d-00dd010662da</Id><Hash>AAAAAAAAAAAAAAAAAAAAAAAAAAA=</Hash><Size>1</Size>"
          "<Type>text/plain</Type></Asset>")),
    Fault("PKL-004", "smpte", of("sound2", r"<Size>\d+", r"\1<Size>7")),
    Fault("PKL-005", "smpte", of("picture1", "<Hash>....", r"\1<Hash>AAAA"), ("PKL-009",)),
    Fault("PKL-006", "smpte", of("sound1", "<Hash>....", r"\1<Hash>AAAA"), ("PKL-009",)),
    Fault("PKL-007", "smpte", rewrite("pkl", "<Hash>....", "<Hash>AAAA")),
    Fault("PKL-008", "smpte", of("text1", "<Hash>....", r"\1<Hash>AAAA"), ("PKL-009",)),
    Fault("PKL-009", "smpte", rewrite("cpl", "(<MainSound>.*?<Hash>)....", r"\1AAAA")),
    Fault("PKL-010", "smpte", rewrite("pkl", FIRST, r"\1\n\1")),
    Fault("PKL-011", "smpte", valued("pkl", "Creator", "")),
    Fault("PKL-012", "smpte", valued("pkl", "IssueDate", "2031-01-01T00:00:00Z"), note="future"),
    Fault("PKL-012", "smpte", valued("pkl", "IssueDate", "1026-01-30T12:00:00Z"), note="past"),
    Fault("PKL-018", "smpte", edit("pkl", "application/mxf", "bpplication/mxf"), note="form"),
    Fault("AM-021", "smpte", valued("map", "IssueDate", "1026-01-30T12:00:00Z"), note="past"),
    Fault("AM-021", "smpte", valued("map", "IssueDate", "2031-01-01T00:00:00Z"), note="future"),
    Fault("PKL-013", "smpte", valued("pkl", "AnnotationText", "Another film")),
    Fault("PKL-015", "smpte", of("sound1", "<Type>[^<]*", r"\1<Type>")),
    Fault("PKL-015", "smpte", of("sound1", "<Type>[^<]*</Type>", r"\1"), note="missing"),
    Fault("PKL-016", "smpte", of("sound1", "<Hash>[^<]*", r"\1<Hash>none")),
    Fault("PKL-016", "interop", of("sound1", "<Size>[^<]*", r"\1<Size>-1"), note="size"),
    Fault("PKL-016", "interop", of("sound1", "<Hash>[^<]*</Hash>", r"\1"), note="no-hash"),
    Fault("PKL-017", "smpte", rewrite("pkl", FIRST, "")),
    Fault("PKL-018", "smpte", of("sound1", "<Type>[^<]*", r"\1<Type>text/xml")),
    Fault("PKL-018", "interop", of("sound1", "asdcpKind=Sound", r"\1asdcpKind=Picture"), note="kind"),
    Fault("PKL-018", "interop", of("font1", "<Type>[^<]*", r"\1<Type>image/png"), note="font"),
    Fault("PKL-018", "smpte", of("sound1", "application/mxf", r"\1Application/MXF"), note="case"),
    Fault("PKL-019", "smpte", not_packed("sound2")),
    Fault("PKL-019", "interop", not_packed("font1"), note="font"),
]  # fmt: skip
GOOD = [
    Good("no-names", "smpte", rewrite("pkl", "<OriginalFileName>[^<]*</OriginalFileName>", "", count=0)),
    Good("group", "smpte", edit("pkl", "</Creator>", "</Creator><GroupId>urn:uuid:"
         "6b29fc40-ca47-1067-b31d-00dd010662da</GroupId>")),
    Good("plus", "smpte", rewrite("pkl", r"<Size>(\d)", r"<Size>+\1")),
]  # fmt: skip
