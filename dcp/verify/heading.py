"""What the compositions of a package are, how its pictures look, how loud it is, for its report's heading."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from dcp.package.outline import CompositionOutline, outline
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import PictureSeen, SoundHeard
from dcp.verify.rules.rates import RATES, Rates
from dcp.verify.rules.sound_measures import compositions_of
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


def sounds_heard(facts: PackageFacts) -> Iterator[SoundHeard]:
    """Of every composition whose sound was measured whole."""
    for each in compositions_of(facts):
        if each.reels and not each.missing:
            found = each.loudness
            figures = (found.leqm, found.integrated, found.range, found.true_peak)
            yield SoundHeard(each.cpl.id, each.file, *figures)
