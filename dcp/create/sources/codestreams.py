"""Codestreams in files: taken as they stand, alone (.j2c, .j2k) or out of a JP2 container.

They are looked at twice: their headers before any work (`probe_codestreams`, `check_all`), and the whole of
each while it passes (`check_passed`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.create.sources.media import check_regular
from dcp.errors import CodestreamError, SourceError
from dcp.picture.codestream import Codestream, parse_codestream
from dcp.picture.limits import FrameLimits
from dcp.picture.rules import faults, over_limits
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

MAX_FILE = 64 << 20
"""Bytes: some thirty times what a frame of cinema may have. A file that is larger is not read."""
TOLERATED = frozenset(f"J2K-{number:03d}" for number in range(8, 20))
"""Checks of RDD 52 10.2.1 that a codestream handed over may fail: servers play it all the same."""

_JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_SOC_SIZ = b"\xff\x4f\xff\x51"
_HEAD = 64 << 10  # bytes in which a JP2's codestream must begin for its size to be seen beforehand
_BITS = 12
_MAIN, _PART, _PARTS = 4096, 512, 64  # bytes of a main header, of a tile part's; so many parts, plainly built
_LIMITED = frozenset({"J2K-002", "J2K-005"})  # judged by the limits of the package


def probe_codestreams(
    path: Path, files: Sequence[Path | None], *, stereo: bool = False, decisions: tuple[Text, ...] = ()
) -> PictureFacts:
    """What a sequence of codestreams is. files: as for stills.

    The first is parsed; of the others the size of the picture and that of the file are read. SourceError for
    one that is none, is empty or differs in size.
    """
    given = list(dict.fromkeys(file for file in files if file is not None))
    first, *others = given
    headers = _parsed(read_codestream(first), first)
    size = (headers.width, headers.height)
    for file in others:
        found = _size(file)
        if found is not None and found != size:
            raise SourceError(
                "sequence.differs",
                where=file,
                what="still-size",
                found=f"{found[0]}x{found[1]}",
                expected=f"{size[0]}x{size[1]}",
                first=first.name,
            )
    unpacked = (text("plan.jp2-inside"),) if first.suffix.lower() == ".jp2" else ()
    return PictureFacts(
        path=path,
        kind="codestreams",
        width=headers.width,
        height=headers.height,
        rate=None,
        frames=len(files) // 2 if stereo else len(files),
        tags=ColourTags("xyz"),
        depth=_BITS,
        stereo=stereo,
        files=tuple(files),
        decisions=(*decisions, *unpacked, text("plan.codestreams-untouched")),
    )


def check_all(facts: PictureFacts, *, limits: FrameLimits, rate: Fraction, stereo: bool = False) -> None:
    """SourceError, naming the file, for a codestream that could not be passed on, wherever in the sequence:
    before hours of work that end at it. Of each file its headers are read, and not what is coded."""
    size = (facts.width, facts.height)
    for file in dict.fromkeys(file for file in facts.files if file is not None):
        packed = file.suffix.lower() == ".jp2"
        if not packed and (held := _bytes(file)) > limits.total:
            raise SourceError("source.codestream-bytes", where=file, bytes=held, most=limits.total)
        headers = None if packed else _headers(file)
        if headers is None:
            headers = _parsed(read_codestream(file), file)
        _check(headers, where=file, size=size, limits=limits, rate=rate, stereo=stereo)


def check_passed(
    data: bytes,
    *,
    where: str | Path | Text | None,
    size: tuple[int, int],
    limits: FrameLimits,
    rate: Fraction,
    stereo: bool = False,
) -> None:
    """SourceError, naming `where` and the rule, unless it is a cinema codestream within the limits.

    size: (width, height); rate: edit units a second.
    """
    _check(_parsed(data, where), where=where, size=size, limits=limits, rate=rate, stereo=stereo)


def read_codestream(path: Path) -> bytes:
    """The codestream of a file, or the one inside a JP2 container. SourceError when there is none."""
    size = _bytes(path)
    if size > MAX_FILE:
        raise SourceError("source.codestream-bytes", where=path, bytes=size, most=MAX_FILE)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not data.startswith(_JP2):
        return data
    start, end = _inside(data)
    if start == end:
        raise SourceError("source.jp2-empty", where=path)
    return data[start:end]


def codestream_size(path: Path) -> int | None:
    """Bytes that `read_codestream` will give; None for a container. SourceError when it cannot be read."""
    size = _bytes(path)
    try:
        with path.open("rb", buffering=0) as stream:
            return size if stream.read(len(_JP2)) != _JP2 else None
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


# --- how it is done -----


def _parsed(data: bytes, where: str | Path | Text | None) -> Codestream:
    try:
        return parse_codestream(data)
    except CodestreamError as error:
        raise SourceError("source.no-codestream", where=where, why=error.text) from None


def _check(
    headers: Codestream,
    *,
    where: str | Path | Text | None,
    size: tuple[int, int],
    limits: FrameLimits,
    rate: Fraction,
    stereo: bool,
) -> None:
    if (headers.width, headers.height) != size:
        raise SourceError(
            "source.codestream-size",
            where=where,
            width=headers.width,
            height=headers.height,
            expected=f"{size[0]}x{size[1]}",
        )
    wrong = [one for one in faults(headers, rate=rate, stereo=stereo) if one[0] not in TOLERATED | _LIMITED]
    wrong += over_limits(headers, limits)
    if wrong:
        rule, fault = wrong[0]
        raise SourceError("source.codestream-form", where=where, fault=fault, rule=rule)


def _headers(path: Path) -> Codestream | None:
    """A codestream's headers, read without what lies between them; None where it is not built so plainly, or
    wrongly."""
    try:
        with path.open("rb") as stream:
            data = bytearray(_bytes(path))
            head = stream.read(_MAIN)
            data[: len(head)] = head
            at = head.find(b"\xff\x90\x00\x0a")
            for _ in range(_PARTS):
                if at < 0 or at + 12 > len(data):
                    break
                stream.seek(at)
                part = stream.read(_PART)
                data[at : at + len(part)] = part
                if part[:2] != b"\xff\x90" or len(part) < 12:
                    break
                (length,) = struct.unpack_from(">I", part, 6)
                if length < 12:
                    break
                at += length
            stream.seek(-2, 2)
            data[-2:] = stream.read(2)
        return parse_codestream(data)
    except CodestreamError:
        return None
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


def _bytes(path: Path) -> int:
    """The size of a file. SourceError where there is none, or nothing in it."""
    size = check_regular(path)
    if not size:
        raise SourceError("still.empty", where=path)
    return size


def _size(path: Path) -> tuple[int, int] | None:
    """(width, height) by the first bytes; None where a JP2 has its codestream further in."""
    _bytes(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if head.startswith(_JP2):
        start, end = _inside(head)
        if start == end:
            return None
        head = head[start:]
    if len(head) < 40 or not head.startswith(_SOC_SIZ):
        raise SourceError("source.no-codestream", where=path, why=text("codestream.no-codestream"))
    right, bottom, left, top = struct.unpack_from(">4I", head, 8)
    return right - left, bottom - top


def _inside(data: bytes) -> tuple[int, int]:
    """Where the codestream of a JP2 lies in what is read of it; (0, 0) where none begins there."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            if at + 16 > len(data):
                break
            (length,), head = struct.unpack_from(">Q", data, at + 8), 16
        end = len(data) if length == 0 else at + length
        if length and length < head:
            break
        if kind == b"jp2c":
            return at + head, min(end, len(data))
        at = end
    return 0, 0
