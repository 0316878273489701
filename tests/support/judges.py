"""Outside judges: xmlsec1 of signatures, xmllint of schemas. What they say is handed back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from dcp.trust.certificate import Certificate

KDM_SCHEMA = "SMPTE-430-1-2006-KDM.xsd"
KDM_PARTS = ("AuthenticatedPublic", "AuthenticatedPrivate")


def run(*words: object, env: dict[str, str] | None = None) -> str:
    """What a program says; it has to end with 0."""
    command = [str(word) for word in words]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def signature_holds(
    xmlsec1: str,
    document: Path,
    *,
    chain: Sequence[Certificate],
    at: datetime,
    folder: Path,
    parts: Iterable[str] = (),
) -> str:
    """xmlsec1 verifies the document's signature under the last of the chain at an instant.

    parts: elements whose Id a reference names, `KDM_PARTS` for a KDM. folder: for the certificates.
    """
    trust: list[object] = []
    for number, certificate in enumerate(chain[1:]):
        file = folder / f"judge-{number}.pem"
        file.write_text(certificate.pem())
        trust += ["--trusted-pem" if certificate is chain[-1] else "--untrusted-pem", file]
    ids = [word for part in parts for word in ("--id-attr:Id", part)]
    return run(xmlsec1, "--verify", *ids, *trust, "--verification-time", f"{at:%Y-%m-%d %H:%M:%S}", document)


def schema_holds(xmllint: str, schema: Path, *documents: Path) -> str:
    """xmllint validates the documents; other schemas come from the catalogue beside this one."""
    catalog = {"XML_CATALOG_FILES": str(schema.with_name("catalog.xml"))}
    return run(xmllint, "--noout", "--nonet", "--catalogs", "--schema", schema, *documents, env=catalog)
