"""Files of people and of packages, read whole as far as a bound allows."""

from __future__ import annotations

from pathlib import Path

from dcp.errors import DcpError, UsageError
from dcp.texts.system import why


def read_bounded(path: Path, most: int, *, unread: type[DcpError] = UsageError) -> bytes | None:
    """The bytes of a file, which may be a device without a size; None when there are more than `most`.

    `unread` is raised when the system does not let it be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise unread("file.cannot-read", where=path, why=why(error)) from None
    return data if len(data) <= most else None
