"""What a KDM needs to know of its composition: id, title, which keys of which type, and who signed it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import CAPTION_KINDS, PICTURE_KINDS, SUBTITLE_KINDS, CompositionPlaylist
from dcp.documents.cpl_reading import parse_cpl
from dcp.errors import CertificateError, SignatureError
from dcp.secrets.keys import DOLBY_SCOPE as DOLBY_SCOPE
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.judging import failures, judge_chain
from dcp.trust.signature import VerifiedSignature, verify_enveloped
from dcp.trust.step import Step
from kdm.formulation import Standard
from kdm.phrases import phrase, step_text

KEY_TYPES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(PICTURE_KINDS, ("MDIK",)),
    "MainSound": ("MDAK",),
    **dict.fromkeys((*SUBTITLE_KINDS, *CAPTION_KINDS), ("MDSK",)),
    "AuxData": ("MDX1", "MDX2", "MDEK"),
}
"""The key types that open an asset of a kind, the usual one first. A kind that is absent takes any."""

MARK_TYPES = frozenset(("FMIK", "FMAK"))
"""The types of keys for forensic marks, which open no track (CTP A.6)."""

TRUST_STEP = "SIG-014"
"""The step of a chain's judgement that holds it against a list."""


@dataclass(frozen=True)
class NeededKey:
    """A key that the composition uses. `kinds`: the kinds of asset that it opens; () when not known."""

    id: uuid.UUID
    kinds: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types that it may have; () for any."""
        allowed = [KEY_TYPES_OF_KIND.get(kind, ()) for kind in self.kinds]
        return tuple(dict.fromkeys(entry for types in allowed for entry in types)) if all(allowed) else ()


@dataclass(frozen=True)
class CplFacts:
    """`signer_chain`: the certificates of a verified signature, leaf first; () when there is none.

    `notes`: what whoever sends keys for it should know.
    """

    id: uuid.UUID
    content_title_text: str
    keys: tuple[NeededKey, ...]
    standard: Standard | None = None
    signer_chain: tuple[Certificate, ...] = ()
    notes: tuple[str, ...] = ()


def cpl_facts(cpl: CompositionPlaylist, *, signer_chain: Sequence[Certificate] = ()) -> CplFacts:
    """What a KDM is made from, out of a playlist. signer_chain: its signer's, leaf first, where known."""
    kinds: dict[uuid.UUID, dict[str, None]] = {}
    for asset in cpl.assets:
        if asset.key_id is not None:
            kinds.setdefault(asset.key_id, {})[asset.kind] = None
    unsigned = kinds and cpl.standard == "smpte" and not cpl.signed
    return CplFacts(
        id=cpl.id,
        content_title_text=cpl.content_title_text,
        keys=tuple(NeededKey(id=key_id, kinds=tuple(found)) for key_id, found in kinds.items()),
        standard=cpl.standard,
        signer_chain=tuple(signer_chain),
        notes=(phrase("composition.unsigned-noted"),) if unsigned else (),
    )


def read_cpl_facts(
    data: bytes,
    *,
    where: str | Path,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
) -> CplFacts:
    """The facts of a playlist document, its signature verified and its signer's chain judged.

    trust: root certificates, to one of which the chain has to lead; None takes any sound chain.
    revoked: what the chain may not hold.
    DocumentError when it is no playlist, SignatureError when it is signed and the signature does not hold, or
    not signed under a list, CertificateError when the chain is not one that signs playlists.
    """
    cpl = parse_cpl(data, where=where)
    if not cpl.signed:
        if trust is not None:
            raise SignatureError("composition.unsigned", where=where)
        return cpl_facts(cpl)
    signature = verify_enveloped(data, where=where)
    wrong = failures(judge_playlist(signature, issue_date=cpl.issue_date, trust=trust, revoked=revoked))
    if wrong:
        step = wrong[0]
        id = "composition.root-not-trusted" if step.id == TRUST_STEP else "composition.signer-chain"
        raise CertificateError(id, why=step_text(step), where=where)
    return cpl_facts(cpl, signer_chain=tuple(signature.chain))


def judge_playlist(
    signature: VerifiedSignature,
    *,
    issue_date: datetime,
    trust: Sequence[Certificate] | None,
    revoked: DenyList | None = None,
    now: datetime | None = None,
) -> list[Step]:
    """The steps of `judge_chain` for the chain that signed an encrypted playlist, at its issue date."""
    return judge_chain(
        signature.chain,
        at=(issue_date,),
        now=now,
        profile=signature.suite.profile,
        role="CS",
        trust=trust,
        revoked=revoked,
        content_authenticator=True,
    )
