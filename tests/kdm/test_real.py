"""Real KDMs: golden ones of another tool, and those of the field with the keys that go with them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from dcp.errors import RefusedError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.certificate import read_certificates
from dcp.trust.signer import read_private_key, read_signer
from kdm.checklist import check_kdm
from kdm.composition import read_cpl_facts
from kdm.formulation import FORMULATIONS
from kdm.issue import prepare_kdms
from kdm.message import parse_message
from kdm.receive import open_kdm
from kdm.report import report_lines

NAMES = [f"kdm_{name.replace('-', '_')}.xml" for name in FORMULATIONS]


@dataclass
class Golden:
    folder: Path
    expected: dict[str, Any]

    def arguments(self, moment: str = "inside") -> dict[str, Any]:
        libdcp = self.folder.parent
        return {
            "private_key": read_private_key(libdcp / "recipient" / "leaf.key"),
            "recipient": read_certificates(libdcp / "recipient" / "leaf.pem")[0],
            "cpl": next((self.folder / "dcp").glob("cpl_*.xml")).read_bytes(),
            "trust": read_certificates(libdcp / "signer" / "root.pem"),
            "now": datetime.fromisoformat(self.expected[f"test_time_{moment}"].replace("Z", "+00:00")),
        }

    @property
    def keys(self) -> set[tuple[str, str, str]]:
        return {(key["key_id"], key["key_type"], key["key_hex"]) for key in self.expected["keys"]}


@pytest.fixture
def vectors(golden: Path) -> Golden:
    folder = golden / "libdcp" / "enc"
    return Golden(folder, json.loads((folder / "kdm_expected.json").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_kdm_opens_to_the_recorded_keys(vectors: Golden, name: str) -> None:
    keyring = open_kdm((vectors.folder / name).read_bytes(), **vectors.arguments())
    assert {(str(key.id), key.type, key.value().hex()) for key in keyring.keys} == vectors.keys
    assert str(keyring.cpl_id) == vectors.expected["cpl_id"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("moment", "step"), [("before", "KDM-003"), ("after", "KDM-002")])
def test_a_golden_kdm_is_refused_outside_its_window(
    vectors: Golden, name: str, moment: str, step: str
) -> None:
    report = check_kdm((vectors.folder / name).read_bytes(), **vectors.arguments(moment))
    assert [failure.id for failure in report.failures] == [step]
    assert report.keyring is None


def test_a_golden_kdm_with_devices_is_refused_for_others(vectors: Golden, golden: Path) -> None:
    devices = read_certificates(golden / "libdcp" / "signer" / "leaf.pem")
    data = (vectors.folder / "kdm_dci_specific.xml").read_bytes()
    report = check_kdm(data, **vectors.arguments(), devices=devices)
    assert [failure.id for failure in report.failures] == ["KDM-130"]


class Untouchable:
    """A private key that must not be used."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key

    def public_key(self) -> RSAPublicKey:
        return self.key.public_key()

    def decrypt(self, ciphertext: bytes, padding: Any, /) -> bytes:
        raise AssertionError("something was decrypted")


def field_kdms(corpus: Path) -> list[tuple[Path, dict[str, Any], RSAPrivateKey | None]]:
    found = []
    manifest = json.loads((corpus / "MANIFEST.json").read_text())
    for item in manifest["items"]:
        if item["kind"] == "kdm":
            opener = item["truth"]["kdm"]["opened_by"]
            key = read_private_key(corpus / opener.removeprefix("dev/")) if opener else None
            found.append((corpus / item["path"], item["truth"], key))
    return found


def inside(truth: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(truth["kdm"]["not_before"]) + timedelta(days=1)


def test_every_kdm_of_the_field_says_what_is_recorded(corpus: Path) -> None:
    for path, truth, _ in field_kdms(corpus):
        message = parse_message(path.read_bytes(), where=path)
        recorded = truth["kdm"]
        assert f"urn:uuid:{message.message_id}" == recorded["message_id"]
        assert f"urn:uuid:{message.composition_playlist_id}" == recorded["cpl"]
        assert message.content_title_text == recorded["title"]
        assert message.not_valid_before_text == recorded["not_before"]
        assert message.not_valid_after_text == recorded["not_after"]
        assert message.recipient.x509_subject_name == recorded["recipient"]
        assert [(kind, str(key_id)) for kind, _, key_id in message.keys] == [
            (key["type"], key["id"]) for key in recorded["keys_listed"]
        ]


def test_every_sound_kdm_of_the_field_is_accepted_and_opens(corpus: Path) -> None:
    opened = 0
    for path, truth, key in field_kdms(corpus):
        if not truth["signature"]["verifies"]:
            continue
        report = check_kdm(path.read_bytes(), private_key=key, now=inside(truth), where=path)
        assert report.verdict == ("accept" if key else "incomplete"), report_lines(report)
        if report.keyring is not None:
            opened += 1
            assert {(k.type, str(k.id), k.value().hex()) for k in report.keyring.keys} == {
                (k["type"], k["id"], k["key"]) for k in truth["kdm"]["keys"]
            }
    assert opened == 1


def test_the_kdm_whose_signature_was_broken_is_refused_for_that_alone(corpus: Path) -> None:
    broken = [case for case in field_kdms(corpus) if not case[1]["signature"]["verifies"]]
    assert len(broken) == 1
    path, truth, key = broken[0]
    assert key is not None
    report = check_kdm(path.read_bytes(), private_key=Untouchable(key), now=inside(truth), where=path)
    assert [step.id for step in report.failures] == ["KDM-101"]
    with pytest.raises(RefusedError, match=r"KDM-101.*signature"):
        open_kdm(path.read_bytes(), private_key=Untouchable(key), now=inside(truth), where=path)


@pytest.mark.parametrize("name", FORMULATIONS)
def test_what_is_issued_for_the_golden_playlist_is_accepted(vectors: Golden, golden: Path, name: str) -> None:
    arguments = vectors.arguments()
    facts = read_cpl_facts(arguments["cpl"], where="the golden playlist")
    keyring = Keyring(
        tuple(
            ContentKey(id=uuid.UUID(key["key_id"]), type=key["key_type"], value=bytes.fromhex(key["key_hex"]))
            for key in vectors.expected["keys"]
        )
    )
    now = arguments["now"]
    order = prepare_kdms(
        cpl=facts,
        keyring=keyring,
        signer=read_signer(golden / "libdcp" / "signer"),
        not_before=now,
        not_after=now + timedelta(days=14),
        formulation=name,
        device_list=[bytes([place]) * 20 for place in range(FORMULATIONS[name].devices)],
        now=now,
    )
    opened = open_kdm(order.issue(arguments["recipient"]).data, **arguments)
    assert {(str(key.id), key.type, key.value().hex()) for key in opened.keys} == vectors.keys
