"""The one family of errors: what went wrong, where, what to do, and which exit code the command ends with.

Messages name files, element paths, units and byte offsets; never key material.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class DcpError(Exception):
    """An input or a request that cannot be served.

    what: one sentence, the fault. where: file, element or byte offset. remedy: what the user can do.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | Path | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = str(where) if where is not None else None
        self.remedy = remedy

    def lines(self) -> Sequence[str]:
        """The error as one to three lines for a terminal."""
        return [
            self.what,
            *([f"where: {self.where}"] if self.where else []),
            *([f"what to do: {self.remedy}"] if self.remedy else []),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


class UsageError(DcpError):
    """The request itself makes no sense: flags that exclude each other, a path that does not exist."""


class DocumentError(DcpError):
    """An XML document that is hostile, malformed, or not what it should be."""


class PathError(DcpError):
    """A path in a document that would leave its folder, or that names no file."""


class CertificateError(DcpError):
    """A certificate or chain that cannot be read or used for what was asked."""


class SignatureError(DcpError):
    """An XML signature that is absent, ill-formed, or does not verify."""


class CodestreamError(DcpError):
    """A JPEG 2000 codestream that cannot be parsed, decoded, or brought within its limits."""


class SourceError(DcpError):
    """A source (video, stills, sound) that cannot be read or does not fit the package asked for."""


class KeyMissingError(DcpError):
    """Encrypted essence whose content key was not handed over."""


class RefusedError(DcpError):
    """The input was read and judged, and the answer is no (a KDM's checklist, a mark not found)."""

    exit_code = 1


class TrackFileError(DcpError):
    """An MXF file that cannot be read, or a unit in it that is damaged.

    reason: one of the words of `dcp.mxf.reader.FaultReason`; unit: edit unit counted from 0, or None.
    """

    def __init__(
        self,
        what: str,
        *,
        reason: str = "structure",
        unit: int | None = None,
        where: str | Path | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.reason = reason
        self.unit = unit
