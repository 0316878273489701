"""A KDM made here, for a package made here: accepted, refused, and what its flags order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dcp.errors import TrackFileError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain, make_chain
from kdm.issue import prepare_kdms
from player.marking import in_place
from player.media_block import KdmRequest
from player.play import play
from player.report import PlayReport
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.secret import Secret

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
BEGIN, END = NOW - timedelta(hours=1), NOW + timedelta(days=7)
SECRET = Secret(value=bytes(32), operator="test")
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def distributor() -> NewChain:
    return make_chain(organization="distributor.example", unit="test", role="CS", now=BEGIN)


@pytest.fixture(scope="module")
def theatre() -> NewChain:
    return make_chain(organization="theatre.example", unit="test", role="SM SPB MD", now=BEGIN)


@pytest.fixture
def show(make: Make, catcher: Any, distributor: NewChain, theatre: NewChain) -> Callable[..., PlayReport]:
    """`show(made, now=..., keys=..., forensic_flags=...)`: issue a KDM for a package and play it.

    by: who signs the playlist; None for nobody.
    """

    def play_it(
        made: Any,
        *,
        now: datetime = NOW,
        keys: Keyring | None = None,
        cpl: Any = None,
        by: NewChain | None = distributor,
        trust: Sequence[Certificate] | None = None,
        **options: Any,
    ) -> PlayReport:
        made.signer = by.signer if by else None
        made.write()
        order = prepare_kdms(
            cpl=cpl or made.cpl,
            keyring=keys or made.keyring,
            signer=distributor.signer,
            not_before=BEGIN,
            not_after=END,
            now=BEGIN,
            **options,
        )
        message = order.issue(theatre.leaf)
        request = KdmRequest(
            data=message.data, private_key=theatre.private_key, recipient=theatre.leaf, trust=trust
        )
        return play(made.root, now=now, kdm=request, screen=catcher, location=6, secret=SECRET)

    return play_it


def test_a_package_plays_with_its_kdm(make: Make, show: Callable[..., PlayReport], catcher: Any) -> None:
    report = show(make(lengths=(3, 2)))
    assert (report.verdict, report.exit_code, report.marked) == ("complete", 0, True)
    assert catcher.codes() == [0, 1, 2, 3, 4]
    received = next(event for event in report.events if event.subtype == "KDMKeysReceived")
    assert received.parameters["keys"] == 2
    assert not any("playlist's signature" in str(what) for what in report.not_checked)


def test_both_eyes_are_marked_alike(make: Make, show: Callable[..., PlayReport]) -> None:
    report = show(make(lengths=(2,), stereo=True))
    assert (report.verdict, report.marked) == ("complete", True)
    rng = np.random.default_rng(1)
    left, right = (rng.integers(500, 3000, (144, 256, 3)).astype(np.uint16) for _ in range(2))
    embedder = Embedder(SECRET, Payload(6, 1), width=256, height=144, rate=Fraction(24))
    wanted = embedder.apply_pair(left, right, 2)
    marked = in_place(embedder)([left, right], 2)
    assert marked[0] is left and marked[1] is right
    assert all(np.array_equal(one, two) for one, two in zip(marked, wanted, strict=True))


@pytest.mark.parametrize("now", [BEGIN - timedelta(seconds=2), END + timedelta(seconds=2)])
def test_outside_its_window_it_is_refused(
    make: Make, show: Callable[..., PlayReport], catcher: Any, now: datetime
) -> None:
    report = show(make(lengths=(2,)), now=now)
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)
    assert catcher.signal is None
    assert report.kdm is not None and report.kdm["verdict"] == "refuse"
    assert "ValidityWindowError" in {event.exception for event in report.events}
    step = "KDM-003" if now < BEGIN else "KDM-002"
    assert any(line.startswith(f"{step}: the window ") for line in report.lines())
    assert f"what to do: {report.kdm['remedy']}" in report.lines()


@pytest.mark.parametrize(
    ("flags", "picture", "sound"),
    [
        ((), None, "no audio mark"),
        (("picture",), "KDM", "no audio mark"),
        (("audio",), None, "KDM"),
        (("picture", "audio"), "KDM", "KDM"),
        (("audio-above:6",), None, "no audio mark"),
        (("audio", "audio-above:6"), None, "no audio mark"),
    ],
)
def test_only_the_flags_switch_marks_off(
    make: Make,
    show: Callable[..., PlayReport],
    flags: tuple[str, ...],
    picture: str | None,
    sound: str,
) -> None:
    report = show(make(lengths=(2,)), forensic_flags=flags)
    assert report.marked is (picture is None)
    if picture is not None:
        assert report.mark.picture_why_not is not None and picture in str(report.mark.picture_why_not)
    assert report.mark.sound_why_not is not None and sound in str(report.mark.sound_why_not)


def test_flags_do_not_mark_a_clear_track(make: Make, show: Callable[..., PlayReport]) -> None:
    assert not show(make(lengths=(2,), encrypted=("sound",))).marked


def test_a_kdm_with_the_wrong_key_shows_nothing(
    make: Make, show: Callable[..., PlayReport], catcher: Any
) -> None:
    made = make(lengths=(2,))
    wrong = ContentKey(id=made.keyring.keys[0].id, type="MDIK", value=b"w" * 16)
    with pytest.raises(TrackFileError) as caught:
        show(made, keys=Keyring((wrong, made.keyring.keys[1])))
    assert (caught.value.reason, caught.value.exit_code) == ("wrong_key", 2)
    assert catcher.signal is None


def test_a_kdm_for_another_playlist_is_refused(make: Make, show: Callable[..., PlayReport]) -> None:
    made = make(lengths=(2,))
    other = make(lengths=(2,))
    report = show(made, cpl=replace(made.cpl, id=other.cpl.id))
    assert report.verdict == "refused"
    assert "KDMFormatError" in {event.exception for event in report.events}


def test_a_playlist_that_nobody_signed_is_not_played_with_a_kdm(
    make: Make, show: Callable[..., PlayReport], catcher: Any
) -> None:
    report = show(make(lengths=(2,)), by=None)
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)
    assert catcher.signal is None
    assert "SignatureError" in {event.exception for event in report.events}


def test_a_playlist_that_another_signed_is_not_played_under_a_list(
    make: Make, show: Callable[..., PlayReport], catcher: Any, distributor: NewChain
) -> None:
    rogue = make_chain(organization="rogue.example", unit="test", role="CS", now=BEGIN)
    trust = (distributor.chain[-1],)
    assert show(make(lengths=(2,)), trust=trust).verdict == "complete"
    report = show(make(lengths=(2,)), by=rogue, trust=trust)
    assert report.verdict == "refused"
    assert "SignatureError" in {event.exception for event in report.events}


def test_another_playlist_under_the_same_id_without_any_of_the_keys_is_not_played(
    make: Make, show: Callable[..., PlayReport], rewrite: Any
) -> None:
    original, made = make(lengths=(2,)), make(lengths=(2,), encrypted=())
    report = show(made, cpl=replace(original.cpl, id=made.cpl.id), keys=original.keyring)
    assert report.kdm is not None
    assert [step["id"] for step in report.kdm["steps"] if step["result"] == "fail"] == ["KDM-010"]
    assert (report.verdict, report.frames_shown) == ("refused", 0)
