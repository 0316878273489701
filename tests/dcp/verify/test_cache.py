"""Remembered hashes: trusted while the file is the same, told in the report, and of use when it is not."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from verified import NOW, errors, judge

from dcp.errors import UsageError
from dcp.system import WINDOWS
from dcp.verify.cache import Cache, Codes, identity_of, open_cache
from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport
from dcp.verify.reports.text import text_lines
from dcp.verify.tracks import Cancelled

PART = 4096


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcp.verify.cache.PART", PART)
    monkeypatch.setattr("dcp.verify.hashing.WORTH", PART)


@pytest.fixture
def again(tmp_path: Path) -> Callable[..., VerificationReport]:
    """Judges a package with the cache of this test, each time an hour later."""
    hours = 0

    def run(made: Any, **more: Any) -> VerificationReport:
        nonlocal hours
        hours += 1
        now = NOW + timedelta(hours=hours)
        return verify_package(made.root, now=now, cache=tmp_path / "cache", **more)

    return run


def read(report: VerificationReport) -> dict[str, str]:
    return {each.file: each.read for each in report.remembered}


def change(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def entry_of(tmp_path: Path, path: Path) -> Path:
    found = [
        each for each in (tmp_path / "cache").iterdir() if json.loads(each.read_text())["path"] == str(path)
    ]
    return found[0]


def as_if_untouched(tmp_path: Path, path: Path) -> None:
    """The entry gets the identity that the file has now: as where a disk forgets without a trace."""
    entry, now = entry_of(tmp_path, path), identity_of(path)
    assert now is not None
    document = json.loads(entry.read_text())
    document |= {"size": now.size, "modified_ns": now.modified, "changed_ns": now.changed, "inode": now.inode}
    entry.write_text(json.dumps(document))


def test_a_second_run_makes_no_hash_and_says_so(make: Any, again: Any) -> None:
    made = make()
    first = again(made)
    assert first.remembered == ()
    second = again(made)
    assert read(second) == {"picture.mxf": "units", "sound.mxf": "heads"}
    assert {each.when for each in second.remembered} == {(NOW + timedelta(hours=1)).isoformat()}
    assert [each.document() for each in second.findings] == [each.document() for each in first.findings]
    assert "MXF-001" in {each.id for each in second.not_checked}
    assert second.document(tool="", version="")["remembered"]
    assert any("remembered" in line for line in text_lines(second))
    assert not any(" of 0 " in line for line in text_lines(second))
    third = again(made, picture=False)
    assert read(third) == {"picture.mxf": "heads", "sound.mxf": "heads"}
    assert third.verdict == "pass"
    assert {each.when for each in third.remembered} == {each.when for each in second.remembered}


def test_what_is_asked_for_beside_the_hash_is_read(make: Any, again: Any) -> None:
    """With keys every unit is opened, whatever is remembered; without, the heads do."""
    made = make(encrypt=True)
    again(made, keyring=made.keyring)
    second = again(made, keyring=made.keyring)
    assert second.mic == "derived"
    assert read(second) == {"picture.mxf": "units", "sound.mxf": "units"}
    assert read(again(made, picture=False)) == {"picture.mxf": "heads", "sound.mxf": "heads"}


@pytest.mark.parametrize("stereo", [False, True], ids=["flat", "stereo"])
def test_a_change_is_named_by_range_and_units(
    make: Any, again: Any, frame: Any, tmp_path: Path, stereo: bool
) -> None:
    units = [frame(random.Random(n).randbytes(30_000)) for n in range(48 if stereo else 24)]
    made = make(units=units, stereo=stereo)
    assert errors(again(made)) == []
    where = made.picture.read_bytes().index(units[7]) + 15_000
    change(made.picture, where)
    before = entry_of(tmp_path, made.picture).read_bytes()
    for _ in range(2):
        report = again(made)
        assert [id for id, *_ in errors(report)] == ["PKL-005"]
        (found,) = [each for each in report.findings if each.id == "PKG-104"]
        start = where // PART * PART
        assert f"{start:,}-{start + PART - 1:,}" in found.message
        assert found.place == ("frame 3, right eye" if stereo else "frame 7")
        assert read(report) == {"sound.mxf": "heads"}
    assert entry_of(tmp_path, made.picture).read_bytes() == before  # what was right stays to compare with
    change(made.picture, where)
    assert read(again(made)) == {"sound.mxf": "heads"}  # it was written to
    assert read(again(made)) == {"picture.mxf": "units", "sound.mxf": "heads"}


def test_a_change_without_a_trace_is_found_by_its_sample(make: Any, again: Any, tmp_path: Path) -> None:
    made = make()
    again(made)
    change(made.sound, made.sound.stat().st_size - 30)
    as_if_untouched(tmp_path, made.sound)
    report = again(made)
    assert "PKL-006" in {id for id, *_ in errors(report)}
    assert "sound.mxf" not in read(report)


def test_samples_move(make: Any, again: Any, tmp_path: Path) -> None:
    """A single changed place, that leaves no trace, is met in one of the next runs."""
    made = make()
    again(made)
    change(made.sound, 300_000)
    as_if_untouched(tmp_path, made.sound)
    runs = [Cache(tmp_path / "cache", now=NOW + timedelta(days=day)) for day in range(200)]
    entry = runs[0].recall(made.sound)
    assert entry is not None
    held = [cache.holds(made.sound, entry) for cache in runs]
    assert any(held) and not all(held)


def test_a_shorter_and_a_longer_file(make: Any, again: Any) -> None:
    made = make()
    again(made)
    whole = made.picture.read_bytes()
    for data in (whole[:-50_000], whole + bytes(9000)):
        made.picture.write_bytes(data)
        report = again(made)
        assert {id for id, *_ in errors(report)} == {"PKL-004"}
        assert "PKG-104" in {each.id for each in report.findings}


@pytest.mark.skipif(WINDOWS, reason="left out: folders have no modes here")
def test_a_folder_that_others_can_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes there says which files are right."""
    folder = tmp_path / "cache"
    open_cache(folder, (), now=NOW)
    folder.chmod(0o777)
    with pytest.raises(UsageError) as caught:
        open_cache(folder, (), now=NOW)
    assert caught.value.id == "cache.open-to-others"
    folder.chmod(0o700)
    monkeypatch.setattr("os.getuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(UsageError):
        open_cache(folder, (), now=NOW)


def test_wrong_hashes_are_never_remembered(make: Any, again: Any, tmp_path: Path) -> None:
    made = make()
    change(made.picture, 40_000)
    for _ in range(2):
        assert "PKL-005" in {id for id, *_ in errors(again(made))}
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_an_interrupted_run_goes_on(make: Any, again: Any) -> None:
    made = make()
    total = sum(each.stat().st_size for each in made.root.iterdir())
    done = 0

    def progress(now: int, _: int) -> None:
        nonlocal done
        done = now

    with pytest.raises(Cancelled):
        again(made, workers=1, progress=progress, cancel=lambda: total // 2 < done)
    assert read(again(made)) in ({"sound.mxf": "heads"}, {"picture.mxf": "units"})


def test_no_cache_in_a_package(make: Any) -> None:
    made = make()
    for folder in (made.root, made.root / "below" / "it"):
        with pytest.raises(UsageError, match="cache lies in a package"):
            judge(made, cache=folder)
    assert not (made.root / "below").exists()
    file = made.root.parent / "file"
    file.write_bytes(b"")
    with pytest.raises(Exception, match="cannot be made"):
        judge(made, cache=file)


GOOD = {
    "format": "dcpkit.digests/1",
    "size": 5000,
    "modified_ns": 1,
    "changed_ns": 1,
    "inode": 1,
    "sha1": "00" * 20,
    "when": "2026-01-01T00:00:00+00:00",
    "key": "00" * 16,
    "codes": "AAAAAAAAAAAAAAAAAAAAAA==",
}
WRONG = [
    b"",
    b"\xff\xfe\0",
    b"[" * 200_000,
    b"null",
    b"[]",
    b"9" * 5000,
    *(json.dumps(GOOD | {name: value}).encode() for name in GOOD for value in (None, 1.5, "x", [], {}, True)),
    *(json.dumps(GOOD | {"size": size}).encode() for size in (-1, 1 << 62, 1 << 200, 1.5, 50_000, 0)),
    json.dumps(GOOD | {"when": "2026-01-01T00:00:00"}).encode(),
    json.dumps({name: GOOD[name] for name in GOOD if name != "key"}).encode(),
]


def test_entries_that_are_none_are_as_if_they_were_not_there(tmp_path: Path) -> None:
    cache = Cache(tmp_path, now=NOW)
    path = tmp_path / "file.mxf"
    path.write_bytes(bytes(5000))
    identity = identity_of(path)
    assert identity is not None
    codes = Codes(bytes(16))
    codes.take(memoryview(bytes(5000)))
    cache.keep(path, identity, bytes(20), codes)
    (place,) = (each for each in tmp_path.iterdir() if each.suffix == ".json")
    kept = cache.recall(path)
    assert kept is not None and cache.holds(path, kept)
    place.write_text(json.dumps(GOOD))
    found = cache.recall(path)
    assert found is not None and not cache.holds(path, found)
    for data in WRONG:
        place.write_bytes(data)
        assert cache.recall(path) is None, data[:80]
    place.unlink()
    place.symlink_to(path)
    assert cache.recall(path) is None
    place.unlink()
    os.mkfifo(place)
    assert cache.recall(path) is None


def test_two_that_write_leave_a_whole_entry(tmp_path: Path) -> None:
    path = tmp_path / "file.mxf"
    path.write_bytes(bytes(300_000))
    identity = identity_of(path)
    assert identity is not None
    wrong = []

    def write(number: int) -> None:
        cache, codes = Cache(tmp_path, now=NOW), Codes(bytes([number] * 16))
        codes.take(memoryview(bytes(300_000)))
        for _ in range(15):
            cache.keep(path, identity, bytes([number] * 20), codes)
            found = cache.recall(path)
            if found is None or found.sha1[:16] != found.key or not cache.holds(path, found):
                wrong.append(found)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
