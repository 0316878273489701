"""Who else reads a package: ffmpeg, mediainfo, xmllint; asdcplib and libdcp where they are built beside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

from judges import schema_holds

from acceptance.values import Film, Made

PROGRAMS = ("ffmpeg", "ffprobe", "mediainfo", "xmllint")
SCHEMAS = {
    "smpte": {
        "CompositionPlaylist": "SMPTE-429-16-2014-CPL-Metadata",
        "PackingList": "SMPTE-429-8-2006-PKL",
        "AssetMap": "SMPTE-429-9-2007-AM",
    },
    "interop": {
        "CompositionPlaylist": "PROTO-ASDCP-CPL-20040511",
        "PackingList": "PROTO-ASDCP-PKL-20040311",
        "AssetMap": "PROTO-ASDCP-AM-20040311",
    },
}
STEREO_SCHEMA = "SMPTE-429-10-2008-Main-Stereo-Picture-CPL"


def here(program: str) -> bool:
    return shutil.which(program) is not None


def peers() -> Path | None:
    """The folder of asdcplib's and libdcp's programs."""
    folder = os.environ.get("DCPKIT_PEERS")
    return Path(folder) if folder else None


def said(*words: object, code: int = 0, env: dict[str, str] | None = None) -> str:
    """What a program answers, which ends with `code`."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == code, (
        f"{words}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout + done.stderr


# --- ffmpeg, mediainfo, xmllint -----


def ffmpeg_agrees(made: Made) -> None:
    """Counts and rates; the first and the last frame of a plain picture decode."""
    for path, film, count in tracks_of(made):
        header = made.header(path)
        if header.encrypted:
            continue  # it shows what is encrypted as if it were essence
        found = json.loads(
            said("ffprobe", "-v", "error", "-show_streams", "-count_packets", "-of", "json", path)
        )
        (stream,) = found["streams"]
        if header.essence == "sound":
            assert (stream["codec_name"], stream["sample_rate"]) == ("pcm_s24le", "48000"), path
            assert stream["channels"] == len(film.channels.split()), path
            continue
        units = count * header.units_per_edit_unit
        assert stream["codec_name"] == "jpeg2000" and (stream["width"], stream["height"]) == film.size, path
        assert int(stream["nb_read_packets"]) in (count, units), (path, stream["nb_read_packets"])
        if header.units_per_edit_unit == 1:
            assert Fraction(stream["r_frame_rate"]) == film.rate, path
        last = max(count - 1, 0) / film.rate
        for seek in ((), ("-ss", f"{last:.6f}")):
            words = said("ffmpeg", "-v", "error", "-nostdin", "-threads", "1", *seek, "-i", path, "-frames:v", "1",
                         "-f", "framemd5", "-")  # fmt: skip
            frames = [line for line in words.splitlines() if line and not line.startswith("#")]
            assert len(frames) == 1, (path, seek, words)


def mediainfo_agrees(made: Made) -> None:
    for path, film, count in tracks_of(made):
        found = json.loads(said("mediainfo", "--Output=JSON", path))["media"]["track"]
        general = next(each for each in found if each["@type"] == "General")
        assert general["Format"] == "MXF", path
        header = made.header(path)
        if header.encrypted:
            continue
        kind = "Audio" if header.essence == "sound" else "Video"
        track = next(each for each in found if each["@type"] == kind)
        assert abs(float(track["Duration"]) - count / film.rate) < 0.002, (path, track["Duration"])
        if kind == "Audio":
            assert (track["Channels"], track["SamplingRate"], track["BitDepth"]) == (
                str(len(film.channels.split())), "48000", "24",
            ), path  # fmt: skip
        else:
            assert (int(track["Width"]), int(track["Height"])) == film.size, path
            assert track["Format"] == "JPEG 2000", path
            assert round(float(track["FrameRate"])) in (film.rate, film.rate * header.units_per_edit_unit)


def xmllint_agrees(made: Made, standards: Path) -> None:
    for document in made.root.iterdir():
        words = document.read_bytes()[:2000]
        root = re.search(rb"<(?:\w+:)?(CompositionPlaylist|PackingList|AssetMap)\b", words)
        if document.suffix == ".mxf" or root is None:
            continue
        schema = SCHEMAS[made.row.standard][root[1].decode()]
        schema_holds("xmllint", standards / "xsd" / f"{schema}.xsd", document)


def tracks_of(made: Made) -> list[tuple[Path, Film, int]]:
    """Every track file once, the film that plays it first, and how many edit units it has."""
    found: dict[Path, tuple[Path, Film, int]] = {}
    for number, film in enumerate(made.row.films):
        for reel, count in enumerate(film.reels):
            for kind in ("picture", "sound"):
                path = made.track(kind, number, reel)
                found.setdefault(path, (path, film, count))
    return list(found.values())


# --- asdcplib, libdcp -----


def asdcplib_agrees(made: Made, folder: Path, out: Path) -> dict[str, str]:
    """asdcp-info reads every file; asdcp-unwrap takes out the same essence, with its key and MIC."""
    answers: dict[str, str] = {}
    for path, _, _ in tracks_of(made):
        header = made.header(path)
        info = said(folder / "asdcp-info", path)
        answers[path.name] = info.splitlines()[0] if info else ""
        assert "error" not in info.lower(), info
        key: list[object] = []
        if header.key_id is not None:
            found = made.keyring.require(header.key_id)
            key = ["-k", found.value().hex(), "-m"]
        target = out / path.stem
        target.mkdir(parents=True)
        words = said(
            folder / "asdcp-unwrap", *key, path, target / ("sound.wav" if header.essence == "sound" else "x")
        )
        assert "error" not in words.lower() and "mic" not in words.lower(), words
        if header.essence == "sound":
            samples = b"".join(made.units(path))
            (file,) = target.iterdir()
            assert file.read_bytes().endswith(samples), path
        else:
            taken = [file.read_bytes() for file in sorted(target.iterdir())]
            assert sorted(taken) == sorted(made.units(path)), path
    return answers


def libdcp_agrees(made: Made, folder: Path) -> dict[str, Any]:
    """dcpinfo reads it without an error; what dcpverify says of it."""
    info = said(folder / "dcpinfo", made.root)
    assert "error" not in info.lower(), info
    done = subprocess.run(
        [folder / "dcpverify", made.root], capture_output=True, text=True, errors="replace", check=False
    )
    return {"code": done.returncode, "said": done.stdout + done.stderr}
