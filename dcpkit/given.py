"""What the entrance takes in two forms: the name of a file, or what was read of it already."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from dcp.create.job.values import Job
    from dcp.secrets.keys import Keyring
    from dcp.trust.certificate import Certificate
    from dcpkit.opening import Message
    from kdm.block import Decrypter
    from watermark.secret import Secret

Place = str | os.PathLike[str]
"""The name of a file or a folder."""


def instant(now: datetime | None) -> datetime:
    from dcp.errors import UsageError

    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise UsageError("time.no-offset")
    return now


def paths(places: Sequence[Place]) -> list[Path]:
    return [Path(place) for place in places]


def where_of(given: bytes | Place, name: str) -> str:
    return name if isinstance(given, bytes) else os.fspath(given)


def keyring_of(keys: Keyring | Place | None) -> Keyring | None:
    from dcp.secrets.keys import read_keys

    return read_keys(Path(keys)) if isinstance(keys, str | os.PathLike) else keys


def secret_of(secret: Secret | Place | None) -> Secret | None:
    from watermark.secret import read_secret

    return read_secret(Path(secret)) if isinstance(secret, str | os.PathLike) else secret


def document_of(document: bytes | Place) -> bytes:
    from dcp.xml.parse import read_document

    return document if isinstance(document, bytes) else read_document(Path(document))


def message_of(kdm: bytes | Place) -> bytes:
    from dcpkit.opening import read_message

    return kdm if isinstance(kdm, bytes) else read_message(Path(kdm))[0]


def messages_of(kdm: bytes | Place, recipient: Certificate | None) -> tuple[Message, ...]:
    from dcpkit.opening import Message, read_messages

    return (Message("the KDM", kdm),) if isinstance(kdm, bytes) else read_messages(Path(kdm), recipient)


def recipient_of(certificate: Certificate | Place) -> Certificate:
    from dcp.trust.certificate import read_certificates
    from dcp.trust.signer import recipient_of as only

    if isinstance(certificate, str | os.PathLike):
        return only(read_certificates(Path(certificate)))
    return certificate


def identity_of(private_key: Decrypter | Place | None) -> tuple[Decrypter, Certificate | None]:
    """A private key, and its certificate where one lies with it."""
    from dcp.errors import UsageError
    from dcp.trust.signer import find_certificate_for, read_private_key

    if private_key is None:
        raise UsageError("entrance.kdm-needs-key")
    if not isinstance(private_key, str | os.PathLike):
        return private_key, None
    path = Path(private_key)
    key: RSAPrivateKey = read_private_key(path)
    return key, find_certificate_for(key, path)


def job_of_program(
    sources: Place | Sequence[Place],
    *,
    title: str | None,
    job: Place | None,
    encrypted: bool,
    settings: Mapping[str, object],
) -> Job:
    """The job that a program's arguments say. encrypted: everything, unless the settings say what."""
    from dcp.create.job.flags import job_by_names
    from dcp.create.job.reading import read_job

    several = [sources] if isinstance(sources, str | os.PathLike) else sources
    given = {**({"encrypt": "picture,sound"} if encrypted else {}), **settings}
    if title is not None:
        given["title"] = title
    if "audio" in given:
        audio = given["audio"]
        given["audio"] = paths([audio] if isinstance(audio, str | os.PathLike) else audio)  # type: ignore[arg-type]
    held = read_job(Path(job), as_template=bool(several)) if job is not None else None
    return job_by_names(paths(several), given, job=held)
