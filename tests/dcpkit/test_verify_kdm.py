"""`verify` with a KDM that cannot be used: a finding under the step's id, and the rest is verified."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from scenes import BEGIN, EARLIER, END, LATER, NOW, Scene, call, issue_kdm

import dcpkit as entrance
from dcp.secrets.keys import read_keys
from dcp.trust.signer import read_signer
from kdm.composition import read_cpl_facts
from kdm.issue import prepare_kdms

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--no-hashes", "--no-picture", "--quiet")


def at(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stranger")
    names = ["--organization", "O", "--unit", "U", "--role", "SM SPB", "--now", EARLIER]
    assert call("cert", "chain", "-o", folder / "hall", *names) == 0
    return folder / "hall"


def message(
    scene: Scene, to: Path, *, kinds: str = "MDIK MDAK", cpl_id: uuid.UUID | None = None, until: str = END
) -> Path:
    """A sound KDM with some of the keys only, or for another composition."""
    facts = read_cpl_facts(next(scene.package.glob("cpl_*.xml")).read_bytes(), where="cpl")
    keyring = read_keys(scene.keys)
    listed = tuple(key for key in facts.keys if keyring.require(key.id).type in kinds)
    made = prepare_kdms(
        cpl=replace(facts, keys=listed, id=cpl_id or facts.id),
        keyring=replace(keyring, cpl_id=None),
        signer=read_signer(scene.root / "studio"),
        not_before=at(BEGIN),
        not_after=at(until),
        now=at(EARLIER),
    )
    (leaf,) = entrance.read_certificates(scene.root / "cinema" / "leaf.pem")
    to.write_bytes(made.issue(leaf).data)
    return to


def said(out: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(out)["findings"]:
        found.setdefault(each["id"], []).append(each)
    return found


def errors(out: str) -> set[str]:
    return {each["id"] for each in json.loads(out)["findings"] if each["severity"] == "error"}


def unopened(out: str) -> set[str]:
    """The track files of which the report says that their key was not at hand."""
    named = {each["why"].split()[0] for each in json.loads(out)["not_checked"] if "key" in each["why"]}
    return {kind for kind in ("picture", "sound") if any(kind in name for name in named)}


def test_a_refused_message_is_a_finding_and_the_rest_is_verified(
    scene: Scene, dcpkit: Run, tmp_path: Path, stranger: Path
) -> None:
    package = scene.copy(tmp_path)
    (package / "stray.txt").write_text("x")
    kdm = issue_kdm(scene, tmp_path / "kdm.xml", recipient=stranger / "leaf.pem")
    code, out, _ = dcpkit("verify", package, *scene.opener(kdm), *QUICK, "--json")
    assert code == 1 and errors(out) == {"KDM-106"}
    (finding,) = said(out)["KDM-106"]
    assert finding["file"] == str(kdm) and finding["remedy"] and finding["clause"] == "ST 430-1"
    assert "PKG-008" in said(out) and unopened(out) == {"picture", "sound"}
    code, out, err = dcpkit("verify", package, *scene.opener(kdm), *QUICK, "--lang", "zh")
    assert code == 1 and "KDM-106" in out and "dcpkit:" not in err


@pytest.mark.parametrize(
    ("words", "step"),
    [(b"this is no XML", "KDM-001"), (b"<a/>", "KDM-001"), (b"", "KDM-001")],
)
def test_what_is_no_message_is_a_finding_too(
    scene: Scene, dcpkit: Run, tmp_path: Path, words: bytes, step: str
) -> None:
    (tmp_path / "kdm.xml").write_bytes(words)
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(tmp_path / "kdm.xml"), *QUICK, "--json")
    assert code == 1 and errors(out) == {step} and unopened(out) == {"picture", "sound"}


def test_a_broken_signature_opens_nothing(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    changed = tmp_path / "kdm.xml"
    changed.write_text(scene.kdm.read_text().replace("2027-05-15T00:00:00", "2027-07-15T00:00:00"))
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(changed), *QUICK, "--json")
    assert code == 1 and errors(out) == {"KDM-101"} and unopened(out) == {"picture", "sound"}
    assert json.loads(out)["mic"] is None


def test_what_the_message_has_keys_for_is_opened(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    kdm = message(scene, tmp_path / "kdm.xml", kinds="MDIK")
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(kdm), "--no-picture", "--quiet", "--json")
    assert code == 1 and errors(out) == {"KDM-010"}
    assert unopened(out) == {"sound"} and json.loads(out)["mic"] == "derived"


def test_a_message_for_another_composition(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    kdm = message(scene, tmp_path / "kdm.xml", cpl_id=uuid.uuid4())
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(kdm), *QUICK, "--json")
    assert code == 1 and errors(out) == {"KDM-005"}


def test_of_several_packages_each_takes_its_own(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    """One that is for another package is no finding beside several; alone it is."""
    scene.copy(tmp_path / "a")
    shutil.copytree(scene.package, tmp_path / "b" / "DCP")
    other = message(scene, tmp_path / "other.xml", cpl_id=uuid.uuid4())
    code, out, _ = dcpkit("verify", tmp_path, *scene.opener(other), *QUICK, "--json")
    found = json.loads(out)["packages"]
    assert code == 0 and len(found) == 2
    assert all(each["verdict"] == "pass" and each["not_checked"] for each in found)


def mail(path: Path, *files: Path) -> Path:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "lab@example.com", "rex@example.com", "KDMs"
    letter.set_content("Please find the KDMs attached.")
    for file in files:
        letter.add_attachment(file.read_bytes(), maintype="application", subtype="xml", filename=file.name)
    path.write_bytes(letter.as_bytes())
    return path


def test_of_a_mail_the_message_for_the_composition_is_taken(
    scene: Scene, dcpkit: Run, tmp_path: Path, stranger: Path
) -> None:
    other = message(scene, tmp_path / "a.xml", cpl_id=uuid.uuid4())
    theirs = issue_kdm(scene, tmp_path / "b.xml", recipient=stranger / "leaf.pem")
    saved = mail(tmp_path / "mail.eml", other, theirs, scene.kdm)
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(saved), *QUICK, "--json")
    assert code == 0 and not errors(out) and unopened(out) == set()
    saved = mail(tmp_path / "mail.eml", other, theirs)  # one for the device, not for the composition
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(saved), *QUICK, "--json")
    assert code == 1 and errors(out) == {"KDM-005"}


def test_of_two_for_one_composition_the_better_is_taken(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    later = message(scene, tmp_path / "later.xml", until="2027-12-01T00:00:00+00:00")
    saved = mail(tmp_path / "mail.eml", scene.kdm, later)
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(saved, now=LATER), *QUICK, "--json")
    assert code == 0 and not errors(out)
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(now=LATER), *QUICK, "--json")
    assert code == 1 and errors(out) == {"KDM-002"} and unopened(out) == set()


def test_what_is_no_file_of_messages_stays_an_error_of_usage(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    assert dcpkit("verify", scene.package, *scene.opener(tmp_path / "absent.xml"), *QUICK)[0] == 2
    (tmp_path / "note.txt").write_text("no message")
    saved = mail(tmp_path / "mail.eml", tmp_path / "note.txt")
    assert dcpkit("verify", scene.package, *scene.opener(saved), *QUICK)[0] == 2


def test_programs_get_the_finding(scene: Scene, tmp_path: Path, stranger: Path) -> None:
    kdm = issue_kdm(scene, tmp_path / "kdm.xml", recipient=stranger / "leaf.pem")
    for given in (kdm, kdm.read_bytes()):
        report = entrance.verify(
            scene.package, kdm=given, private_key=scene.key, now=at(NOW), hashes=False, picture=False
        )
        assert report.verdict == "fail"
        assert {each.id for each in report.findings if each.severity == "error"} == {"KDM-106"}


def test_every_step_of_the_checklist_is_a_rule_of_the_report() -> None:
    from dcp.verify.rule import RULES
    from dcp.verify.rules.all import load_rules
    from kdm.checklist import CHECKLIST

    load_rules()
    assert {check.id for check in CHECKLIST} <= set(RULES)
    for check in CHECKLIST:
        if RULES[check.id].scope == "judged" and check.id.startswith("KDM-"):
            assert RULES[check.id].clause == check.clause
