"""The sync signal: what is written is read back, unit by unit, as are the signals of other makers."""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.auxdata.sync_signal import (
    CHANNEL,
    RATES,
    SAMPLE_RATES,
    can_carry,
    read_messages,
    signal_of,
    sync_units,
)
from dcp.errors import UsageError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.reader import TrackFile

ID = uuid.UUID("aaaaaaaa-bbbb-4ccc-8ddd-000000000101")
FIRST_SAMPLES = [
    *(321031, 775023, 775023, 321031, -593158, -593158, 593158, 593158),
    *(-321032, -775023, -775023, -321032, 321031, 775023, 775023, 321031),
]
"""As asdcp-wrap -s begins its signal."""


@settings(max_examples=24)
@given(
    st.uuids(), st.sampled_from(RATES), st.sampled_from(SAMPLE_RATES), st.integers(0, 70), st.integers(4, 5),
    st.integers(0, 50),
)  # fmt: skip
def test_what_is_written_is_read_back(
    id: uuid.UUID, rate: Fraction, samples: int, first: int, count: int, silence: int
) -> None:
    units = list(sync_units(id, rate, sample_rate=samples, first=first, count=count))
    assert {len(unit) for unit in units} == {3 * samples // int(rate)}
    found = read_messages(bytes(3 * silence) + b"".join(units), sample_rate=samples)

    signal = signal_of(found)
    assert signal is not None
    assert (signal.rate, signal.id, signal.first, signal.broken) == (rate, id, first, 0)
    per = signal.messages // count
    assert [each.unit for each in found] == [unit for unit in range(first, first + count) for _ in range(per)]
    assert found[0].sample == silence and found[per].sample == silence + samples // int(rate)


def test_units_of_two_calls_are_those_of_one() -> None:
    for rate in (RATES[0], RATES[4], RATES[8]):
        whole = list(sync_units(ID, rate, count=12))
        assert [*sync_units(ID, rate, count=5), *sync_units(ID, rate, first=5, count=7)] == whole


def test_it_begins_as_another_makers_does() -> None:
    (unit,) = sync_units(ID, Fraction(24), count=1)
    made = [int.from_bytes(unit[at : at + 3], "little", signed=True) for at in range(0, 48, 3)]
    assert all(abs(one - other) < 20 for one, other in zip(made, FIRST_SAMPLES, strict=True))


def test_there_is_none_in_sound_and_silence() -> None:
    noise = b"".join((n * 7919 % 8_000_000).to_bytes(3, "little") for n in range(8000))
    assert read_messages(bytes(30_000)) == [] and read_messages(noise) == [] and signal_of([]) is None


def test_a_gap_and_damage_are_told() -> None:
    units = list(sync_units(ID, Fraction(24), count=8))
    signal = signal_of(read_messages(b"".join(units[:3] + units[5:])))
    assert signal is not None and (signal.messages, signal.broken) == (24, 1)
    hurt = units[0][:600] + bytes(300) + units[0][900:]
    messages = read_messages(hurt + units[1])
    assert len(messages) == 7 and messages[0].part == 1


def test_rates_without_a_signal() -> None:
    assert can_carry(Fraction(24), 48_000) and not can_carry(Fraction(24), 44_100)
    assert not can_carry(Fraction(30_000, 1001), 48_000)
    with pytest.raises(UsageError, match="no sync signal"):
        next(sync_units(ID, Fraction(24_000, 1001), count=1))


def test_real_signals_name_the_file_that_carries_them(corpus: Path) -> None:
    found = sorted(corpus.glob("ClairMeta_Data/DCP/ECL-SET/ECL09*/*audio_0*.mxf"))
    assert len(found) == 3
    for path in found:
        with TrackFile.open(path) as track:
            assert isinstance(track.header.descriptor, SoundDescriptor)
            stride, at = track.header.descriptor.sample_bytes, (CHANNEL - 1) * 3
            heard = b"".join(
                bytes(unit.data[place + at : place + at + 3])
                for unit in track.units(0, 4)
                for place in range(0, len(unit.data), stride)
            )
            signal = signal_of(read_messages(heard))
        assert signal is not None and signal.id == track.header.asset_id
        assert (signal.rate, signal.first, signal.messages, signal.broken) == (24, 0, 16, 0)
