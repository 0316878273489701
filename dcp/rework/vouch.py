"""Whether the documents of a package may be believed: their signatures, and the hashes of the playlists."""

from __future__ import annotations

import hashlib

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.errors import DcpError, SignatureError
from dcp.package.package import Package
from dcp.texts.catalogue import Text, text
from dcp.trust.signature import verify_enveloped


def vouch(package: Package, *, encrypted: bool, sign: bool) -> tuple[Text, ...]:
    """Hold every CPL and PKL that is used against its signature; notes on those that have none.

    encrypted: the package holds encrypted assets. sign: the copy is going to be signed. SignatureError for a
    signature that does not hold, and, before signing a copy of an encrypted package, for a document without
    one: whoever took it away would get another's signature for what he changed. DcpError for a CPL that is
    not the one its packing list hashed.
    """
    notes: list[Text] = []
    used: list[tuple[Package, CompositionPlaylist | PackingList]] = [
        (package, cpl) for cpl in package.compositions
    ]
    used += [(one, pkl) for one in (package, *package.ov) for pkl in one.packing_lists]
    for one, value in used:
        document = one.document(value)
        if value.signed:
            verify_enveloped(document.data, where=document.path)
        elif encrypted and sign:
            raise SignatureError("vouch.not-signed", where=document.path, name=document.name)
        elif encrypted:
            notes.append(text("vouch.nobody-vouches", name=document.name))
    for cpl in package.compositions:
        _hashed(package, cpl)
    return tuple(notes)


def _hashed(package: Package, cpl: CompositionPlaylist) -> None:
    document = package.document(cpl)
    found = hashlib.sha1(document.data).digest()
    for pkl in package.packing_lists:
        entry = pkl.asset(cpl.id)
        if entry is not None and entry.hash not in (None, found):
            raise DcpError("vouch.other-hash", where=document.path)
