"""The signature of a bundle of evidence: made by a signer, judged by whoever gets the bundle.

signature.xml says the SHA-256 of the manifest and is signed as a playlist is, with SHA-256 throughout. Of one
manifest, chain and signature value there is one such file, so that no byte of it can be changed unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.suite import EVIDENCE
from dcp.texts.catalogue import text
from watermark.evidence.bundle import MANIFEST, SIGNATURE, Manifest, read_manifest
from watermark.evidence.checking import Check

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from dcp.trust.signature import VerifiedSignature
    from dcp.trust.signer import Signer
    from dcp.trust.step import Step

MAX_SIGNATURE = 256 * 1024


def sealed(manifest: Manifest, signer: Signer) -> bytes:
    """signature.xml of a manifest. CertificateError when the chain is not one that signs documents at the
    instant the bundle was made."""
    from dcp.trust.signing import sign_document
    from dcp.trust.structure import EVIDENCE_SIGNATURE
    from dcp.xml.build import add, finish, new_root
    from dcp.xml.values import date_time

    root = new_root("EvidenceSignature", EVIDENCE_SIGNATURE)
    add(root, "IssueDate", date_time(manifest.made))
    add(root, "File", MANIFEST)
    add(root, "SHA256", hashlib.sha256(manifest.data()).hexdigest())
    return sign_document(finish(root), signer, suite=EVIDENCE)


@dataclass(frozen=True)
class Seals:
    """What a bundle's signature is judged by. trust: anchors, None: any sound chain, and it is said so."""

    trust: Sequence[Certificate] | None
    revoked: DenyList | None
    now: datetime

    def judge(self, data: bytes, signature: bytes | None) -> list[Check]:
        """The signature of a manifest's bytes, step by step; the last check is `signature`."""
        if signature is None:
            demanded = self.trust is not None
            said = text("bundle.unsigned-refused" if demanded else "bundle.unsigned")
            return [Check("signature", "fail" if demanded else "skipped", said)]
        try:
            manifest = read_manifest(data)
            steps, verified = self._steps(signature, manifest)
        except DcpError as error:
            return [Check("signature", "fail", error)]
        checks = [Check(step.id, step.result, step) for step in steps]
        if verified is None or any(step.result == "fail" for step in steps):
            return [*checks, Check("signature", "fail", text("bundle.signature-fails"))]
        if signature != _again(manifest, verified, signature):
            return [*checks, Check("signature", "fail", text("bundle.signature-form"))]
        who = verified.signer.who
        said = text(
            "bundle.signed-by" if self.trust else "bundle.signed-by-anybody", who=who, time=manifest.made
        )
        return [*checks, Check("signature", "pass", said)]

    def _steps(self, signature: bytes, manifest: Manifest) -> tuple[list[Step], VerifiedSignature | None]:
        from dcp.trust.judging import judge_chain
        from dcp.trust.signature import examine_enveloped

        if len(signature) > MAX_SIGNATURE:
            raise DcpError("bundle.signature-form", where=SIGNATURE)
        found = examine_enveloped(signature, where=SIGNATURE, suite=EVIDENCE)
        steps = list(found.steps)
        if found.verified is not None:
            steps += judge_chain(
                found.verified.chain,
                at=(manifest.made,),
                now=self.now,
                profile=EVIDENCE.profile,
                role="CS",
                trust=self.trust,
                revoked=self.revoked,
            )
        return steps, found.verified


def _again(manifest: Manifest, verified: VerifiedSignature, signature: bytes) -> bytes:
    """The one file that this chain and this signature value make of the manifest."""
    from dcp.trust.signer import Signer
    from dcp.trust.structure import take_apart
    from dcp.xml.parse import parse_xml

    value = take_apart(parse_xml(signature, where=SIGNATURE), enveloped=True).value
    key = _Value(verified.signer.rsa_public_key(), value)
    return sealed(manifest, Signer(verified.chain, key))


@dataclass(frozen=True)
class _Value:
    """A key that has signed already."""

    public: RSAPublicKey
    value: bytes

    def public_key(self) -> RSAPublicKey:
        return self.public

    def sign(
        self, data: bytes, padding: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm, /
    ) -> bytes:
        return self.value
