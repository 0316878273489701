"""Which codec a marked file gets, in which form its samples are coded, and the coder itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from watermark.screener.source import Source

Codec = Literal["h264", "hevc", "prores", "ffv1"]
CODECS: tuple[Codec, ...] = ("h264", "hevc", "prores", "ffv1")
CONTAINERS: dict[str, tuple[str, tuple[Codec, ...]]] = {
    ".mp4": ("mp4", ("h264", "hevc")),
    ".m4v": ("mp4", ("h264", "hevc")),
    ".mov": ("mov", ("h264", "hevc", "prores")),
    ".mkv": ("matroska", CODECS),
}
"""FFmpeg's name of the container by the file's ending, and the codecs that players expect in it."""

DEFAULT_QUALITY: dict[Codec, int | None] = {"h264": 12, "hevc": 12, "prores": None, "ffv1": None}
_BEST: dict[Codec, int] = {"h264": 0, "hevc": 0, "prores": 0, "ffv1": -1}
_WORST: dict[Codec, int] = {"h264": 51, "hevc": 51, "prores": 5, "ffv1": -1}
_ENCODERS: dict[Codec, str] = {"h264": "libx264", "hevc": "libx265", "prores": "prores_ks", "ffv1": "ffv1"}
_PRORES_TAGS = ("apco", "apcs", "apcn", "apch", "ap4h", "ap4x")
_DEPTHS: dict[Codec, tuple[int, ...]] = {
    "h264": (8, 10),
    "hevc": (8, 10, 12),
    "prores": (10,),
    "ffv1": (8, 9, 10, 12, 14, 16),
}
_FORM = pattern(r"(yuva|yuvj|yuv|gbrap|gbrp|gray)(\d{3})?p?(\d{1,2})?(?:le)?")
_REPACKED = {
    **{
        f"nv{n}": f"yuv{ratio}p"
        for n, ratio in (("12", 420), ("21", 420), ("16", 422), ("24", 444), ("42", 444))
    },
    "nv20le": "yuv422p10le",
    **{f"p0{b}le": f"yuv420p{b}le" for b in (10, 12, 16)},
    **{f"p2{b}le": f"yuv422p{b}le" for b in (10, 12, 16)},
    **{f"p4{b}le": f"yuv444p{b}le" for b in (10, 12, 16)},
    **dict.fromkeys(("yuyv422", "uyvy422", "yvyu422"), "yuv422p"),
    "y210le": "yuv422p10le",
    "y212le": "yuv422p12le",
    **dict.fromkeys(("rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr"), "gbrp"),
    **dict.fromkeys(("rgba", "bgra", "argb", "abgr", "pal8"), "gbrap"),
    **dict.fromkeys(("rgb48le", "bgr48le", "rgb48be", "bgr48be"), "gbrp16le"),
    **dict.fromkeys(("rgba64le", "bgra64le", "rgba64be", "bgra64be"), "gbrap16le"),
    **dict.fromkeys(("vuya", "ayuv", "uyva"), "yuva444p"),
    "ayuv64le": "yuva444p16le",
}
"""Samples side by side, and the same ones in planes."""


_PACKED_RGB = {"gbrp": "bgr0", "gbrap": "bgra"}
"""What FFV1's coder takes for 8 bits."""


@dataclass(frozen=True)
class Form:
    """How samples lie: model "yuv", "gbr" or "gray", the ratio of chroma ("420" and its like, "" without),
    bits of a sample, whether coverage is beside them."""

    model: str
    ratio: str
    depth: int
    alpha: bool

    @property
    def name(self) -> str:
        """FFmpeg's."""
        end = "" if self.depth == 8 else f"{self.depth}le"
        if self.model == "gray":
            return f"gray{end}"
        if self.model == "gbr":
            return f"{'gbrap' if self.alpha else 'gbrp'}{end}"
        return f"{'yuva' if self.alpha else 'yuv'}{self.ratio}p{end}"

    @property
    def said(self) -> str:
        """For people."""
        ratio = ":".join(self.ratio)
        kind = {"yuv": f"Y'CbCr {ratio}", "gbr": "RGB", "gray": "grey"}[self.model]
        return f"{kind} {self.depth} bit" + (" + alpha" if self.alpha else "")


@dataclass(frozen=True)
class Coding:
    """What was chosen. work: the form of the samples that are marked; form: of those that are coded. quality:
    CRF of H.264 and HEVC, profile of ProRes (0 proxy to 5), None for FFV1, which loses nothing."""

    codec: Codec
    container: str
    work: Form
    form: Form
    quality: int | None
    decisions: tuple[Text, ...]


def form_of(name: str) -> Form | None:
    """Of FFmpeg's name of a pixel format; None for one that is not marked."""
    name = _REPACKED.get(name, name[:-2] + "le" if name.endswith("be") else name)
    match = _FORM.fullmatch(name)
    if match is None:
        return None
    kind, ratio, depth = match.groups()
    model = {"y": "yuv", "g": "gray" if kind == "gray" else "gbr"}[kind[0]]
    if (model == "yuv") != (ratio is not None):
        return None
    return Form(model, ratio or "", int(depth or 8), kind in ("yuva", "gbrap"))


def coding_of(source: Source, output: Path, codec: str | None, quality: int | None) -> Coding:
    """The codec asked for, else the source's own family where the container has it and it holds the samples.

    UsageError for what the container or the codec cannot hold, and for a quality out of its range.
    """
    suffix = output.suffix.lower()
    if suffix not in CONTAINERS:
        raise UsageError("mark.no-such-video", where=output)
    container, has = CONTAINERS[suffix]
    form = form_of(source.form)
    if form is None:
        raise UsageError("mark.form-unknown", where=source.path, form=source.form)
    asked = tuple(one for one in CODECS if one == codec)
    if codec is not None and codec not in has:
        raise UsageError("mark.codec-container", codec=codec, suffix=suffix, known=", ".join(has))
    decisions: list[Text] = []
    for name in asked or _likely(source, form):
        if name not in has:
            continue
        held = _held(name, form, source)
        if held is None:
            continue
        work, coded, said = held
        if codec is None and name != source.codec:
            decisions.append(text("mark.codec-chosen", codec=name, source=source.codec))
        return Coding(name, container, work, coded, _quality(name, quality, source), (*decisions, *said))
    if codec is not None:
        raise UsageError("mark.codec-form", where=source.path, codec=codec, form=_said(source, form))
    raise UsageError("mark.no-codec", where=source.path, suffix=suffix, form=_said(source, form))


def _said(source: Source, form: Form) -> str:
    fields = ", interlaced" if source.fields else ""
    return f"{form.said}, {source.width}x{source.height}{fields}"


def _likely(source: Source, form: Form) -> tuple[Codec, ...]:
    """The source's family first, then what keeps most."""
    lossy: tuple[Codec, ...] = ("h264", "hevc") if form.depth == 8 else ("hevc", "h264")
    if source.lossless:
        lossy = ("ffv1", "prores", *lossy)
    elif source.intermediate:
        lossy = ("prores", *lossy)
    own = tuple(codec for codec in CODECS if codec == source.codec)
    return tuple(dict.fromkeys((*own, *lossy, "ffv1", "prores")))


def _held(codec: Codec, form: Form, source: Source) -> tuple[Form, Form, tuple[Text, ...]] | None:
    """The form in which a codec has such samples; None where it would lose more than depth beyond its own."""
    if codec == "ffv1":
        depths = {"gray": (8, 10, 12, 16), "gbr": (8, 10, 12, 14, 16)}.get(form.model, _DEPTHS[codec])
        return (form, form, ()) if form.depth in depths and form.ratio != "411" else None
    if codec == "prores":
        return _prores(form)
    if form.alpha or form.depth not in _DEPTHS[codec]:
        return None
    if form.model == "gbr" and codec == "h264":
        return None
    if form.model == "yuv" and form.ratio not in ("420", "422", "444"):
        return None
    odd = (source.width % 2 and form.ratio in ("420", "422")) or (source.height % 2 and form.ratio == "420")
    if odd or (source.fields and (codec == "hevc" or source.height % 4)):
        return None
    return form, form, ()


def _prores(form: Form) -> tuple[Form, Form, tuple[Text, ...]] | None:
    if form.model != "yuv":
        return None
    ratio = "444" if form.alpha or form.ratio == "444" else "422"
    work = Form("yuv", ratio, max(form.depth, 10), form.alpha)
    coded = Form("yuv", ratio, 10, form.alpha)
    said: list[Text] = []
    if form.ratio not in (ratio, "444"):
        said.append(text("mark.chroma-widened", source=":".join(form.ratio), form=":".join(ratio)))
    if form.depth > 10:
        said.append(text("mark.depth-cut", source=form.depth, form=10))
    return work, coded, tuple(said)


def _quality(codec: Codec, asked: int | None, source: Source) -> int | None:
    if asked is None:
        if codec != "prores":
            return DEFAULT_QUALITY[codec]
        own = _PRORES_TAGS.index(source.tag) if source.tag in _PRORES_TAGS else 0
        form = form_of(source.form)
        assert form is not None
        return max(own, 4 if form.alpha or form.ratio == "444" else 3)
    if not _BEST[codec] <= asked <= _WORST[codec]:
        if codec == "ffv1":
            raise UsageError("mark.quality-lossless", codec=codec)
        raise UsageError("mark.quality", codec=codec, value=asked, least=_BEST[codec], most=_WORST[codec])
    return asked


def encoder_of(coding: Coding, source: Source) -> Any:
    """An opened coder for such frames: no frame is coded out of its order, so that times are as they were."""
    import av

    context: Any = av.CodecContext.create(_ENCODERS[coding.codec], "w")
    context.width, context.height = source.width, source.height
    context.pix_fmt = (
        _PACKED_RGB.get(coding.form.name, coding.form.name) if coding.codec == "ffv1" else coding.form.name
    )
    context.time_base = source.time_base
    context.framerate = source.rate
    if source.pixel_aspect is not None:
        context.sample_aspect_ratio = source.pixel_aspect
    tags = source.tags
    context.color_range, context.colorspace = tags.range, tags.matrix
    context.color_primaries, context.color_trc = tags.primaries, tags.transfer
    context.flags |= int(av.codec.context.Flags.global_header)
    if source.fields:
        context.field_order = source.fields
        context.flags |= int(av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me)
    context.options = _options(coding, source)
    context.thread_count = 0
    context.open()
    return context


def _options(coding: Coding, source: Source) -> dict[str, str]:
    span = str(max(1, min(250, round(float(source.rate) * 2))))
    if coding.codec == "h264":
        more = ":".join(source.light.x264()) if source.light else ""
        return {
            "crf": str(coding.quality),
            "preset": "fast",
            "bf": "0",
            "g": span,
            **({"x264-params": more} if more else {}),
        }
    if coding.codec == "hevc":
        more = ":".join(
            ("log-level=none", "bframes=0", f"keyint={span}", *(source.light.x265() if source.light else ()))
        )
        return {"crf": str(coding.quality), "preset": "fast", "x265-params": more}
    if coding.codec == "prores":
        return {"profile": str(coding.quality), "vendor": "apl0"} | (
            {"alpha_bits": "16"} if coding.form.alpha else {}
        )
    return {"level": "3", "slices": "16", "slicecrc": "1", "g": "1"}
