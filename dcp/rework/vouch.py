"""Whether the documents of a package may be believed: their signatures, and the hashes of the playlists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.errors import DcpError, SignatureError, UsageError
from dcp.package.package import Package
from dcp.texts.catalogue import Text, text
from dcp.trust.signature import verify_enveloped

_MOST_NAMED = 10


def vouch(package: Package, *, encrypted: bool, sign: bool) -> tuple[Text, ...]:
    """Hold every CPL and PKL that is used against its signature; notes on those that have none.

    encrypted: the package holds encrypted assets. sign: the copy is going to be signed: a note names on whose
    word, as anybody can sign and nobody's root is judged here. SignatureError for a
    signature that does not hold, and, before signing a copy of an encrypted package, for a document without
    one: whoever took it away would get another's signature for what he changed. DcpError for a CPL that is
    not the one its packing list hashed.
    """
    notes: list[Text] = []
    signers: dict[str, None] = {}
    used: list[tuple[Package, CompositionPlaylist | PackingList]] = [
        (package, cpl) for cpl in package.compositions
    ]
    used += [(one, pkl) for one in (package, *package.ov) for pkl in one.packing_lists]
    for one, value in used:
        document = one.document(value)
        if value.signed:
            signers[verify_enveloped(document.data, where=document.path).signer.label] = None
        elif encrypted and sign:
            raise SignatureError("vouch.not-signed", where=document.path, name=document.name)
        elif encrypted:
            notes.append(text("vouch.nobody-vouches", name=document.name))
    for cpl in package.compositions:
        _hashed(package, cpl)
    return (*notes, *signed_by(signers)) if sign else tuple(notes)


def signed_by(signers: Iterable[str]) -> tuple[Text, ...]:
    """A note on who signed the old documents, and that more is not known of them; none without one."""
    names = sorted(signers)
    return (text("vouch.signed-by", names=names[:_MOST_NAMED]),) if names else ()


def vouch_for_more(
    sources: Sequence[Package], *, encrypted: bool | Sequence[bool], sign: bool, anew: bool = True
) -> tuple[Text, ...]:
    """The same for a package that may stay encrypted, and then has to be signed (DCSS 5.4.3.7, 5.5.2.3).

    encrypted: of all sources, or of each. UsageError when one is and nobody signs; a note when what was
    signed is no more. anew: whether there are new playlists, not a new packing list alone.
    """
    of_each = [encrypted] * len(sources) if isinstance(encrypted, bool) else encrypted
    for one, secret in zip(sources, of_each, strict=True):
        if secret and not sign:
            raise UsageError("vouch.needs-signer", where=one.root)
    pairs = zip(sources, of_each, strict=True)
    told = (note for one, secret in pairs for note in vouch(one, encrypted=secret, sign=sign))
    notes = tuple(dict.fromkeys(told))
    documents = [pkl for one in sources for pkl in one.packing_lists]
    signed = any(pkl.signed for pkl in documents)
    signed |= anew and any(cpl.signed for one in sources for cpl in one.compositions)
    return (*notes, text("vouch.no-longer-signed")) if signed and not sign else notes


def _hashed(package: Package, cpl: CompositionPlaylist) -> None:
    document = package.document(cpl)
    found = hashlib.sha1(document.data).digest()
    for pkl in package.packing_lists:
        entry = pkl.asset(cpl.id)
        if entry is not None and entry.hash not in (None, found):
            raise DcpError("vouch.other-hash", where=document.path)
