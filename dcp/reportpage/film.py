"""A composition on a report's page: the lines of the heading, and the timeline of its reels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.package.outline import CompositionOutline as CompositionOutline
from dcp.package.outline import TrackOutline, role_of
from dcp.reportpage.page import Bar, Fact, Pin, Row, Timeline, Tone, Words
from dcp.reportpage.render import clock
from dcp.texts.catalogue import Text, known, text

ROLES = ("picture", "sound", "subtitles", "captions", "data")
LEGEND: tuple[tuple[Tone, Text], ...] = (
    ("error", text("page.error")),
    ("warning", text("page.warning")),
    ("info", text("page.info")),
)


@dataclass(frozen=True)
class Found:
    """Something found in a composition, for its timeline.

    Where: edit units of a file (`units`, first and last), a whole file, a reel by number or a stretch of
    seconds, these two with or without the kind of the asset. All None: of no place in time, and not drawn.
    """

    tone: Tone
    hint: Words
    href: str
    file: str | None = None
    units: tuple[int, int] | None = None
    reel: int | None = None
    span: tuple[Fraction, Fraction] | None = None
    kind: str | None = None


def facts(film: CompositionOutline) -> tuple[Fact, ...]:
    """The lines of the heading that a composition fills; what is not known is left out."""
    lines = [
        Fact(text("page.kind"), _kind(film.content_kind)),
        Fact(text("page.duration"), duration(film)),
        Fact(text("page.reels"), f"{len(film.reels):,}"),
    ]
    if film.size is not None:
        lines.append(Fact(text("page.picture"), _picture(film)))
    if film.channels is not None:
        rate = f"{(film.sample_rate or 0) / 1000:g}"
        lines.append(Fact(text("page.sound"), text("page.sound-is", n=film.channels, khz=rate)))
    if film.languages:
        lines.append(Fact(text("page.languages"), film.languages))
    lines += [
        Fact(text("page.protection"), text("page.encrypted" if film.encrypted else "page.clear")),
        Fact(text("page.signed-by"), _signer(film)),
        Fact(text("page.cpl-id"), str(film.id), code=True),
    ]
    return tuple(lines)


def duration(film: CompositionOutline) -> Words:
    """h:mm:ss and frames."""
    time = clock(film.seconds)
    return time if film.frames is None else text("page.duration-is", time=time, n=film.frames)


def size(count: int) -> Text:
    """Bytes, in GB from one GB on."""
    unit, whole = ("GB", count / 1e9) if count >= 1e9 else ("MB", count / 1e6)
    return text("page.size-is", size=whole, unit=unit, n=count)


def timeline(film: CompositionOutline, found: Iterable[Found] = ()) -> Timeline | None:
    """Its reels and tracks over time, with what was found on them; None when it lasts no time."""
    if not film.seconds:
        return None
    length = max(film.seconds, *(track.start + track.seconds for reel in film.reels for track in reel.tracks))
    pins: dict[str, list[Pin]] = {}
    tones: set[Tone] = set()
    tracks = _by_file(film)
    for each in found:
        for row, start, end in _where(film, tracks, each):
            pins.setdefault(row, []).append(Pin(start, end, each.tone, each.hint, each.href))
            tones.add(each.tone)
    rows = [Row(text("page.reels"), _reel_bars(film), tuple(pins.get("reels", ())))]
    for role in ROLES:
        bars = tuple(
            Bar(track.start, track.start + track.seconds, hint=track.file or "")
            for reel in film.reels
            for track in reel.tracks
            if role_of(track.kind) == role
        )
        if bars:
            rows.append(Row(text("page." + role), bars, tuple(pins.get(role, ()))))
    return Timeline(length, tuple(rows), tuple(each for each in LEGEND if each[0] in tones))


def _reel_bars(film: CompositionOutline) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            reel.start,
            reel.start + reel.seconds,
            label=str(reel.number),
            hint=text("page.reel-is", n=reel.number, time=clock(reel.seconds)),
        )
        for reel in film.reels
    )


def _by_file(film: CompositionOutline) -> Mapping[str, list[TrackOutline]]:
    tracks: dict[str, list[TrackOutline]] = {}
    for reel in film.reels:
        for track in reel.tracks:
            if track.file is not None:
                tracks.setdefault(track.file, []).append(track)
    return tracks


def _where(
    film: CompositionOutline, tracks: Mapping[str, list[TrackOutline]], found: Found
) -> Iterable[tuple[str, Fraction, Fraction]]:
    """The stretches that something was found at: of which row, from when to when."""
    row = role_of(found.kind) if found.kind else "reels"
    if found.span is not None:
        yield row, *found.span
        return
    if found.reel is not None:
        for reel in film.reels:
            if reel.number == found.reel:
                yield row, reel.start, reel.start + reel.seconds
        return
    for track in tracks.get(found.file or "", ()):
        if found.units is None:
            yield role_of(track.kind), track.start, track.start + track.seconds
            continue
        first = max(found.units[0], track.entry_point)
        last = min(found.units[1], track.entry_point + track.duration - 1)
        if first <= last:
            offset = track.start - Fraction(track.entry_point) / track.rate
            yield role_of(track.kind), offset + first / track.rate, offset + (last + 1) / track.rate


def _kind(kind: str) -> Words:
    id = "page.kind-" + kind
    return text(id) if known(id) else kind


def _picture(film: CompositionOutline) -> Words:
    assert film.size is not None
    rate = f"{float(film.rate):g}" if film.rate else "?"
    where = text("page.picture-is", width=film.size[0], height=film.size[1], rate=rate)
    return text("page.stereo-is", picture=where) if film.stereo else where


def _signer(film: CompositionOutline) -> Words:
    if film.signer is not None:
        return film.signer
    return text("page.signed-unjudged" if film.signed else "page.unsigned")
