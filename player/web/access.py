"""Who may come in: the PIN, its pauses, the sessions it opens; which Host and Origin are the page's own.

No word of this leaves the process but a session's token, which only its own browser gets. Tables are bounded,
and what is secret is compared in constant time.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from hmac import compare_digest

from dcp.dataclass import dataclass

FEWEST_DIGITS, MOST_DIGITS = 6, 12
"""Of a PIN that is given; one that is made has the fewest."""

MOST_SESSIONS = 64
"""Browsers that are let in at one time; beyond them the oldest has to give the PIN again."""

MOST_ADDRESSES = 1024
"""Addresses whose wrong PINs are remembered, those that were wrong last."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds after a first wrong PIN of an address, doubled with each, and at most."""

FREE_TRIES = 20
"""Wrong PINs of all addresses together after which everybody waits, too."""

LONGEST_COMMON_PAUSE = 30.0
"""Seconds that everybody waits at most: a million PINs are a year even for many addresses."""

TOKEN_BYTES = 32


def made_pin() -> str:
    """Six digits by chance."""
    return f"{secrets.randbelow(10**FEWEST_DIGITS):0{FEWEST_DIGITS}}"


def is_pin(text: str) -> bool:
    """Whether it is one that may be given: digits, six to twelve."""
    return text.isascii() and text.isdecimal() and FEWEST_DIGITS <= len(text) <= MOST_DIGITS


@dataclass(frozen=True)
class Refused:
    """seconds: how long no PIN is looked at. wrong: how many this address had wrong; looked: whether this one
    was looked at."""

    seconds: float
    wrong: int
    looked: bool


@dataclass
class _Wrong:
    count: int = 0
    until: float = 0.0


class Access:
    """pin: None lets everybody in. One thread."""

    def __init__(self, pin: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._pin, self._clock = pin, clock
        self._sessions: OrderedDict[str, None] = OrderedDict()
        self._wrong: OrderedDict[str, _Wrong] = OrderedDict()
        self._all = _Wrong()

    @property
    def asks(self) -> bool:
        """Whether there is a PIN."""
        return self._pin is not None

    def knows(self, token: str | None) -> bool:
        """Whether this is the token of a session, or none is needed."""
        if self._pin is None:
            return True
        if token is None or len(token) > 2 * TOKEN_BYTES or not token.isascii():
            return False
        found = [compare_digest(token, session) for session in self._sessions]
        return any(found)

    def enter(self, address: str, pin: str) -> str | Refused:
        """The token of a new session for the right PIN. A PIN that comes in a pause is not looked at."""
        now, who = self._clock(), source_of(address)
        wrong = self._wrong.get(who) or _Wrong()
        left = max(wrong.until, self._all.until) - now
        if left > 0:
            return Refused(left, wrong.count, looked=False)
        assert self._pin is not None
        if compare_digest(pin.encode("utf-8", "replace"), self._pin.encode()):
            self._wrong.pop(who, None)
            return self._session()
        wrong.count += 1
        wrong.until = now + _doubled(wrong.count, LONGEST_PAUSE)
        self._wrong[who] = wrong
        self._wrong.move_to_end(who)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        self._all.count += 1
        if self._all.count > FREE_TRIES:
            self._all.until = now + _doubled(self._all.count - FREE_TRIES, LONGEST_COMMON_PAUSE)
        return Refused(max(wrong.until, self._all.until) - now, wrong.count, looked=True)

    def _session(self) -> str:
        token = secrets.token_hex(TOKEN_BYTES)
        self._sessions[token] = None
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return token


def source_of(address: str) -> str:
    """What counts as one place: an address of IPv4, a network of 64 bits of IPv6."""
    found = ip_of(address)
    if found is None or found.version == 4:
        return str(found or address)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def is_near(address: str) -> bool:
    """Whether it is this machine itself that speaks."""
    found = ip_of(address)
    return found is not None and found.is_loopback


def ip_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address of IPv4 that comes as one of IPv6 is itself; None for what is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def authority(address: str, port: int) -> str:
    """An address and a port as they stand in a URL."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_own_host(host: str | None, reached: str, port: int) -> bool:
    """Whether a Host header names the address at which this very connection arrived. A name never does,
    `localhost` excepted, so a name that was turned to this address opens nothing."""
    if host is None or len(host) > MOST_HOST:
        return False
    own = ip_of(reached)
    if own is None:
        return False
    names = {authority(str(own), port)}
    if own.is_loopback:
        names |= {f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"}
    if port == HTTP_PORT:
        names |= {name.removesuffix(f":{port}") for name in names}
    return host.lower() in names


def is_own_origin(origin: str | None, host: str) -> bool:
    """Whether a page that the server itself gave speaks; `host` was found to be the server's."""
    return origin is not None and origin.lower() == f"http://{host.lower()}"


# --- how it is done -----

MOST_HOST = 100
HTTP_PORT = 80


def _doubled(count: int, most: float) -> float:
    return min(FIRST_PAUSE * 2.0 ** min(count - 1, 30), most)
