"""`dcpkit create` at its limits: no room, an hour of black, one frame, sources that change in the work."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from needing import needing
from wrong_sources import EARLIER, Good, cut, signer, still

from dcp.picture.coding import candidates

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.extra("create")


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    needing("create")
    return Good(tmp_path_factory.mktemp("good"))


def encrypted(good: Good, out: Path, *more: object) -> list[object]:
    return ["create", good.film, "-o", out / "new" / "DCP", "--title", "T", "--encrypt",
            "--signer", good.signer, "--keys", out / "keys.json", "--now", EARLIER, *more]  # fmt: skip


def refused(dcpkit: Run, arguments: list[object], id: str) -> str:
    code, said, err = dcpkit(*arguments, "--json")
    assert code == 2, err
    error = json.loads(said)["error"]
    assert error["id"] == id, err
    assert error["where"] and error["remedy"], err
    code, _, err = dcpkit(*arguments, "--lang", "zh")
    assert code == 2 and "处理方法：" in err
    return str(error["where"])


def test_too_little_room_is_refused_before_any_work(
    good: Good, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**7, 0, 10**6))
    assert refused(dcpkit, encrypted(good, tmp_path), "create.no-room") == str(tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["dcp.create.work.spool", "dcp.mxf.writer"])
def test_a_disk_that_fills_up_leaves_nothing(
    good: Good, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    import dcp.create.work.spool
    import dcp.mxf.writer

    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if module.endswith("spool"):
        monkeypatch.setattr(dcp.create.work.spool.Spool, "append", full)
    else:
        monkeypatch.setattr("dcp.create.making.write_track_file", full)
    arguments = encrypted(good, tmp_path, "--trim", "0-2")
    assert refused(dcpkit, arguments, "output.disk-full").startswith(str(tmp_path))
    assert not any(tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", folder], capture_output=True, check=False
        )
    except OSError:
        pytest.skip("no file system can be mounted here")
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.posix
def test_a_full_disk_of_memory(
    good: Good, dcpkit: Run, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = encrypted(good, small_disk, "--trim", "0-4")
    refused(dcpkit, arguments, "create.no-room")
    assert not any(small_disk.iterdir())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 10**12))
    refused(dcpkit, [*arguments, "--audio", good.six], "output.disk-full")
    assert not any(small_disk.iterdir())


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each frame that was coded."""
    from dcp.picture.openjpeg import OpenJpeg

    frames: list[int] = []
    encode = OpenJpeg.encode

    def counted(self: OpenJpeg, image: Any, **more: Any) -> bytes:
        frames.append(1)
        return encode(self, image, **more)

    monkeypatch.setattr(OpenJpeg, "encode", counted)
    return frames


def test_an_hour_of_black_is_planned_at_once_and_coded_once(
    dcpkit: Run, tmp_path: Path, coded: list[int]
) -> None:
    black = still(tmp_path / "black.png", level=0.0)
    ways = len(candidates("fine", None))
    arguments = ["create", black, "--title", "Black", "--picture-rate", 24]
    code, said, err = dcpkit(*arguments, "--still", "3600s", "--check", "--json")
    assert code == 0, err
    plan = json.loads(said)
    assert plan["frames"] == 86_400
    assert len(coded) <= 2 * ways  # the first frame, and one in the middle
    coded.clear()
    code, said, err = dcpkit(*arguments, "--still", "10s", "-o", tmp_path / "DCP", "--quiet")
    assert code == 0, err
    assert coded == [1] * ways  # the first frame is measured, and no other is coded


def test_a_film_of_one_frame_is_made_and_advised_against(good: Good, dcpkit: Run, tmp_path: Path) -> None:
    arguments = ["create", good.film, "--title", "One", "--trim", "3-4"]
    code, said, err = dcpkit(*arguments, "-o", tmp_path / "DCP", "--json", "--now", EARLIER)
    assert code == 0, err
    assert "advice.short-reel" in [each["id"] for each in json.loads(said)["advice"]]
    assert dcpkit("verify", tmp_path / "DCP", "--now", EARLIER)[0] in (0, 1)


def test_a_source_that_is_cut_short_in_the_work_leaves_nothing(
    good: Good, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.create.build

    made = dcp.create.build.finished_folder
    film = good.copy(good.film, tmp_path)

    def cutting(path: Path) -> Any:
        cut(film, 0.4)
        return made(path)

    monkeypatch.setattr(dcp.create.build, "finished_folder", cutting)
    out = tmp_path / "out"
    arguments = [film if each == good.film else each for each in encrypted(good, out)]
    out.mkdir()
    code, _, err = dcpkit(*arguments)
    assert code == 2 and "film.mov" in err and "what to do" in err, err
    assert not any(out.iterdir())


def test_the_signer_is_judged_at_the_time_that_is_given(good: Good, dcpkit: Run, tmp_path: Path) -> None:
    old = signer(tmp_path / "old", "2020-01-01T00:00:00+00:00", years=1)
    arguments = [
        old if each == good.signer else each for each in encrypted(good, tmp_path / "out", "--check")
    ]
    code, said, err = dcpkit(*arguments, "--json")
    assert code == 2 and json.loads(said)["error"]["id"] == "sign.chain-unfit", err
