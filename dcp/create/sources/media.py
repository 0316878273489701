"""Files of other kinds, opened by FFmpeg's libraries: video, stills, sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcp.errors import SourceError
from dcp.extras import has, need
from dcp.texts.system import why


def open_media(path: Path) -> Any:
    """The file as a PyAV container, a context manager. SourceError when it is nothing that can be read.

    ExtraMissingError where the libraries are not installed.
    """
    try:
        path.stat()  # what is not there is said before what would be needed for it
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not has("picture"):
        need("create")  # whoever lacks both is told of the one that brings everything
    import av  # heavy, and of no use to those who bring codestreams

    try:
        # a playlist may name other files, but nothing is fetched; titles may be of any encoding
        return av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, OSError):
            raise SourceError("file.cannot-read", where=path, why=why(error)) from None
        raise SourceError("source.no-media", where=path, why=error.strerror or str(error)) from None


def packets(container: Any, *streams: Any) -> Iterator[Any]:
    """The packets of these streams from where the container stands, with an empty one of each at the end.

    A stream that begins in the middle of a recording, as subtitles of a broadcast do, is passed over: PyAV
    stumbles over its packets.
    """
    while True:
        try:
            yield from container.demux(list(streams))
        except IndexError:
            continue
        return
