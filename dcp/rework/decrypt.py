"""A decrypted copy of a package: plain track files under new ids, and documents that agree with them.

What is plain already keeps its id and its bytes; of a version file whose original is at hand, only what is
encrypted is taken over from there. Compositions, packing lists and the asset map are written anew, unsigned
unless a signer is given. Nothing is believed that can be checked: signatures that are there must hold, each
file must be the asset that the playlists name, under the key they name, with the hashes that they and the
packing list state.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.mxf.reader import MicPolicy
from dcp.mxf.writer import WrittenTrackFile
from dcp.package.package import Package
from dcp.rework.clear import Clear, write_clear
from dcp.rework.copying import Changes, NewFile, Progress, Writer, copy_package
from dcp.rework.planning import Item, items_of, now_listed, of_others, stays
from dcp.rework.vouch import vouch
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer


@dataclass(frozen=True)
class DecryptedPackage:
    """root: the new package. cpl_id: its (first) composition's id. assets, compositions: old id -> new id.

    notes: what could not be checked and what was left where it is, sentences for people.
    """

    root: Path
    cpl_id: uuid.UUID
    assets: Mapping[uuid.UUID, uuid.UUID]
    compositions: Mapping[uuid.UUID, uuid.UUID]
    notes: tuple[Text, ...] = ()


def decrypt_package(
    package: Package,
    out: Path,
    *,
    keyring: Keyring,
    cpl_id: uuid.UUID | None = None,
    mic: MicPolicy = "require",
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> DecryptedPackage:
    """Write the decrypted copy of `package` into the new folder `out`.

    cpl_id: the one composition to take over, without what the others alone play; None for all.
    progress(bytes done, bytes in all). KeyMissingError, TrackFileError (a damaged unit, a file that is not
    the one the CPL speaks of), SignatureError (see `dcp.rework.vouch`), DcpError (a file that is absent, or
    not the one that was hashed; a full disk): nothing is left then.
    """
    left_out: frozenset[uuid.UUID] = frozenset()
    count = len(package.compositions)
    if cpl_id is not None and count > 1:
        left_out = of_others(package, cpl_id)
        package = replace(package, compositions=(package.composition(cpl_id),))
    work = items_of(package, keyring, left_out=left_out)
    encrypted = any(cpl.encrypted for cpl in package.compositions) or any(each.encrypted for each in work)
    notes = vouch(package, encrypted=encrypted, sign=signer is not None)
    if left_out:
        notes += (text("rework.one-of-several", n=count, cpl=cpl_id),)
    notes += now_listed(work, package)
    staying = stays(package)
    if staying:
        notes += (text("rework.stays-in-original", n=len(staying)),)
    writer = _writer(keyring, mic, now)
    changes = Changes(writer=lambda item: writer if item.encrypted else None)
    done = copy_package([package], work, out, changes, signer=signer, now=now, progress=progress)
    cpl_id = done.compositions[package.compositions[0].id]
    return DecryptedPackage(out, cpl_id, done.assets, done.compositions, notes)


# --- how it is done -----


def _writer(keyring: Keyring, mic: MicPolicy, now: datetime) -> Writer:
    def write(item: Item, new: NewFile) -> WrittenTrackFile:
        assert item.key_id is not None
        how = Clear(
            asset_id=new.asset_id,
            key=keyring.require(item.key_id, where=item.path),
            mic=mic,
            now=now,
            duration=item.duration,
            advance=new.advance,
        )
        return write_clear(item, new.path, how)

    return write
