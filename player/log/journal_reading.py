"""The lines of a log as records that were found."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.suite import SMPTE, signature_fits
from dcp.texts.catalogue import text
from dcp.texts.system import why
from dcp.trust.certificate import Certificate, known_certificate
from player.log.event import Event, Link, Seal
from player.log.line import MAX_LINE, open_log, read_line, to_line
from player.log.record import body, canonical, digest, header
from player.log.sealing import auth_data, signed_info
from player.log.seen import Seen, SeenSeal

MOST_CERTIFICATES = 16


def read_journal(path: Path) -> Iterator[Seen | None]:
    """Every line of a log, None for one that is no record. UsageError when it cannot be read, DcpError when
    its first line is no record of a log."""
    chain: tuple[Certificate, ...] = ()
    try:
        with open_log(path) as stream:
            for place, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), 1):
                event = read_line(line)
                if event is None and place == 1:
                    raise DcpError("play.not-a-log", where=path)
                if event is not None and event.seal is not None and event.seal.chain:
                    chain = _chain(event.seal.chain)
                yield _seen(event, line, place, chain) if event is not None else None
                while not line.endswith(b"\n") and line:  # the rest of what is too long to be one
                    line = stream.readline(MAX_LINE + 1)
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None


def _seen(event: Event, line: bytes, place: int, chain: tuple[Certificate, ...]) -> Seen:
    link = event.link
    hashed = digest(canonical(header(event, link))) if link is not None else None
    return Seen(
        place=place,
        sequence=event.sequence,
        time=event.time,
        type=event.type,
        subtype=event.subtype,
        event_id=str(event.event_id) if event.event_id is not None else None,
        content_id=event.content_id,
        device=link.device if link is not None else None,
        previous=link.previous if link is not None else None,
        stated=link.body if link is not None else None,
        found=digest(canonical(body(event))) if link is not None else None,
        header=hashed,
        message=event.message,
        exceptions=event.exceptions,
        parameters=event.parameters,
        seal=_seal(event.seal, event.sequence, link, hashed, chain) if event.seal is not None else None,
        as_written=to_line(event) == line,
        own=True,
    )


def _seal(
    seal: Seal, sequence: int, link: Link | None, hashed: str | None, chain: tuple[Certificate, ...]
) -> SeenSeal:
    if not chain or hashed is None or link is None:
        return SeenSeal(
            seal.placement, seal.length, hashed or "", False, chain, why=text("log.seal-no-signer")
        )
    info = signed_info(sequence, auth_data(sequence, hashed, chain[0]))
    try:
        value = base64.b64decode(seal.value, validate=True)
    except ValueError:
        return SeenSeal(seal.placement, seal.length, hashed, False, chain, why=text("log.seal-value"))
    holds = signature_fits(SMPTE.signature_method, chain[0].rsa_public_key(), value, canonical(info))
    return SeenSeal(
        seal.placement, seal.length, hashed, holds, chain, why=None if holds else text("log.seal-value")
    )


def _chain(held: tuple[str, ...]) -> tuple[Certificate, ...]:
    try:
        ders = [base64.b64decode(each, validate=True) for each in held[:MOST_CERTIFICATES]]
        return tuple(known_certificate(der) for der in ders)
    except (ValueError, CertificateError):
        return ()
