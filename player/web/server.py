"""The server of the booth page: its files, its socket, and nothing else."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent / "page"
"""The files of the page."""

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
"""Of a file of the page, by its name's end."""
