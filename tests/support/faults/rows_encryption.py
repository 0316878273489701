"""What is wrong with encryption: in the documents, in a file's units, in how keys are used."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from dcp.mxf import klv
from dcp.mxf.labels import UL_SIZE
from dcp.mxf.reader import TrackFile
from faults.changes import Change, Copy, both, edit, rewrite, tree, units_of
from faults.repair import restate, sign
from faults.rows import Fault, Good

ESV = 68
"""Where the encrypted value begins in a triplet: the vector, then the check value."""
KEYS = ("picture1", "sound1", "text1")


def in_unit(number: int, do: Callable[[bytearray], object], *, role: str = "sound1") -> Change:
    """The triplet of a unit changed."""

    def change(copy: Copy) -> None:
        data = bytearray(copy.read(role))
        start, end = _triplet(copy, role, number)
        value = data[start:end]
        do(value)
        data[start:end] = value
        copy.write(role, bytes(data))

    return change


def exchanged(one: int, other: int) -> Change:
    """Two units of equal length change places."""

    def change(copy: Copy) -> None:
        data = bytearray(copy.read("sound1"))
        (a, b), (c, d) = (_triplet(copy, "sound1", number) for number in (one, other))
        data[a:b], data[c:d] = data[c:d], data[a:b]
        copy.write("sound1", bytes(data))

    return change


def _triplet(copy: Copy, role: str, number: int) -> tuple[int, int]:
    with TrackFile.open(copy.path(role)) as track:
        at = next(unit.offset for unit in track.units(number, number + 1, raw=True))
    head = memoryview(copy.read(role))[at + UL_SIZE : at + UL_SIZE + 9]
    length, size = klv.decode_ber(head, 0)
    return at + UL_SIZE + size, at + UL_SIZE + size + length


def flip(place: int) -> Callable[[bytearray], None]:
    def do(value: bytearray) -> None:
        value[place] ^= 1

    return do


def unsigned(role: str) -> Change:
    """A document without its signature; the others are made right again."""

    def change(copy: Copy) -> None:
        tree(role, _unsign)(copy)
        if role == "cpl":
            restate(copy.base, copy.root, "cpl", "pkl")
            sign(copy.base, copy.root, "pkl")
        restate(copy.base, copy.root, "cpl", "map")
        restate(copy.base, copy.root, "pkl", "map")

    return change


def _unsign(root: etree._Element) -> None:
    for each in list(root):
        if str(each.tag).endswith(("}Signature", "}Signer")):
            root.remove(each)


def the_pictures_key(copy: Copy) -> None:
    """For the sound, too."""
    assert copy.base.keyring is not None
    with TrackFile.open(copy.path("picture1")) as picture, TrackFile.open(copy.path("sound1")) as sound:
        theirs, own = picture.header.key_id, sound.header.key_id
    assert theirs is not None
    units_of("sound1", list, key=copy.base.keyring.require(theirs))(copy)
    edit("cpl", str(own), str(theirs))(copy)


def same_vectors(copy: Copy) -> None:
    units_of("sound1", list, iv_source=lambda: bytes(range(16)))(copy)


def one_vector_twice(copy: Copy) -> None:
    """Of units 7 and 8."""
    numbers = iter([*range(8), 7, *range(9, 1000)])
    units_of("sound1", list, iv_source=lambda: next(numbers).to_bytes(16, "big"))(copy)


FAULTS = [
    Fault("ENC-001", "encrypted", rewrite("cpl", r"<KeyId>[^<]*</KeyId>", ""), ("ENC-003", "REEL-014")),
    Fault(
        "ENC-002", "encrypted", rewrite("cpl", r"<KeyId>urn:uuid:....", "<KeyId>urn:uuid:0000"), ("ENC-003",)
    ),
    Fault("ENC-003", "encrypted", lambda copy: None, handed=lambda: {"keyring": None}),
    Fault("ENC-004", "encrypted", unsigned("cpl"), repaired=False),
    Fault("ENC-005", "encrypted", unsigned("pkl"), repaired=False),
    Fault("ENC-101", "encrypted", in_unit(5, flip(ESV + 20))),
    Fault("ENC-102", "encrypted", exchanged(5, 9)),
    Fault("ENC-103", "encrypted", same_vectors),
    Fault("ENC-103", "encrypted", one_vector_twice, note="two"),
    Fault("ENC-103", "encrypted", one_vector_twice, note="without-keys", keys=False),
    Fault("ENC-104", "encrypted", the_pictures_key, ("ENC-003",)),
    Fault("ENC-105", "encrypted", in_unit(5, flip(10))),
    Fault("MXF-004", "encrypted", in_unit(5, flip(ESV + 400))),
]
GOOD = [
    Good("encrypted-again", "encrypted", both(units_of("sound1", list), units_of("picture1", list))),
]
