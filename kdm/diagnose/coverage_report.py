"""A coverage as the document `dcpkit.kdm-coverage/1`, and in short words for its cells, shows and holes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from kdm.diagnose.coverage import Cell, Coverage, Row
from kdm.diagnose.programme import Judged
from kdm.diagnose.times import BothTimes, is_midnight, local_time, zone_named
from kdm.phrases import Listed, Phrase, Run, Saying, phrase
from kdm.steps import overrun_end

SCHEMA = "dcpkit.kdm-coverage/1"


@dataclass(frozen=True)
class Hole:
    """A screen and a composition, or a show, without a KDM that plays it, and why. `cpl_id`: None for a show
    of which it is not known."""

    cinema: str
    screen: str
    composition: str
    cpl_id: uuid.UUID | None
    why: str
    judged: Judged | None = None


@dataclass(frozen=True)
class CoverageReport:
    """What a coverage comes to. `problems`: what of the lists could not be read, so that nobody judged it."""

    coverage: Coverage
    now: datetime
    zone: tzinfo | None = None
    shows: tuple[Judged, ...] | None = None
    problems: tuple[str, ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Of the shows when there are any, otherwise of every screen and composition."""
        if self.shows is None:
            return tuple(self._cell_holes())
        return tuple(
            Hole(
                one.show.cinema,
                one.show.screen,
                one.show.composition,
                self.coverage.columns[one.column].id if one.column is not None else None,
                self.why_show(one),
                one,
            )
            for one in self.shows
            if not one.playable
        )

    @property
    def good(self) -> bool:
        return not self.holes and not self.problems

    def zone_of(self, row: Row | None) -> tzinfo | None:
        """The zone in which a cinema's staff reads times."""
        return (zone_named(row.zone) if row is not None else None) or self.zone

    def in_short(self, row: int, column: int) -> str:
        """A cell in a few characters."""
        cell, zone = self.coverage.cell(row, column), self.zone_of(self.coverage.rows[row])
        state = cell.state(self.now)
        span = cell.span_at(self.now)
        begins = cell.next_begin(self.now)
        if state == "ok" and span is not None:
            told = phrase("coverage.short-ok", time=_day(span[1], zone))
        elif state == "begins" and begins is not None:
            told = phrase("coverage.short-begins", time=_day(begins, zone))
        elif state == "refused":
            told = phrase("coverage.short-refused", step=cell.refused[0][1].step)
        elif state == "ended":
            told = phrase("coverage.short-ended", time=_day(cell.spans[-1][1], zone))
        else:
            told = phrase("coverage.short-clear" if state == "clear" else "coverage.short-none")
        marks = {
            "coverage.mark-gap": bool(self._gaps(cell)),
            "coverage.mark-overlap": cell.overlaps,
            "coverage.mark-midnight": self._midnight(cell, zone),
            "coverage.mark-cut": any(window.cut for window in cell.windows),
            "coverage.mark-hint": bool(cell.hints) and state in ("none", "ended", "refused"),
        }
        shown = tuple(Text(id) for id, given in marks.items() if given)
        return phrase("message.at", what=told, place=Listed(shown)) if shown else told

    def why_cell(self, row: int, column: int) -> str | None:
        """Why a cell is a hole; None when it is none."""
        cell, zone = self.coverage.cell(row, column), self.zone_of(self.coverage.rows[row])
        state = cell.state(self.now)
        if state == "none":
            return _hinted(cell, text("coverage.none"))
        if state == "ended":
            return _hinted(cell, text("coverage.last-ended", until=BothTimes(cell.spans[-1][1], zone)))
        if state == "refused":
            return _hinted(cell, _refused(cell))
        for begins, until in self._gaps(cell)[:1]:
            return phrase(
                "coverage.no-kdm-between", begins=BothTimes(begins, zone), until=BothTimes(until, zone)
            )
        return None

    def why_show(self, one: Judged) -> str:
        """What a show's verdict means, in words."""
        row = self.coverage.rows[one.row] if one.row is not None else None
        zone = self.zone_of(row)
        cell = (
            self.coverage.cell(one.row, one.column)
            if one.row is not None and one.column is not None
            else Cell()
        )
        if one.verdict == "refused":
            return _hinted(cell, _refused(cell))
        instants = {
            "end": one.end,
            "until": one.until,
            "begins": one.begins,
            "last": overrun_end(one.until) if one.until is not None else None,
        }
        places = {name: BothTimes(at, zone) if at is not None else "?" for name, at in instants.items()}
        told = Text(f"show.{one.verdict}", places)
        return _hinted(cell, told) if one.verdict in ("after", "none") else Phrase(told)

    def _gaps(self, cell: Cell) -> list[tuple[datetime, datetime]]:
        return [gap for gap in cell.gaps if gap[1] > self.now]

    def _midnight(self, cell: Cell, zone: tzinfo | None) -> bool:
        """Whether the present window ends where, in the cinema's zone, a day begins: seldom meant so."""
        span = cell.span_at(self.now)
        return span is not None and zone is not None and is_midnight(local_time(span[1], zone))

    def _cell_holes(self) -> Sequence[Hole]:
        holes = []
        for row, of_row in enumerate(self.coverage.rows):
            for column, of_column in enumerate(self.coverage.columns):
                why = self.why_cell(row, column)
                if why is not None:
                    name = self.coverage.name(column)
                    holes.append(Hole(of_row.cinema, of_row.screen, name, of_column.id, why))
        return holes


def _hinted(cell: Cell, told: Text) -> str:
    """The reason, and the KDM that looks as if it were meant."""
    hints = [text(f"coverage-hint.{hint}", file=file) for file, hint in cell.hints[:1]]
    return Phrase(Run((told, *hints)))


def _refused(cell: Cell) -> Text:
    file, finding = cell.refused[0]
    return text("coverage.refused", file=file, step=finding.step, why=Saying(finding.text))


def coverage_json(found: CoverageReport) -> dict[str, object]:
    """The document."""
    coverage = found.coverage
    return {
        "schema": SCHEMA,
        "covered": found.good,
        "now": found.now.isoformat(),
        "kdms": {
            "read": coverage.read,
            "unused": coverage.unused,
            "unreadable": [{"file": file, "why": why} for file, why in coverage.unreadable],
        },
        "screens": [
            {"cinema": row.cinema, "screen": row.screen, "device": row.certificate.label, "zone": row.zone}
            for row in coverage.rows
        ],
        "compositions": [
            {
                "id": str(column.id),
                "title": column.title,
                "encrypted": bool(column.facts.keys),
                "seconds": column.length.total_seconds() if column.length else None,
            }
            for column in coverage.columns
        ],
        "cells": [
            _cell_json(found, row, column)
            for row in range(len(coverage.rows))
            for column in range(len(coverage.columns))
        ],
        "shows": None if found.shows is None else [_show_json(found, one) for one in found.shows],
        "holes": [
            {
                "cinema": hole.cinema,
                "screen": hole.screen,
                "composition": hole.composition,
                "cpl_id": str(hole.cpl_id) if hole.cpl_id else None,
                "line": hole.judged.show.line if hole.judged else None,
                "why": hole.why,
            }
            for hole in found.holes
        ],
        "problems": list(found.problems),
    }


def _cell_json(found: CoverageReport, row: int, column: int) -> Mapping[str, object]:
    cell, of_row = found.coverage.cell(row, column), found.coverage.rows[row]
    return {
        "cinema": of_row.cinema,
        "screen": of_row.screen,
        "device": of_row.certificate.label,
        "composition": str(found.coverage.columns[column].id),
        "state": cell.state(found.now),
        "windows": [
            {
                "begins": window.begins.isoformat(),
                "until": window.until.isoformat(),
                "file": window.file,
                "cut_by_certificate": window.cut,
            }
            for window in cell.windows
        ],
        "gaps": [{"from": gap[0].isoformat(), "to": gap[1].isoformat()} for gap in cell.gaps],
        "overlaps": cell.overlaps,
        "refused": [
            {"file": file, "step": finding.step, "why": finding.text()} for file, finding in cell.refused
        ],
        "hints": [{"file": file, "hint": hint} for file, hint in cell.hints],
    }


def _show_json(found: CoverageReport, one: Judged) -> Mapping[str, object]:
    column = found.coverage.columns[one.column] if one.column is not None else None
    return {
        "line": one.show.line,
        "cinema": one.show.cinema,
        "screen": one.show.screen,
        "composition": one.show.composition,
        "cpl_id": str(column.id) if column else None,
        "start": one.show.start.isoformat(),
        "end": one.end.isoformat() if one.end else None,
        "playable": one.playable,
        "verdict": one.verdict,
        "why": found.why_show(one),
    }


def _day(instant: datetime, zone: tzinfo | None) -> str:
    return f"{local_time(instant, zone):%Y-%m-%d %H:%M}"
