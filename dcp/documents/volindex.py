"""The volume index (ST 429-9 8): which volume of a package this is. In practice always the only one, 1."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents import namespaces as ns
from dcp.documents.namespaces import Standard
from dcp.xml.build import add, finish, new_root
from dcp.xml.node import NOTHING, Faults, Fields, by_namespace, root_node
from dcp.xml.parse import to_bytes

FILE_NAMES = ("VOLINDEX.xml", "VOLINDEX")


@dataclass(frozen=True)
class VolumeIndex:
    index: int = 1
    standard: Standard = "smpte"
    unread: frozenset[str] = NOTHING

    @property
    def file_name(self) -> str:
        return "VOLINDEX.xml" if self.standard == "smpte" else "VOLINDEX"


def parse_volume_index(data: bytes, *, where: str | Path, faults: Faults | None = None) -> VolumeIndex:
    """Read a volume index. DocumentError names the element at fault; `faults` collects instead (`Fields`)."""
    root = root_node(data, where=where, name="VolumeIndex", namespaces=ns.VOLUME_INDEX, faults=faults)
    read = Fields(root)
    return VolumeIndex(
        index=read.need("Index", lambda node: node.integer(minimum=1), 1),
        standard=by_namespace(read, ns.VOLUME_INDEX, ns.looks_like),
        unread=read.unread,
    )


def volume_index_element(volume_index: VolumeIndex) -> etree._Element:
    """Interop's index takes the asset map's namespace: both are met, servers read both."""
    smpte = volume_index.standard == "smpte"
    root = new_root("VolumeIndex", ns.AM_SMPTE if smpte else ns.AM_INTEROP)
    add(root, "Index", volume_index.index)
    return finish(root)


def write_volume_index(volume_index: VolumeIndex) -> bytes:
    return to_bytes(volume_index_element(volume_index))
