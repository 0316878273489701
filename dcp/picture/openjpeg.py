"""The OpenJPEG back end: cinema-profile codestreams in and out of memory, one thread a frame.

The library's own rate control leaves 14 bytes a tile part and the end marker out of its sums, so it is given
less than the limits; each codestream is read back and checked, and coded again with more margin when over.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_void_p
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dcp.errors import CodestreamError
from dcp.picture import openjp2
from dcp.picture.burden import decoder_bytes, tile_count
from dcp.picture.cinema import is_four_k
from dcp.picture.codec import BIT_DEPTH, LEAST_BITS, Drawing, Picture
from dcp.picture.codestream import Codestream, parse_codestream
from dcp.picture.limits import MAX_SIDE, FrameLimits
from dcp.picture.main_header import in_cinema_form
from dcp.picture.openjp2_profiles import (
    MOST,
    MOST_OF_A_COMPONENT,
    as_cinema_4k,
    profile_for,
    smaller,
)
from dcp.picture.rules import component_sizes, over_limits

MARGIN_2K, MARGIN_4K, MARGIN_COMPONENT = 44, 86, 28
"""Bytes below the limits that the library is given; with these, none of 110 grainy 2K frames went over."""
MAX_TRIES = 5
TRIES_OF_THE_WHOLE = 3
"""Where a component's limit is kept by giving the whole frame less."""
MAX_CODESTREAM = 64 * 1024 * 1024
MAX_TILES = 1024
MAX_DECODER_BYTES = 512 * 1024 * 1024
"""Cinema pictures have one tile and take 20 MB beside their samples; see `dcp.picture.burden`."""
_BUFFER = 4 * 1024 * 1024  # one callback a frame
_RESOLUTIONS_2K, _RESOLUTIONS_4K = 6, 7
_END = ctypes.c_size_t(-1).value
_LEAST_FRAME = 1024  # bytes
T = TypeVar("T")


class OpenJpeg:
    """libopenjp2 2.5 or newer; stateless, any number of threads may use one."""

    name = "openjpeg"

    def __init__(self) -> None:
        self._library = openjp2.library()

    def encode(self, image: Picture, *, limits: FrameLimits, bits: int = BIT_DEPTH) -> bytes:
        """See `dcp.picture.codec.Codec`. More bits than asked for are taken of a picture beyond 2K whose
        limits are not those of 4K, and where a component of 4K is over its limit again and again."""
        if not LEAST_BITS <= bits <= BIT_DEPTH:
            raise ValueError(f"samples of {bits} bits")
        if bits < BIT_DEPTH and limits.four_k:
            found = self._by_the_whole(image, limits, bits)
            if found is not None:
                return found
            bits = BIT_DEPTH
        elif is_four_k(_size_of(image)):
            bits = BIT_DEPTH
        margin, component_margin = MARGIN_4K if limits.four_k else MARGIN_2K, MARGIN_COMPONENT
        component = limits.component
        for _ in range(MAX_TRIES):
            codestream = self._encode(
                image, limits.total - margin, component - component_margin, four_k=limits.four_k, bits=bits
            )
            headers = parse_codestream(codestream)
            if not over_limits(headers, limits):
                return codestream
            if limits.rest is not None and sum(component_sizes(headers)[1:]) > limits.rest:
                component = limits.rest // 2  # the library has one limit for all three
            margin += max(0, headers.size - limits.total) + 64
            component_margin += 256
        raise CodestreamError("codec.does-not-fit", most=limits.total)

    def _by_the_whole(self, image: Picture, limits: FrameLimits, bits: int) -> bytes | None:
        """4K of fewer bits: the library holds the limit of the whole frame alone, as no profile of it has
        both other depths and changes of progression. None where a component stays over its own."""
        total = limits.total - MARGIN_4K
        for _ in range(TRIES_OF_THE_WHOLE):
            if total < _LEAST_FRAME:
                break
            codestream = self._encode(image, total, None, four_k=True, bits=bits)
            headers = parse_codestream(codestream)
            if not over_limits(headers, limits):
                return codestream
            total = smaller(min(total, headers.size), headers, limits)
        return None

    def decode(self, codestream: bytes | bytearray | memoryview, *, reduce: int = 0) -> NDArray[np.uint16]:
        """See `dcp.picture.codec.Codec`."""
        return self._decoded(codestream, reduce, _picture)

    def planes(self, codestream: bytes | bytearray | memoryview) -> tuple[NDArray[np.uint16], ...]:
        """Each component as it is, (height, width) uint16; they may differ in size. CodestreamError as of
        `decode`."""
        return self._decoded(codestream, 0, _planes)

    def _decoded(
        self, codestream: bytes | bytearray | memoryview, reduce: int, take: Callable[[openjp2.Image], T]
    ) -> T:
        headers = parse_codestream(codestream)
        _refuse_oversize(codestream, headers, reduce)
        library = self._library
        parameters = openjp2.DecoderParameters()
        library.opj_set_default_decoder_parameters(byref(parameters))
        parameters.cp_reduce = reduce
        image = POINTER(openjp2.Image)()
        with (
            self._codec(library.opj_create_decompress) as (codec, messages),
            self._input(codestream) as stream,
        ):
            try:
                if not (
                    library.opj_setup_decoder(codec, byref(parameters))
                    and library.opj_read_header(stream, codec, byref(image))
                    and library.opj_decode(codec, stream, image)
                    and library.opj_end_decompress(codec, stream)
                ):
                    raise _said("codec.cannot-decode", "codec.cannot-decode-because", messages)
                return take(image.contents)
            finally:
                if image:
                    library.opj_image_destroy(image)

    def _encode(self, image: Picture, total: int, component: int | None, *, four_k: bool, bits: int) -> bytes:
        """total, component: bytes that the library is told; None: it is told no limit of components, which it
        has in profiles alone (elsewhere it takes the whole frame for one component)."""
        width, height = _size_of(image)
        library = self._library
        if min(total, total if component is None else component) < _LEAST_FRAME:
            raise CodestreamError("codec.no-frame-fits", most=total)
        parameters = openjp2.EncoderParameters()
        library.opj_set_default_encoder_parameters(byref(parameters))
        parameters.rsiz = rsiz = profile_for(four_k=four_k, bits=bits)
        parameters.numresolution = _RESOLUTIONS_4K if four_k else _RESOLUTIONS_2K
        parameters.max_cs_size = min(total, MOST)
        parameters.max_comp_size = min(component or 0, MOST_OF_A_COMPONENT)
        parameters.tcp_numlayers, parameters.cp_disto_alloc, parameters.tcp_mct = 1, 1, b"\x01"
        parameters.irreversible, parameters.prog_order = 1, openjp2.CPRL
        parameters.cp_comment = b""
        wanted = [] if four_k else [b"GUARD_BITS=1"]
        if rsiz == openjp2.PROFILE_NONE:
            as_cinema_4k(parameters)
            wanted.append(b"TLM=YES")
        filled = self._image(image, width, height, bits)
        output = _Output()
        with self._codec(library.opj_create_compress) as (codec, messages), self._output(output) as stream:
            try:
                options = (c_char_p * (len(wanted) + 1))(*wanted, None)
                if not (
                    library.opj_setup_encoder(codec, byref(parameters), filled)
                    and (not wanted or library.opj_encoder_set_extra_options(codec, options))
                    and library.opj_start_compress(codec, filled, stream)
                    and library.opj_encode(codec, stream)
                    and library.opj_end_compress(codec, stream)
                ):
                    raise _said("codec.cannot-encode", "codec.cannot-encode-because", messages)
            finally:
                library.opj_image_destroy(filled)
        if bits < BIT_DEPTH:
            return in_cinema_form(output.data, rsiz=rsiz, four_k=four_k)
        return bytes(output.data)

    def _image(self, image: Picture, width: int, height: int, bits: int) -> ctypes._Pointer[openjp2.Image]:
        """The library's image, in memory of the library: it takes the planes over when it codes."""
        library = self._library
        parameters = (openjp2.ComponentParameters * 3)(
            *[openjp2.ComponentParameters(dx=1, dy=1, w=width, h=height, prec=bits, bpp=bits)] * 3
        )
        made: ctypes._Pointer[openjp2.Image] = library.opj_image_tile_create(3, parameters, 1)
        if not made:
            raise MemoryError
        try:
            made.contents.x1, made.contents.y1 = width, height
            planes = [self._plane(made.contents.comps[number], width, height) for number in range(3)]
            sources: Sequence[NDArray[Any]] = planes
            if isinstance(image, Drawing):
                image.draw(planes)
            else:
                sources = [image[:, :, number] for number in range(3)]
            if bits < BIT_DEPTH:
                from dcp.picture.diffusion import diffuse  # who only decodes has no use for its compiler

                diffuse(sources, planes, bits)
            elif sources is not planes:
                for plane, source in zip(planes, sources, strict=True):
                    plane[:] = source
        except BaseException:
            library.opj_image_destroy(made)
            raise
        return made

    def _plane(self, component: openjp2.Component, width: int, height: int) -> NDArray[np.int32]:
        """Memory for it, which holds anything."""
        data = self._library.opj_image_data_alloc(4 * width * height)
        if not data:
            raise MemoryError
        component.data = ctypes.cast(data, POINTER(ctypes.c_int32))
        return np.ctypeslib.as_array(component.data, (height, width))

    @contextmanager
    def _codec(self, create: ctypes._NamedFuncPointer) -> Iterator[tuple[c_void_p, list[str]]]:
        messages: list[str] = []

        def listen(message: bytes, _: object) -> None:
            messages.append(message.decode(errors="replace").strip())

        listener = openjp2.MessageFunction(listen)  # as long-lived as the codec that calls it
        codec = create(openjp2.CODEC_J2K)
        if not codec:
            raise MemoryError
        try:
            self._library.opj_set_error_handler(codec, listener, None)
            yield codec, messages
        finally:
            self._library.opj_destroy_codec(codec)

    @contextmanager
    def _input(self, data: bytes | bytearray | memoryview) -> Iterator[c_void_p]:
        source = np.frombuffer(data, dtype=np.uint8)
        address, size, position = source.ctypes.data, source.size, 0

        def read(buffer: int, wanted: int, _: object) -> int:
            nonlocal position
            count = min(wanted, size - position)
            if count <= 0:
                return _END
            ctypes.memmove(buffer, address + position, count)
            position += count
            return count

        def skip(count: int, _: object) -> int:
            nonlocal position
            step = max(-position, min(count, size - position))
            position += step
            return step if step or not count else -1

        def seek(place: int, _: object) -> int:
            nonlocal position
            if not 0 <= place <= size:
                return 0
            position = place
            return 1

        functions = openjp2.ReadFunction(read), openjp2.SkipFunction(skip), openjp2.SeekFunction(seek)
        with self._stream(1, size) as stream:
            self._library.opj_stream_set_read_function(stream, functions[0])
            self._library.opj_stream_set_skip_function(stream, functions[1])
            self._library.opj_stream_set_seek_function(stream, functions[2])
            yield stream

    @contextmanager
    def _output(self, output: _Output) -> Iterator[c_void_p]:
        write = openjp2.WriteFunction(output.write)
        skip = openjp2.SkipFunction(output.skip)
        seek = openjp2.SeekFunction(output.seek)
        with self._stream(0, 0) as stream:
            self._library.opj_stream_set_write_function(stream, write)
            self._library.opj_stream_set_skip_function(stream, skip)
            self._library.opj_stream_set_seek_function(stream, seek)
            yield stream

    @contextmanager
    def _stream(self, is_input: int, length: int) -> Iterator[c_void_p]:
        stream = self._library.opj_stream_create(_BUFFER, is_input)
        if not stream:
            raise MemoryError
        try:
            # the library wants user data, though the callbacks here carry their own
            self._library.opj_stream_set_user_data(stream, stream, None)
            self._library.opj_stream_set_user_data_length(stream, length)
            yield stream
        finally:
            self._library.opj_stream_destroy(stream)


class _Output:
    """A growing buffer with a place to write at: the encoder goes back to fill in its TLM marker."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._position = 0

    def write(self, buffer: int, count: int, _: object) -> int:
        end = self._position + count
        if end > MAX_CODESTREAM:
            return _END
        self.data[self._position : end] = ctypes.string_at(buffer, count)
        self._position = end
        return count

    def skip(self, count: int, _: object) -> int:
        if not 0 <= self._position + count <= MAX_CODESTREAM:
            return -1
        self._move(self._position + count)
        return count

    def seek(self, place: int, _: object) -> int:
        if not 0 <= place <= MAX_CODESTREAM:
            return 0
        self._move(place)
        return 1

    def _move(self, place: int) -> None:
        if place > len(self.data):
            self.data.extend(bytes(place - len(self.data)))
        self._position = place


def _size_of(image: Picture) -> tuple[int, int]:
    """(width, height). CodestreamError for what is no picture of cinema."""
    if isinstance(image, Drawing):
        width, height = image.size
    elif image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint16:
        height, width, _ = image.shape
    else:
        raise CodestreamError("codec.no-xyz", shape="x".join(map(str, image.shape)), type=image.dtype)
    if not (0 < height <= 2160 and 0 < width <= 4096):
        raise CodestreamError("codec.over-4k", width=width, height=height)
    if not isinstance(image, Drawing) and int(image.max()) >= 1 << BIT_DEPTH:
        raise CodestreamError("codec.codes")
    return width, height


def _refuse_oversize(data: bytes | bytearray | memoryview, headers: Codestream, reduce: int) -> None:
    if max(headers.width, headers.height) > MAX_SIDE or len(headers.components) > 4:
        raise CodestreamError(
            "codec.too-large",
            width=headers.width,
            height=headers.height,
            n=len(headers.components),
            side=MAX_SIDE,
        )
    tiles = tile_count(headers)
    if tiles > MAX_TILES:
        raise CodestreamError("codec.too-many-tiles", n=tiles, most=MAX_TILES)
    needed = decoder_bytes(data, headers)
    if needed > MAX_DECODER_BYTES:
        raise CodestreamError("codec.too-much-memory", gigabytes=needed / 1e9, most=MAX_DECODER_BYTES / 1e9)
    if not 0 <= reduce <= headers.levels:
        raise CodestreamError("codec.no-such-resolution", n=reduce)
    if any(component.ssiz & 0x7F > 15 or component.ssiz & 0x80 for component in headers.components):
        raise CodestreamError("codec.samples")


def _picture(image: openjp2.Image) -> NDArray[np.uint16]:
    components = [image.comps[number] for number in range(image.numcomps)]
    sizes = {(component.w, component.h) for component in components}
    if len(sizes) != 1 or not all(component.data for component in components):
        raise CodestreamError("codec.component-sizes")
    ((width, height),) = sizes
    picture = np.empty((height, width, len(components)), dtype=np.uint16)
    for number, component in enumerate(components):
        picture[:, :, number] = np.ctypeslib.as_array(component.data, (height, width))
    return picture


def _planes(image: openjp2.Image) -> tuple[NDArray[np.uint16], ...]:
    components = [image.comps[number] for number in range(image.numcomps)]
    if not all(component.data for component in components):
        raise CodestreamError("codec.component-sizes")
    return tuple(np.ctypeslib.as_array(each.data, (each.h, each.w)).astype(np.uint16) for each in components)


def _said(id: str, because: str, messages: list[str]) -> CodestreamError:
    """The library's first word is technical detail, where it said one."""
    return CodestreamError(because, why=messages[0][:200]) if messages else CodestreamError(id)
