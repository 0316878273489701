"""Sources of every make through the plan and the makers: what comes out is held against what went in.

A share of them is tried always; `make soak` has the rest.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from scene import Look
from scene_judged import Want, judged
from sources_made import Make, make

pytestmark = [pytest.mark.extra("create"), pytest.mark.oracle]

TAGS = "-color_primaries bt709 -color_trc bt709 -colorspace bt709"
H264 = "-c:v libx264 -crf 8 -preset veryfast"
PRORES = "-c:v prores_ks -profile:v 3"
MPEG2 = "-c:v mpeg2video -q:v 1"
FIELDS = "-flags +ilme+ildct"
NTSC = Fraction(1000, 1001)
LOSSLESS, LOSSY, COARSE = 2.0, 16.0, 40.0
"""X'Y'Z' codes."""
Case = tuple[Make, Want]


def of(
    name: str, video: str, form: str, within: float | None = LOSSLESS, *, full: bool = False, **more: object
) -> Case:
    """A case; `more` goes to the file or to what should come of it, whichever has such a field."""
    want = {key: more.pop(key) for key in list(more) if key in Want.__dataclass_fields__}
    matrix = str(more.pop("matrix", "bt709"))
    more.setdefault("tags", TAGS + (" -color_range pc" if full else " -color_range tv"))
    return (
        Make(name, video, Look(form, full, matrix), **more),  # type: ignore[arg-type]
        Want(within=within, **want),  # type: ignore[arg-type]
    )


def rgb(name: str, video: str, form: str = "gbrp", within: float = LOSSLESS, **more: object) -> Case:
    return of(name, video, form, within, full=True, **{"tags": "", **more})


def sd(name: str, video: str, form: str = "yuv420p", within: float = COARSE, **more: object) -> Case:
    """Untagged, and so of the matrix of BT.601."""
    return of(name, video, form, within, **{"tags": "", "matrix": "bt601", **more})


def interlaced(name: str, video: str, form: str, fields: str, within: float = LOSSY, **more: object) -> Case:
    given = {"rate": 25, "size": (640, 360), **more}
    return of(name, video, form, within, fields=fields, **given)


def heard(name: str, layout: str, audio: str, **more: object) -> Case:
    """A film for its sound."""
    given = {"frames": 24, "claps": (0, 12), "size": (64, 36), **more}
    return of(name, MPEG2, "yuv420p", None, layouts=(layout,), audio=audio, **given)


PCM, PCM16, AAC = "-c:a pcm_s24le", "-c:a pcm_s16le", "-c:a aac -b:a 384k"

CODECS = [
    of("prores422.mov", PRORES, "yuv422p10le", LOSSY),
    of("prores422.mkv", PRORES, "yuv422p10le", LOSSY),
    of("prores4444.mov", "-c:v prores_ks -profile:v 4 -alpha_bits 16", "yuva444p10le", LOSSY, alpha=0.5),
    of("dnxhr_hqx.mov", "-c:v dnxhd -profile:v dnxhr_hqx", "yuv422p10le", LOSSY),
    of("dnxhr_444.mxf", "-c:v dnxhd -profile:v dnxhr_444", "yuv444p10le", LOSSY),
    of("dnxhd.mov", "-c:v dnxhd -b:v 120M", "yuv422p", LOSSY, size=(1920, 1080), rate=25),
    *(
        of(f"ffv1-{form}.mkv", "-c:v ffv1", form, full=form.startswith(("gbr", "gray")))
        for form in (
            "yuv420p",
            "yuv422p",
            "yuv444p",
            "yuv410p",
            "yuv411p",
            "yuv440p",
            "yuv420p10le",
            "yuv422p10le",
            "yuv444p16le",
            "gbrp10le",
            "gbrp16le",
            "gray",
            "gray10le",
            "gray16le",
        )
    ),
    of("ffv1-alpha.mkv", "-c:v ffv1", "yuva420p", alpha=0.5),
    rgb("ffv1-bgra.mkv", "-c:v ffv1", "gbrap", encoded="bgra", alpha=0.5),
    of("mjpeg.avi", "-c:v mjpeg -q:v 1", "yuvj420p", COARSE, full=True, matrix="bt601", tags="", audio=PCM16),
    *(
        of(f"h264-{form}.mp4", H264, form, LOSSY, audio=AAC)
        for form in ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"]
    ),
    of("h264-full.mp4", H264, "yuv420p", LOSSY, full=True, audio=AAC),
    rgb("h264rgb.mkv", "-c:v libx264rgb -qp 0", encoded="rgb24"),
    of("hevc10.mp4", "-c:v libx265 -crf 8 -preset ultrafast", "yuv420p10le", LOSSY, audio=AAC),
    of("av1.mkv", "-c:v libaom-av1 -crf 5 -cpu-used 8", "yuv420p10le", LOSSY, audio="-c:a flac"),
    of("vp9.webm", "-c:v libvpx-vp9 -lossless 1 -cpu-used 8", "yuv444p", audio="-c:a libvorbis"),
    *(
        of(
            f"{codec}-alpha.webm",
            f"-c:v lib{decoder} -crf 5 -b:v 20M -auto-alt-ref 0 -deadline realtime",
            "yuva420p",
            COARSE,
            alpha=0.5,
            layouts=(),
            **({} if codec == "vp9" else {"matrix": "bt601", "tags": ""}),
        )
        for codec, decoder in (("vp8", "vpx"), ("vp9", "vpx-vp9"))
    ),
    sd("vp8.webm", "-c:v libvpx -crf 4 -b:v 20M -deadline realtime", audio="-c:a libvorbis"),
    sd("theora.ogv", "-c:v libtheora -q:v 10", layouts=()),
    sd("mpeg4.avi", "-c:v mpeg4 -q:v 1", audio=PCM16),
    sd("raw.avi", "-c:v rawvideo", within=LOSSLESS),
    sd("raw.nut", "-c:v rawvideo", "yuv444p10le", LOSSLESS),
    of("raw-uyvy.mov", "-c:v rawvideo -tag:v 2vuy", "yuv422p", encoded="uyvy422"),
    rgb("raw-bgr24.avi", "-c:v rawvideo", encoded="bgr24"),
    rgb("qtrle-argb.mov", "-c:v qtrle", "gbrap", encoded="argb", alpha=0.5),
    of("v210.mov", "-c:v v210", "yuv422p10le"),
    of("v410.mov", "-c:v v410", "yuv444p10le"),
    rgb("r210.mov", "-c:v r210", "gbrp10le"),
    sd("huffyuv.avi", "-c:v huffyuv", "yuv422p", LOSSLESS),
    of("ffvhuff.mkv", "-c:v ffvhuff", "yuv420p"),
    rgb("utvideo.avi", "-c:v utvideo"),
    rgb("png16.mov", "-c:v png", "gbrp16le", encoded="rgb48be"),
    of("cineform.mov", "-c:v cfhd -quality film3+", "yuv422p10le", LOSSY),
    rgb("cineform-alpha.avi", "-c:v cfhd -quality film3+", "gbrap12le", LOSSY, alpha=0.5),
    of("jpeg2000.mxf", "-c:v libopenjpeg", "yuv422p10le"),
    sd("y4m.y4m", "-c:v wrapped_avframe", "yuv422p", LOSSLESS, layouts=()),
    of("imx.mxf", MPEG2 + " -g 1", "yuv422p", COARSE, audio=PCM16),
    of("h264.ts", H264, "yuv420p", LOSSY, audio="-c:a ac3 -b:a 448k"),
    of("h264.flv", H264, "yuv420p", LOSSY, audio=AAC),
    of("h264.avi", H264, "yuv420p", LOSSY, audio=PCM16),
    of("fragments.mp4", H264, "yuv420p", LOSSY, audio=AAC, more="-movflags frag_keyframe+empty_moov"),
]

SCANS = [
    interlaced(
        "tff.ts", f"{MPEG2} {FIELDS} -g 12 -bf 2", "yuv420p", "tff", COARSE, audio="-c:a mp2 -b:a 384k"
    ),
    interlaced(
        "bff.ts", f"{MPEG2} {FIELDS} -g 12 -bf 2", "yuv420p", "bff", COARSE, audio="-c:a mp2 -b:a 384k"
    ),
    interlaced("tff.mpg", f"{MPEG2} {FIELDS}", "yuv422p", "tff", COARSE, rate=30 * NTSC, audio="-c:a mp2"),
    interlaced("bff.mxf", f"{MPEG2} {FIELDS}", "yuv422p", "bff", COARSE),
    interlaced("tff.mov", f"{PRORES} -flags +ildct", "yuv422p10le", "tff"),
    interlaced("bff.mov", f"{PRORES} -flags +ildct", "yuv422p10le", "bff"),
    interlaced("h264-tff.mp4", f"{H264} {FIELDS} -x264opts tff=1", "yuv420p", "tff", COARSE, audio=AAC),
    interlaced("h264-bff.mp4", f"{H264} {FIELDS} -x264opts bff=1", "yuv420p", "bff", COARSE, audio=AAC),
    interlaced("v210-bff.mov", "-c:v v210 -field_order bb", "yuv422p10le", "bff", 4),
    interlaced("raw-tb.mov", "-c:v rawvideo -field_order tb", "yuv422p", "tff", 4, encoded="uyvy422"),
    interlaced("rgb.mkv", "-c:v ffv1 -field_order tt", "gbrp", "tff", 4, full=True, tags=""),
]
SQUEEZED = [
    *(
        sd(
            f"dv-{lines}-{shape.replace(':', '')}.{ending}", f"-c:v dvvideo -aspect {shape}", form,
            size=(720, lines), rate=rate, fields="bff", shape=Fraction(*map(int, shape.split(":"))),
            audio=PCM16,
        )
        for lines, form, rate, shape, ending in (
            (576, "yuv420p", 25, "4:3", "avi"), (576, "yuv420p", 25, "16:9", "mov"),
            (480, "yuv411p", 30 * NTSC, "4:3", "avi"), (480, "yuv411p", 30 * NTSC, "16:9", "dv"),
        )
    ),
    *(
        sd(name, video, form, size=(360, 288), rate=25, shape=Fraction(16, 9), audio=audio)
        for name, video, form, audio in (
            ("dvd.mpg", f"{MPEG2} -aspect 16:9", "yuv420p", "-c:a mp2 -b:a 384k"),
            ("sd.mxf", f"{MPEG2} -aspect 16:9", "yuv422p", PCM),
            ("sd.mp4", f"{H264} -aspect 16:9", "yuv420p", AAC),
            ("sd.mkv", "-c:v ffv1 -aspect 16:9", "yuv420p", PCM),
            ("sd.avi", "-c:v mpeg4 -q:v 1 -aspect 16:9", "yuv420p", PCM16),
            ("sd.mov", f"{PRORES} -aspect 16:9", "yuv422p10le", PCM),
        )
    ),
]  # fmt: skip
SIZES = [
    of(f"{width}x{height}.mkv", "-c:v ffv1", "yuv420p", size=(width, height), frames=2, claps=(0,))
    for width, height in (
        (1279, 719), (1921, 1081), (1080, 1920), (4096, 1716), (321, 181), (319, 240), (1998, 1080),
        (7680, 4320),
    )
]  # fmt: skip
RATES = [
    of(
        f"{float(rate):.3f}.{ending}", video, form, None, rate=rate, frames=round(rate), size=(64, 36),
        claps=(0, round(rate) // 2), audio=audio, **({"hold": 2, "at": round(2 * rate)} if rate < 20 else {}),
    )
    for rate in (
        *map(Fraction, (12, 15, 24, 25, 30, 48, 50, 60, 96, 100, 120)), Fraction(25, 2),
        *(each * NTSC for each in (12, 15, 24, 30, 48, 60, 120)),
    )
    for ending, video, form, audio in (
        ("mov", PRORES, "yuv422p10le", PCM), ("mkv", "-c:v ffv1", "yuv420p", "-c:a flac"),
        ("mp4", H264, "yuv420p", AAC), ("avi", "-c:v ffv1", "yuv420p", PCM16),
        ("ts", H264, "yuv420p", "-c:a ac3"),
    )
]  # fmt: skip


def tagged(name: str, words: str, **more: object) -> list[Case]:
    """By the codec's own stream, by QuickTime's box and by Matroska's element."""
    given = {"frames": 2, "claps": (0,), "tags": words, **more}
    lossless = "-c:v libx264 -qp 0 -preset veryfast"
    return [
        of(f"{name}.mkv", "-c:v ffv1", "yuv444p10le", **given),
        of(f"{name}.mp4", lossless, "yuv444p10le", audio=AAC, **given),
        of(f"{name}.mov", "-c:v prores_ks -profile:v 4", "yuv444p10le", LOSSY, **given),
    ]


COLOURS = [
    *tagged(
        "601",
        "-colorspace smpte170m -color_primaries bt709 -color_trc bt709",
        matrix="bt601",
        size=(1280, 720),
    ),
    *tagged("709", "-colorspace bt709 -color_primaries bt709 -color_trc bt709"),
    *tagged(
        "2020",
        "-colorspace bt2020nc -color_primaries bt2020 -color_trc bt2020-10",
        matrix="bt2020",
        primaries="rec2020",
    ),
    *tagged("p3", "-colorspace bt709 -color_primaries smpte432 -color_trc bt709", primaries="p3"),
    *tagged("srgb", "-colorspace bt709 -color_primaries bt709 -color_trc iec61966-2-1", gamma="srgb"),
    *tagged("none", "", matrix="bt601"),
    *tagged("none-hd", "", size=(1280, 720)),
]

SOUNDS = [
    *(
        heard(f"{layout}.{ending}", layout, audio)
        for layout in ("mono", "stereo", "2.1", "3.0", "quad", "5.0", "5.1", "7.1")
        for ending, audio in (("mkv", "-c:a flac"), ("mp4", "-c:a aac -b:a 768k"))
    ),
    heard("6.1.mkv", "6.1", "-c:a flac"),
    heard("wide.mkv", "7.1(wide)", "-c:a flac"),
    heard("side.mov", "5.1(side)", PCM),
    heard("5.1.ts", "5.1", "-c:a ac3 -b:a 640k"),
    heard("7.1-opus.mkv", "7.1", "-c:a libvorbis"),
    # boxes that QuickTime says the order with; the samples stand here as the box has them
    heard("own-6.1.mov", "6.1", PCM, symbols={"L": 0, "R": 1, "C": 2, "LFE": 3, "Ls": 4, "Rs": 5, "Cs": 6}),
    heard(
        "own-7.1.mov",
        "7.1",
        PCM,
        symbols={"L": 0, "R": 1, "C": 2, "LFE": 3, "Lss": 4, "Rss": 5, "Lrs": 6, "Rrs": 7},
    ),
    *(
        heard(f"{rate}-{number}.mkv", "stereo", "-c:a flac", sample_rate=rate, rate=film)
        for rate in (22_050, 32_000, 44_100, 88_200, 96_000, 192_000)
        for number, film in enumerate((24, 24 * NTSC))
    ),
    *(
        heard(f"{codec}.{ending}", "stereo", f"-c:a {codec} -strict -2")
        for codec, ending in (
            ("pcm_s16be", "mov"), ("pcm_s32le", "mov"), ("pcm_f32le", "mov"), ("pcm_f64le", "mov"),
            ("pcm_u8", "mkv"), ("alac", "mov"), ("truehd", "mkv"), ("wavpack", "mkv"), ("libmp3lame", "mkv"),
            ("pcm_bluray", "m2ts"), ("pcm_dvd", "vob"), ("s302m", "ts"), ("mp2", "mpg"), ("pcm_alaw", "mov"),
        )
    ),
]  # fmt: skip

ALWAYS = {
    "prores422.mov", "prores4444.mov", "ffv1-gray10le.mkv", "h264-yuv420p.mp4", "hevc10.mp4", "raw-uyvy.mov",
    "bff.ts", "tff.mov", "dv-576-43.avi", "sd.mxf", "1279x719.mkv", "1080x1920.mkv", "14.985.mkv",
    "59.940.ts", "2020.mov", "none.mkv", "7.1.mp4", "vp9-alpha.webm", "own-6.1.mov",
    "5.1.ts", "44100-1.mkv", "mono.mp4",
}  # fmt: skip
CASES = [*CODECS, *SCANS, *SQUEEZED, *SIZES, *RATES, *COLOURS, *SOUNDS]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case[0].name, marks=[] if case[0].name in ALWAYS else [pytest.mark.soak])
        for case in CASES
    ],
)
def test_what_went_in_comes_out(tmp_path: Path, case: Case) -> None:
    made, want = case
    wrong = judged(make(tmp_path, made), made, want)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("more", [b"\0" * 5000, b"hello world\n" * 300])
@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mp4"])
def test_what_a_disk_left_behind_a_file_does_no_harm(tmp_path: Path, name: str, more: bytes) -> None:
    audio = "-c:a ac3" if name == "a.ts" else "-c:a aac -b:a 256k"
    made, want = of(name, H264, "yuv420p", None, audio=audio)
    path = make(tmp_path, made)
    path.write_bytes(path.read_bytes() + more)
    assert not judged(path, made, want)
