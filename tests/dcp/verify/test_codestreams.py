"""Codestreams that break a rule: which frames are named, how gravely. All: `faults/rows_pictures.py`."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from verified import NOW, Make, errors, judge

from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084, UL
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file
from dcp.picture.codestream import parse_codestream
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import RULES
from dcp.verify.rules.all import load_rules

RATE = Fraction(24)

POC_2K = bytes((0, 0, 0, 1, 5, 3, 4))
POC_4K = bytes((0, 0, 0, 1, 6, 3, 4, 6, 0, 0, 1, 7, 3, 4))


class TestCodestreams:
    @pytest.mark.parametrize(
        ("rule", "shape"),
        [("J2K-010", {"tile": (999, 1080)}), ("J2K-009", {"guard": 1}), ("J2K-015", {"poc": POC_2K})],
    )
    def test_each_check_names_the_frames(
        self, make: Make, frame: Callable[..., bytes], rule: str, shape: dict[str, Any]
    ) -> None:
        four_k = {"rsiz": 4, "size": (4096, 2160), "levels": 6, "guard": 2, "parts": 6, "poc": POC_4K}
        right = four_k if rule == "J2K-009" else {}
        good, bad = frame(**right), frame(**{**right, **shape})
        units = [bad if number in (5, 6, 9) else good for number in range(24)]
        found = [each for each in judge(make(units=units)).findings if each.id.startswith("J2K")]
        assert [(each.id, each.place) for each in found] == [(rule, "frames 5-6, 9")]

    def test_fewer_levels_are_an_information(self, make: Make, frame: Callable[..., bytes]) -> None:
        for levels, severity in ((4, "info"), (6, "error")):
            report = judge(make(f"of-{levels}", units=[frame(levels=levels)] * 24))
            found = {each.id: each.severity for each in report.findings if each.id[:3] == "J2K"}
            assert found == {"J2K-021": severity}

    @pytest.mark.parametrize("marker", [0xFF52, 0xFF5C])
    def test_a_marker_that_every_codestream_needs(
        self, make: Make, frame: Callable[..., bytes], marker: int
    ) -> None:
        good = frame()
        at = good.index(struct.pack(">H", marker))
        bad = good[:at] + good[at + 2 + int.from_bytes(good[at + 2 : at + 4], "big") :]
        units = [bad if number in (3, 4) else good for number in range(24)]
        found = [(each.id, each.place) for each in judge(make(units=units)).findings if "J2K" in each.id]
        assert found == [("J2K-027", "frames 3-4")]

    def test_which_of_several_frames_near_the_limit(self, make: Make, frame: Callable[..., bytes]) -> None:
        small, near, close, most = (
            frame(bytes(n - 200)) for n in (1_190_000, 1_210_000, 1_290_000, 1_302_083)
        )
        units = [small] * 18 + [near] * 3 + [close] * 2 + [most]
        units[-1] += bytes(0)
        report = judge(make(units=units))
        found = [(each.severity, each.place) for each in report.findings if each.id == "J2K-003"]
        assert found == [("warning", "frames 21-23"), ("info", "frames 18-20")]

    def test_a_high_average(self, make: Make, frame: Callable[..., bytes]) -> None:
        high, low = frame(bytes(1_285_000)), frame(bytes(1_250_000))
        assert "J2K-004" in {each.id for each in judge(make(units=[high] * 24)).findings}
        report = judge(make("low", units=[high] * 12 + [low] * 12))
        assert "J2K-004" not in {each.id for each in report.findings}
        left_out = judge(make("not-asked", units=[high] * 24), picture=False)
        assert "J2K-004" not in {each.id for each in left_out.findings}

    def test_encryption_takes_a_frame_over_the_limit_of_other_checkers(
        self, make: Make, frame: Callable[..., bytes]
    ) -> None:
        edge = frame(bytes(1_302_083 - len(frame())))
        assert len(edge) == 1_302_083
        units = [frame()] * 20 + [edge] * 4
        made = make(units=units, encrypt=True)
        for keys in ({"keyring": made.keyring}, {}):
            found = [each for each in judge(made, **keys).findings if each.id in ("J2K-002", "J2K-033")]
            assert [(each.id, each.severity, each.place) for each in found] == [
                ("J2K-033", "info", "frames 20-23")
            ]
            assert "250.0" in found[0].message and "250.04" in found[0].message
        assert not [each for each in judge(make("plain", units=units)).findings if each.id == "J2K-033"]

    def test_a_frame_too_large_is_seen_without_the_key(self, make: Make, frame: Callable[..., bytes]) -> None:
        over = frame(bytes(1_302_083 - len(frame()) + 16))
        made = make(units=[frame()] * 22 + [over] * 2, encrypt=True)
        found = [(each.id, each.place) for each in judge(made).findings if each.id in ("J2K-002", "J2K-033")]
        assert found == [("J2K-002", "frames 22-23")]
        opened = judge(made, keyring=made.keyring)
        found = [(each.id, each.place) for each in opened.findings if each.id in ("J2K-002", "J2K-033")]
        assert found == [("J2K-002", "frames 22-23")]

    def test_what_is_no_codestream(self, make: Make, frame: Callable[..., bytes]) -> None:
        units = [frame() if number != 7 else b"not a codestream" for number in range(24)]
        assert errors(judge(make(units=units))) == [("J2K-001", "picture.mxf", "frame 7")]

    def test_a_size_that_the_header_does_not_state(self, make: Make, frame: Callable[..., bytes]) -> None:
        units = [frame() if number != 7 else frame(size=(2048, 858)) for number in range(24)]
        assert ("J2K-030", "picture.mxf", None) in errors(judge(make(units=units)))

    def test_levels_that_differ_between_reels(self, make: Make, frame: Callable[..., bytes]) -> None:
        one, two = make("one"), make("two", units=[frame(levels=4)] * 24)
        other = two.cpl.reels[0].picture
        reel = replace(one.cpl.reels[0], id=uuid.uuid4(), assets=(other,))
        both = make("three", change=lambda cpl: replace(cpl, reels=(*one.cpl.reels, reel)))
        report = judge(both, ov=[one.root, two.root])
        assert "REEL-016" in {finding.id for finding in report.findings}

    def test_left_out_on_request(self, make: Make, frame: Callable[..., bytes]) -> None:
        made = make(units=[frame(progression=0)] * 24)
        report = judge(made, picture=False)
        assert errors(report) == []
        assert any(item.id == "J2K-001" for item in report.not_checked)

    def test_hdr_has_more_room(self, tmp_path: Path, frame: Callable[..., bytes]) -> None:
        def said(name: str, unit: bytes, transfer: UL | None) -> set[str]:
            path = tmp_path / name
            described = PictureDescriptor.from_codestream(parse_codestream(unit), RATE, False)
            described = replace(described, transfer_characteristic=transfer)
            units = [unit] * 2
            written = write_track_file(
                path, units, sizes=[len(unit)] * 2, descriptor=described, edit_rate=RATE,
                asset_id=uuid.uuid4(), now=NOW,
            )  # fmt: skip
            with TrackFile.open(written.path) as track:
                facts = TrackFacts(
                    track.header.asset_id, path, name, track.size, True, track.header, None, frozenset(), True
                )
                load_rules()
                checks = [check for id in ("J2K-001", "J2K-003") if (check := RULES[id].unit(facts))]
                hits = [hit for unit in [*track.units(), None] for check in checks for hit in check(unit)]
            return {hit.rule or "J2K-003" for hit in hits}

        assert said("sdr", frame(bytes(1_600_000)), None) == {"J2K-002"}
        assert said("hdr", frame(bytes(1_600_000)), TRANSFER_ST2084) == set()
        assert said("rest", frame(bytes(1_900_000)), TRANSFER_ST2084) == {"J2K-005"}
        right = frame(shares=(1_100_000, 450_000, 450_000))
        assert said("right", right, TRANSFER_ST2084) == set()
        assert said("over", frame(bytes(2_400_000)), TRANSFER_ST2084) == {"J2K-002", "J2K-005"}
