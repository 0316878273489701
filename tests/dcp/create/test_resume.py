"""Packages of every kind that go on, and tracks that are wrapped beside: in one process, by the library."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from building import signer
from material import NOW, RATE, codestream, codestreams, video, wav

import dcp.create.build
import dcp.create.making
from dcp.create.build import BuiltPackage, build_package
from dcp.create.job.flags import job_by_names
from dcp.create.job.values import Job
from dcp.create.planning.making import plan_job
from dcp.create.work.folder import work_folder
from dcp.create.work.receipts import read_track_receipt, write_receipt
from dcp.create.work.spool import Spool
from dcp.errors import DcpError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import open_package
from dcp.secrets.keys import Keyring

SEED = bytes(range(32))


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """All packages of a test have the same ids."""
    monkeypatch.setattr(dcp.create.build, "new_seed", lambda: SEED)


def boxed(folder: Path, count: int, first: int = 0, *, eyes: bool = False) -> Path:
    """As `codestreams`, in JP2 files: their sizes are not known before, so they go through a spool."""
    codestreams(folder, count, first=first, eyes=eyes)
    for file in folder.iterdir():
        data = file.read_bytes()
        head = b"\0\0\0\x0cjP  \r\n\x87\n" + (len(data) + 8).to_bytes(4, "big") + b"jp2c"
        file.write_bytes(head + data)
    return folder


def job_of(*sources: Path, **more: object) -> Job:
    return job_by_names(sources, {"title": "Test", "kind": "test", "picture_rate": RATE, **more})


def resumed(job: Job, out: Path, *, later: int = 0, **more: Any) -> BuiltPackage:
    with work_folder(out, job) as work:
        dated = work.dated(NOW + timedelta(days=later))
        return build_package(plan_job(job, now=dated), out, now=dated, work=work, **more)


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Stopped(Exception):
    """The work ends here."""


def stopping_after(count: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Spools take so many frames, and the next one ends the work."""
    append, left = Spool.append, iter(range(count))

    def stopping(self: Spool, frame: bytes, note: int = 0) -> None:
        if next(left, None) is None:
            raise Stopped
        append(self, frame, note)

    monkeypatch.setattr(Spool, "append", stopping)
    return lambda: monkeypatch.setattr(Spool, "append", append)


@pytest.mark.parametrize("eyes", [False, True], ids=["flat", "stereo"])
@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_it_is_the_package_that_a_run_without_a_stop_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standard: str, eyes: bool
) -> None:
    films = boxed(tmp_path / "a", 6, eyes=eyes), boxed(tmp_path / "b", 5, 6, eyes=eyes)
    wav(tmp_path / "a.wav", 2000 * 6), wav(tmp_path / "b.wav", 2000 * 5)
    more: dict[str, object] = {"audio": [tmp_path / "a.wav", tmp_path / "b.wav"], "standard": standard}
    job = job_of(*films, **more)
    whole = build_package(plan_job(job, now=NOW), tmp_path / "whole", now=NOW)
    assert whole.resumed is None
    out = tmp_path / "out"
    per = 2 if eyes else 1
    again = stopping_after(9, monkeypatch)
    with pytest.raises(Stopped):
        resumed(job, out)
    assert not out.exists()
    again()
    built = resumed(job, out, later=3)  # the documents have the first run's date
    assert built.resumed is not None
    assert (built.resumed.frames_kept, built.resumed.frames_coded) == (9, 11 * per - 9)
    assert held(out) == held(tmp_path / "whole") and not out.with_name("out.work").exists()
    assert (built.cpl_ids, built.pictures, built.notes) == (whole.cpl_ids, whole.pictures, whole.notes)
    assert built.loudness == whole.loudness
    assert built.coded == whole.coded and [each.passed for each in built.coded] == [6 * per, 5 * per]


@pytest.mark.extra("create")
def test_how_a_picture_was_coded_is_told_of_what_an_earlier_run_coded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = video(tmp_path / "a.mkv", frames=2), video(tmp_path / "b.mkv", frames=3)
    job = job_of(*films, coding="fast")
    whole = build_package(plan_job(job, now=NOW), tmp_path / "whole", now=NOW)
    again = stopping_after(4, monkeypatch)
    with pytest.raises(Stopped):
        resumed(job, tmp_path / "out")
    again()
    built = resumed(job, tmp_path / "out")
    assert built.resumed is not None and built.resumed.frames_kept == 4
    assert held(tmp_path / "out") == held(tmp_path / "whole")
    assert built.coded == whole.coded and [each.anchors for each in built.coded] == [2, 3]


@pytest.mark.extra("text")
def test_texts_are_made_again_and_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nHello\n")
    for standard in ("smpte", "interop"):
        film = boxed(tmp_path / f"film {standard}", 24)
        job = job_of(film, standard=standard, subtitle=[f"{tmp_path / 'en.srt'}:en"])
        build_package(plan_job(job, now=NOW), tmp_path / f"whole {standard}", now=NOW)
        with monkeypatch.context() as patched:
            patched.setattr(dcp.create.build, "_write_documents", _stop)
            with pytest.raises(Stopped):
                resumed(job, tmp_path / standard)
        built = resumed(job, tmp_path / standard)
        assert built.resumed is not None and built.resumed.tracks_kept == 2
        assert held(tmp_path / standard) == held(tmp_path / f"whole {standard}")


def _stop(*arguments: object, **more: object) -> None:
    raise Stopped


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Job, Keyring]:
    """A job that was begun with these keys, and stopped when one picture was finished."""
    job = job_of(boxed(tmp_path / "a", 4), boxed(tmp_path / "b", 4, 4), encrypt="picture,sound")
    kept: list[Keyring] = []
    again = stopping_after(6, monkeypatch)
    with pytest.raises(Stopped):
        resumed(job, tmp_path / "out", signer=signer(), keep_keys=kept.append)
    again()
    return job, kept[0]


def test_an_encrypted_package_goes_on_with_its_keys(encrypted: tuple[Job, Keyring], tmp_path: Path) -> None:
    job, keys = encrypted
    told: list[Keyring] = []
    built = resumed(job, tmp_path / "out", signer=signer(), keyring=keys, keep_keys=told.append)
    assert not told and built.notes == () and built.resumed is not None
    assert built.resumed.frames_kept == 6
    package = open_package(built.root)
    found = []
    for reel in package.compositions[0].reels:
        assert reel.picture is not None and reel.picture.key_id is not None
        with TrackFile.open(package.require(reel.picture.id)) as track:
            key = keys.require(reel.picture.key_id)
            found += [bytes(unit.data) for unit in track.units(key=key, strict=True)]
    assert found == [codestream(number) for number in range(8)]


def test_keys_are_never_in_the_folder(encrypted: tuple[Job, Keyring], tmp_path: Path) -> None:
    _, keys = encrypted
    everything = b"".join(held(tmp_path / "out.work").values())
    assert len(keys.keys) >= 3
    for key in keys.keys:
        assert key.value() not in everything and key.value().hex().encode() not in everything.lower()


def test_without_its_keys_or_with_others_it_does_not_go_on(
    encrypted: tuple[Job, Keyring], tmp_path: Path
) -> None:
    job, keys = encrypted
    before = held(tmp_path / "out.work")
    with pytest.raises(UsageError) as caught:
        resumed(job, tmp_path / "out", signer=signer())
    assert caught.value.id == "work.keys-needed"
    turned = Keyring((*reversed(keys.keys),), keys.cpl_id)
    with pytest.raises(UsageError, match="key of picture"):
        resumed(job, tmp_path / "out", signer=signer(), keyring=turned)
    assert held(tmp_path / "out.work") == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": None},
        {"sizes": {"count": "many", "bins": [1]}},
        {"sizes": {"more": 1}},
        {"coded": {"coding": "fine", "frames": [["x", 1]]}},
        {"notes": (("no.such-text", {}),)},
        {"notes": (("note.sound-clipped", {"n": 1}),)},
        {"asset_id": "00000000-0000-4000-8000-000000000000"},
        {"key_id": "00000000-0000-4000-8000-000000000000"},
        {"name": "../../elsewhere.mxf"},
    ],
    ids=["none", "types", "unknown", "coded", "text", "places", "id", "key", "name"],
)
def test_a_receipt_that_says_what_cannot_be_has_its_track_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    """Whatever its digest is: whoever may write to the folder can make one."""
    job, out = job_of(boxed(tmp_path / "a", 4)), tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(dcp.create.build, "_write_documents", _stop)
        with pytest.raises(Stopped):
            resumed(job, out)
    place = tmp_path / "out.work" / "tracks" / "picture_0.json"
    receipt = read_track_receipt(place)
    assert receipt is not None
    write_receipt(place, replace(receipt, **wrong))
    built = resumed(job, out)
    assert built.resumed is not None and (built.resumed.tracks_kept, built.resumed.frames_kept) == (1, 0)


def test_killed_in_the_moment_of_its_end_it_is_taken_back_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.create.work.folder as folder

    job, out = job_of(boxed(tmp_path / "a", 4)), tmp_path / "out"
    move = folder.move

    def last(source: Path, target: Path) -> None:
        if source.name == "out.work":
            raise Stopped
        move(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(folder, "move", last)
        with pytest.raises(Stopped):
            resumed(job, out)
    whole = held(out)
    assert whole and out.with_name("out.work").is_dir()
    shutil.copytree(out.with_name("out.work"), tmp_path / "saved.work")
    built = resumed(job, out)
    assert held(out) == whole and built.resumed is not None and built.resumed.frames_coded == 0
    assert not out.with_name("out.work").exists()
    shutil.copytree(tmp_path / "saved.work", out.with_name("out.work"))
    (out / "note.txt").write_text("put there by somebody since")
    with pytest.raises(UsageError, match="not empty"):
        resumed(job, out)
    assert held(out) == {**whole, "note.txt": b"put there by somebody since"}


def test_what_is_kept_needs_no_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job, out = job_of(boxed(tmp_path / "a", 6)), tmp_path / "out"
    plan = plan_job(job, now=NOW)
    again = stopping_after(4, monkeypatch)
    with pytest.raises(Stopped):
        resumed(job, out)
    again()

    class Usage:
        free = plan.bytes_at_most - 100

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(DcpError, match="may need"):
        build_package(plan, tmp_path / "other", now=NOW)
    assert resumed(job, out).resumed is not None


# --- a picture is wrapped while the next one is coded -----


@pytest.fixture
def slow_wrapping(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Writing waits until a frame of the next reel is coded, if there is one; who was where, in order."""
    real, append = dcp.create.making.write_track_file, Spool.append
    seen: list[str] = []
    coded = threading.Semaphore(0)

    def wrapped(path: Path, units: Any, **more: Any) -> Any:
        seen.append(f"wrapping in {threading.current_thread() is threading.main_thread()}")
        if path.name.endswith("R1_picture.mxf"):
            assert coded.acquire(timeout=60), "the next reel is not coded meanwhile"
        return real(path, units, **more)

    def appended(self: Spool, frame: bytes, note: int = 0) -> None:
        append(self, frame, note)
        if "picture_1" in self.path.name:
            coded.release()

    monkeypatch.setattr(dcp.create.making, "write_track_file", wrapped)
    monkeypatch.setattr(Spool, "append", appended)
    yield seen


def test_a_reel_is_wrapped_while_the_next_is_coded(tmp_path: Path, slow_wrapping: list[str]) -> None:
    job = job_of(boxed(tmp_path / "a", 4), boxed(tmp_path / "b", 3, 4))
    told: list[tuple[int, int]] = []
    written: list[tuple[int, int]] = []
    build_package(
        plan_job(job, now=NOW),
        tmp_path / "out",
        now=NOW,
        progress=lambda n, of: told.append((n, of)),
        writing=lambda n, of: written.append((n, of)),
    )
    assert told == [(number, 7) for number in range(1, 8)]
    assert written == sorted(written) and written[-1] == (14, 14)
    assert slow_wrapping.count("wrapping in False") == 2  # both pictures; sounds where they are made


def test_no_third_picture_is_coded_while_the_first_is_wrapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the frames of two would lie beside the track files."""
    films = [boxed(tmp_path / str(number), 3, 3 * number) for number in range(3)]
    real, append = dcp.create.making.write_track_file, Spool.append
    coded, wrapped = threading.Event(), threading.Event()

    def slowly(path: Path, units: Any, **more: Any) -> Any:
        if path.name.endswith("R1_picture.mxf"):
            assert coded.wait(60)
            time.sleep(0.3)
        written = real(path, units, **more)
        wrapped.set()
        return written

    def appended(self: Spool, frame: bytes, note: int = 0) -> None:
        append(self, frame, note)
        if "picture_1" in self.path.name:
            coded.set()
        assert wrapped.is_set() or "picture_2" not in self.path.name

    monkeypatch.setattr(dcp.create.making, "write_track_file", slowly)
    monkeypatch.setattr(Spool, "append", appended)
    build_package(plan_job(job_of(*films), now=NOW), tmp_path / "out", now=NOW)


def test_what_fails_beside_ends_the_coding_and_is_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(boxed(tmp_path / "a", 4), boxed(tmp_path / "b", 50))
    append, done = Spool.append, threading.Event()
    count = 0

    def failing(path: Path, units: Any, **more: Any) -> Any:
        done.set()
        raise DcpError("output.disk-full", where=path)

    def slowly(self: Spool, frame: bytes, note: int = 0) -> None:
        nonlocal count
        append(self, frame, note)
        count += 1
        if count > 4:
            assert done.wait(60)
            time.sleep(0.02)

    monkeypatch.setattr(dcp.create.making, "write_track_file", failing)
    monkeypatch.setattr(Spool, "append", slowly)
    with pytest.raises(DcpError) as caught:
        build_package(plan_job(job, now=NOW), tmp_path / "out", now=NOW)
    assert caught.value.id == "output.disk-full"
    assert count < 54 and not any("wrapping" in each.name for each in threading.enumerate())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_fails_in_the_coding_ends_the_wrapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(boxed(tmp_path / "a", 40), boxed(tmp_path / "b", 3, 40))
    real, broken, wrapped = dcp.create.making.write_track_file, threading.Event(), 0

    def counting(path: Path, units: Any, **more: Any) -> Any:
        def slow() -> Iterator[bytes]:
            nonlocal wrapped
            for unit in units:
                wrapped += 1
                assert broken.wait(60)
                time.sleep(0.01)
                yield unit

        return real(path, slow(), **more)

    append = Spool.append

    def failing(self: Spool, frame: bytes, note: int = 0) -> None:
        if "picture_1" in self.path.name:
            broken.set()
            raise Stopped
        append(self, frame, note)

    monkeypatch.setattr(dcp.create.making, "write_track_file", counting)
    monkeypatch.setattr(Spool, "append", failing)
    with pytest.raises(Stopped):
        build_package(plan_job(job, now=NOW), tmp_path / "out", now=NOW)
    assert wrapped < 40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_disk_never_holds_more_than_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All track files, and the frames of the longest picture beside them."""
    films = [boxed(tmp_path / str(number), count, number) for number, count in enumerate((3, 12, 5))]
    job, out, most = job_of(*films), tmp_path / "out", 0
    append = Spool.append

    def measured(self: Spool, frame: bytes, note: int = 0) -> None:
        nonlocal most
        append(self, frame, note)
        with suppress(FileNotFoundError):
            most = max(most, sum(path.stat().st_size for path in tmp_path.glob(".out.*/*")))

    monkeypatch.setattr(Spool, "append", measured)
    built = build_package(plan_job(job, now=NOW), out, now=NOW)
    pictures = [path.stat().st_size for path in built.root.glob("*_picture.mxf")]
    assert 0 < most <= sum(pictures) + max(pictures) + 20 * 56  # and the index of the spools
