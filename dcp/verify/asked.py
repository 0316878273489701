"""How deep a run of verification goes."""

from __future__ import annotations

from typing import Literal

from dcp.dataclass import dataclass


@dataclass(frozen=True)
class Asked:
    """hashes: of the files. picture: the checks of each codestream. decode: pictures are decoded and sound is
    measured, for what one sees and hears. thorough: the packet headers of each codestream are walked.
    standard: the one that the profile takes, None where it takes both."""

    hashes: bool = True
    picture: bool = True
    decode: bool = False
    thorough: bool = False
    standard: Literal["smpte", "interop"] | None = None


EVERYTHING_USUAL = Asked()
