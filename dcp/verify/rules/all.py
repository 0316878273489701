"""Imports every module of rules, so that the table of rules is complete."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "package",
    "xml",
    "schema",
    "assetmap",
    "pkl",
    "cpl",
    "versions",
    "reel",
    "running",
    "markers",
    "metadata",
    "claims",
    "picture",
    "codestream",
    "packets",
    "rates",
    "picture_content",
    "thumbnails",
    "sound",
    "sound_content",
    "offset",
    "immersive",
    "immersive_sync",
    "timedtext",
    "text_schema",
    "text_language",
    "text_timing",
    "text_lines",
    "text_captions",
    "text_fonts",
    "textparts",
    "mxf",
    "mxf_partitions",
    "mxf_primer",
    "mxf_metadata",
    "mxf_tracks",
    "mxf_index",
    "mxf_descriptors",
    "encryption",
    "vectors",
    "signature",
    "kdm",
    "servers",
    "naming",
    "naming_facts",
)


def load_rules() -> None:
    for name in MODULES:
        import_module(f"dcp.verify.rules.{name}")
