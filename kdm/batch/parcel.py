"""What one cinema gets: a ZIP of its KDMs, a letter in English and in Chinese, and both as a mail to send.

All of it follows from the manifest's entries and the messages alone, so a later run makes the same bytes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.texts.catalogue import Language
from dcp.xml.values import parse_date_time
from kdm.batch.manifest import Issued, LeftOut
from kdm.batch.reasons import reason
from kdm.facility.addresses import is_address

ENGLISH_FILE, CHINESE_FILE, MAIL_FILE = "mail-en.txt", "mail-zh.txt", "message.eml"
MAX_ADDRESSES = 20
_LINE = 76  # characters of base64 (RFC 2045, 6.8)

_HEADERS = ("To", "Subject", "X-Unsent", "MIME-Version", "Content-Type")


@dataclass(frozen=True)
class Letter:
    """What the letters of a cinema say. maker: the organization that signed the KDMs. missing: its screens
    and devices that have none, and why."""

    cinema: str
    parcel: str
    maker: str
    entries: Sequence[Issued]
    missing: Sequence[LeftOut] = ()


def zip_parcel(messages: Sequence[tuple[str, bytes, datetime]]) -> bytes:
    """A ZIP of (file name, message, when it was issued), in that order; the times in it are UTC."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data, issued in messages:
            member = zipfile.ZipInfo(name, issued.astimezone(UTC).timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # and so the mode is Unix's, on any machine
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return stream.getvalue()


def letter_text(letter: Letter, language: Language) -> str:
    """The whole letter, its subject in the first line."""
    return _template(language).render(
        subject=subject_of(letter, language),
        cinema=one_line(letter.cinema),
        title=one_line(letter.entries[0].title),
        cpl_id=letter.entries[0].cpl_id,
        windows=_windows(letter.entries),
        missing=_missing(letter, language),
        parcel=letter.parcel,
        maker=one_line(letter.maker),
    )


def subject_of(letter: Letter, language: Language) -> str:
    """The subject of the mail: title, cinema, first and last day; in one line."""
    first, last = letter.entries[0].not_before[:10], letter.entries[0].not_after[:10]
    title, cinema = one_line(letter.entries[0].title), one_line(letter.cinema)
    if language == "zh":
        text = f"密钥传送消息（KDM）：{title}，{cinema}，{first} 至 {last}"
    else:
        text = f"KDM: {title}, {cinema}, {first} to {last}"
    # Mail libraries decode what looks like an encoded word (RFC 2047) wherever they meet it, and may fold
    # the line at a blank in it.
    return re.sub(r"=[= ]*\?", "-", one_line(text, 500))


def mail(letter: Letter, *, addresses: Sequence[str], language: str, archive: bytes) -> bytes:
    """A mail with the ZIP, ready to be opened and sent; it has no sender.

    language: the cinema's, as the facility list has it; Chinese comes first where it begins with zh.
    Addresses that are none are left out. DcpError where the mail would not say what it is meant to.
    """
    order: tuple[Language, ...] = (
        ("zh", "en") if language.lower().startswith(("zh", "chi", "zho")) else ("en", "zh")
    )
    to = good_addresses(addresses)
    bodies = [letter_text(letter, each).partition("\n\n")[2] for each in order]
    message = EmailMessage(policy=SMTP)
    try:
        if to:
            message["To"] = ", ".join(to)
        message["Subject"] = subject_of(letter, order[0])
        message["X-Unsent"] = "1"  # mail programs open it as a draft
        message.set_content(f"\n{'-' * 72}\n\n".join(bodies), cte="base64")
        message.add_attachment(b"", maintype="application", subtype="zip", filename=letter.parcel)
        boundary = f"=_{hashlib.sha256(archive).hexdigest()[:40]}"
        message.set_boundary(boundary)
        # The library would look for ends of lines in every line of the archive, which takes ten times as
        # long as writing it.
        data = _filled(message.as_bytes(), f"\r\n--{boundary}--\r\n".encode(), archive)
    except (ValueError, LookupError, AttributeError, MessageError) as error:
        # The library's parsers of headers are known for all of them.
        raise _refusal(letter) from error
    head = data.partition(b"\r\n\r\n")[0]  # the archive behind it is not read again
    if tuple(message_from_bytes(head).keys()) != (_HEADERS if to else _HEADERS[1:]):
        raise _refusal(letter)
    return data


def _filled(mail: bytes, end: bytes, archive: bytes) -> bytes:
    """The mail with the archive in its last, empty part."""
    if not mail.endswith(b"\r\n\r\n" + end):
        raise ValueError
    text = base64.b64encode(archive)
    lines = [text[place : place + _LINE] for place in range(0, len(text), _LINE)]
    return b"".join((mail[: -len(end)], b"\r\n".join(lines), b"\r\n" if lines else b"", end))


def _refusal(letter: Letter) -> DcpError:
    return DcpError("batch.mail-name", where=one_line(letter.cinema))


def good_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Those that are plain mail addresses, each once."""
    stripped = (address.strip() for address in addresses)
    return tuple(dict.fromkeys(one for one in stripped if is_address(one)))[:MAX_ADDRESSES]


def one_line(text: str, room: int = 200) -> str:
    """A name out of somebody's list for a line of ours: no control signs, no line ends."""
    plain = text[: 2 * room]
    if not plain.isprintable():
        plain = "".join(sign if sign.isprintable() else " " for sign in plain)
    return " ".join(plain.split())[:room]


def screen_order(name: str) -> tuple[object, ...]:
    """For sorting: Screen 2 stands before Screen 10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"([0-9]{1,9})", name)
    )


@functools.cache
def _template(language: Language) -> Template:
    environment = Environment(
        autoescape=False,  # plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(Path(__file__).with_name(f"mail_{language}.txt.j2").read_text("utf-8"))


def _windows(entries: Sequence[Issued]) -> list[dict[str, object]]:
    """The screens by window, which is one and the same for most cinemas."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for entry in entries:
        rows = found.setdefault((entry.not_before, entry.not_after), [])
        rows.append({"screen": one_line(entry.screen), "device": one_line(entry.device)})
    return [
        {
            "begin": _local(begin),
            "begin_utc": _utc(begin),
            "end": _local(end),
            "end_utc": _utc(end),
            "rows": rows,
        }
        for (begin, end), rows in found.items()
    ]


def _missing(letter: Letter, language: Language) -> list[str]:
    """A line for each screen without a KDM; the device where the screen has one for another.

    What else is wrong with a screen that has its KDM, a projector's certificate perhaps, is left out.
    """
    served = {entry.screen for entry in letter.entries}
    lines = []
    for left in letter.missing:
        if left.screen in served and not left.device:
            continue
        label = f"{left.screen}, {left.device}" if left.screen in served else left.screen
        colon = "：" if language == "zh" else ": "
        lines.append(f"{one_line(label)}{colon}{one_line(reason(left.why, language), 400)}")
    return list(dict.fromkeys(lines))


def _local(text: str) -> str:
    return f"{text[:10]} {text[11:19]} {text[19:]}"


def _utc(text: str) -> str:
    instant = parse_date_time(text)
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if instant else text
