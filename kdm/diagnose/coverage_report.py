"""A coverage as the document `dcpkit.kdm-coverage/1`, and in short words for its cells, shows and holes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from dcp.dataclass import dataclass
from kdm.diagnose.coverage import Cell, Coverage, Row
from kdm.diagnose.programme import Judged
from kdm.diagnose.times import both_times, is_midnight, local_time, zone_named
from kdm.steps import overrun_end

SCHEMA = "dcpkit.kdm-coverage/1"

_HINTS = {
    "other-certificate": "a KDM at hand is for another certificate of this device",
    "re-export": "a KDM at hand is for a package of the same title with another CPL id",
}


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
            text = f"ok until {_day(span[1], zone)}"
        elif state == "begins" and begins is not None:
            text = f"from {_day(begins, zone)}"
        elif state == "refused":
            text = f"refused {cell.refused[0][1].step}"
        elif state == "ended":
            text = f"ended {_day(cell.spans[-1][1], zone)}"
        else:
            text = {"clear": "no KDM needed"}.get(state, "none")
        marks = [
            *(["gap"] if self._gaps(cell) else []),
            *(["overlap"] if cell.overlaps else []),
            *(["ends at midnight"] if self._midnight(cell, zone) else []),
            *(["cut by certificate"] if any(window.cut for window in cell.windows) else []),
            *(["see hint"] if cell.hints and state in ("none", "ended", "refused") else []),
        ]
        return text + (f" ({', '.join(marks)})" if marks else "")

    def why_cell(self, row: int, column: int) -> str | None:
        """Why a cell is a hole; None when it is none."""
        cell, zone = self.coverage.cell(row, column), self.zone_of(self.coverage.rows[row])
        state = cell.state(self.now)
        hints = "".join(f"; {_HINTS[hint]}: {file}" for file, hint in cell.hints[:1])
        if state == "none":
            return f"there is no KDM{hints}"
        if state == "ended":
            return f"the last KDM ended {both_times(cell.spans[-1][1], zone)}{hints}"
        if state == "refused":
            file, finding = cell.refused[0]
            return f"{file} is refused ({finding.step}): {finding.text()}{hints}"
        gaps = self._gaps(cell)
        if gaps:
            return f"no KDM holds from {both_times(gaps[0][0], zone)} to {both_times(gaps[0][1], zone)}"
        return None

    def why_show(self, one: Judged) -> str:
        """What a show's verdict means, in words."""
        row = self.coverage.rows[one.row] if one.row is not None else None
        zone = self.zone_of(row)

        def at(instant: datetime | None) -> str:
            return both_times(instant, zone) if instant is not None else "?"

        cell = (
            self.coverage.cell(one.row, one.column)
            if one.row is not None and one.column is not None
            else Cell()
        )
        hints = "".join(f"; {_HINTS[hint]}: {file}" for file, hint in cell.hints[:1])
        if one.verdict == "refused":
            file, finding = cell.refused[0]
            return f"{file} is refused ({finding.step}): {finding.text()}{hints}"
        last = overrun_end(one.until) if one.until is not None else None
        return {
            "covered": "covered",
            "clear": "not encrypted: it needs no KDM",
            "overruns": f"it ends {at(one.end)}, after the KDM ({at(one.until)}); it may till {at(last)}",
            "too-long": f"it ends {at(one.end)}, more than six hours after the KDM ({at(one.until)})",
            "before": f"the KDM begins only {at(one.begins)}",
            "after": f"the KDM ended {at(one.until)}{hints}",
            "gap": f"one KDM ended {at(one.until)}, the next begins {at(one.begins)}",
            "none": f"there is no KDM{hints}",
            "unknown-screen": "no screen of this name, or one without a media block, is in the lists given",
            "unknown-composition": "no composition of this name was given",
            "several-compositions": "several compositions of this name were given: write the CPL id",
        }[one.verdict]

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
