"""Reports to print on the page, made of values: good ones, bad ones over long names, ones without keys."""

from __future__ import annotations

import io
import uuid
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np

from dcp.package.outline import CompositionOutline, ReelOutline, TrackOutline
from dcp.texts.catalogue import text
from dcp.verify.areas import in_order
from dcp.verify.finding import Finding, LeftOut, NotChecked, PictureSeen, VerificationReport
from dcp.verify.profiles import profile_by_name
from dcp.verify.rule import RULES
from dcp.verify.rules.all import load_rules
from dcp.verify.rules.rates import Rates
from dcp.verify.rules.thumbnails import Thumbnail
from dcp.verify.servers import server_notes
from kdm.checklist import KdmReport, check_kdm
from player.log.event import Event
from player.report import Damage, MarkReport, PlayReport, ReelReport, TrackReport
from watermark.extraction import Excerpt, Extraction, Geometry, Hypothesis, Segment
from watermark.judge import Searched
from watermark.payload import Payload

RATE = Fraction(24)
TITLE = (
    "TheLongestJourneyOfTheLighthouseKeeper_FTR-1_S_EN-ZH-CCAP_INT-TL_51-HI-VI_2K_EXM_20270502_EXM_SMPTE_OV"
)
SIGNER = "CS.Mastering.Example Films"
LENGTHS = (28_822, 27_110, 30_054, 26_498, 20_121)
CASES = ("good", "failed", "no-keys")


def names(reel: int) -> dict[str, str]:
    stem = f"{TITLE}_Reel-{reel}_2027-04-11T09-31-07-final-approved-version-2"
    return {
        "MainPicture": f"{stem}_picture.mxf",
        "MainSound": f"{stem}_sound.mxf",
        "MainSubtitle": f"{uuid.UUID(int=reel)}_subtitles.mxf",
    }


def film(*, encrypted: bool, signer: str | None = SIGNER) -> CompositionOutline:
    reels, start = [], Fraction(0)
    for number, frames in enumerate(LENGTHS, 1):
        seconds = frames / RATE
        tracks = tuple(
            TrackOutline(kind, file, start, seconds, 0, frames, RATE, encrypted)
            for kind, file in names(number).items()
            if kind != "MainSubtitle" or number != 4
        )
        reels.append(ReelOutline(number, start, seconds, tracks))
        start += seconds
    return CompositionOutline(
        id=uuid.UUID("4f6c1a9e-8d52-4b0f-9a33-7c1d2e3f4a5b"),
        title=TITLE,
        content_kind="feature",
        file="cpl_4f6c1a9e-8d52-4b0f-9a33-7c1d2e3f4a5b.xml",
        seconds=start,
        frames=sum(LENGTHS),
        rate=RATE,
        size=(2048, 858),
        stereo=False,
        channels=16,
        sample_rate=48_000,
        languages=("zh-Hans", "en"),
        encrypted=encrypted,
        signed=True,
        reels=tuple(reels),
        signer=signer,
    )


def verification(case: str) -> VerificationReport:
    """One of CASES."""
    load_rules()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[NotChecked, ...] = ()
    if case == "failed":
        findings = tuple(_findings())
        skipped = (NotChecked("SIG-001", text("SIG-001.unsigned", name="pkl_6f0d.xml")),)
    if case == "no-keys":
        skipped = tuple(
            NotChecked(rule, text("MXF.no-key", name=file, key=str(uuid.UUID(int=n << 64))))
            for n in range(1, 6)
            for file in names(n).values()
            for rule in ("MXF-004", "ENC-101")
        )
    return VerificationReport(
        package=f"/media/operator/CRU-DRIVE-0042/{TITLE}",
        standard="smpte",
        profile="field",
        mic={"failed": "derived", "no-keys": None}.get(case, "kdm"),  # type: ignore[arg-type]
        findings=findings,
        not_checked=skipped,
        checked=tuple(in_order(id for id in RULES if id not in ("PKG-007", "J2K-038", "J2K-039"))),
        bytes_read=187_412_336_004,
        compositions=(
            film(encrypted=True, signer=None if case == "failed" else "CS.Mastering.Example Films"),
        ),
        left_out=tuple(
            LeftOut(id, by)
            for id, by in (("PKG-007", "profile"), ("J2K-038", "thorough"), ("J2K-039", "thorough"))
        ),
        servers=server_notes()[:3] if case == "failed" else (),
        pictures=tuple(pictures(case)),
        profile_title=profile_by_name("field").title,
    )


def pictures(case: str) -> Iterator[PictureSeen]:
    """Of each reel: a bit rate that rises and falls, over the limit in the last of what failed; frames."""
    noise = np.random.default_rng(17)
    for number, frames in enumerate(LENGTHS, 1):
        curve = (
            700_000 + 350_000 * np.sin(np.arange(frames) / 2_400 + number) + noise.normal(0, 60_000, frames)
        )
        if case == "failed" and number == 5:
            curve[400:9_400:900] = 1_320_000
        sizes = array(
            "I", np.clip(curve, 20_000, 1_302_000 if case == "good" else 1_400_000).astype(int).tolist()
        )
        rates = Rates(RATE, sizes, exact=case != "no-keys")
        shown = () if case == "no-keys" else tuple(_small(frames, number))
        yield PictureSeen(names(number)["MainPicture"], rates, shown)


def _small(frames: int, reel: int) -> Iterator[Thumbnail]:
    from PIL import Image

    for n in range(12):
        across = np.linspace(0, 255, 160)
        pixels = np.stack(
            [np.tile(across, (67, 1)), np.full((67, 160), 20 * n), np.full((67, 160), 50 * reel)], -1
        )
        file = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(file, "JPEG")
        yield Thumbnail((2 * n + 1) * frames // 24, 160, 67, file.getvalue())


def _findings() -> Iterator[Finding]:
    """Forty, in the words of the catalogue."""
    picture = [names(n)["MainPicture"] for n in range(1, 6)]
    sound = [names(n)["MainSound"] for n in range(1, 6)]
    subtitles = [names(n)["MainSubtitle"] for n in range(1, 6)]
    cpl = "cpl_4f6c1a9e-8d52-4b0f-9a33-7c1d2e3f4a5b.xml"
    for rule, file in (("PKL-005", picture[1]), ("PKL-005", picture[3]), ("PKL-006", sound[3])):
        said = text(f"{rule}.hash", found="1f0c8e0a…", list="pkl_6f0d.xml", listed="a77b3c21…")
        yield Finding(rule, "error", said, "ST 429-8 6.3", file)
    for frame in (12, 880, 881, 882, 4_409, 9_000, 9_001, 13_372, 20_004, 26_999):
        said = text("play.damage.mic")
        yield Finding("MXF-004", "error", said, "ST 429-6", picture[1], text("place.frame", frame=frame))
    for reel, frame, size in (
        *((0, 70 + 1200 * n, 1_302_991 + 4_127 * n) for n in range(8)),
        *((4, 400 + 900 * n, 1_305_550 + 999 * n) for n in range(4)),
    ):
        at = text("place.frame", frame=frame)
        said = text("J2K-002.one", frame=at, bytes=size, rate=size * 192 / 1e6, most=1_302_083)
        yield Finding("J2K-002", "error", said, "DCSS 4.3.3", picture[reel], at)
    for number in (1, 2, 3, 5):
        place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/MainSubtitle"
        said = text("CPL-017.no-hash", reference=f"MainSubtitle {subtitles[number - 1]}")
        yield Finding("CPL-017", "warning", said, "ST 429-2 9.11, DCSS 5.4.3.7", cpl, place)
    for number in (2, 4):
        place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/MainMarkers"
        yield Finding("MARK-008", "warning", text("MARK-008.states", name="Duration"), "RDD 52", cpl, place)
    for name in (
        f"{TITLE}_delivery-note-final-FINAL-v3.pdf",
        "._ASSETMAP.xml",
        "Thumbs.db",
        "averyveryverylongfilenamewithoutanysignwherealinecouldbebrokenatallsoitmustbebrokensomewhere.bin",
    ):
        yield Finding("PKG-008", "warning", text("PKG-008.unlisted"), None, name)
    close = text("place.frames", frame="100-2050, 8000-8300, 9100")
    yield Finding(
        "J2K-003", "info", text("J2K-003.near", count=2_253, least=230.0, most=250), None, picture[2], close
    )
    language = "/CompositionPlaylist/ReelList/Reel[5]/AssetList/MainSubtitle/Language"
    yield Finding(
        "CPL-018",
        "info",
        text("CPL-018.tag", language="chinese", fault=text("language.unknown", code="chinese")),
        "RDD 52 6.2.1",
        cpl,
        language,
    )
    yield Finding("PKG-102", "info", text("PKG-102.unused", name=sound[0]), None, sound[0])
    yield Finding("VOL-003", "info", text("VOL-003.none"), "ST 429-9")
    said = text("PKL-013.annotation", title=TITLE)
    yield Finding("PKL-013", "info", said, "RDD 52", "pkl_6f0d.xml", "/PackingList/AnnotationText")


def playback(case: str) -> PlayReport:
    """One of CASES; failed is damaged in forty places, no-keys is refused."""
    refused = case == "no-keys"
    judged = _judged() if refused else None
    reels, first = [], 0
    for number, frames in enumerate(LENGTHS, 1):
        tracks = tuple(
            _track(kind, file, frames, first, case == "failed" and number in (2, 4))
            for kind, file in names(number).items()
            if kind != "MainSubtitle"
        )
        form = RATE, (2048, 858)
        reels.append(ReelReport(number, str(uuid.UUID(int=number)), first, frames, *form, frames, 0, tracks))
        first += frames
    due = MarkReport(False, False, text("play.mark-nothing-shown"), text("play.mark-nothing-shown"))
    marked = MarkReport(True, False, None, text("play.mark-no-audio"), 4711, 11_696)
    return PlayReport(
        cpl_id="4f6c1a9e-8d52-4b0f-9a33-7c1d2e3f4a5b",
        title=TITLE,
        verdict="refused" if refused else "complete",
        output="frames:/home/operator/tests/stills",
        encoding="rec709, 16 bits",
        rate=None if refused else RATE,
        size=None if refused else (2048, 858),
        first_frame=0,
        frames_shown=0 if refused else sum(LENGTHS),
        frames_dropped=0,
        mark=due if refused else marked,
        reels=() if refused else tuple(reels),
        events=tuple(_events(case)),
        not_checked=() if refused else (text("play.hashes-not-checked"), text("play.pkl-not-checked")),
        not_rendered=() if refused else (text("play.not-heard", kind="MainSound"),),
        package=TITLE,
        film=film(encrypted=True),
        judged=judged,
    )


def _track(kind: str, file: str, frames: int, first: int, damaged: bool) -> TrackReport:
    black = "black" if kind == "MainPicture" else "silence"
    damage = tuple(
        Damage(first + at, first + at + run, at, reason, exception, "wrong", black)
        for n in range(10)
        for at, run in ((1_500 * n + 40, n % 3),)
        for reason, exception in ((("mic", "FrameMICError"), ("check_value", "CheckValueError"))[n % 2],)
    )
    return TrackReport(
        kind=kind,
        asset_id=str(uuid.UUID(int=first + len(kind))),
        file=file,
        encrypted=True,
        key_id=str(uuid.UUID(int=1 << 100)),
        edit_rate=RATE,
        entry_point=0,
        duration=frames,
        units_read=frames,
        mic="failed" if damaged else "ok",
        rendered=kind == "MainPicture",
        marked=kind == "MainPicture",
        damaged=damage if damaged else (),
    )


def _events(case: str) -> Iterator[Event]:
    time = datetime(2027, 5, 2, 12, 0, tzinfo=UTC)
    if case == "no-keys":
        said = "refused: the KDM's window ended"
        yield Event(1, time, "Key", "KDMKeysReceived", said, (("ValidityWindowError", said),))
        return
    yield Event(1, time, "Key", "KDMKeysReceived", "accepted, 15 keys")
    yield Event(2, time, "Playout", "CPLStart", f"frames 0 to {sum(LENGTHS) - 1} to frames")
    for number, frames in enumerate(LENGTHS, 1):
        said = f"reel {number}, MainPicture: frames 0 to {frames - 1}"
        yield Event(2 + number, time, "Playout", "FrameSequencePlayed", said)
    yield Event(8, time, "Playout", "PlayoutComplete", "played to the end")


def _judged() -> KdmReport:
    """Of a message that is no KDM at all: nothing of it could be opened."""
    return check_kdm(
        b"<DCinemaSecurityMessage/>",
        private_key=None,
        now=datetime(2027, 5, 2, tzinfo=UTC),
        where="kdm.xml",
    )


def trace(case: str) -> Extraction:
    """One of CASES; failed read no mark of another secret, no-keys found no place in the film at all."""
    rate, frames = Fraction(30_000, 1001), 1_320
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:36, 0:64].astype(np.float32)
    pictures = tuple(
        (scene + 0.1 * rng.standard_normal(scene.shape).astype(np.float32), scene)
        for n in range(4)
        for scene in (np.sin(x / (5 + n)) + np.cos(y / (4 + n)) + 0.03 * x,)
    )
    path = 61_200 + np.arange(frames) * (24 / float(rate)) + 0.3 * np.sin(np.arange(frames) / 40)
    path[:40] = np.nan
    found, lost = case == "good", case == "no-keys"
    scale = 1.0 if found else 0.15
    return Extraction(
        found=found,
        payload=Payload(4711, 11_696) if found else None,
        false_positive_probability=3.2e-14 if found else 0.83,
        threshold=1e-9,
        excerpt=None if lost else Excerpt(61_232, 1_024, RATE),
        location_score=11.94 * scale,
        time_score=8.31 * scale,
        runner_up_score=5.02,
        searched=Searched(524_288, 35_136, 3, 1),
        geometry=Geometry(np.array([[0.82, 0.05, 0.07], [-0.03, 0.86, 0.11], [0.02, 0.06, 1.0]]), 412),
        hypotheses=tuple(
            Hypothesis(
                start=2_551.3 + 40 * n,
                speed=1.0 + n / 1000,
                overlap=42.7,
                similarity=0.97 - n / 50,
                pilot_score=14.2 * scale / (1 + n),
            )
            for n in range(3)
        ),
        segments=()
        if lost
        else tuple(
            Segment(40 + 320 * n, 320, 61_232 + 256 * n, 5.9 * scale + 0.3 * n, 4.1 * scale, 7.2 * scale)
            for n in range(4)
        ),
        recording_rate=rate,
        path=np.full(frames, np.nan) if lost else path,
        pictures=() if lost else pictures,
    )
