"""How deep a run of verification goes."""

from __future__ import annotations

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class Asked:
    """hashes: of the files. picture: the checks of each codestream. decode: pictures are decoded and sound is
    measured, for what one sees and hears. thorough: the packet headers of each codestream are walked."""

    hashes: bool = True
    picture: bool = True
    decode: bool = False
    thorough: bool = False


EVERYTHING_USUAL = Asked()
