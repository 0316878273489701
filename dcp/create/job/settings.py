"""Every setting of a job, one a row: its name in the file, its flag, its form, and what it is for.

The reader of job files, their writer, the command's flags and the entrance for programs follow from this
table; a test holds it against the values' fields.
"""

from __future__ import annotations

from typing import Literal

from dcp.create.job import forms
from dcp.create.job.forms import Form
from dcp.create.job.values import MAX_DELAY, MAX_FADE, MAX_GAIN, MAX_OFFSET
from dcp.dataclass import dataclass

Level = Literal["job", "composition", "picture", "sound", "text", "aux", "other"]
LEVELS: tuple[Level, ...] = ("job", "composition", "picture", "sound", "text", "aux", "other")


@dataclass(frozen=True)
class Setting:
    """name: of the value's field, and in the file. level: the value that has it. flag: None for what only the
    file says. help: a line for `--help`."""

    level: Level
    name: str
    form: Form
    flag: str | None
    help: str = ""

    @property
    def key(self) -> str:
        """A name of its own among all settings: what the command hands over."""
        return f"{self.level}_{self.name}"


SETTINGS: tuple[Setting, ...] = (
    Setting("job", "standard", forms.choice("smpte", "interop"), "--standard", "Form of the package."),
    Setting("job", "encrypt", forms.listed("picture", "sound", "text", "aux"), "--encrypt",
            "Encrypt, everything or these kinds; needs --signer and --keys."),
    Setting("job", "coding", forms.choice("exact", "fine", "fast"), "--coding",
            "Of the picture's samples: exact codes all 12 bits; fine, the default, may lose 0.25 dB, or more "
            "where 60 dB are kept; fast 0.5 dB, or 58."),
    Setting("job", "ov", forms.PATHS, "--ov",
            "The original version, for a version file over it: what is not new is not carried again."),

    Setting("composition", "title", forms.WORD, "--title", "The film's title; ContentTitleText."),
    Setting("composition", "name", forms.choice("auto"), "--name",
            "auto: ContentTitleText by the naming convention, built from the package's facts."),
    Setting("composition", "kind", forms.WORD, "--kind", "Content kind: feature, trailer, FTR, TLR ..."),
    Setting("composition", "picture_rate", forms.RATE, "--picture-rate",
            "Frames a second; by default the source's, 24, 30, 60 for 23.976, 29.97, 59.94."),
    Setting("composition", "rate_conversion", forms.choice("drop", "blend"), "--rate-conversion",
            "Between rates that do not go frame for frame: nearest frame, or a mix of two."),
    Setting("composition", "container", forms.choice("flat", "scope", "full"), "--container",
            "Picture container; default flat."),
    Setting("composition", "resolution", forms.choice("2k", "4k"), "--resolution", "Default 2k."),
    Setting("composition", "mbps", forms.whole(1, 500), "--mbps",
            "Mbit/s of the picture at most, encryption counted; default 225."),
    Setting("composition", "hdr", forms.SWITCH, "--hdr", "HDR picture (ST 2084), for HDR screens alone."),
    Setting("composition", "loudness", forms.WORD, "--loudness", "leqm=82: bring the sound to that leq(m)."),
    Setting("composition", "reel_length", forms.MINUTES, "--reel-length", "Cut into reels this long."),
    Setting("composition", "split_at", forms.WORDS, "--split-at",
            "Cut into reels at these timecodes or frames, or at `chapters`."),
    Setting("composition", "markers", forms.PAIRS, "--marker", "FFEC=TIMECODE, of the composition."),
    Setting("composition", "ratings", forms.PAIRS, "--rating", "AGENCY=LABEL."),
    Setting("composition", "studio", forms.WORD, "--studio", "Code in the naming convention."),
    Setting("composition", "facility", forms.WORD, "--facility", "Code in the naming convention."),
    Setting("composition", "territory", forms.WORD, "--territory", "Code of the release territory."),
    Setting("composition", "full_title", forms.WORD, None, "FullContentTitleText, where not the title."),
    Setting("composition", "version_number", forms.whole(1, 999), None, "Of the version, from 1."),
    Setting("composition", "status", forms.choice("temp", "pre", "final"), None, "Default final."),
    Setting("composition", "chain", forms.WORD, None, "The exhibitor that the version is made for."),
    Setting("composition", "distributor", forms.WORD, None, "Who distributes it."),
    Setting("composition", "luminance", forms.WORD, None, "`14 fL` or `48 cd/m2`, graded for."),
    Setting("composition", "content_version", forms.VERSION, None,
            "`{ id = URI, label = TEXT }`; made for each composition without it."),
    Setting("composition", "alternate_versions", forms.VERSIONS, None,
            "Other versions of the same content, each `{ id, label }`."),
    Setting("composition", "sound_configuration", forms.WORD, None,
            "MainSoundConfiguration as it stands, `51/L,R,C,LFE,Ls,Rs`, instead of the sound's own."),
    Setting("composition", "sign_language", forms.WORD, None, "Language tag of the sign language video."),
    Setting("composition", "package_number", forms.whole(1, 999), None,
            "With `name`: VF-2 of several version files."),
    Setting("composition", "packing_list", forms.WORD, None,
            "A name: compositions of one name, and what they play, come into one packing list."),

    Setting("picture", "source", forms.PATH, None),
    Setting("picture", "right", forms.PATH, "--right", "The right eye's source, beside --left."),
    Setting("picture", "stereo", forms.choice("side-by-side", "top-bottom"), "--stereo",
            "Both eyes share the source's frames."),
    Setting("picture", "colour", forms.COLOUR, "--colour",
            "Colour of the source instead of its tags: rec709, srgb, p3-d65, p3-dci, p3-d60, rec2020, "
            "p3-d65-pq, rec2020-pq, xyz, acescg, aces2065-1, a camera's log by OpenColorIO's name "
            "(ARRI_LOGC4), or FILE.cube, which gives X'Y'Z'."),
    Setting("picture", "range", forms.choice("full", "limited"), "--range", "Range instead of the tags'."),
    Setting("picture", "still", forms.SECONDS, "--still", "Hold one still this long: 5s."),
    Setting("picture", "gaps", forms.choice("hold", "black"), "--gaps",
            "What stands in for missing numbers of a folder."),
    Setting("picture", "trim", forms.WORD, "--trim", "IN-OUT, timecodes or frames; OUT is left out."),
    Setting("picture", "crop", forms.WORD, "--crop", "auto, fill, or L:T:R:B in pixels."),
    Setting("picture", "same_as", forms.whole(1, 256), None),
    Setting("picture", "ov", forms.ORIGINAL, None,
            "The original's picture, by its reel's number or its id; `trim` beside it."),

    Setting("sound", "sources", forms.PATHS, "--audio",
            "Sound file, one for each source, or several mono files or a folder of them."),
    Setting("sound", "channels", forms.WORD, "--channels",
            "What the channels are: 51(L,R,C,LFE,Ls,Rs),HI,VIN."),
    Setting("sound", "map", forms.WORD, "--map", "Source channel to cinema channel: 1:C@-3,2:C@-3."),
    Setting("sound", "gain", forms.number("job.expected.decibels", "dB", -MAX_GAIN, MAX_GAIN), "--gain",
            "In dB."),
    Setting("sound", "delay", forms.number("job.expected.delay", "ms", -MAX_DELAY, MAX_DELAY), "--delay",
            "In ms; later is positive."),
    Setting("sound", "fade_in", forms.number("job.expected.fade", "s", 0, MAX_FADE), "--fade-in",
            "In seconds."),
    Setting("sound", "fade_out", forms.number("job.expected.fade", "s", 0, MAX_FADE), "--fade-out",
            "In seconds."),
    Setting("sound", "language", forms.WORD, "--audio-lang", "Language of the speech (RFC 5646)."),
    Setting("sound", "silent", forms.SWITCH, "--silent", "Take no sound, whatever the sources have."),
    Setting("sound", "trim", forms.WORD, None, "IN-OUT of the original's sound, beside `ov`."),
    Setting("sound", "same_as", forms.whole(1, 256), None),
    Setting("sound", "ov", forms.ORIGINAL, None,
            "The original's sound, by its reel's number or its id; left away, it goes with the picture."),

    Setting("text", "source", forms.PATH, None),
    Setting("text", "language", forms.WORD, None, "RFC 5646; left away, the file's own."),
    Setting("text", "kind", forms.choice("subtitle", "caption", "burn-in"), None,
            "Default subtitle; burn-in: drawn into the picture."),
    Setting("text", "encoding", forms.WORD, "--encoding",
            "Of the signs of text files, where what is found out is wrong: utf-8, cp1252, gb18030 ..."),
    Setting("text", "rate", forms.RATE, "--text-rate",
            "Frames a second of the picture that the text was timed for, where that is not the film's."),
    Setting("text", "offset", forms.number("job.expected.offset", "ms", -MAX_OFFSET, MAX_OFFSET),
            "--text-offset", "Move text by this many ms; later is positive."),
    Setting("text", "position", forms.number("job.expected.percent", "%", 0, 100), "--text-position",
            "Of the last line, in per cent of the picture's height from its lower edge."),
    Setting("text", "size", forms.number("job.expected.points", "pt", 1, 400), "--text-size",
            "In points, 1/792 of the picture's height each."),
    Setting("text", "colour", forms.CODE, "--text-colour", "RRGGBB or AARRGGBB, of the signs."),
    Setting("text", "outline", forms.choice("none", "border", "shadow"), "--text-outline",
            "What is around the signs."),
    Setting("text", "outline_colour", forms.CODE, "--text-outline-colour", "Its colour."),
    Setting("text", "fade_up", forms.number("job.expected.fade", "s", 0, MAX_FADE), "--text-fade-up",
            "In seconds."),
    Setting("text", "fade_down", forms.number("job.expected.fade", "s", 0, MAX_FADE), "--text-fade-down",
            "In seconds."),
    Setting("text", "font", forms.PATH, "--font",
            "Font of the text, instead of one that is installed and has its signs."),

    Setting("other", "ov", forms.ORIGINAL, None, "A reel of the original by its number, or a track by id."),
    Setting("other", "kind", forms.choice("subtitle", "caption", "aux"), None, "Of a reel: these alone."),
    Setting("other", "trim", forms.WORD, None, "IN-OUT, as of the picture."),

    Setting("aux", "source", forms.PATH_EACH, "--atmos",
            "Immersive sound, one for each source: a track file (Dolby Atmos, IAB), a folder of frames."),
    Setting("aux", "coding", forms.WORD, "--aux-coding",
            "Auxiliary data is this: atmos, iab, or its label (UL)."),
    Setting("aux", "sync", forms.choice("on", "off"), "--sync-signal",
            "Sync signal of immersive sound on channel 14 (ST 430-12); by default where there is room."),
)  # fmt: skip
"""In the order of the files that are written."""

TEXT_FLAGS: tuple[Setting, ...] = (
    Setting("text", "subtitle", forms.TEXTS, "--subtitle",
            "Subtitles; of several languages a composition each. One file for each source, or one for all."),
    Setting("text", "caption", forms.TEXTS, "--caption",
            "Closed captions, likewise; they are in all compositions."),
    Setting("text", "burn_in", forms.TEXTS, "--burn-in",
            "Text drawn into the picture, likewise; of several the first lies lowest."),
)  # fmt: skip
"""Flags whose every word is a track: `text` tables of the file."""
FLAGS = tuple(each for each in (*SETTINGS, *TEXT_FLAGS) if each.flag is not None)
"""All that the command has."""


def settings_of(level: Level) -> tuple[Setting, ...]:
    return tuple(setting for setting in SETTINGS if setting.level == level)
