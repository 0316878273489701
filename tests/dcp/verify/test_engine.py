"""Verification from end to end, on packages made by code: sound ones, and ones damaged in one place."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from trackfiles import flip, unit_offset
from verified import NOW, Make, errors, judge

from dcp.errors import UsageError
from dcp.mxf.labels import MIC_HMAC_SHA1
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package
from dcp.verify.facts import KdmFacts
from dcp.verify.tracks import Cancelled


class TestSoundPackages:
    @pytest.mark.parametrize("label_set", ["smpte", "interop"])
    @pytest.mark.parametrize("stereo", [False, True])
    def test_plain(self, make: Make, label_set: str, stereo: bool) -> None:
        report = judge(make(label_set=label_set, stereo=stereo))
        assert report.findings == tuple(f for f in report.findings if f.severity != "error")
        assert report.of("warning") == ()
        assert (report.verdict, report.standard, report.mic) == ("pass", label_set, None)
        assert {item.id for item in report.not_checked} == {"SIG-001"}

    def test_encrypted_without_keys(self, make: Make) -> None:
        report = judge(make(encrypt=True))
        assert errors(report) == []
        assert report.mic is None
        left = {item.id for item in report.not_checked}
        assert {"MXF-004", "ENC-101", "J2K-001"} <= left

    def test_encrypted_with_keys(self, make: Make) -> None:
        made = make(encrypt=True)
        report = judge(made, keyring=made.keyring)
        assert errors(report) == []
        assert report.mic == "derived"
        assert {item.id for item in report.not_checked} == {"SIG-001"}

    def test_a_mic_key_from_the_kdm_is_named(self, make: Make) -> None:
        made = make(encrypt=True)
        keys = [
            ContentKey(id=k.id, type=k.type, value=k.value(), mic_key=bytes(16)) for k in made.keyring.keys
        ]
        report = judge(made, keyring=Keyring(tuple(keys)))
        assert report.mic == "kdm"
        assert len([f for f in report.errors if f.id == "MXF-004"]) == 48  # a wrong one fits no unit

    def test_encrypted_without_integrity_codes(self, make: Make) -> None:
        made = make(encrypt=True, mic=False)
        strict = judge(made, keyring=made.keyring)
        assert errors(strict) == [("MXF-004", "picture.mxf", None), ("MXF-004", "sound.mxf", None)]
        lenient = judge(made, keyring=made.keyring, mic="if-present")
        assert errors(lenient) == []
        assert lenient.mic == strict.mic == "none"

    def test_integrity_codes_that_the_header_denies_are_checked(self, make: Make) -> None:
        made = make(encrypt=True)
        made.picture.write_bytes(made.picture.read_bytes().replace(bytes(MIC_HMAC_SHA1), bytes(16)))
        flip(made.picture, unit_offset(made.picture, 5, made.keyring.keys[0]) + 2000)
        found = errors(judge(made, keyring=made.keyring))
        assert ("MXF-004", "picture.mxf", "frame 5") in found

    def test_integrity_codes_left_out_on_request(self, make: Make) -> None:
        made = make(encrypt=True)
        report = judge(made, keyring=made.keyring, mic="off")
        assert (errors(report), report.mic) == ([], "none")


class TestOptions:
    def test_hashes_left_out_on_request(self, make: Make) -> None:
        made = make()
        flip(made.sound, unit_offset(made.sound, 5) + 100)
        report = judge(made, hashes=False)
        assert errors(report) == []
        assert {"PKL-005", "PKL-006", "PKL-007"} <= {item.id for item in report.not_checked}

    def test_profiles(self, make: Make) -> None:
        made = make(label_set="interop")
        assert judge(made).verdict == "pass"
        strict = judge(made, profile="bv21")
        assert ("PKG-007", None, None) in errors(strict)
        with pytest.raises(UsageError, match="no profile") as caught:
            judge(made, profile="cinema")
        assert "bv21" in str(caught.value)

    def test_the_time_needs_an_offset(self, make: Make) -> None:
        with pytest.raises(UsageError, match="offset"):
            verify_package(make().root, now=datetime(2026, 1, 1))

    def test_progress_reaches_the_whole(self, make: Make) -> None:
        made = make()
        seen: list[tuple[int, int]] = []
        report = judge(made, progress=lambda done, total: seen.append((done, total)))
        total = sum(
            (made.root / n).stat().st_size for n in ("cpl.xml", "pkl.xml", "picture.mxf", "sound.mxf")
        )
        assert seen[-1] == (total, total)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert report.bytes_read == total

    def test_it_can_be_stopped(self, make: Make) -> None:
        made = make()
        before = threading.active_count()
        with pytest.raises(Cancelled):
            judge(made, cancel=lambda: True)
        assert threading.active_count() == before

    def test_a_kdm_says_what_concerns_the_package(self, make: Make) -> None:
        made = make(encrypt=True)
        ids = frozenset(key.id for key in made.keyring.keys)
        kdm = KdmFacts(made.cpl.id, NOW - timedelta(2), NOW - timedelta(1), ids, "kdm.xml")
        ended = judge(made, keyring=made.keyring, kdms=[kdm])
        assert errors(ended) == [("KDM-002", "kdm.xml", None)]
        later = replace(kdm, not_valid_before=NOW + timedelta(1), not_valid_after=NOW + timedelta(2))
        waiting = judge(made, keyring=made.keyring, kdms=[later])
        assert errors(waiting) == []
        assert "KDM-003" in {finding.id for finding in waiting.of("warning")}

    def test_a_version_file(self, make: Make) -> None:
        original = make("ov")
        picture = original.cpl.reels[0].picture
        version = make(
            "vf",
            change=lambda cpl: replace(
                cpl, reels=(replace(cpl.reels[0], assets=(picture, cpl.reels[0].sound)),)
            ),
        )
        alone = judge(version)
        assert errors(alone) == []
        assert [item.id for item in alone.not_checked if "original version" in item.why] == ["VF-001"]
        whole = judge(version, ov=[original.root])
        assert errors(whole) == []
        assert not any(item.id == "VF-001" for item in whole.not_checked)
        flip(original.picture, unit_offset(original.picture, 5) + 1000)
        damaged = judge(version, ov=[original.root])
        assert [rule for rule, _, _ in errors(damaged)] == ["PKL-005"]
