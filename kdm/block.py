"""The cipher block of a KDM: what stands encrypted for the recipient, one block a content key (ST 430-1).

offset SMPTE  Interop  bytes  field
0             0        16     structure id
16            16       20     thumbprint of the KDM signer's certificate (SHA-1 of TBSCertificate)
36            36       16     composition playlist id
52            -        4      key type, ASCII
56            52       16     key id
72            68       25     not before, yyyy-mm-ddThh:mm:ss+hh:mm
97            93       25     not after
122           118      16     AES-128 key
138           134             in all
"""

from __future__ import annotations

import re
import uuid
from dataclasses import field
from datetime import datetime
from typing import Any, Literal, Protocol

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.patterns import pattern
from dcp.secrets.keys import KEY_BYTES
from dcp.suite import KDM_SUITE
from dcp.xml.values import parse_date_time

STRUCTURE_ID = bytes.fromhex("f1dc124460169a0e85bc300642f866ab")
SMPTE_BYTES = 138
INTEROP_BYTES = 134
THUMBPRINT_BYTES = 20
CIPHER_BYTES = 256  # RSA-2048

BlockField = Literal["cipher", "length", "structure_id", "key_type", "dates"]

_DATE = pattern(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_KEY_TYPE = pattern(rb"[A-Z0-9]{4}")
_SMPTE = pattern(
    b"%b.{36}%b.{16}(?:%b){2}.{16}" % (re.escape(STRUCTURE_ID), _KEY_TYPE.pattern, _DATE.pattern), re.DOTALL
)
_PADDING = KDM_SUITE.key_padding


class BlockError(DcpError):
    """A cipher block that cannot be opened or read; `field` says which part of it is at fault."""

    def __init__(self, id: str, *, field: BlockField = "cipher", **places: Any) -> None:
        super().__init__(id, **places)
        self.field: BlockField = field


class Decrypter(Protocol):
    """What opens a block: an RSA private key, in this process or elsewhere."""

    def decrypt(self, ciphertext: bytes, padding: padding.AsymmetricPadding, /) -> bytes: ...

    def public_key(self) -> RSAPublicKey: ...


@dataclass(frozen=True)
class CipherBlock:
    """The plain content of one block. `key` is in no repr; dates are kept as the 25 characters written."""

    signer_thumbprint: bytes
    cpl_id: uuid.UUID
    key_type: str | None
    key_id: uuid.UUID
    not_before: str
    not_after: str
    key: bytes = field(repr=False)

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Both dates as instants. BlockError when one is not in the calendar."""
        dates = (parse_date_time(self.not_before), parse_date_time(self.not_after))
        if dates[0] is None or dates[1] is None:
            raise BlockError("block.no-such-date", field="dates")
        return dates[0], dates[1]


def pack_block(block: CipherBlock) -> bytes:
    """The 138 bytes of the SMPTE form, or the 134 of the Interop form when the block has no key type.

    BlockError when a field does not fill its place exactly.
    """
    not_before = block.not_before.encode("ascii", "replace")
    not_after = block.not_after.encode("ascii", "replace")
    if not (_DATE.fullmatch(not_before) and _DATE.fullmatch(not_after)):
        raise BlockError("block.date-to-write", field="dates")
    key_type = b"" if block.key_type is None else block.key_type.encode("ascii", "replace")
    if block.key_type is not None and not _KEY_TYPE.fullmatch(key_type):
        raise BlockError("block.key-type-to-write", field="key_type")
    if len(block.signer_thumbprint) != THUMBPRINT_BYTES or len(block.key) != KEY_BYTES:
        raise BlockError("block.bytes-to-write", field="length")
    return b"".join(
        (
            STRUCTURE_ID,
            block.signer_thumbprint,
            block.cpl_id.bytes,
            key_type,
            block.key_id.bytes,
            not_before,
            not_after,
            block.key,
        )
    )


def parse_block(plain: bytes) -> CipherBlock:
    """Read a block of either form. BlockError names the field: length, structure_id, key_type or dates."""
    fault = block_fault(plain)
    if fault is not None:
        raise fault
    rest = plain[-82:]  # both forms end alike
    return CipherBlock(
        signer_thumbprint=plain[16:36],
        cpl_id=uuid.UUID(bytes=plain[36:52]),
        key_type=plain[52:56].decode("ascii") if len(plain) == SMPTE_BYTES else None,
        key_id=uuid.UUID(bytes=rest[:16]),
        not_before=rest[16:41].decode("ascii"),
        not_after=rest[41:66].decode("ascii"),
        key=rest[66:],
    )


def block_id(plain: bytes) -> bytes:
    """The 16 bytes of the key id in a block of either form that has no fault."""
    return plain[-82:-66]


def block_window(plain: bytes) -> bytes:
    """Its two dates, 25 bytes each, likewise."""
    return plain[-66:-16]


def block_key(plain: bytes) -> bytes:
    """The 16 bytes of its key, likewise."""
    return plain[-16:]


def block_fault(plain: bytes) -> BlockError | None:
    """Why `parse_block` would refuse these bytes; None when it would not."""
    if _SMPTE.fullmatch(plain):
        return None
    if len(plain) not in (SMPTE_BYTES, INTEROP_BYTES):
        return BlockError(
            "block.length", field="length", found=len(plain), smpte=SMPTE_BYTES, interop=INTEROP_BYTES
        )
    if plain[:16] != STRUCTURE_ID:
        return BlockError("block.structure-id", field="structure_id")
    if len(plain) == SMPTE_BYTES and not _KEY_TYPE.fullmatch(plain[52:56]):
        return BlockError("block.key-type", field="key_type")
    if not (_DATE.fullmatch(plain[-66:-41]) and _DATE.fullmatch(plain[-41:-16])):
        return BlockError("block.date", field="dates")
    return None


def is_key_type(text: str) -> bool:
    """Four capital letters or digits."""
    return _KEY_TYPE.fullmatch(text.encode("ascii", "replace")) is not None


def is_mic_block(plain: bytes, mic_key_type: str | None) -> bool:
    """Whether a block carries a MIC key: its type is the one that MIC keys are given; None is no type."""
    return mic_key_type is not None and len(plain) == SMPTE_BYTES and plain[52:56] == mic_key_type.encode()


def seal_block(plain: bytes, recipient: RSAPublicKey) -> bytes:
    """A packed block encrypted for the recipient: as many bytes as its modulus."""
    return recipient.encrypt(plain, _PADDING)


def open_block(ciphertext: bytes, private_key: Decrypter) -> bytes:
    """The plain bytes of one CipherValue. BlockError (`cipher`) when this key does not open it."""
    if len(ciphertext) != CIPHER_BYTES:
        raise BlockError("block.cipher-length", field="cipher", found=len(ciphertext), wanted=CIPHER_BYTES)
    try:
        return private_key.decrypt(ciphertext, _PADDING)
    except ValueError:
        raise BlockError("block.closed", field="cipher") from None
