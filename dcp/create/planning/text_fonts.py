"""The font of a text, which its track files carry cut to the signs that they show, and its pictures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from dcp.create.planning.text_styles import runs_of, with_font
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.extras import need
from dcp.text.opening import SourceText
from dcp.text.values import Cue, Image, Line, Ruby, cue_place
from dcp.texts.catalogue import Text, text

FONT = "Font"
"""Its id in documents."""


@dataclass(frozen=True)
class ChosenFont:
    """data: the whole face. name: for people. decisions: how it was found; advice: on giving it along."""

    data: bytes
    name: str
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()

    def of(self, cues: Sequence[Cue]) -> tuple[tuple[Cue, ...], bytes | None]:
        """The cues in this font, and it cut to their signs; None where they have none.

        SourceError for a font that may not be cut, or stays too large.
        """
        from dcp.text.subset import subset_font

        signs = signs_in(cues)
        if not signs:
            return tuple(cues), None
        return with_font(cues, FONT), subset_font(self.data, signs, self.name)


def choose_font(
    cues: Sequence[Cue], source: SourceText, *, language: str, told: Path | None
) -> ChosenFont | None:
    """The one font of a text: the told one, the source's own where it has one with all signs, or the first
    installed one with all. None where there are no signs.

    UsageError where no single font has all; SourceError for a sign that no font has; ExtraMissingError.
    """
    signs = signs_in(cues)
    if not signs:
        return None
    need("text", where="--subtitle, --caption")
    from dcp.text.fonts import font_bytes, fonts_for

    used = {run.style.font for line in _lines(cues) for run in runs_of(line)}
    own = {id: data for id, data in source.fonts.items() if id in used}
    said: list[Text] = []
    if told is None and own:
        held, _ = fonts_for(cues, language=language, loaded=own, where=source.path)
        if len(own) == 1 and not held.faces:
            ((id, data),) = own.items()
            return _chosen(data, id, (text("plan.text-own-font", font=id[:40]),))
        said.append(text("plan.text-own-fonts-left", fonts=[id[:40] for id in own]))
    found, decisions = fonts_for(cues, language=language, font=told, where=source.path)
    if len(found.faces) > 1:
        raise UsageError(
            "text.no-one-font", where=source.path, families=[each.family for each in found.faces]
        )
    if not found.faces:  # blanks alone
        return None
    face = found.faces[0]
    return _chosen(font_bytes(face), face.family or face.path.name, (*said, *decisions))


def any_font() -> ChosenFont:
    """Whatever is installed. UsageError where nothing is; ExtraMissingError."""
    need("text", where="--subtitle, --caption")
    from dcp.text.fonts import find_font, font_bytes

    face = find_font(" ")
    return ChosenFont(font_bytes(face), face.family or face.path.name)


def signs_in(cues: Sequence[Cue]) -> str:
    """Every sign that stands in them once, readings as well."""
    found: dict[str, None] = {}
    for line in _lines(cues):
        found.update(dict.fromkeys(line.text))
        for one in line.content:
            if isinstance(one, Ruby):
                found.update(dict.fromkeys(one.reading))
    return "".join(found)


def images_of(source: SourceText, cues: Sequence[Cue]) -> tuple[tuple[uuid.UUID, bytes], ...]:
    """The pictures that the cues show, each once. SourceError for one that the source has not."""
    found: dict[uuid.UUID, bytes] = {}
    for cue in cues:
        for one in cue.content:
            if isinstance(one, Image) and one.resource not in found:
                if one.resource not in source.images:
                    raise SourceError(
                        "text.no-picture", where=source.path, resource=one.resource, cue=cue_place(cue, 0)
                    )
                found[one.resource] = source.images[one.resource]
    return tuple(found.items())


def check_images(
    images: Sequence[tuple[uuid.UUID, bytes]], where: Path, size: tuple[int, int]
) -> tuple[Text, ...]:
    """What is advised of pictures. size: (width, height) of the picture that they are shown over.

    SourceError for one that no player takes.
    """
    from dcp.text.pictures import check_png, png_advice

    advice: list[Text] = []
    for id, data in images:
        place = f"{where.name}, {id}.png"
        advice += png_advice(check_png(data, place, size=size), place)
    return tuple(dict.fromkeys(advice))


# --- how it is done -----


def _chosen(data: bytes, name: str, decisions: tuple[Text, ...]) -> ChosenFont:
    from dcp.text.subset import embedding_advice

    return ChosenFont(data, name, decisions, embedding_advice(data, name))


def _lines(cues: Sequence[Cue]) -> list[Line]:
    return [one for cue in cues for one in cue.content if isinstance(one, Line)]
