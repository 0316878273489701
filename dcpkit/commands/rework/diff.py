"""`dcpkit diff`: how two packages, or two compositions of one, differ in what is played."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.texts.catalogue import Text, text
from dcpkit.colours import paint
from dcpkit.commands.rework.shared import said_by_kdm
from dcpkit.commands.tracks import frame_range
from dcpkit.console import answer, in_words, progress, remark
from dcpkit.keying import keyring
from dcpkit.options import A_PATH, Access, clock, common, essence_keys
from dcpkit.packages import one_package, with_originals

if TYPE_CHECKING:
    from fractions import Fraction

    from dcp.package.package import Package
    from dcp.rework.differences import Difference, Frames, Range, Sound, Texts

_SHOWN = 4  # of each thing; a screen has 24 lines
_WIDE = 60  # signs of what a playlist says


@click.command()
@click.argument("a", type=A_PATH)
@click.argument("b", type=A_PATH)
@click.option("--frames", help="Only the frames A-B of the composition, from 0, both included.")
@click.option("--no-decode", is_flag=True, help="Compare bytes only; what differs is not decoded.")
@essence_keys
@clock
@common
def diff(
    a: Path,
    b: Path,
    frames: str | None,
    no_decode: bool,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Compare A with B, packages or playlists of one: documents, picture, sound, text, auxiliary data.

    Exit 0 when what is played is equal, 1 when it differs, 2 when it could not be compared.
    """
    from dcp.package.package import open_package
    from dcp.rework.diff import diff_packages

    places = [one_package(path) for path in (a, b)]
    opened = [open_package(p.root, ov=with_originals(p.root, access.ov, quiet=quiet)) for p in places]
    ids = [place.cpl_id for place in places]
    ring = keyring(access, now=now, cpl=_playlist(opened, ids, access))
    with progress("comparing", "frames", quiet=quiet) as advance:
        found = diff_packages(
            opened[0],
            opened[1],
            cpl_a=ids[0],
            cpl_b=ids[1],
            keyring=ring,
            mic=access.mic,
            frames=frame_range(frames),
            decode=not no_decode,
            progress=advance,
        )
    remark(found.notes, quiet=quiet)
    answer(found.document(), list(_lines(found)), as_json=as_json)
    return 0 if found.equal else 1


def _playlist(opened: list[Package], ids: list[uuid.UUID | None], access: Access) -> bytes | None:
    """The playlist that the KDM is judged with: the one of either side that it says it is for, else A's."""
    if access.kdm is None:
        return None
    named = said_by_kdm(access)
    playlists = [
        (cpl.id, package.document(cpl).data)
        for package, id in zip(opened, ids, strict=True)
        for cpl in package.compositions
        if id in (None, cpl.id)
    ]
    return next((data for id, data in playlists if id == named), playlists[0][1] if playlists else None)


# --- a screen for people -----


def _lines(found: Difference) -> Iterator[str | Text]:
    for side, title, frames in zip("AB", found.titles, found.frames, strict=True):
        yield text("diff.side", side=side, title=title, frames=frames)
    yield from _some([_of_document(each.what, each.reel, each.a, each.b) for each in found.stated])
    if found.picture is not None:
        yield from _of_frames("picture", found.picture, found.rate)
    if found.sound is not None:
        yield from _of_sound(found.sound)
    for each in found.texts:
        yield from _of_text(each)
    if found.aux is not None:
        yield from _of_frames("aux", found.aux, found.rate)
    if found.equal:
        last = text("diff.equal-but-documents" if found.stated else "diff.equal")
    else:
        differing = [text(f"diff-part.{name}") for name, equal in found.parts.items() if not equal]
        last = text("diff.differs", parts=differing or [text("diff-part.rate")])
    yield paint(in_words(last), "pass" if found.equal else "fail")


def _some(lines: list[Text]) -> Iterator[Text]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield text("diff.more", n=len(lines) - _SHOWN)


def _of_document(what: str, reel: int | None, a: str | None, b: str | None) -> Text:
    nothing = text("word.none")
    id = "diff.document" if reel is None else "diff.document-reel"
    return text(id, what=what, reel=reel, a=_short(a) or nothing, b=_short(b) or nothing)


def _short(words: str | None) -> str | None:
    return words if words is None or len(words) <= _WIDE else words[:_WIDE] + "..."


def _of_frames(kind: str, found: Frames, rate: Fraction) -> Iterator[Text]:
    name = text(f"diff-part.{kind}")
    yield text("diff.frames", part=name, compared=found.compared, same=found.same)
    if found.unread:
        yield text("diff.one-file", n=found.unread)
    if found.count("recoded"):
        yield text("diff.recoded", n=found.count("recoded"))
    played = [each for each in found.ranges if each.kind != "recoded"]
    yield from _some([_of_range(each) for each in played])


def _of_range(each: Range) -> Text:
    if each.kind == "different":
        return text("diff-range.different", first=each.first, last=each.last, db=each.psnr, most=each.most)
    return text(f"diff-range.{each.kind}", first=each.first, last=each.last)


def _of_sound(found: Sound) -> Iterator[Text]:
    if found.why is not None:
        yield text("diff.sound-not-compared", why=found.why)
        return
    yield text("diff.sound", compared=found.compared, rate=found.rate, differing=found.differing)
    if found.channels[0] != found.channels[1]:
        yield text("diff.sound-channels", a=found.channels[0], b=found.channels[1])
    for side, count in (("A", found.only_a), ("B", found.only_b)):
        if count:
            yield text("diff.sound-only", side=side, n=count)
    yield from _some(
        [
            text(
                "diff.sound-range",
                first=each.first,
                last=each.last,
                channels=[str(channel) for channel in each.channels],
                most=each.peak,
                db=each.document()["max_dbfs"],
            )
            for each in found.ranges
        ]
    )


def _of_text(found: Texts) -> Iterator[Text]:
    id = "diff.text-same" if found.documents else "diff.text-equal" if found.equal else "diff.text"
    yield text(
        id,
        kind=found.kind,
        language=found.language or text("word.none"),
        a=found.cues[0],
        b=found.cues[1],
        n=len(found.differing),
    )
    yield from _some(
        [
            text(
                "diff.cue",
                side=each.side.upper(),
                start=float(each.start),
                end=float(each.end),
                words=each.words,
            )
            for each in found.differing
        ]
    )
