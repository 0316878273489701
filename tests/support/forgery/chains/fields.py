"""Fields of the certificate: missing, malformed, out of range."""

from __future__ import annotations

from datetime import UTC, datetime

from forgery.certificates import algorithm, name_of
from forgery.chains.rows import WrongChain, leaf, middle

from dcp.suite import SHA256_WITH_RSA
from dcp.trust import der

NO_FIELD = "CTP A.5.3.9-18, sheet 5"
DATES = "certificates.md, dates"


def validity(start: bytes, end: bytes, *, kinds: tuple[int, int] = (der.UTC_TIME,) * 2) -> dict[str, bytes]:
    return {"validity": der.sequence(der.tlv(kinds[0], start), der.tlv(kinds[1], end))}


def window(start: tuple[int, int, int], end: tuple[int, int, int]) -> tuple[datetime, datetime]:
    return datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC)


FIELDS = [
    leaf("version missing", "CER-001", "CTP A.5.3.12", fields={"version": b""}),
    leaf("version 2", "CER-001", "CTP A.5.3.12", fields={"version": der.tlv(0xA0, der.integer(1))}),
    leaf("version 4", "CER-001", "CTP A.5.3.12", fields={"version": der.tlv(0xA0, der.integer(3))}),
    leaf("version of the wrong type", "CER-023", "CTP A.5.3.12", also=("CER-001", "CER-003"),
         fields={"version": der.tlv(0xA0, der.octets(b"\2"))}),
    leaf("version 1 of an authority of old", "CER-001", "CTP A.5.3.12", also=("CER-002", "CER-022"),
         fields={"version": b"", "extensions": b""}),
    leaf("serial number missing", "CER-003", NO_FIELD, fields={"serialNumber": b""}),
    leaf("serial number empty", "CER-023", NO_FIELD, also=("CER-003",),
         fields={"serialNumber": b"\x02\x00"}),
    leaf("inner algorithm missing", "CER-003", NO_FIELD, also=("CER-015",), fields={"signature": b""}),
    leaf("outer algorithm missing", "CER-003", NO_FIELD, also=("CER-015", "SIG-010", "SIG-009"),
         fields={"signatureAlgorithm": b""}),
    leaf("signature value missing", "CER-003", NO_FIELD, also=("SIG-009",), fields={"signatureValue": b""}),
    leaf("issuer missing", "CER-003", NO_FIELD, also=("SIG-013", "SIG-008", "SIG-011", "SIG-014"),
         fields={"issuer": b""}),
    leaf("issuer empty", "CER-003", NO_FIELD,
         also=("CER-008", "CER-019", "CER-007", "SIG-013", "SIG-008", "SIG-011", "SIG-014"),
         fields={"issuer": der.sequence()}),
    leaf("validity missing", "CER-003", NO_FIELD, fields={"validity": b""}),
    leaf("validity of one time", "CER-023", NO_FIELD, also=("CER-003",),
         fields={"validity": der.sequence(der.tlv(der.UTC_TIME, b"260102000000Z"))}),
    leaf("subject missing", "CER-003", NO_FIELD, fields={"subject": b""}),
    leaf("subject empty", "CER-003", NO_FIELD, also=("CER-008", "CER-019", "CER-007", "CER-009", "CER-018"),
         fields={"subject": der.sequence()}),
    leaf("public key missing", "CER-003", NO_FIELD, fields={"subjectPublicKeyInfo": b""}),
    leaf("public key without its bits", "CER-023", NO_FIELD, also=("CER-003",),
         fields={"subjectPublicKeyInfo": der.sequence(algorithm("1.2.840.113549.1.1.1"))}),
    leaf("a unique identifier", "CER-023", "certificates.md, fields",
         fields={"extensions": der.tlv(0x82, b"\0\1")}, also=("CER-002", "CER-022")),
    # serial numbers
    leaf("serial number negative", "CER-020", "certificates.md 14", serial=-1),
    leaf("serial number of 65 bits", "CER-020", "certificates.md 14", serial=2**64),
    leaf("serial number of 160 bits", "CER-020", "certificates.md 14", serial=2**159),
    middle("an authority's serial number of 71 bits", "CER-020", "certificates.md 14", serial=2**70),
    WrongChain("serial number of 161 bits in Interop", "CER-020", "sheet 5",
               lambda b: b.with_leaf(serial=2**160), lambda b: {"profile": "interop"}),
    leaf("serial number of 191 bits", "CER-020", "certificates.md 14", serial=2**190),
    leaf("serial number of 25 bytes", "CER-023", "certificates.md 14", also=("CER-003",), serial=2**191),
    leaf("serial number of 6000 digits", "CER-023", "certificates.md 14", also=("CER-003",),
         serial=2**20000),
    # dates
    leaf("expired at the instant", "CER-011", DATES, window=window((2026, 1, 2), (2027, 5, 31))),
    leaf("not yet valid at the instant", "CER-011", DATES, window=window((2027, 7, 1), (2028, 5, 31))),
    leaf("ends before it begins", "CER-011", DATES, window=window((2028, 7, 1), (2026, 5, 31))),
    WrongChain("ends before it begins, judged at no instant", "CER-011", DATES,
               lambda b: b.with_leaf(window=window((2028, 7, 1), (2026, 5, 31))), lambda b: {"at": ()}),
    middle("an authority expired at the instant", "CER-011", DATES,
           window=window((2026, 1, 1), (2027, 5, 31))),
    WrongChain("one of two instants past the end", "CER-011", "CTP A.6.66", lambda b: b.mixed(),
               lambda b: {"at": (b.now, datetime(2040, 1, 1, tzinfo=UTC))}),
    leaf("a second of offset from UTC", "CER-014", DATES,
         fields=validity(b"260601000000+0200", b"330601000000Z")),
    leaf("both times with offsets", "CER-014", DATES,
         fields=validity(b"260601000000-0500", b"330601000000-0500")),
    leaf("a time without seconds", "CER-014", DATES, fields=validity(b"2606010000Z", b"330601000000Z")),
    leaf("a time that is local", "CER-023", DATES, also=("CER-003",),
         fields=validity(b"260601000000", b"330601000000Z")),
    leaf("a GeneralizedTime before 2050", "CER-023", DATES,
         fields=validity(b"260601000000Z", b"20330601000000Z", kinds=(der.UTC_TIME, der.GENERALIZED_TIME))),
    leaf("a GeneralizedTime with a fraction", "CER-014", DATES, fields=validity(
        b"260601000000Z", b"20510601000000.5Z", kinds=(der.UTC_TIME, der.GENERALIZED_TIME))),
    leaf("a GeneralizedTime without its zone", "CER-014", DATES, fields=validity(
        b"260601000000Z", b"20510601000000", kinds=(der.UTC_TIME, der.GENERALIZED_TIME))),
    leaf("a thirtieth of February", "CER-023", DATES, also=("CER-003",),
         fields=validity(b"260230000000Z", b"330601000000Z")),
    leaf("a time as a PrintableString", "CER-023", DATES, also=("CER-003",),
         fields={"validity": der.sequence(der.tlv(der.UTC_TIME, b"260602000000Z"),
                                          der.tlv(der.PRINTABLE, b"330601000000Z"))}),
    # the signature's own
    leaf("signature of another length", "SIG-009", "sheet 5",
         fields={"signatureValue": der.bits(b"x" * 255)}),
    leaf("signature of nothing", "SIG-009", "sheet 5", fields={"signatureValue": der.bits(b"")}),
    leaf("signature of noise", "SIG-009", "sheet 5", fields={"signatureValue": der.bits(b"x" * 256)}),
    leaf("signature that is zero", "SIG-009", "sheet 5", fields={"signatureValue": der.bits(bytes(256))}),
    leaf("signature with unused bits", "CER-023", "CTP A.5.3.9", also=("CER-003", "SIG-009"),
         fields={"signatureValue": der.bits(b"x" * 256, unused=4)}),
    leaf("signature as an OCTET STRING", "CER-023", "CTP A.5.3.9", also=("CER-003", "SIG-009"),
         fields={"signatureValue": der.octets(b"x" * 256)}),
    leaf("a name as issuer that nobody here has", "SIG-013", "sheet 5",
         fields={"issuer": name_of(("2.5.4.10", "Example.org"), ("2.5.4.11", "unit"), ("2.5.4.3", ".else"),
                                   ("2.5.4.46", "x"))}, also=("SIG-008", "SIG-011", "SIG-014")),
    leaf("inner algorithm of another type", "CER-023", "CTP A.5.3.3-5", also=("CER-003", "CER-015"),
         fields={"signature": der.sequence(
             der.oid(SHA256_WITH_RSA), der.tlv(der.NULL, b""), der.boolean(True))}),
]  # fmt: skip
