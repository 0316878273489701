"""EBU STL files made for tests."""

from __future__ import annotations

from collections.abc import Sequence


def stl_head(
    *,
    dfc: bytes = b"STL25.01",
    dsc: bytes = b"1",
    cct: bytes = b"00",
    count: int = 1,
    start: bytes = b"00000000",
    language: bytes = b"09",
) -> bytes:
    head = b"850" + dfc + dsc + cct + language
    head += (
        b" " * (238 - len(head)) + b"%05d" % count + b"%05d" % count + b"001" + b"38" + b"23" + b"1" + start
    )
    return head.ljust(1024)


def stl_block(
    number: int,
    start: Sequence[int],
    end: Sequence[int],
    field: bytes,
    *,
    extension: int = 0xFF,
    cumulative: int = 0,
    row: int = 20,
    justification: int = 2,
    comment: int = 0,
) -> bytes:
    head = bytes(
        (0, number & 0xFF, number >> 8, extension, cumulative, *start, *end, row, justification, comment)
    )
    return head + field.ljust(112, b"\x8f")


def stl_file(*blocks: bytes, **head: object) -> bytes:
    return stl_head(**{"count": len(blocks), **head}) + b"".join(blocks)  # type: ignore[arg-type]
