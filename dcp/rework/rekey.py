"""A package under fresh keys: each encrypted track file decrypted, checked and encrypted again, unit by unit.

What is plain stays so, with id and bytes, unless its kind is to be encrypted as well. A track file has a key
of its own, as `create` gives it. Playlists name the new keys and get new ids, so that KDMs and keys of the
old ones open nothing of the new package; one that plays none of these files is taken over byte for byte. What
a version file plays of its original stays there, under that one's keys.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.auxdata.atmos import KEY_TYPES as AUX_KEY_TYPES
from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.mxf.reader import MicPolicy, TrackFile
from dcp.mxf.writer import WrittenTrackFile
from dcp.package.package import Package
from dcp.rework.clear import Clear, write_clear
from dcp.rework.copying import Changes, NewFile, Progress, copy_package, untouched
from dcp.rework.planning import Item, check_writable, items_of, nothing, now_listed, of_others, stays
from dcp.rework.vouch import vouch_for_more
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

Kind = Literal["picture", "sound", "text", "aux"]
_KINDS: Mapping[str, tuple[Kind, str, str | None]] = {
    "picture": ("picture", "MDIK", None),
    "stereo_picture": ("picture", "MDIK", None),
    "sound": ("sound", "MDAK", None),
    "timed_text": ("text", "MDSK", None),
    "atmos": ("aux", *AUX_KEY_TYPES["atmos"]),
    "aux_data": ("aux", *AUX_KEY_TYPES["data"]),
}
"""By the essence of a header: its kind for people, type and scope of the key of a file that had none."""


@dataclass(frozen=True)
class RekeyedPackage:
    """root: the new package. assets: old id -> new id of every file under a new key; keys: the id of that key
    by the new id. compositions: old id -> new id. newly: the old ids of those that were plain. void: ids of
    playlists whose KDMs fit the new package no more. notes: what stays as it was, what was not checked."""

    root: Path
    assets: Mapping[uuid.UUID, uuid.UUID]
    keys: Mapping[uuid.UUID, uuid.UUID]
    compositions: Mapping[uuid.UUID, uuid.UUID]
    newly: tuple[uuid.UUID, ...] = ()
    void: tuple[uuid.UUID, ...] = ()
    notes: tuple[Text, ...] = ()


def rekey_package(
    package: Package,
    out: Path,
    *,
    keyring: Keyring | None,
    keep_keys: Callable[[Keyring], None],
    encrypt: Collection[Kind] = (),
    cpl_id: uuid.UUID | None = None,
    mic: MicPolicy = "require",
    signer: Signer,
    now: datetime,
    progress: Progress | None = None,
) -> RekeyedPackage:
    """Write `package` under fresh keys into the new folder `out`.

    keyring: the old keys. keep_keys: is given the new ones before the first file is written. encrypt: kinds
    of plain track files that are encrypted too, as far as a playlist plays them; loose text never is. cpl_id:
    the one composition to take over, without what the others alone play; None for all. progress(bytes done,
    bytes in all).

    UsageError when there is nothing to encrypt; KeyMissingError, TrackFileError, SignatureError, DcpError as
    `decrypt_package` has them. Nothing is left then.
    """
    left_out: frozenset[uuid.UUID] = frozenset()
    count = len(package.compositions)
    if cpl_id is not None and count > 1:
        left_out = of_others(package, cpl_id)
        package = replace(package, compositions=(package.composition(cpl_id),))
    items = items_of(package, keyring, left_out=left_out, fetches=nothing)
    newly = _plain_ones(package, items, encrypt)
    anew = [item for item in items if item.encrypted or item.id in newly]
    if not anew:
        raise UsageError("rekey.none-of-the-kinds" if encrypt else "rekey.nothing", where=package.root)
    encrypted = any(cpl.encrypted for cpl in package.compositions) or any(each.encrypted for each in items)
    notes = vouch_for_more([package], encrypted=encrypted, sign=True)
    signed = [cpl.signed for cpl in package.compositions] + [pkl.signed for pkl in package.packing_lists]
    if not all(signed):
        notes += (text("rekey.nobody-signed"),)  # of a plain package, which need not be
    notes += (text("rework.one-of-several", n=count, cpl=cpl_id),) if left_out else ()
    notes += now_listed(items, package)
    staying = stays(package, nothing)
    if staying:
        notes += (text("rekey.stays-in-original", n=len(staying)),)
    fresh = {item.id: _fresh(package, item, keyring) for item in anew}
    kept = untouched(package, frozenset(fresh))

    def write(item: Item, new: NewFile) -> WrittenTrackFile:
        opener = keyring.require(item.key_id, where=item.path) if keyring and item.key_id else None
        how = Clear(new.asset_id, opener, mic, now, item.duration, new.advance, under=fresh[item.id])
        return write_clear(item, new.path, how)

    keep_keys(Keyring(tuple(fresh.values())))
    changes = Changes(writer=lambda item: write if item.id in fresh else None, kept=kept)
    done = copy_package([package], items, out, changes, signer=signer, now=now, progress=progress)
    void = tuple(cpl.id for cpl in package.compositions if cpl.encrypted and cpl.id not in kept)
    return RekeyedPackage(
        root=out,
        assets=done.assets,
        keys={new: fresh[old].id for old, new in done.assets.items()},
        compositions=done.compositions,
        newly=tuple(newly),
        void=void,
        notes=notes,
    )


def check_keys_place(path: Path, package: Package) -> None:
    """UsageError for a file of fresh keys that is there already, or would go on its way with the package."""
    if path.exists() or path.is_symlink():
        raise UsageError("flags.output-exists", where=path)
    if any(path.resolve().is_relative_to(one.root.resolve()) for one in (package, *package.ov)):
        raise UsageError("keys.beside-essence", where=path)


# --- how it is done -----


def _plain_ones(package: Package, items: Sequence[Item], encrypt: Collection[Kind]) -> dict[uuid.UUID, None]:
    """The plain track files to encrypt, in the order of the items. UsageError where there is no writer."""
    played = {asset.id for cpl in package.compositions for asset in cpl.assets}
    found: dict[uuid.UUID, None] = {}
    for item in items:
        kind = _KINDS.get(item.essence or "")
        if kind is None or kind[0] not in encrypt or item.encrypted or item.id not in played:
            continue
        with TrackFile.open(item.path) as track:
            check_writable(track.header, item.path)
        found[item.id] = None
    return found


def _fresh(package: Package, item: Item, keyring: Keyring | None) -> ContentKey:
    """A new key of the old one's type, or of the kind's; with the first reel that plays the file."""
    _, type, scope = _KINDS.get(item.essence or "", ("aux", "MDX1", None))
    old = keyring.get(item.key_id) if keyring is not None and item.key_id is not None else None
    if old is not None:
        type, scope = old.type, old.scope
    reels = [reel for cpl in package.compositions for reel in cpl.reels]
    at = (n for n, reel in enumerate(reels, start=1) if any(asset.id == item.id for asset in reel.assets))
    return ContentKey.generate(type, reel=next(at, None), scope=scope)
