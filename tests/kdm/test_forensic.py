from __future__ import annotations

import pytest

from dcp.errors import UsageError
from kdm.forensic import ForensicFlag, Marking, flag_uris, marking, read_flag

DCI = "http://www.dcimovies.com/430-1/2006/KDM#mrkflg-audio-disable-above-channel-"
SMPTE = "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-"


def test_the_flags_are_written_in_their_registered_form() -> None:
    assert flag_uris(["picture", "audio", "audio-above:8", "picture"]) == (
        SMPTE + "picture-disable",
        SMPTE + "audio-disable",
        DCI + "08",
    )


@pytest.mark.parametrize(
    "uri", [DCI + "08", DCI + "8", SMPTE + "audio-disable-above-channel-8"], ids=["dci", "short", "smpte"]
)
def test_both_forms_of_the_channel_limit_are_read(uri: str) -> None:
    assert read_flag(uri) == ForensicFlag("audio-above", 8)
    assert flag_uris([uri]) == (DCI + "08",)


@pytest.mark.parametrize("uri", [DCI + "00", DCI + "100", DCI, DCI + "8 ", SMPTE + "sound", "picture"])
def test_anything_else_is_unknown(uri: str) -> None:
    assert read_flag(uri) is None


@pytest.mark.parametrize("text", ["sound", "audio-above:0", "audio-above:100", "audio-above:", ""])
def test_a_request_for_an_unknown_flag_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no forensic marking flag"):
        flag_uris([text])


def test_two_channel_limits_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="contradict"):
        flag_uris(["audio-above:6", "audio-above:8"])


@pytest.mark.parametrize(
    ("uris", "expected"),
    [
        ((), Marking(True, None)),
        (("picture",), Marking(False, None)),
        (("audio",), Marking(True, 0)),
        (("audio-above:6",), Marking(True, 6)),
        (("picture", "audio", "audio-above:6"), Marking(False, 6)),
    ],
)
def test_what_is_left_to_mark(uris: tuple[str, ...], expected: Marking) -> None:
    assert marking(flag_uris(uris)) == expected
