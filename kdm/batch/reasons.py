"""Why a screen has no KDM, in words for the cinema: it is to know what to send or ask for."""

from __future__ import annotations

from dcp.texts.catalogue import Language, said, say

_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("names no media block", "column certificate: it is empty"), "reason.no-certificate"),
    (("deny list",), "reason.denied"),
    (("validity",), "reason.validity"),
    (
        (
            "not a media block's",
            "of an authority",
            "not made for receiving keys",
            "no SM",
            "for signing, not of a device",
            "no KDM can be made for it",
        ),
        "reason.not-media-block",
    ),
    (("SHA-1", "not RSA with 2048 bits"), "reason.old-kind"),
    (("was not signed by the authority",), "reason.not-genuine"),
    (("cannot be read", "this is no certificate", "there is no certificate"), "reason.unreadable"),
    (("time zone",), "reason.no-zone"),
)
"""Words of the reason, as the errors of issuing have them in English, and what the cinema is told."""


def reason(why: str, language: Language) -> str:
    """What the cinema is told of a reason; one that has no words of its own is quoted."""
    for marks, told in _WORDS:
        if any(mark in why for mark in marks):
            return say(told, language=language)
    return say("reason.other", {"why": said(why, language)}, language)
