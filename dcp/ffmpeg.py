"""A file opened by FFmpeg's libraries: this one, and no other file, address or program that it names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

NO_FILM = 1024 | 2048 | 1_048_576
"""AV_DISPOSITION of streams that are no film: attached picture, timed thumbnails, still image."""

_REFERRING = frozenset(
    {"avisynth", "concat", "dash", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp"}
    | {"vapoursynth", "vobsub", "webm_dash_manifest"}
)
"""Formats whose files name other files, addresses or programs to be read in their place."""


def open_container(path: Path) -> Any:
    """The file as a PyAV container, a context manager. `av.FFmpegError` or OSError for what is none;
    playlists and manifests count as that."""
    import av  # heavy, and of no use to those who bring codestreams or arrays

    options = {"protocol_whitelist": "file", "format_whitelist": _self_contained()}
    return av.open(_named(path), options=options, metadata_errors="replace")  # titles are in any encoding


def _named(path: Path) -> str:
    """As FFmpeg is given it: a name such as `12:30 take.mov` would be taken for an address."""
    return str(path) if path.is_absolute() else f"file:{path}"


@cache
def _self_contained() -> str:
    import av

    return ",".join(sorted(set(",".join(av.formats_available).split(",")) - _REFERRING))
