"""What `import dcpkit` gives of packages from packages: a function each, forms and errors of `entrance`."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcpkit.entrance import Progress, read_signer
from dcpkit.given import Place, instant, keyring_of, paths

if TYPE_CHECKING:
    from dcp.mxf.reader import MicPolicy
    from dcp.rework.combine import CombinedPackage
    from dcp.rework.differences import Difference
    from dcp.rework.disk import WrittenDisk
    from dcp.rework.hashes import HashReport
    from dcp.rework.lower import LoweredPackage
    from dcp.rework.rekey import Kind, RekeyedPackage
    from dcp.rework.repair import RepairedPackage
    from dcp.rework.retitle import RetitledPackage
    from dcp.secrets.keys import Keyring
    from dcp.trust.signer import Signer


def retitle(
    package: Place,
    folder: Place,
    *,
    title: str | None = None,
    kind: str | None = None,
    cpl: uuid.UUID | None = None,
    signer: Signer | Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> RetitledPackage:
    """The package again under another title, or of another kind, every track file as it is.

    kind: its name or code. cpl: which of several compositions. signer: of the new documents; needed when
    there is encrypted content. A KDM for the old composition does not fit the new one.
    """
    from dcp.package.package import open_package
    from dcp.packing.kinds import kind_of
    from dcp.rework.retitle import retitle_package

    return retitle_package(
        open_package(Path(package)),
        Path(folder),
        title=title,
        kind=kind_of(kind) if kind is not None else None,
        cpl_id=cpl,
        signer=signer_of(signer),
        now=instant(now),
        progress=progress,
    )


def combine(
    packages: Sequence[Place],
    folder: Place,
    *,
    signer: Signer | Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> CombinedPackage:
    """Several packages as one: all files once, all compositions byte for byte, one packing list.

    signer: of the packing list; needed when there is encrypted content.
    """
    from dcp.package.package import open_package
    from dcp.rework.combine import combine_packages

    sources = [open_package(path) for path in paths(packages)]
    return combine_packages(
        sources, Path(folder), signer=signer_of(signer), now=instant(now), progress=progress
    )


def rekey(
    package: Place,
    folder: Place,
    *,
    new_keys: Place,
    signer: Signer | Place,
    keys: Keyring | Place | None = None,
    encrypt: Sequence[Kind] = (),
    ov: Sequence[Place] = (),
    cpl: uuid.UUID | None = None,
    mic: MicPolicy = "require",
    now: datetime | None = None,
    progress: Progress | None = None,
) -> RekeyedPackage:
    """The package again under fresh keys, which go to the new file `new_keys`.

    keys: the old ones. encrypt: kinds of plain track files that are encrypted too: picture, sound, text, aux.
    ov: what a version file builds on. cpl: which of several compositions, all without it. A KDM for an old
    composition does not fit the new one.
    """
    from dcp.package.package import open_package
    from dcp.rework.rekey import check_keys_place, rekey_package
    from dcp.secrets.keys import fresh_keys_file

    opened = open_package(Path(package), ov=paths(ov))
    check_keys_place(Path(new_keys), opened)
    signs = signer_of(signer)
    assert signs is not None
    with fresh_keys_file(Path(new_keys), essence=Path(folder)) as keep:
        return rekey_package(
            opened,
            Path(folder),
            keyring=keyring_of(keys),
            keep_keys=keep,
            encrypt=encrypt,
            cpl_id=cpl,
            mic=mic,
            signer=signs,
            now=instant(now),
            progress=progress,
        )


def lower(
    package: Place,
    folder: Place,
    *,
    mbps: int,
    keys: Keyring | Place | None = None,
    ov: Sequence[Place] = (),
    cpl: uuid.UUID | None = None,
    signer: Signer | Place | None = None,
    mic: MicPolicy = "require",
    now: datetime | None = None,
    progress: Progress | None = None,
) -> LoweredPackage:
    """The package again with no frame above `mbps` Mbit/s: those that are, and no others, are coded anew.

    keys: of what is encrypted, which stays so under them. ov, cpl: as of `rekey`. signer: of the new
    documents; needed when there is encrypted content. Extra: `picture`.
    """
    from dcp.package.package import open_package
    from dcp.rework.lower import lower_package

    return lower_package(
        open_package(Path(package), ov=paths(ov)),
        Path(folder),
        mbps=mbps,
        keyring=keyring_of(keys),
        cpl_id=cpl,
        mic=mic,
        signer=signer_of(signer),
        now=instant(now),
        progress=progress,
    )


def hash_package(
    package: Place, *, against: Place | None = None, sha256: bool = False, progress: Progress | None = None
) -> HashReport:
    """Every file of a package held against its packing lists and, where one is given, another copy.

    sha256: makes that as well. Whatever is wrong with a file is in the report.
    """
    from dcp.package.survey import survey_package
    from dcp.rework.hashes import hash_package as make

    other = survey_package(Path(against)) if against is not None else None
    return make(survey_package(Path(package)), against=other, sha256=sha256, progress=progress)


def diff(
    a: Place,
    b: Place,
    *,
    keys: Keyring | Place | Sequence[Place] | None = None,
    ov_a: Sequence[Place] = (),
    ov_b: Sequence[Place] = (),
    cpl_a: uuid.UUID | None = None,
    cpl_b: uuid.UUID | None = None,
    frames: tuple[int, int] | None = None,
    decode: bool = True,
    mic: MicPolicy = "require",
    progress: Progress | None = None,
) -> Difference:
    """How two compositions differ in their documents and in what is played, frame by frame from the first.

    keys: of both sides; several files where each has its own. ov_a, ov_b: what version files build on. cpl_a,
    cpl_b: which of several compositions. frames: the first and the last, counted from 0. decode: what has
    other bytes is decoded and compared (extra `picture`).
    """
    from dcp.package.package import open_package
    from dcp.rework.diff import diff_packages

    return diff_packages(
        open_package(Path(a), ov=paths(ov_a)),
        open_package(Path(b), ov=paths(ov_b)),
        cpl_a=cpl_a,
        cpl_b=cpl_b,
        keyring=_ring(keys),
        mic=mic,
        frames=frames,
        decode=decode,
        progress=progress,
    )


def repair(
    package: Place,
    folder: Place,
    *,
    accept_hashes: bool = False,
    ov: Sequence[Place] = (),
    signer: Signer | Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> RepairedPackage:
    """The package again with its asset map, packing lists and names made right (docs/rework.md).

    accept_hashes: take files that are whole though unsigned lists state another hash. ov: what a version file
    builds on. Nothing is written, and `root` is None, where nothing is to be mended.
    """
    from dcp.rework.repair import repair_package

    return repair_package(
        Path(package),
        Path(folder),
        accept_hashes=accept_hashes,
        ov=paths(ov),
        signer=signer_of(signer),
        now=instant(now),
        progress=progress,
    )


def _ring(keys: Keyring | Place | Sequence[Place] | None) -> Keyring | None:
    from dcp.secrets.keys import Keyring, merged, read_keys

    if keys is None or isinstance(keys, Keyring | str | os.PathLike):
        return keyring_of(keys)
    return merged([read_keys(path) for path in paths(keys)])


def signer_of(signer: Signer | Place | None) -> Signer | None:
    """Who signs, read where it is a folder."""
    return read_signer(signer) if isinstance(signer, str | os.PathLike) else signer


def write_disk(
    packages: Place | Sequence[Place],
    target: Place,
    *,
    fs: Literal["ext2", "ext3"] = "ext2",
    label: str | None = None,
    at_root: bool = False,
    overwrite: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> WrittenDisk:
    """Packages onto a delivery drive, or into a new image of one; all of it is read back.

    target: a new file, or a block device, which loses all that it holds and so wants `overwrite`. label: of
    the file system, made of the package's name when not given. at_root: the one package stands at the root,
    not in a folder. DcpError when a package, the target or what is read back is not as it should be;
    ExtraMissingError without e2fsprogs.
    """
    from dcp.rework.disk import write_disk as write

    return write(
        paths([packages] if isinstance(packages, str | os.PathLike) else packages),
        Path(target),
        fs=fs,
        label=label,
        at_root=at_root,
        overwrite=overwrite,
        now=int(instant(now).timestamp()),
        progress=None if progress is None else lambda step, done, total: progress(done, total),
    )
