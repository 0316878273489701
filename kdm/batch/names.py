"""Names of KDM files and of what goes with them, as the field writes them (ISDCF KDM naming).

    k_TITLE_DEVICE_20270501_20270515_EXA_OV_mt1_64fb6504.xml

title, device (the certificate's common name without roles), first and last day of the window as the message
writes them, three letters of who made the message, version, formulation, and the first eight digits of the
message id. Names are ASCII and short enough for the mapping file of a KDM bundle (ST 430-9).
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
import uuid
from collections.abc import Mapping

from dcp.patterns import pattern
from dcp.trust.certificate import Certificate
from kdm.issue import KdmIssuer, device_label
from kdm.message import KdmMessage
from kdm.phrases import phrase

MAX_NAME = 99  # FilePath of ST 430-9
MAX_TITLE, MAX_DEVICE, MAX_CINEMA = 40, 32, 40
CINEMA_DIGITS = 16

FORMULATION_CODES: Mapping[str, str] = {
    "transitional-1": "t1",
    "modified-transitional-1": "mt1",
    "multiple-modified-transitional-1": "mmt1",  # no name of the field has it; the others are met
    "dci-any": "da",
    "dci-specific": "ds",
}

_VERSION = pattern(r"OV|VF(?:-[0-9]{1,3})?", re.ASCII)
_NAME = pattern(
    r"k_(?P<title>[A-Za-z0-9._-]+)_(?P<device>[A-Za-z0-9.-]+)_(?P<start>[0-9]{8})_(?P<end>[0-9]{8})"
    r"_(?P<facility>[A-Z0-9]{1,3})_(?P<version>OV|VF(?:-[0-9]{1,3})?)_(?P<formulation>[a-z0-9]+)"
    r"_(?P<id>[0-9a-f]{8})\.xml",
    re.ASCII,
)


def message_name(message: KdmMessage, *, device: str, maker: str, formulation: str) -> str:
    """The file name of a message. device: the common name of the recipient without roles. maker: the
    organization that signs. formulation: its name in `kdm.formulation`."""
    return _message_name(message, message.message_id, device, maker, formulation)


def _message_name(
    message: KdmMessage, message_id: uuid.UUID, device: str, maker: str, formulation: str
) -> str:
    head, tail = f"k_{{}}_{short(device, MAX_DEVICE) or 'DEVICE'}", _tail(message, maker, formulation)
    ending = f"{tail}_{message_id.hex[:8]}.xml"
    room = MAX_NAME - len(head.format("")) - len(ending)
    return head.format(title_name(message, min(room, MAX_TITLE))) + ending


def issued_name(issuer: KdmIssuer, recipient: Certificate, message_id: uuid.UUID) -> str:
    """The file name of a message that an issuer made."""
    maker, formulation = issuer.signer.chain[0].organization, issuer.formulation.name
    return _message_name(issuer.template, message_id, device_label(recipient), maker, formulation)


def parcel_name(message: KdmMessage, *, cinema: str, maker: str, formulation: str) -> str:
    """The file name of a cinema's ZIP: the same with the cinema in the place of the device."""
    head, ending = f"k_{{}}_{cinema}", f"{_tail(message, maker, formulation)}.zip"
    room = MAX_NAME - len(head.format("")) - len(ending)
    return head.format(title_name(message, min(room, MAX_TITLE))) + ending


def title_name(message: KdmMessage, room: int = MAX_TITLE) -> str:
    """As many whole fields of the title as there is room for, at least the start of the first.

    A title without a letter of ASCII, as a Chinese one, is stood in for by the composition's id.
    """
    return _title(message.content_title_text, message.composition_playlist_id, room)


@functools.lru_cache(256)  # an order has one, and room for it by the length of the devices' names
def _title(text: str, cpl_id: uuid.UUID, room: int) -> str:
    fields = [short(field, 100) for field in text.split("_")]
    if not fields[0] or not fields[0][0].isalnum():
        return _stand_in(cpl_id)[:room]
    title = fields[0][:room].rstrip(".-")
    for field in fields[1:]:
        if not field or len(title) + 1 + len(field) > room:
            break
        title += "_" + field
    return title


def cinema_name(name: str, facility_id: str) -> str:
    """A name for a cinema's folder that no other cinema has: what is ASCII of its name, and its id's digest.

    A Chinese name is stood in for by the last part of the id. No more than `MAX_CINEMA` characters.
    """
    own, room = cinema_digest(facility_id), MAX_CINEMA - CINEMA_DIGITS - 1
    told = short(name, room) or short(facility_id.rpartition(":")[2], room)
    return f"{told or 'CINEMA'}-{own}"


def cinema_digest(facility_id: str) -> str:
    """What a cinema's folder ends in. Nobody finds a second id for it, who would get another's KDMs."""
    return hashlib.sha256(facility_id.encode("utf-8", "surrogatepass")).hexdigest()[:CINEMA_DIGITS]


def name_faults(name: str, message: KdmMessage, *, formulation: str | None) -> tuple[str, ...]:
    """What a file's name says that its message does not, or () (KDM-125).

    formulation: the message's, as `kdm.formulation.recognise` has it; None is not compared.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return (phrase("kdm-name.no-fields"),)
    if len(name) > MAX_NAME:
        return (phrase("kdm-name.too-long", most=MAX_NAME),)
    title = "_".join(short(field, 100) for field in message.content_title_text.split("_"))
    subject = ascii_text(message.recipient.x509_subject_name, ".-")
    told = {
        "title": title.lower().startswith(match["title"].lower())
        or match["title"] == _stand_in(message.composition_playlist_id),
        "device": match["device"] == "DEVICE" or match["device"] in subject,
        "first-day": match["start"] == _day(message.not_valid_before_text),
        "last-day": match["end"] == _day(message.not_valid_after_text),
        "version": match["version"] == _version(message.content_title_text),
        "formulation": formulation is None or match["formulation"] == FORMULATION_CODES.get(formulation),
        "message-id": match["id"] == message.message_id.hex[:8],
    }
    return tuple(
        phrase("kdm-name.differs", field=f"named-{field}") for field, right in told.items() if not right
    )


def is_message_name(name: str) -> bool:
    """Whether a file's name has the fields of the convention, whatever they say."""
    return _NAME.fullmatch(name) is not None


def short(text: str, room: int) -> str:
    """A text in the signs of a field, no `_` in it, cut to `room`."""
    return ascii_text(text, ".-")[:room].strip(".-")


@functools.lru_cache(4096)  # most texts of an order come again with each message
def ascii_text(text: str, kept: str) -> str:
    """Letters and digits of ASCII and the signs `kept`, no accents; a run of anything else is one `-`."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(f"[^A-Za-z0-9{re.escape(kept)}]+", "-", plain).strip("-")


def _tail(message: KdmMessage, maker: str, formulation: str) -> str:
    days = f"_{_day(message.not_valid_before_text)}_{_day(message.not_valid_after_text)}"
    # The field may not be empty; a maker without a letter of ASCII has the code of nobody.
    code = re.sub(r"[^A-Z0-9]", "", ascii_text(maker, "").upper())[:3] or "XXX"
    return f"{days}_{code}_{_version(message.content_title_text)}_{FORMULATION_CODES[formulation]}"


def _stand_in(cpl_id: uuid.UUID) -> str:
    return f"CPL-{cpl_id.hex[:8]}"


def _version(title: str) -> str:
    """OV or VF, as the title says in one of its fields; OV where it says neither."""
    return next((field for field in reversed(title.split("_")) if _VERSION.fullmatch(field)), "OV")


def _day(text: str) -> str:
    return text[:10].replace("-", "")
