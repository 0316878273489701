"""`python -m dcpkit`."""

from dcpkit.main import run

run()
