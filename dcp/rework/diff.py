"""How two compositions differ: what their playlists say, and what is played, frame by frame from the first.

Picture, auxiliary data and sound are held against each other unit by unit, decrypted where they are
encrypted; text by its documents and its cues. Files of an original stand in for what a version file lacks.
Nothing is written, nothing judged: a damaged unit ends it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction

from dcp.documents.cpl import PICTURE_KINDS
from dcp.errors import UsageError
from dcp.mxf.reader import MicPolicy
from dcp.package.package import Package
from dcp.rework.diff_documents import compare_documents
from dcp.rework.diff_frames import compare_frames
from dcp.rework.diff_sound import compare_sound
from dcp.rework.diff_text import compare_texts
from dcp.rework.differences import Difference, Frames
from dcp.rework.playing import Composition, composition_of
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text

Progress = Callable[[int, int], None]
_AUX = ("AuxData",)


def diff_packages(
    a: Package,
    b: Package,
    *,
    cpl_a: uuid.UUID | None = None,
    cpl_b: uuid.UUID | None = None,
    keyring: Keyring | None = None,
    mic: MicPolicy = "require",
    frames: tuple[int, int] | None = None,
    decode: bool = True,
    progress: Progress | None = None,
) -> Difference:
    """Compare a composition of `a` with one of `b`; both may be of one package.

    cpl_a, cpl_b: which, where there are several. keyring: opens what is encrypted of either. frames: only
    these, both included, counted from 0 over the composition. decode: frames of other bytes are decoded and
    their samples compared. progress(done, in all), in frames of all tracks.

    UsageError for a composition that is not there, and for frames that neither has; KeyMissingError without a
    key that is needed; TrackFileError for a damaged unit; DcpError for an absent file.
    """
    one, other = (composition_of(p, p.composition(id)) for p, id in ((a, cpl_a), (b, cpl_b)))
    shorter, longer = sorted((one.frames, other.frames))
    first, last = frames if frames is not None else (0, longer - 1)
    if first >= longer or last >= longer:
        raise UsageError("diff.no-such-frames", first=first, last=last, most=longer - 1)
    stops = (min(one.frames, last + 1), min(other.frames, last + 1))
    codec = None
    if decode and any(each.has(*PICTURE_KINDS) for each in (one, other)):
        from dcp.picture.codec import codec_by_name

        codec = codec_by_name()
    tell = _Progress(progress, max(min(stops) - first, 0), one, other)

    def held(*kinds: str, decoded: bool = False) -> Frames | None:
        if not (one.has(*kinds) or other.has(*kinds)):
            return None
        return compare_frames(
            one.pieces(*kinds), other.pieces(*kinds), rates=(one.rate, other.rate), first=first, stops=stops,
            keyring=keyring, mic=mic, codec=codec if decoded else None, progress=tell.frames,
        )  # fmt: skip

    rate = one.rate
    seconds = (Fraction(stops[0]) / one.rate, Fraction(stops[1]) / other.rate)
    picture = held(*PICTURE_KINDS, decoded=True)
    sound = compare_sound(
        one.pieces("MainSound"), other.pieces("MainSound"), first=first / rate, stops=seconds,
        keyring=keyring, mic=mic, progress=lambda done: tell.seconds(done * rate),
    )  # fmt: skip
    texts = compare_texts(one, other, first=first / rate, stop=max(seconds), keyring=keyring, mic=mic)
    return Difference(
        ids=(one.cpl.id, other.cpl.id),
        titles=(one.cpl.content_title_text, other.cpl.content_title_text),
        frames=(one.frames, other.frames),
        rate=rate,
        first=first,
        last=min(stops) - 1,
        stated=compare_documents(one, other),
        picture=picture,
        sound=sound,
        texts=texts,
        aux=held(*_AUX),
        decoded=decode,
        notes=tuple(_notes(one, other, shorter, longer, decode=decode)),
    )


# --- how it is done -----


def _notes(one: Composition, other: Composition, shorter: int, longer: int, *, decode: bool) -> list[Text]:
    notes = []
    if one.rate != other.rate:
        notes.append(text("diff.other-rate", a=one.rate, b=other.rate))
    if shorter != longer:
        notes.append(text("diff.from-the-first", a=one.frames, b=other.frames))
    if not decode:
        notes.append(text("diff.not-decoded"))
    return notes


class _Progress:
    """Frames of picture, sound and auxiliary data together."""

    def __init__(self, progress: Progress | None, frames: int, one: Composition, other: Composition) -> None:
        self._progress = progress
        kinds = (PICTURE_KINDS, ("MainSound",), _AUX)
        self._total = frames * sum(one.has(*each) or other.has(*each) for each in kinds)
        self._done = Fraction(0)

    def frames(self, count: int) -> None:
        self.seconds(Fraction(count))

    def seconds(self, frames: Fraction) -> None:
        self._done += frames
        if self._progress is not None:
            self._progress(int(self._done), self._total)
