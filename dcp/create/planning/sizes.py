"""How a picture comes into its container: crop, turn, fit or fill, both eyes; each decision in words."""

from __future__ import annotations

from fractions import Fraction

from dcp.create.job.values import Eyes
from dcp.create.planning.bars import Bars
from dcp.create.sources.facts import PictureFacts
from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.cinema import CONTAINERS
from dcp.picture.geometry import (
    Box,
    Edges,
    Half,
    Placement,
    Size,
    eye_is_squeezed,
    fitted,
    place,
    turned_size,
)
from dcp.texts.catalogue import Text, text

HALVES: dict[Eyes, tuple[Half, Half]] = {"side-by-side": ("left", "right"), "top-bottom": ("top", "bottom")}
_EYES: dict[tuple[Eyes, bool], str] = {
    ("side-by-side", True): "plan.eyes-side-by-side-squeezed",
    ("side-by-side", False): "plan.eyes-side-by-side-whole",
    ("top-bottom", True): "plan.eyes-top-bottom-squeezed",
    ("top-bottom", False): "plan.eyes-top-bottom-whole",
}
_WORTH_SAYING = Fraction(1, 50)
"""Of a side: smaller bars are left without a word."""
_WASTED, _BETTER = Fraction(9, 10), Fraction(2, 25)


@dataclass(frozen=True)
class Sizing:
    """placements: one, or the left eye's and the right eye's. decisions, advice: for the plan."""

    placements: tuple[Placement, ...]
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()


def plan_sizes(
    facts: PictureFacts,
    size: Size,
    *,
    crop: str | None = None,
    stereo: Eyes | None = None,
    bars: Bars | None = None,
) -> Sizing:
    """Decide where the picture of `facts` lies in a container of `size`, (width, height).

    crop: None, `auto`, `fill` or L:T:R:B, samples cut off as shown (of one eye, where two share the frame).
    stereo: how both eyes share a frame. bars: what `find_bars` saw, for `auto` and for advice; those of the
    left eye. UsageError for a crop that cannot be read or leaves nothing.
    """
    edges, said, advice = _edges(facts, crop, stereo, bars)
    shown = turned_size((facts.width, facts.height), facts.rotation)
    aspect = 1 / facts.pixel_aspect if facts.rotation in (90, 270) else facts.pixel_aspect
    squeezed = stereo is not None and eye_is_squeezed(shown, stereo, aspect)
    halves: tuple[Half | None, ...] = HALVES[stereo] if stereo is not None else (None,)
    try:
        placements = tuple(
            place(
                (facts.width, facts.height),
                size,
                pixel_aspect=facts.pixel_aspect,
                rotation=facts.rotation,
                flip=facts.flip,
                edges=edges,
                fill=crop == "fill",
                half=half,
                squeezed=squeezed,
            )
            for half in halves
        )
    except ValueError:
        raise UsageError(
            "crop.nothing-left", where=facts.path, crop=crop, width=shown[0], height=shown[1]
        ) from None
    decisions = [*_turns(facts), *_eyes(stereo, squeezed), *said, *_placed(placements[0], crop)]
    return Sizing(placements, tuple(decisions), (*advice, *_container_advice(facts, placements[0], squeezed)))


def eye_box(facts: PictureFacts, stereo: Eyes | None) -> Box | None:
    """The left eye's part of a frame, in stored samples, for `find_bars`; None: a frame is one picture."""
    if stereo is None:
        return None
    half = HALVES[stereo][0]
    stored = (facts.width, facts.height)
    return place(stored, (2, 2), rotation=facts.rotation, flip=facts.flip, half=half, squeezed=True).crop


def read_crop(crop: str) -> Edges:
    """L:T:R:B. UsageError when it is anything else."""
    parts = crop.split(":")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) <= 5 for part in parts):
        raise UsageError("crop.form", where="--crop", crop=crop)
    left, top, right, bottom = map(int, parts)
    return left, top, right, bottom


def worth_cropping(bars: Bars, facts: PictureFacts) -> bool:
    """Whether the bars are more than a few samples at the edges."""
    return (
        max(bars.edges[0] * 2 / Fraction(facts.width), bars.edges[1] * 2 / Fraction(facts.height))
        >= _WORTH_SAYING
    )


# --- how it is done -----


def _edges(
    facts: PictureFacts, crop: str | None, stereo: Eyes | None, bars: Bars | None
) -> tuple[Edges, list[Text], list[Text]]:
    none = (0, 0, 0, 0)
    if crop == "auto":
        if bars is None or not bars.informative:
            return none, [text("plan.crop-auto-dark", n=bars.frames if bars is not None else 0)], []
        edges = bars.shown(facts.rotation, facts.flip)
        if edges == none:
            return none, [text("plan.crop-auto-none", n=bars.frames)], []
        advice = [text("advice.titles-in-bars", frame=bars.titles[0])] if bars.titles else []
        return edges, [text("plan.crop-auto", n=bars.frames, **_places(edges))], advice
    if crop is not None and crop != "fill":
        edges = read_crop(crop)
        return edges, [text("plan.crop", **_places(edges))], []
    if bars is not None and worth_cropping(bars, facts):
        edges = bars.shown(facts.rotation, facts.flip)
        return none, [], [text("advice.bars", **_places(edges))]
    return none, [], []


def _places(edges: Edges) -> dict[str, object]:
    left, top, right, bottom = edges
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def _turns(facts: PictureFacts) -> list[Text]:
    said = []
    if facts.flip:
        said.append(text("plan.mirrored"))
    if facts.rotation:
        said.append(text("plan.turned", degrees=facts.rotation))
    if facts.pixel_aspect != 1:
        said.append(text("plan.pixel-aspect", aspect=f"{float(facts.pixel_aspect):.3f}"))
    if facts.alpha:
        said.append(text("plan.alpha"))
    return said


def _eyes(stereo: Eyes | None, squeezed: bool) -> list[Text]:
    if stereo is None:
        return []
    return [text(_EYES[stereo, squeezed])]


def _placed(placed: Placement, crop: str | None) -> list[Text]:
    width, height = placed.cropped
    places = {
        "width": width,
        "height": height,
        "inner_width": placed.inner.width,
        "inner_height": placed.inner.height,
        "container": f"{placed.size[0]}x{placed.size[1]}",
    }
    if placed.inner.size == placed.size:
        if crop == "fill":
            return [text("plan.filled", **places)]
        return [] if placed.cropped == placed.size else [text("plan.scaled", **places)]
    return [text("plan.placed" if placed.inner.size == placed.cropped else "plan.fitted", **places)]


def _container_advice(facts: PictureFacts, placed: Placement, squeezed: bool) -> list[Text]:
    """When another container of the same size class would show the picture clearly larger on its screen."""
    used = _used(placed.inner.size, placed.size)
    resolution = next((each[1] for each, size in CONTAINERS.items() if size == placed.size), None)
    if used >= _WASTED or resolution is None:
        return []
    shape = Fraction(*placed.inner.size)
    others = {
        name: _used(fitted((placed.inner.width, placed.inner.height), size), size)
        for (name, other), size in CONTAINERS.items()
        if other == resolution and name != "full"
    }
    best = max(others, key=lambda name: others[name])
    if others[best] < used + _BETTER:
        return []
    return [text("advice.container", shape=f"{float(shape):.2f}", used=f"{float(used):.0%}", best=best)]


def _used(inner: Size, size: Size) -> Fraction:
    return Fraction(inner[0] * inner[1], size[0] * size[1])
