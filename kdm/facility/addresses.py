"""Mail addresses as people write them into lists: which of them KDMs can be sent to."""

from __future__ import annotations

import re

from dcp.patterns import pattern

_SEPARATORS = pattern(r"[;；,，、/\n]")
_BESIDE = pattern(r"^(?:mailto:|<)+|>$", re.I)

# As narrow as the addresses of offices are: nothing of it can end a header or begin another address.
# No `=` and `?` either, of which the encoded words of RFC 2047 are made.
_ADDRESS = pattern(
    r"(?=[^@]{1,64}@.{1,252}\Z)[A-Za-z0-9_+&'-]+(?:\.[A-Za-z0-9_+&'-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*",
    re.ASCII,
)


def is_address(text: str) -> bool:
    """Whether it is a plain mail address."""
    return _ADDRESS.fullmatch(text) is not None


def read_addresses(text: str, *, most: int) -> tuple[list[str], list[str]]:
    """The addresses in a text, whatever parts them, and what stands there that is none; a name before an
    address (`Booth <booth@rex.example>`) is left aside. most: of parts that are looked at."""
    good: list[str] = []
    bad: list[str] = []
    for part in _SEPARATORS.split(text)[:most]:
        words = [_BESIDE.sub("", word) for word in part.split()]
        found = {word: None for word in words if is_address(word)}
        good += found
        if not found and words:
            bad.append(" ".join(words))
        elif found:
            bad += [word for word in words if "@" in word and word not in found]
    return good, bad
