"""What the compositions of a package are, for the heading of its report."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dcp.package.outline import CompositionOutline, outline
from dcp.verify.facts import PackageFacts


def outlines(facts: PackageFacts) -> Iterator[CompositionOutline]:
    """Of every composition that could be read, in the documents' order."""
    signers = {judged.document.name: judged.signer for judged in facts.signatures}

    def name(asset_id: uuid.UUID) -> str | None:
        path = facts.survey.locate(asset_id)
        return facts.survey.relative(path) if path is not None else None

    for document, cpl in facts.compositions():
        yield outline(
            cpl,
            header=facts.header_of,
            name=name,
            file=document.name,
            signer=signers.get(document.name),
        )
