"""E-mails saved as files: what is attached to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcp.errors import DcpError
from dcp.patterns import pattern

if TYPE_CHECKING:
    from email.message import Message

MAX_MAIL_BYTES = 16 * 1024**2
MAX_LINES = 300_000  # more than that size has in base64; the library looks at each several times
MAX_INNER = 32  # parts that hold parts: the library goes down into each, and compares each line with all
MAX_FIELD_BYTES = 4096  # of one header that says what a part is: the library takes its square in time
MAX_FIELDS_BYTES = 1024**2  # of all these headers

_HEADER = pattern(rb"[!-9;-~]{1,76}:[ \t\r\n]")
_OF_MAIL = pattern(
    rb"^(?:from|received|return-path|message-id|mime-version|dkim-signature|x-unsent):", re.I | re.M
)
_INNER = pattern(rb"(?:^|[\r\n])content-type:\s*(?:multipart|message)/", re.I)
_FIELD = pattern(rb"(?:^|[\r\n])content-[a-z-]{1,40}:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.I)
_END_OF_HEADERS = pattern(rb"\r?\n\r?\n")


class MailError(DcpError):
    """What should be a mail and cannot be read as one."""


def is_mail(start: bytes) -> bool:
    """Whether a file begins with the headers of a mail."""
    if not _HEADER.match(start):
        return False
    end = _END_OF_HEADERS.search(start)
    return _OF_MAIL.search(start, 0, end.start() if end else len(start)) is not None


def attachments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each part of a mail. MailError when it is none, too large or too much nested."""
    fields = [len(field[0]) for field in _FIELD.finditer(data[: MAX_MAIL_BYTES + 1])]
    if (
        len(data) > MAX_MAIL_BYTES
        or data.count(b"\n") + data.count(b"\r") > 2 * MAX_LINES
        or len(_INNER.findall(data)) > MAX_INNER
        or max(fields, default=0) > MAX_FIELD_BYTES
        or sum(fields) > MAX_FIELDS_BYTES
    ):
        raise MailError("mail.too-large")
    from email import message_from_bytes  # here: who is handed no mail does not load it
    from email.errors import MessageError
    from email.policy import compat32

    try:
        for part in message_from_bytes(data, policy=compat32).walk():
            if part.is_multipart():
                continue
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield _name(part), content
    except (MessageError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # the library documents no closed set
        raise MailError("mail.unreadable") from error


def _name(part: Message) -> str:
    """The name of an attachment, else its type. Many programs write a Chinese name in the way that is meant
    for subjects."""
    from email.errors import MessageError
    from email.header import decode_header, make_header

    name = part.get_filename()
    if not name:
        return part.get_content_type()
    try:
        return str(make_header(decode_header(name))) if "=?" in name else name
    except (MessageError, LookupError, ValueError):
        return name
