"""Play a package as a media block does: keys through the checklist, checks first, marks, a log, a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.reader import MicPolicy
from dcp.picture.codec import Codec, codec_by_name
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text
from player.clock import FilmClock
from player.drawing import ON, check_choice, chosen
from player.engine import Stopped
from player.ingest import IngestStopped
from player.log.event import exception_of
from player.log.journal import WHO, Clock, Journal, open_journal
from player.marking import decide
from player.media_block import KdmRequest, MediaBlock, ingested, load
from player.pipeline import Show
from player.plan import Role, plan_show
from player.report import MarkReport, PlayReport, SoundReport, Verdict
from player.screen.null import NullScreen
from player.screen.screen import Attended, Screen
from player.screen.several import Several, coarse_bits
from player.screen.y4m import STDOUT
from player.setting import Quality
from player.sound.desk import routed
from player.sound.routing import Route
from player.source import EYES
from player.stages.colour import check_view
from player.timeline import timeline_of
from player.views import View, eyes_of
from watermark.secret import Secret

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

MAX_REDUCE = 6
"""A 4K cinema codestream has six resolution levels at most (DCSS 4.3.3)."""

CPL_NOT_CHECKED = text("play.cpl-not-checked")
PKL_NOT_CHECKED = text("play.pkl-not-checked")
NOT_CHECKED = (text("play.hashes-not-checked"), PKL_NOT_CHECKED)
NOT_RENDERED: dict[Role, str] = {
    "picture": "play.not-seen",
    "sound": "play.not-heard",
    "text": "play.not-drawn",
    "data": "play.not-rendered",
}
"""What becomes of the tracks that the screen does not show: ids of texts."""


def play(
    root: Path,
    *,
    now: datetime,
    ov: Sequence[Path] = (),
    cpl_id: UUID | None = None,
    kdm: KdmRequest | None = None,
    keyring: Keyring | None = None,
    screen: Screen | None = None,
    frames: tuple[int, int] | None = None,
    start: int | str | None = None,
    loop: bool = False,
    reduce: int = 0,
    quality: Quality | None = None,
    view: View = "left",
    subtitles: str = ON,
    route: Route | None = None,
    stop_at_damage: bool = False,
    location: int | None = None,
    secret: Secret | None = None,
    mic: MicPolicy = "require",
    log: Path | None = None,
    log_signer: Signer | None = None,
    clock: Clock | None = None,
    codec: Codec | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] = lambda: False,
    strict: bool = False,
    ingest: bool = False,
    cache: Path | None = None,
    ingesting: Callable[[int, int], None] | None = None,
) -> PlayReport:
    """Play a composition of the package in `root` to a screen, and report what was played.

    Keys come from a KDM, which passes the checklist or nothing is shown (verdict "refused"), or from a
    `keyring`. frames: first and last composition frame, both included. start: where it
    begins: a frame, a timecode from the start of the composition, or a marker; loop: the first frame follows
    the last, until it is stopped. reduce: halvings of the picture. quality: `exact` leaves nothing out,
    `smooth` as much as keeps the pace, a number as much as that many dB to the whole decode allow; None:
    `smooth` to a screen that keeps time, `exact` to another.
    view: the eyes of a pair that are shown, and how. subtitles: `on`, `off` or the language that is drawn.
    route: which channel of the sound is heard where, as they stand without one.
    strict: reels of another size or rate than the first are refused; else the screen is told in between.
    stop_at_damage: else black or silence stands for it. ingest: first the files are held against the packing
    lists, and nothing is shown (verdict "refused") when one is not as packed; cache: where right hashes are
    remembered; ingesting: called with bytes done and in all.
    location, secret: whose mark goes into the pictures of encrypted tracks, with the 15-minute step of `now`.
    log: a log to go on with; log_signer: signs its records.
    clock: stamps the events; without one it is `now` at first and goes on with the film.

    The report's `exit_code` is 0 when all was shown right, 1 when the KDM was refused, a unit was damaged or
    the show was stopped; a DcpError is raised for what could not be played at all, before the first frame
    wherever that can be known.
    """
    if not 0 <= reduce <= MAX_REDUCE:
        raise UsageError("play.no-reduction", asked=reduce, most=MAX_REDUCE)
    if kdm is not None and keyring is not None:
        raise UsageError("play.keys-from-both")
    screen = screen or NullScreen()
    for each in screen.screens if isinstance(screen, Several) else (screen,):
        if loop and each.lead is None and each.target not in (None, STDOUT):
            raise UsageError("play.loop-has-no-end", where=each.target)
    film = FilmClock(now) if clock is None else None
    with open_journal(clock or film or FilmClock(now), log, signer=log_signer) as journal:
        try:
            block = load(
                root, ov=ov, cpl_id=cpl_id, kdm=kdm, keyring=keyring or Keyring(), now=now, journal=journal
            )
            if block.refused:
                return _not_shown(block, screen, journal)
            if ingest:
                try:
                    block = ingested(
                        block,
                        frames,
                        now=now,
                        cache=cache,
                        progress=ingesting,
                        cancel=cancel,
                        journal=journal,
                    )
                except IngestStopped:
                    journal.note("Player", "Stopped", "stopped while the files were held against their lists")
                    return _not_shown(block, screen, journal, "stopped")
                if block.refused:
                    return _not_shown(block, screen, journal)
            plan = plan_show(
                block.package,
                block.cpl,
                keyring=block.keyring,
                mic=mic,
                frames=frames,
                reduce=reduce,
                strict=strict,
            )
            check_choice(plan, subtitles)
            check_view(screen.encoding, view)
            line = timeline_of(plan, block.cpl)
            marks = decide(
                plan,
                block.marking,
                location=location,
                secret=secret,
                reduce=reduce,
                now=now,
                bits=coarse_bits(screen),
            )
            show = Show(
                plan=plan,
                screen=screen,
                codec=codec or codec_by_name(),
                journal=journal,
                mark=marks.embed,
                dither=marks.dither,
                mic=mic,
                reduce=reduce,
                quality=quality or ("exact" if screen.lead is None else "smooth"),
                view=view,
                subtitles=subtitles,
                route=route or Route(),
                workers=workers,
                until=block.until,
                stop=stop_at_damage,
                cancel=cancel,
                film=film,
                start=line.frame_of(str(start), where="--start") if start is not None else None,
                loop=loop,
                markers=line.labels,
            )
            if isinstance(screen, Attended):
                screen.attend(show, block, lambda: _report(show, block, marks.report, journal, "stopped"))
            verdict = _show(show, block, marks.report, journal, progress)
        except DcpError as error:
            journal.note("Player", "Stopped", error.what, exception=_exception(error), where=error.where)
            raise
        except BaseException as error:  # an interrupt is part of the story too
            journal.note("Player", "Stopped", f"interrupted ({type(error).__name__})")
            raise
        finally:
            _forget(journal)
        return _report(show, block, marks.report, journal, verdict)


def _show(
    show: Show,
    block: MediaBlock,
    marks: MarkReport,
    journal: Journal,
    progress: Callable[[int, int], None] | None,
) -> Verdict:
    plan, screen, book = show.plan, show.screen, show.book
    journal.note(
        "Player",
        "ForensicMark",
        f"picture mark {'on' if marks.picture else f'off: {marks.picture_why_not}'};"
        f" sound mark off: {marks.sound_why_not}",
        picture=marks.picture,
        sound=marks.sound,
        location=marks.location,
        time_index=marks.time_index,
    )
    for what in not_checked(block):
        journal.note("Player", "NotChecked", str(what))
    for what in not_rendered(show):
        journal.note("Player", "NotRendered", str(what))
    for mismatch in plan.mismatches:
        journal.note("Player", "Mismatch", mismatch)
    if show.quality != "exact" and screen.sees:
        asked = show.quality if isinstance(show.quality, str) else f"{show.quality:g} dB"
        journal.note("Player", "Quality", f"coding passes may be left out: {asked}", asked=asked)
    verdict: Verdict = "complete"
    try:
        show.play(progress=progress)
    except Stopped as stop:
        verdict = "stopped"
        book.finish()
        journal.note("Player", "Stopped", str(stop), frames_shown=book.shown)
    except BaseException:  # what was shown up to here was shown
        with suppress(DcpError):  # the log itself may be what is wrong
            book.finish()
        raise
    for line in show.colours.lines():
        journal.note("Player", "Colours", str(line), **show.colours.document())
    for line in show.qualities.report().lines():
        journal.note("Player", "Quality", str(line), thinned_frames=show.qualities.thinned)
    if book.begun:
        journal.note("Playout", "CPLEnd", f"{book.shown} frames shown", auth_id=WHO, frames_shown=book.shown)
    if verdict == "complete":
        journal.note("Playout", "PlayoutComplete", "played to the end", auth_id=WHO)
    return verdict


def _forget(journal: Journal) -> None:
    """The keys of a KDM are held no longer than its show: told even where something else went wrong."""
    message_id, journal.message_id = journal.message_id, None
    if message_id is not None:
        with suppress(DcpError):
            journal.note("Key", "KDMDeleted", "the keys are no longer held", message_id=message_id)


def not_checked(block: MediaBlock) -> tuple[Text, ...]:
    """What nobody looked at: signatures and hashes that were not asked for."""
    cpl = () if block.kdm is not None else (CPL_NOT_CHECKED,)
    if block.ingest is None:
        return (*cpl, *NOT_CHECKED)
    unlisted = tuple(text("play.not-in-a-list", name=name) for name in block.ingest.unlisted)
    return (*cpl, PKL_NOT_CHECKED, *unlisted, *block.ingest.notes)


def not_rendered(show: Show) -> tuple[Text, ...]:
    """What of the composition is neither seen nor heard, and why."""
    tracks = [track for reel in show.plan.reels for track in reel.tracks]
    choices = dict.fromkeys((show.subtitles, *(choice for _, choice in show.book.subtitles)))
    reels = show.plan.reels if show.screen.sees else ()
    drawn = {id(chosen(reel, choice)) for reel in reels for choice in choices}
    kinds = {
        track.kind: NOT_RENDERED[track.role]
        for track in tracks
        if track.role not in show.rendered and id(track) not in drawn
    }
    stereo = any(track.stereo for track in tracks)
    hidden = [eye for eye in EYES if stereo and show.screen.sees and eye not in eyes_of(show.view)]
    return (
        *(text(id, kind=kind) for kind, id in sorted(kinds.items())),
        *(text("play.not-read", kind=kind) for kind in show.plan.unknown),
        *(text(f"play.{eye}-eye") for eye in hidden),
        *show.book.not_drawn,
    )


def _exception(error: DcpError) -> str | None:
    """The token under which an error that ended the show is logged."""
    if isinstance(error, TrackFileError):
        return exception_of(error.reason)
    return "KeyMissingError" if isinstance(error, KeyMissingError) else None


def _report(
    show: Show, block: MediaBlock, marks: MarkReport, journal: Journal, verdict: Verdict
) -> PlayReport:
    plan, screen, book = show.plan, show.screen, show.book
    if verdict == "complete" and book.damaged:
        verdict = "damaged"
    if marks.picture and not book.marked:
        why = text("play.mark-no-frame")
        marks = MarkReport(False, marks.sound, why, marks.sound_why_not)
    return PlayReport(
        cpl_id=str(block.cpl.id),
        title=block.cpl.content_title_text,
        package=block.package.root.absolute().name,
        film=block.outline(),
        judged=block.judged,
        verdict=verdict,
        output=_output(screen),
        encoding=str(screen.encoding),
        rate=plan.rate,
        size=show.size,
        first_frame=show.first,
        frames_shown=book.shown,
        frames_dropped=book.dropped,
        runs=tuple(book.runs.runs),
        late=tuple(book.late_runs.runs),
        runs_left_out=book.runs.left_out + book.late_runs.left_out,
        mark=marks,
        quality=show.qualities.report(),
        colours=show.colours,
        reels=book.report(),
        sound=_sound(show),
        events=tuple(journal.events),
        events_left_out=journal.left_out,
        not_checked=not_checked(block),
        not_rendered=not_rendered(show),
        kdm=block.kdm,
        kdms=block.kdms,
        kdms_left_out=block.kdms_left_out,
        ingest=block.ingest,
        subtitles=tuple(book.subtitles) if screen.sees else (),
    )


def _sound(show: Show) -> SoundReport | None:
    desk = show.desk
    if desk is None:
        return None
    form = desk.form
    said = routed(show.plan, show.route)
    return SoundReport(show.route.name, form.channels, form.sample_rate, desk.clipped, said)


def _not_shown(
    block: MediaBlock, screen: Screen, journal: Journal, verdict: Verdict = "refused"
) -> PlayReport:
    why = text("play.mark-nothing-shown")
    return PlayReport(
        cpl_id=str(block.cpl.id),
        title=block.cpl.content_title_text,
        package=block.package.root.absolute().name,
        film=block.outline(),
        judged=block.judged,
        verdict=verdict,
        output=_output(screen),
        encoding=str(screen.encoding),
        rate=None,
        size=None,
        first_frame=0,
        frames_shown=0,
        frames_dropped=0,
        mark=MarkReport(False, False, why, why),
        reels=(),
        events=tuple(journal.events),
        kdm=block.kdm,
        kdms=block.kdms,
        kdms_left_out=block.kdms_left_out,
        ingest=block.ingest,
    )


def _output(screen: Screen) -> str:
    if isinstance(screen, Several):
        return ", ".join(map(_output, screen.screens))
    return f"{screen.name}:{screen.target}" if screen.target else screen.name
