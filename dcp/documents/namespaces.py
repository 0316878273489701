"""The namespaces that say which standard a document follows, the older ones met in the field included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Standard = Literal["smpte", "interop"]

AM_SMPTE = "http://www.smpte-ra.org/schemas/429-9/2007/AM"
AM_INTEROP = "http://www.digicine.com/PROTO-ASDCP-AM-20040311#"
VL_INTEROP = "http://www.digicine.com/PROTO-ASDCP-VL-20040311#"
PKL_SMPTE = "http://www.smpte-ra.org/schemas/429-8/2007/PKL"
PKL_INTEROP = "http://www.digicine.com/PROTO-ASDCP-PKL-20040311#"
CPL_SMPTE = "http://www.smpte-ra.org/schemas/429-7/2006/CPL"
CPL_INTEROP = "http://www.digicine.com/PROTO-ASDCP-CPL-20040511#"

ASSET_MAP: Mapping[str, Standard] = {
    AM_SMPTE: "smpte",
    "http://www.smpte-ra.org/schemas/429-9/2006/AM": "smpte",
    AM_INTEROP: "interop",
}
VOLUME_INDEX: Mapping[str, Standard] = {**ASSET_MAP, VL_INTEROP: "interop"}
PACKING_LIST: Mapping[str, Standard] = {
    PKL_SMPTE: "smpte",
    "http://www.smpte-ra.org/schemas/429-8/2006/PKL": "smpte",
    PKL_INTEROP: "interop",
}
PLAYLIST: Mapping[str, Standard] = {CPL_SMPTE: "smpte", CPL_INTEROP: "interop"}

STEREO_SMPTE = "http://www.smpte-ra.org/schemas/429-10/2008/Main-Stereo-Picture-CPL"
STEREO_SMPTE_2007 = "http://www.smpte-ra.org/schemas/429-10/2007/Main-Stereo-Picture-CPL"
STEREO_INTEROP = "http://www.digicine.com/schemas/437-Y/2007/Main-Stereo-Picture-CPL"
CAPTION_SMPTE = "http://www.smpte-ra.org/schemas/429-12/2008/TT"
CAPTION_INTEROP = "http://www.digicine.com/PROTO-ASDCP-CC-CPL-20070926#"
AUX_SMPTE = "http://www.smpte-ra.org/schemas/429-14/2014/Aux-Data"
AUX_DOLBY = "http://www.dolby.com/schemas/2012/AD"
TEXT_SMPTE = tuple(f"http://www.smpte-ra.org/schemas/428-7/{year}/DCST" for year in (2007, 2010, 2014))
"""The editions of ST 428-7 that are in use, the oldest first."""
METADATA = "http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata"

CONTENT_KIND_SCOPE = CPL_SMPTE + "#standard-content"
MARKER_SCOPE = CPL_SMPTE + "#standard-markers"


def looks_like(namespace: str) -> Standard:
    """Whose namespace one is, that nobody knows, by the look of it: the older documents' are digicine's."""
    return "interop" if "digicine" in namespace.lower() or "PROTO-ASDCP" in namespace else "smpte"
