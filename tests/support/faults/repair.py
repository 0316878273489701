"""What makes a changed package whole again: lengths, hashes and signatures of whatever was changed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from lxml import etree

from dcp.errors import DcpError
from dcp.trust.signing import sign_document
from dcp.xml.parse import XMLDSIG
from faults.bases import Base

_OWN = ("cpl", "pkl", "map", "volume")


def repair(base: Base, root: Path, *, leave: Collection[str] = ()) -> None:
    """`root` is a changed copy of the base. Documents are edited as text, so what is odd in them stays odd.

    leave: roles of documents that are not signed anew, as their signature is what was changed.
    A document that cannot be read any more keeps its old signature.
    """
    changed = {role for role in base.files if _differs(base, root, role)}
    tracks = changed - set(_OWN)
    for role in sorted(tracks):
        restate(base, root, role, "cpl")
    if "cpl" in changed or _differs(base, root, "cpl"):
        if "cpl" not in leave:
            sign(base, root, "cpl")
        tracks |= {"cpl"}
    for role in sorted(tracks):
        restate(base, root, role, "pkl")
    if "pkl" in changed or _differs(base, root, "pkl"):
        if "pkl" not in leave:
            sign(base, root, "pkl")
        tracks |= {"pkl"}
    for role in sorted(tracks):
        restate(base, root, role, "map")


def _differs(base: Base, root: Path, role: str) -> bool:
    path = root / base.files[role]
    return path.is_file() and path.read_bytes() != (base.root / base.files[role]).read_bytes()


def restate(base: Base, root: Path, role: str, document: str) -> None:
    """The new hash and length of a file in a document that has the old ones."""
    path = root / base.files[document]
    if not path.is_file():
        return
    text = path.read_bytes()
    old, new = ((folder / base.files[role]).read_bytes() for folder in (base.root, root))
    text = text.replace(_hash(old), _hash(new))
    id = str(base.ids[role]).encode()
    for name in (b"Size", b"Length"):
        text = re.sub(
            rb"(" + id + rb"</Id>(?:(?!</Asset>).)*?<" + name + rb">)%d(<)" % len(old),
            rb"\g<1>%d\g<2>" % len(new),
            text,
            flags=re.DOTALL,
        )
    if text != path.read_bytes():
        replace_file(path, text)


def sign(base: Base, root: Path, role: str) -> None:
    """A document signed anew, where the base's are."""
    if base.signer is None:
        return
    path = root / base.files[role]
    try:
        tree = etree.fromstring(path.read_bytes())
        for child in list(tree):
            if child.tag == f"{{{XMLDSIG}}}Signature" or str(child.tag).endswith("}Signer"):
                tree.remove(child)
        replace_file(path, sign_document(etree.tostring(tree), base.signer))
    except (etree.XMLSyntaxError, DcpError):
        return


def _hash(data: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(data).digest())


def replace_file(path: Path, data: bytes) -> None:
    """A new file, so that one it was linked to stays as it is."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
