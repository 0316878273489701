"""`create --resume`: killed anywhere, torn, flipped, the package is the same; what is not gone on with."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import stat
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from killed_run import run
from made_once import made_once
from material import codestream, wav
from scenes import NOW, call, write_clip

from dcp.create.work.spool import Spool

Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.posix
FRAMES = 10
RECORD = 56


def boxed(folder: Path, count: int, first: int) -> Path:
    """Codestreams in JP2 files: nobody knows their sizes before, so they go through a spool, small ones."""
    folder.mkdir()
    for number in range(count):
        data = codestream(first + number)
        box = struct.pack(">I4s", len(data) + 8, b"jp2c") + data
        (folder / f"{number:06d}.j2c").write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + box)
    return folder


class Film:
    """Two reels with sound, and a work folder in which nothing but the receipt is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reels = [root / "one", root / "two"]
        self.sounds = [root / "one.wav", root / "two.wav"]
        self.begun = root / "begun"
        self.whole = root / "whole"

    def words(self, out: Path, *more: object) -> list[object]:
        sounds = [word for sound in self.sounds for word in ("--audio", sound)]
        return ["create", *self.reels, "--title", "Film", "--kind", "test", "--picture-rate", 24, *sounds,
                "-o", out, "--now", NOW, "--quiet", "--json", *more]  # fmt: skip

    def again(self, folder: Path) -> Path:
        """The output of a work folder that was begun and left."""
        folder.mkdir(exist_ok=True)
        shutil.copytree(self.begun, folder / "DCP.work")
        return folder / "DCP"


def make_begun(root: Path) -> Film:
    """The sources, and what a run leaves that is stopped before its first frame."""
    film = Film(root)
    for number, (reel, sound) in enumerate(zip(film.reels, film.sounds, strict=True)):
        boxed(reel, FRAMES, number * FRAMES)
        wav(sound, 2000 * FRAMES, seed=number)
    with patch.object(Spool, "append", side_effect=KeyboardInterrupt):
        assert call(*film.words(root / "DCP", "--resume")) == 130
    shutil.move(root / "DCP.work", film.begun)
    return film


def make_film(root: Path) -> None:
    film = make_begun(root)
    place = root / "to its end"
    code, said = run(place, 0, film.words(film.again(place), "--resume"), counted=root / "count")
    assert code == 0
    assert json.loads(said)["resumed"] == {"frames_kept": 0, "frames_coded": 2 * FRAMES, "tracks_kept": 0}
    assert sorted(path.name for path in place.iterdir()) == ["DCP"]
    shutil.move(place / "DCP", film.whole)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(made_once(tmp_path_factory, "film of two reels", make_film))


def held(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def records(work: Path) -> int:
    """Frames that a killed run left whole: in spools, and in track files that are finished."""
    spools = {path.stem: path.with_name(path.name + ".index") for path in work.glob("spools/*.spool")}
    done = {path.stem for path in work.glob("tracks/picture_*.json")}
    left = [index.stat().st_size // RECORD for name, index in spools.items() if name not in done]
    return sum(left) + FRAMES * len(done)


def goes_on(film: Film, dcpkit: Run, out: Path) -> dict[str, Any]:
    """The command to its end: its document."""
    code, said, err = dcpkit(*film.words(out, "--resume"))
    assert code == 0, err
    assert sorted(path.name for path in out.parent.iterdir()) == [out.name]
    document: dict[str, Any] = json.loads(said)
    return document["resumed"]  # type: ignore[no-any-return]


def killed_and_resumed(film: Film, dcpkit: Run, folder: Path, at: int) -> None:
    """Killed at that place, gone on with: the same bytes, and no whole frame made twice."""
    out = film.again(folder)
    code, _ = run(folder, at, film.words(out, "--resume"))
    assert code == -signal.SIGKILL, at
    if not out.with_name("DCP.work").exists():  # in the very last moment
        assert held(out) == held(film.whole)
        return
    whole = records(out.with_name("DCP.work")) if not out.exists() else 2 * FRAMES
    resumed = goes_on(film, dcpkit, out)
    assert held(out) == held(film.whole)
    assert resumed["frames_kept"] + resumed["frames_coded"] == 2 * FRAMES
    assert resumed["frames_kept"] == whole


@pytest.mark.parametrize("part", [0.2, 0.45, 0.7, 0.97])
def test_killed_and_gone_on_with_it_is_the_same_package(
    film: Film, dcpkit: Run, tmp_path: Path, part: float
) -> None:
    count = int((film.root / "count").read_text())
    killed_and_resumed(film, dcpkit, tmp_path, int(count * part))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_random_places(film: Film, dcpkit: Run, tmp_path: Path, seed: int) -> None:
    count = int((film.root / "count").read_text())
    killed_and_resumed(film, dcpkit, tmp_path, random.Random(seed).randint(1, count - 1))


@pytest.mark.soak
def test_killed_again_and_again(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    out, chance = film.again(tmp_path), random.Random(21)
    count = int((film.root / "count").read_text())
    for _ in range(12):
        if run(tmp_path, chance.randint(1, count // 3), film.words(out, "--resume"))[0] == 0:
            break
    if not out.exists():
        goes_on(film, dcpkit, out)
    assert held(out) == held(film.whole)


@pytest.mark.soak
@pytest.mark.extra("create")
@pytest.mark.parametrize("seed", range(3))
def test_killed_while_pictures_are_coded(dcpkit: Run, tmp_path: Path, seed: int) -> None:
    """A video, whose frames are coded, with sound that is computed; killed three times on its way."""
    clip = write_clip(tmp_path / "clip.mkv", 14)
    words = ["create", clip, "--title", "Film", "--kind", "test", "--gain", "-2", "--now", NOW, "--quiet",
             "--json", "--resume"]  # fmt: skip
    (tmp_path / "a").mkdir()
    at = 20
    while (
        run(tmp_path / "a", at, [*words, "-o", tmp_path / "a" / "DCP"])[0]
        and not (tmp_path / "a" / "DCP.work").exists()
    ):
        at += 1
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    code, _ = run(tmp_path / "a", 0, [*words, "-o", tmp_path / "a" / "DCP"], counted=tmp_path / "count")
    count, chance = int((tmp_path / "count").read_text()), random.Random(seed)
    out = tmp_path / "b" / "DCP"
    kept = 0
    for _ in range(3):
        run(tmp_path / "b", chance.randint(10, count // 2), [*words, "-o", out])
        work = out.with_name("DCP.work")
        if work.exists() and not list(work.glob("tracks/picture*")):
            (index,) = list(work.glob("spools/*.index")) or [Path(os.devnull)]
            assert index.stat().st_size // RECORD >= kept
            kept = index.stat().st_size // RECORD
    code, said, err = dcpkit(*words, "-o", out)
    assert code == 0, err
    resumed = json.loads(said)["resumed"]
    assert resumed["frames_kept"] + resumed["frames_coded"] == 14 and resumed["frames_kept"] >= kept
    assert held(out) == held(tmp_path / "a" / "DCP")


@pytest.fixture
def left(film: Film, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The work folder of a run that ended when one reel was finished and five frames of the other done."""
    out = film.again(tmp_path)
    work = out.with_name("DCP.work")
    append, count = Spool.append, iter(range(FRAMES + 5))

    def stopping(self: Spool, frame: bytes, note: int = 0) -> None:
        if next(count, None) is None:
            until = time.monotonic() + 60
            while not (work / "tracks" / "picture_0.json").exists() and time.monotonic() < until:
                time.sleep(0.01)
            raise KeyboardInterrupt
        append(self, frame, note)

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "append", stopping)
        assert dcpkit(*film.words(out, "--resume"))[0] == 130
    assert records(work) == FRAMES + 5
    return work


@pytest.mark.parametrize("how", ["torn data", "torn index", "flipped data", "flipped index"])
def test_a_torn_or_flipped_spool_is_made_again_from_there(
    film: Film, dcpkit: Run, left: Path, how: str
) -> None:
    data = left / "spools" / "picture_1.spool"
    index = data.with_name(data.name + ".index")
    place = data if how.endswith("data") else index
    told = bytearray(place.read_bytes())
    if how.startswith("torn"):
        del told[-1]
    else:  # the second frame
        told[len(codestream(FRAMES)) + 5 if place == data else RECORD + 9] ^= 4
    place.write_bytes(told)
    resumed = goes_on(film, dcpkit, left.with_name("DCP"))
    assert held(left.with_name("DCP")) == held(film.whole)
    kept = 4 if how.startswith("torn") else 1
    assert resumed == {"frames_kept": FRAMES + kept, "frames_coded": FRAMES - kept, "tracks_kept": 1}


@pytest.mark.parametrize("what", ["file", "receipt", "lost"])
def test_a_track_file_that_is_not_right_is_made_again(film: Film, dcpkit: Run, left: Path, what: str) -> None:
    (file,) = left.glob("package/*R1_picture.mxf")
    place = left / "tracks" / "picture_0.json" if what == "receipt" else file
    if what == "lost":
        place.unlink()
    else:
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 1
        place.write_bytes(data)
    resumed = goes_on(film, dcpkit, left.with_name("DCP"))
    assert held(left.with_name("DCP")) == held(film.whole)
    assert resumed["tracks_kept"] == 0 and resumed["frames_kept"] < FRAMES


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 40))]
)
def test_whatever_is_changed_in_it_no_wrong_byte_comes_out(
    film: Film, dcpkit: Run, left: Path, seed: int
) -> None:
    """Three times a byte of any file, or its end: the same package, or a refusal."""
    chance, out = random.Random(seed), left.with_name("DCP")
    for _ in range(3):
        place = chance.choice([path for path in sorted(left.rglob("*")) if path.is_file()])
        data = bytearray(place.read_bytes())
        if data and chance.random() < 0.5:
            del data[chance.randrange(len(data)) :]
        elif data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        place.write_bytes(data)
    code, said, err = dcpkit(*film.words(out, "--resume"))
    if code:
        assert json.loads(said)["error"]["id"] == "work.receipt-damaged", err
        assert code == 2 and not out.exists()
    else:
        assert held(out) == held(film.whole)


def test_what_is_no_finished_track_file_does_not_get_into_the_package(
    film: Film, dcpkit: Run, left: Path
) -> None:
    (left / "package" / "cpl_of_an_earlier_try.xml").write_text("old")
    (left / "package" / "folder").mkdir()
    (left / "package" / "folder" / "font.ttf").write_text("old")
    goes_on(film, dcpkit, left.with_name("DCP"))
    assert held(left.with_name("DCP")) == held(film.whole)


def test_fresh_keys_stay_with_what_they_encrypted(
    film: Film, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.create.build

    signer, keys, out = tmp_path / "studio", tmp_path / "keys.json", tmp_path / "DCP"
    names = ["--organization", "Studio", "--unit", "Mastering", "--role", "CS", "--now", NOW]
    assert dcpkit("cert", "chain", "-o", signer, *names)[0] == 0
    words = film.words(out, "--resume", "--encrypt", "--keys", keys, "--signer", signer)

    def fails(*arguments: object, **more: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(dcp.create.build, "_write_documents", fails)
        assert dcpkit(*words)[0] == 2
    held_keys = keys.read_bytes()
    moved = keys.rename(tmp_path / "away.json")
    code, said, _ = dcpkit(*words)
    assert code == 2 and json.loads(said)["error"]["id"] == "work.keys-needed" and not keys.exists()
    moved.rename(keys)
    code, said, err = dcpkit(*words)
    assert code == 0, err
    document = json.loads(said)
    assert document["resumed"] == {"frames_kept": 2 * FRAMES, "frames_coded": 0, "tracks_kept": 4}
    assert any("unencrypted" in note for note in document["notes"]) and keys.read_bytes() == held_keys
    assert dcpkit("verify", out, "--keys", keys, "--no-picture", "--now", NOW)[0] in (0, 1)
    assert dcpkit("decrypt", out, "-o", tmp_path / "plain", "--keys", keys, "--now", NOW)[0] == 0


def refused(film: Film, dcpkit: Run, work: Path, *more: object, words: list[object] | None = None) -> str:
    """The error of a run that does not go on, and touches nothing."""
    out, before = work.with_name("DCP"), held(work)
    code, said, _ = dcpkit(*(words or film.words(out, "--resume", *more)))
    assert code == 2 and not out.exists() and held(work) == before
    error = json.loads(said)["error"]
    return f"{error['id']}: {error['what']} {error['remedy']}"


def test_without_the_flag_a_work_folder_is_not_taken(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    work = film.again(tmp_path).with_name("DCP.work")
    said = refused(film, dcpkit, work, words=film.words(work.with_name("DCP")))
    assert "work.exists" in said and "--resume" in said and "DCP.work" in said


def test_without_the_flag_nothing_is_left(film: Film, tmp_path: Path) -> None:
    code, said = run(tmp_path, 0, film.words(tmp_path / "DCP"))
    assert code == 0 and json.loads(said)["resumed"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["DCP"]


@pytest.mark.extra("create")
def test_other_settings_are_named_and_refused(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    work = film.again(tmp_path).with_name("DCP.work")
    said = refused(film, dcpkit, work, "--gain", "-3")
    assert "work.changed" in said and "gain was not given, is -3" in said
    assert "title was Film, is Other" in refused(film, dcpkit, work, "--title", "Other")
    code, _, err = dcpkit(*film.words(work.with_name("DCP"), "--resume", "--check", "--title", "Other"))
    assert code == 2 and "title was Film" in err
    code, _, err = dcpkit(*film.words(work.with_name("DCP"), "--resume", "--check"))
    assert code == 0, err


def test_other_sources_are_named_and_refused(dcpkit: Run, tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    film = make_begun(tmp_path / "film")
    work = film.again(tmp_path / "here").with_name("DCP.work")
    sound = film.sounds[0]
    data, times = sound.read_bytes(), sound.stat()
    sound.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(sound, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "one.wav holds something else" in refused(film, dcpkit, work)
    sound.write_bytes(data)
    os.utime(sound, ns=(times.st_atime_ns, times.st_mtime_ns + 5))
    assert "one.wav was written again" in refused(film, dcpkit, work)
    os.utime(sound, ns=(times.st_atime_ns, times.st_mtime_ns))
    wav(sound, 2000 * FRAMES + 1)
    assert f"one.wav had {len(data):,} bytes" in refused(film, dcpkit, work)
    sound.write_bytes(data)
    os.utime(sound, ns=(times.st_atime_ns, times.st_mtime_ns))
    frame = film.reels[1] / "000003.j2c"
    os.utime(frame, ns=(0, 7))
    assert "two was written again" in refused(film, dcpkit, work)


def test_another_version_of_a_tool_is_refused(
    film: Film, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.version

    work = film.again(tmp_path).with_name("DCP.work")
    monkeypatch.setattr(dcp.version, "VERSION", "99")
    assert "dcpkit was" in refused(film, dcpkit, work)


def test_a_second_run_is_refused(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    from dcp.system import alone_in

    work = film.again(tmp_path).with_name("DCP.work")
    with alone_in(work):
        assert "work.another-run" in refused(film, dcpkit, work)
    goes_on(film, dcpkit, work.with_name("DCP"))


def test_a_damaged_receipt_is_refused(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    work = film.again(tmp_path).with_name("DCP.work")
    receipt = work / "receipt.json"
    data = receipt.read_text()
    receipt.write_text(data.replace('"seed": "', '"seed": "00', 1))
    assert "work.receipt-damaged" in refused(film, dcpkit, work)


@pytest.mark.parametrize(
    "name", ["", "receipt.json", "package", "spools", "tracks", "spools/picture_0.spool", "package/x"]
)
def test_links_are_refused(film: Film, dcpkit: Run, tmp_path: Path, name: str) -> None:
    work = film.again(tmp_path).with_name("DCP.work")
    target = tmp_path / "elsewhere"
    place = work / name if name else work
    if place.exists():
        shutil.move(place, target)
    else:
        target.write_text("of somebody")
        place.parent.mkdir(exist_ok=True)
    place.symlink_to(target)
    before = held(target) if target.is_dir() else target.read_bytes()
    code, said, _ = dcpkit(*film.words(work.with_name("DCP"), "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.link"
    assert before == (held(target) if target.is_dir() else target.read_bytes())


def test_what_is_no_work_folder_is_left_alone(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    work = tmp_path / "DCP.work"
    work.write_text("a file of this name")
    code, said, _ = dcpkit(*film.words(tmp_path / "DCP", "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.no-folder"
    work.unlink()
    work.mkdir()
    (work / "thesis.txt").write_text("mine")
    code, said, _ = dcpkit(*film.words(tmp_path / "DCP", "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.no-folder"
    assert (work / "thesis.txt").exists()
    os.mkfifo(work / "receipt.json")
    code, said, _ = dcpkit(*film.words(tmp_path / "DCP", "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.no-folder"


def test_a_folder_that_others_may_write_to_is_not_believed(film: Film, dcpkit: Run, tmp_path: Path) -> None:
    work = film.again(tmp_path).with_name("DCP.work")
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    work.chmod(0o770)
    assert "work.of-others" in refused(film, dcpkit, work)
    work.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(work, 12_345, -1)
        assert "work.of-others" in refused(film, dcpkit, work)


def test_stopped_it_says_how_to_go_on(
    film: Film, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, count = Spool.append, iter(range(FRAMES + 4))

    def stopping(self: Spool, frame: bytes, note: int = 0) -> None:
        if next(count, None) is None:
            raise KeyboardInterrupt
        append(self, frame, note)

    out = film.again(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "append", stopping)
        code, said, err = dcpkit(*film.words(out, "--resume"))
    assert (code, said) == (130, "") and err.count("\n") == 1
    assert "--resume" in err and "DCP.work" in err
    assert goes_on(film, dcpkit, out)["frames_kept"] >= 4
    assert held(out) == held(film.whole)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(kilobytes: int, *more: str) -> Path:
        options = ",".join((*more, f"size={kilobytes}k"))
        try:
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
            )
        except OSError:
            pytest.skip("no file system can be mounted here")
        if done.returncode:
            pytest.skip("no file system can be mounted here")
        return folder

    yield sized
    if os.path.ismount(folder):
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_what_is_done(
    film: Film,
    dcpkit: Run,
    small_disk: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 0, 10**12))
    folder = small_disk(200)
    out = film.again(folder)
    code, said, err = dcpkit(*film.words(out, "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.disk-full"
    assert err.count("--resume") >= 2 and not out.exists() and out.with_name("DCP.work").is_dir()
    small_disk(40_000, "remount")
    goes_on(film, dcpkit, out)
    assert held(out) == held(film.whole)


def test_any_failure_keeps_what_is_done(
    film: Film, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.create.making

    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = film.again(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(dcp.create.making, "write_track_file", full)
        code, said, _ = dcpkit(*film.words(out, "--resume"))
    assert code == 2 and json.loads(said)["error"]["id"] == "work.disk-full"
    assert goes_on(film, dcpkit, out)["frames_kept"] >= FRAMES
    assert held(out) == held(film.whole)
