"""`pkcs11:` URIs (RFC 7512): which key, in which token, behind which module.

    pkcs11:token=studio;object=signer?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin

Read: token, serial, manufacturer, model and slot-id of the token; object, id and type=private of the key;
module-path, module-name and pin-source=file:. A pin-value is refused: a command line stands in the list of
processes and in the shell's history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, unquote_to_bytes

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import text as words

SCHEME = "pkcs11:"
MAX_URI = 4096

MODULE_FOLDERS = (
    "/usr/lib/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/softhsm",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/local/lib/pkcs11",
    "/usr/local/lib/softhsm",
    "/opt/homebrew/lib/pkcs11",
    "/opt/homebrew/lib/softhsm",
)
"""Where module-name is looked for, as `libNAME.so` and `NAME.so`."""

_PATH = frozenset({"token", "serial", "manufacturer", "model", "slot-id", "object", "id", "type"})
_QUERY = frozenset({"module-path", "module-name", "pin-source"})
_BROKEN_ESCAPE = pattern(r"%(?![0-9A-Fa-f]{2})")
_EXAMPLE = words("uri.example")


@dataclass(frozen=True)
class TokenUri:
    """None stands for what the URI does not say. module: an absolute path. No PIN is in it, ever."""

    module: Path
    token: str | None = None
    serial: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    slot_id: int | None = None
    object: str | None = None
    id: bytes | None = None
    pin_file: Path | None = None

    def __str__(self) -> str:
        """The URI without its query, for messages."""
        named = (
            ("token", self.token),
            ("serial", self.serial),
            ("manufacturer", self.manufacturer),
            ("model", self.model),
            ("slot-id", self.slot_id),
            ("object", self.object),
        )
        parts = [f"{name}={quote(str(value), safe=' ')}" for name, value in named if value is not None]
        if self.id is not None:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        return SCHEME + ";".join(parts)


def is_token_uri(text: str) -> bool:
    return text.lstrip()[: len(SCHEME)].lower() == SCHEME


def holds_pin(text: str) -> bool:
    """Whether there is a pin-value anywhere in it, where RFC 7512 has it or not."""
    return "pin-value" in unquote(text).lower()


def parse_token_uri(text: str, *, where: str | Path | None = None) -> TokenUri:
    """UsageError when it is none, when it names no module, or when it holds a PIN; no message repeats it."""
    if holds_pin(text):
        raise UsageError("uri.holds-pin", where=where)
    text = text.strip()
    if not is_token_uri(text) or len(text) > MAX_URI:
        raise UsageError("uri.none", where=where, remedy=_EXAMPLE)
    path, _, query = text[len(SCHEME) :].partition("?")
    named = _attributes(path, ";", _PATH, where)
    asked = _attributes(query, "&", _QUERY, where)
    if named.get("type", b"private") != b"private":
        raise UsageError("uri.no-private-key", where=where)
    return TokenUri(
        module=_module(asked, where),
        token=_text(named, "token", where),
        serial=_text(named, "serial", where),
        manufacturer=_text(named, "manufacturer", where),
        model=_text(named, "model", where),
        slot_id=_number(named, "slot-id", where),
        object=_text(named, "object", where),
        id=named.get("id"),
        pin_file=_pin_file(asked, where),
    )


def _attributes(
    text: str, separator: str, known: frozenset[str], where: str | Path | None
) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, equals, value = part.partition("=")
        if not equals or name not in known:
            # The name alone: what follows may be a PIN.
            raise UsageError("uri.unknown-attribute", where=where, name=name[:40], known=sorted(known))
        if name in found or not value or _BROKEN_ESCAPE.search(value):
            raise UsageError("uri.attribute-malformed", where=where, name=name, remedy=_EXAMPLE)
        found[name] = unquote_to_bytes(value)
    return found


def _text(values: Mapping[str, bytes], name: str, where: str | Path | None) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if not text.isprintable():
        raise UsageError("uri.attribute-no-text", where=where, name=name)
    return text


def _number(values: Mapping[str, bytes], name: str, where: str | Path | None) -> int | None:
    text = _text(values, name, where)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise UsageError("uri.attribute-no-number", where=where, name=name)
    return int(text)


def _module(asked: Mapping[str, bytes], where: str | Path | None) -> Path:
    path, name = _text(asked, "module-path", where), _text(asked, "module-name", where)
    if path is not None:
        if not Path(path).is_absolute():
            raise UsageError("uri.module-path-relative", where=where, remedy=_EXAMPLE)
        return Path(path)
    if name is None:
        raise UsageError("uri.no-module", where=where)
    if not re.fullmatch(r"[A-Za-z0-9_.+-]{1,80}", name):
        raise UsageError("uri.module-name-unfit", where=where)
    for folder in MODULE_FOLDERS:
        for file in (f"lib{name}.so", f"{name}.so"):
            if (Path(folder) / file).is_file():
                return Path(folder) / file
    raise UsageError("uri.module-not-found", where=where, name=name)


def _pin_file(asked: Mapping[str, bytes], where: str | Path | None) -> Path | None:
    source = _text(asked, "pin-source", where)
    if source is None:
        return None
    path = source.removeprefix("file:").removeprefix("//")  # file:/a, file:///a, and /a
    if not path.startswith("/"):
        raise UsageError("uri.pin-source-no-file", where=where)
    return Path(path)
