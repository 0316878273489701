"""Who comes in: the PIN and its pauses, sessions, the addresses that are the page's own."""

from __future__ import annotations

import pytest

from player.web import access
from player.web.access import Access, Refused, is_near, is_own_host, is_own_origin, is_pin, made_pin


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_pin_is_six_digits_by_chance() -> None:
    pins = {made_pin() for _ in range(200)}
    assert all(len(pin) == 6 and is_pin(pin) for pin in pins) and len(pins) > 190


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567890123", "12345a", " 123456", "１２３４５６", "-12345"]
)
def test_what_is_no_pin(text: str) -> None:
    assert not is_pin(text)


def test_without_a_pin_everybody_is_known() -> None:
    door = Access(None)
    assert door.knows(None) and door.knows("x") and not door.asks


def test_the_right_pin_opens_a_session_that_nobody_guesses() -> None:
    door = Access("123456")
    assert not door.knows(None) and not door.knows("") and not door.knows("123456")
    token = door.enter("10.0.0.1", "123456")
    assert isinstance(token, str) and len(token) == 64
    assert door.knows(token) and not door.knows(token[:-1]) and not door.knows(token.upper() + "é")
    assert door.enter("10.0.0.1", "123456") != token


def test_pauses_grow_and_what_comes_in_one_is_not_looked_at() -> None:
    clock = Clock()
    door = Access("123456", clock)
    waits = []
    for _ in range(5):
        found = door.enter("10.0.0.1", "000000")
        assert isinstance(found, Refused) and found.looked
        waits.append(found.seconds)
        at_once = door.enter("10.0.0.1", "123456")
        assert isinstance(at_once, Refused) and not at_once.looked, "the right one in a pause"
        clock.now += found.seconds
    assert waits == [1, 2, 4, 8, 16]
    assert isinstance(door.enter("10.0.0.1", "123456"), str)
    found = door.enter("10.0.0.1", "000000")
    assert isinstance(found, Refused) and found.seconds == 1, "who came in begins anew"


def test_a_pause_ends_at_five_minutes() -> None:
    clock = Clock()
    door = Access("123456", clock)
    for _ in range(19):
        found = door.enter("10.0.0.1", "0")
        assert isinstance(found, Refused)
        clock.now += found.seconds
    assert found.seconds == access.LONGEST_PAUSE


def test_another_address_does_not_wait_until_many_were_wrong() -> None:
    clock = Clock()
    door = Access("123456", clock)
    for number in range(access.FREE_TRIES):
        door.enter(f"10.0.0.{number}", "000000")
    assert isinstance(door.enter("10.0.1.1", "123456"), str)
    door.enter("10.0.1.2", "000000")
    found = door.enter("10.0.1.3", "123456")
    assert isinstance(found, Refused) and not found.looked
    for number in range(40):
        clock.now += 1000
        door.enter(f"10.0.2.{number}", "000000")
    found = door.enter("10.0.1.3", "123456")
    assert isinstance(found, Refused) and found.seconds == access.LONGEST_COMMON_PAUSE


def test_a_network_of_ipv6_is_one_address() -> None:
    door = Access("123456", Clock())
    door.enter("2001:db8::1", "000000")
    assert isinstance(door.enter("2001:db8::2:1", "123456"), Refused)
    assert isinstance(door.enter("2001:db8:0:1::1", "123456"), str)


def test_tables_are_bounded() -> None:
    clock = Clock()
    door = Access("123456", clock)
    first = door.enter("10.0.0.1", "123456")
    assert isinstance(first, str)
    tokens = [door.enter("10.0.0.1", "123456") for _ in range(access.MOST_SESSIONS)]
    assert not door.knows(first) and door.knows(str(tokens[-1]))
    for number in range(access.MOST_ADDRESSES + 50):
        clock.now += 100
        door.enter(f"10.1.{number // 250}.{number % 250}", "000000")
    assert len(door._wrong) == access.MOST_ADDRESSES


@pytest.mark.parametrize(
    ("host", "reached", "own"),
    [
        ("127.0.0.1:8470", "127.0.0.1", True),
        ("localhost:8470", "127.0.0.1", True),
        ("LOCALHOST:8470", "::1", True),
        ("[::1]:8470", "::1", True),
        ("192.168.1.20:8470", "192.168.1.20", True),
        ("192.168.1.20:8470", "::ffff:192.168.1.20", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("127.0.0.1:8471", "127.0.0.1", False),
        ("evil.example:8470", "127.0.0.1", False),
        ("localhost.evil.example:8470", "127.0.0.1", False),
        ("localhost:8470", "192.168.1.20", False),
        ("192.168.1.21:8470", "192.168.1.20", False),
        ("user@127.0.0.1:8470", "127.0.0.1", False),
        ("127.0.0.1:8470, evil.example", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        (None, "127.0.0.1", False),
        ("127.0.0.1:8470" * 1000, "127.0.0.1", False),
        ("127.0.0.1:8470", "", False),
    ],
)
def test_a_host_is_the_address_at_which_the_connection_came(
    host: str | None, reached: str, own: bool
) -> None:
    assert is_own_host(host, reached, 8470) == own


def test_at_port_80_the_port_may_be_left_out() -> None:
    assert is_own_host("127.0.0.1", "127.0.0.1", 80) and is_own_host("127.0.0.1:80", "127.0.0.1", 80)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "https://127.0.0.1:8470",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
    ],
)
def test_a_foreign_origin(origin: str | None) -> None:
    assert not is_own_origin(origin, "127.0.0.1:8470")
    assert is_own_origin("http://127.0.0.1:8470", "127.0.0.1:8470")


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.20", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_what_is_near(address: str, near: bool) -> None:
    assert is_near(address) == near
