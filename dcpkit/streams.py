"""What the command prints arrives, whatever encoding its stdout and stderr are opened with."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

_SAMPLE = "é中"  # of names and of Chinese, which cp1252, ASCII and the like do not have


def steady_streams() -> None:
    """No sign ends the command: where the encoding lacks what people and names say, a file or a pipe gets
    UTF-8, unless PYTHONIOENCODING asks for another encoding, and a terminal gets escapes."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue
        try:
            _SAMPLE.encode(stream.encoding)
        except (UnicodeError, LookupError):
            asked = bool(os.environ.get("PYTHONIOENCODING")) or stream.isatty()
            with suppress(OSError, ValueError):
                if not asked:
                    stream.reconfigure(encoding="utf-8")
                stream.reconfigure(errors="backslashreplace")
