"""The table of labels against the registers' copy, and comparisons without the version byte."""

from __future__ import annotations

import json
from pathlib import Path

from dcp.mxf import labels
from dcp.mxf.labels import UL, any_version, same


def test_versions_do_not_count_in_a_comparison() -> None:
    assert same(labels.OP_ATOM, labels.INTEROP_OP_ATOM)
    assert labels.OP_ATOM != labels.INTEROP_OP_ATOM
    assert not same(labels.OP_ATOM, labels.OP_1A)


def test_a_label_prints_as_the_registers_do() -> None:
    assert str(labels.GC_J2K) == "060e2b34.04010107.0d010301.020c0100"
    assert "AES128CBCIdentifier" in repr(labels.CIPHER_AES_128_CBC)
    assert UL(bytes(any_version(labels.GC_J2K))).symbol == labels.GC_J2K.symbol
    assert UL(b"\1" * 16).symbol is None


def test_the_table_agrees_with_the_registers(standards: Path) -> None:
    known = json.loads((standards / "ulabels.json").read_text())
    by_symbol = {each["register_symbol"] or each["name"]: each["ul"] for each in known}
    checked = 0
    for symbol, label in labels.LABELS.items():
        if symbol in by_symbol and symbol != "MXFOPAtom1Track1SourceClip":
            # The last byte of an element's key counts the elements; that table leaves it 00.
            digits = 30 if symbol.endswith("Essence") else 32
            assert label.hex()[:digits] == by_symbol[symbol][:digits], symbol
            checked += 1
    assert checked > 50


def test_every_mca_channel_has_its_own_label_and_symbol() -> None:
    terms = [*labels.MCA.channels.values(), *labels.MCA.groups.values()]
    assert len({term.label for term in terms}) == len(terms)
    assert len({term.tag_symbol for term in terms}) == len(terms)
    for members in labels.MCA.grouped.values():
        assert set(members) <= set(labels.MCA.channels)
