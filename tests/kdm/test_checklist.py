"""What the caller hands over, what is said of it, and what the checklist keeps to itself.

Wrong and unusual messages are in `wrong/`.
"""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from forgery.messages import (
    STRANGER,
    Spy,
    at,
    clear_reels,
    document,
    first_block,
    judge,
    message,
    part,
    recipient,
    stranger,
)

from dcp.errors import DocumentError, RefusedError, UsageError
from dcp.trust import signing
from dcp.trust.making import make_chain
from kdm import evidence as evidences
from kdm.checklist import CHECKLIST, KdmReport
from kdm.evidence import Evidence, passed
from kdm.message import MAX_MESSAGE_BYTES
from kdm.receive import keys_of, open_kdm
from kdm.report import report_json, report_lines


def test_the_ids_are_distinct_and_every_need_comes_earlier() -> None:
    seen: list[str] = []
    for check in CHECKLIST:
        assert check.id not in seen
        assert set(check.needs) <= set(seen)
        seen.append(check.id)


def test_verdict_and_keys_come_before_any_text(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked(*_: object) -> str:
        raise AssertionError("nobody asked for a text")

    messages = (world.forge(), world.forge(**document("Titel", "Title")), b"no")
    with monkeypatch.context() as patched:
        patched.setattr(evidences, "text", unasked)
        patched.setattr(evidences, "say", unasked)
        reports = [judge(world, each) for each in messages]
        assert [report.verdict for report in reports] == ["accept", "refuse", "refuse"]
        assert reports[0].keyring is not None
        with pytest.raises(AssertionError, match="nobody asked"):
            _ = reports[0].steps
    for report in reports:
        assert report.steps is report.steps
        assert all(step.message and "{" not in step.message for step in report.steps)
    said = {step.id: step.message for step in reports[0].steps}
    assert said["KDM-004"] == "from 2027-05-01T00:00:00+00:00 to 2027-05-08T12:00:00+00:00"
    assert said["KDM-006"] == "20 bytes each: 1 thumbprint"
    assert said["KDM-009"] == "3 blocks opened"
    assert said["KDM-005"] == f"the KDM is for composition {world.facts.id}"
    assert said["KDM-102"] == f"signed by {world.lab.leaf.label}, whose chain of 3 holds"
    assert said["KDM-121"] == "modified-transitional-1"


def test_what_a_step_says_is_no_template() -> None:
    assert passed("holds.formulation", name="{other} %s").message == "{other} %s"


# --- policy and what the caller hands over -----


def result_of(report: KdmReport, step: str) -> str:
    return next(entry.result for entry in report.steps if entry.id == step)


def test_without_a_private_key_the_verdict_is_incomplete(world: Any) -> None:
    report = judge(world, world.forge(), private_key=None)
    assert report.verdict == "incomplete"
    assert report.keyring is None
    assert result_of(report, "KDM-009") == "skipped"
    assert "no private key" in report_lines(report)[-1]
    with pytest.raises(UsageError, match="without a private key"):
        keys_of(report)


def test_what_was_not_handed_over_is_skipped_never_passed(world: Any) -> None:
    report = judge(world, world.forge(), recipient=None, private_key=None, cpl=None, trust=None)
    for step in ("SIG-001", "SIG-009", "SIG-014", "KDM-106", "KDM-104", "KDM-009", "KDM-005", "KDM-010"):
        assert result_of(report, step) == "skipped"


def test_a_step_after_a_failure_says_which(world: Any) -> None:
    report = judge(world, world.forge(**document("Titel", "Title")))
    later = [step for step in report.steps if step.id not in ("SIG-001", "SIG-009")][3:]
    assert {step.result for step in later} == {"skipped"}
    assert all("KDM-101" in step.message for step in later)


SEALED_STEPS = ("KDM-009", "KDM-107", "KDM-108", "KDM-110", "KDM-109", "KDM-111", "KDM-112")


def test_under_an_untrusted_root_all_but_the_blocks_is_judged(world: Any) -> None:
    spy = Spy(world.hall.private_key)
    changes = {"trust": (world.hall.chain[-1],), "private_key": spy}
    report = judge(world, world.forge(), **changes)
    skipped = [step for step in report.steps if step.result == "skipped"]
    assert tuple(step.id for step in skipped) == SEALED_STEPS
    assert all("SIG-014" in step.message for step in skipped)
    wrong = judge(
        world,
        world.forge(**recipient(serial=1)),
        **changes,
        now=at(8),
        cpl=world.playlist(id=uuid.UUID(int=5)),
        window="report",
    )
    assert [step.id for step in wrong.failures] == ["SIG-014", "KDM-002", "KDM-106", "KDM-005"]
    assert result_of(wrong, "KDM-104") == "skipped"
    for one in (report, wrong):
        assert one.verdict == "refuse"
        assert one.keyring is None
        with pytest.raises(RefusedError, match="SIG-014"):
            keys_of(one)
    assert spy.decrypted == 0


@pytest.mark.parametrize(("days", "step", "result"), [(8, "KDM-002", "fail"), (-1, "KDM-003", "warn")])
def test_a_judge_of_packages_opens_outside_the_window(
    world: Any, days: float, step: str, result: str
) -> None:
    report = judge(world, world.forge(), now=at(days), window="report")
    assert result_of(report, step) == result
    assert report.keyring is not None
    assert open_kdm(world.forge(), private_key=world.hall.private_key, now=at(days), window="report").keys
    with pytest.raises(RefusedError, match=step):
        open_kdm(world.forge(), private_key=world.hall.private_key, now=at(days))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: recipient(serial=1), "for SM SPB MD.Hall-1 (serial 1), this is SM SPB MD.Hall-1 (serial "),
        (
            lambda w: recipient(serial=1, subject=w.other.leaf.subject),
            "for SM.Hall-2 (serial 1), this is SM SPB MD.Hall-1 (serial ",
        ),
        (lambda w: recipient(issuer=w.other.leaf.issuer), "under another issuer"),
        (lambda w: recipient(subject=w.hall.leaf.subject.replace("O=", "O=New ")), "under another subject"),
        (lambda w: recipient(subject="no name"), "for no name (serial "),
    ],
)
def test_another_recipient_is_named_shortly(world: Any, change: Any, words: str) -> None:
    report = judge(world, world.forge(**change(world)))
    assert words in report.failures[0].message
    assert "dnQualifier" not in report.failures[0].message
    assert len(report.failures[0].message) < 160


def test_a_key_of_another_device_is_named_shortly(world: Any) -> None:
    report = judge(world, world.forge(), private_key=world.other.private_key, recipient=None)
    assert "the KDM is for SM SPB MD.Hall-1 (serial " in report.failures[0].message
    assert len(report.failures[0].message) < 160


@pytest.mark.parametrize("data", [b"no", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_a_refusal_names_the_file_once(world: Any, data: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        open_kdm(data, private_key=world.hall.private_key, now=world.now, where="some/kdm.xml")
    assert str(caught.value).count("some/kdm.xml") == 1


def test_the_place_of_a_fault_stays_in_its_message(world: Any) -> None:
    report = judge(world, world.forge(**part("    <Signer>", "    <X></X><Signer>")), where="some/kdm.xml")
    assert "/DCinemaSecurityMessage/AuthenticatedPublic" in report.failures[0].message
    assert "some/kdm.xml" not in report.failures[0].message


def test_a_refusal_says_what_and_what_to_do_once(world: Any) -> None:
    with pytest.raises(RefusedError) as caught:
        open_kdm(world.forge(), private_key=world.hall.private_key, now=at(8))
    assert str(caught.value).lower().count("ask ") == 1
    report = judge(world, world.forge(), now=at(8))
    assert report_json(report)["remedy"] == report.remedy == caught.value.remedy
    assert report_lines(report)[-1].endswith(f". What to do: {report.remedy}")
    assert report_json(judge(world, world.forge()))["remedy"] is None


def test_the_reader_knows_what_to_do_about_the_old_format(world: Any) -> None:
    old = world.forge(**document(
        "http://www.smpte-ra.org/schemas/430-3/2006/ETM",
        "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#",
    ))  # fmt: skip
    assert "SMPTE format" in str(judge(world, old).remedy)


def test_the_largest_message_is_read_whole_by_every_step(world: Any) -> None:
    data = world.forge()
    largest = data + b" " * (MAX_MESSAGE_BYTES - len(data))
    assert judge(world, largest).verdict == "accept"
    assert [step.id for step in judge(world, largest + b" ").failures] == ["KDM-001"]


def test_a_judge_of_packages_forgives_nothing_else(world: Any) -> None:
    data = world.forge(**first_block(signer_thumbprint=STRANGER))
    assert judge(world, data, now=at(8), window="report").keyring is None


def test_blocks_stay_closed_to_a_step_that_comes_too_early(world: Any) -> None:
    evidence = Evidence(
        data=world.forge(),
        where="kdm",
        now=world.now,
        window="refuse",
        private_key=Spy(world.hall.private_key),
        recipient=None,
        devices=(),
        trust=None,
        cpl_data=None,
        cpl_where="cpl",
    )
    evidence.read()
    with pytest.raises(RuntimeError, match="before signature and chain"):
        evidence.open_blocks()


def test_an_unsigned_playlist_is_a_warning_where_nothing_demands_a_signature(world: Any) -> None:
    interop = world.playlist(signed=False, standard="interop")
    assert result_of(judge(world, world.forge(), cpl=interop, trust=None), "SIG-001") == "warn"
    other = world.playlist(signed=False, id=uuid.UUID(int=5), reels=clear_reels(world))
    report = judge(world, world.forge(), cpl=other)
    assert result_of(report, "SIG-001") == "warn"
    assert [step.id for step in report.failures] == ["KDM-005"]


def test_without_a_list_the_report_says_that_the_playlists_root_was_not_checked(world: Any) -> None:
    step = next(s for s in judge(world, world.forge(), trust=None).steps if s.id == "SIG-009")
    assert step.result == "pass"
    assert "its root was not checked against a list" in step.message
    step = next(s for s in judge(world, world.forge()).steps if s.id == "SIG-009")
    assert "not checked" not in step.message


def test_under_a_strangers_playlist_the_blocks_stay_closed(world: Any) -> None:
    spy = Spy(world.hall.private_key)
    report = judge(world, world.forge(), private_key=spy, cpl=world.playlist(signer=stranger()))
    assert "the playlist's signer: .Lab.ROOT: the chain leads to none" in report.failures[0].message
    assert spy.decrypted == 0


def test_a_key_and_a_certificate_that_do_not_fit_are_a_usage_error(world: Any) -> None:
    with pytest.raises(UsageError, match="does not belong"):
        judge(world, world.forge(), recipient=world.other.leaf)


def test_a_playlist_that_is_none_is_no_verdict_about_the_message(world: Any) -> None:
    with pytest.raises(DocumentError):
        judge(world, world.forge(), cpl=b"<a/>")


def test_a_naive_now_is_refused(world: Any) -> None:
    with pytest.raises(UsageError, match="offset"):
        judge(world, world.forge(), now=datetime(2027, 5, 1))


def test_a_now_with_seconds_in_its_offset_is_refused(world: Any) -> None:
    with pytest.raises(UsageError, match="seconds"):
        judge(world, world.forge(), now=world.now.astimezone(timezone(timedelta(seconds=29143))))


def test_a_repackaged_title_is_called_so(world: Any) -> None:
    report = judge(world, world.forge(), cpl=world.playlist(id=uuid.UUID(int=5)))
    assert "made again" in report.failures[0].message


def test_the_json_document_has_its_fields(world: Any) -> None:
    document = report_json(judge(world, world.forge()))
    assert document["schema"] == "dcpkit.kdm-verify/1"
    assert document["verdict"] == "accept"
    assert document["message_id"] == str(uuid.UUID(int=0xABC))
    assert document["cpl_id"] == str(world.facts.id)
    assert document["window"] == {
        "not_before": "2027-05-01T00:00:00+00:00",
        "not_after": "2027-05-08T12:00:00+00:00",
    }
    assert document["recipient"] == world.hall.leaf.subject
    steps: Any = document["steps"]
    assert [step["id"] for step in steps] == [check.id for check in CHECKLIST]
    assert all(set(step) == {"id", "result", "message", "clause"} for step in steps)
    unread = report_json(judge(world, b"no"))
    assert unread["verdict"] == "refuse"
    assert unread["message_id"] is unread["window"] is None


def test_no_key_shows_in_report_repr_or_lines(world: Any) -> None:
    report = judge(world, world.forge())
    shown = repr(report) + "".join(report_lines(report)) + repr(report_json(report))
    for key in world.keyring.keys:
        for form in (key.value().hex(), base64.b64encode(key.value()).decode(), repr(key.value())):
            assert form not in shown


@pytest.mark.parametrize(("role", "result"), [("CS", "pass"), ("CS SM", "warn"), ("SM", "warn")])
def test_an_authenticator_has_the_role_of_a_content_signer_alone(
    role: str, result: str, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = make_chain(organization="Rogue", unit="Lab", role=role, now=world.now)
    with monkeypatch.context() as patched:
        patched.setattr(signing, "check_signer", lambda *_, **__: None)  # it would not sign with it
        cpl = world.playlist(signer=signer)
    given = world.forge(**message(content_authenticator=signer.leaf.thumbprint()))
    step = {each.id: each for each in judge(world, given, cpl=cpl).steps}["KDM-120"]
    assert step.result == result
    assert ("other roles than CS alone" in step.message) == (result == "warn")
