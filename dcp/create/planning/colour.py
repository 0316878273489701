"""Which way a source's samples take into X'Y'Z': by its tags, by what was asked, by what is usual.

Tags are obeyed. A video without any is Rec.709, its matrix by its height; PNG, JPEG and BMP come with tags
(sRGB where they say nothing); what DPX, EXR and untagged TIFF hold nobody can tell, so it has to be said.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dcp.create.sources.facts import ColourTags, PictureFacts, Range
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.extras import need, present
from dcp.picture.colour import tags as meaning
from dcp.picture.colour.encodings import ACES, NAMED, Transfer, names
from dcp.picture.colour.path import ColourPath, Target
from dcp.picture.colour.tags import name_of, says
from dcp.texts.catalogue import Text, text

HD_LINES = 720
"""From here on an untagged video has the matrix of BT.709, below that of BT.601."""
_NEVER_TRUSTED = ("dpx", "exr")
_SUFFIX = ".cube"
_EXACT = (12, 16)  # bits of X'Y'Z' in files

_RANGES: dict[Range, Text] = {"full": text("word.range-full"), "limited": text("word.range-limited")}
_TAKEN: dict[Range, Text] = {"full": text("word.range-full"), "limited": text("word.range-limited-cut")}

Resolved = tuple[ColourPath, tuple[Text, ...]]


@dataclass(frozen=True)
class _Said:
    """What the file's tags say, and what they do not say and is taken as usual, in words."""

    tagged: tuple[str | Text, ...] = ()
    assumed: tuple[str | Text, ...] = ()

    def __add__(self, other: _Said) -> _Said:
        return _Said((*self.tagged, *other.tagged), (*self.assumed, *other.assumed))

    @property
    def lines(self) -> tuple[Text, ...]:
        """One line of each."""
        lines = []
        if self.tagged:
            lines.append(text("plan.colour-tagged", what=self.tagged))
        if self.assumed:
            lines.append(text("plan.colour-assumed", what=self.assumed))
        return tuple(lines)


@dataclass(frozen=True)
class _Ask:
    tags: ColourTags
    form: str
    height: int
    depth: int
    full_range: bool
    target: Target
    where: Path | None


def colour_of(
    facts: PictureFacts, *, told: str | None = None, range_told: Range | None = None, hdr: bool = False
) -> Resolved:
    """`resolve` for a source as probed."""
    file = next((each for each in facts.files if each is not None), facts.path)
    moving = facts.kind in ("video", "imf")
    form = "video" if moving else file.suffix.lower().lstrip(".")
    height = facts.shown_size[1] if not moving else facts.height
    return resolve(facts.tags, form, height, told, range_told, hdr=hdr, depth=facts.depth, where=facts.path)


def resolve(
    tags: ColourTags,
    form: str,
    height: int,
    told: str | None = None,
    range_told: Range | None = None,
    *,
    hdr: bool = False,
    depth: int = 8,
    where: Path | None = None,
) -> Resolved:
    """The path of a source's colour, and what was decided on the way.

    form: `video`, or a still's suffix without its dot. height: of the picture as stored, in lines. told: what
    `--colour` names. depth: bits of a sample, 32 for floats. hdr: the package is HDR. SourceError for a
    source that cannot be taken so, UsageError for a name or a .cube file that is none.
    """
    full, of_range, notes = _range(tags, range_told, depth)
    ask = _Ask(tags, form, height, depth, full, "hdr" if hdr else "dcdm", where)
    said = _Said()
    if told is not None:
        path, decisions = _told(ask, told)
    else:
        path, decisions, said = _tagged(ask)
    if path.through != "codes":
        said += _matrix_said(ask, path) + of_range
    return path, (*decisions, *said.lines, *notes)


# --- range and matrix -----


def _range(tags: ColourTags, told: Range | None, depth: int) -> tuple[bool, _Said, list[Text]]:
    usual: Range = "limited" if tags.model == "ycbcr" else "full"
    taken = told or tags.range or usual
    if depth == 32:
        return True, _Said(), []
    if told is not None:
        notes = [text("plan.range-told", range=_TAKEN[told])]
        if tags.range is not None and tags.range != told and not tags.assumed:
            notes.append(text("plan.range-overrides", tagged=_RANGES[tags.range]))
        return taken == "full", _Said(), notes
    words = (_TAKEN[taken],)
    said = _Said(assumed=words) if tags.range is None or tags.assumed else _Said(words)
    return taken == "full", said, []


def _matrix(ask: _Ask) -> str:
    number = ask.tags.matrix
    if ask.tags.model != "ycbcr":
        return "bt709"  # not used
    if number is None or not says(number):
        return "bt709" if ask.height >= HD_LINES else "bt601"
    if number not in meaning.MATRICES:
        raise SourceError("colour.matrix", where=ask.where, name=meaning.unknown("matrix", number))
    return meaning.MATRICES[number]


def _matrix_said(ask: _Ask, path: ColourPath) -> _Said:
    if path.model != "ycbcr":
        return _Said()
    name = name_of(path.matrix)
    if says(ask.tags.matrix):
        return _Said((text("word.colour-matrix", name=name),))
    return _Said(assumed=(text("word.colour-matrix-by-height", name=name, lines=ask.height),))


# --- by tags -----


def _tagged(ask: _Ask) -> tuple[ColourPath, tuple[Text, ...], _Said]:
    tags = ask.tags
    if tags.model == "xyz":
        return *_codes(ask), _Said()
    if ask.form in _NEVER_TRUSTED or (ask.form != "video" and not says(tags.transfer)):
        raise SourceError("colour.not-said", where=ask.where, form=ask.form.upper(), names=_choice())
    primaries, transfer = _by_number(ask)
    codes = primaries == "xyz" and transfer == "st428" and ask.full_range
    if codes and tags.model == "rgb" and ask.depth in _EXACT:
        return *_codes(ask), _Said()
    said = _Said()
    for number, id, name in (
        (tags.primaries, "word.colour-primaries", primaries),
        (tags.transfer, "word.colour-transfer", transfer),
    ):
        words = (text(id, name=name_of(name)),)
        said += _Said(words) if says(number) and not tags.assumed else _Said(assumed=words)
    return *_light(ask, primaries, transfer), said


def _by_number(ask: _Ask) -> tuple[str, Transfer]:
    """Primaries and transfer; those of Rec.709, or of Rec.2020 with its matrix, where nothing is tagged."""
    tags, where = ask.tags, ask.where
    primaries = "rec2020" if tags.matrix in (9, 10) else "rec709"
    transfer: Transfer = "bt1886"
    if tags.primaries is not None and says(tags.primaries):
        if tags.primaries not in meaning.PRIMARIES:
            name = meaning.unknown("primaries", tags.primaries)
            raise SourceError("colour.primaries", where=where, name=name, names=_choice())
        primaries = meaning.PRIMARIES[tags.primaries]
    if tags.transfer == meaning.HLG:
        raise SourceError("colour.hlg", where=where)
    if tags.transfer is not None and says(tags.transfer):
        if tags.transfer not in meaning.TRANSFERS:
            name = meaning.unknown("transfer", tags.transfer)
            raise SourceError("colour.transfer", where=where, name=name, names=_choice())
        transfer = meaning.TRANSFERS[tags.transfer]
    return primaries, transfer


# --- as asked -----


def _told(ask: _Ask, told: str) -> Resolved:
    if told.lower().endswith(_SUFFIX):
        return _cube(ask, Path(told))
    name = told.lower()
    if name == "xyz":
        return _codes(ask)
    notes = [text("plan.colour-told", name=name), *_contradicted(ask, name)]
    if name in NAMED:
        path, more = _light(ask, *NAMED[name])
        return path, (*notes, *more)
    from dcp.picture.colour.aces import scenes

    known = scenes() if name in ACES or present("PyOpenColorIO") else ()
    camera = next((each for each in known if each.lower() == name), None)
    if camera is None:
        raise UsageError(
            "colour.unknown",
            where="--colour",
            name=told,
            names=(*_choice(), *(each for each in known if each.lower() not in ACES)),
        )
    notes[0] = text("plan.colour-told", name=camera)
    done = text("plan.aces-hdr" if ask.target == "hdr" else "plan.aces")
    return replace(_path(ask), through="aces", camera=camera), (*notes, done)


def _contradicted(ask: _Ask, name: str) -> list[Text]:
    """What the tags say, where that is something else."""
    tags = ask.tags
    if ask.form in _NEVER_TRUSTED or tags.assumed:
        return []
    primaries, transfer = NAMED.get(name, ("", ""))
    said: list[str | Text] = []
    if tags.primaries is not None and says(tags.primaries):
        tagged = meaning.PRIMARIES.get(tags.primaries)
        if tagged != primaries:
            said.append(name_of(tagged) if tagged else meaning.unknown("primaries", tags.primaries))
    if tags.transfer is not None and says(tags.transfer):
        curve = meaning.TRANSFERS.get(tags.transfer)
        if curve != transfer:
            said.append(name_of(curve) if curve else meaning.unknown("transfer", tags.transfer))
    return [text("plan.colour-overrides", tagged=said)] if said else []


def _choice() -> tuple[str, ...]:
    return (*names(), "FILE.cube")


# --- the paths -----


def _path(ask: _Ask) -> ColourPath:
    return ColourPath(
        ask.tags.model, depth=ask.depth, full_range=ask.full_range, matrix=_matrix(ask), target=ask.target
    )


def _light(ask: _Ask, primaries: str, transfer: Transfer) -> Resolved:
    notes = []
    if transfer == "pq" and ask.target != "hdr":
        raise SourceError("colour.hdr-source", where=ask.where)
    if transfer == "pq":
        notes.append(text("plan.hdr-cut"))
    elif ask.target == "hdr":
        notes.append(text("plan.hdr-of-sdr"))
    elif transfer == "linear":
        notes.append(text("plan.linear-cut"))
    return replace(_path(ask), primaries=primaries, transfer=transfer), tuple(notes)


def _codes(ask: _Ask) -> Resolved:
    if ask.tags.model not in ("rgb", "xyz"):
        raise SourceError("colour.codes-of-ycbcr", where=ask.where)
    if ask.depth not in _EXACT:
        raise SourceError("colour.codes-depth", where=ask.where, depth=ask.depth)
    said = text("plan.colour-codes-hdr" if ask.target == "hdr" else "plan.colour-codes")
    path = replace(_path(ask), model="xyz", through="codes")
    return path, (said,)


def _cube(ask: _Ask, file: Path) -> Resolved:
    need("picture")
    from dcp.picture.colour.cube import read_cube

    table = read_cube(file)
    said = text("plan.cube", file=file.name, title=table.title or file.stem)
    peak = text("plan.cube-codes-hdr" if ask.target == "hdr" else "plan.cube-codes")
    return replace(_path(ask), through="cube", cube=file), (said, peak)
