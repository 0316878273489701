"""Packages made by job files through the command, and read by others: `tests/support/acceptance`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from acceptance import readers
from acceptance.rows_of_immersive import ROWS as IMMERSIVE
from acceptance.rows_of_mixtures import ROWS as MIXTURES
from acceptance.rows_of_packages import ROWS as PACKAGES
from acceptance.rows_of_stills import ROWS as STILLS
from acceptance.rows_of_texts import ROWS as TEXTS
from acceptance.rows_of_version_texts import ROWS as VERSION_TEXTS
from acceptance.rows_of_versions import ROWS as VERSIONS
from acceptance.rows_of_video import ROWS as VIDEO
from acceptance.values import Film, Made, Row, ids
from scenes import NOW, call

ROWS = (*VIDEO, *STILLS, *PACKAGES, *VERSIONS, *TEXTS, *IMMERSIVE, *MIXTURES, *VERSION_TEXTS)
QUIET = ("info", "hint")
TOLERANCE = 12
"""Code values of 12 bits by which the bright bars may be off: 8-bit sources, and what a codec leaves."""


def test_there_are_twenty() -> None:
    assert len(ROWS) >= 20
    assert len((*TEXTS, *IMMERSIVE, *MIXTURES, *VERSION_TEXTS, *VERSIONS)) >= 24
    assert len({row.name for row in ROWS}) == len(ROWS)


def _marked(row: Row) -> pytest.ParameterSet:
    marks = [pytest.mark.extra(row.extra)] if row.extra else []
    return pytest.param(row, id=row.name, marks=[*marks, *([pytest.mark.soak] if row.name in LONG else [])])


LONG = (
    "3d-with-encrypted-text", "burnt-in-and-subtitles", "camera-log-loudness", "captions-hi-vi-named",
    "chapters-12-doubled", "cuts-of-otio-and-edl", "dnxhr-mxf-25-to-24", "exr-acescg-mapped",
    "fast-and-large", "h264-limited-named", "hdr-pq", "interlaced-and-50", "interop-png-subtitles",
    "jpeg-30-sixteen-channels", "letterbox-auto-and-fill", "package-with-text-and-iab-again",
    "phone-turned-variable", "picture-and-text-encrypted", "png-alpha-trimmed", "png-subtitles",
    "prores-23976-to-24", "six-mono-streams-late", "still-held-4k-cube", "ten-dropped-and-blended",
    "text-at-48", "text-in-every-reel", "text-of-a-track-file", "text-of-stl-ass-vtt-ttml",
    "tiff-16-xyz", "version-new-atmos", "version-new-reel-with-text", "version-text-both-encrypted",
)  # fmt: skip
"""Rows that `make soak` alone has: together they take longer than all the others."""
EVERY = pytest.mark.parametrize("row", [_marked(row) for row in ROWS])


Make = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """The package of a row. now: when it is made; None: by the clock."""

    def made(row: Row, now: str | None = NOW) -> Made:
        sources, signer = tmp_path / "in", tmp_path / "signer"
        sources.mkdir()
        row.make(sources)
        (sources / "job.toml").write_text(dedent(row.job), encoding="utf-8", newline="\n")
        when = ["--now", now] if now else []
        keys, more = None, []
        if row.encrypted:
            keys = tmp_path / "keys.json"
            more = ["--signer", signer, "--keys", keys]
            assert call("cert", "chain", "-o", signer, "--organization", "Example", "--unit", "Mastering",
                        "--role", "CS", *when, "--quiet") == 0  # fmt: skip
        capsys.readouterr()
        code = call("create", "--job", sources / "job.toml", "-o", tmp_path / "out", "--json", "--quiet",
                    *when, *more)  # fmt: skip
        out, err = capsys.readouterr()
        assert code == 0, out + err
        return Made(row, tmp_path / "out", sources, keys, json.loads(out))

    return made


@EVERY
def test_the_package_is_what_the_job_says(
    row: Row, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], standards: Path
) -> None:
    made = make(row)
    is_as_planned(made)
    verify_is_silent(made, capsys)
    essence_comes_out(made, tmp_path / "unwrapped", capsys)
    for number, film in enumerate(row.films):
        is_as_wanted(made, number, film)
    if row.check is not None:
        row.check(made)
    if readers.here("ffmpeg") and readers.here("ffprobe"):
        readers.ffmpeg_agrees(made)
    if readers.here("mediainfo"):
        readers.mediainfo_agrees(made)
    if readers.here("xmllint"):
        readers.xmllint_agrees(made, standards)
    readers.others_agree(made)


@pytest.mark.oracle
@pytest.mark.parametrize("program", readers.PROGRAMS)
def test_who_else_reads_them(program: str) -> None:
    """Names those in the summary that could not."""
    if not readers.here(program):
        pytest.skip(f"left out: the oracle {program} is not here")


@pytest.mark.oracle
@EVERY
def test_the_peers_read_it(row: Row, make: Make, tmp_path: Path) -> None:
    folder = readers.peers()
    if folder is None:
        pytest.skip("left out: DCPKIT_PEERS, a folder of asdcplib's and libdcp's programs, is not here")
    made = make(row, None)  # they know no other time
    print(f"\n## {row.name}\nasdcplib:", readers.asdcplib_agrees(made, folder, tmp_path / "asdcp"))
    notes = [f"libdcp: {note}" for note in readers.libdcp_says(made, folder)]
    notes += [f"clairmeta: {note}" for note in readers.clairmeta_says(made, folder)]
    notes += [f"dcp_inspect: {note}" for note in readers.dcp_inspect_says(made, folder)]
    print("\n".join(notes))
    known = [*row.peers, *(["no <ExtensionMetadata>"] if _told_outside(made) else [])]
    bad = [note for note in notes if re.search(r"error|Status : Fail", note, re.IGNORECASE)]
    assert not [note for note in bad if not any(each in note for each in known)], bad


SECRET = [row for row in (*TEXTS, *IMMERSIVE, *MIXTURES, *VERSION_TEXTS, *VERSIONS) if row.encrypted]
TYPES = {"picture": {"MDIK"}, "sound": {"MDAK"}, "text": {"MDSK"}, "aux": {"MDEK", "MDX1"}}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(
            row,
            id=row.name,
            marks=[
                *([pytest.mark.extra(row.extra)] if row.extra else []),
                *([] if row.name == "text-and-atmos-all-encrypted" else [pytest.mark.soak]),
            ],
        )
        for row in SECRET
    ],
)
def test_a_kdm_opens_every_track_of_it(
    row: Row, make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make(row)
    cinema, late = tmp_path / "cinema", ["--now", NOW, "--quiet"]
    assert call("cert", "chain", "-o", cinema, "--organization", "Example", "--unit", "Cinema",
                "--role", "SM SPB MD", *late) == 0  # fmt: skip
    over = [word for folder in made.originals for word in ("--ov", folder)]
    told: set[str] = set()
    for number, cpl in enumerate(made.films):
        folder = tmp_path / f"film{number}"
        folder.mkdir()
        kdm, document = folder / "kdm.xml", made.package.document(cpl).path
        assert call("kdm", "issue", "--dcp", made.root, "--cpl-id", cpl.id, *made.opening, "--signer",
                    tmp_path / "signer", "--recipient", cinema / "leaf.pem", "--from", NOW, "--until", "+7d",
                    "-o", kdm, *late) == 0  # fmt: skip
        opening = ["--kdm", kdm, "--key", cinema / "leaf.key", *over]

        def answer(*words: object) -> dict[str, Any]:
            capsys.readouterr()
            assert call(*words, *late) == 0, capsys.readouterr().err
            out = capsys.readouterr().out
            return dict(json.loads(out)) if "--json" in words else {}

        checked = answer("kdm", "verify", kdm, "--key", cinema / "leaf.key", "--cpl", document, "--json")
        assert checked["verdict"] == "accept", checked
        assert call("kdm", "inspect", kdm, "--json") == 0
        told |= set(re.findall(r"MD[A-Z0-9]{2}", capsys.readouterr().out))
        report = folder / "report.json"
        answer("play", document, "--output", "null", "--reduce", 5, "--report", report, *opening)
        played = json.loads(report.read_text())
        assert (played["verdict"], played["frames_dropped"]) == ("complete", 0)
        assert not [each for each in played["events"] if "damage" in each["type"]]
        plain = folder / "plain"
        answer("decrypt", document, "-o", plain, *opening)
        findings = answer("verify", plain, *over, "--json")["findings"]
        loud = {each["id"] for each in findings if each["severity"] not in QUIET}
        assert loud <= set(row.found) | ({"ENC-003"} if made.originals else set()), findings
    for kind in row.encrypted:
        assert TYPES[kind] & told, told


def _told_outside(made: Made) -> bool:
    """Whether the plan says that the composition does not declare RDD 52."""
    return "plan.no-profile" in ids(made.said["decisions"])


# --- what is held against what -----


KINDS = {"sound": "sound", "timed_text": "text", "atmos": "aux", "aux_data": "aux"}


def is_as_planned(made: Made) -> None:
    decided, advised = ids(made.said["decisions"]), ids(made.said["advice"])
    assert set(made.row.decided) <= set(decided), decided
    assert set(advised) <= set(made.row.advised), made.said["advice"]
    for path in made.tracks:
        header = made.header(path)
        kind = KINDS.get(header.essence, "picture")
        assert header.encrypted == (kind in made.row.encrypted), path
        assert header.label_set == made.row.standard


def verify_is_silent(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing above an information, but for what the row gives a reason for."""
    keys = [*made.opening, *(word for folder in made.originals for word in ("--ov", folder))]
    capsys.readouterr()
    code = call("verify", made.root, *keys, "--json", "--quiet", "--now", NOW)
    report = json.loads(capsys.readouterr().out)
    loud = [each for each in report["findings"] if each["severity"] not in QUIET]
    assert {each["id"] for each in loud} == set(made.row.found), loud
    assert (code, report["verdict"]) == (0, "pass")


def essence_comes_out(made: Made, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = made.opening
    for path, film, count in readers.tracks_of(made):
        out = folder / path.stem
        assert call("unwrap", path, "-o", out, *keys, "--quiet") == 0
        header = made.header(path)
        files = sorted(each for each in out.iterdir())
        if header.essence == "sound":
            samples = 48_000 // film.rate * count * len(film.channels.split()) * 3
            (file,) = files
            assert file.read_bytes()[-samples:] == b"".join(made.units(path))
        else:
            assert [each.read_bytes() for each in files] == made.units(path)
            assert len(files) == count * (2 if film.stereo else 1)
    for path in (*made.data, *(each for each in made.texts if each.suffix == ".mxf")):
        out = folder / path.stem
        assert call("unwrap", path, "-o", out, *keys, "--quiet") == 0
        files = [each.read_bytes() for each in sorted(out.iterdir())]
        units = made.units(path)
        assert (files if path in made.data else sorted(files)) == (
            units if path in made.data else sorted(units)
        ), path
    capsys.readouterr()


def is_as_wanted(made: Made, number: int, film: Film) -> None:
    reels = made.films[number].reels
    assert [reel.picture.duration for reel in reels] == list(film.reels)
    assert [reel.sound.duration for reel in reels] == list(film.reels)
    for reel in range(len(reels)):
        header = made.header(made.track("picture", number, reel))
        assert header.essence == ("stereo_picture" if film.stereo else "picture")
        assert (header.descriptor.stored_width, header.descriptor.stored_height) == film.size
        assert header.edit_rate == film.rate
        assert " ".join(made.labels(number, reel)) == film.channels
        if film.shows is not None:
            shows(made, number, reel, film)


def shows(made: Made, number: int, reel: int, film: Film) -> None:
    """The bars of each frame, its place in the container, and how bright they are."""
    import numpy as np

    assert film.shows is not None
    left, top, width, height = film.box or (0, 0, *film.size)
    found, bright = [], []
    for frame in made.pictures(number, reel):
        rows = slice((top + height // 2) // 4 + 4, (top + height) // 4 - 12)
        levels = []
        for bit in range(8):
            begin = left + width * bit / 8
            inner = slice(round((begin + width / 32) / 4), round((begin + width * 3 / 32) / 4))
            levels.append(float(frame[rows, inner, 1].mean()))
        middle = film.bright * 0.75 if film.bright is not None else film.over
        bits = [level > middle for level in levels]
        bright += [level for level, on in zip(levels, bits, strict=True) if on]
        found.append(sum(1 << bit for bit, on in enumerate(bits) if on))
        for outside in (
            frame[:, : left // 4 - 2] if left > 12 else None,
            frame[: top // 4 - 2] if top > 12 else None,
        ):
            assert outside is None or outside.max() < 24
    assert found == list(film.shows[reel]), (number, reel, found)
    if film.bright is not None:
        assert abs(np.array(bright) - film.bright).max() <= TOLERANCE, (
            np.min(bright),
            np.max(bright),
            film.bright,
        )
