"""Which shows have no KDM: screens crossed with compositions, and the holes (KDM-127).

Each KDM is read once, found by its recipient's issuer and serial and by its composition, and judged once, for
the one screen and the one composition that it is for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.cpl_reading import parse_cpl
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.names import Name
from dcp.trust.refusals import Finding
from kdm.checklist import check_kdm
from kdm.composition import CplFacts, cpl_facts
from kdm.diagnose.matching import WINDOW_STEPS, device_of, parsed_name, same_title
from kdm.diagnose.reading import KdmFile
from kdm.diagnose.server import usable
from kdm.facility.values import FacilityList
from kdm.message import KdmMessage
from kdm.phrases import fault_of, phrase

State = Literal["clear", "ok", "begins", "ended", "refused", "none"]
Hint = Literal["other-certificate", "re-export"]


@dataclass(frozen=True)
class Row:
    """A media block of a screen: what KDMs are made for. `devices`: what is attached to it; `thumbprints`:
    the same of which the list has no certificate. `zone`: the cinema's, as its list has it."""

    cinema: str
    screen: str
    certificate: Certificate
    devices: tuple[Certificate, ...] = ()
    thumbprints: tuple[bytes, ...] = ()
    zone: str | None = None


@dataclass(frozen=True)
class Column:
    """A composition. `length`: how long it plays, None when it does not say."""

    facts: CplFacts
    data: bytes = field(repr=False)
    where: str
    length: timedelta | None = None

    @property
    def id(self) -> uuid.UUID:
        return self.facts.id

    @property
    def title(self) -> str:
        return self.facts.content_title_text


@dataclass(frozen=True)
class Window:
    """When a sound KDM lets a screen play. `cut`: the server's own certificate ends before the KDM does."""

    begins: datetime
    until: datetime
    file: str
    cut: bool = False


@dataclass(frozen=True)
class Cell:
    """What a media block has for a composition. `windows`: of its sound KDMs, by their beginning; `refused`:
    file and reason of the others; `hints`: KDMs that look as if they were meant for it.
    """

    needs_kdm: bool = True
    windows: tuple[Window, ...] = ()
    refused: tuple[tuple[str, Finding], ...] = ()
    hints: tuple[tuple[str, Hint], ...] = ()

    @property
    def spans(self) -> tuple[tuple[datetime, datetime], ...]:
        """The windows with what overlaps or touches put together."""
        spans: list[tuple[datetime, datetime]] = []
        for window in self.windows:
            if spans and window.begins <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], window.until))
            else:
                spans.append((window.begins, window.until))
        return tuple(spans)

    @property
    def gaps(self) -> tuple[tuple[datetime, datetime], ...]:
        """Between one span and the next."""
        spans = self.spans
        return tuple((one[1], other[0]) for one, other in pairwise(spans))

    @property
    def overlaps(self) -> bool:
        """Whether two of its KDMs hold at the same time."""
        return len(self.spans) < len(self.windows)

    def span_at(self, instant: datetime) -> tuple[datetime, datetime] | None:
        return next((span for span in self.spans if span[0] <= instant <= span[1]), None)

    def next_begin(self, now: datetime) -> datetime | None:
        return next((span[0] for span in self.spans if span[0] > now), None)

    def state(self, now: datetime) -> State:
        if not self.needs_kdm:
            return "clear"
        if self.span_at(now):
            return "ok"
        if self.next_begin(now):
            return "begins"
        if self.refused:
            return "refused"
        return "ended" if self.windows else "none"


@dataclass(frozen=True)
class Coverage:
    """`cells`: by row and column number. `unused`: KDMs for no screen or no composition here. `unreadable`:
    files that are damaged, with what is wrong."""

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    cells: Mapping[tuple[int, int], Cell]
    read: int = 0
    unused: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()

    def name(self, column: int) -> str:
        """A composition's title; with the beginning of its id where several here have that title."""
        own = self.columns[column]
        twins = [one for one in self.columns if same_title(one.title) == same_title(own.title)]
        if len(twins) == 1:
            return own.title
        id, short = str(own.id), str(own.id)[:8]
        alike = sum(str(one.id).startswith(short) for one in twins) > 1
        return f"{own.title} ({id if alike else short})"

    def cell(self, row: int, column: int) -> Cell:
        return self.cells.get((row, column)) or Cell(bool(self.columns[column].facts.keys))


def rows_of(facilities: FacilityList) -> tuple[Row, ...]:
    """Every media block of every screen."""
    return tuple(
        Row(
            cinema=facility.name or facility.id,
            screen=screen.name,
            certificate=recipient.leaf,
            devices=tuple(device.leaf for device in screen.devices),
            thumbprints=screen.bare_thumbprints,
            zone=facility.time_zone,
        )
        for facility in facilities.facilities
        for screen in facility.screens
        for recipient in screen.recipients
    )


def read_column(data: bytes, *, where: str) -> Column:
    """A composition to be covered. DocumentError when it is no playlist; its signature is judged per KDM."""
    cpl = parse_cpl(data, where=where)
    return Column(cpl_facts(cpl), data, where, _length(cpl))


def cover(
    rows: Sequence[Row],
    columns: Sequence[Column],
    files: Iterable[KdmFile],
    *,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    now: datetime,
    since: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Coverage:
    """Cross screens with compositions by these KDMs.

    `since`: the earliest instant of interest, `now` unless given; a KDM that was over by then is not judged.
    """
    return _Crossing(tuple(rows), tuple(columns), trust, revoked, now, min(since or now, now)).run(
        files, progress
    )


@dataclass
class _Crossing:
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    trust: Sequence[Certificate] | None
    revoked: DenyList | None
    now: datetime
    since: datetime
    windows: dict[tuple[int, int], list[Window]] = field(default_factory=dict)
    refused: dict[tuple[int, int], list[tuple[str, Finding]]] = field(default_factory=dict)
    hints: dict[tuple[int, int], list[tuple[str, Hint]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_serial: dict[tuple[Name | None, int | None], list[int]] = {}
        self.by_device: dict[tuple[str, str], list[int]] = {}
        for place, row in enumerate(self.rows):
            fields = row.certificate.fields
            self.by_serial.setdefault((fields.issuer, fields.serial), []).append(place)
            device = device_of(str(fields.subject)) if fields.subject is not None else None
            if device is not None:
                self.by_device.setdefault(device, []).append(place)
        self.by_id = {column.id: place for place, column in enumerate(self.columns)}
        self.by_title = {same_title(column.title): place for place, column in enumerate(self.columns)}

    def run(self, files: Iterable[KdmFile], progress: Callable[[int, int], None] | None) -> Coverage:
        read = unused = 0
        unreadable = []
        for file in files:
            read += 1
            if file.message is None:
                unreadable.append(
                    (file.where, fault_of(file.error) if file.error else phrase("kdms.not-read"))
                )
            elif not self._place(file, file.message):
                unused += 1
            if progress is not None:
                progress(read, 0)
        keys = {*self.windows, *self.refused, *self.hints}
        cells = {
            key: Cell(
                bool(self.columns[key[1]].facts.keys),
                tuple(sorted(self.windows.get(key, ()), key=lambda one: (one.begins, one.until))),
                tuple(self.refused.get(key, ())),
                tuple(self.hints.get(key, ())),
            )
            for key in sorted(keys)
        }
        return Coverage(self.rows, self.columns, cells, read, unused, tuple(unreadable))

    def _place(self, file: KdmFile, message: KdmMessage) -> bool:
        """Put a KDM into the cell that it is for; False when there is none."""
        serial = message.recipient.x509_issuer_serial
        column = self.by_id.get(message.composition_playlist_id)
        places = self.by_serial.get((parsed_name(serial.x509_issuer_name), serial.x509_serial_number), [])
        if column is None:
            retitled = self.by_title.get(same_title(message.content_title_text))
            if retitled is not None:
                for row in places:
                    self.hints.setdefault((row, retitled), []).append((file.where, "re-export"))
            return False
        if not places:
            device = device_of(message.recipient.x509_subject_name)
            for row in self.by_device.get(device, []) if device is not None else []:
                self.hints.setdefault((row, column), []).append((file.where, "other-certificate"))
            return False
        for row in places:
            self._judge(file, message, row, column)
        return True

    def _judge(self, file: KdmFile, message: KdmMessage, row: int, column: int) -> None:
        start, end = message.window
        certificate = self.rows[row].certificate
        begins, until = usable(certificate, start, end)
        wrong: Finding | None = None
        if end >= self.since:  # nobody asks any more what one that is over was worth
            report = check_kdm(
                file.data,
                recipient=certificate,
                cpl=self.columns[column].data,
                devices=_attached(self.rows[row], message),
                trust=self.trust,
                revoked=self.revoked,
                now=self.now,
                where=file.where,
                cpl_where=self.columns[column].where,
            )
            wrong = next((each for each in report.refusals if each.step not in WINDOW_STEPS), None)
        if wrong is not None:
            self.refused.setdefault((row, column), []).append((file.where, wrong))
        elif begins <= until:
            window = Window(begins, until, file.where, cut=until < end)
            self.windows.setdefault((row, column), []).append(window)


def _attached(row: Row, message: KdmMessage) -> tuple[Certificate, ...]:
    """The devices to hold the KDM's list against: none when it lists one that is known by its thumbprint."""
    listed = message.authorized_device_info.device_list
    return () if set(row.thumbprints) & set(listed) else row.devices


def _length(cpl: CompositionPlaylist) -> timedelta | None:
    """How long the composition plays, by the picture (or whatever else there is) of its reels."""
    total = Fraction()
    for reel in cpl.reels:
        asset = reel.picture or next((one for one in reel.assets if one.is_track_file), None)
        if asset is None or asset.edit_rate <= 0:
            return None
        total += Fraction(max(asset.duration, 0)) / asset.edit_rate
    return timedelta(seconds=float(total)) if 0 < total < 10**6 else None
