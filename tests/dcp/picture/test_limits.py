"""Byte limits: the numbers of the sheets, and what encryption adds never carries a unit past them."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import UsageError
from dcp.mxf import klv
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRIPLET
from dcp.mxf.writer import write_track_file
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import (
    DEFAULT_MBPS,
    FrameLimits,
    chosen_mbps,
    encrypted_size,
    frame_limits,
    highest_mbps,
    largest_source,
)
from dcp.picture.rules import component_sizes
from dcp.secrets.keys import ContentKey


@pytest.mark.parametrize(
    ("rate", "stereo", "total", "component"),
    [(24, False, 1_302_083, 1_041_666), (48, False, 651_041, 520_833), (24, True, 651_041, 520_833),
     (25, False, 1_250_000, 1_000_000), (30, False, 1_041_666, 833_333), (50, False, 625_000, 500_000),
     (60, False, 520_833, 416_666), (96, False, 325_520, 260_416), (120, False, 260_416, 208_333)],
)  # fmt: skip
def test_limits_of_sdr(rate: int, stereo: bool, total: int, component: int) -> None:
    limits = frame_limits(Fraction(rate), stereo=stereo)
    assert (limits.total, limits.component, limits.rest) == (total, component, None)


@pytest.mark.parametrize(
    ("rate", "stereo", "expected"),
    [(24, False, (2_343_750, 2_343_750, 1_171_875)), (60, False, (937_500, 937_500, 468_750)),
     (24, True, (1_171_875, 585_937, 585_937)), (48, True, (585_937, 292_968, 292_968))],
)  # fmt: skip
def test_limits_of_hdr(rate: int, stereo: bool, expected: tuple[int, int, int]) -> None:
    limits = frame_limits(Fraction(rate), stereo=stereo, hdr=True)
    assert (limits.total, limits.component, limits.rest) == expected


def test_what_a_job_may_ask_for() -> None:
    assert chosen_mbps(None, Fraction(24)) == DEFAULT_MBPS <= 225
    assert chosen_mbps(250, Fraction(24)) == 250
    assert (highest_mbps(Fraction(60)), highest_mbps(Fraction(96))) == (250, 500)
    assert highest_mbps(Fraction(24), hdr=True) == 450
    for wanted, rate in ((251, 24), (0, 24), (501, 120)):
        with pytest.raises(UsageError, match="Mbit/s are not for") as caught:
            chosen_mbps(wanted, Fraction(rate))
        assert caught.value.remedy


@given(st.integers(0, 3_000_000))
def test_the_largest_source_is_the_largest(room: int) -> None:
    size = largest_source(room)
    if encrypted_size(0) > room:
        assert size == 0
    else:
        assert encrypted_size(size) <= room < encrypted_size(size + 1)


@given(st.sampled_from([24, 25, 30, 48, 50, 60, 96, 120]), st.booleans(), st.integers(1, 250), st.booleans())
def test_an_encrypted_unit_keeps_to_the_bits_a_second(rate: int, stereo: bool, mbps: int, hdr: bool) -> None:
    limits = frame_limits(Fraction(rate), stereo=stereo, mbps=mbps, hdr=hdr, encrypted=True)
    units = 2 if stereo else 1
    assert encrypted_size(limits.total) * 8 * rate * units <= mbps * 1_000_000
    assert limits.component <= limits.total


def test_no_unit_of_a_real_encrypted_file_passes_the_limit(tmp_path: Path) -> None:
    """Sizes around the limit, each encrypted unit as it lies in the file, key and length included."""
    limits = frame_limits(Fraction(24), mbps=1, encrypted=True)
    plain = frame_limits(Fraction(24), mbps=1).total
    sizes = [limits.total - step for step in range(18)]
    path = tmp_path / "picture.mxf"
    write_track_file(
        path,
        (bytes(size) for size in sizes),
        sizes=sizes,
        descriptor=PictureDescriptor(64, 36, stereo=False, xsiz=64, ysiz=36, sample_rate=Fraction(24)),
        edit_rate=Fraction(24),
        asset_id=uuid4(),
        key=ContentKey.generate("MDIK"),
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )
    data = path.read_bytes()
    units = [one.end - one.offset for one in klv.walk(data) if bytes(one.key) == bytes(TRIPLET)]
    assert units == [encrypted_size(size) for size in sizes]
    assert max(units) <= plain


def test_hdr_holds_the_second_and_third_component_down_together() -> None:
    """Colour noise over flat grey would have most of its bytes in them."""
    from dcp.picture.codec import codec_by_name

    noise = np.random.default_rng(5).normal(0, 700, (120, 160, 3))
    noise[..., 1] = 0
    picture = (2000 + noise).clip(0, 4095).astype(np.uint16)
    free = component_sizes(
        parse_codestream(codec_by_name().encode(picture, limits=FrameLimits(20_000, 20_000)))
    )
    assert sum(free[1:]) > 10_000
    limits = FrameLimits(20_000, 20_000, rest=10_000)
    held = component_sizes(parse_codestream(codec_by_name().encode(picture, limits=limits)))
    assert sum(held[1:]) <= 10_000
