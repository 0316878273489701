"""The mark on decoded frames of one file, in the form that its samples have."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.dither import noise
from watermark.embed import MIN_HEIGHT, MIN_WIDTH, NODE_COLUMNS, NODE_ROWS, Embedder
from watermark.payload import Payload
from watermark.screener.coding import Coding, Form
from watermark.screener.planes import mark_components, mark_differences, node_places, tables_of
from watermark.screener.source import Source
from watermark.secret import Secret
from watermark.transfer import cinema_code

Codes = NDArray[Any]


class Marker:
    """Marks decoded frames of one file. Holds its tables and its filter."""

    def __init__(self, facts: Source, coding: Coding, secret: Secret, payload: Payload) -> None:
        place = facts.orientation
        size = (facts.height, facts.width) if place.sideways else (facts.width, facts.height)
        self._embedder = Embedder(secret, payload, width=size[0], height=size[1], rate=Fraction(24))
        self._facts, self._coding, self._place = facts, coding, place
        tags = facts.tags
        self._full = facts.full
        self._tables = tables_of(
            depth=coding.work.depth, full=self._full, transfer=tags.transfer, matrix=tags.matrix
        )
        self._graph: Any = None
        self._places: dict[tuple[int, int], Any] = {}

    def marked(self, frame: Any, index: int, seconds: Fraction) -> Any:
        """A frame in the form that is coded, with the time and side data of this one."""
        copy = self._copied(frame, self._coding.form)
        work = frame
        if self._coding.work != self._coding.form:
            work = frame.reformat(format=self._coding.work.name, threads=1)
        elif copy.format.name != frame.format.name and not _whole(frame):
            work = copy
        planes = [np.ascontiguousarray(plane) for plane in planes_of(work, self._coding.work)]
        targets = planes_of(copy, self._coding.form)
        kind = targets[0].dtype
        outs = [np.empty(plane.shape, kind) for plane in planes]
        self._mark(planes, outs, index, seconds)
        for target, out in zip(targets, outs, strict=True):
            target[:] = out
        copy.pict_type = 0
        copy.pts = frame.pts
        return copy

    def _mark(self, planes: list[Codes], outs: list[Codes], index: int, seconds: Fraction) -> None:
        work, form, tables = self._coding.work, self._coding.form, self._tables
        gain = self._gain(planes, seconds)
        tile = noise(index)
        scale = np.float32(2.0 ** (form.depth - work.depth))
        top = np.float32((1 << form.depth) - 1)
        white = np.float32(tables.white)
        height, width = planes[0].shape
        places = self._nodes(width, height, gain.shape)
        if work.model != "yuv":
            mark_components(tuple(planes), tuple(outs), gain, places, tables.step, white, scale, top, tile)
            return
        down, across = planes[1].shape
        levels = (white, np.float32(tables.middle), tables.stretch, scale, top)
        mark_differences(
            planes[0], planes[1], planes[2], outs[0], outs[1], outs[2], gain, places,
            self._nodes(across, down, gain.shape), tables.step, levels, tables.matrix, tables.weights, tile,
        )  # fmt: skip

    def _gain(self, planes: list[Codes], seconds: Fraction) -> NDArray[np.float32]:
        """The change of light at nodes of the stored picture."""
        size = (MIN_HEIGHT, MIN_WIDTH) if self._place.sideways else (MIN_WIDTH, MIN_HEIGHT)
        small = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes]
        if self._coding.work.model == "gbr":
            luma = 0.7152 * small[0] + 0.0722 * small[1] + 0.2126 * small[2]
        else:
            luma = small[0]
        code = cinema_code(self._tables.units(np.asarray(luma)), self._facts.tags.transfer)
        # what is brighter than cinema bears what its white bears
        shown = np.ascontiguousarray(np.minimum(self._place.shown(code), 1), np.float32)
        return np.ascontiguousarray(self._place.stored(self._embedder.light(shown, seconds)))

    def _nodes(self, width: int, height: int, shape: tuple[int, ...]) -> Any:
        if (width, height) not in self._places:
            assert shape in ((NODE_ROWS, NODE_COLUMNS), (NODE_COLUMNS, NODE_ROWS))
            self._places[width, height] = (*node_places(width, shape[1]), *node_places(height, shape[0]))
        return self._places[width, height]

    def _copied(self, frame: Any, form: Form) -> Any:
        """A frame of its own memory, in the form that is coded, with all that is said of this one."""
        import av

        if _whole(frame):  # FFmpeg's filters would make limited range of it
            copy = av.VideoFrame(frame.width, frame.height, form.name)
            copy.color_range, copy.colorspace = 2, frame.colorspace
            copy.color_primaries, copy.color_trc = frame.color_primaries, frame.color_trc
            copy.time_base = frame.time_base
            return copy
        if self._graph is None:
            self._graph = _graph(frame, form)
        self._graph.push(frame)
        return self._graph.pull()


def _whole(frame: Any) -> bool:
    """Whether the name of its form has its range."""
    return bool(frame.format.name.startswith("yuvj"))


def _graph(frame: Any, form: Form) -> Any:
    import av

    graph: Any = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    parts = [source, graph.add("format", form.name), graph.add("copy"), graph.add("buffersink")]
    for one, other in pairwise(parts):
        one.link_to(other)
    graph.configure()
    return graph


def planes_of(frame: Any, form: Form) -> list[Codes]:
    """The planes of a planar frame, without its coverage, as they lie in memory."""
    count = {"gray": 1}.get(form.model, 3)
    kind, size = (np.dtype("<u1"), 1) if form.depth == 8 else (np.dtype("<u2"), 2)
    found = []
    for plane in frame.planes[:count]:
        rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // size)
        found.append(rows[: plane.height, : plane.width])
    return found
