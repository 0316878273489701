"""The one family of errors: what went wrong, where, what to do, and which exit code the command ends with.

Messages name files, element paths, units and byte offsets; never key material.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from dcp.patterns import pattern

if TYPE_CHECKING:
    from pathlib import Path

    from dcp.texts.catalogue import Language, Part, Sayable, Text

_ID = pattern(r"[A-Za-z][A-Za-z0-9-]*(?:\.[a-z0-9-]+)+")


class DcpError(Exception):
    """An input or a request that cannot be served.

    id: of a text of the catalogue (`dcp.texts`), which says the fault and, as its remedy, what the user can
    do; `places` are the values in it. where: file, element or byte offset. remedy: another error whose remedy
    holds here, or a text of its own. KeyError when put into words with a place missing: tests rule that out.
    """

    exit_code = 2

    def __init__(
        self,
        id: str,
        *,
        where: str | Path | Text | None = None,
        remedy: str | DcpError | Sayable | None = None,
        **places: object,
    ) -> None:
        super().__init__(id)
        self.id: str | None = id if _ID.fullmatch(id) else None
        self.places = places
        self._sentence = id
        self._where = where
        self._remedy = remedy

    @classmethod
    def of(cls, text: Text, *, where: str | Path | Text | None = None) -> Self:
        """The error that says this text."""
        error = cls(text.id, where=where)
        error.places = dict(text.places)
        return error

    @property
    def what(self) -> str:
        """The fault in one sentence, in English."""
        return self.say()

    @property
    def where(self) -> str | None:
        """File, element or byte offset, as a script gets it."""
        return str(self._where) if self._where is not None else None

    @where.setter
    def where(self, value: str | Path | Text | None) -> None:
        self._where = value

    def in_file(self, path: Path) -> None:
        """Name the file before the place, unless it is named already."""
        place = self.where
        if place is None:
            self._where = path
        elif not place.startswith(str(path)):
            from dcp.texts.catalogue import Text

            self._where = Text("place.in-file", {"file": path, "place": self._where})

    @property
    def remedy(self) -> str | None:
        """What to do, in English."""
        return self.say_remedy()

    @property
    def text(self) -> Text:
        """The fault as a text, to be put into another one or said later."""
        from dcp.texts.catalogue import Text

        if self.id is None:
            return Text("error.sentence", {"sentence": self._sentence})
        return Text(self.id, self.places)

    def say_where(self, language: Language = "en") -> str | None:
        """File, element or byte offset, where that is known."""
        from dcp.texts.catalogue import said

        return said(self._where, language) if self._where is not None else None

    def say(self, language: Language = "en") -> str:
        """The fault in one sentence."""
        return self._part("text", language) or self._sentence

    def say_remedy(self, language: Language = "en") -> str | None:
        """What to do, where there is something."""
        given = self._remedy
        if isinstance(given, DcpError):
            return given.say_remedy(language)
        if given is not None:
            return given if isinstance(given, str) else given.say(language)
        return self._part("remedy", language)

    def remedy_text(self) -> str | Sayable | None:
        """What to do, to be put into words later."""
        if isinstance(self._remedy, DcpError):
            return self._remedy.remedy_text()
        if self._remedy is not None or self.id is None:
            return self._remedy
        from dcp.texts.catalogue import Text, has

        return Text(self.id, self.places, "remedy") if has(self.id, "remedy") else None

    def _part(self, part: Part, language: Language) -> str | None:
        if self.id is None:
            return None
        from dcp.texts.catalogue import has, say  # who meets no error does not read the catalogue

        return say(self.id, self.places, language, part) if has(self.id, part) else None

    def lines(self, language: Language = "en") -> Sequence[str]:
        """The error as one to three lines for a terminal."""
        from dcp.texts.catalogue import said

        remedy = self.say_remedy(language)
        where, to_do, colon = _LABELS[language]
        return [
            self.say(language),
            *([where + colon + said(self._where, language)] if self._where is not None else []),
            *([to_do + colon + remedy] if remedy else []),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


_LABELS = {"en": ("where", "what to do", ": "), "zh": ("位置", "处理方法", "：")}


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
        id: str,
        *,
        reason: str = "structure",
        unit: int | None = None,
        where: str | Path | Text | None = None,
        remedy: str | DcpError | Sayable | None = None,
        **places: object,
    ) -> None:
        super().__init__(id, where=where, remedy=remedy, **places)
        self.reason = reason
        self.unit = unit
