"""What is asked of every package that was made from another."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from faults.bases import NOW, Base, chain
from faults.changes import Change, Copy

from dcp.errors import DcpError
from dcp.package.package import Package, open_package
from dcp.secrets.keys import Keyring
from dcp.trust.signer import Signer
from dcp.verify.engine import verify_package


def found(
    root: Path, *, ov: Sequence[Path] = (), keyring: Keyring | None = None, now: datetime = NOW
) -> list[tuple[str, str]]:
    """Errors and warnings of the whole verification: ids and words, in order."""
    report = verify_package(root, now=now, ov=ov, keyring=keyring, workers=1)
    return sorted((each.id, each.message) for each in report.findings if each.severity != "info")


@functools.cache
def found_in_base(root: Path, ov: Path | None) -> list[tuple[str, str]]:
    """The same of a base, asked once."""
    return found(root, ov=[ov] if ov else [])


def changed(base: Base, root: Path, *changes: Change) -> Path:
    """A copy of the base, each change made to it; nothing is made right again after them."""
    shutil.copytree(base.root, root, copy_function=os.link)
    for change in changes:
        change(Copy(base, root))
    return root


def refused(
    make: Callable[[Path], Any], out: Path, id: str, kind: type[DcpError] = DcpError, code: int = 2
) -> DcpError:
    """`make` ends in this error, and nothing is left of the output or beside it."""
    before = sorted(out.parent.iterdir())
    with pytest.raises(kind) as caught:
        make(out)
    assert caught.value.id == id and caught.value.exit_code == code
    assert sorted(out.parent.iterdir()) == before
    return caught.value


def opened(base: Base) -> Package:
    return open_package(base.root, ov=[base.ov] if base.ov else [])


def files_of(package: Package) -> dict[str, bytes]:
    """Every file but the documents, by its name."""
    documents = {document.path for document in package.documents}
    return {
        path.relative_to(package.root).as_posix(): path.read_bytes()
        for path in package.files.values()
        if path not in documents
    }


def signer() -> Signer:
    """Who signed what is encrypted among the bases."""
    return chain().signer
