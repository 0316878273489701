"""The steps of the checklist about signatures and chains: of the playlist, and of the message itself."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.cpl_reading import parse_cpl
from dcp.trust.judging import failures, judge_chain
from dcp.trust.signature import Examination, examine_enveloped, examine_kdm
from dcp.trust.step import Step
from kdm.composition import TRUST_STEP, cpl_facts, judge_playlist
from kdm.evidence import Evidence, Outcome, failed, passed, skipped, warned
from kdm.message import MESSAGE_TYPE
from kdm.phrases import phrase

# How the steps of a signature's examination are told apart here.
_ALGORITHMS = ("SIG-003", "SIG-002", "SIG-005")
_NAMES = ("SIG-006", "SIG-007")


def cpl_signature(evidence: Evidence) -> Outcome:
    """DocumentError when the playlist is none: that is no verdict about the message."""
    if evidence.cpl_data is None:
        return skipped("no-playlist")
    cpl, examination = _playlist(evidence.cpl_data, evidence.cpl_where)
    if examination is None:
        facts = cpl_facts(cpl)
        if facts.standard == "smpte" and (facts.keys or evidence.has_keys_for(facts.id)):
            return failed("playlist-unsigned")
        evidence.cpl = facts
        return warned("playlist-not-signed")
    wrong = failures(examination.steps)
    if wrong or examination.verified is None:
        return failed("playlist-signature", **_first(wrong))
    evidence.cpl_signature = examination.verified
    evidence.cpl_issue_date = cpl.issue_date
    evidence.cpl = cpl_facts(cpl, signer_chain=tuple(examination.verified.chain))
    return passed("holds.playlist-signature")


@functools.lru_cache(maxsize=4)
def _playlist(data: bytes, where: str) -> tuple[CompositionPlaylist, Examination | None]:
    """A playlist, and its signature if it has one: looked at once for all the KDMs held against it."""
    cpl = parse_cpl(data, where=where)
    return cpl, examine_enveloped(data, where=where) if cpl.signed else None


def cpl_chain(evidence: Evidence) -> Outcome:
    if evidence.cpl_data is None:
        return skipped("no-playlist")
    signature, issued = evidence.cpl_signature, evidence.cpl_issue_date
    if signature is None or issued is None:
        return skipped("playlist-without-signer")
    steps = judge_playlist(
        signature, issue_date=issued, trust=evidence.trust, revoked=evidence.revoked, now=evidence.now
    )
    wrong = [step for step in failures(steps) if step.id != TRUST_STEP]
    if wrong:
        return failed("playlist-chain", **_first(wrong))
    evidence.cpl_trust_step = next(step for step in steps if step.id == TRUST_STEP)
    signer = signature.signer.label
    if evidence.trust is None:
        return passed("holds.playlist-chain-unlisted", signer=signer)
    return passed("holds.playlist-chain", signer=signer)


def algorithms(evidence: Evidence) -> Outcome:
    message_type = evidence.message.message_type
    if message_type != MESSAGE_TYPE:
        return failed("message-type", found=message_type[:120])
    wrong = [step for step in _examined(evidence) if step.result == "fail" and step.id in _ALGORITHMS]
    if wrong:
        return failed("signature-method", fault=wrong[0])
    return passed("holds.algorithms")


def signature(evidence: Evidence) -> Outcome:
    wrong = failures(_examined(evidence))
    own = [step for step in wrong if step.id not in _NAMES]
    if own:
        return failed("signature", fault=own[0])
    if wrong:
        return skipped("signer-in-doubt")
    return passed("holds.signature")


def chain(evidence: Evidence) -> Outcome:
    wrong = failures(_examined(evidence))
    if wrong or evidence.signature is None:
        return failed("signer-unknown", **_first(wrong))
    steps = judge_chain(
        evidence.signature.chain,
        at=(),  # KDM-103 holds the dates against it
        profile="smpte",
        role="CS",
        role_strict=False,
        trust=evidence.trust,
        revoked=evidence.revoked,
    )
    evidence.trust_step = next(step for step in steps if step.id == TRUST_STEP)
    wrong = [step for step in failures(steps) if step.id != TRUST_STEP]
    if wrong:
        return failed("signer-chain", **_first(wrong))
    evidence.chain = tuple(evidence.signature.chain)
    doubtful = tuple(step for step in steps if step.result == "warn")
    if doubtful:
        return warned("signer-doubtful", faults=doubtful[:3])
    return passed(
        "holds.chain",
        signer=evidence.signature.signer.label,
        length=len(evidence.chain),
    )


def trust_anchor(evidence: Evidence) -> Outcome:
    step = evidence.trust_step
    assert step is not None, "the step of the chain comes first"
    if step.result == "fail":
        return failed("root-not-trusted", fault=step)
    stranger = _playlist_stranger(evidence)
    if stranger:
        return stranger
    evidence.trusted = True
    return skipped("root-not-checked") if step.result == "skipped" else passed("holds.trusted", rule=step)


def _playlist_stranger(evidence: Evidence) -> Outcome | None:
    """Why nobody trusted vouches for the playlist; None when somebody does, or there is no list.

    A content authenticator in the message says itself whose playlist it is for (KDM-120). Without one anybody
    could sign another playlist of the same id, so its chain has to lead to an anchor too.
    """
    if evidence.trust is None or evidence.message.content_authenticator is not None:
        return None
    step = evidence.cpl_trust_step
    if step is not None and step.result == "fail":
        return failed("playlist-root-not-trusted", fault=step)
    facts = evidence.cpl
    if facts is not None and evidence.cpl_signature is None and evidence.has_keys_for(facts.id):
        return failed("playlist-of-nobody")
    return None


def _examined(evidence: Evidence) -> Sequence[Step]:
    """The signature of the message, examined once."""
    if evidence.examination is None:
        document = evidence.data if evidence.root is None else evidence.root
        evidence.examination = examine_kdm(document, where=evidence.where)
        evidence.signature = evidence.examination.verified
    return evidence.examination.steps


def _first(steps: Sequence[Step]) -> Mapping[str, object]:
    """The places of a refusal that names the first of the steps that failed."""
    step = steps[0] if steps else Step("SIG-001", "fail", phrase("signature.not-examined"))
    return {"fault": step, "rule": step.id}
