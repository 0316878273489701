"""The signatures of a package's documents, judged by `dcp.trust`, as facts for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.errors import DocumentError
from dcp.package.survey import Survey
from dcp.verify.facts import SignatureFacts

if TYPE_CHECKING:
    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from dcp.trust.step import Step

CONTENT_SIGNER = "CS"
VALID_WHEN_ISSUED = "CER-011"


def judge_signatures(
    survey: Survey,
    *,
    now: datetime,
    trust: Sequence[Certificate] | None,
    revoked: DenyList | None = None,
) -> Iterator[SignatureFacts]:
    """One for each signed playlist and packing list.

    The chain has to be valid when the document was issued (DCSS 9.4.3.5); what has expired by `now` is told.
    Of a document whose date cannot be read, that step is skipped.
    """
    signed = [
        (document, document.value)
        for document in survey.documents
        if isinstance(document.value, CompositionPlaylist | PackingList) and document.value.signed
    ]
    if not signed:
        return
    from dcp.trust.judging import judge_chain
    from dcp.trust.signature import examine_enveloped

    for document, value in signed:
        try:
            examination = examine_enveloped(document.data, where=document.name)
        except DocumentError:
            continue  # it was parsed to become a value
        steps, signer = list(examination.steps), None
        if examination.verified is not None:
            chain = examination.verified.chain
            signer = chain[0].label
            judged = judge_chain(
                chain,
                at=() if "IssueDate" in value.unread else (value.issue_date,),
                now=now,
                profile=value.standard,
                role=CONTENT_SIGNER,
                early="warn",
                trust=trust,
                revoked=revoked,
                content_authenticator=isinstance(value, CompositionPlaylist) and value.encrypted,
            )
            lighter = _only_backdated(chain, value.issue_date)
            steps += (_warning(step) if lighter and step.id == VALID_WHEN_ISSUED else step for step in judged)
        yield SignatureFacts(document, examination.error, tuple(steps), signer)


def _only_backdated(chain: Iterable[Certificate], issued: datetime) -> bool:
    """Whether the document's date at worst lies before its certificates begin.

    Tools that keep the date of an earlier version of a document do that: the signer had every right to sign
    on the day when it did. A certificate that had ended by the date is another matter.
    """
    for certificate in chain:
        start, end = certificate.fields.not_before, certificate.fields.not_after
        if start is None or end is None or end.instant < max(issued, start.instant):
            return False
    return True


def _warning(step: Step) -> Step:
    return replace(step, result="warn") if step.result == "fail" else step
