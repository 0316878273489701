"""Reports to print on the page, made of values: a good one, a bad one over long names, one without keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from fractions import Fraction

from dcp.package.outline import CompositionOutline, ReelOutline, TrackOutline
from dcp.verify.finding import Finding, NotChecked, VerificationReport
from dcp.verify.rules.all import load_rules

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
        skipped = (NotChecked("SIG-001", "the packing list is not signed"),)
    if case == "no-keys":
        skipped = tuple(
            NotChecked(rule, f"{file} is encrypted, and the key {uuid.UUID(int=n << 64)} was not given")
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
        checked=tuple(f"XX-{n:03}" for n in range(214)),
        bytes_read=187_412_336_004,
        compositions=(
            film(encrypted=True, signer=None if case == "failed" else "CS.Mastering.Example Films"),
        ),
    )


def _findings() -> Iterator[Finding]:
    """Forty, as the rules of these ids say them."""
    picture = [names(n)["MainPicture"] for n in range(1, 6)]
    sound = [names(n)["MainSound"] for n in range(1, 6)]
    cpl = "cpl_4f6c1a9e-8d52-4b0f-9a33-7c1d2e3f4a5b.xml"
    again = "copy the file again from its source and compare its hash"
    for rule, file in (("PKL-005", picture[1]), ("PKL-005", picture[3]), ("PKL-006", sound[3])):
        yield Finding(
            rule, "error", f"the hash of {file} is not the listed one", "ST 429-8 6.3", file, None, again
        )
    for frame in (12, 880, 881, 882, 4_409, 9_000, 9_001, 13_372, 20_004, 26_999):
        said = "the integrity code of the frame is wrong"
        yield Finding("MXF-004", "error", said, "ST 429-6", picture[1], f"frame {frame}", again)
    for reel, frame, size in (
        *((0, 70 + 1200 * n, 1_302_991 + 4_127 * n) for n in range(8)),
        *((4, 400 + 900 * n, 1_305_550 + 999 * n) for n in range(4)),
    ):
        said = f"frame {frame}: {size:,} bytes, {size * 192 / 1e6:.1f} Mbit/s; at most 1,302,083 bytes"
        lower = "have the picture encoded again at 250 Mbit/s at most"
        yield Finding("J2K-002", "error", said, "DCSS 4.3.3", picture[reel], f"frame {frame}", lower)
    for number in (1, 2, 3, 5):
        place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/MainSubtitle"
        said = f"the MainSubtitle of reel {number} has no Hash"
        yield Finding("CPL-017", "warning", said, "ST 429-2 9.11, DCSS 5.4.3.7", cpl, place)
    for number in (2, 4):
        place = f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/MainMarkers"
        yield Finding("MARK-008", "warning", "MainMarkers states Duration", "RDD 52", cpl, place)
    for name in (
        f"{TITLE}_delivery-note-final-FINAL-v3.pdf",
        "._ASSETMAP.xml",
        "Thumbs.db",
        "averyveryverylongfilenamewithoutanysignwherealinecouldbebrokenatallsoitmustbebrokensomewhere.bin",
    ):
        yield Finding("PKG-008", "warning", f"the file {name} is not in the asset map", None, name)
    close = "frames 100-2050, 8000-8300, 9100"
    yield Finding("J2K-003", "info", "frames are within 2 % of 250 Mbit/s", None, picture[2], close)
    language = "/CompositionPlaylist/ReelList/Reel[5]/AssetList/MainSubtitle/Language"
    yield Finding("CPL-018", "info", "'chinese' is no language tag", "RDD 52 6.2.1", cpl, language)
    yield Finding("PKG-102", "info", f"{sound[0]} plays in no playlist", None, sound[0])
    yield Finding("VOL-003", "info", "there is no volume index", "ST 429-9")
    said = "the annotation of the packing list is not the playlist's title"
    yield Finding("PKL-013", "info", said, "RDD 52", "pkl_6f0d.xml", "/PackingList/AnnotationText")
