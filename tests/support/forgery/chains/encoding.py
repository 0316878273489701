"""DER: everything that is BER, or not even that, around fields that are right."""

from __future__ import annotations

from collections.abc import Callable

from forgery.certificates import Bench, algorithm, constraints, extension
from forgery.chains.rows import WrongChain, leaf

from dcp.suite import RSA_ENCRYPTION, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.fields import BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY_IDENTIFIER

BER = "CTP A.5.3.9"


def rewritten(change: Callable[[bytes], bytes]) -> Callable[[Bench], tuple[Certificate, ...]]:
    """The good leaf with its outer bytes written otherwise; what is signed stays."""
    return lambda bench: bench.under(Certificate(change(bench.leaf().der)))


def long_length(data: bytes) -> bytes:
    return b"\x30\x83\x00" + data[2:4] + data[4:]


def open_length(data: bytes) -> bytes:
    return b"\x30\x80" + data[4:] + b"\0\0"


def numbers_of(bench: Bench) -> tuple[int, int]:
    numbers = bench.good.private_key.public_key().public_numbers()
    return numbers.n, numbers.e


def with_key(encode: Callable[[int, int], bytes]) -> Callable[[Bench], tuple[Certificate, ...]]:
    """The leaf's RSAPublicKey written by `encode`."""

    def make(bench: Bench) -> tuple[Certificate, ...]:
        key = der.bits(encode(*numbers_of(bench)))
        return bench.with_leaf(fields={
            "subjectPublicKeyInfo": der.sequence(algorithm(RSA_ENCRYPTION), key)})  # fmt: skip

    return make


def padded(value: int) -> bytes:
    content = b"\0" + der.integer(value)[4:]
    return der.tlv(der.INTEGER, content)


ENCODING = [
    WrongChain("a length of the whole in more bytes than needed", "CER-023", BER, rewritten(long_length)),
    WrongChain("a length of the whole left open", "CER-023", BER, rewritten(open_length)),
    WrongChain("a byte after the certificate", "CER-023", BER, rewritten(lambda data: data + b"\0")),
    WrongChain("a second certificate after it", "CER-023", BER, rewritten(lambda data: data + data)),
    leaf("serial number with a leading zero byte", "CER-023", BER,
         fields={"serialNumber": b"\x02\x03\x00\x12\x67"}),
    leaf("serial number's length in more bytes than needed", "CER-023", BER,
         fields={"serialNumber": b"\x02\x81\x02\x12\x67"}),
    leaf("an element after the extensions", "CER-023", BER, more=b"\x05\x00"),
    leaf("bytes after an extension's value", "CER-023", BER, extensions={
        KEY_USAGE: extension(KEY_USAGE, bytes.fromhex("030205a0") + b"\x05\x00")}),
    leaf("key usage in more bits than needed", "CER-023", BER, extensions={
        KEY_USAGE: extension(KEY_USAGE, bytes.fromhex("030200a0"))}),
    leaf("key usage with bits set among the unused", "CER-023", BER, extensions={
        KEY_USAGE: extension(KEY_USAGE, bytes.fromhex("030205bf"))}),
    leaf("a subject key identifier in pieces", "CER-023", BER, also=("CER-002",), extensions={
        SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.tlv(0x24, der.octets(b"x" * 20)))}),
    leaf("a BOOLEAN of two bytes", "CER-023", BER, also=("CER-002", "CER-022"), extensions={
        BASIC_CONSTRAINTS: der.sequence(der.oid(BASIC_CONSTRAINTS), b"\x01\x02\xff\xff",
                                        der.octets(der.sequence()))}),
    leaf("extensions that are empty", "CER-002", BER, also=("CER-022",),
         fields={"extensions": der.tlv(0xA3, der.sequence())}),
    leaf("an extension without its value", "CER-023", BER, also=("CER-002", "CER-022"),
         extensions={"x": der.sequence(der.oid("2.5.29.99"))}),
    leaf("a path length of no bytes", "CER-023", BER, also=("CER-002",), extensions=constraints(b"\x02\x00")),
    leaf("basicConstraints as a SET", "CER-023", BER, also=("CER-002",), extensions={
        BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, der.tlv(der.SET, b""), True)}),
    leaf("basicConstraints with a third part", "CER-023", BER, also=("CER-002",), extensions=constraints(
        der.boolean(False), der.integer(0), der.integer(0))),
    leaf("version of two numbers", "CER-023", BER, also=("CER-001", "CER-003"),
         fields={"version": der.tlv(0xA0, der.integer(2) * 2)}),
    leaf("two lists of extensions", "CER-023", BER, also=("CER-002", "CER-022"),
         fields={"extensions": der.tlv(0xA3, der.sequence() * 2)}),
    leaf("an extension as a SET", "CER-023", BER, also=("CER-002", "CER-022"), extensions={
        "x": der.tlv(der.SET, der.oid("2.5.29.99") + der.octets(b""))}),
    leaf("an extension of no identifier", "CER-023", BER, also=("CER-002", "CER-022"), extensions={
        "x": der.sequence(der.tlv(der.OID, b""), der.octets(b""))}),
    leaf("an extension whose identifier is cut", "CER-023", BER, also=("CER-002", "CER-022"), extensions={
        "x": der.sequence(der.tlv(der.OID, b"\x55\x9d"), der.octets(b""))}),
    leaf("a public key as an OCTET STRING", "CER-023", BER, also=("CER-003",), fields={
        "subjectPublicKeyInfo": der.sequence(algorithm(RSA_ENCRYPTION), der.octets(b"x" * 271))}),
    leaf("outer algorithm without its NULL", "CER-023", "CTP A.5.3.3-5",
         fields={"signatureAlgorithm": der.sequence(der.oid(SHA256_WITH_RSA))}),
    leaf("inner algorithm without its NULL", "CER-023", "CTP A.5.3.3-5",
         fields={"signature": der.sequence(der.oid(SHA256_WITH_RSA))}),
    leaf("outer algorithm with parameters", "CER-023", "CTP A.5.3.3-5",
         fields={"signatureAlgorithm": algorithm(SHA256_WITH_RSA, der.octets(b"x"))}),
    leaf("both algorithms with parameters", "CER-023", "CTP A.5.3.3-5",
         fields={place: algorithm(SHA256_WITH_RSA, der.octets(b"x"))
                 for place in ("signature", "signatureAlgorithm")}),
    leaf("an object identifier padded", "CER-023", BER, also=("CER-003", "CER-015"),
         fields={"signature": der.sequence(der.tlv(der.OID, b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x80\x0b"),
                                           der.tlv(der.NULL, b""))}),
    WrongChain("a modulus with a zero byte too many", "CER-023", BER, with_key(
        lambda n, e: der.sequence(der.tlv(der.INTEGER, bytes(2) + n.to_bytes(256, "big")), der.integer(e))),
        also=("CER-018",)),
    WrongChain("an exponent with a zero byte", "CER-023", BER, with_key(
        lambda n, e: der.sequence(der.integer(n), b"\x02\x04\x00\x01\x00\x01")), also=("CER-018",)),
    WrongChain("an exponent of 6000 digits", "CER-016", "CTP A.5.3.6-8", with_key(
        lambda n, e: der.sequence(der.integer(n), der.integer(2**20000))), also=("CER-018",)),
    WrongChain("a modulus without its zero byte, so negative", "CER-016", "CTP A.5.3.6-8", with_key(
        lambda n, e: der.sequence(der.tlv(der.INTEGER, n.to_bytes(256, "big")), der.integer(e))),
        also=("CER-018",)),
    WrongChain("bytes after the public key", "CER-016", BER, with_key(
        lambda n, e: der.sequence(der.integer(n), der.integer(e)) + b"\x05\x00"), also=("CER-018",)),
    WrongChain("a public key of three numbers", "CER-016", BER, with_key(
        lambda n, e: der.sequence(der.integer(n), der.integer(e), der.integer(1))), also=("CER-018",)),
]  # fmt: skip
