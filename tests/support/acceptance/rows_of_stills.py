"""Rows whose pictures are stills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from acceptance.rows_of_video import NOT_RDD_52
from acceptance.sources import BRIGHT, DARK, SIZE, bars, noise, stills, tones
from acceptance.values import MONO, Film, Made, Row

FIVE_ONE = "L R C LFE Ls Rs"
SRGB_GREY = round(4095 * (48 / 52.37 * ((BRIGHT / 255 + 0.055) / 1.055) ** 2.4) ** (1 / 2.6))
"""Y of the bright bars on an sRGB display, in code values of 12 bits."""


def samples_of(path: Path, seconds: int = 1) -> list[int]:
    """A mono WAV's samples as they were written."""
    import numpy as np

    raw = np.frombuffer(path.read_bytes()[-seconds * 48_000 * 3 :], np.uint8).reshape(-1, 3)
    wide = np.zeros((len(raw), 4), np.uint8)
    wide[:, 1:] = raw
    return (wide.view("<i4") >> 8).ravel().tolist()


# --- DPX -----


def _dpx(folder: Path) -> None:
    import numpy as np

    low, high = round(DARK / 255 * 65535), round(BRIGHT / 255 * 65535)
    numbers = [*range(0, 23, 2), 23]
    stills(
        folder / "dpx", numbers, lambda n: bars(n, low, high).astype(np.uint16),
        name="reel_{:07d}.dpx", oiio__BitsPerSample=10,
    )  # fmt: skip
    (folder / "mix").mkdir()
    for seed, symbol in enumerate(("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VI")):
        noise(folder / "mix" / f"Film_{symbol}.wav", 1, 1, seed)


def _dpx_is(made: Made) -> None:
    for symbol in ("L", "R", "C", "LFE", "Ls", "Rs", "HI"):
        assert made.channel(symbol).tolist() == samples_of(made.sources / "mix" / f"Film_{symbol}.wav")
    assert made.channel("VIN").tolist() == samples_of(made.sources / "mix" / "Film_VI.wav")


DPX = Row(
    "dpx-10-gap-mono-files",
    "DPX of 10 bits in P3-D65, missing numbers held; eight mono files by their names",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "DPX"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "dpx", colour = "p3-d65", gaps = "hold" }
    sound = { sources = ["mix"], language = "en" }
    """,
    _dpx,
    (Film(channels=f"{FIVE_ONE} HI VIN", shows=([*(n // 2 * 2 for n in range(23)), 23],)),),
    check=_dpx_is,
)

# --- TIFF of X'Y'Z' -----


def _tiff(folder: Path) -> None:
    import numpy as np

    def draw(number: int) -> Any:
        codes = bars(number, 800, 3000)
        codes[..., 0] += 100
        codes[..., 2] += 217
        return (codes * 16).astype(np.uint16)

    stills(folder / "dcdm", range(24), draw, name="dcdm_{:06d}.tif", compression="zip")
    noise(folder / "mix.wav", 1, 8)


def _tiff_is(made: Made) -> None:
    import numpy as np

    for number, frame in enumerate(made.pictures(reduce=0, first=3)):
        codes = bars(number, 800, 3000)
        codes[..., 0] += 100
        codes[..., 2] += 217
        middle = frame[500:580, 100:150].astype(int)
        assert np.abs(middle - codes[90, 20]).max() <= 1, number
    raw = (made.sources / "mix.wav").read_bytes()[-8 * 3 * 48_000 :]
    found = made.sound()
    wanted = np.frombuffer(raw, np.uint8).reshape(-1, 8, 3)
    wide = np.zeros((*wanted.shape[:2], 4), np.uint8)
    wide[..., 1:] = wanted
    whole = wide.view("<i4")[..., 0] >> 8
    for place, symbol in enumerate(("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs")):
        assert np.array_equal(found[:, made.labels().index(symbol)], whole[:, place]), symbol


TIFF = Row(
    "tiff-16-xyz",
    "X'Y'Z' in TIFF of 16 bits comes through to a code value; eight channels of a WAV as 7.1DS, bit for bit",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture"]
    [[composition]]
    title = "DCDM"
    kind = "feature"
    picture_rate = 24
    markers = { FFEC = 20, LFEC = 22 }
    [[composition.reel]]
    picture = { source = "dcdm", colour = "xyz" }
    sound = { sources = "mix.wav", channels = "71(L,R,C,LFE,Lss,Rss,Lrs,Rrs)", language = "de" }
    """,
    _tiff,
    (Film(channels="L R C LFE Lss Rss - - - - Lrs Rrs - - - -", shows=(range(24),)),),
    encrypted=("picture",),
    advised=("advice.mixed-encryption", "advice.no-credits"),
    check=_tiff_is,
    peers={
        "Some assets are encrypted but some are not": "as the job says; the plan advises against it",
        "clairmeta: ": "of encryption that is not all of it, too",
        "no FFMC": "as the job says; the plan advises it",
        "no <ExtensionMetadata>": NOT_RDD_52,
    },
)

# --- EXR -----


def _exr(folder: Path) -> None:
    import numpy as np

    stills(
        folder / "exr", [*range(1001, 1024, 2), 1024], lambda n: bars(n - 1001, 0.02, 0.5).astype(np.float32),
        name="v01.{:06d}.exr", form="half",
    )  # fmt: skip
    noise(folder / "stereo.wav", 1, 2, 7)


def _exr_is(made: Made) -> None:
    import numpy as np

    raw = np.frombuffer((made.sources / "stereo.wav").read_bytes()[-2 * 3 * 48_000 :], np.uint8)
    wide = np.zeros((48_000, 2, 4), np.uint8)
    wide[..., 1:] = raw.reshape(-1, 2, 3)
    whole = (wide.view("<i4")[..., 0] >> 8).astype(np.float64)
    wanted = np.rint(whole.sum(axis=1) * 10 ** (-9 / 20))
    assert np.abs(made.channel("C") - wanted).max() <= 1


EXR = Row(
    "exr-acescg-mapped",
    "EXR of half floats in ACEScg; two channels mixed to the centre",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "EXR"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "exr", colour = "acescg", gaps = "hold" }
    sound = { sources = ["stereo.wav"], map = "1:C@-3,2:C@-3", gain = -6, language = "en" }
    """,
    _exr,
    (Film(channels=MONO, shows=([*(n // 2 * 2 for n in range(23)), 23],)),),
    check=_exr_is,
)

# --- PNG with alpha -----


def _png(folder: Path) -> None:
    import numpy as np

    def draw(number: int) -> Any:
        alpha = np.full((SIZE[1], SIZE[0], 1), 255)
        alpha[: SIZE[1] // 2] = 0
        return np.concatenate([bars(number, DARK, BRIGHT), alpha], axis=2).astype(np.uint8)

    stills(folder / "titles", range(1, 31), draw, name="t{:03d}.png")
    noise(folder / "music.wav", 30 / 24, 6, 3)


def _png_is(made: Made) -> None:
    upper = made.pictures()[0][:130]
    assert upper.max() < 24
    samples = b"".join(made.units(made.track("sound")))
    whole = (made.sources / "music.wav").read_bytes()[-30 * 2000 * 18 :]
    assert samples == whole[3 * 2000 * 18 : 27 * 2000 * 18]


PNG = Row(
    "png-alpha-trimmed",
    "PNG with alpha over black, trimmed, its sound with it, bit for bit",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Titles"
    kind = "teaser"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "titles", trim = "3-27" }
    sound = { sources = ["music.wav"], language = "en" }
    """,
    _png,
    (Film(channels=FIVE_ONE, shows=(range(4, 28),), bright=SRGB_GREY),),
    decided=("plan.alpha",),
    check=_png_is,
)

# --- JPEG -----


def _jpeg(folder: Path) -> None:
    import numpy as np

    stills(
        folder / "jpg", range(30), lambda n: bars(n, DARK, BRIGHT).astype(np.uint8),
        name="img ({}).jpg", Compression="jpeg:95",
    )  # fmt: skip
    noise(folder / "mix.wav", 0.5, 9, 9)


def _jpeg_is(made: Made) -> None:
    import numpy as np

    raw = np.frombuffer((made.sources / "mix.wav").read_bytes()[-9 * 3 * 24_000 :], np.uint8)
    wide = np.zeros((24_000, 9, 4), np.uint8)
    wide[..., 1:] = raw.reshape(-1, 9, 3)
    whole = wide.view("<i4")[..., 0] >> 8
    motion = made.channel("DBOX")
    assert np.array_equal(motion[4800:28_800], whole[:, 8]) and not motion[28_800:].any()
    left = made.channel("L")
    assert not left[:4800].any() and not left[28_800:].any()  # delayed, and silent behind
    at = 4800 + 9600
    wanted = whole[9600, 0] * 10 ** (-12 / 20) * (at / 48_000) / 0.4
    assert abs(left[at] - wanted) < 100


JPEG = Row(
    "jpeg-30-sixteen-channels",
    "JPEG at 30 frames a second; HI, VI-N and D-BOX beside 5.1, short sound delayed, faded and lowered",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "JPEG"
    kind = "test"
    picture_rate = 30
    [[composition.reel]]
    picture = { source = "jpg" }

    [composition.reel.sound]
    sources = ["mix.wav"]
    channels = "51(L,R,C,LFE,Ls,Rs),HI,VIN,DBOX"
    gain = "-12 dB"
    delay = "100 ms"
    fade_in = 0.4
    fade_out = 0.1
    language = "en"
    """,
    _jpeg,
    (Film(rate=30, reels=(30,), channels=f"{FIVE_ONE} HI VIN - - - - DBOX - - -", shows=(range(30),),
          bright=SRGB_GREY),),
    advised=("advice.lengths-differ", "advice.rate"),
    check=_jpeg_is,
    peers={"30/1 of picture": NOT_RDD_52, "no <ExtensionMetadata>": NOT_RDD_52},
)  # fmt: skip

# --- one still, 4K, a table for its colour -----


def _card(folder: Path) -> None:
    import numpy as np

    size = (400, 168)
    stills(folder / "card", [1], lambda n: bars(165, DARK, BRIGHT, size).astype(np.uint8), name="card.tif")
    lines = ["LUT_3D_SIZE 2"]
    for blue in (0, 1):
        for green in (0, 1):
            lines += [f"{0.5 * red} {0.5 * green} {0.5 * blue}" for red in (0, 1)]
    (folder / "half.cube").write_text("\n".join(lines) + "\n")


CARD = Row(
    "still-held-4k-cube",
    "one still held in 4K scope, its colour by a .cube file",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Card"
    kind = "POL"
    picture_rate = 24
    container = "scope"
    resolution = "4k"
    [[composition.reel]]
    picture = { source = "card/card.tif", still = "1s", colour = "half.cube" }
    """,
    _card,
    (
        Film(size=(4096, 1716), channels=FIVE_ONE, shows=([165] * 24,), box=(5, 0, 4086, 1716),
             bright=round(4095 * BRIGHT / 255 * 0.5)),
    ),
)  # fmt: skip

# --- a camera's log -----


def _camera(folder: Path) -> None:
    import numpy as np

    stills(
        folder / "log",
        [*range(0, 24, 3), 23],
        lambda n: bars(n, 0.1, 0.4).astype(np.float32),
        name="A001.{:04d}.exr",
    )
    from sounds import write_wav

    write_wav(folder / "mix.wav", tones(1, [1000] * 6))


def _camera_is(made: Made) -> None:
    assert any("leq(m)" in each["message"] for each in made.said["decisions"]), made.said["decisions"]


CAMERA = Row(
    "camera-log-loudness",
    "a camera's log by OpenColorIO's name; the sound brought to 82 dB leq(m)",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Camera"
    kind = "ADV"
    picture_rate = 24
    loudness = "leqm=80"
    [[composition.reel]]
    picture = { source = "log", colour = "ARRI_LOGC4", gaps = "hold" }
    sound = { sources = ["mix.wav"], language = "en" }
    """,
    _camera,
    (Film(channels=FIVE_ONE, shows=([*(n // 3 * 3 for n in range(23)), 23],)),),
    check=_camera_is,
)

ROWS = (DPX, TIFF, EXR, PNG, JPEG, CARD, CAMERA)
