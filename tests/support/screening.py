"""Cinemas made by code: KDMs for any certificate, composition and window, sealed and signed as real ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from forgery.certificates import forge as forge_certificate
from forgery.certificates import spare_key

from dcp.trust.certificate import Certificate
from kdm.diagnose.reading import KdmFile, read_kdm_file
from kdm.message import IssuerSerial, KdmMessage, Recipient, TypedKeyId


def kdm_for(
    world: Any,
    to: Certificate,
    *,
    cpl: uuid.UUID | None = None,
    title: str | None = None,
    window: tuple[datetime, datetime] | None = None,
    issued: datetime | None = None,
    keys: tuple[TypedKeyId, ...] | None = None,
    message_id: uuid.UUID | None = None,
    fields: Mapping[str, Any] = {},
    **changes: Any,
) -> bytes:
    """A KDM of this world for a certificate, with something else than usual in it.

    `fields`: more of the message; `changes`: as in `forge`.
    """

    def change(message: KdmMessage) -> KdmMessage:
        start, end = window or message.window
        when = issued or min(message.issue_date, start)
        return replace(
            message,
            message_id=message_id or uuid.uuid4(),
            recipient=Recipient(IssuerSerial(to.issuer, to.serial), to.subject),
            composition_playlist_id=cpl or message.composition_playlist_id,
            content_title_text=title or message.content_title_text,
            content_keys_not_valid_before=start,
            not_valid_before_text=start.isoformat(),
            content_keys_not_valid_after=end,
            not_valid_after_text=end.isoformat(),
            issue_date=when,
            issue_date_text=when.isoformat(),
            key_id_list=keys if keys is not None else message.key_id_list,
            **fields,
        )

    data: bytes = world.forge(message=change, recipient=_Of(to), **changes)
    return data


def kdm_file(world: Any, to: Certificate, name: str = "kdm.xml", **changes: Any) -> KdmFile:
    return read_kdm_file(name, kdm_for(world, to, **changes))


def device_certificate(world: Any, common_name: str, *, serial: int = 4711, **changes: Any) -> Certificate:
    """A media block's certificate under the hall's authority. `key`: the number of a spare key."""
    number = changes.pop("key", 0)
    return forge_certificate(
        issuer=world.hall.chain[1],
        signing_key=world.hall.private_keys[1],
        public_key=spare_key(number=number).public_key(),
        common_name=common_name,
        serial=serial,
        **changes,
    )


class _Of:
    """What `forge` takes a recipient's key from."""

    def __init__(self, certificate: Certificate) -> None:
        self.leaf = certificate
