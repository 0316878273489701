"""What is wrong in titles by the naming convention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dcp.packing.name_reading import parse_name
from dcp.packing.naming import format_name
from faults.changes import Change, both, rewrite
from faults.rows import Fault, Good

NAMES = {
    "smpte": "Film_TST-1_F_EN-EN-CCAP_US_51_2K_DI_20260130_DLX_SMPTE_OV",
    "interop": "Film_TST_F_EN-EN_US_51_2K_DI_20260130_DLX_IOP_OV",
    "stereo": "Film_TST-1-3D_F_EN-XX_US_51_2K_DI_20260130_DLX_SMPTE-3D_OV",
    "immersive": "Film_TST-1_F_EN-XX_US_51-HI-VI-IAB_2K_DI_20260130_DLX_SMPTE_OV",
    "vf": "Film_TST-1_F_EN-EN_US_51_2K_DI_20260130_DLX_SMPTE_VF",
}
"""The right name of each base."""


def titled(title: str) -> Change:
    """The composition called so, and its packing list with it."""
    words = rf"\g<1>{title}<"
    return both(
        rewrite("cpl", "(<ContentTitleText>)[^<]*<", words),
        rewrite("cpl", "(<AnnotationText>)[^<]*<", words),
        rewrite("pkl", "(<AnnotationText>)[^<]*<", words),
    )


def says(base: str, **parts: Any) -> Change:
    right = parse_name(NAMES[base])
    assert right is not None
    kind, others = parts.pop("kind", right.kind), parts
    values = {name: getattr(right, name) for name in right.__dataclass_fields__} | others | {"kind": kind}
    return titled(format_name(type(right)(**values)))


def wrong(rule: str, base: str, note: str, **parts: Any) -> Fault:
    return Fault(rule, base, says(base, **parts), note=note)


_DOCUMENTS = {"hashes": False, "picture": False}
"""What these rows ask: no more than the documents and the headers."""
_WRONG = [
    Fault("NAM-001", "smpte", titled(NAMES["smpte"].replace("_51_2K_", "_2K_51_")), note="order"),
    Fault("NAM-001", "smpte", titled(NAMES["smpte"].replace("_US_", "_")), note="absent"),
    Fault("NAM-001", "smpte", titled(NAMES["smpte"].replace("_US_", "_USA_")), note="unread"),
    Fault("NAM-001", "smpte", titled(NAMES["smpte"].replace("TST-1", "FILM-1")), note="no-kind"),
    wrong("NAM-001", "smpte", "long", film="AFilmWithALongTitle"),
    wrong("NAM-001", "smpte", "studio", studio="QQQQ"),
    wrong("NAM-002", "smpte", "", red_band=True),
    wrong("NAM-003", "stereo", "kind", dimension=None),
    wrong("NAM-003", "stereo", "standard", standard_3d=False),
    Fault(
        "NAM-004",
        "smpte",
        both(
            says("smpte", kind="TLR", ratio="166"),
            rewrite("cpl", "(<ContentKind[^>]*>)test<", r"\g<1>trailer<"),
        ),
    ),
    wrong("NAM-005", "smpte", "no-day", date="20260231"),
    wrong("NAM-005", "smpte", "future", date="20270131"),
    wrong("NAM-006", "smpte", "", package_number=2),
    wrong("NAM-007", "smpte", "", rate=25),
    wrong("NAM-008", "smpte", "", dimension="3D", standard_3d=True),
    wrong("NAM-008", "stereo", "2D", dimension="2D"),
    wrong("NAM-008", "stereo", "unsaid", dimension=None, standard_3d=False),
    wrong("NAM-009", "smpte", "", container="S"),
    wrong("NAM-009", "smpte", "ratio", ratio="133"),
    wrong("NAM-009", "interop", "", container="S"),
    wrong("NAM-010", "smpte", "unsaid", texts=("XX",)),
    wrong("NAM-010", "smpte", "language", texts=("FR",)),
    wrong("NAM-010", "stereo", "absent", texts=("FR",)),
    wrong("NAM-011", "smpte", "unsaid", captions=()),
    wrong("NAM-011", "vf", "absent", captions=("CCAP",)),
    wrong("NAM-012", "smpte", "", sound="71"),
    wrong("NAM-012", "interop", "count", sound="71"),
    wrong("NAM-012", "immersive", "unsaid", sound_extras=("IAB",)),
    wrong("NAM-012", "smpte", "absent", sound_extras=("HI",)),
    wrong("NAM-013", "smpte", "", sound_extras=("IAB",)),
    wrong("NAM-013", "immersive", "unsaid", sound_extras=("HI", "VI")),
    wrong("NAM-014", "smpte", "", resolution="4K"),
    wrong("NAM-015", "smpte", "", standard="IOP"),
    wrong("NAM-015", "interop", "", standard="SMPTE"),
    wrong("NAM-016", "smpte", "", look="DVis"),
    wrong("NAM-017", "smpte", "", look="EC"),
    wrong("NAM-018", "smpte", "", package="VF"),
    wrong("NAM-018", "vf", "", package="OV"),
    wrong("NAM-019", "smpte", "", kind="FTR"),
    wrong("NAM-020", "smpte", "", audio="FR"),
    wrong("NAM-021", "smpte", "", look="HDR1"),
    wrong("NAM-022", "smpte", "", version=3),
    Fault(
        "NAM-023",
        "smpte",
        both(
            says("smpte"),
            rewrite(
                "cpl",
                "(</[a-z0-9:]*FullContentTitleText>)",
                r'\1<ReleaseTerritory xmlns="http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata">FR'
                "</ReleaseTerritory>",
            ),
        ),
    ),
    Fault(
        "PKG-101",
        "smpte",
        both(
            says("smpte"),
            rewrite("map", "(<AnnotationText>)[^<]*<", rf"\1{NAMES['smpte'].replace('Film', 'Else')}<"),
        ),
    ),
]


FAULTS = [replace(row, asked=_DOCUMENTS) for row in _WRONG]
_RIGHT = [
    *(Good("named", base, titled(name)) for base, name in NAMES.items()),
    Good("named-no-name", "smpte", titled("The Film, 2K")),
    Good("named-without-ov", "smpte", titled(NAMES["smpte"].removesuffix("_OV"))),
    Good("named-nobody", "smpte", titled(NAMES["smpte"].replace("_DI_", "_NULL_").replace("_DLX_", "_NUL_"))),
    Good("named-burnt-in", "stereo", says("stereo", texts=("fr",))),
    Good("named-iab-first", "immersive", titled(NAMES["immersive"].replace("51-HI-VI-IAB", "IAB-HI-VI-51"))),
]
GOOD = [replace(row, asked=_DOCUMENTS) for row in _RIGHT]
