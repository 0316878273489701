"""Everything of a track file that is no essence value, as it stands in the file: for those who judge it."""

from dcp.mxf.structure.read import MAX_ITEMS, TOO_MUCH, read_structure
from dcp.mxf.structure.values import (
    Fill,
    Foreign,
    Pack,
    PartitionRead,
    Primer,
    RandomIndex,
    RawItem,
    RawSet,
)
from dcp.mxf.structure.view import SetView, Structure, View

__all__ = [
    "MAX_ITEMS",
    "TOO_MUCH",
    "Fill",
    "Foreign",
    "Pack",
    "PartitionRead",
    "Primer",
    "RandomIndex",
    "RawItem",
    "RawSet",
    "SetView",
    "Structure",
    "View",
    "read_structure",
]
