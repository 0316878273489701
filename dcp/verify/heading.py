"""What the compositions of a package are and how its pictures look, for the heading of its report."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dcp.package.outline import CompositionOutline, outline
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import PictureSeen
from dcp.verify.rules.rates import RATES, Rates
from dcp.verify.rules.thumbnails import THUMBNAILS, Thumbnail


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


def pictures_seen(facts: PackageFacts) -> Iterator[PictureSeen]:
    """Of every picture track file of which something was gathered, by their names."""
    rates: dict[str, Rates] = {track.name: found for track, found in RATES.of(facts)}
    shots: dict[str, tuple[Thumbnail, ...]] = {track.name: found for track, found in THUMBNAILS.of(facts)}
    for name in sorted({*rates, *shots}):
        yield PictureSeen(name, rates.get(name), shots.get(name, ()))
