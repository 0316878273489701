"""One source into one track file, without a package around it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from dcp.auxdata.atmos import KEY_TYPES as AUX_KEY_TYPES
from dcp.create.job.values import Composition, PictureTrack, Reel, SoundTrack
from dcp.create.makers.aux import AuxMaker
from dcp.create.makers.coded import Coded
from dcp.create.makers.protocol import Work
from dcp.create.makers.sound import samples_per_unit, sound_descriptor, sound_units
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.expanding import LogicalReel, Part
from dcp.create.planning.pictures import Probed, package_rate, plan_picture, probe_reel
from dcp.create.planning.plan import AuxTrackPlan, PictureTrackPlan
from dcp.create.planning.rates import plan_rate
from dcp.create.planning.room import coding_decision
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.telling import in_file
from dcp.create.sources.aux_data import AuxFacts, checked_frames, is_aux_data, probe_aux
from dcp.create.sources.sound_probe import probe_streams
from dcp.create.wrap_text import wrap_text
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.mxf.descriptors import Descriptor, LabelSet
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.output import working_folder
from dcp.picture.cinema import CONTAINERS, RATES, is_four_k
from dcp.picture.coding import Coding
from dcp.picture.limits import DCI_MBPS, frame_limits
from dcp.secrets.keys import ContentKey, Keyring, fresh_keys_file, read_keys
from dcp.secrets.passphrase import Secrets
from dcp.sound.layout import BYTES_PER_SAMPLE, SAMPLE_RATE
from dcp.texts.catalogue import Text, text

Progress = Callable[[int, int], None]
SOUND_SUFFIXES = (".wav", ".w64", ".aif", ".aiff", ".flac", ".caf", ".mp3", ".m4a", ".ac3", ".ogg", ".rf64")
NATIVE_RATES = (48_000, 96_000)
"""Rates in Hz that the samples of a PCM file keep (ST 428-2)."""


@dataclass(frozen=True)
class WrappedSource(WrittenTrackFile):
    """The track file, and in notes what was assumed or left out, for the user to read. coded: how a picture
    was."""

    notes: tuple[Text, ...] = ()
    coded: Coded | None = None


def wrap_source(
    source: Path,
    out: Path,
    *,
    edit_rate: Fraction | None = None,
    label_set: LabelSet = "smpte",
    asset_id: uuid.UUID | None = None,
    keys_file: Path | None = None,
    secrets: Secrets | None = None,
    passphrase: str | None = None,
    duration: int | None = None,
    coding: str | None = None,
    picture_coding: Coding = "fine",
    now: datetime,
    progress: Progress | None = None,
) -> WrappedSource:
    """Wrap `source` in the track file `out`.

    source: a folder of codestreams (`NAME_l`, `NAME_r` in turn make a stereoscopic one), a sound file (PCM
    WAV of 96 kHz keeps its rate, every other one is brought to 48 kHz), pictures to be coded first (a video
    file, a folder of stills), an XML document of ST 428-7 with its fonts and pictures beside it under their
    ids, or immersive sound and other auxiliary data (a track file, a folder of frames). edit_rate: by default
    that of the video or text. keys_file: encrypts, with the first key of the type, or with a fresh one when
    there is no such file: it is written then. secrets: asked for the passphrase of a locked keys file;
    passphrase: locks one that is written. duration: of a text, in edit units, up to its last cue when None.
    coding: of auxiliary data, `atmos`, `iab` or its label; picture_coding: of pictures that are coded, as the
    setting of a job. progress(units done, units in all as far as the
    source tells, or 0). UsageError, SourceError, CodestreamError, DocumentError: nothing is left then.
    """
    kind = _KINDS.get(source.suffix.lower(), "MDIK")
    aux = probe_aux(source, coding=coding) if coding is not None or is_aux_data(source) else None
    if aux is not None:
        kind = AUX_KEY_TYPES[aux.kind][0]
    if duration is not None and kind != "MDSK":
        raise UsageError("wrap.duration-of-text", where=source)
    key, fresh = _key(keys_file, kind, secrets)
    arguments = _Arguments(out, label_set, asset_id or uuid.uuid4(), key, now, progress)
    with fresh_keys_file(keys_file, essence=out, passphrase=passphrase) as keep:
        if fresh and key is not None:
            keep(Keyring(keys=(key,)))
        if aux is not None:
            return _wrap_aux(aux, edit_rate, arguments)
        return _wrap(kind, source, edit_rate, duration, picture_coding, arguments)


# --- how it is done -----


_KINDS = {**dict.fromkeys(SOUND_SUFFIXES, "MDAK"), ".xml": "MDSK"}


def _wrap(
    kind: str,
    source: Path,
    edit_rate: Fraction | None,
    duration: int | None,
    coding: Coding,
    arguments: _Arguments,
) -> WrappedSource:
    notes: Sequence[Text]
    coded = None
    if kind == "MDSK":
        written, notes = wrap_text(source, edit_rate=edit_rate, duration=duration, **vars(arguments))
    elif kind == "MDAK":
        written, notes = _wrap_sound(source, edit_rate, arguments)
    else:
        written, notes, coded = _wrap_picture(source, edit_rate, coding, arguments)
    return WrappedSource(**vars(written), notes=tuple(notes), coded=coded)


def _wrap_aux(facts: AuxFacts, edit_rate: Fraction | None, arguments: _Arguments) -> WrappedSource:
    rate = edit_rate or facts.rate
    if rate is None:
        raise UsageError("wrap.no-rate", where=facts.path, rates=", ".join(map(str, RATES)))
    if facts.rate not in (None, rate):
        raise SourceError("aux.other-rate", where=facts.path, rate=facts.rate, expected=rate)
    found = checked_frames(facts, 0, facts.frames, rate)
    maker = AuxMaker(AuxTrackPlan(found, 0, found.frames, rate))
    with maker.making(Work(arguments.out)) as units:
        written = arguments.write(units.units(), units.sizes, units.descriptor, rate)
    return WrappedSource(**vars(written), notes=found.decisions)


class _Arguments:
    """What every kind of source hands to the writer alike."""

    def __init__(
        self,
        out: Path,
        label_set: LabelSet,
        asset_id: uuid.UUID,
        key: ContentKey | None,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        self.out, self.label_set, self.asset_id = out, label_set, asset_id
        self.key, self.now, self.progress = key, now, progress

    def write(
        self,
        units: Iterator[bytes] | Iterator[memoryview],
        sizes: Sequence[int],
        descriptor: Descriptor,
        rate: Fraction,
        *,
        quiet: bool = False,
    ) -> WrittenTrackFile:
        tell = self.progress
        return write_track_file(
            self.out,
            units,
            sizes=sizes,
            descriptor=descriptor,
            edit_rate=rate,
            asset_id=self.asset_id,
            label_set=self.label_set,
            key=self.key,
            now=self.now,
            progress=None if tell is None or quiet else lambda count: tell(count, len(sizes)),
        )


def _key(keys_file: Path | None, kind: str, secrets: Secrets | None) -> tuple[ContentKey | None, bool]:
    """The key to encrypt with, and whether it was made just now."""
    if keys_file is None:
        return None, False
    if not keys_file.exists():
        return ContentKey.generate(kind), True
    found = next(read_keys(keys_file, secrets=secrets).of_type(kind), None)
    if found is None:
        raise UsageError("wrap.no-key", where=keys_file, kind=kind)
    return found, False


def _wrap_sound(
    source: Path, edit_rate: Fraction | None, arguments: _Arguments
) -> tuple[WrittenTrackFile, Sequence[Text]]:
    streams = probe_streams(source)
    if not streams:
        raise SourceError("source.no-sound", where=source)
    if edit_rate is None:
        raise UsageError("wrap.no-rate", where=source, rates=", ".join(map(str, RATES)))
    rate = plan_rate(None, False, edit_rate, None, where=source).rate
    ends = [each.duration for each in streams if each.duration]
    if not ends:
        raise SourceError("source.sound-length", where=source)
    native = {
        each.sample_rate for each in streams if each.pcm is not None and each.sample_rate in NATIVE_RATES
    }
    plan = plan_sound(
        SoundTrack(sources=(source,)),
        None,
        TimeMap(),
        length=max(ends),
        edit_rate=rate,
        sample_rate=native.pop() if len(native) == 1 else SAMPLE_RATE,
    )
    notes = list(plan.decisions)
    if plan.sample_rate != SAMPLE_RATE:
        notes.append(text("wrap.keeps-its-rate", file=source.name, rate=plan.sample_rate))
    count = math.ceil(max(ends) * rate)
    size = samples_per_unit(rate, plan.sample_rate) * plan.channels * BYTES_PER_SAMPLE
    written = arguments.write(
        sound_units(plan, edit_rate=rate, count=count, tell=notes.append),
        [size] * count,
        sound_descriptor(plan, label_set=arguments.label_set),
        rate,
    )
    return written, notes


def _wrap_picture(
    source: Path, edit_rate: Fraction | None, coding: Coding, arguments: _Arguments
) -> tuple[WrittenTrackFile, Sequence[Text], Coded | None]:
    track = PictureTrack(source=source)
    job = Composition((Reel(track, SoundTrack(silent=True)),), title="-", picture_rate=edit_rate)
    reel = LogicalReel((Part(track),), SoundTrack(silent=True))
    (probed,) = probe_reel(reel, keyring=None)
    rate = package_rate(job, [(reel, [probed])])
    size = _size(probed)
    planned = plan_picture(probed, job, rate=rate, size=size, keyring=None)
    limits = frame_limits(rate, four_k=is_four_k(size), stereo=probed.stereo)
    plan = PictureTrackPlan((planned.piece,), size, rate, limits, DCI_MBPS, probed.stereo)
    notes = [*planned.decisions, *_left_out(probed), *coding_decision(coding, [plan])]
    maker = picture_maker(plan)
    with working_folder(arguments.out) as folder:
        coded = not plan.codestreams
        work = Work(folder / "frames", progress=arguments.progress if coded else None, coding=coding)
        with maker.making(work) as units:
            written = arguments.write(units.units(), units.sizes, units.descriptor, rate, quiet=coded)
            how = units.coded if coded else None
    return written, notes, how


def _left_out(probed: Probed) -> list[Text]:
    path = probed.facts.path
    if probed.facts.kind != "video" or not probe_streams(path, alone=False):
        return []
    return [in_file(path, text("note.sound-left-out"))]


def _size(probed: Probed) -> tuple[int, int]:
    """Codestreams have theirs; else the 2K container whose shape is nearest to the picture's."""
    facts = probed.facts
    if probed.codestreams:
        return facts.width, facts.height
    width, height = facts.shown_size
    aspect = 1 / facts.pixel_aspect if facts.rotation in (90, 270) else facts.pixel_aspect
    shape = width * aspect / height
    sizes = [size for (_, resolution), size in CONTAINERS.items() if resolution == "2k"]
    return min(sizes, key=lambda size: abs(Fraction(*size) - shape))
