"""Immersive sound and other auxiliary data as a source: a track file, or a folder of frames, one a file.

What is in the form of ST 2098-2 (Dolby Atmos is) is read to the bounds of its elements, frame by frame,
before any work; other data is passed on as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.auxdata.atmos import AuxKind, Most, immersive_descriptor
from dcp.auxdata.iab import check_for_cinema, looks_like_iab, outline
from dcp.create.sources.imf_sound import GC_IAB_CLIP, MAX_FRAME, clip_frames, read_clip
from dcp.create.sources.media import check_regular
from dcp.create.sources.sequences import data_of_folder, is_codestream, is_still
from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, TrackFileError, UsageError
from dcp.mxf import labels
from dcp.mxf.descriptors import AuxDescriptor
from dcp.mxf.labels import UL, same
from dcp.mxf.layout import Layout
from dcp.mxf.reader import TrackFile, key_for
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

SUFFIXES = (".atmos", ".iab", ".bin", ".dat")
"""Of files that are a frame each."""
_URN = "urn:smpte:ul:"


@dataclass(frozen=True)
class AuxFacts:
    """frames: one an edit unit; sizes: their bytes. rate: units a second, None where the source does not say.
    iab: the frames are in the form of ST 2098-2. first: the frame that the source means to go with the
    picture's first. files: of a folder; none of a track file. places: where the frames stand in the file, of
    IMF's, which has them in one piece.
    """

    path: Path
    kind: AuxKind
    descriptor: AuxDescriptor
    rate: Fraction | None
    sizes: Sequence[int]
    iab: bool = False
    files: tuple[Path, ...] = ()
    places: Sequence[int] = ()
    decisions: tuple[Text, ...] = ()

    @property
    def frames(self) -> int:
        return len(self.sizes)

    @property
    def first(self) -> int:
        return self.descriptor.first_frame or 0


def is_aux_data(path: Path) -> bool:
    """Whether it is a track file of auxiliary data, or a folder with files that are named as its frames are,
    and no pictures."""
    if path.is_dir():
        try:
            held = list(path.iterdir())
        except OSError:
            return False
        pictures = any(is_still(each) or is_codestream(each) for each in held)
        return not pictures and any(each.suffix.lower() in SUFFIXES for each in held)
    try:
        with TrackFile.open(path) as track:
            header = track.header
            clip = header.container is not None and same(header.container, GC_IAB_CLIP)
            return clip or header.essence in ("aux_data", "atmos")
    except DcpError:
        return False


def probe_aux(path: Path, *, coding: str | None = None, keyring: Keyring | None = None) -> AuxFacts:
    """What the source is. coding: `atmos`, `iab` or the label of other data, instead of what the source says.

    UsageError for a label that is none; SourceError for what is no auxiliary data, or lacks a label;
    KeyMissingError where a track file is encrypted and `keyring` has not its key.
    """
    facts = _of_folder(path, coding) if path.is_dir() else _of_track(path, coding, keyring)
    if not facts.frames:
        raise SourceError("source.no-frame", where=path)
    large = max(range(facts.frames), key=facts.sizes.__getitem__)
    if facts.sizes[large] > MAX_FRAME:
        raise SourceError("aux.too-large", where=path, number=large, bytes=facts.sizes[large], most=MAX_FRAME)
    if 0 in facts.sizes:
        raise SourceError("aux.empty-frame", where=path, number=list(facts.sizes).index(0))
    return facts


def read_aux(facts: AuxFacts, first: int, count: int, *, keyring: Keyring | None = None) -> Iterator[bytes]:
    """`count` frames from frame `first` on. SourceError at a damaged one, with its number."""
    if facts.files:
        for file in facts.files[first : first + count]:
            yield _read(file)
        return
    if facts.places:
        stop = first + count
        yield from read_clip(facts.path, facts.places[first:stop], facts.sizes[first:stop])
        return
    with ExitStack() as stack:
        try:
            track = stack.enter_context(TrackFile.open(facts.path))
            key = key_for(track, keyring)
            for unit in track.units(first, first + count, key=key, mic="if-present", strict=True):
                yield bytes(unit.data)
        except TrackFileError as error:
            raise _damaged(error) from None


def checked_frames(
    facts: AuxFacts, first: int, count: int, rate: Fraction, *, keyring: Keyring | None = None
) -> AuxFacts:
    """The facts, when every frame from `first` on can be passed on, with what its frames say in the
    descriptor where no track file has said it.

    rate: the package's. SourceError, with the number of the frame, for one that is cut, too long, of another
    rate, or that cinema does not take.
    """
    most, header = Most(), None
    for number, frame in enumerate(read_aux(facts, first, count, keyring=keyring), start=first):
        if len(frame) != facts.sizes[number]:
            raise _wrong(
                facts, number, SourceError("iab.cut", bytes=len(frame), expected=facts.sizes[number])
            )
        if not facts.iab:
            continue
        try:
            found = outline(frame)
            check_for_cinema(found, len(frame), rate)
            if header is not None and found.header.form != header:
                raise SourceError("aux.frames-differ")
            header = found.header.form
            most = most.with_frame(frame, found)
        except SourceError as error:
            raise _wrong(facts, number, error) from None
    if facts.iab and (facts.files or facts.places):
        described = immersive_descriptor(facts.kind, most)
        return replace(facts, descriptor=described)
    return facts


# --- how it is done -----


def _wrong(facts: AuxFacts, number: int, fault: SourceError) -> SourceError:
    where = facts.files[number] if facts.files else facts.path
    return SourceError("aux.frame", where=where, number=number, fault=fault.text, remedy=fault)


def _of_folder(path: Path, coding: str | None) -> AuxFacts:
    try:
        files, decisions = data_of_folder(path, SUFFIXES)
    except SourceError as error:
        places = error.places
        if error.id == "sequence.gap":
            raise SourceError("aux.gap", where=path, n=places["n"], numbers=places["numbers"]) from None
        if error.id == "sequence.unnumbered":
            raise SourceError("aux.unnumbered", where=path, n=places["n"], found=places["found"]) from None
        raise
    if not files:
        raise SourceError("aux.empty-folder", where=path, suffixes=" ".join(SUFFIXES))
    head = _read(files[0])
    iab = looks_like_iab(head)
    kind, label = _told(coding) if coding is not None else _by_name(path, files[0], iab)
    rate = None
    if iab and kind != "data":
        try:
            rate = outline(head).header.frame_rate
        except SourceError as error:
            raise SourceError("aux.frame", where=files[0], number=0, fault=error.text, remedy=error) from None
    descriptor = AuxDescriptor(label) if label is not None else immersive_descriptor(kind, None)
    return AuxFacts(
        path,
        kind,
        descriptor,
        rate,
        tuple(check_regular(file) for file in files),
        iab=iab and kind != "data",
        files=files,
        decisions=(*decisions, *_about(kind, iab)),
    )


def _by_name(path: Path, file: Path, iab: bool) -> tuple[AuxKind, UL | None]:
    if file.suffix.lower() == ".atmos":
        return "atmos", None
    if iab:
        return "iab", None
    raise SourceError("aux.no-label", where=path)


def _of_track(path: Path, coding: str | None, keyring: Keyring | None) -> AuxFacts:
    check_regular(path)
    try:
        with TrackFile.open(path) as track:
            header = track.header
            if header.container is not None and same(header.container, GC_IAB_CLIP):
                return _of_imf(path, track.layout, coding)
            descriptor = header.descriptor
            if header.essence not in ("aux_data", "atmos") or not isinstance(descriptor, AuxDescriptor):
                essence = header.essence.replace("_", "-")
                raise SourceError("aux.track-of-other", where=path, essence=essence)
            key = key_for(track, keyring)
            unit = next(track.units(0, 1, key=key, mic="if-present", strict=True), None)
            head = bytes(unit.data) if unit is not None else b""
            sizes = track.sizes()
    except TrackFileError as error:
        if error.remedy is None:
            raise SourceError("aux.no-source", where=path, fault=error.text) from None
        raise _damaged(error) from None
    if sizes is None:
        raise SourceError("aux.sizes", where=path)
    kind: AuxKind = "atmos" if header.essence == "atmos" else "data"
    label = None
    if coding is not None:
        kind, label = _told(coding)
    if kind == "data":
        descriptor = AuxDescriptor(label or descriptor.data_essence_coding)
        if descriptor.data_essence_coding is None:
            raise SourceError("aux.no-label", where=path)
    elif not descriptor.immersive or descriptor.atmos_id is None:
        descriptor = immersive_descriptor(kind, None)
    iab = kind != "data" and looks_like_iab(head)
    if kind == "iab" and not iab:
        raise SourceError("aux.no-iab", where=path)
    return AuxFacts(
        path, kind, descriptor, header.edit_rate, tuple(sizes), iab=iab, decisions=tuple(_about(kind, iab))
    )


def _of_imf(path: Path, layout: Layout, coding: str | None) -> AuxFacts:
    kind: AuxKind = _told(coding)[0] if coding is not None else "iab"
    if kind == "data":
        raise SourceError("aux.imf", where=path)
    places, sizes = clip_frames(path, layout)
    head = next(read_clip(path, places[:1], sizes[:1]), b"")
    try:
        rate = outline(head).header.frame_rate
    except SourceError as error:
        raise SourceError("aux.frame", where=path, number=0, fault=error.text, remedy=error) from None
    return AuxFacts(
        path, kind, immersive_descriptor(kind, None), rate, sizes, iab=True, places=places,
        decisions=(text("plan.aux-imf"), *_about(kind, True)),
    )  # fmt: skip


def _told(coding: str) -> tuple[AuxKind, UL | None]:
    """UsageError for a word that is neither a kind nor a label."""
    word = coding.strip().lower()
    if word in ("atmos", "iab"):
        return ("atmos" if word == "atmos" else "iab"), None
    digits = word.removeprefix(_URN).replace(".", "")
    if not re.fullmatch(r"060e2b34[0-9a-f]{24}", digits):
        raise UsageError("aux.coding", where="--aux-coding", coding=coding[:80])
    label = UL.parse(digits)
    return ("atmos", None) if same(label, labels.IMMERSIVE_AUDIO_CODING) else ("data", label)


def _about(kind: AuxKind, iab: bool) -> list[Text]:
    if kind == "data":
        return [text("plan.aux-data")]
    if not iab:
        return [text("plan.aux-not-judged")]
    return [text("plan.aux-atmos" if kind == "atmos" else "plan.aux-iab")]


def _read(file: Path) -> bytes:
    if check_regular(file) > MAX_FRAME:
        raise SourceError("aux.too-large", where=file, number=0, bytes=check_regular(file), most=MAX_FRAME)
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError("file.cannot-read", where=file, why=why(error)) from None


def _damaged(error: TrackFileError) -> SourceError:
    return SourceError("source.track-damaged", where=error.where, fault=error.text, remedy=error)
