"""What had better be otherwise in a package that can be made all the same: facts in, advice out.

Each function asks one thing and gives a tuple, empty when nothing is to be said. Every text has a remedy.
Advice that needs the sources, their bars, lengths and loudness stands beside what measures them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from dcp.create.job.values import Essence
from dcp.documents.namespaces import Standard
from dcp.packing.facts import CompositionFacts
from dcp.packing.kinds import Kind
from dcp.packing.name_reading import parse_name
from dcp.packing.titles import contradictions
from dcp.picture.cinema import (
    BV21_RATES_2K,
    BV21_RATES_4K,
    BV21_RATES_STEREO,
    CONTAINERS,
    RATES,
    is_four_k,
)
from dcp.sound.layout import COUNTS
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import Certificate

SIGNER_DAYS = 90
"""A signer that ends sooner than this is worth a word: a film is shown for months."""
EVERYWHERE = Fraction(24)
"""Frames a second that every server plays."""
MOST_RATE = RATES[-1]
"""Frames a second at most outside of direct-view displays."""
CREDITS = ("FFEC", "FFMC")


def about_composition(facts: CompositionFacts) -> tuple[Text, ...]:
    """All that a composition's facts tell: its credits, rate, size, channels and title."""
    return (
        *about_credits(facts.kind, [label for label, _ in facts.markers]),
        *about_rate(facts.rate, facts.stored, standard=facts.standard, stereo=facts.stereo),
        *about_size(facts.stored, stereo=facts.stereo),
        *(about_channels(len(facts.sound.channels)) if facts.sound is not None else ()),
        *about_title(facts),
    )


def about_credits(kind: Kind, markers: Collection[str]) -> tuple[Text, ...]:
    """A feature whose credits are not marked: lights and curtains are started by them. markers: labels."""
    missing = [label for label in CREDITS if label not in markers]
    if kind.value != "feature" or not missing:
        return ()
    return (text("advice.no-credits", labels=missing),)


def about_signer(chain: Iterable[Certificate], now: datetime, days: int = SIGNER_DAYS) -> tuple[Text, ...]:
    """A chain that ends soon: the certificate of it that ends first."""
    first = min(chain, key=lambda certificate: certificate.not_after, default=None)
    if first is None or first.not_after - now > timedelta(days=days):
        return ()
    left = max(0, (first.not_after - now).days)
    return (text("advice.signer-ends", certificate=first.called, date=first.not_after, n=left),)


def about_encryption(encrypted: Collection[Essence], present: Collection[Essence]) -> tuple[Text, ...]:
    """Some kinds of essence encrypted, others not. present: what the package has."""
    plain = [kind for kind in present if kind not in encrypted]
    locked = [kind for kind in present if kind in encrypted]
    if not plain or not locked:
        return ()
    return (
        text(
            "advice.mixed-encryption",
            plain=[Text(f"word.essence-{kind}") for kind in plain],
            locked=[Text(f"word.essence-{kind}") for kind in locked],
        ),
    )


def about_rate(
    rate: Fraction, size: tuple[int, int], *, standard: Standard, stereo: bool = False
) -> tuple[Text, ...]:
    """A frame rate that not every server plays at this size. rate: edit units a second."""
    if rate == EVERYWHERE:
        return ()
    if rate > MOST_RATE:
        return (text("advice.rate-direct-view", rate=rate),)
    if standard == "interop":
        return (text("advice.rate-interop", rate=rate),)
    known = BV21_RATES_4K if is_four_k(size) else BV21_RATES_STEREO if stereo else BV21_RATES_2K
    return () if rate in known else (text("advice.rate", rate=rate, known=list(known)),)


def about_size(size: tuple[int, int], *, stereo: bool = False) -> tuple[Text, ...]:
    """A picture of none of the containers' sizes, and 3D in 4K. size: (width, height) as stored."""
    width, height = size
    advice = []
    if size not in CONTAINERS.values():
        advice.append(text("advice.size", width=width, height=height))
    if stereo and is_four_k(size):
        advice.append(text("advice.stereo-4k"))
    return tuple(advice)


def about_channels(count: int) -> tuple[Text, ...]:
    """A number of sound channels that servers are not wired for."""
    return () if count in COUNTS else (text("advice.channels", n=count, known=list(COUNTS)),)


def about_title(facts: CompositionFacts) -> tuple[Text, ...]:
    """What a title by the naming convention says that the package is not."""
    parts = parse_name(facts.title)
    return contradictions(parts, facts) if parts is not None else ()
