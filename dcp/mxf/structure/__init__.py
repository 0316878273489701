"""Everything of a track file that is no essence value, as it stands in the file: for those who judge it."""

from dcp.mxf.structure.read import read_structure
from dcp.mxf.structure.values import (
    Fill,
    Foreign,
    Pack,
    PartitionRead,
    Primer,
    RandomIndex,
    RawItem,
    RawSet,
    Structure,
)

__all__ = [
    "Fill",
    "Foreign",
    "Pack",
    "PartitionRead",
    "Primer",
    "RandomIndex",
    "RawItem",
    "RawSet",
    "Structure",
    "read_structure",
]
