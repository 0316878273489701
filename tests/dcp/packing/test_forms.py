"""Every form of composition that the writer makes: verify has nothing to say, and schemas hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from judges import run, schema_holds, signature_holds
from packages_packed import FIVE_ONE, NOW, a_signer, facts, media, write

from dcp.documents import namespaces as ns
from dcp.documents.cpl import ContentVersion, Rating
from dcp.documents.namespaces import Standard
from dcp.package.package import open_package
from dcp.packing.facts import ReelFacts, SoundForm, played
from dcp.packing.kinds import kind_of
from dcp.packing.registries import territory
from dcp.verify.engine import verify_package

SCHEMAS = {
    "smpte": {"cpl": "SMPTE-429-16-2014-CPL-Metadata.xsd", "pkl": "SMPTE-429-8-2006-PKL.xsd",
              "ASSETMAP": "SMPTE-429-9-2007-AM.xsd", "VOLINDEX": "SMPTE-429-9-2007-AM.xsd"},
    "interop": {"cpl": "PROTO-ASDCP-CPL-20040511.xsd", "pkl": "PROTO-ASDCP-PKL-20040311.xsd",
                "ASSETMAP": "PROTO-ASDCP-AM-20040311.xsd"},
}  # fmt: skip


def plain(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard)
    return write(folder, [one], [facts(one.reel, standard=standard)])


def rich(folder: Path, standard: Standard) -> Path:
    one, two = (media(folder, name, standard=standard, seconds=2) for name in ("r1", "r2"))
    film = facts(
        one.reel,
        two.reel,
        standard=standard,
        kind=kind_of("FTR"),
        title="Film_FTR-2",
        full_title="The Film",
        active=(1800, 1080),
        markers=(("FFEC", 60), ("FFMC", 70), ("LFMC", 80), ("FFTC", 5)),
        ratings=(Rating("http://www.mpaa.org/2003-ratings", "PG-13"), Rating("urn:a", "<A&B>")),
        territory=territory("UKI"),
        version_number=2,
        status="pre",
        chain="Cinemas of Ünderland",
        distributor="Distributor",
        facility="ABC",
        luminance=Decimal("4.5"),
        alternate_versions=(ContentVersion("urn:example:1", "Other"),),
        sound=SoundForm("51", FIVE_ONE, language="zh-Hans"),
        subtitle_languages=(),
    )
    return write(folder, [one, two], [film])


def signed_and_encrypted(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard, encrypt=True)
    return write(folder, [one], [facts(one.reel, standard=standard)], a_signer())


def stereo(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard, stereo=True)
    return write(folder, [one], [facts(one.reel, standard=standard, stereo=True)])


def further_kind(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard)
    return write(folder, [one], [facts(one.reel, standard=standard, kind=kind_of("EPS"))])


def two_compositions_and_a_stretch(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard, seconds=3)
    part = ReelFacts(
        played(one.picture, entry_point=24, duration=30), played(one.sound, entry_point=24, duration=30)
    )
    films = [
        facts(one.reel, standard=standard),
        facts(part, one.reel, standard=standard, title="Other", kind=kind_of("clip")),
    ]
    return write(folder, [one], films)


def high_rate_scope(folder: Path, standard: Standard) -> Path:
    one = media(folder, standard=standard, size=(2048, 858), rate=48)
    film = facts(one.reel, standard=standard, stored=(2048, 858), active=(2048, 858), rate=Fraction(48))
    return write(folder, [one], [film])


FORMS = [
    plain, rich, signed_and_encrypted, stereo, further_kind, two_compositions_and_a_stretch,
    high_rate_scope,
]  # fmt: skip


@pytest.mark.parametrize("standard", ["smpte", "interop"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_verify_is_silent_above_information(
    tmp_path: Path, form: Callable[[Path, Standard], Path], standard: Standard
) -> None:
    report = verify_package(form(tmp_path / "dcp", standard), now=NOW)
    assert [(f.id, f.message) for f in report.findings if f.severity != "info"] == []
    assert (report.verdict, report.standard) == ("pass", standard)


@pytest.mark.oracle
@pytest.mark.parametrize("standard", ["smpte", "interop"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_published_schemas_hold(
    tmp_path: Path,
    form: Callable[[Path, Standard], Path],
    standard: Standard,
    standards: Path,
    oracle: Callable[[str], str],
) -> None:
    root = form(tmp_path / "dcp", standard)
    for start, schema in SCHEMAS[standard].items():
        for document in root.glob(f"{start}*"):
            assert "validates" in schema_holds(oracle("xmllint"), standards / "xsd" / schema, document)


STEREO = {
    "smpte": (
        ns.CPL_SMPTE,
        ns.STEREO_SMPTE,
        ("SMPTE-429-7-2006-CPL.xsd", "SMPTE-429-10-2008-Main-Stereo-Picture-CPL.xsd"),
    ),
    "interop": (
        ns.CPL_INTEROP,
        ns.STEREO_INTEROP,
        ("PROTO-ASDCP-CPL-20040511.xsd", "437-Y-2007-Main-Stereo-Picture-CPL.xsd"),
    ),
}


@pytest.mark.oracle
@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_the_stereo_picture_keeps_to_its_own_schema(
    tmp_path: Path, standard: Standard, standards: Path, oracle: Callable[[str], str]
) -> None:
    """The playlist's schema takes any foreign asset: this one knows the stereoscopic picture as well."""
    (document,) = stereo(tmp_path / "dcp", standard).glob("cpl*")
    cpl, namespace, schemas = STEREO[standard]
    assert f'xmlns:msp-cpl="{namespace}"' in document.read_text()
    both = tmp_path / "both.xsd"
    both.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        + "".join(
            f'<xs:import namespace="{space}" schemaLocation="{(standards / "xsd" / name).as_uri()}"/>'
            for space, name in ((cpl, schemas[0]), (namespace, schemas[1]))
        )
        + "</xs:schema>"
    )
    catalog = {"XML_CATALOG_FILES": str(standards / "xsd/catalog.xml")}
    said = run(oracle("xmllint"), "--noout", "--nonet", "--catalogs", "--schema", both, document, env=catalog)
    assert "validates" in said


@pytest.mark.oracle
@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_xmlsec_agrees_with_the_signatures(
    tmp_path: Path, standard: Standard, oracle: Callable[[str], str]
) -> None:
    root = signed_and_encrypted(tmp_path / "dcp", standard)
    chain = a_signer().chain.certificates
    for document in (*root.glob("cpl*"), *root.glob("pkl*")):
        assert signature_holds(oracle("xmlsec1"), document, chain=chain, at=NOW, folder=tmp_path)


def test_what_says_that_it_keeps_rdd_52_is_clean_by_it(tmp_path: Path) -> None:
    for form in (plain, rich, signed_and_encrypted, stereo):
        root = form(tmp_path / form.__name__, "smpte")
        (cpl,) = open_package(root).compositions
        assert cpl.metadata is not None and cpl.metadata.application_profile == "SMPTE-RDD-52:2020-Bv2.1"
        report = verify_package(root, now=NOW, profile="bv21")
        assert [(f.id, f.message) for f in report.findings if f.severity != "info"] == []
