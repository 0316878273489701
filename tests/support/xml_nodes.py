"""An element that declares many namespaces."""

from __future__ import annotations


def declaring(count: int, within: bytes = b"") -> bytes:
    """An element that declares so many namespaces."""
    names = b" ".join(b"xmlns:n%d='u:%d'" % (number, number) for number in range(count))
    return b"<x %s>%s</x>" % (names, within)
