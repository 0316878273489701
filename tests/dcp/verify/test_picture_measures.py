"""What reports draw of a picture: bytes a frame, and a dozen small pictures."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from material import codestream
from synthetic import codestream as headers
from verified import NOW, Make

from dcp.mxf.reader import TrackFile
from dcp.verify.asked import Asked
from dcp.verify.facts import TrackFacts
from dcp.verify.rules.rates import RATES, Rates
from dcp.verify.rules.thumbnails import THUMBNAILS, wanted

assert NOW


def facts_of(track: TrackFile, *, keys: bool = False, asked: Asked | None = None) -> TrackFacts:
    return TrackFacts(
        asset_id=track.header.asset_id,
        path=track.path,
        name=track.path.name,
        size=track.size,
        here=True,
        header=track.header,
        error=None,
        kinds=frozenset(),
        readable=keys or not track.header.encrypted,
        asked=asked or Asked(),
    )


def gathered(measure: Any, path: Path, *, keyring: Any = None, asked: Asked | None = None) -> Any:
    with TrackFile.open(path) as track:
        header = track.header
        key = keyring.get(header.key_id) if keyring is not None and header.encrypted else None
        gatherer = measure.make(facts_of(track, keys=key is not None, asked=asked))
        if gatherer is None:
            return None
        for unit in track.units(key=key, raw=header.encrypted and key is None):
            gatherer.unit(unit)
        return gatherer.result()


def test_bytes_of_each_frame(make: Make) -> None:
    units = [headers(bytes(1000 + n)) for n in range(24)]
    found = gathered(RATES, make(units=units).picture)
    assert (list(found.sizes), found.rate, found.exact) == ([len(unit) for unit in units], 24, True)
    assert gathered(RATES, make("two").sound) is None


def test_pairs_count_together(make: Make) -> None:
    units = [headers(bytes(1000 + n)) for n in range(48)]
    found = gathered(RATES, make(units=units, stereo=True).picture)
    assert found.stereo
    assert list(found.sizes) == [len(units[2 * n]) + len(units[2 * n + 1]) for n in range(24)]


def test_without_a_key_a_few_bytes_less(make: Make) -> None:
    units = [headers(bytes(1000 + n)) for n in range(24)]
    made = make(units=units, encrypt=True)
    sealed = gathered(RATES, made.picture)
    assert not sealed.exact
    assert all(0 <= len(unit) - size < 16 for unit, size in zip(units, sealed.sizes, strict=True))
    opened = gathered(RATES, made.picture, keyring=made.keyring)
    assert list(opened.sizes) == [len(unit) for unit in units]


@pytest.mark.parametrize("encrypt", [False, True])
def test_heads_alone_tell_the_same(make: Make, encrypt: bool) -> None:
    made = make(units=[headers(bytes(1000 + n)) for n in range(24)], encrypt=encrypt)
    of_units = gathered(RATES, made.picture)
    with TrackFile.open(made.picture) as track:
        gatherer: Any = RATES.make(facts_of(track))
        for unit in track.heads():
            gatherer.unit(unit)
    assert RATES.heads and gatherer.result().sizes == of_units.sizes


def test_rates_in_words_of_a_plot() -> None:
    rates = Rates(Fraction(24), array("I", [1_000_000, 0, 500_000, 1_250_000]))
    assert rates.mbps(0) == 192
    assert rates.mean_mbps == pytest.approx(176)
    assert rates.peaks(2) == [192, 240]
    assert rates.peaks(100) == [192, 0, 96, 240]
    assert Rates(Fraction(24), array("I")).peaks(5) == []


def test_which_frames_are_shown() -> None:
    assert wanted(0) == ()
    assert wanted(2) == (0, 1)
    assert wanted(240) == tuple(range(10, 240, 20))
    assert all(len(set(wanted(n))) == min(n, 12) for n in range(100))


@pytest.mark.extra("picture")
def test_small_pictures_only_when_asked(make: Make) -> None:
    from PIL import Image

    made = make(units=[codestream(n, 320, 180) for n in range(24)])
    assert gathered(THUMBNAILS, made.picture) is None
    found = gathered(THUMBNAILS, made.picture, asked=Asked(decode=True))
    assert [each.frame for each in found] == list(wanted(24))
    assert {(each.width, each.height) for each in found} == {(160, 90)}
    import io

    greys = [Image.open(io.BytesIO(each.jpeg)).getpixel((80, 45)) for each in found]
    assert greys == sorted(greys, key=lambda rgb: rgb[1])
    assert len(set(greys)) == 12
