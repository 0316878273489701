"""Language tags of RFC 5646 out of what files say: three letters become two where there are two."""

from __future__ import annotations

from pathlib import Path

from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.text.language_tags import shorter, wrong_tag

MAX_TAG = 35  # as RFC 5646 (4.4.1) has implementations hold at least
_TAG = pattern(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_NONE = ("und", "mis", "mul", "")
"""What says that nothing is known of one language; `zxx`, no words at all, is knowledge."""


def short_tag(found: str | None) -> str | None:
    """What a file says of its language, as RFC 5646 writes it; None where it says nothing that is one."""
    if found is None or not _TAG.fullmatch(found) or len(found) > MAX_TAG:
        return None
    first, dash, rest = found.partition("-")
    lower = first.lower()
    if lower in _NONE:
        return None
    return shorter(lower) + dash + rest


def spoken(tag: str) -> str:
    """The tag that somebody gives for the speech, in its shortest form. UsageError when it is none."""
    found = short_tag(tag)
    if found is None:
        raise UsageError("sound.no-language-tag", where="--audio-lang", value=tag[:MAX_TAG])
    return found


def text_language(tag: str, *, where: Path | str | None = None) -> str:
    """The language of a text as it is told, in its shortest form. UsageError for what is no language tag, or
    names a language of two letters or a region that there is not."""
    found = short_tag(tag)
    if found is None or wrong_tag(found) is not None:
        raise UsageError("text.no-language-tag", where=where, value=tag[:MAX_TAG])
    return found
