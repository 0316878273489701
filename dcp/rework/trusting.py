"""Which hash a file has to have before it is taken over, by what playlists and packing lists state of it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence

from dcp.dataclass import dataclass
from dcp.documents.pkl import PackingList, PklAsset
from dcp.errors import DcpError, SignatureError, TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.rework.acts import Act, act
from dcp.rework.inventory import Found
from dcp.rework.sorting import Sorted, sha1_of
from dcp.trust.signature import verify_enveloped


@dataclass(frozen=True)
class Stated:
    """What a document states of a file. vouched: its signature holds. by: the id of what is said when the
    file has another hash."""

    hash: bytes | None
    size: int | None
    document: str
    vouched: bool
    by: str


@dataclass(frozen=True)
class Believed:
    """hash: the one that the file must have, None where no document states one. by: what is said when it has
    another. vouched: a signature stands behind it. accepted: it is the file's own, whatever lists state."""

    hash: bytes | None
    by: str
    vouched: bool = False
    accepted: bool = False


def signatures(documents: Sequence[Found], *, needed: bool) -> Mapping[str, bool]:
    """Of each document by its name whether its signature holds; False without one.

    needed: SignatureError for one that does not hold.
    """
    holds = {}
    for each in documents:
        signed = bool(getattr(each.value, "signed", False))
        try:
            if signed:
                verify_enveloped(each.plain, where=each.path)
        except DcpError:
            if needed:
                raise
            signed = False
        holds[each.name] = signed
    return holds


def signer_name(document: Found) -> str | None:
    """Whose signature a document has that holds; None without one."""
    if not getattr(document.value, "signed", False):
        return None
    try:
        return verify_enveloped(document.plain, where=document.path).signer.label
    except DcpError:
        return None


def statements(sorted: Sorted, holds: Mapping[str, bool]) -> Mapping[uuid.UUID, list[Stated]]:
    """What playlists and packing lists state, by the asset. holds: of `signatures`."""
    stated: dict[uuid.UUID, list[Stated]] = {}
    for cpl, asset in sorted.uses():
        if asset.hash is not None:
            each = Stated(asset.hash, None, cpl.name, holds[cpl.name], "rework.hash-of-cpl")
            stated.setdefault(asset.id, []).append(each)
    for own in sorted.lists:
        for entry in _entries(own):
            size = None if "Size" in entry.unread else entry.size
            each = Stated(entry.hash, size, own.name, holds[own.name], "rework.hash-of-pkl")
            stated.setdefault(sorted.meant.get(entry.id, entry.id), []).append(each)
    return stated


def believe(found: Found, stated: Sequence[Stated], *, accept: bool) -> tuple[Believed, list[Act]]:
    """The hash to hold a file against, and what is mended by that.

    DcpError where lists contradict each other, or the size, and nobody vouches; accept: the file's own hash
    is taken then, if the file is whole by its structure.
    """
    vouched = {each.hash: each for each in stated if each.vouched and each.hash is not None}
    if len(vouched) > 1:
        raise SignatureError("repair.two-hashes", where=found.path, names=[e.document for e in stated])
    if vouched:
        (hash, by) = next(iter(vouched.items()))
        return Believed(hash, by.by, vouched=True), []
    hashes = {each.hash: each for each in stated if each.hash is not None}
    sizes = {each.size for each in stated if each.size is not None}
    if not hashes and not sizes - {found.size}:
        _whole(found)
        return Believed(None, ""), []
    if not accept:
        if not hashes:
            raise DcpError("repair.other-size", where=found.path, size=found.size, stated=min(sizes))
        if len(hashes) > 1:
            raise DcpError("repair.two-hashes", where=found.path, names=[e.document for e in stated])
        return Believed(next(iter(hashes)), "repair.hash-of-list"), []
    _whole(found)
    own = sha1_of(found.path)
    if hashes.keys() == {own}:
        return Believed(own, "repair.hash-of-list"), []
    return Believed(own, "repair.changed-meanwhile", accepted=True), [
        act("hash-accepted", found.name, names=[each.document for each in stated])
    ]


def believe_playlist(found: Found, sorted: Sorted, holds: Mapping[str, bool], *, accept: bool) -> list[Act]:
    """DcpError for a playlist that is not the one its packing lists hashed: it vouches for itself only where
    it is signed, and never against a list that is signed too."""
    own = hashlib.sha1(found.data).digest()
    acts = []
    for each in sorted.lists:
        for entry in _entries(each):
            if sorted.meant.get(entry.id, entry.id) != found.id or entry.hash in (None, own):
                continue
            if holds[each.name]:
                raise DcpError("vouch.other-hash", where=found.path)
            if holds[found.name]:
                continue
            if not accept:
                raise DcpError("repair.hash-of-list", where=found.path)
            acts.append(act("hash-accepted", found.name, names=[each.name]))
    return acts


# --- how it is done -----


def _entries(found: Found) -> Sequence[PklAsset]:
    return found.value.asset_list if isinstance(found.value, PackingList) else ()


def _whole(found: Found) -> None:
    """TrackFileError for a track file with a unit too few or broken, as far as that shows without a key."""
    if found.kind != "track":
        return
    with TrackFile.open(found.path) as track:
        for _ in track.units(strict=True, raw=True):
            pass
        if track.index is None and track.header.essence != "timed_text":
            raise TrackFileError("repair.no-index", where=found.path)
