"""The way of a source's samples into X'Y'Z', as plain data: a worker elsewhere can be handed it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass

Model = Literal["ycbcr", "rgb", "xyz", "grey"]
Through = Literal["light", "codes", "aces", "cube"]
Target = Literal["dcdm", "hdr"]


@dataclass(frozen=True)
class ColourPath:
    """How the planes of a source become codes of a DCDM.

    model: of the samples. through: `light`, by primaries and transfer; `codes`, they are X'Y'Z' already;
    `aces`, by ACES' output transform; `cube`, by a table. depth: bits of a sample, 1 to 16, in the low end of
    the word; 32: floats, 1.0 being white. full_range: 0 is black and the highest code white; else 16 and 235
    of 8 bits, and their like. matrix: of Y'CbCr, a name of `encodings.MATRICES`. primaries, transfer: names
    of `encodings.PRIMARIES`, `encodings.TRANSFERS`. camera: an encoding that `aces.scenes()` names. cube: the
    table's file. target: `dcdm`, ST 428-1 with the white of a source at 48 cd/m2; `hdr`, ST 2084 and at most
    300 cd/m2 (DCI's HDR addendum).
    """

    model: Model
    through: Through = "light"
    depth: int = 8
    full_range: bool = True
    matrix: str = "bt709"
    primaries: str = "rec709"
    transfer: str = "bt1886"
    camera: str | None = None
    cube: Path | None = None
    target: Target = "dcdm"
