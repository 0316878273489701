"""What a KDM needs to know of its composition: id, title, which keys of which type, and who signed it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcp.documents.cpl import CAPTION_KINDS, PICTURE_KINDS, SUBTITLE_KINDS, CompositionPlaylist, parse_cpl
from dcp.trust.certificate import Certificate
from dcp.trust.signature import verify_enveloped
from kdm.formulation import Standard

KEY_TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(PICTURE_KINDS, ("MDIK",)),
    "MainSound": ("MDAK",),
    **dict.fromkeys((*SUBTITLE_KINDS, *CAPTION_KINDS), ("MDSK",)),
    "AuxData": ("MDX1", "MDX2", "MDEK"),
}
"""The key types that open an asset of a kind, the usual one first. A kind that is absent takes any."""

DOLBY_SCOPE = "http://www.dolby.com/cp850/2012/KDM#kdm-key-type"
"""The scope of MDEK, Dolby Atmos."""


@dataclass(frozen=True)
class NeededKey:
    """A key that the composition uses. `kinds`: the kinds of asset that it opens; () when not known."""

    id: uuid.UUID
    kinds: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it may have; () for any."""
        allowed = [KEY_TYPES_OF_KIND.get(kind, ()) for kind in self.kinds]
        return tuple(dict.fromkeys(entry for types in allowed for entry in types)) if all(allowed) else ()


@dataclass(frozen=True)
class CplFacts:
    """`signer_chain`: the certificates of a verified signature, leaf first; () when there is none."""

    id: uuid.UUID
    content_title_text: str
    keys: tuple[NeededKey, ...]
    standard: Standard | None = None
    signer_chain: tuple[Certificate, ...] = ()


def cpl_facts(cpl: CompositionPlaylist, *, signer_chain: Sequence[Certificate] = ()) -> CplFacts:
    kinds: dict[uuid.UUID, dict[str, None]] = {}
    for asset in cpl.assets:
        if asset.key_id is not None:
            kinds.setdefault(asset.key_id, {})[asset.kind] = None
    return CplFacts(
        id=cpl.id,
        content_title_text=cpl.content_title_text,
        keys=tuple(NeededKey(id=key_id, kinds=tuple(found)) for key_id, found in kinds.items()),
        standard=cpl.standard,
        signer_chain=tuple(signer_chain),
    )


def read_cpl_facts(data: bytes, *, where: str | Path) -> CplFacts:
    """The facts of a playlist document, its signature verified where it has one.

    DocumentError when it is no playlist, SignatureError when it is signed and the signature does not hold.
    """
    cpl = parse_cpl(data, where=where)
    chain = tuple(verify_enveloped(data, where=where).chain) if cpl.signed else ()
    return cpl_facts(cpl, signer_chain=chain)
