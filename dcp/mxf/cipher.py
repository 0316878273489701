"""Track-file encryption (ST 429-6; sheets 2.1 and 2.2): AES-128-CBC, HMAC-SHA1, the MIC key.

Buffers are reused and `update_into` writes into them: a fresh output per unit costs 3 to 12 times as much.
Everything heavy releases the interpreter lock, so files run in parallel on threads.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from dcp.errors import DcpError
from dcp.mxf import klv, triplet
from dcp.mxf.descriptors import LabelSet
from dcp.mxf.labels import INTEROP_TRIPLET, TRIPLET
from dcp.mxf.triplet import BLOCK, ESV_HEAD, ESV_OFFSET, MIC_SIZE, Triplet
from dcp.secrets.keys import ContentKey
from dcp.system import large_buffer

CHECK_VALUE = b"CHUKCHUKCHUKCHUK"
PADDING = bytes(range(BLOCK))
INTEROP_CONSTANT = bytes.fromhex("00112233445566778899aabbccddeeff")
_SLACK = 2 * BLOCK  # update_into wants room for a block more than it writes
_LARGE = 256 * 1024  # bytes of a unit's plaintext from which pages of their own are worth it
_MASK = 0xFFFFFFFF


def mic_key(key: ContentKey, label_set: LabelSet) -> bytes:
    """The key of the MIC: the one that came with the content key, else derived as the label set says."""
    borne = key.mic_key()
    return borne if borne is not None else derive_mic_key(key.value(), label_set)


def derive_mic_key(content_key: bytes, label_set: LabelSet) -> bytes:
    """SMPTE: second output of the FIPS 186-2 change-notice generator. Interop: SHA-1 of key and constant."""
    if label_set == "interop":
        return hashlib.sha1(content_key + INTEROP_CONSTANT).digest()[:16]
    state = int.from_bytes(content_key.ljust(20, b"\0"), "big")
    first = _compress(state.to_bytes(20, "big").ljust(64, b"\0"))
    state = (1 + state + int.from_bytes(first, "big")) % 2**160
    return _compress(state.to_bytes(20, "big").ljust(64, b"\0"))[:16]


class Encryptor:
    """Turns units into encrypted triplets, in one buffer that the next unit reuses."""

    def __init__(
        self,
        *,
        key: ContentKey,
        label_set: LabelSet,
        context_id: bytes,
        source_key: bytes,
        track_file_id: bytes,
        mic: bool,
        iv_source: Callable[[], bytes],
    ) -> None:
        self._algorithm = algorithms.AES(key.value())
        self._hmac = hmac.new(mic_key(key, label_set), digestmod="sha1") if mic else None
        self._triplet_key = bytes(INTEROP_TRIPLET if label_set == "interop" else TRIPLET)
        self._context_id = context_id
        self._source_key = source_key
        self._track_file_id = track_file_id
        self._iv_source = iv_source
        self._sequence = 0
        self._buffer = memoryview(bytearray())

    def encrypt(self, unit: bytes | memoryview, *, source_key: bytes | None = None) -> memoryview:
        """The whole KLV of the triplet; borrowed until the next call.

        source_key: of the plain KLV, where it is not that of the other units (resources beside a text).
        """
        length = len(unit)
        value_length = triplet.triplet_size(length, mic=self._hmac is not None)
        total = klv.HEADER_SIZE + value_length
        if len(self._buffer) < total + _SLACK:
            self._buffer = memoryview(bytearray(total + _SLACK))
        buffer = self._buffer
        buffer[:16] = self._triplet_key
        buffer[16:20] = klv.encode_ber(value_length)
        triplet.write_head(
            buffer,
            klv.HEADER_SIZE,
            context_id=self._context_id,
            source_key=source_key or self._source_key,
            source_length=length,
        )
        start = klv.HEADER_SIZE + ESV_OFFSET
        iv = self._iv_source()
        if len(iv) != BLOCK:
            raise DcpError("mxf.iv-length", n=len(iv), expected=BLOCK)
        buffer[start : start + BLOCK] = iv
        context = Cipher(self._algorithm, modes.CBC(iv)).encryptor()
        at = start + BLOCK
        context.update_into(CHECK_VALUE, buffer[at:])
        at += BLOCK
        whole = length - length % BLOCK
        view = memoryview(unit).cast("B")
        if whole:
            at += context.update_into(view[:whole], buffer[at:])
        rest = bytes(view[whole:])
        at += context.update_into(rest + PADDING[: BLOCK - len(rest)], buffer[at:])
        if self._hmac is None:
            buffer[at:total] = triplet.EMPTY_TAIL
            return buffer[:total]
        self._sequence += 1
        triplet.write_tail(
            buffer,
            at,
            track_file_id=self._track_file_id,
            sequence=self._sequence,
            mic=bytes(MIC_SIZE),
        )
        code = self._hmac.copy()
        code.update(buffer[start : total - MIC_SIZE])
        buffer[total - MIC_SIZE : total] = code.digest()
        return buffer[:total]


class Decryptor:
    """Opens triplets: first the check value, then the MIC, then the payload, each asked for by itself."""

    def __init__(self, *, key: ContentKey, label_set: LabelSet) -> None:
        # One for all units: a block's decryption needs no more than the block before it, so the IV goes in as
        # that. To make one for each unit costs 5 % of all.
        self._context = Cipher(algorithms.AES(key.value()), modes.CBC(bytes(BLOCK))).decryptor()
        self._hmac = hmac.new(mic_key(key, label_set), digestmod="sha1")
        self._head = memoryview(bytearray(ESV_HEAD + _SLACK))
        self._buffer = memoryview(bytearray())

    def begin(self, esv: memoryview) -> CipherContext | None:
        """The running cipher when the check value is right, None when it is not."""
        self._context.update_into(esv[:ESV_HEAD], self._head)
        right = hmac.compare_digest(self._head[BLOCK:ESV_HEAD], CHECK_VALUE)
        return self._context if right else None

    def authentic(self, value: memoryview, parsed: Triplet) -> bool:
        """Is the MIC that of the bytes as they stand? Compared in constant time."""
        code = self._hmac.copy()
        code.update(value[parsed.esv_offset : parsed.mic_run_end])
        return parsed.mic is not None and hmac.compare_digest(code.digest(), parsed.mic)

    def finish(self, context: CipherContext, esv: memoryview, parsed: Triplet) -> memoryview | None:
        """The plaintext, borrowed until the next call; None when the padding is not 00 01 02 ..."""
        if len(self._buffer) < len(esv) + _SLACK:
            size = len(esv) + _SLACK
            self._buffer = memoryview(bytearray(size)) if size < _LARGE else large_buffer(size + size // 4)
        clear = parsed.plaintext_offset
        buffer = self._buffer
        if clear:
            buffer[:clear] = esv[ESV_HEAD : ESV_HEAD + clear]
        end = clear + context.update_into(esv[ESV_HEAD + clear :], buffer[clear:])
        padding = end - parsed.source_length
        if not 1 <= padding <= BLOCK or buffer[parsed.source_length : end] != PADDING[:padding]:
            return None
        return buffer[: parsed.source_length]


def _compress(block: bytes) -> bytes:
    """One SHA-1 compression of 64 bytes from the initial state: no padding, no length (FIPS 180-1)."""
    words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for at in range(16, 80):
        words.append(_rotate(words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16], 1))
    start = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
    a, b, c, d, e = start
    for at, word in enumerate(words):
        if at < 20:
            mixed, constant = (b & c) | (~b & d), 0x5A827999
        elif at < 40:
            mixed, constant = b ^ c ^ d, 0x6ED9EBA1
        elif at < 60:
            mixed, constant = (b & c) | (b & d) | (c & d), 0x8F1BBCDC
        else:
            mixed, constant = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (
            (_rotate(a, 5) + (mixed & _MASK) + e + constant + word) & _MASK,
            a,
            _rotate(b, 30),
            c,
            d,
        )
    return b"".join(
        ((one + two) & _MASK).to_bytes(4, "big") for one, two in zip(start, (a, b, c, d, e), strict=True)
    )


def _rotate(value: int, count: int) -> int:
    return ((value << count) | (value >> (32 - count))) & _MASK
