"""Playlists and packing lists of IMF: what they say, as values, and the element that is wrong."""

from __future__ import annotations

import base64
import hashlib
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from dcp.documents.imf import parse_imf_cpl, parse_imf_pkl
from dcp.errors import DocumentError

PHOTON = Path("photon/src/test/resources/TestIMP")
PKL = (
    '<PackingList xmlns="http://www.smpte-ra.org/schemas/2067-2/2016/PKL"><AssetList><Asset>'
    f"<Id>{UUID(int=7).urn}</Id><Hash>{{hash}}</Hash><Size>9</Size>{{more}}</Asset></AssetList></PackingList>"
)
METHOD = '<HashAlgorithm Algorithm="http://www.w3.org/{}"/>'


def packing_list(digest: bytes, more: str) -> bytes:
    return PKL.format(hash=base64.b64encode(digest).decode(), more=more).encode()


@pytest.mark.parametrize(
    ("algorithm", "method"),
    [
        ("sha1", METHOD.format("2000/09/xmldsig#sha1")),
        ("sha256", METHOD.format("2001/04/xmlenc#sha256")),
        ("sha1", ""),
    ],
    ids=["sha1", "sha256", "unsaid"],
)
def test_a_packing_list_names_its_algorithm(algorithm: str, method: str) -> None:
    digest = hashlib.new(algorithm, b"essence").digest()
    (asset,) = parse_imf_pkl(packing_list(digest, method), where="PKL.xml")
    assert (asset.id, asset.size, asset.hash, asset.algorithm) == (UUID(int=7), 9, digest, algorithm)


@pytest.mark.parametrize(
    ("digest", "method", "id", "where"),
    [
        (bytes(20), METHOD.format("2001/04/xmlenc#sha512"), "imf.digest", "HashAlgorithm"),
        (bytes(20), METHOD.format("2001/04/xmlenc#sha256"), "xml.not-base64-of-length", "Hash"),
    ],
)
def test_a_digest_of_nobody_is_refused(digest: bytes, method: str, id: str, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_imf_pkl(packing_list(digest, method), where="PKL.xml")
    assert caught.value.id == id and str(caught.value.where).endswith(where)


def test_a_real_playlist_of_2013(corpus: Path) -> None:
    """Clipster's: resources without an entry point, which begin at 0."""
    path = next((corpus / PHOTON / "MERIDIAN_Netflix_Photon_161006").glob("CPL*.xml"))
    found = parse_imf_cpl(path.read_bytes(), where=path)
    assert (found.title, found.edit_rate, found.signed) == ("MERIDIAN", Fraction(60_000, 1001), False)
    (segment,) = found.segments
    kinds = [each.kind for each in segment.sequences]
    assert kinds == ["MarkerSequence", "MainImageSequence", "MainAudioSequence"]
    assert {each.seconds for each in segment.sequences} == {40 * Fraction(1001, 60_000)}
    marks, image, sound = (each.resources[0] for each in segment.sequences)
    assert [(each.label, each.offset) for each in marks.markers] == [("FFOC", 1)]
    assert image.track_file == UUID("61d91654-2650-4abf-abbc-ad2c7f640bf8") and image.entry_point == 0
    assert (sound.edit_rate, sound.duration, sound.place) == (
        48_000, 32_032, "Segment[1]/MainAudioSequence/Resource[1]",
    )  # fmt: skip


def test_a_real_playlist_of_2016(corpus: Path) -> None:
    path = next((corpus / PHOTON / "PHDR").glob("CPL*.xml"))
    found = parse_imf_cpl(path.read_bytes(), where=path)
    listed = parse_imf_pkl(next(path.parent.glob("PKL*.xml")).read_bytes(), where="PKL")
    assert {each.id for each in listed} > {
        resource.track_file
        for segment in found.segments
        for sequence in segment.sequences
        for resource in sequence.resources
    }
    own = next(each for each in listed if each.id == found.id)
    assert own.hash == hashlib.sha1(path.read_bytes()).digest()
