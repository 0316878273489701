"""Whether reels run on from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Outcome, hit, package_rule


@dataclass(frozen=True)
class _Jump:
    """Where a reel does not go on with the file that the reel before it played. by: seconds, below 0 where
    something plays again."""

    number: int
    asset: ReelAsset
    began: int
    ended: int
    by: Fraction


@package_rule("REEL-012", severity="warning")
def reels_run_on(facts: PackageFacts) -> Outcome:
    """The same stretch again is a loop, and what an earlier reel left is a version's insert: neither is told.

    What a version file leaves out of its original may be left out on purpose: an information. So is a reel
    that begins before what the reel before it plays, as the whole film does after a part of it.
    """
    for document, cpl in facts.compositions():
        for jump in _jumps(cpl):
            cut: Severity | None = "info" if jump.by > 0 and not facts.lists(jump.asset.id) else None
            id = "REEL-012.left-out" if jump.by > 0 else "REEL-012.again"
            if jump.asset.entry_point < jump.began:
                id, cut = "REEL-012.back", "info"
            yield hit(
                id,
                file=document.name,
                place=f"/CompositionPlaylist/ReelList/Reel[{jump.number}]/AssetList/{jump.asset.kind}/EntryPoint",
                severity=cut,
                kind=jump.asset.kind,
                reel=jump.number,
                before=jump.number - 1,
                entry=jump.asset.entry_point,
                began=jump.began,
                ended=jump.ended,
                seconds=float(abs(jump.by)),
            )
        yield from _other_entries(document.name, cpl)


# --- how it is done -----


def _jumps(cpl: CompositionPlaylist) -> Iterator[_Jump]:
    for number, (before, reel) in enumerate(zip(cpl.reels, cpl.reels[1:], strict=False), start=2):
        picture = _jump(number, before.picture, reel.picture)
        if picture is not None:
            yield picture
        sound = _jump(number, before.sound, reel.sound)
        if sound is not None and (picture is None or picture.by != sound.by) and not _told_by_sound(reel):
            yield sound


def _jump(number: int, before: ReelAsset | None, asset: ReelAsset | None) -> _Jump | None:
    if before is None or asset is None or before.id != asset.id or asset.edit_rate <= 0:
        return None
    if asset.entry_point in (before.end, before.entry_point):
        return None
    return _Jump(
        number, asset, before.entry_point, before.end, (asset.entry_point - before.end) / asset.edit_rate
    )


def _told_by_sound(reel: Reel) -> bool:
    """Whether picture and sound are files of one length of which the reel plays other parts: QC-004."""
    picture, sound = reel.picture, reel.sound
    if picture is None or sound is None or picture.edit_rate <= 0 or sound.edit_rate <= 0:
        return False
    return picture.intrinsic_duration / picture.edit_rate == sound.intrinsic_duration / sound.edit_rate


def _other_entries(file: str, cpl: CompositionPlaylist) -> Outcome:
    """A picture that begins inside a file no reel has played before, where the first one begins elsewhere."""
    pictures = [(number, reel.picture) for number, reel in enumerate(cpl.reels, start=1)]
    seen = {picture.id for _, picture in pictures[:1] if picture is not None}
    first = pictures[0][1].entry_point if pictures and pictures[0][1] is not None else 0
    for number, picture in pictures[1:]:
        if picture is None or picture.id in seen:
            continue
        seen.add(picture.id)
        if picture.entry_point not in (0, first):
            yield hit(
                "REEL-012.entry",
                file=file,
                place=f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/{picture.kind}/EntryPoint",
                severity="info",
                reel=number,
                entry=picture.entry_point,
                first=first,
            )
