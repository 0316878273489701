"""What two lists say differently of one cinema, in words, for the notes and problems of a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kdm.facility.values import Facility, Screen

SHOWN = 10  # of what differs, and of the names in one list

_WORDS: tuple[tuple[str, Callable[[Facility], str]], ...] = (
    ("name", lambda facility: facility.name),
    ("e-mail", lambda facility: _few(facility.emails)),
    ("time zone", lambda facility: facility.time_zone or ""),
    ("country", lambda facility: facility.country),
    ("language", lambda facility: facility.language),
    ("circuit", lambda facility: facility.circuit),
)


def differences(before: Facility, after: Facility) -> list[str]:
    """Each by what it was and what it is, at most `SHOWN` and how many there are more; none when both say
    the same of address, screens and devices."""
    found = [*_about(before, after), *_screens(before, after)]
    return found if len(found) <= SHOWN else [*found[:SHOWN], f"and {len(found) - SHOWN} more"]


def _about(before: Facility, after: Facility) -> Iterator[str]:
    for what, text in _WORDS:
        old, new = text(before), text(after)
        if old != new:
            yield f"{what}: {old[:1000] or 'none'} -> {new[:1000] or 'none'}"
    if before.emails != after.emails and _few(before.emails) == _few(after.emails):
        yield "e-mail: another of many"


def _screens(before: Facility, after: Facility) -> Iterator[str]:
    old, new = ({screen.name: screen for screen in each.screens} for each in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"screen {name[:80]}: gone"
        elif name not in old:
            yield f"screen {name[:80]}: new, with {_blocks(new[name])}"
        else:
            yield from _screen(old[name], new[name])


def _screen(old: Screen, new: Screen) -> Iterator[str]:
    if _prints(old) != _prints(new):
        yield f"screen {old.name[:80]}: {_blocks(old)} -> {_blocks(new)}"
    if set(old.device_thumbprints) != set(new.device_thumbprints):
        yield f"screen {old.name[:80]}: other attached devices"


def _prints(screen: Screen) -> set[bytes]:
    return {device.leaf.thumbprint() for device in screen.recipients}


def _blocks(screen: Screen) -> str:
    """With the start of each thumbprint: another certificate may have the same name."""
    named = (
        f"{device.leaf.label[:60]} ({device.leaf.thumbprint().hex()[:8]})" for device in screen.recipients
    )
    return _few(named) or "no media block"


def _few(words: Iterable[str]) -> str:
    every = [word[:80] for word in words]
    rest = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + rest
