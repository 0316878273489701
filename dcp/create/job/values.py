"""The job: what a package is to be made of. Job > Composition > Reel > track > sources and steps.

A job is a value with a schema's name. It is read from a TOML file (`reading`), built from the flags of the
command (`flags`), and written again (`writing`), the same value each time. Nothing is probed here: a job says
what is wanted, a plan (`dcp.create.planning`) what becomes of it.
"""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.documents.cpl import ContentVersion
from dcp.documents.namespaces import Standard
from dcp.picture.cinema import Container, Resolution
from dcp.picture.coding import Coding
from dcp.text.values import Effect

SCHEMA = "dcpkit.job/1"

Conversion = Literal["drop", "blend"]
Gaps = Literal["hold", "black"]
Eyes = Literal["side-by-side", "top-bottom"]
OtherKind = Literal["subtitle", "caption", "aux"]
Essence = Literal["picture", "sound", "text", "aux"]
TextKind = Literal["subtitle", "caption", "burn-in"]
Sync = Literal["on", "off"]

MAX_GAIN = 60
"""dB, to either side."""
MAX_DELAY = 600_000
"""Milliseconds, to either side."""
MAX_FADE = 600
"""Seconds."""
MAX_OFFSET = 24 * 3_600_000
"""Milliseconds that a text is moved, to either side."""


@dataclass(frozen=True)
class PictureTrack:
    """A reel's picture. source: a file or folder; right: the right eye's, source being the left one then.

    stereo: how both eyes share the frames of `source`. colour: an encoding's name or a .cube file, instead of
    what the source's tags say; range: the same for its range. still: seconds that one still is held. gaps:
    what stands in for missing numbers of a folder. trim: IN-OUT, timecodes or frames at the package's rate,
    either may be missing; OUT is the first frame that is left out. crop: `auto`, `fill` or L:T:R:B in the
    source's shown pixels. same_as: the number of the reel, from 1, whose picture this is; nothing else then.
    ov: the original's picture, of a reel by its number from 1, or of a track file by its id; beside it trim
    alone, in what that reel plays, or in the file.
    """

    source: Path | None = None
    right: Path | None = None
    stereo: Eyes | None = None
    colour: str | None = None
    range: Literal["full", "limited"] | None = None
    still: Fraction | None = None
    gaps: Gaps | None = None
    trim: str | None = None
    crop: str | None = None
    same_as: int | None = None
    ov: int | uuid.UUID | None = None


@dataclass(frozen=True)
class SoundTrack:
    """A reel's sound. sources: files, or one folder of mono files; none: the sound of the picture's file.

    channels: asdcp-wrap's expression, `51(L,R,C,LFE,Ls,Rs),HI,VIN`, one entry a source channel in order.
    map: `1:C@-3,2:C@-3`, source channel : cinema channel @ dB. gain in dB; delay in ms, later is positive;
    fade_in, fade_out in seconds. language: RFC 5646, of the speech. silent: no sound is taken, whatever the
    picture's file has. same_as, ov: as for the picture; trim: of the original's sound, beside ov.
    """

    sources: tuple[Path, ...] = ()
    channels: str | None = None
    map: str | None = None
    gain: float = 0.0
    delay: float = 0.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    language: str | None = None
    silent: bool = False
    trim: str | None = None
    same_as: int | None = None
    ov: int | uuid.UUID | None = None


@dataclass(frozen=True)
class TextTrack:
    """Subtitles, closed captions, or text burnt into the picture, out of one file, over a reel, or over the
    reels of a composition.

    language: RFC 5646; None takes the file's own. encoding: of its signs, instead of what is found out. rate:
    frames a second of the picture that it was timed for, where that is not the film's. offset in ms, later is
    positive. What follows holds instead of what the file says, None keeps that: position: per cent of the
    picture's height from its lower edge; size in points; colour, outline_colour: RRGGBB or AARRGGBB;
    fade_up, fade_down in seconds; font: a font's file.
    """

    source: Path
    language: str | None = None
    kind: TextKind = "subtitle"
    encoding: str | None = None
    rate: Fraction | None = None
    offset: float = 0.0
    position: float | None = None
    size: float | None = None
    colour: str | None = None
    outline: Effect | None = None
    outline_colour: str | None = None
    fade_up: float | None = None
    fade_down: float | None = None
    font: Path | None = None


@dataclass(frozen=True)
class AuxTrack:
    """A reel's immersive sound or other auxiliary data. source: a track file, or a folder of frames, one a
    file. coding: the label of what other data is (ST 429-14), where the source does not say it. sync: the
    sync signal on channel 14 of the sound, beside immersive sound; None puts it where there is room.
    """

    source: Path | None = None
    coding: str | None = None
    sync: Sync | None = None


@dataclass(frozen=True)
class OtherTrack:
    """Text or auxiliary data of the original. ov: all of a reel, by its number from 1, or of these those of
    one kind; or a track by its id. trim: as of the picture's `ov`.
    """

    ov: int | uuid.UUID | None = None
    kind: OtherKind | None = None
    trim: str | None = None


@dataclass(frozen=True)
class Reel:
    """texts: on the clock of the reel's picture, as its sound is. others: text and data of the original; None
    takes those of the picture's reel that are not given anew.
    """

    picture: PictureTrack
    sound: SoundTrack = SoundTrack()
    texts: tuple[TextTrack, ...] = ()
    aux: AuxTrack | None = None
    others: tuple[OtherTrack, ...] | None = None


@dataclass(frozen=True)
class Composition:
    """title: the film's; empty over an original: that one's. name: None takes it for ContentTitleText as
    well, `auto` builds one by the naming convention of it and the package's facts.

    kind: as in ST 429-7 (feature) or the convention (FTR); None: a feature, or what the original is.
    picture_rate: None takes the sources' own. reel_length: minutes after which a long reel is cut; split_at:
    timecodes or frames where it is cut, or `chapters`. markers: label -> timecode or frame of the
    composition. ratings: agency -> label. loudness: `leqm=82`: the sound is brought to it. texts: those that
    run through all reels. Subtitles in several languages make a composition each over the same tracks;
    captions are in all.

    For the metadata of ST 429-16: full_title, where it is not `title`; version_number from 1, and its status;
    chain: whom it is for; luminance: `14 fL` or `48 cd/m2`; content_version and others of the same content;
    sound_configuration: `51/L,R,C,LFE,Ls,Rs`, instead of what the sound itself says; sign_language: of the
    video in a sound channel. package_number: of several version files, in the name. packing_list: a name;
    compositions of one name, and what they play, come into one packing list.
    """

    reels: tuple[Reel, ...]
    title: str
    name: Literal["auto"] | None = None
    kind: str | None = None
    picture_rate: Fraction | None = None
    rate_conversion: Conversion | None = None
    container: Container = "flat"
    resolution: Resolution = "2k"
    mbps: int | None = None
    hdr: bool = False
    loudness: str | None = None
    reel_length: Fraction | None = None
    split_at: tuple[str, ...] = ()
    markers: tuple[tuple[str, str], ...] = ()
    ratings: tuple[tuple[str, str], ...] = ()
    studio: str | None = None
    facility: str | None = None
    territory: str | None = None
    full_title: str | None = None
    version_number: int = 1
    status: Literal["temp", "pre", "final"] = "final"
    chain: str | None = None
    distributor: str | None = None
    luminance: str | None = None
    content_version: ContentVersion | None = None
    alternate_versions: tuple[ContentVersion, ...] = ()
    sound_configuration: str | None = None
    sign_language: str | None = None
    package_number: int | None = None
    packing_list: str | None = None
    texts: tuple[TextTrack, ...] = ()


@dataclass(frozen=True)
class Job:
    """encrypt: the kinds of essence that are encrypted; none: a plain package. ov: folders, or playlists in
    them, of the original version, when the package is a version file over it: what it plays of there it does
    not carry. coding: what may be lost of a picture for the time that its coding takes.
    """

    compositions: tuple[Composition, ...]
    standard: Standard = "smpte"
    encrypt: tuple[Essence, ...] = ()
    coding: Coding = "fine"
    ov: tuple[Path, ...] = ()
