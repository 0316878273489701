"""Modules and sessions of PKCS#11 in this process: initialised once, logged in to once, called one at a time.

python-pkcs11 initialises a module as for one thread (C_Initialize without locking), so all calls into modules
stand under one lock. A forked process initialises its modules again and has no session.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.errors import DcpError, UsageError
from dcp.extras import ExtraMissingError
from dcp.secrets.passphrase import Secrets, read_secret
from dcp.trust.token_uri import TokenUri

if TYPE_CHECKING:
    import pkcs11

_LOCK = threading.RLock()
_SESSIONS: dict[tuple[Path, int], pkcs11.Session] = {}  # logged in, by module and slot; of this process
_STARTED: set[Path] = set()  # modules that this process initialised
_INHERITED: set[Path] = set()  # modules that its parent did, before the fork


@contextmanager
def calling(uri: TokenUri, passed: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Alone with the modules; DcpError for what one answers, but for the errors `passed`."""
    import pkcs11

    with _LOCK:
        try:
            yield
        except passed:
            raise
        except pkcs11.PKCS11Error as error:
            raise DcpError(
                f"the token refused: {_name(error)}",
                where=str(uri),
                remedy="is it still plugged in and reachable? Its maker's log says more",
            ) from None


def library_of(uri: TokenUri) -> Any:
    """The module, initialised once for this process. UsageError when there is none."""
    try:
        import pkcs11
    except ImportError:
        raise ExtraMissingError(
            "extra.missing", package="python-pkcs11", extra="hsm", where=str(uri)
        ) from None
    if not uri.module.is_file():
        raise UsageError("there is no such PKCS#11 module", where=uri.module, remedy="correct module-path")
    module = uri.module.resolve()  # one library of two names must not be initialised twice
    with _LOCK:
        try:
            library = pkcs11.lib(str(module))
            if module in _INHERITED:
                library.reinitialize()
                _INHERITED.discard(module)
            _STARTED.add(module)
        except pkcs11.PKCS11Error as error:
            raise UsageError(
                f"the PKCS#11 module cannot be loaded or does not start ({_name(error)})",
                where=uri.module,
                remedy="check that it is the module of the token's maker, for this machine, and configured",
            ) from None
        return library


def session_of(uri: TokenUri, secrets: Secrets | None) -> pkcs11.Session:
    """The session with the token, logged in where it wants that: to be called within `calling`.

    UsageError when no such token is there, several are, there is no PIN or a wrong one, which is tried once:
    tokens count the tries and lock.
    """
    import pkcs11

    token = _token(uri)
    place = (uri.module.resolve(), int(token.slot.slot_id))
    if place in _SESSIONS:
        return _SESSIONS[place]
    pin = None
    if token.flags & pkcs11.TokenFlag.LOGIN_REQUIRED:
        pin = _pin(uri, token, secrets)
    session: pkcs11.Session
    try:
        session = token.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:  # by other code of this process
        session = token.open()
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise UsageError(
            f"the PIN is not that of the token {token.label!r}",
            where=str(uri),
            remedy="it was tried once; the token counts wrong ones and locks itself",
        ) from None
    except pkcs11.PinLocked:
        raise UsageError(
            f"the PIN of the token {token.label!r} is locked after too many wrong ones",
            where=str(uri),
            remedy="its security officer sets a new one",
        ) from None
    except (pkcs11.UserPinNotInitialized, pkcs11.PinExpired):
        raise UsageError(
            f"the token {token.label!r} has no PIN that is in force",
            where=str(uri),
            remedy="its security officer sets one",
        ) from None
    _SESSIONS[place] = session
    return session


def _token(uri: TokenUri) -> Any:
    import pkcs11

    found = []
    for slot in library_of(uri).get_slots(True):
        try:
            token = slot.get_token()
        except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
            continue
        asked = (
            (uri.slot_id, slot.slot_id),
            (uri.token, token.label),
            (uri.serial, token.serial.decode("ascii", "replace")),
            (uri.manufacturer, token.manufacturer_id),
            (uri.model, token.model),
        )
        ready = token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED
        if ready and all(want is None or want == has for want, has in asked):
            found.append(token)
    if not found:
        raise UsageError(
            "no such token is there", where=str(uri), remedy=f"is it plugged in, and known to {uri.module}?"
        )
    if len(found) > 1:
        labels = ", ".join(
            f"{token.label!r} ({token.serial.decode('ascii', 'replace')})" for token in found[:4]
        )
        raise UsageError(
            f"several tokens could be the one meant: {labels}",
            where=str(uri),
            remedy="add token=LABEL or serial=NUMBER",
        )
    return found[0]


def _pin(uri: TokenUri, token: Any, secrets: Secrets | None) -> str:
    if uri.pin_file is not None:
        return read_secret(uri.pin_file)
    if secrets is None:
        raise UsageError(
            f"the token {token.label!r} asks for a PIN",
            where=str(uri),
            remedy="add pin-source=file:/path/to/pin to the URI",
        )
    return secrets.pin(f"the token {token.label!r}")


def _name(error: Exception) -> str:
    return type(error).__name__


def _forget() -> None:
    """In a forked process: the lock, the sessions and the initialised modules are the parent's."""
    global _LOCK
    _LOCK = threading.RLock()
    _INHERITED.update(_STARTED)
    _STARTED.clear()
    _SESSIONS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
