"""Packages that are damaged or incomplete, and codestreams that break a rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from trackfiles import flip, unit_offset
from verified import NOW, Make, errors, judge

from dcp.errors import UsageError
from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package


class TestDamage:
    def test_a_flipped_bit_in_the_clear(self, make: Make) -> None:
        made = make()
        flip(made.sound, unit_offset(made.sound, 5) + 100)
        assert errors(judge(made)) == [("PKL-006", "sound.mxf", None)]

    def test_every_damaged_unit_is_listed(self, make: Make) -> None:
        made = make(encrypt=True)
        key = made.keyring.keys[0]
        for index in (3, 4, 17):
            flip(made.picture, unit_offset(made.picture, index, key) + 2000)
        report = judge(made, keyring=made.keyring)
        found = errors(report)
        assert [("MXF-004", "picture.mxf", f"frame {n}") for n in (3, 4, 17)] == found[:3]
        assert found[3:] == [("PKL-005", "picture.mxf", None)]

    def test_without_the_key_the_hash_finds_it(self, make: Make) -> None:
        made = make(encrypt=True)
        flip(made.picture, unit_offset(made.picture, 3, made.keyring.keys[0]) + 2000)
        assert errors(judge(made)) == [("PKL-005", "picture.mxf", None)]

    def test_units_in_the_wrong_order(self, make: Make) -> None:
        made = make(encrypt=True)
        key = made.keyring.keys[0]
        first, second, third = (unit_offset(made.picture, n, key) for n in (3, 4, 5))
        assert second - first == third - second
        data = bytearray(made.picture.read_bytes())
        data[first:third] = data[second:third] + data[first:second]
        made.picture.write_bytes(data)
        for keyring in (None, made.keyring):
            found = errors(judge(made, keyring=keyring))
            assert ("ENC-102", "picture.mxf", "frame 3") in found
            assert ("PKL-005", "picture.mxf", None) in found

    def test_a_wrong_key(self, make: Make) -> None:
        made = make(encrypt=True)
        wrong = tuple(ContentKey(id=k.id, type=k.type, value=bytes(16)) for k in made.keyring.keys)
        found = errors(judge(made, keyring=Keyring(wrong)))
        assert [(rule, file) for rule, file, _ in found] == [
            ("ENC-101", "picture.mxf"),
            ("ENC-101", "sound.mxf"),
        ]

    @pytest.mark.parametrize("cut", [1, 100, 5000, 50000])
    def test_a_truncated_file(self, make: Make, cut: int) -> None:
        made = make(encrypt=True)
        data = made.picture.read_bytes()
        made.picture.write_bytes(data[:-cut])
        found = errors(judge(made, keyring=made.keyring))
        ids = {rule for rule, file, _ in found if file == "picture.mxf"}
        assert ids == {"PKL-004"}
        assert all(file == "picture.mxf" for _, file, _ in found)

    @pytest.mark.parametrize("size", [0, 3, 200])
    def test_hardly_anything_left(self, make: Make, size: int) -> None:
        made = make()
        made.picture.write_bytes(made.picture.read_bytes()[:size])
        found = errors(judge(made))
        assert [(rule, file) for rule, file, _ in found] == [
            ("PKL-004" if size else "PKG-011", "picture.mxf")
        ]

    def test_an_absent_file(self, make: Make) -> None:
        made = make()
        made.picture.unlink()
        report = judge(made)
        assert [(rule, file) for rule, file, _ in errors(report)] == [("AM-010", "picture.mxf")]
        assert any("picture.mxf" in item.why for item in report.not_checked if item.id == "PKL-005")

    def test_a_file_of_another_spelling_is_named_and_verified(self, make: Make) -> None:
        made = make()
        made.picture.rename(made.root / "Picture.MXF")
        report = judge(made)
        assert [(rule, file) for rule, file, _ in errors(report)] == [("AM-010", "picture.mxf")]
        assert report.errors[0].message == "the file is here in other letter case: Picture.MXF"
        assert "PKG-008" not in {finding.id for finding in report.findings}
        assert {item.id for item in report.not_checked} == {"SIG-001"}
        flip(made.root / "Picture.MXF", 5000)
        assert ("PKL-005", "Picture.MXF", None) in errors(judge(made))

    def test_several_spellings_are_named_and_none_is_taken(self, make: Make) -> None:
        made = make()
        (made.root / "PICTURE.mxf").write_bytes(made.picture.read_bytes())
        made.picture.rename(made.root / "Picture.mxf")
        report = judge(made)
        assert [(rule, file) for rule, file, _ in errors(report)] == [("AM-010", "picture.mxf")]
        assert "PICTURE.mxf, Picture.mxf" in report.errors[0].message
        assert "PKG-008" not in {finding.id for finding in report.findings}

    @pytest.mark.parametrize("listed", [b"file:///picture.mxf", b"./picture.mxf", b".//picture.mxf"])
    def test_a_path_with_a_detour_draws_a_warning(self, make: Make, listed: bytes) -> None:
        made = make()
        path = made.root / "ASSETMAP.xml"
        path.write_bytes(path.read_bytes().replace(b">picture.mxf", b">" + listed))
        report = judge(made)
        assert errors(report) == []
        assert "AM-011" in {finding.id for finding in report.of("warning")}
        assert {item.id for item in report.not_checked} == {"SIG-001"}

    def test_a_file_that_cannot_be_read(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        made = make()
        read = TrackFile.open

        def open_track(path: Path) -> TrackFile:
            if path == made.sound:
                raise UsageError("cannot open the track file: Input/output error", where=path)
            return read(path)

        monkeypatch.setattr(TrackFile, "open", open_track)
        assert ("PKG-005", "sound.mxf", None) in errors(judge(made))

    @pytest.mark.parametrize(
        ("name", "edit", "rule"),
        [
            ("cpl.xml", lambda d: d.replace(b"<Comp", b"<!DOCTYPE x>\n<Comp"), "XML-005"),
            ("pkl.xml", lambda d: b"no XML at all", "XML-001"),
            ("ASSETMAP.xml", lambda d: d.replace(b">picture.mxf", b">../picture.mxf"), "AM-011"),
            ("ASSETMAP.xml", lambda d: d.replace(b">picture.mxf", b">/etc/passwd"), "AM-011"),
        ],
    )
    def test_documents_at_fault(
        self, make: Make, name: str, edit: Callable[[bytes], bytes], rule: str
    ) -> None:
        made = make()
        path = made.root / name
        path.write_bytes(edit(path.read_bytes()))
        report = judge(made)
        assert report.verdict == "fail"
        assert rule in {finding.id for finding in report.errors}

    def test_what_is_no_package(self, tmp_path: Path) -> None:
        for path in (tmp_path / "absent", Path(__file__)):
            with pytest.raises(UsageError):
                verify_package(path, now=NOW)
        report = verify_package(tmp_path, now=NOW)
        assert [finding.id for finding in report.errors] == ["PKG-001"]
