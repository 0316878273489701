"""The forensic marking flags of a KDM (ST 430-1; DCSS 9.4.6): what shall not be marked.

They apply to the whole composition. The third disables the audio mark above a channel; DCI's own form is
written (two digits), the older one under SMPTE's address is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern

_SMPTE = "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-"
_DCI = "http://www.dcimovies.com/430-1/2006/KDM#mrkflg-"
PICTURE_DISABLE = _SMPTE + "picture-disable"
AUDIO_DISABLE = _SMPTE + "audio-disable"
AUDIO_DISABLE_ABOVE = _DCI + "audio-disable-above-channel-"

_ABOVE = pattern(
    f"(?:{re.escape(_DCI)}|{re.escape(_SMPTE)})audio-disable-above-channel-([0-9]{{1,2}})", re.ASCII
)


@dataclass(frozen=True)
class ForensicFlag:
    """`channel`: the highest channel that is still marked, for `audio-above`."""

    kind: Literal["picture", "audio", "audio-above"]
    channel: int | None = None

    @property
    def uri(self) -> str:
        if self.kind == "picture":
            return PICTURE_DISABLE
        return AUDIO_DISABLE if self.kind == "audio" else f"{AUDIO_DISABLE_ABOVE}{self.channel:02d}"


@dataclass(frozen=True)
class Marking:
    """What the flags of a message leave to mark: picture or not, and the audio channels 1 to `channels`.

    `channels` None means all; 0 means none.
    """

    picture: bool = True
    channels: int | None = None


def read_flag(uri: str) -> ForensicFlag | None:
    """A ForensicMarkFlag's meaning, or None when it is not a known one."""
    if uri == PICTURE_DISABLE:
        return ForensicFlag("picture")
    if uri == AUDIO_DISABLE:
        return ForensicFlag("audio")
    match = _ABOVE.fullmatch(uri)
    if match is None or int(match[1]) == 0:
        return None
    return ForensicFlag("audio-above", int(match[1]))


def flag_of(text: str) -> ForensicFlag:
    """From `picture`, `audio`, `audio-above:N`, or the URI itself. UsageError otherwise."""
    found = read_flag(text)
    if found is not None:
        return found
    if text == "picture" or text == "audio":
        return ForensicFlag("picture" if text == "picture" else "audio")
    match = re.fullmatch(r"audio-above:([0-9]{1,2})", text)
    if match is None or int(match[1]) == 0:
        raise UsageError("forensic.no-flag", flag=text)
    return ForensicFlag("audio-above", int(match[1]))


def flag_uris(flags: Iterable[str]) -> tuple[str, ...]:
    """The URIs to write for these flags, each once. UsageError for two different channel limits."""
    read = tuple(dict.fromkeys(flag_of(flag) for flag in flags))
    if sum(flag.kind == "audio-above" for flag in read) > 1:
        raise UsageError("forensic.two-limits")
    return tuple(flag.uri for flag in read)


def marking(uris: Iterable[str]) -> Marking:
    """What is left to mark. A channel limit overrides the flag that disables all audio (DCSS 9.4.6.1)."""
    flags = [flag for flag in map(read_flag, uris) if flag is not None]
    limits = [flag.channel for flag in flags if flag.kind == "audio-above" and flag.channel is not None]
    silent = any(flag.kind == "audio" for flag in flags)
    return Marking(
        picture=not any(flag.kind == "picture" for flag in flags),
        channels=min(limits) if limits else (0 if silent else None),
    )
