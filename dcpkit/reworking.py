"""What `import dcpkit` gives of packages from packages: a function each, forms and errors of `entrance`."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcpkit.entrance import Progress, read_signer
from dcpkit.given import Place, instant, paths

if TYPE_CHECKING:
    from dcp.rework.combine import CombinedPackage
    from dcp.rework.retitle import RetitledPackage
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


def signer_of(signer: Signer | Place | None) -> Signer | None:
    """Who signs, read where it is a folder."""
    return read_signer(signer) if isinstance(signer, str | os.PathLike) else signer
