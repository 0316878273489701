"""`dcpkit kdm`: its commands, each loaded when it is used."""

from __future__ import annotations

import click

from dcpkit.groups import lazy_group

COMMANDS = {
    "issue": (
        "dcpkit.commands.kdm.issue:issue",
        "Issue messages: for one recipient, several, or facility lists.",
    ),
    "inspect": ("dcpkit.commands.kdm.judge:inspect", "Say what a message says of itself; nothing is judged."),
    "verify": ("dcpkit.commands.kdm.judge:verify", "Judge a message by the checklist of a security manager."),
    "unwrap": ("dcpkit.commands.kdm.judge:unwrap", "Open a message that holds and write its content keys."),
    "facilities": (
        "dcpkit.commands.kdm.facilities:facilities",
        "Show, check, compare and convert lists of cinemas and their certificates.",
    ),
    "diagnose": (
        "dcpkit.commands.kdm.diagnose:diagnose",
        "Say in plain words why a composition will not play.",
    ),
    "coverage": (
        "dcpkit.commands.kdm.coverage:coverage",
        "Cross screens, compositions and shows; print the holes.",
    ),
    "calendar": ("dcpkit.commands.kdm.calendar:calendar", "Say which KDMs and certificates end when."),
}


@click.group(cls=lazy_group(COMMANDS))
def kdm() -> None:
    """Issue, inspect, judge and open key delivery messages (ST 430-1)."""
