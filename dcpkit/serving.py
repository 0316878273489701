"""What `play` is told of the booth page: where it is served, who may come in, what may leave the machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.speaking import language

if TYPE_CHECKING:
    from player.screen.screen import Screen
    from player.web.screen import Place


def served_as_asked(
    screen: Screen, *, listen: str | None, pin_file: Path | None, remote_picture: bool
) -> Screen:
    """The screen, and the page among several, as the flags say. UsageError for a flag without a page, and for
    a file without a PIN."""
    from player.screen.several import Several
    from player.web.screen import WebScreen

    each = screen.screens if isinstance(screen, Several) else (screen,)
    pages = [one for one in each if isinstance(one, WebScreen)]
    if not pages:
        if listen is not None or pin_file is not None or remote_picture:
            raise UsageError("flags.web-alone")
        return screen
    if len(pages) > 1:
        raise UsageError("flags.one-page")
    page = pages[0]
    page.listen, page.remote_picture, page.language = listen, remote_picture, language()
    page.pin = _pin(pin_file) if pin_file is not None else None
    page.tell = _told
    return screen


def _pin(path: Path) -> str:
    from dcp.secrets.passphrase import read_secret
    from dcpkit.console import warn_if_open
    from player.web.access import is_pin

    warn_if_open(path, "pin")
    try:
        pin = read_secret(path).removeprefix("\ufeff").strip()  # as editors of Windows begin a file
    except UsageError as error:
        if error.id == "file.cannot-read":
            raise
        pin = ""  # no line, or none of text: the sentence is the same, and says what to do
    if not is_pin(pin):
        raise UsageError("web.no-pin", where=path)
    return pin


def _told(place: Place) -> None:
    """On the terminal, whatever else is said there: without it nobody finds the page."""
    lines = [text("web.served", address=", ".join(place.addresses))]
    if place.pin is not None:
        lines.append(text("web.pin-is", pin=place.pin))
    if not place.near:
        lines.append(text("web.unguarded"))
    click.echo("\n".join(line.say(language()) for line in lines), err=True)
