"""From a job to a plan: every source probed, everything decided, advised or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar, get_args

from dcp.create.job.values import Composition, Essence, Job
from dcp.create.makers.protocol import Progress
from dcp.create.planning import advice as advising
from dcp.create.planning.aux import with_sync
from dcp.create.planning.burning import KIND as BURNT_IN
from dcp.create.planning.burning import plan_burning
from dcp.create.planning.cutting import reel_lengths
from dcp.create.planning.described import decided
from dcp.create.planning.expanding import LogicalReel, expand
from dcp.create.planning.facts import composition_facts
from dcp.create.planning.marking import Marking, about, check_marking, marked_decisions
from dcp.create.planning.order import in_order
from dcp.create.planning.originals import check_version, inherited
from dcp.create.planning.pictures import (
    Probed,
    check_codestreams,
    package_rate,
    picture_size,
    probe_reel,
)
from dcp.create.planning.plan import (
    AuxTrackPlan,
    CompositionPlan,
    PictureTrackPlan,
    Plan,
    ReelPlan,
    SoundTrackPlan,
    TextTrackPlan,
)
from dcp.create.planning.reels import (
    active_area,
    chapters_of,
    markers_of_original,
    original_parts,
    picture_pieces,
    plan_reels,
    sound_pieces,
    with_sound_alike,
)
from dcp.create.planning.room import coding_decision, plan_limits
from dcp.create.planning.text import Line, open_texts, plan_lines, spans_of, versions_of
from dcp.create.planning.words import Words, read_words, titled
from dcp.create.sources.original import Originals, open_originals
from dcp.create.sources.sound_reading import check_begins
from dcp.dataclass import dataclass
from dcp.errors import KeyMissingError, SourceError, UsageError
from dcp.extras import need
from dcp.packing.composition import check_composition
from dcp.packing.metadata import profile_decision
from dcp.picture.cinema import is_four_k
from dcp.picture.limits import frame_limits, highest_mbps
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

MAX_TITLE = 1024
_USUAL_RATE = Fraction(24)
T = TypeVar("T")


def plan_job(
    job: Job,
    *,
    keyring: Keyring | None = None,
    signer: Signer | None = None,
    now: datetime,
    measure: bool = False,
    progress: Progress | None = None,
    mark: Marking | None = None,
) -> Plan:
    """The plan of a job. keyring: for sources that are encrypted. signer: of the package, for advice. mark:
    what every frame of the picture gets before it is coded.

    measure: sound is measured whole, for what its loudness advises; a job that asks for a loudness has it
    measured in any case; progress(edit units measured, in all) of a composition. UsageError, SourceError,
    KeyMissingError for what cannot become a package.
    """
    originals = None
    if job.ov:
        originals = open_originals(job.ov, standard=job.standard)
        job = inherited(job, originals)
    tracks = _Tracks(originals, mark)
    try:
        planned = [
            each
            for composition in job.compositions
            for each in _compositions(composition, job, tracks, keyring, measure, progress)
        ]
    except KeyMissingError as error:  # --keys are those of the package, not of its sources
        raise KeyMissingError("create.source-locked", where=error.where, said=error) from None
    decisions = [line for each in planned for line in each.decisions]
    advice = [line for each in planned for line in each.advice]
    encrypt, said = _encrypted(job, tracks)
    decisions += said
    decisions += [about(mark)] if mark is not None else []
    # the noise of fewer bits would be as strong as the mark itself
    coding = job.coding if mark is None else "exact"
    decisions += coding_decision(coding, tracks.pictures, marked=mark is not None)
    plan = Plan(
        tuple(each.plan for each in planned),
        tuple(tracks.pictures),
        tuple(tracks.sounds),
        job.standard,
        encrypt,
        texts=tuple(tracks.texts),
        auxes=tuple(tracks.auxes),
        mark=mark,
        coding=coding,
    )
    for each in planned:
        facts = composition_facts(plan, each.plan)
        named = titled(each.wanted, each.words, facts, now=now, apart=each.apart)
        check_composition(named.facts, where="--marker")
        decisions += named.decisions
        decisions += profile_decision(named.facts)
        advice += (*each.words.advice, *named.advice, *advising.about_composition(named.facts))
        title, full = named.facts.title, named.facts.full_title or named.facts.title
        plan = replace(
            plan,
            compositions=tuple(
                replace(one, title=title, full_title=full) if one is each.plan else one
                for one in plan.compositions
            ),
        )
    advice += _advised(plan, signer, now)
    if originals is not None:
        said, advised = check_version(plan, originals)
        decisions += said
        advice += advised
    if not all(piece.plan.plain for track in plan.sounds for piece in track.pieces):
        need("sound")
    heard = [source for track in plan.sounds for piece in track.pieces for source in piece.plan.sources]
    for source in {(each.path, each.stream): each for each in heard}.values():
        check_begins(source)
    return replace(plan, decisions=in_order(decisions), advice=tuple(dict.fromkeys(advice)))


# --- how it is done -----


class _Tracks:
    """The track files of the package: equal ones are one. originals: what a version file builds on. mark:
    what all pictures get."""

    def __init__(self, originals: Originals | None, mark: Marking | None) -> None:
        self.originals, self.mark = originals, mark
        self.pictures: list[PictureTrackPlan] = []
        self.sounds: list[SoundTrackPlan] = []
        self.texts: list[TextTrackPlan] = []
        self.auxes: list[AuxTrackPlan] = []

    def of(self, kind: Essence) -> Sequence[object]:
        held: dict[Essence, Sequence[object]] = {
            "picture": self.pictures, "sound": self.sounds, "text": self.texts, "aux": self.auxes,
        }  # fmt: skip
        return held.get(kind, ())

    def picture(self, track: PictureTrackPlan) -> int:
        return _place(self.pictures, track)

    def sound(self, track: SoundTrackPlan) -> int:
        return _place(self.sounds, track)

    def text(self, track: TextTrackPlan) -> int:
        return _place(self.texts, track)

    def aux(self, track: AuxTrackPlan) -> int:
        return _place(self.auxes, track)


def _place(held: list[T], track: T) -> int:
    if track in held:
        return held.index(track)
    held.append(track)
    return len(held) - 1


@dataclass(frozen=True)
class _Planned:
    """apart: the language of its subtitles, where those of several make several compositions of one."""

    wanted: Composition
    plan: CompositionPlan
    words: Words
    decisions: tuple[Text, ...]
    advice: tuple[Text, ...]
    apart: str | None = None


def _compositions(
    composition: Composition,
    job: Job,
    tracks: _Tracks,
    keyring: Keyring | None,
    measure: bool,
    progress: Progress | None,
) -> list[_Planned]:
    _check_title(composition.title)
    read_words(composition, composition.picture_rate or _USUAL_RATE)  # a misspelt word costs nobody a minute
    opened = open_texts(composition, keyring=keyring)
    texts = [each for each in opened if each.track.kind != BURNT_IN]
    over = [each for each in opened if each.track.kind == BURNT_IN]
    logical = expand(composition, originals=tracks.originals, keyring=keyring)
    probed = _probed(logical, keyring)
    parts = [each for reel in probed for each in reel]
    rate = package_rate(composition, list(zip(logical, probed, strict=True)))
    words = read_words(composition, rate)
    size = picture_size(composition, parts)
    stereo = _stereo(parts)
    coded = tracks.mark is not None or any(not each.codestreams for each in parts)
    bits = plan_limits(
        # what is coded already may use all that there is
        composition.mbps if coded else composition.mbps or highest_mbps(rate, hdr=composition.hdr),
        rate,
        four_k=is_four_k(size),
        stereo=stereo,
        hdr=composition.hdr,
        encrypted=coded and "picture" in job.encrypt,
    )
    allowed = bits.limits
    if tracks.mark is not None:
        check_marking(tracks.mark, parts, size=size, rate=rate, hdr=composition.hdr)
        allowed = frame_limits(rate, four_k=is_four_k(size), stereo=stereo)  # they are coded again
    for each in {each.all: each for each in parts}.values():
        if each.codestreams:
            check_codestreams(each, allowed, rate, stereo=stereo, keyring=keyring)
    decisions = [line for reel in logical for line in reel.decisions]
    decisions += bits.decisions if coded else ()
    advice: list[Text] = []
    reels = plan_reels(composition, logical, probed, rate, size, keyring, job.standard)
    for reel in reels:
        decisions += (*reel.dropped, *(reel.aux.decisions if reel.aux is not None else ()))
        for picture in reel.pictures:
            decisions += picture.decisions
            advice += picture.advice
    reels, said, advised = with_sound_alike(
        reels, composition, words.kind.value, rate, keyring, measure=measure, progress=progress
    )
    decisions += said
    advice += advised
    reels, synced, said, advised = with_sync(reels, rate, keyring)
    decisions += said
    advice += advised
    advice += [
        text("advice.short-reel", reel=number, n=reel.frames)
        for number, reel in enumerate(reels, start=1)
        if reel.frames < rate
    ]
    lengths, said = reel_lengths(
        composition, [(reel.frames, chapters_of(reel, rate)) for reel in reels], rate
    )
    decisions += said
    spans = spans_of(logical, reels, rate)
    burnt = plan_burning(over, spans, rate, size=size)
    decisions += burnt.decisions
    advice += burnt.advice
    lines = plan_lines(texts, spans, rate, size=size, standard=job.standard)
    del opened, texts, over  # thousands of cues, of which `lines` has what is shown
    decisions += lines.decisions
    advice += lines.advice
    planned: list[ReelPlan] = []
    placed: list[dict[Line, int]] = []
    for number, (reel, cuts) in enumerate(zip(reels, lengths, strict=True)):
        start = 0
        for count in cuts:
            begin = sum(each.frames for each in planned)
            picture_there, sound_there, others = original_parts(reel, start, count, rate)
            pieces = picture_pieces([each.piece for each in reel.pictures], start, count)
            made = picture_there is None and not any(piece.run.codestreams for piece in pieces)
            picture_track = PictureTrackPlan(
                pieces, size, rate, bits.limits, bits.mbps, stereo, composition.hdr,
                burnt.part(begin, count, coded=made), begin if tracks.mark is not None else None,
            )  # fmt: skip
            own_sound = None
            if reel.sounds:
                heard = sound_pieces(reel, start, count)
                own_sound = tracks.sound(SoundTrackPlan(heard, rate, number in synced))
            beside = lines.tracks(
                len(planned) + 1, begin, count, title=composition.title, standard=job.standard,
                there=[each.track.kind for each in others],
            )  # fmt: skip
            placed.append({line: tracks.text(track) for line, track in beside.tracks.items()})
            decisions += beside.decisions
            advice += beside.advice
            planned.append(
                ReelPlan(
                    picture_there or tracks.picture(picture_track),
                    sound_there or own_sound,
                    count,
                    others,
                    aux=tracks.aux(reel.aux.track.part(start, count)) if reel.aux is not None else None,
                )
            )
            start += count
    plan = CompositionPlan(
        title=composition.title,
        full_title=composition.title,
        kind=words.kind,
        rate=rate,
        reels=tuple(planned),
        size=size,
        active=active_area(reels, size),
        stereo=stereo,
        hdr=composition.hdr,
        markers=markers_of_original(words.markers, reels),
        ratings=words.ratings,
        territory=words.territory,
        facility=words.facility,
        described=words.described,
        packing_list=composition.packing_list,
        burnt_in=burnt.language,
    )
    decisions += decided(words.described, job.standard)
    if tracks.mark is not None:
        decisions = marked_decisions(decisions)
    versions = versions_of(lines.lines)
    if len(versions) > 1:
        if composition.content_version is not None:
            raise UsageError("job.one-content-version", where="content_version", n=len(versions))
        decisions.append(text("plan.text-versions", languages=[version[0][1] for version in versions]))
    found = []
    for version in versions:
        own = replace(
            plan,
            reels=tuple(
                replace(reel, texts=tuple(held[line] for line in version if line in held))
                for reel, held in zip(planned, placed, strict=True)
            ),
        )
        apart = version[0][1] if len(versions) > 1 else None
        found.append(_Planned(composition, own, words, tuple(decisions), tuple(advice), apart))
    return found


def _encrypted(job: Job, tracks: _Tracks) -> tuple[tuple[Essence, ...], list[Text]]:
    """The kinds that are encrypted, of those that the package has, and what was decided about it."""
    encrypt = tuple(kind for kind in job.encrypt if tracks.of(kind))
    decisions = []
    if job.standard == "interop" and "text" in encrypt:  # its text is no track file
        if len(job.encrypt) < len(get_args(Essence)):  # they were told one by one
            raise UsageError("text.interop-encrypted", where="--encrypt")
        encrypt = tuple(kind for kind in encrypt if kind != "text")
        decisions.append(text("plan.text-not-encrypted"))
    if job.encrypt and not encrypt:
        raise UsageError(
            "create.nothing-to-encrypt",
            where="--encrypt",
            kinds=[Text(f"word.essence-{kind}") for kind in job.encrypt],
        )
    return encrypt, decisions


def _advised(plan: Plan, signer: Signer | None, now: datetime) -> list[Text]:
    """What is advised of the package as a whole."""
    present: tuple[tuple[Essence, object], ...] = (
        ("picture", plan.pictures), ("sound", plan.sounds),
        ("text", plan.texts if plan.standard == "smpte" else ()),  # no key could open Interop's
        ("aux", plan.auxes),
    )  # fmt: skip
    advice = list(advising.about_encryption(plan.encrypt, [kind for kind, tracks in present if tracks]))
    if signer is not None:
        advice += advising.about_signer(signer.chain, now)
    return advice


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > MAX_TITLE or any(ord(sign) < 32 for sign in title):
        raise UsageError("create.title", most=MAX_TITLE)


def _probed(logical: Sequence[LogicalReel], keyring: Keyring | None) -> list[list[Probed]]:
    """Sources that come again are looked into once."""
    seen: dict[tuple[object, ...], list[Probed]] = {}
    found = []
    for reel in logical:
        if reel.parts not in seen:
            seen[reel.parts] = probe_reel(reel, keyring=keyring)
        found.append(seen[reel.parts])
    return found


def _stereo(parts: Sequence[Probed]) -> bool:
    stereo = {each.stereo for each in parts}
    if len(stereo) > 1:
        flat = next(each for each in parts if not each.stereo)
        raise SourceError("create.one-eye-among-stereo", where=flat.facts.path)
    return stereo.pop()
