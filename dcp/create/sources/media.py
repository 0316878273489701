"""Files of other kinds, opened by FFmpeg's libraries: video, stills, sound."""

from __future__ import annotations

import ctypes
import gc
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dcp.errors import SourceError
from dcp.extras import has, need
from dcp.ffmpeg import open_container
from dcp.texts.system import why


def open_media(path: Path) -> Any:
    """The file as a PyAV container, a context manager. SourceError when it is nothing that can be read.

    ExtraMissingError where the libraries are not installed.
    """
    check_regular(path)
    if not has("picture"):
        need("create")  # whoever lacks both is told of the one that brings everything
    return opened(path, "source.no-media")


def opened(path: Path, fault: str) -> Any:
    """The file as a PyAV container. fault: the id of the error where it is nothing that FFmpeg reads.

    What is opened is this file and no other: playlists and manifests count as unreadable.
    """
    import av  # heavy, and of no use to those who bring codestreams

    try:
        return open_container(path)
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, OSError):
            raise SourceError("file.cannot-read", where=path, why=why(error)) from None
        raise SourceError(fault, where=path, why=error.strerror or str(error)) from None


_MOST_WAITED = 1000
"""Times in a row that a demuxer may ask to be called again."""


def check_regular(path: Path) -> int:
    """The size of the file in bytes. SourceError for what is not there, which is said before what would be
    needed for it, and for what is no file of its own: a pipe would be waited for."""
    try:
        found = path.stat()
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not stat.S_ISREG(found.st_mode):
        raise SourceError("still.no-file", where=path)
    return found.st_size


def channel_names(codec: Any) -> tuple[str, ...]:
    """What FFmpeg calls the channels of a codec that is not open yet; from then on it knows their number.

    To be asked once. A layout of PyAV's takes the memory of channels in an order of their own (a CAF or MOV
    with L R Ls Rs C LFE) for its own and frees it, the codec frees it again, and the process ends.
    """
    layout = codec.layout
    names = tuple(channel.name for channel in layout.channels)
    if layout.nb_channels:
        codec.layout = f"{layout.nb_channels} channels"
    return names


def keep_layout(frame: Any) -> None:
    """The same for a frame whose decoder found such an order by itself: its layout is never freed."""
    if frame.layout.name.endswith(")"):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame.layout))


def let_go() -> None:
    """Free decoders that nobody holds any more. PyAV's are held by rings of references, frames and all, some
    30 MB at 2K, until Python looks for such rings by itself.
    """
    gc.collect()


def packets(container: Any, *streams: Any) -> Iterator[Any]:
    """The packets of these streams from where the container stands, with an empty one of each at the end.

    A stream that begins in the middle of a recording, as subtitles of a broadcast do, is passed over: PyAV
    stumbles over its packets. Where a demuxer asks to be called again, as that of a transport stream with
    something else in it does, it is.
    """
    import av

    waited = 0
    while True:
        try:
            for packet in container.demux(list(streams)):
                waited = 0
                yield packet
        except IndexError:
            continue
        except av.error.BlockingIOError:
            waited += 1
            if waited > _MOST_WAITED:
                raise
            continue
        return
