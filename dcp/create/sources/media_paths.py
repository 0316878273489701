"""The media that timelines name: which file an address means, and where its count of frames begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dcp.create.sources.sequences import film_of_folder, is_codestream, is_still
from dcp.errors import DcpError, SourceError
from dcp.patterns import pattern
from dcp.texts.system import why

MAX_ENTRIES = 100_000
_DRIVE = pattern(r"^[A-Za-z]:[\\/]")
_SCHEME = pattern(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_TIMECODE = pattern(r"^([0-9]{1,3})[:.]([0-9]{2})[:.]([0-9]{2})([:;.])([0-9]{2,3})$")
_MEDIA = (".mov", ".mp4", ".m4v", ".mkv", ".mxf", ".avi", ".webm", ".ts", ".mpg")


def media_path(url: str, folder: Path) -> Path | None:
    """The file that an address means, relative ones seen from `folder`; None when it is no local file."""
    if not url or "\0" in url:
        return None
    if _DRIVE.match(url) or not _SCHEME.match(url):
        plain = folder / url
        decoded = folder / unquote(url)
        return decoded if "%" in url and not _exists(plain) and _exists(decoded) else plain
    parts = urlsplit(url)
    if parts.scheme.lower() != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    if "\0" in path or not path:
        return None
    return folder / (path[1:] if _DRIVE.match(path[1:]) else path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def find_media(folder: Path, names: Sequence[str]) -> list[Path]:
    """Files or folders beside a timeline that have one of the names, with or without their suffix."""
    wanted = {name.lower() for name in names if name}
    found: dict[str, list[Path]] = {"name": [], "stem": []}
    try:
        for number, path in enumerate(folder.iterdir()):
            if number >= MAX_ENTRIES:
                break
            if path.name.startswith("."):
                continue
            if path.name.lower() in wanted:
                found["name"].append(path)
            elif path.stem.lower() in wanted and (path.suffix.lower() in _MEDIA or is_single(path)):
                found["stem"].append(path)
    except OSError as error:
        raise SourceError("file.cannot-read", where=folder, why=why(error)) from None
    return sorted(found["name"] or found["stem"])


def is_single(path: Path) -> bool:
    """Whether it is one still or codestream, to be held."""
    return (is_still(path) or is_codestream(path)) and not path.is_dir()


def numbers_in_folder(folder: Path) -> Mapping[str, int]:
    """The place, from 0, of each picture of a folder by its name; none where it is no folder.

    SourceError where the folder holds no single sequence.
    """
    if not folder.is_dir():
        return {}
    return {file.name: at for at, file in enumerate(film_of_folder(folder).files) if file is not None}


def start_timecode(path: Path, rate: Fraction) -> int:
    """The frames that a video's own time code counts up to its first frame; 0 where it has none."""
    from dcp.create.sources.media import open_media

    if path.is_dir():
        return 0
    try:
        with open_media(path) as container:
            tags = [container.metadata, *(stream.metadata for stream in container.streams)]
            written = next((tag["timecode"] for tag in tags if "timecode" in tag), "")
    except DcpError:
        return 0  # what it is comes out when it is probed
    found = _TIMECODE.match(written.strip())
    if found is None or found[4] == ";":
        return 0
    hours, minutes, seconds, frames = (int(found[each]) for each in (1, 2, 3, 5))
    return ((hours * 60 + minutes) * 60 + seconds) * round(rate) + frames
