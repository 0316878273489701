"""Sound of track files taken again: bit for bit, by its labels, with its key; no library is needed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.create.job.values import SoundTrack
from dcp.create.makers.sound import sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_values import SoundPlan
from dcp.errors import KeyMissingError, SourceError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.writer import write_track_file
from dcp.secrets.keys import ContentKey, Keyring

RATE = Fraction(24)
UNITS = 30
KEY = ContentKey(id=uuid.UUID(int=7), type="MDAK", value=bytes(range(16)))


def unit(number: int, channels: int) -> bytes:
    return bytes((number * 7 + n) & 0xFF for n in range(2000 * channels * 3))


def track(path: Path, symbols: str, *, channels: int | None = None, **form: Any) -> Path:
    names = [each if each != "-" else "" for each in symbols.split()]
    descriptor = (
        SoundDescriptor.labelled(names, language="fr") if names else SoundDescriptor(channels=channels or 6)
    )
    units = [unit(n, descriptor.channels) for n in range(UNITS)]
    write_track_file(
        path,
        iter(units),
        sizes=[len(each) for each in units],
        descriptor=descriptor,
        edit_rate=RATE,
        asset_id=uuid.uuid4(),
        now=datetime(2027, 5, 1, tzinfo=UTC),
        **form,
    )
    return path


def planned(*sources: Path, keyring: Keyring | None = None, trim: int = 0, **flags: Any) -> SoundPlan:
    return plan_sound(
        SoundTrack(sources=sources, **flags),
        None,
        TimeMap(),
        length=(UNITS - trim) / RATE,
        edit_rate=RATE,
        trim=trim / RATE,
        keyring=keyring,
    )


def made(plan: SoundPlan, first: int = 0, count: int = UNITS, keyring: Keyring | None = None) -> list[bytes]:
    return list(sound_units(plan, edit_rate=RATE, count=count, first=first, keyring=keyring))


def test_samples_and_labels_come_through(tmp_path: Path) -> None:
    plan = planned(track(tmp_path / "a.mxf", "L R C LFE Ls Rs HI VIN"))
    assert plan.plain and plan.layout.channels == ("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN")
    assert plan.language == "fr" and not plan.advice
    assert made(plan) == [unit(n, 8) for n in range(UNITS)]
    assert made(plan, 5, 3) == [unit(n, 8) for n in (5, 6, 7)]


def test_a_part_of_the_file_begins_at_its_entry_point(tmp_path: Path) -> None:
    plan = planned(track(tmp_path / "a.mxf", "L R C LFE Ls Rs"), trim=4)
    assert made(plan, count=3) == [unit(n, 6) for n in (4, 5, 6)]


def test_labels_place_the_channels_in_the_field_s_order(tmp_path: Path) -> None:
    plan = planned(track(tmp_path / "a.mxf", "L R C LFE Lss Rss Lrs Rrs - FSKSync"))
    assert plan.layout.field == "71" and plan.channels == 16
    assert [plan.routes[n].position for n in (6, 7, 8)] == [10, 11, 13]
    assert "channels left out: 9" in map(str, plan.decisions)


def test_without_labels_channels_stay_where_they_are(tmp_path: Path) -> None:
    plan = planned(track(tmp_path / "a.mxf", "", channels=8, label_set="interop"))
    assert plan.layout.channels == ("L", "R", "C", "LFE", "Ls", "Rs", None, None)
    assert made(plan) == [unit(n, 8) for n in range(UNITS)]


def test_encrypted_sound_is_taken_with_its_key_and_refused_without(tmp_path: Path) -> None:
    path = track(tmp_path / "a.mxf", "L R C LFE Ls Rs", key=KEY)
    with pytest.raises(KeyMissingError):
        planned(path)
    ring = Keyring((KEY,))
    assert made(planned(path, keyring=ring), keyring=ring) == [unit(n, 6) for n in range(UNITS)]


def test_a_damaged_unit_is_refused_with_its_number(tmp_path: Path) -> None:
    path = track(tmp_path / "a.mxf", "L R C LFE Ls Rs", key=KEY)
    ring = Keyring((KEY,))
    plan = planned(path, keyring=ring)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        made(plan, keyring=ring)
    assert caught.value.where and str(path) in caught.value.where


def test_a_track_of_pictures_is_no_sound(golden: Path) -> None:
    picture = next(golden.rglob("pic2d_smpte_plain.mxf"))
    with pytest.raises(SourceError, match="picture"):
        planned(picture)


@pytest.mark.extra("sound")
def test_it_is_computed_like_any_other(tmp_path: Path) -> None:
    plan = planned(track(tmp_path / "a.mxf", "L R C LFE Ls Rs"), map="1:L,2:R,3:C,4:LFE,5:Ls,6:Rs,1:HI@-60")
    assert not plan.plain
    assert [each[:18] for each in made(plan)] == [unit(n, 6)[:18] for n in range(UNITS)]


def test_sound_of_others_tools_is_taken(golden: Path) -> None:
    for path in sorted(golden.rglob("*pcm*plain*.mxf")):
        plan = planned(path)
        assert plan.plain and any(map(any, made(plan, count=2))), path.name
