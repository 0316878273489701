"""What the command prints arrives, whatever encoding its streams are opened with; libraries print nothing."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from io import TextIOWrapper

_STDERR = 2
_SAMPLE = "é中"  # of names and of Chinese, which cp1252, ASCII and the like do not have


def libraries_silent() -> None:
    """What libraries print on stderr goes nowhere: libpng, libjpeg and OpenCV write to its number, not to
    Python's stream, and what they say is in our own errors as far as people can use it.

    Python's warnings go too, unless the interpreter was asked for them.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    with suppress(OSError, ValueError, AttributeError):  # without a stderr there is nothing to part
        if sys.stderr.fileno() != _STDERR:
            return
        ours = os.dup(_STDERR)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        sys.stderr.flush()
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        sys.stderr = open(ours, "w", buffering=1, encoding=encoding, errors=errors)  # noqa: SIM115, PTH123


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
