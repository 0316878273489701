"""The judgement of a chain as a JSON document and as lines."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from dcp.errors import CertificateError
from dcp.trust.certificate import Certificate, read_certificates
from dcp.trust.making import NewChain
from dcp.trust.report import certificate_document, chain_document, chain_lines, report_chain, report_refused


def test_a_good_chain_is_accepted(signer_chain: NewChain, now: datetime) -> None:
    report = report_chain(signer_chain.chain.certificates, now=now, role="CS")
    document = chain_document(report)
    assert json.loads(json.dumps(document)) == document
    assert (document["schema"], document["verdict"]) == ("dcpkit.cert-verify/1", "accept")
    assert document["recipient"] == signer_chain.leaf.subject
    assert {step["result"] for step in document["steps"]} == {"pass", "skipped"}
    assert chain_lines(report)[-1] == "accept"
    assert chain_lines(report, "zh")[-1] == "接受"


def test_a_bad_chain_is_refused_by_its_first_failure(signer_chain: NewChain, now: datetime) -> None:
    report = report_chain(signer_chain.chain[:2], now=now, role="SM")
    assert chain_document(report)["verdict"] == "refuse"
    assert chain_lines(report)[-1].startswith("refuse: CER-009: CS.test.smpte-430-2.CS: the role SM")


def test_a_certificate_without_fields_is_described(now: datetime) -> None:
    empty = Certificate(bytes.fromhex("300430020500"))
    described = certificate_document(empty)
    assert described["subject"] is None and described["public_key_thumbprint"] is None
    assert chain_document(report_chain((empty,), now=now))["verdict"] == "refuse"


def test_what_is_no_certificate_is_refused_with_what_its_reader_knows(tmp_path: Path) -> None:
    file = tmp_path / "leaf.pem"
    file.write_text("no certificate")
    with pytest.raises(CertificateError) as caught:
        read_certificates(file)
    lines = chain_lines(report_refused(caught.value))
    assert len(lines) == 2 and lines[-1].startswith("refuse: CER-023: ")
    assert lines[-1].endswith(f". What to do: {caught.value.remedy}")
