"""Every signed document of the test material verifies, but for the one that was edited upstream."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dcp.errors import SignatureError
from dcp.suite import INTEROP, KDM_SUITE
from dcp.trust.certificate import Certificate, read_certificates
from dcp.trust.judging import judge_chain
from dcp.trust.name_text import names_equal, parse_name
from dcp.trust.signature import VerifiedSignature, verify_enveloped, verify_kdm
from dcp.trust.signer import find_certificate_for, read_private_key, read_signer
from dcp.xml.parse import parse_xml
from dcp.xml.values import parse_date_time

EDITED_UPSTREAM = "kdm_TONEPLATES-SMPTE-ENC_.smpte-430-2.ROOT.NOT_FOR_PRODUCTION"
LATER_CHAIN = ("6affb8ee-0020-4dff-a53c-17652f6358ab", "5203f3d4-9d62-4062-8bf1-7a114eff99df")
"""Test documents of libdcp whose chain was made long after their IssueDate."""


def signed_documents(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in sorted(folder.rglob("*.xml")):
            data = path.read_bytes()
            if b"SignatureValue>" in data and b"ClairmetaProbe" not in data:
                yield path, data


def verified(path: Path, data: bytes) -> VerifiedSignature:
    verify = verify_kdm if b"<DCinemaSecurityMessage" in data else verify_enveloped
    return verify(data, where=path.name)


@pytest.fixture(scope="module")
def documents(corpus: Path, golden: Path) -> list[tuple[Path, bytes]]:
    return list(signed_documents(corpus, golden / "libdcp"))


def test_all_signatures_hold_but_one(documents: list[tuple[Path, bytes]]) -> None:
    broken, held = [], 0
    for path, data in documents:
        try:
            result = verified(path, data)
        except SignatureError as error:
            broken.append((path.name, error.what))
            continue
        held += 1
        assert {step.result for step in result.findings} == {"pass"}
        assert result.signer.roles == ("CS",)
        assert result.chain.root is not None and not result.chain.strangers
    assert held == 55
    assert [name.startswith(EDITED_UPSTREAM) for name, _ in broken] == [True]
    assert "digest (ID_AuthenticatedPublic) does not hold" in broken[0][1]


def test_all_chains_hold_when_their_documents_were_issued(documents: list[tuple[Path, bytes]]) -> None:
    for path, data in documents:
        if path.name.startswith(EDITED_UPSTREAM):
            continue
        result = verified(path, data)
        issued = parse_date_time(next(parse_xml(data, where=path).iter("{*}IssueDate")).text or "")
        assert issued is not None
        steps = judge_chain(
            result.chain,
            at=(issued,),
            role="CS",
            profile=result.suite.profile,
            role_strict=result.suite is not KDM_SUITE,
        )
        failures = [step.id for step in steps if step.result == "fail"]
        assert failures == (["CER-011"] if any(id in path.name for id in LATER_CHAIN) else []), path.name


def test_interop_documents_are_told_apart(documents: list[tuple[Path, bytes]]) -> None:
    interop = [path for path, data in documents if b"PROTO-ASDCP" in data]
    assert interop
    for path in interop:
        assert verified(path, path.read_bytes()).suite is INTEROP


def test_any_edit_of_a_real_document_is_seen(documents: list[tuple[Path, bytes]]) -> None:
    for path, data in documents[::5]:
        if path.name.startswith(EDITED_UPSTREAM):
            continue
        changed = re.sub(rb"<((?:\w+:)?ContentTitleText|(?:\w+:)?Issuer)>", rb"<\1>x", data, count=1)
        if changed == data:
            continue
        with pytest.raises(SignatureError, match="does not hold"):
            verified(path, changed)


def test_names_in_documents_are_those_of_the_certificates(documents: list[tuple[Path, bytes]]) -> None:
    for path, data in documents:
        for entry in parse_xml(data, where=path).iter("{*}X509Data"):
            value = entry.find("{*}X509Certificate")
            if value is None:
                continue
            certificate = Certificate(base64.b64decode(value.text or ""))
            written = entry.findtext(".//{*}X509IssuerName") or ""
            assert names_equal(written, certificate.issuer)
            assert parse_name(certificate.subject) == certificate.subject_name
            assert certificate.missing == certificate.defects == ()


def test_the_golden_certificates_have_the_values_that_their_maker_gave(golden: Path) -> None:
    for folder in (golden / "libdcp" / "signer", golden / "libdcp" / "recipient"):
        manifest = json.loads((folder / "manifest.json").read_text())
        for entry in manifest["certificates"]:
            (certificate,) = read_certificates(folder / entry["file"])
            assert certificate.subject == entry["subject"]
            assert certificate.issuer == entry["issuer"]
            assert certificate.serial == int(entry["serial"])
            assert base64.b64encode(certificate.thumbprint()).decode() == entry["thumbprint_b64"]
        assert read_signer(folder).leaf == certificate


def test_real_keys_find_their_certificates(corpus: Path, golden: Path) -> None:
    folder = golden / "libdcp" / "recipient"
    key = read_private_key(folder / "leaf.key")
    assert find_certificate_for(key, folder / "leaf.key") == read_certificates(folder / "leaf.pem")[0]
    alone = corpus / "ClairMeta_Data" / "DCP" / "ECL-SET" / "leaf.key"
    assert find_certificate_for(read_private_key(alone), alone) is None


def test_real_device_certificates_are_read(corpus: Path, now: datetime) -> None:
    folder = corpus / "dct-wolfgangw" / "encryption" / "kdm" / "juliuss"
    (device,) = read_certificates(folder / "imb-227577.cert.sha256.pem")
    assert device.roles == ("LE", "SPB", "MD", "FM", "SM")
    assert device.common_name == "LE SPB MD FM SM.IMB-227577.DC.DOLPHIN.DC2.SMPTE"
    failures = {step.id for step in judge_chain((device,), at=(now,), role="SM") if step.result == "fail"}
    assert failures == {"CER-011", "SIG-008", "SIG-011"}  # expired in 2025, and alone
