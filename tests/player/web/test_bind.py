"""Where the page is served: a port that is taken, an address that is not ours, a machine of IPv6 alone."""

from __future__ import annotations

import errno
import socket

import pytest

from dcp.errors import UsageError
from player.web import bind as binding
from player.web.bind import bind

IPV6 = socket.has_ipv6


def test_this_machine_alone_is_the_default() -> None:
    bound = bind(None, 0)
    with bound.socket:
        assert bound.near and bound.addresses == (f"http://127.0.0.1:{bound.port}/",)


def test_a_port_that_is_taken_is_one_sentence() -> None:
    first = bind(None, 0)
    with first.socket, pytest.raises(UsageError) as caught:
        bind(None, first.port)
    assert caught.value.id == "web.port-taken"
    assert str(first.port) in caught.value.what and f"web:{first.port + 1}" in str(caught.value.remedy)


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    for address in ("192.0.2.7", "2001:db8::7"):
        with pytest.raises(UsageError) as caught:
            bind(address, 0)
        assert caught.value.id == "web.not-ours" and address in caught.value.what


@pytest.mark.parametrize(
    "address", ["", "booth", "booth.example", "1.2.3", "1.2.3.4:80", "http://1.2.3.4", "a" * 999]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        bind(address, 0)
    assert caught.value.id == "web.no-address" and len(caught.value.what) < 200


def test_a_machine_of_ipv6_alone_serves_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    class OnlyIpv6(socket.socket):
        def __init__(self, family: int = -1, *rest: int) -> None:
            if family == socket.AF_INET:
                raise OSError(errno.EAFNOSUPPORT, "no IPv4")
            super().__init__(family, *rest)

    try:
        made(socket.AF_INET6).close()
        bind("::1", 0).socket.close()
    except (OSError, UsageError):
        pytest.skip("this machine has no IPv6")
    monkeypatch.setattr(binding.socket, "socket", OnlyIpv6)
    bound = bind(None, 0)
    with bound.socket:
        assert bound.near and bound.addresses == (f"http://[::1]:{bound.port}/",)
    with pytest.raises(UsageError) as caught:
        bind("127.0.0.1", 0)
    assert caught.value.id == "web.not-ours"


def test_without_a_network_all_addresses_are_this_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError(errno.ENETUNREACH, "no network")

    monkeypatch.setattr(binding.socket, "socket", Nowhere)
    bound = bind("0.0.0.0", 0)
    with bound.socket:
        assert not bound.near and bound.addresses == (f"http://127.0.0.1:{bound.port}/",)


def test_a_port_that_is_not_allowed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(binding.socket, "socket", Refusing)
    with pytest.raises(UsageError) as caught:
        bind(None, 80)
    assert caught.value.id == "web.port-not-allowed"
