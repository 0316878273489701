"""What a JPEG 2000 codec must do for us, and the codecs by name.

A back end is told arrays, not files: X'Y'Z' codes of 12 bits in, a codestream out, and back. A frame that is
still to be made is made where the codec wants it (`Drawing`). A back end keeps no state between frames, so
that any number of threads may use one, and lets the interpreter's lock go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.extras import need
from dcp.picture.limits import FrameLimits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Planes: TypeAlias = Sequence[NDArray[np.int32]]


BIT_DEPTH = 12
"""Of a sample in cinema (ST 428-1)."""
LEAST_BITS = 8
"""That a sample may be coded with."""


@dataclass(frozen=True)
class Drawing:
    """A picture that is made in the codec's own memory. size: (width, height).

    draw: is given three planes, X' Y' Z', (height, width) int32 that hold anything, and writes each sample of
    them, 0 to 4095. It is called anew where a frame has to be coded again.
    """

    size: tuple[int, int]
    draw: Callable[[Planes], None]


Picture: TypeAlias = "NDArray[np.uint16] | Drawing"


class Codec(Protocol):
    """A back end: stateless, served to any number of threads. name: as in `CODECS`."""

    @property
    def name(self) -> str: ...

    def encode(self, image: Picture, *, limits: FrameLimits, bits: int = BIT_DEPTH) -> bytes:
        """image: (height, width, 3) uint16, 12 bits, or what makes one. The codestream keeps to the cinema
        profile and limits.

        bits: 8 to 12, what samples are brought to before they are coded, by error diffusion: the codestream
        is one of 12 bits all the same, coded in coarser steps, and made in less time. More are taken where
        fewer will not do (`dcp.picture.main_header.sample_bits` says how many it were). CodestreamError when
        it cannot be brought within the limits.
        """
        ...

    def decode(self, codestream: bytes | bytearray | memoryview, *, reduce: int = 0) -> NDArray[np.uint16]:
        """(height, width, components) uint16, each side halved `reduce` times (rounded up).

        CodestreamError when it is damaged, is cut off, or has fewer resolutions than that.
        """
        ...


def codec_by_name(name: str = "openjpeg") -> Codec:
    """UsageError, which lists the names, when there is no such codec here, ExtraMissingError when its
    libraries are not installed."""
    if name not in CODECS:
        raise UsageError("codec.unknown", name=name, names=", ".join(CODECS))
    return CODECS[name]()


def _openjpeg() -> Codec:
    need("picture")
    from dcp.picture.openjpeg import OpenJpeg

    return OpenJpeg()


CODECS: dict[str, Callable[[], Codec]] = {"openjpeg": _openjpeg}
