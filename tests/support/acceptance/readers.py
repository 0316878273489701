"""Who else reads a package: ffmpeg, mediainfo, xmllint; asdcplib and libdcp where they are built beside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

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
TEXT_SCHEMAS = {"smpte": "DCDMSubtitle-2014", "interop": "DCSubtitle.v1.mattsson"}
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
            words = said("ffmpeg", "-v", "error", "-nostdin", "-threads", "1", *seek, "-i", path,
                         "-frames:v", "1", "-f", "framemd5", "-")  # fmt: skip
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


def others_agree(made: Made) -> None:
    """ffmpeg knows plain text, mediainfo text and auxiliary data for MXF files."""
    for path in (*made.data, *(each for each in made.texts if each.suffix == ".mxf")):
        if here("ffprobe") and path not in made.data and not made.header(path).encrypted:
            said("ffprobe", "-v", "fatal", "-show_format", path)
        if here("mediainfo"):
            found = json.loads(said("mediainfo", "--Output=JSON", path))["media"]["track"]
            assert found[0]["Format"] == "MXF", path


def xmllint_agrees(made: Made, standards: Path) -> None:
    for document in filter(Path.is_file, made.root.iterdir()):
        words = document.read_bytes()[:2000]
        root = re.search(rb"<(?:\w+:)?(CompositionPlaylist|PackingList|AssetMap)\b", words)
        if document.suffix == ".mxf" or root is None:
            continue
        schema = SCHEMAS[made.row.standard][root[1].decode()]
        schema_holds("xmllint", standards / "xsd" / f"{schema}.xsd", document)
    schema = standards / "xsd" / f"{TEXT_SCHEMAS[made.row.standard]}.xsd"
    for path in made.texts:
        document = path
        if path.suffix == ".mxf":
            document = made.sources / f"{path.stem}.xml"
            document.write_bytes(made.units(path)[0])
        schema_holds("xmllint", schema, document)


def tracks_of(made: Made) -> list[tuple[Path, Film, int]]:
    """Every track file of the package once, the film that plays it first, how many edit units it has."""
    found: dict[Path, tuple[Path, Film, int]] = {}
    for number, film in enumerate(made.row.films):
        for reel, count in enumerate(film.reels):
            for kind in ("picture", "sound"):
                path = made.track(kind, number, reel)
                if path.parent != made.root:
                    continue  # the original's
                found.setdefault(path, (path, film, count))
    return list(found.values())


# --- peers, where they are built beside -----


def asdcplib_agrees(made: Made, folder: Path, out: Path) -> str:
    """asdcp-info reads every file; asdcp-unwrap takes the same essence out, with its key and the codes for
    integrity checked."""
    for path, _, count in tracks_of(made):
        header = made.header(path)
        info = said(folder / "asdcp-info", "-i", "-v", path)
        assert re.search(rf"\b{count} edit units", info), info
        key: list[object] = []
        if header.key_id is not None:
            assert str(header.key_id) in info, info
            key = ["-m", "-k", made.keyring.require(header.key_id).value().hex()]
        target = out / path.stem
        target.mkdir(parents=True)
        said(folder / "asdcp-unwrap", *key, path, target / "u_")
        files = sorted(target.iterdir())
        units = made.units(path)
        if header.essence == "sound":
            (file,) = files
            assert file.read_bytes().endswith(b"".join(units)), path
        else:
            assert sorted(each.read_bytes() for each in files) == sorted(units), path
    for path in made.texts:
        if path.suffix == ".mxf":
            header = made.header(path)
            key = ["-m", "-k", made.keyring.require(header.key_id).value().hex()] if header.key_id else []
            target = out / path.stem
            target.mkdir(parents=True)
            said(folder / "asdcp-unwrap", *key, path, target / "text.xml")
            found = sorted(each.read_bytes() for each in target.iterdir())
            assert found == sorted(made.units(path)), path
    for path in made.data:
        header = made.header(path)
        key = ["-m", "-k", made.keyring.require(header.key_id).value().hex()] if header.key_id else []
        target = out / path.stem
        target.mkdir(parents=True)
        said(folder / "asdcp-info", "-i", path)
        said(folder / "asdcp-unwrap", *key, path, target / "u_")
        assert [each.read_bytes() for each in sorted(target.iterdir())] == made.units(path), path
    return f"{len(made.tracks)} files"


def libdcp_says(made: Made, folder: Path) -> list[str]:
    """What dcpverify finds, below its errors too; dcpinfo reads the package."""
    code, words = answered(folder / "dcpinfo", made.root)
    if code:
        return [f"Error: dcpinfo ended with {code}: {' '.join(words.split())[-200:]}"]
    code, words = answered(folder / "dcpverify", "-q", made.root)
    notes = [line.strip() for line in words.splitlines() if line.strip()]
    return notes + ([f"Error: ended with {code}"] if code else [])


def clairmeta_says(made: Made, folder: Path) -> list[str]:
    original = ["-ov", made.originals[0]] if made.originals else []
    _, words = answered(folder / "clairmeta", "check", "-type", "dcp", made.root, *original)
    assert "Status" in words, words[-3000:]
    lines = words[words.index("Status") :].splitlines()
    return [line.strip() for line in lines if line.strip() and "Success" not in line]


def dcp_inspect_says(made: Made, folder: Path) -> list[str]:
    _, words = answered(folder / "dcp_inspect", made.root)
    assert re.search(r"\d+ Errors?", words, re.IGNORECASE), words[-3000:]
    return [
        line.strip()
        for line in words.splitlines()
        if re.search(r"\b(Error|Hint)", line) and "0 Errors" not in line
    ]


def answered(*words: object) -> tuple[int, str]:
    """What a program ends with, and all that it says. The others of its folder are on its path."""
    program, *_ = words
    env = {**os.environ, "PATH": f"{Path(str(program)).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(each) for each in words], capture_output=True, text=True, errors="replace", check=False, env=env
    )
    return done.returncode, done.stdout + done.stderr
