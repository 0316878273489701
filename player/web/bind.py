"""Where the page is served: one socket of this machine, or a sentence that says why there is none."""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.system import why
from player.web.access import authority, ip_of

NEAR = ("127.0.0.1", "::1")
"""This machine alone: the second where the first is not there."""

ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
WAITING = 64
"""Connections that wait to be taken."""


@dataclass(frozen=True)
class Bound:
    """A socket that listens. addresses: URLs that open the page; near: whether only this machine reaches
    it."""

    socket: socket.socket
    port: int
    addresses: tuple[str, ...]
    near: bool


def bind(listen: str | None, port: int) -> Bound:
    """listen: an address of this machine, `0.0.0.0` or `::` for all of a kind, None for this machine alone.
    UsageError for one that is none, or none of this machine, and for a port that is taken or not allowed."""
    if listen is None:
        return _bound_near(port)
    address = "127.0.0.1" if listen == "localhost" else listen
    ip = ip_of(address)
    if ip is None:
        raise UsageError("web.no-address", value=listen[:60])
    return _bound(address, port)


# --- how it is done -----

_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}


def _bound_near(port: int) -> Bound:
    try:
        return _bound(NEAR[0], port)
    except UsageError as error:
        if error.id != "web.not-ours":
            raise
    return _bound(NEAR[1], port)


def _bound(address: str, port: int) -> Bound:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        raise UsageError("web.not-ours", address=address) from None
    try:
        if sys.platform == "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(
            socket.getaddrinfo(address, port, family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)[0][4]
        )
        made.listen(WAITING)
    except OSError as error:
        made.close()
        raise _refused(error, address, port) from None
    taken = made.getsockname()[1]
    own = ip_of(address)
    assert own is not None
    shown = _reached(family) if address in ANY.values() else address
    return Bound(made, taken, (f"http://{authority(shown, taken)}/",), own.is_loopback)


def _refused(error: OSError, address: str, port: int) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError("web.port-taken", port=port, other=port + 1 if port < 65535 else port - 1)
    if error.errno in (errno.EACCES, errno.EPERM):
        return UsageError("web.port-not-allowed", port=port)
    if error.errno in _NOT_HERE or isinstance(error, socket.gaierror):
        return UsageError("web.not-ours", address=address)
    return UsageError("web.not-served", address=address, port=port, why=why(error))


def _reached(family: socket.AddressFamily) -> str:
    """The address of this machine by which others reach it; its own where there is no network. Nothing is
    sent: a socket of datagrams only asks which way they would go. The far addresses are for documentation."""
    far = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((far, 9))
        found: str = asking.getsockname()[0]
        return found
    return NEAR[family == socket.AF_INET6]
