"""Codestreams that wait on a disk between two keys: encrypted with one of their own, in memory alone.

A track file's header needs the size of every unit first, so what is coded anew waits. What was encrypted
shall not lie there in the clear meanwhile, whatever becomes of the process.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.system import private_file

_BLOCK = 16


@dataclass(frozen=True)
class Kept:
    """Where a codestream lies. nonce: with which it was encrypted."""

    offset: int
    size: int
    nonce: bytes


class HiddenSpool:
    """A context manager; its file is gone at the end. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._algorithm = algorithms.AES(os.urandom(32))
        self._stream: BinaryIO = private_file(path)
        self._end = 0

    def __enter__(self) -> HiddenSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def put(self, codestream: bytes) -> Kept:
        """Append it."""
        nonce = os.urandom(_BLOCK)
        self._stream.seek(self._end)
        self._stream.write(Cipher(self._algorithm, modes.CTR(nonce)).encryptor().update(codestream))
        kept = Kept(self._end, len(codestream), nonce)
        self._end += len(codestream)
        return kept

    def get(self, kept: Kept) -> bytes:
        """What was appended. DcpError when the file is not what was written."""
        self._stream.flush()
        with self._path.open("rb") as stream:
            stream.seek(kept.offset)
            data = stream.read(kept.size)
        if len(data) != kept.size:
            raise DcpError("lower.spool", where=self._path)
        return Cipher(self._algorithm, modes.CTR(kept.nonce)).decryptor().update(data)
