"""libopenjp2 through ctypes: the structures of its C interface, its functions.

The layouts are those of openjpeg.h 2.5 (BSD 2-clause); the field names are the header's. Only what the back
end sets or reads has a name of its own, the rest is kept as reserved bytes.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    c_char,
    c_char_p,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint16,
    c_uint32,
    c_void_p,
)
from functools import cache

from dcp.errors import DcpError
from dcp.picture.openjp2_library import find_library

_PATH_LENGTH = 4096
_MAX_RESOLUTIONS = 33
PROFILE_NONE, PROFILE_CINEMA_2K, PROFILE_CINEMA_4K, PROFILE_IMF_2K = 0, 3, 4, 0x0400
CODEC_J2K = 0
CPRL = 4


class Poc(ctypes.Structure):
    _fields_ = [
        ("resno0", c_uint32),
        ("compno0", c_uint32),
        ("layno1", c_uint32),
        ("resno1", c_uint32),
        ("compno1", c_uint32),
        ("layno0", c_uint32),
        ("precno0", c_uint32),
        ("precno1", c_uint32),
        ("prg1", c_int),
        ("prg", c_int),
        ("progorder", c_char * 8),
        ("tile", c_uint32),
        ("reserved", c_uint32 * 24),
    ]


class EncoderParameters(ctypes.Structure):
    _fields_ = [
        ("tile_size_on", c_int),
        ("cp_t", c_int * 4),
        ("cp_disto_alloc", c_int),
        ("cp_fixed_alloc", c_int),
        ("cp_fixed_quality", c_int),
        ("cp_matrice", c_void_p),
        ("cp_comment", c_char_p),
        ("csty", c_int),
        ("prog_order", c_int),
        ("poc", Poc * 32),
        ("numpocs", c_uint32),
        ("tcp_numlayers", c_int),
        ("tcp_rates", c_float * 100),
        ("tcp_distoratio", c_float * 100),
        ("numresolution", c_int),
        ("cblockw_init", c_int),
        ("cblockh_init", c_int),
        ("mode", c_int),
        ("irreversible", c_int),
        ("roi_compno", c_int),
        ("roi_shift", c_int),
        ("res_spec", c_int),
        ("prcw_init", c_int * _MAX_RESOLUTIONS),
        ("prch_init", c_int * _MAX_RESOLUTIONS),
        ("infile", c_char * _PATH_LENGTH),
        ("outfile", c_char * _PATH_LENGTH),
        ("index_on", c_int),
        ("index", c_char * _PATH_LENGTH),
        ("image_offset_x0", c_int),
        ("image_offset_y0", c_int),
        ("subsampling_dx", c_int),
        ("subsampling_dy", c_int),
        ("decod_format", c_int),
        ("cod_format", c_int),
        ("jpwl", c_int * 118),
        ("cp_cinema", c_int),
        ("max_comp_size", c_int),
        ("cp_rsiz", c_int),
        ("tp_on", c_char),
        ("tp_flag", c_char),
        ("tcp_mct", c_char),
        ("jpip_on", c_int),
        ("mct_data", c_void_p),
        ("max_cs_size", c_int),
        ("rsiz", c_uint16),
    ]


class DecoderParameters(ctypes.Structure):
    _fields_ = [
        ("cp_reduce", c_uint32),
        ("cp_layer", c_uint32),
        ("infile", c_char * _PATH_LENGTH),
        ("outfile", c_char * _PATH_LENGTH),
        ("reserved", c_uint32 * 12),
        ("flags", c_uint32),
    ]


class Component(ctypes.Structure):
    _fields_ = [
        ("dx", c_uint32),
        ("dy", c_uint32),
        ("w", c_uint32),
        ("h", c_uint32),
        ("x0", c_uint32),
        ("y0", c_uint32),
        ("prec", c_uint32),
        ("bpp", c_uint32),
        ("sgnd", c_uint32),
        ("resno_decoded", c_uint32),
        ("factor", c_uint32),
        ("data", POINTER(c_int32)),
        ("alpha", c_uint16),
    ]


class Image(ctypes.Structure):
    _fields_ = [
        ("x0", c_uint32),
        ("y0", c_uint32),
        ("x1", c_uint32),
        ("y1", c_uint32),
        ("numcomps", c_uint32),
        ("color_space", c_int),
        ("comps", POINTER(Component)),
        ("icc_profile_buf", c_void_p),
        ("icc_profile_len", c_uint32),
    ]


class ComponentParameters(ctypes.Structure):
    _fields_ = [(name, c_uint32) for name in ("dx", "dy", "w", "h", "x0", "y0", "prec", "bpp", "sgnd")]


ReadFunction = ctypes.CFUNCTYPE(c_size_t, c_void_p, c_size_t, c_void_p)
WriteFunction = ctypes.CFUNCTYPE(c_size_t, c_void_p, c_size_t, c_void_p)
SkipFunction = ctypes.CFUNCTYPE(c_int64, c_int64, c_void_p)
SeekFunction = ctypes.CFUNCTYPE(c_int, c_int64, c_void_p)
MessageFunction = ctypes.CFUNCTYPE(None, c_char_p, c_void_p)

_FUNCTIONS = {
    "opj_version": (c_char_p, []),
    "opj_create_compress": (c_void_p, [c_int]),
    "opj_create_decompress": (c_void_p, [c_int]),
    "opj_destroy_codec": (None, [c_void_p]),
    "opj_set_error_handler": (c_int, [c_void_p, MessageFunction, c_void_p]),
    "opj_set_default_encoder_parameters": (None, [POINTER(EncoderParameters)]),
    "opj_set_default_decoder_parameters": (None, [POINTER(DecoderParameters)]),
    "opj_setup_encoder": (c_int, [c_void_p, POINTER(EncoderParameters), POINTER(Image)]),
    "opj_encoder_set_extra_options": (c_int, [c_void_p, POINTER(c_char_p)]),
    "opj_start_compress": (c_int, [c_void_p, POINTER(Image), c_void_p]),
    "opj_encode": (c_int, [c_void_p, c_void_p]),
    "opj_end_compress": (c_int, [c_void_p, c_void_p]),
    "opj_setup_decoder": (c_int, [c_void_p, POINTER(DecoderParameters)]),
    "opj_read_header": (c_int, [c_void_p, c_void_p, POINTER(POINTER(Image))]),
    "opj_decode": (c_int, [c_void_p, c_void_p, POINTER(Image)]),
    "opj_end_decompress": (c_int, [c_void_p, c_void_p]),
    "opj_image_tile_create": (POINTER(Image), [c_uint32, POINTER(ComponentParameters), c_int]),
    "opj_image_data_alloc": (c_void_p, [c_size_t]),
    "opj_image_destroy": (None, [POINTER(Image)]),
    "opj_stream_create": (c_void_p, [c_size_t, c_int]),
    "opj_stream_destroy": (None, [c_void_p]),
    "opj_stream_set_read_function": (None, [c_void_p, ReadFunction]),
    "opj_stream_set_write_function": (None, [c_void_p, WriteFunction]),
    "opj_stream_set_skip_function": (None, [c_void_p, SkipFunction]),
    "opj_stream_set_seek_function": (None, [c_void_p, SeekFunction]),
    "opj_stream_set_user_data": (None, [c_void_p, c_void_p, c_void_p]),
    "opj_stream_set_user_data_length": (None, [c_void_p, ctypes.c_uint64]),
}


@cache
def library() -> ctypes.CDLL:
    """The library, its functions typed; where it is looked for: `dcp.picture.openjp2_library`.

    DcpError when none that will do is found.
    """
    found, refused = find_library()
    if found is None:
        raise DcpError("codec.no-library", where=", ".join(refused) or None)
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(found.library, name)
        function.restype, function.argtypes = result, arguments
    return found.library
