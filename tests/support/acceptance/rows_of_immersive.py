"""Packages with immersive sound."""

from __future__ import annotations

from pathlib import Path

from immersive import folder_of, frames

from acceptance.sources import codestreams, contents, noise
from acceptance.values import Film, Made, Row
from dcp.auxdata.sync_signal import CHANNEL, Signal, read_messages, signal_of
from dcp.secrets.keys import DOLBY_SCOPE

SIXTEEN = "L R C LFE Ls Rs - - - - - - - FSKSync - -"


def _signal(made: Made, reel: int) -> Signal:
    samples = made.sound(0, reel)[: 4 * 2000, CHANNEL - 1]
    found = signal_of(
        read_messages(b"".join(int(each).to_bytes(3, "little", signed=True) for each in samples))
    )
    assert found is not None
    return found


def _aux(made: Made, reel: int = 0) -> list[bytes]:
    asset = made.films[0].reels[reel].asset("AuxData")
    return made.units(made.package.require(asset.id))


def _sources(folder: Path, suffix: str, count: int) -> None:
    codestreams(folder / "film", count)
    noise(folder / "mix.wav", count // 24)
    folder_of(folder / "immersive", frames(count), suffix=suffix)


def _is(made: Made) -> None:
    same_frames(made)
    signals(made)


def same_frames(made: Made) -> None:
    """The reels have the frames of the folder `immersive`, byte for byte."""
    frames = [frame for reel in range(len(made.films[0].reels)) for frame in _aux(made, reel)]
    assert frames == contents(made.sources / "immersive")


def signals(made: Made) -> None:
    """The sync signal of each reel is whole and leads its sound's id."""
    for reel, each in enumerate(made.films[0].reels):
        signal = _signal(made, reel)
        assert (signal.id, signal.first, signal.broken) == (each.sound.id, 0, 0)


def _atmos_is(made: Made) -> None:
    _is(made)
    assert {(key.type, key.scope) for key in made.keyring.keys} == {
        ("MDIK", None), ("MDAK", None), ("MDEK", DOLBY_SCOPE)
    }  # fmt: skip


ATMOS = Row(
    "atmos-encrypted",
    "Dolby Atmos out of a folder of frames, all of it encrypted, each kind with its key",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Atmos"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }
    aux = { source = "immersive" }
    """,
    lambda folder: _sources(folder, ".atmos", 24),
    (Film(channels=SIXTEEN),),
    decided=("plan.aux-atmos", "plan.sync-signal", "plan.sync-channels"),
    encrypted=("picture", "sound", "aux"),
    check=_atmos_is,
    extra="picture",
)

IAB = Row(
    "iab-cut-into-reels",
    "IAB cut into reels with the picture, in the clear",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Iab"
    kind = "test"
    picture_rate = 24
    split_at = ["24"]
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }
    aux = { source = "immersive" }
    """,
    lambda folder: _sources(folder, ".iab", 48),
    (Film(reels=(24, 24), channels=SIXTEEN),),
    decided=("plan.aux-iab", "plan.sync-signal", "plan.cut-into-reels"),
    check=_is,
    extra="picture",
)

ROWS = (ATMOS, IAB)
