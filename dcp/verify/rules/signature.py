"""Signatures of playlists and packing lists, and the certificates behind them."""

from __future__ import annotations

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, Skip, package_rule


@package_rule(
    "SIG-001",
    severity="error",
    clause="ST 429-7 6.13, 429-8 5.10",
    statement="The signature of a document holds: its value and the digest of what it covers",
)
def holds(facts: PackageFacts) -> Outcome:
    judged = {id(signature.document): signature for signature in facts.signatures}
    for document in facts.survey.documents:
        if not isinstance(document.value, CompositionPlaylist | PackingList):
            continue
        signature = judged.get(id(document))
        if not document.value.signed:
            yield Skip(f"{document.name} is not signed")
        elif signature is None:
            yield Skip(f"{document.name}: its signature was not judged")
        elif signature.error is not None:
            yield Hit(signature.error.what, file=document.name, remedy=signature.error.remedy)
