"""Sources that are wrong in one way each, and good ones beside them."""

from __future__ import annotations

import os
import shutil
import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from material import codestreams, wav
from scenes import call

EARLIER, NOW = "2027-04-01T12:00:00+00:00", "2027-05-01T12:00:00+00:00"
Arguments = Sequence[object]


class Good:
    """What is right: made once, never changed."""

    def __init__(self, root: Path) -> None:
        from numbered import numbered

        self.root = root
        self.film = numbered(root / "film.mov")
        self.film_25 = numbered(root / "film25.mov", rate=25)
        self.long = numbered(root / "long.mov", 48)
        self.mono, self.stereo = root / "mono_C.wav", root / "stereo.wav"
        wav(self.mono, 48_000, 1)
        wav(self.stereo, 48_000, 2)
        self.six = root / "six.wav"
        wav(self.six, 48_000, 6)
        self.codestreams = codestreams(root / "codestreams", 3)
        self.signer = signer(root / "signer", EARLIER)
        self.cinema = signer(root / "cinema", EARLIER, role=("SM", "SPB", "MD"))
        self.original = _package(root / "OV", self.codestreams)
        self.other = _package(root / "other", self.codestreams)
        self.secret = _package(root / "secret", self.codestreams, self.signer)
        self.kdm = _kdm(self)

    def copy(self, source: Path, folder: Path) -> Path:
        to = folder / source.name
        return Path(shutil.copytree(source, to) if source.is_dir() else shutil.copy(source, to))


def _package(folder: Path, source: Path, signs: Path | None = None) -> Path:
    keys = ["--encrypt", "--signer", signs, "--keys", folder.with_suffix(".json")] if signs else []
    assert call("create", source, "--title", "Original", "--kind", "test", "--picture-rate", 24, "-o", folder,
                "--now", EARLIER, "--quiet", *keys) == 0  # fmt: skip
    return folder


def _kdm(good: Good) -> Path:
    kdm = good.root / "kdm.xml"
    assert call("kdm", "issue", "--dcp", good.secret, "--keys", good.secret.with_suffix(".json"), "--signer",
                good.signer, "--recipient", good.cinema / "leaf.pem", "--from", EARLIER, "--until", "+60d",
                "-o", kdm, "--now", EARLIER, "--quiet") == 0  # fmt: skip
    return kdm


class Wrong(NamedTuple):
    """One row. make: from what is right and a folder to write to, the command's arguments. id: of the error
    that they meet; where: what its place names."""

    make: Callable[[Good, Path], Arguments]
    id: str
    where: str
    posix: bool = False

    @property
    def name(self) -> str:
        return self.make.__name__


def signer(folder: Path, now: str, **more: Any) -> Path:
    from dcp.trust.making import make_chain, write_chain

    chain = make_chain(
        organization="Example", unit="Mastering", now=datetime.fromisoformat(now), **{"role": "CS", **more}
    )
    write_chain(chain, folder)
    return folder


def still(
    path: Path,
    *,
    size: tuple[int, int] = (32, 18),
    kind: str = "uint8",
    channels: int = 3,
    level: float = 0.5,
) -> Path:
    """A grey picture in the format that the name says."""
    import numpy as np
    import OpenImageIO as oiio

    names = ("R", "G", "B", "A")[:channels]
    spec = oiio.ImageSpec(*size, channels, kind)
    spec.channelnames = names
    path.parent.mkdir(exist_ok=True)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.full((size[1], size[0], channels), level, np.float32))
    output.close()
    return path


def stills(folder: Path, numbers: Sequence[int] = (1, 2, 3), *, suffix: str = ".png", **more: Any) -> Path:
    for number in numbers:
        still(folder / f"frame_{number:04d}{suffix}", **more)
    return folder


def cut(path: Path, part: float = 0.6) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path


def png_of(path: Path, width: int, height: int) -> Path:
    """A PNG whose header says so, of next to no bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def wav_header(path: Path, *, channels: int = 2, rate: int = 48_000, bits: int = 24, size: int = 0) -> Path:
    """A WAV whose header says so, and `size` bytes of samples."""
    align = (channels * bits // 8) & 0xFFFF
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + bytes(size)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def tiff(path: Path, photometric: int, samples: int) -> Path:
    """A TIFF of 4 by 4 pixels without compression."""
    data = bytes(16 * samples)
    entries = [
        (256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, photometric),
        (273, 4, 1, 8), (277, 3, 1, samples), (278, 3, 1, 4), (279, 4, 1, len(data)),
    ]  # fmt: skip
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    path.write_bytes(
        b"II*\0"
        + struct.pack("<I", 8 + len(data))
        + data
        + struct.pack("<H", len(entries))
        + directory
        + bytes(4)
    )
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def written(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
