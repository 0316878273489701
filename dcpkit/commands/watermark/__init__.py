"""`dcpkit watermark`: secrets, marking a video, attacking it, reading a mark out of a recording."""

from __future__ import annotations

import os

import click

from dcpkit.commands.watermark.attack import attack, attacks
from dcpkit.commands.watermark.bench import bench
from dcpkit.commands.watermark.embed import embed
from dcpkit.commands.watermark.extract import extract
from dcpkit.commands.watermark.index import index
from dcpkit.commands.watermark.report import report
from dcpkit.commands.watermark.secret import secret
from dcpkit.commands.watermark.show import show

# Read by NumPy when it comes in: the search has a thread a core, and those of matrix products beside them
# would stand in their way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@click.group()
def watermark() -> None:
    """Embed forensic marks and read them out of recordings."""


for _command in (secret, embed, attack, attacks, bench, index, extract, report, show):
    watermark.add_command(_command)
