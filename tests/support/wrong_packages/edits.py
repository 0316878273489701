"""What can be made wrong in a package: each edit changes one thing of the world, or returns what does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from wrong_packages.world import (
    CONFIGURATION_4,
    CPL,
    NOW,
    PICTURE,
    SOUND,
    SOUND2,
    TEXT,
    World,
    markers,
    reel_asset,
    sha1,
)

from dcp.documents.assetmap import AssetMap
from dcp.documents.cpl import ReelAsset
from dcp.documents.pkl import PackingList
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.verify.facts import KdmFacts

Change = Callable[[World], object]


def both(*changes: Change) -> Change:
    return lambda world: [change(world) for change in changes]


def other_reel(world: World, **kinds: Any) -> None:
    """Change the assets of the second reel only."""
    first, second = world.cpl.reels
    assets = tuple(replace(a, **kinds[a.kind]) if a.kind in kinds else a for a in second.assets)
    world.cpl = replace(world.cpl, reels=(first, replace(second, assets=assets)))


def drop(world: World, kind: str, *, second_only: bool = False) -> None:
    reels = tuple(
        one
        if second_only and number == 0
        else replace(one, assets=tuple(a for a in one.assets if a.kind != kind))
        for number, one in enumerate(world.cpl.reels)
    )
    world.cpl = replace(world.cpl, reels=reels)


def put(world: World, *assets: ReelAsset) -> None:
    """Add assets to the first reel."""
    first, *rest = world.cpl.reels
    world.cpl = replace(world.cpl, reels=(replace(first, assets=(*first.assets, *assets)), *rest))


def mark(world: World, *found: tuple[str, int]) -> None:
    drop(world, "MainMarkers")
    put(world, markers(*found))


def text_edit(name: str, old: bytes, new: bytes) -> Change:
    def change(world: World) -> None:
        world.edit[name] = lambda data: data.replace(old, new)

    return change


def map_asset(number: int, **changes: Any) -> Change:
    def change(world: World) -> None:
        def edit(value: AssetMap) -> AssetMap:
            assets = list(value.asset_list)
            assets[number] = replace(assets[number], **changes)
            return replace(value, asset_list=tuple(assets))

        world.asset_map = edit

    return change


def not_mapped(name: str) -> Change:
    """Take a file out of the asset map."""

    def edit(value: AssetMap) -> AssetMap:
        left = tuple(each for each in value.asset_list if each.chunk_list[0].path != name)
        return replace(value, asset_list=left)

    return lambda world: setattr(world, "asset_map", edit)


def map_path(path: str) -> Change:
    return lambda world: text_edit("ASSETMAP.xml", b"<Path>picture1.mxf", f"<Path>{path}".encode())(world)


def pkl_asset(number: int, **changes: Any) -> Change:
    def change(world: World) -> None:
        def edit(value: PackingList) -> PackingList:
            assets = list(value.asset_list)
            assets[number] = replace(assets[number], **changes)
            return replace(value, asset_list=tuple(assets))

        world.pkl = edit

    return change


def with_key(world: World) -> None:
    key_id = uuid.UUID(int=77)
    world.asset("MainPicture", key_id=key_id)
    world.head(PICTURE, encrypted=True, key_id=key_id, has_mic=True)


def stereo(world: World, **more: Any) -> None:
    """The first reel in 3D."""
    first, *rest = world.cpl.reels
    first = replace(first, assets=tuple(a for a in first.assets if a.kind != "MainPicture"))
    world.cpl = replace(world.cpl, reels=(first, *rest))
    values: dict[str, Any] = {"frame_rate": Fraction(48), "screen_aspect_ratio": "1998 1080", **more}
    put(world, reel_asset("MainStereoscopicPicture", PICTURE, hash=sha1(PICTURE), **values))
    descriptor = PictureDescriptor(1998, 1080, True)
    world.head(PICTURE, essence="stereo_picture", descriptor=descriptor)


KDM = KdmFacts(CPL, NOW - timedelta(days=1), NOW + timedelta(days=1), frozenset(), "kdm.xml")
SOUND_AS: dict[str, Any] = {
    "channels": 6,
    "channel_assignment": CONFIGURATION_4,
    "soundfield": SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"]).soundfield,
}


def sound(world: World, **changes: Any) -> None:
    for each in (SOUND, SOUND2):
        world.head(each, descriptor=SoundDescriptor(**(SOUND_AS | changes)))


def interop_text(world: World, inside: str) -> None:
    """The subtitle of the first reel as an Interop file of its own."""
    data = f'<DCSubtitle Version="1.0">{inside}</DCSubtitle>'.encode()
    text_edit("ASSETMAP.xml", b"text1.mxf", b"text1.xml")(world)
    world.headers.pop(TEXT)
    world.touch = lambda root: (root / "text1.xml").write_bytes(data)


def rename(old: str, new: str) -> Change:
    return lambda world: setattr(world, "touch", lambda root: (root / old).rename(root / new))


def touch(action: Callable[[Path], object]) -> Change:
    return lambda world: setattr(world, "touch", action)


def set_cpl(**changes: Any) -> Change:
    return lambda world: setattr(world, "cpl", replace(world.cpl, **changes))
