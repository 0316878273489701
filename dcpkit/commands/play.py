"""`dcpkit play`: a package on a screen, the way a media block plays it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import DcpError, UsageError
from dcp.extras import need
from dcp.system import give_large_blocks_back
from dcp.texts.catalogue import Text, text
from dcp.version import VERSION
from dcpkit.commands.tracks import frame_range
from dcpkit.console import answer, phases
from dcpkit.keying import anchors, certificates_in, deny_list, kdm_opener, load_keys, load_signer
from dcpkit.options import (
    A_KEY,
    A_PATH,
    Access,
    KeySource,
    clock,
    common,
    composition_id,
    report_file,
    show_keys,
)
from dcpkit.packages import one_package, with_originals
from dcpkit.serving import served_as_asked
from dcpkit.speaking import language
from dcpkit.stopping import told_to_stop

STOPPED = 130
"""The exit code of a command that was told to stop."""

if TYPE_CHECKING:
    from player.patterns.checking import CheckScreen
    from player.report import PlayReport
    from player.screen.screen import Screen
    from player.views import View


@click.command()
@click.argument("package", type=A_PATH)
@click.option("--cpl", help="Which composition, when there are several.")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    default=("null",),
    show_default=True,
    help="web[:PORT], null, frames:DIR, tiff:DIR, y4m:PATH, y4m:- or wav:PATH; may be repeated.",
)
@click.option("--listen", metavar="ADDRESS", help="Of web: serve it there, behind a PIN; 0.0.0.0 for all.")
@click.option("--pin-file", type=A_PATH, help="Of web: a file whose first line is the PIN, 6 to 12 digits.")
@click.option(
    "--allow-remote-picture", is_flag=True, help="Of web: encrypted content may be seen on other machines."
)
@click.option("--frames", help="Composition frames A-B, from 0, both included.")
@click.option("--start", metavar="TIMECODE|FRAME", help="Begin there, or at a marker.")
@click.option("--loop", is_flag=True, help="The first frame follows the last, until it is stopped.")
@click.option("--reduce", type=click.IntRange(0, 6), default=0, help="Halve the picture N times.")
@click.option("--quality", help="exact, smooth, or N: dB to the whole decode, 30 to 60.")
@click.option(
    "--eye",
    type=click.Choice(["left", "right", "alternate", "side-by-side", "anaglyph"]),
    default="left",
    show_default=True,
    help="Of 3D: what is shown of a pair.",
)
@click.option("--subtitles", default="on", show_default=True, help="on, off or a language.")
@click.option("--route", default="all", show_default=True, help="Sound: all, stereo or a list (L,R,-,7).")
@click.option(
    "--on-damage",
    type=click.Choice(["conceal", "stop"]),
    default="conceal",
    show_default=True,
    help="Black or silence for what is damaged, or an end.",
)
@click.option("--strict", is_flag=True, help="Refuse reels of another size or rate than the first.")
@click.option(
    "--display",
    default="rec709",
    show_default=True,
    help="Colour of the screen: p3-d65, p3-dci, rec709, srgb, rec2020, pq or FILE.toml.",
)
@click.option("--depth", type=int, default=8, show_default=True, help="Bits of y4m: 8 or 10.")
@click.option("--location", type=int, help="Mark the picture with this 19-bit location.")
@click.option("--secret", "secret_file", type=A_PATH, help="The operator's watermark secret.")
@click.option("--device", type=A_PATH, multiple=True, help="Certificates of attached devices.")
@click.option("--ingest", is_flag=True, help="First hold the files against the packing list's hashes.")
@click.option(
    "--cache", metavar="DIR", type=A_PATH, help="Remember right hashes there; unchanged files keep theirs."
)
@click.option(
    "--check", is_flag=True, help="Judge a test pattern of `pattern make`: PASS or FAIL, with figures."
)
@click.option("--log", type=A_PATH, help="Write the event log here, or go on with it: a JSON line an event.")
@click.option(
    "--log-signer", type=A_KEY, help="Who signs the log's records: a signer's folder or pkcs11: URI."
)
@report_file(".json", ".html", ".htm")
@show_keys
@clock
@common
def play(
    package: Path,
    cpl: str | None,
    outputs: Sequence[str],
    listen: str | None,
    pin_file: Path | None,
    allow_remote_picture: bool,
    frames: str | None,
    start: str | None,
    loop: bool,
    reduce: int,
    quality: str | None,
    eye: View,
    subtitles: str,
    route: str,
    on_damage: str,
    strict: bool,
    display: str,
    depth: int,
    location: int | None,
    secret_file: Path | None,
    device: Sequence[Path],
    ingest: bool,
    cache: Path | None,
    check: bool,
    log: Path | None,
    log_signer: KeySource | None,
    report: Path | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Play PACKAGE: keys through the checklist, decrypted, decoded, marked, shown and reported."""
    need("player")
    give_large_blocks_back()  # 5 % of the decoder's time, for a third less memory of each thread
    from player.media_block import KdmRequest
    from player.play import play as play_package
    from player.report import write_report
    from player.screen.registry import screens_for
    from player.setting import quality_of
    from player.sound.routing import route_of
    from watermark.secret import read_secret

    screen: Screen | None = None
    if check and tuple(outputs) != ("null",):
        raise UsageError("play.check-has-outputs")
    if not check:
        screen = served_as_asked(
            screens_for(outputs, display=display, depth=depth),
            listen=listen,
            pin_file=pin_file,
            remote_picture=allow_remote_picture,
        )
    wanted = quality_of(quality) if quality is not None else None
    to_stdout = "y4m:-" in outputs
    if to_stdout and as_json:
        raise UsageError("flags.picture-to-stdout")
    if log_signer is not None and log is None:
        raise UsageError("play.signer-without-log")
    if cache is not None and not ingest:
        raise UsageError("flags.cache-without-ingest")
    place = one_package(package, cpl_id=composition_id(cpl))
    originals = with_originals(place.root, access.ov, quiet=quiet)
    looking = None
    if check:
        from player.patterns.checking import screen_for_check

        looking = screen = screen_for_check(place.root, ov=originals, cpl_id=place.cpl_id)
    opener = kdm_opener(access)
    request = None
    if opener is not None:
        request = KdmRequest(
            data=b"",
            private_key=opener[0],
            recipient=opener[1],
            devices=tuple(found for path in device for found in certificates_in(path)),
            trust=anchors(access.trust),
            revoked=deny_list(access.deny),
            store=access.kdms,
        )
    with (
        told_to_stop() as stop,
        phases(("hashing", "mb"), ("playing", "frames"), quiet=quiet) as (hashing, advance),
    ):
        played = play_package(
            place.root,
            now=now,
            ov=originals,
            cpl_id=place.cpl_id,
            kdm=request,
            keyring=load_keys(*access.keys) if access.keys else None,
            screen=screen,
            frames=frame_range(frames),
            start=start,
            loop=loop,
            reduce=reduce,
            quality=wanted,
            view=eye,
            subtitles=subtitles,
            route=route_of(route),
            strict=strict,
            stop_at_damage=on_damage == "stop",
            location=location,
            secret=read_secret(secret_file) if secret_file else None,
            mic=access.mic,
            log=log,
            log_signer=load_signer(log_signer) if log_signer is not None else None,
            cancel=stop.is_set,
            progress=advance,
            ingest=ingest,
            cache=cache,
            ingesting=hashing,
        )
    lines = list(played.lines(language()))
    if report is not None:
        made = f"dcpkit {VERSION} · {now.isoformat()}"
        try:
            write_report(played, report, language=language(), made=made)
        except DcpError:
            click.echo("\n".join(lines), err=True)  # what became of the show is told all the same
            raise
    if looking is not None:
        return _judged(looking, played, as_json=as_json)
    if to_stdout:
        if not quiet:
            click.echo("\n".join(lines), err=True)
    else:
        answer(json.loads(json.dumps(played.document(), default=str)), lines, as_json=as_json)
    return STOPPED if stop.is_set() and played.verdict == "stopped" else played.exit_code


def _judged(screen: CheckScreen, played: PlayReport, *, as_json: bool) -> int:
    """A pattern's verdict and its figures; 1 where it fails."""
    from player.patterns.checking import Checked

    found = Checked(screen.pattern.name, tuple(screen.check.measures()), played)
    lines: list[str | Text] = [
        text(
            "pattern.measure",
            result=each.result.upper(),
            measure=each.id,
            value="-" if each.value is None else each.value,
            limit=each.limit,
            where="" if each.frame is None or each.result == "pass" else f" @ {each.frame}",
        )
        for each in found.measures
    ]
    answer(
        found.document(),
        [*lines, text("pattern.passed" if found.verdict == "pass" else "pattern.failed", name=found.pattern)],
        as_json=as_json,
    )
    return 0 if found.verdict == "pass" else 1
