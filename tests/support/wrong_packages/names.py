"""What is wrong in a title that is a name by the naming convention: one part of it, or the fact behind it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from fractions import Fraction
from typing import Any

from wrong_packages.edits import Change, both, set_cpl, text_edit
from wrong_packages.world import PICTURE, PICTURE2, SOUND, SOUND2, World, reel_asset

from dcp.documents.cpl_metadata import Area, ExtensionMetadata, application
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.packing.name_reading import parse_name
from dcp.packing.naming import format_name

NAME = "Title_FTR-1_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV"
"""The name that the world's package has by the convention."""


def titled(title: str) -> Change:
    """The composition, and whatever else goes by a title, called so."""

    def change(world: World) -> None:
        world.cpl = replace(world.cpl, content_title_text=title, annotation_text=title)
        text_edit("ASSETMAP.xml", b">Title<", f">{title}<".encode())(world)
        text_edit("pkl.xml", b">Title<", f">{title}<".encode())(world)

    return change


def says(**parts: Any) -> Change:
    """The right name with other parts."""
    right = parse_name(NAME)
    assert right is not None
    return titled(format_name(replace(right, **parts)))


RIGHT = titled(NAME)


def but(*changes: Change, **parts: Any) -> Change:
    return both(says(**parts), *changes)


def picture(width: int, height: int, **more: Any) -> Change:
    def change(world: World) -> None:
        for each in (PICTURE, PICTURE2):
            world.head(each, descriptor=PictureDescriptor(width, height, False, **more))

    return change


def sound(*symbols: str) -> Change:
    def change(world: World) -> None:
        for each in (SOUND, SOUND2):
            world.head(each, descriptor=SoundDescriptor.labelled(symbols))

    return change


def metadata(**changes: Any) -> Change:
    return lambda world: world.metadata(**changes)


def extension(scope: str, name: str) -> Change:
    return metadata(extension_metadata_list=(application(), ExtensionMetadata(scope, name)))


def all_reels(kind: str, **changes: Any) -> Change:
    return lambda world: world.asset(kind, first_only=False, **changes)


def without(kind: str) -> Change:
    def change(world: World) -> None:
        reels = tuple(
            replace(reel, assets=tuple(asset for asset in reel.assets if asset.kind != kind))
            for reel in world.cpl.reels
        )
        world.cpl = replace(world.cpl, reels=reels)

    return change


def captions(world: World) -> None:
    """Closed ones, in every reel."""
    reels = tuple(
        replace(
            reel,
            assets=(*reel.assets, reel_asset("ClosedCaption", uuid.uuid4(), hash=bytes(20), language="en")),
        )
        for reel in world.cpl.reels
    )
    world.cpl = replace(world.cpl, reels=reels)


def three_d(world: World) -> None:
    """All reels in 3D."""
    world.reels(
        lambda asset: (
            replace(asset, kind="MainStereoscopicPicture", frame_rate=Fraction(48))
            if asset.kind == "MainPicture"
            else asset
        )
    )


DOLBY = "http://www.dolby.com/schemas/2014/EDR-Metadata"
ECLAIR = "http://www.eclaircolor.com/schemas/metadata"
SIX = ("L", "R", "C", "LFE", "Ls", "Rs")
RATE_25: dict[str, Any] = {"edit_rate": Fraction(25), "frame_rate": Fraction(25)}

CASES: list[tuple[str, Change]] = [
    ("NAM-001", titled("Title_FTR-1_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV_More")),
    ("NAM-001", titled("Title_FTR-1_F_EN-DE_US-PG_2K_51-IAB_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", titled("Title_FTR-1_F_EN-DE_51-IAB_2K_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", titled("Title_FTR-1-24-600_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", titled("ATitleThatIsTooLong_FTR-1_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", titled("A_Title_FTR-1_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", titled("Title_FILM-1_F_EN-DE_US-PG_51-IAB_2K_DI_20260130_DLX_SMPTE_OV")),
    ("NAM-001", says(studio="QQQQ")),
    ("NAM-001", says(rating="XX")),
    ("NAM-001", says(facility="QQQQ")),
    ("NAM-002", says(red_band=True)),
    ("NAM-003", but(three_d, standard_3d=True)),
    ("NAM-003", but(three_d, dimension="3D")),
    ("NAM-004", but(set_cpl(content_kind="trailer"), kind="TLR", ratio="185")),
    ("NAM-005", says(date="20260230")),
    ("NAM-005", says(date="20260301")),
    ("NAM-006", says(package_number=1)),
    ("NAM-007", says(rate=48)),
    ("NAM-007", says(version=None, rate=25)),  # a lone number that is no version of the metadata either
    ("NAM-007", but(all_reels("MainPicture", **RATE_25))),
    ("NAM-008", says(dimension="3D", standard_3d=True)),
    ("NAM-008", but(three_d)),
    ("NAM-009", says(container="S")),
    ("NAM-009", but(metadata(main_picture_active_area=Area(1440, 1080)), ratio="137")),
    ("NAM-010", but(without("MainSubtitle"))),
    ("NAM-010", says(texts=("XX",))),
    ("NAM-010", says(texts=("de",))),
    ("NAM-010", says(texts=("FR",))),
    ("NAM-011", says(captions=("CCAP",))),
    ("NAM-011", but(without("MainSubtitle"), texts=("XX",), captions=("OCAP",))),
    ("NAM-011", but(captions)),
    ("NAM-012", says(sound="71")),
    ("NAM-012", says(sound_extras=("HI", "IAB"))),
    ("NAM-012", but(sound(*SIX, "HI", "VIN"), metadata(main_sound_configuration=None))),
    ("NAM-012", but(without("MainSound"))),
    ("NAM-013", but(without("AuxData"))),
    ("NAM-013", says(sound_extras=())),
    ("NAM-014", says(resolution="4K")),
    ("NAM-015", says(standard="IOP")),
    ("NAM-016", says(look="DVis")),
    ("NAM-016", but(extension(DOLBY, "Dolby EDR"))),
    ("NAM-017", says(look="EC")),
    ("NAM-017", but(extension(ECLAIR, "Eclair Color"))),
    ("NAM-018", says(package="VF")),
    ("NAM-019", says(kind="TLR")),
    ("NAM-020", says(audio="FR")),
    ("NAM-021", says(look="HDR1")),
    ("NAM-021", but(picture(1998, 1080, transfer_characteristic=TRANSFER_ST2084))),
    ("NAM-022", says(version=2)),
    ("NAM-022", but(metadata(version_status="final"), status="Temp")),
    ("NAM-023", but(metadata(release_territory="FR"))),
    ("PKG-101", but(text_edit("ASSETMAP.xml", b">Title<", NAME.replace("Title", ">Else").encode() + b"<"))),
]  # fmt: skip
"""(rule, change): the name is right but for what the change does."""

SILENT: list[tuple[str, Change]] = [
    ("as it is", RIGHT),
    ("no convention", titled("My film, the long version (2K)")),
    ("nothing to say", titled("Title_FTR-1_F_EN-DE_US-PG_51-IAB_2K_NULL_20260130_NUL_SMPTE_OV")),
    ("OV left out", titled(NAME.removesuffix("_OV"))),
    ("Atmos before", titled(NAME.replace("51-IAB", "ATMOS-51"))),
    ("no one's territory", but(territory="OV", rating=None)),
    ("3D", but(three_d, dimension="3D", standard_3d=True)),
    ("burnt in", but(without("MainSubtitle"), texts=("de",))),
    ("of two languages", says(texts=("DE", "FR"))),
    ("captions alone", but(without("MainSubtitle"), captions, texts=("EN",), captions=("CCAP",))),
    ("open captions", says(texts=("XX",), captions=("OCAP",))),
    ("Dolby Vision", but(extension(DOLBY, "Dolby EDR"), look="DVis")),
    ("a date of the other side of the earth", says(date="20260201")),
]  # fmt: skip
