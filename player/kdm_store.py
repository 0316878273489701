"""The KDM that opens a composition, among all that were handed over; and why not the others.

A cinema hands over the one message or the whole folder that it keeps them in. Those for this composition and
this device go through the checklist; of several that hold, the one whose window ends last is used. Each of
the others is named with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text
from kdm.checklist import KdmReport
from kdm.composition import CplFacts
from kdm.diagnose.matching import Candidate, common_name, composition_of, rank, recipient_of
from kdm.diagnose.reading import KdmFile
from kdm.diagnose.server import Server
from kdm.phrases import Saying

MOST_JUDGED = 200
"""Messages for this composition and this device that go through the checklist, those that end last first."""
DOUBTFUL = 8
"""Messages that are judged whatever they say of themselves, the likeliest first, as long as none holds."""
MOST_NAMED = 100
"""Messages that a report names."""
_TITLE = 100  # characters


@dataclass(frozen=True)
class KdmUse:
    """What became of a message. file: its path; of a mail or an archive, with its name in there. why: it is
    used, or why it is not."""

    file: str
    message_id: UUID | None
    used: bool
    why: Text

    @property
    def name(self) -> str:
        """The file's own name, for those to whom the folders of this machine say nothing."""
        return self.file.replace("\\", "/").rpartition("/")[2]

    def document(self) -> dict[str, object]:
        """As JSON of CLI.md."""
        id = str(self.message_id) if self.message_id is not None else None
        return {"file": self.file, "message_id": id, "used": self.used, "why": str(self.why)}


@dataclass(frozen=True)
class Choice:
    """report: the checklist of the message that is used, or of the likeliest when none holds; None when there
    is no message at all. uses: the one that is meant first. left_out: how many more there are."""

    report: KdmReport | None
    uses: tuple[KdmUse, ...]
    left_out: int = 0


def choose(
    files: Iterable[KdmFile],
    *,
    facts: CplFacts,
    server: Server,
    now: datetime,
    judge: Callable[[KdmFile], KdmReport],
) -> Choice:
    """Which message is used for a composition on this device. judge: the checklist with the playlist, the
    keys and the clock. No more than `MOST_JUDGED` messages are held at a time; files are taken one by one.
    """
    near: list[Candidate] = []
    far: list[KdmUse] = []
    beyond = 0

    def put_aside(one: Candidate, why: Text) -> None:
        nonlocal beyond
        if len(far) < MOST_NAMED:
            far.append(_use(one, why))
        else:
            beyond += 1

    for file in files:
        one = Candidate(file, composition_of(file, facts), recipient_of(file, server))
        if not file.data and file.kind != "empty":  # an archive or an e-mail without any
            put_aside(one, text("play.kdm-unreadable", said=_error(one)))
            continue
        near.append(one)
        if len(near) > 2 * MOST_JUDGED:
            near, others = _nearest(near, now)
            for other in others:
                put_aside(other, _unfit(other) or text("play.kdm-not-judged", most=MOST_JUDGED))
    near, others = _nearest(near, now)
    for other in others:
        put_aside(other, _unfit(other) or text("play.kdm-not-judged", most=MOST_JUDGED))

    judged: list[Candidate] = []
    for place, one in enumerate(near):
        if _fits(one) or (place < DOUBTFUL and not any(map(_holds, judged))):
            judged.append(replace(one, report=judge(one.file)))
        else:
            put_aside(one, _unfit(one) or text("play.kdm-unreadable", said=_error(one)))
    if not judged:
        return Choice(None, tuple(far), beyond)
    ranked = rank(judged, now)
    holding = [one for one in ranked if _holds(one)]
    meant = holding[0] if holding else ranked[0]
    uses = [_use(one, _why(one, holding)) for one in (meant, *(one for one in ranked if one is not meant))]
    uses[0] = replace(uses[0], used=bool(holding))
    named = [*uses, *far]
    return Choice(meant.report, tuple(named[:MOST_NAMED]), beyond + max(0, len(named) - MOST_NAMED))


# --- how it is done -----


def _nearest(candidates: list[Candidate], now: datetime) -> tuple[list[Candidate], list[Candidate]]:
    ranked = rank(candidates, now)
    return ranked[:MOST_JUDGED], ranked[MOST_JUDGED:]


def _fits(one: Candidate) -> bool:
    return (one.composition, one.recipient) == ("this", "this")


def _holds(one: Candidate) -> bool:
    report = one.report
    return report is not None and report.verdict == "accept" and None not in (report.keyring, report.message)


def _use(one: Candidate, why: Text) -> KdmUse:
    message = one.file.message
    return KdmUse(one.file.where, message.message_id if message is not None else None, False, why)


def _why(one: Candidate, holding: list[Candidate]) -> Text:
    """Of one that was judged."""
    message = one.file.message
    if _holds(one) and message is not None:
        end = message.content_keys_not_valid_after
        if one is holding[0]:
            return text(
                "play.kdm-used-of-several" if holding[1:] else "play.kdm-used", n=len(holding), end=end
            )
        return text("play.kdm-ends-sooner", end=end)
    refusals = one.report.refusals if one.report is not None else ()
    if _fits(one) or not one.readable:
        if refusals:
            return text("play.kdm-refused", step=refusals[0].step, said=Saying(refusals[0].text))
        return text("play.kdm-unreadable", said=_error(one))
    return _unfit(one) or text("play.kdm-unreadable", said=_error(one))


def _unfit(one: Candidate) -> Text | None:
    """By what it says of itself it is for another composition or another device."""
    message = one.file.message
    if message is None:
        return None
    if one.composition != "this":
        id = "play.kdm-same-title" if one.composition == "same-title" else "play.kdm-other-composition"
        return text(id, title=_title(message.content_title_text), cpl=message.composition_playlist_id)
    if one.recipient == "this":
        return None
    device = common_name(message.recipient.x509_subject_name)
    return text(_OF_RECIPIENT[one.recipient], device=device)


_OF_RECIPIENT = {
    "same-device": "play.kdm-other-certificate",
    "signer": "play.kdm-for-signer",
    "other": "play.kdm-other-device",
}


def _error(one: Candidate) -> object:
    return one.file.error or text("kdms.not-read")


def _title(title: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in title[:_TITLE])
    return plain + ("..." if len(title) > _TITLE else "")
