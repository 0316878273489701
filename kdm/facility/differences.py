"""What two lists say differently of one cinema, in words, for the notes and problems of a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dcp.texts.catalogue import said, text
from kdm.facility.values import Facility, Screen
from kdm.phrases import Listed, phrase

SHOWN = 10  # of what differs, and of the names in one list

_WORDS: tuple[tuple[str, Callable[[Facility], object]], ...] = (
    ("name", lambda facility: facility.name[:1000]),
    ("e-mail", lambda facility: _few(facility.emails)),
    ("time-zone", lambda facility: facility.time_zone or ""),
    ("country", lambda facility: facility.country[:1000]),
    ("language", lambda facility: facility.language[:1000]),
    ("circuit", lambda facility: facility.circuit[:1000]),
)


def differences(before: Facility, after: Facility) -> list[str]:
    """Each by what it was and what it is, at most `SHOWN` and how many there are more; none when both say
    the same of address, screens and devices."""
    found = [*_about(before, after), *_screens(before, after)]
    return found if len(found) <= SHOWN else [*found[:SHOWN], phrase("differs.more", more=len(found) - SHOWN)]


def _about(before: Facility, after: Facility) -> Iterator[str]:
    for what, of in _WORDS:
        old, new = of(before), of(after)
        if said(old) != said(new):
            none = text("word.none")
            yield phrase("differs.about", what=f"of-cinema-{what}", old=old or none, new=new or none)
    if before.emails != after.emails and _shown(before) == _shown(after):
        yield phrase("differs.one-of-many")


def _shown(facility: Facility) -> list[str]:
    return [address[:80] for address in facility.emails][:SHOWN]


def _screens(before: Facility, after: Facility) -> Iterator[str]:
    old, new = ({screen.name: screen for screen in each.screens} for each in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield phrase("differs.screen-gone", screen=name[:80])
        elif name not in old:
            yield phrase("differs.screen-new", screen=name[:80], blocks=_blocks(new[name]))
        else:
            yield from _screen(old[name], new[name])


def _screen(old: Screen, new: Screen) -> Iterator[str]:
    if _prints(old) != _prints(new):
        yield phrase("differs.blocks", screen=old.name[:80], old=_blocks(old), new=_blocks(new))
    if set(old.device_thumbprints) != set(new.device_thumbprints):
        yield phrase("differs.devices", screen=old.name[:80])


def _prints(screen: Screen) -> set[bytes]:
    return {device.leaf.thumbprint() for device in screen.recipients}


def _blocks(screen: Screen) -> object:
    """With the start of each thumbprint: another certificate may have the same name."""
    named = [
        f"{device.leaf.label[:60]} ({device.leaf.thumbprint().hex()[:8]})" for device in screen.recipients
    ]
    return _few(named) or text("differs.no-media-block")


def _few(words: Iterable[str]) -> Listed | None:
    every = tuple(word[:80] for word in words)
    return Listed(every, most=SHOWN) if every else None
