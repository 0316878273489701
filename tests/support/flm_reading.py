"""A facility list read, and the one screen or cinema of it."""

from __future__ import annotations

from typing import Any

from kdm.facility.flm import parse_flm
from kdm.facility.values import Facility, Screen

World = Any


def only(data: bytes) -> Screen:
    """The one screen of a message."""
    (screen,) = facility(data).screens
    return screen


def facility(data: bytes) -> Facility:
    (found,) = parse_flm(data).facilities
    return found
