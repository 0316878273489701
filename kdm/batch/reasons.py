"""Why a screen has no KDM, in words for the cinema: it is to know what to send or ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dcp.errors import DcpError
from dcp.texts.catalogue import Language, Text, said, say
from kdm.phrases import Listed, Phrase, Run

_QUOTED = "reason.other"

_TOLD: Mapping[str, tuple[str, ...]] = {
    "reason.no-certificate": (
        "batch.no-media-block",
        "facility.no-certificate",
        "flm.thumbprint-alone",
        "flm.without-certificate",
        "table.certificate-empty",
    ),
    "reason.denied": ("batch.denied-key", "batch.denied-serial", "deny."),
    "reason.validity": ("recipient.outside-validity",),
    "reason.not-media-block": (
        "facility.authorities-alone",
        "facility.called-media-block",
        "facility.no-media-block",
        "facility.no-role",
        "facility.signers",
        "facility.unfit-roles",
        "recipient.authority",
        "recipient.key-usage",
        "recipient.no-role",
        "recipient.role",
        "recipient.signer",
    ),
    "reason.old-kind": ("recipient.key-length", "recipient.sha1"),
    "reason.not-genuine": ("batch.unvouched",),
    _QUOTED: ("cert.several-could-be-meant",),
    "reason.unreadable": (
        "cert.",
        "certificate-file.",
        "der.",
        "facility.certificate-unread",
        "table.unreadable",
    ),
    "reason.no-zone": ("batch.no-zone", "facility.no-time-zone", "zone.unknown"),
}
"""What the cinema is told for the texts that issuing gives as its reasons, by their ids; "cert.": all of that
area. The first that fits counts."""


def reason(why: str, language: Language) -> str:
    """What the cinema is told of a reason; one that has no words of its own is quoted."""
    ids = list(_ids(why))
    fitting = (told for told, marks in _TOLD.items() if any(_fits(id, mark) for id in ids for mark in marks))
    return say(next(fitting, _QUOTED), {"why": said(why, language)}, language)


def _fits(id: str, mark: str) -> bool:
    return id.startswith(mark) if mark.endswith(".") else id == mark


def _ids(words: object) -> Iterator[str]:
    """The ids of a sentence and of those inside it; none of a plain string."""
    if isinstance(words, Phrase):
        yield from _ids(words.source)
    elif isinstance(words, Text):
        yield words.id
        for value in words.places.values():
            yield from _ids(value)
    elif isinstance(words, DcpError):
        yield from _ids(words.text)
    elif isinstance(words, Listed | Run):
        yield from _ids(words.items)
    elif isinstance(words, list | tuple):
        for value in words:
            yield from _ids(value)
