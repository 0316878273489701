"""Signed packages: signatures that hold, that were tampered with, and chains that fall short."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dcp.trust.making import NewChain, make_chain
from dcp.trust.signing import sign_document
from dcp.verify.engine import verify_package
from dcp.verify.finding import VerificationReport

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def chain() -> NewChain:
    return make_chain(organization="Test", unit="Lab", role="CS", now=NOW)


@pytest.fixture
def signed(make: Make, chain: NewChain) -> Any:
    """An encrypted package that is signed as it must be."""
    return make(encrypt=True, sign=lambda root: sign_document(root, chain.signer))


def judge(made: Any, **more: Any) -> VerificationReport:
    return verify_package(made.root, **({"now": NOW, "keyring": made.keyring} | more))


def found(report: VerificationReport, *severities: str) -> list[tuple[str, str | None]]:
    return [(f.id, f.file) for f in report.findings if f.severity in severities]


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


def repack(made: Any) -> None:
    """Put the hash and size of the edited playlist into the packing list, as a forger would."""
    data = (made.root / "cpl.xml").read_bytes()
    path = made.root / "pkl.xml"
    text = path.read_text()
    digest = base64.b64encode(hashlib.sha1(data).digest()).decode()
    text = re.sub(r"<Hash>[^<]*</Hash>\s*<Size>\d+", f"<Hash>{digest}</Hash><Size>{len(data)}", text, count=1)
    path.write_text(text)


class TestSigned:
    def test_all_is_well(self, signed: Any) -> None:
        report = judge(signed)
        assert found(report, "error", "warning") == []
        left = {item.id for item in report.not_checked}
        assert left == {"SIG-014", "CER-017"}  # no list of roots, no list of revoked certificates

    @pytest.mark.parametrize("label_set", ["smpte", "interop"])
    def test_in_either_standard(self, make: Make, chain: NewChain, label_set: str) -> None:
        made = make(label_set=label_set, sign=lambda root: sign_document(root, chain.signer))
        assert found(judge(made), "error") == []

    def test_the_root_is_held_against_a_list(self, signed: Any, chain: NewChain) -> None:
        trusted = judge(signed, trust=[chain.chain[-1]])
        assert found(trusted, "error") == []
        assert {item.id for item in trusted.not_checked} == {"CER-017"}
        stranger = make_chain(organization="Other", unit="Lab", role="CS", now=NOW)
        refused = judge(signed, trust=[stranger.chain[-1]])
        assert found(refused, "error") == [("SIG-014", "pkl.xml"), ("SIG-014", "cpl.xml")]

    def test_a_chain_that_has_expired_since_is_no_fault(self, signed: Any) -> None:
        report = judge(signed, now=NOW + timedelta(days=365 * 15))
        assert found(report, "error") == []
        assert ("CER-012", "cpl.xml") in found(report, "info")


class TestTampered:
    def test_a_changed_playlist(self, signed: Any) -> None:
        edit(signed.root / "cpl.xml", b"<Issuer>issuer<", b"<Issuer>forger<")
        assert set(found(judge(signed), "error")) == {("SIG-001", "cpl.xml"), ("PKL-007", "cpl.xml")}

    def test_a_changed_playlist_with_its_hash_put_right(self, signed: Any) -> None:
        edit(signed.root / "cpl.xml", b"<Issuer>issuer<", b"<Issuer>forger<")
        repack(signed)
        assert found(judge(signed), "error") == [("SIG-001", "pkl.xml"), ("SIG-001", "cpl.xml")]

    @pytest.mark.parametrize(
        ("old", "new", "rule"),
        [
            (b"REC-xml-c14n-20010315", b"REC-xml-c14n-20010315#WithComments", "SIG-003"),
            (b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512", "SIG-002"),
            (b"xmldsig#enveloped-signature", b"xmldsig#base64", "SIG-004"),
            (b"xmldsig#sha1", b"xmldsig#sha512", "SIG-005"),
            (b"OU=Lab", b"OU=Lob", "SIG-006"),
        ],
    )
    def test_other_algorithms_and_names(self, signed: Any, old: bytes, new: bytes, rule: str) -> None:
        edit(signed.root / "cpl.xml", old, new)
        repack(signed)
        assert (rule, "cpl.xml") in found(judge(signed), "error")

    def test_another_serial_number(self, signed: Any) -> None:
        path = signed.root / "cpl.xml"
        path.write_text(re.sub(r"(X509SerialNumber>)(\d)", r"\g<1>9\2", path.read_text()))
        assert ("SIG-007", "cpl.xml") in found(judge(signed), "error")

    def test_a_signature_cut_out(self, signed: Any) -> None:
        path = signed.root / "cpl.xml"
        text = re.sub(r"<(\w+:)?Signature .*</(\w+:)?Signature>", "", path.read_text(), flags=re.DOTALL)
        path.write_text(re.sub(r"<(\w+:)?Signature>.*</(\w+:)?Signature>", "", text, flags=re.DOTALL))
        assert ("ENC-004", "cpl.xml") in found(judge(signed), "error")


class TestChains:
    def test_a_signer_without_the_role(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        other = make_chain(organization="Test", unit="Lab", role="SM", now=NOW)
        # ours does not sign with such a chain; another tool may
        monkeypatch.setattr("dcp.trust.signing.check_signer", lambda *_, **__: None)
        made = make(sign=lambda root: sign_document(root, other.signer))
        assert ("CER-009", "cpl.xml") in found(judge(made), "error")

    def test_certificates_that_begin_after_the_date_of_the_document(
        self, make: Make, chain: NewChain
    ) -> None:
        def sign(root: Any) -> bytes:
            for element in root:
                if element.tag.endswith("IssueDate"):
                    element.text = element.text.replace("2026-01-31", "2012-07-17")
            return sign_document(root, chain.signer, now=NOW)

        report = judge(make(sign=sign))
        assert found(report, "error") == []
        assert ("CER-011", "cpl.xml") in found(report, "warning")

    def test_certificates_that_had_ended_by_the_date_of_the_document(
        self, make: Make, chain: NewChain
    ) -> None:
        def sign(root: Any) -> bytes:
            for element in root:
                if element.tag.endswith("IssueDate"):
                    element.text = element.text.replace("2026", "2056")
            return sign_document(root, chain.signer, now=NOW)

        assert ("CER-011", "cpl.xml") in found(judge(make(sign=sign)), "error")


def test_signatures_of_the_golden_packages(golden: Path) -> None:
    for name in ("plain", "enc"):
        report = verify_package(golden / "libdcp" / name / "dcp", now=NOW)
        assert found(report, "error") == []
