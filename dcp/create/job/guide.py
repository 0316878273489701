"""The page about job files, made from the table of settings: `docs/jobs.md`.

`python -m dcp.create.job.guide FOLDER` writes it; `make docs` does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dcp.create.job.settings import LEVELS, Level, Setting, settings_of
from dcp.create.job.values import SCHEMA

FILE = "jobs.md"

_HEADS: dict[Level, tuple[str, str]] = {
    "job": ("At the top", "Of the whole package."),
    "composition": ("`[[composition]]`", "A composition each. A flag of the command holds for all of them."),
    "picture": (
        "`picture` of a `[[composition.reel]]`",
        "`source`: a video file, a still, a folder of stills or of codestreams, a package or one of its"
        " files, an `.otio` or `.edl`. `same_as = N` instead of everything else: the picture of reel N.",
    ),
    "sound": (
        "`sound` of a `[[composition.reel]]`",
        "Left away, the sound is that of the picture's file. `same_as = N`: the sound of reel N.",
    ),
    "text": (
        "`[[composition.reel.text]]`, `[[composition.text]]`",
        "Subtitles and closed captions of a reel, or through all reels of a composition: a table each."
        " `--subtitle FILE:LANG` and `--caption FILE:LANG`, each as often as needed, make them; the other"
        " flags hold for all. Subtitles of several languages make a composition each, in order, over the"
        " same tracks; captions are in all of them. `--burn-in FILE:LANG` draws text into the picture.",
    ),
    "other": (
        "`[[composition.reel.other]]`",
        "Text and auxiliary data of the original that play in a reel of a version file, a table each. Left"
        " away, those beside its picture do that are not given anew; `other = []`: none does.",
    ),
    "aux": (
        "`aux` of a `[[composition.reel]]`",
        "Immersive sound or other auxiliary data. `source`: a track file (Dolby Atmos, IAB, ST 429-14) or a"
        " folder with a frame in each file.",
    ),
}

_INTRO = f"""# Job files

<!-- made by `make docs` from dcp/create/job/settings.py -->

A job says what a package is to be made of. `dcpkit create --job FILE.toml -o DIR` carries it out;
`--write-job FILE.toml` writes the job that the other flags say, so that it is a template: sources given
beside `--job` take the places of the pictures' own. Paths are relative to the file's folder. A flag
given beside `--job` overrides the file, in every composition, reel and track. `--check` tells what would
be decided, and what is advised, without making anything.

    schema = "{SCHEMA}"
    encrypt = ["picture", "sound"]

    [[composition]]
    title = "The Film"
    kind = "trailer"
    container = "scope"
    markers = {{ FFEC = "00:02:01:00" }}

    [[composition.reel]]
    picture = {{ source = "reel1.mov", crop = "auto" }}
    sound = {{ sources = ["mix"], language = "en" }}

    [[composition.reel]]
    picture = {{ source = "reel2.mov", trim = "00:00:08:00-" }}

Equal tracks become one file. Positions are timecodes (`00:10:00:00`, every frame counted),
`HH:MM:SS.mmm`, seconds (`12.5s`) or numbers of frames, at the package's rate. An unknown name is refused
with its path in the file.

With `ov`, the package is a version file: what its reels play of the original version it does not carry, so
that it needs no keys of it, but a signer where the original is encrypted. A package among the sources plays
from the original as far as that holds it: `dcpkit create OV -o VF --ov OV --audio fr.wav`. A job may put
reels together of both:

    ov = ["OV"]

    [[composition]]
    name = "auto"

    [[composition.reel]]
    picture = {{ source = "new_titles.mov" }}
    sound = {{ ov = 1 }}

    [[composition.reel]]
    picture = {{ ov = 2, trim = "00:00:10:00-" }}

Text and auxiliary data of the original play beside its picture, unless they are given anew. What is new
beside a picture of the original begins with the first frame that plays of it.
"""


def page() -> str:
    """The page's text."""
    parts = [_INTRO]
    for level in LEVELS:
        head, words = _HEADS[level]
        rows = [_row(setting) for setting in settings_of(level)]
        table = "\n".join(["| name | flag | value | |", "|---|---|---|---|", *rows])
        parts.append(f"## {head}\n\n{words}\n\n{table}\n")
    return "\n".join(parts)


def _row(setting: Setting) -> str:
    flag = f"`{setting.flag}`" if setting.flag else ""
    value = "true" if setting.form.switch else (setting.form.metavar or "").replace("|", ", ")
    return f"| `{setting.name}` | {flag} | {value} | {setting.help} |"


def write_page(folder: Path) -> None:
    (folder / FILE).write_text(page(), "utf-8", newline="\n")


if __name__ == "__main__":
    write_page(Path(sys.argv[1]))
