"""Rows whose pictures are video files."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from acceptance.sources import BRIGHT, film, noise, tones
from acceptance.values import MONO, Film, Made, Row

FILM_RATE = Fraction(24_000, 1001)
WIDE = (39, 0, 1920, 1080)
"""16:9 in a flat container."""
NOT_RDD_52 = "RDD 52 does not have it, and the composition does not declare RDD 52: the plan says so"


def white_y(level: float, peak: float = 255, gamma: float = 2.4) -> int:
    """Y of a grey on a Rec.709 display, in code values of 12 bits (ST 428-1, white at 48 of 52.37)."""
    return round(4095 * (48 / 52.37 * (level / peak) ** gamma) ** (1 / 2.6))


GREY = white_y(BRIGHT)


def onset(made: Made, symbol: str, film: int = 0, reel: int = 0) -> list[float]:
    from sounds import onsets

    return onsets(made.channel(symbol, film, reel))


def near(found: list[float], wanted: list[float], within: float = 0.001) -> bool:
    return len(found) == len(wanted) and all(abs(a - b) <= within for a, b in zip(found, wanted, strict=True))


# --- 1 -----


def _h264(folder: Path) -> None:
    film(folder / "trailer.mp4", options={"bf": "2"}, sounds=[tones(1, [440, 550])], sound_codec="aac")


def _h264_is(made: Made) -> None:
    (cpl,) = made.films
    assert cpl.content_title_text.startswith("TheFilm_TLR-1_F_EN-XX_DE"), cpl.content_title_text
    assert "_2K_" in cpl.content_title_text and "_DI_" in cpl.content_title_text
    assert {each.label: each.offset for each in cpl.reels[0].markers}["FFEC"] == 20
    assert [each.label for each in cpl.rating_list] == ["PG"]


H264 = Row(
    "h264-limited-named",
    "video of 4:2:0 and limited range with B-frames, AAC in stereo; name built; markers and ratings",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "The Film"
    name = "auto"
    kind = "TLR"
    territory = "DE"
    studio = "DI"
    facility = "DI"
    markers = { FFEC = "00:00:00:20" }
    ratings = { "http://www.mpaa.org/2003-ratings" = "PG" }
    [[composition.reel]]
    picture = { source = "trailer.mp4" }
    sound = { language = "en" }
    """,
    _h264,
    (Film(shows=(range(24),), box=WIDE, bright=GREY),),
    check=_h264_is,
)

# --- 2 -----


def _prores(folder: Path) -> None:
    from sounds import clicks

    sound = clicks(1.001, [0.1001, 0.5005], channels=6)
    sound[:, 3] = 0
    film(
        folder / "film.mov", rate=FILM_RATE, codec="prores_ks", form="yuv422p10le",
        options={"profile": "3"}, sounds=[sound],
    )  # fmt: skip


def _prores_is(made: Made) -> None:
    assert near(onset(made, "L"), [0.1, 0.5]) and near(onset(made, "Rs"), [0.1, 0.5])
    assert not made.channel("LFE").any()


PRORES = Row(
    "prores-23976-to-24",
    "ProRes in QuickTime, 23.976 frame for frame to 24, its 5.1 slowed with it; encrypted",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound"]
    [[composition]]
    title = "ProRes"
    kind = "test"
    [[composition.reel]]
    picture = { source = "film.mov" }
    sound = { language = "fr-CA" }
    """,
    _prores,
    (Film(channels="L R C LFE Ls Rs", shows=(range(24),), box=WIDE, bright=GREY),),
    decided=("plan.pulled",),
    encrypted=("picture", "sound"),
    check=_prores_is,
)

# --- 3 -----


def _dnx(folder: Path) -> None:
    from sounds import clicks

    mono = [clicks(0.96, [0.048 * (n + 1)]) for n in range(8)]
    film(
        folder / "film.mxf", rate=25, codec="dnxhd", form="yuv422p", size=(1280, 720),
        options={"profile": "dnxhr_sq"}, sounds=mono, sound_codec="pcm_s24le",
    )  # fmt: skip


def _dnx_is(made: Made) -> None:
    for number, symbol in enumerate(("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs"), start=1):
        assert near(onset(made, symbol), [0.05 * number]), symbol


DNX = Row(
    "dnxhr-mxf-25-to-24",
    "DNxHR in MXF OP1a of 25 frames a second, played at 24; its eight mono streams as 7.1DS",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "DNx"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film.mxf" }
    sound = { channels = "71(L,R,C,LFE,Lss,Rss,Lrs,Rrs)", language = "zxx" }
    """,
    _dnx,
    (Film(channels="L R C LFE Lss Rss - - - - Lrs Rrs - - - -", shows=(range(24),), box=WIDE, bright=GREY),),
    decided=("plan.slowed",),
    check=_dnx_is,
)

# --- 4: interlaced, and 50 frames a second halved -----


def _interlaced(folder: Path) -> None:
    import av
    from av.filter import Graph
    from numbered import picture

    size = (720, 576)
    flags = Graph()
    ends = [
        flags.add_buffer(
            width=size[0], height=size[1], format=av.VideoFormat("yuv420p", *size), time_base=Fraction(1, 25)
        ),
        flags.add("setfield", "tff"),
        flags.add("buffersink"),
    ]
    for one, other in pairwise(ends):
        one.link_to(other)
    flags.configure()
    with av.open(str(folder / "tv.mov"), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.options = {"flags": "+ildct+ilme", "field_order": "tt"}
        stream.codec_context.color_primaries, stream.codec_context.color_trc = 5, 6
        stream.codec_context.colorspace = 5
        stream.codec_context.sample_aspect_ratio = Fraction(64, 45)
        for number in range(25):
            lines = picture(2 * number, size)
            lines[1::2] = picture(2 * number + 1, size)[1::2]
            frame = av.VideoFrame.from_ndarray(lines, format="rgb24").reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            flags.push(frame)
            container.mux(stream.encode(flags.pull()))
        container.mux(stream.encode(None))
    film(folder / "sport.mkv", 50, rate=50, sounds=[tones(1, [300])])


INTERLACED = Row(
    "interlaced-and-50",
    "interlaced video is deinterlaced; every other one of 50 frames a second is taken",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "TV"
    kind = "test"
    [[composition.reel]]
    picture = { source = "tv.mov" }
    sound = { silent = true }

    [[composition]]
    title = "Sport"
    kind = "test"
    picture_rate = 25
    [[composition.reel]]
    picture = { source = "sport.mkv" }
    sound = { language = "de" }
    """,
    _interlaced,
    (
        Film(rate=25, reels=(25,), channels="L R C LFE Ls Rs", shows=(range(0, 50, 2),), box=WIDE, over=2500),
        Film(rate=25, reels=(25,), channels=MONO, shows=(range(0, 50, 2),), box=WIDE, bright=GREY),
    ),
    decided=("plan.every-nth",),
)

# --- 5: a phone -----


def _phone(folder: Path) -> None:
    times = [n * 25 for n in range(8)] + [200 + n * 50 for n in range(4)] + [400 + n * 25 for n in range(8)]
    film(
        folder / "phone.mov", 20, times=times, time_base=Fraction(1, 600), size=(256, 144),
        prepare=lambda stream: stream.set_display_rotation(90), options={"bf": "0"},
        sounds=[tones(1, [500])], sound_codec="aac",
    )  # fmt: skip


def _phone_is(made: Made) -> None:
    import numpy as np

    # turned, the bars lie one over the other: the lowest bit on top or at the bottom, as the tag says
    shown = []
    for frame in made.pictures():
        inner = frame[:, 180:320, 1].mean(axis=1)
        bits = inner[: 270 // 8 * 8].reshape(8, -1)[:, 10:-10].mean(axis=1) > 1500
        shown.append(int(np.dot(bits, 1 << np.arange(8))))
    reverse = [int(f"{number:08b}"[::-1], 2) for number in shown]
    wanted = [*range(8), 8, 8, 9, 9, 10, 10, 11, 11, *range(12, 20)]
    assert wanted in (shown, reverse), shown
    outside = made.pictures()[-1][:, :160]
    assert outside.max() < 24


PHONE = Row(
    "phone-turned-variable",
    "a phone's video, turned by its tag, of variable rate, taken by its time stamps",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Phone"
    kind = "short"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "phone.mov" }
    sound = { language = "it" }
    """,
    _phone,
    (Film(channels=MONO),),
    decided=("plan.variable-time", "plan.turned"),
    advised=("advice.container",),
    check=_phone_is,
)

# --- 6: bars -----


def _letterbox(folder: Path) -> None:
    import av
    from numbered import picture

    size = (1280, 720)
    with av.open(str(folder / "scope.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for number in range(12):
            lines = picture(number + 1, size)
            lines[:92] = lines[-92:] = 0
            frame = av.VideoFrame.from_ndarray(lines, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", threads=1
            )
            frame.pts, frame.time_base = number, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    noise(folder / "music.wav", 1, 2)


LETTERBOX = Row(
    "letterbox-auto-and-fill",
    "scope in 16:9: the bars found and cut off, in scope; filled into flat",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Scope"
    kind = "test"
    container = "scope"
    [[composition.reel]]
    picture = { source = "scope.mkv", crop = "auto" }
    sound = { sources = ["music.wav"], language = "zxx" }

    [[composition]]
    title = "Filled"
    kind = "test"
    container = "flat"
    [[composition.reel]]
    picture = { source = "scope.mkv", crop = "fill", trim = "0-24" }
    sound = { sources = ["music.wav"], language = "zxx" }
    """,
    _letterbox,
    (
        Film(size=(2048, 858), shows=([n // 2 + 1 for n in range(24)],), bright=GREY),
        Film(shows=([n // 2 + 1 for n in range(24)],)),
    ),
    decided=("plan.crop-auto", "plan.filled"),
)

# --- 7: rates that are converted -----


def _blend(folder: Path) -> None:
    film(folder / "ten.mkv", 10, rate=10, sounds=[tones(1, [400])])


BLEND = Row(
    "ten-dropped-and-blended",
    "10 frames a second to 24, the nearest frame and a mix of two, the sound at its pace",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Dropped"
    kind = "test"
    picture_rate = 24
    rate_conversion = "drop"
    [[composition.reel]]
    picture = { source = "ten.mkv" }
    sound = { language = "en" }

    [[composition]]
    title = "Blended"
    kind = "test"
    picture_rate = 24
    rate_conversion = "blend"
    [[composition.reel]]
    picture = { source = "ten.mkv" }
    sound = { language = "en" }
    """,
    _blend,
    (
        Film(channels=MONO, box=WIDE, bright=GREY, shows=([(2 * n + 1) * 5 // 24 for n in range(24)],)),
        Film(channels=MONO),
    ),
    decided=("plan.rate-drop", "plan.rate-blend"),
)

# --- 8: late sound, mono streams, edit list, wide gamut -----


def _late(folder: Path) -> None:
    from sounds import clicks

    mono = [clicks(0.5, [0.02 * (n + 1)]) for n in range(6)]
    film(
        folder / "late.mov", options={"bf": "3"}, sounds=mono, starts=[0.25] * 6, tags=(9, 1, 9),
        codec="libx264", form="yuv420p10le",
    )  # fmt: skip


def _late_is(made: Made) -> None:
    for number, symbol in enumerate(("L", "R", "C", "LFE", "Ls", "Rs"), start=1):
        assert near(onset(made, symbol), [0.25 + 0.02 * number]), (symbol, onset(made, symbol))


LATE = Row(
    "six-mono-streams-late",
    "six mono streams that begin late, B-frames with an edit list, Rec.2020 by its tags",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Late"
    kind = "test"
    [[composition.reel]]
    picture = { source = "late.mov" }
    sound = { language = "ja" }
    """,
    _late,
    (Film(channels="L R C LFE Ls Rs", shows=(range(24),), box=WIDE, bright=GREY),),
    advised=("advice.lengths-differ",),
    check=_late_is,
)

# --- 9: HDR -----


def _hdr(folder: Path) -> None:
    film(
        folder / "hdr.mov",
        12,
        rate=12,
        codec="prores_ks",
        form="yuv422p10le",
        tags=(9, 16, 9),
        sounds=[tones(1, [220, 330])],
    )


def _hdr_is(made: Made) -> None:
    from dcp.mxf.labels import TRANSFER_ST2084

    descriptor: Any = made.header(made.track("picture")).descriptor
    assert descriptor.transfer_characteristic == TRANSFER_ST2084


HDR = Row(
    "hdr-pq",
    "HDR by its tags (Rec.2020, PQ) as an HDR package",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "HDR"
    kind = "test"
    container = "full"
    hdr = true
    [[composition.reel]]
    picture = { source = "hdr.mov" }
    sound = { language = "en" }
    """,
    _hdr,
    (Film(size=(2048, 1080), shows=([n // 2 for n in range(24)],), box=(64, 0, 1920, 1080)),),
    check=_hdr_is,
    peers={"Bv2.1 error: The size 2048x1080": NOT_RDD_52, "no <ExtensionMetadata>": NOT_RDD_52},
)

# --- 10: chapters, and a picture shown twice -----


def _chapters(folder: Path) -> None:
    film(folder / "slow.mkv", 24, rate=12, chapters=[0, 12], sounds=[tones(2, [250, 350])])


CHAPTERS = Row(
    "chapters-12-doubled",
    "12 frames a second, each shown twice, cut into reels at its chapters",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Chapters"
    kind = "test"
    split_at = ["chapters"]
    [[composition.reel]]
    picture = { source = "slow.mkv" }
    sound = { language = "en" }
    """,
    _chapters,
    (
        Film(
            reels=(24, 24),
            box=WIDE,
            bright=GREY,
            shows=([n // 2 for n in range(24)], [12 + n // 2 for n in range(24)]),
        ),
    ),
    decided=("plan.each-shown", "plan.cut-into-reels"),
)

ROWS = (H264, PRORES, DNX, INTERLACED, PHONE, LETTERBOX, BLEND, LATE, HDR, CHAPTERS)
