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
from dcp.extras import need
from dcp.secrets.passphrase import Secrets, read_secret
from dcp.texts.catalogue import text
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
            raise DcpError("token.refused", where=str(uri), detail=_name(error)) from None


def library_of(uri: TokenUri) -> Any:
    """The module, initialised once for this process. UsageError when there is none."""
    need("hsm", where=str(uri))
    import pkcs11

    if not uri.module.is_file():
        raise UsageError("token.no-such-module", where=uri.module)
    module = uri.module.resolve()  # one library of two names must not be initialised twice
    with _LOCK:
        try:
            library = pkcs11.lib(str(module))
            if module in _INHERITED:
                library.reinitialize()
                _INHERITED.discard(module)
            _STARTED.add(module)
        except pkcs11.PKCS11Error as error:
            raise UsageError("token.module-unfit", where=uri.module, detail=_name(error)) from None
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
        raise UsageError("token.other-pin", where=str(uri), token=token.label) from None
    except pkcs11.PinLocked:
        raise UsageError("token.pin-locked", where=str(uri), token=token.label) from None
    except (pkcs11.UserPinNotInitialized, pkcs11.PinExpired):
        raise UsageError("token.no-pin-in-force", where=str(uri), token=token.label) from None
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
        raise UsageError("token.absent", where=str(uri), module=uri.module)
    if len(found) > 1:
        labels = [f"{token.label!r} ({token.serial.decode('ascii', 'replace')})" for token in found[:4]]
        raise UsageError("token.several", where=str(uri), tokens=labels)
    return found[0]


def _pin(uri: TokenUri, token: Any, secrets: Secrets | None) -> str:
    if uri.pin_file is not None:
        return read_secret(uri.pin_file)
    if secrets is None:
        raise UsageError("token.asks-for-pin", where=str(uri), token=token.label)
    return secrets.pin(text("secrets.token", token=token.label))


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
