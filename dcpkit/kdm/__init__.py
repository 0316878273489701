"""`dcpkit kdm`: its commands, each loaded when it is used."""

from __future__ import annotations

import click

from dcpkit.groups import lazy_group

COMMANDS = {
    "issue": (
        "dcpkit.kdm.issue:issue",
        "Issue messages: for one recipient, several, or facility lists.",
    ),
    "inspect": ("dcpkit.kdm.judge:inspect", "Say what a message says of itself; nothing is judged."),
    "verify": ("dcpkit.kdm.judge:verify", "Judge a message by the checklist of a security manager."),
    "unwrap": ("dcpkit.kdm.judge:unwrap", "Open a message that holds and write its content keys."),
    "facilities": (
        "dcpkit.kdm.facilities:facilities",
        "Show, check, compare and convert lists of cinemas and their certificates.",
    ),
    "diagnose": ("dcpkit.kdm.diagnose:diagnose", "Say in plain words why a composition will not play."),
    "coverage": ("dcpkit.kdm.coverage:coverage", "Cross screens, compositions and shows; print the holes."),
    "calendar": ("dcpkit.kdm.calendar:calendar", "Say which KDMs and certificates end when."),
}


@click.group(cls=lazy_group(COMMANDS))
def kdm() -> None:
    """Issue, inspect, judge and open key delivery messages (ST 430-1)."""
