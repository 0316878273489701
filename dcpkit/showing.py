"""The entrance's jobs that need an extra: a package shown, a mark embedded, a mark read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcpkit.given import Place, identity_of, instant, keyring_of, paths, secret_of

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring
    from kdm.block import Decrypter
    from player.report import PlayReport
    from player.setting import Quality
    from player.views import View
    from watermark.extraction import Extraction
    from watermark.secret import Secret

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all, 0 when that is not known."""


def play(
    package: Place,
    *,
    keys: Keyring | Place | None = None,
    kdm: bytes | Place | Sequence[Place] | None = None,
    private_key: Decrypter | Place | None = None,
    ov: Sequence[Place] = (),
    output: str | Sequence[str] = "null",
    frames: tuple[int, int] | None = None,
    start: int | str | None = None,
    reduce: int = 0,
    quality: Quality | None = None,
    view: View = "left",
    subtitles: str = "on",
    route: str = "all",
    stop_at_damage: bool = False,
    location: int | None = None,
    secret: Secret | Place | None = None,
    ingest: bool = False,
    cache: Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> PlayReport:
    """Play a package as a media block does: check, decrypt, decode, mark, show, report. Extra: `player`.

    kdm: a message, or files and folders of messages: the one that fits is used. output: `null`, `frames:DIR`,
    `tiff:DIR`, `y4m:PATH`, `wav:PATH`, `web[:PORT]` (for this machine), or several of these.
    frames: the first and the last, counted from 0.
    start: a frame, a timecode or a marker to begin at. quality: `exact`, `smooth`, or dB to the whole decode
    from 30 to 60; None for what suits the output. view: of 3D, `left`, `right`, `alternate`, `side-by-side`,
    `anaglyph`. subtitles: `on`, `off` or a language. route: `all` channels, `stereo`, or a list of them.
    stop_at_damage: where it is not, black or silence stands for what is damaged. location and secret: mark
    what is shown. ingest: the files are held against the packing lists first; cache: where right hashes are
    remembered. A message that is refused, or a file that is not as packed, shows nothing, and the report says
    so.
    """
    from dcp.extras import need

    need("player")
    from player.media_block import KdmRequest
    from player.play import play as play_
    from player.screen.registry import screens_for
    from player.sound.routing import route_of

    request = None
    if kdm is not None:
        key, recipient = identity_of(private_key)
        several = [kdm] if isinstance(kdm, str | os.PathLike) else kdm
        request = KdmRequest(
            data=several if isinstance(several, bytes) else b"",
            private_key=key,
            recipient=recipient,
            store=() if isinstance(several, bytes) else paths(several),
        )
    return play_(
        Path(package),
        now=instant(now),
        ov=paths(ov),
        kdm=request,
        keyring=keyring_of(keys),
        screen=screens_for([output] if isinstance(output, str) else output),
        frames=frames,
        start=start,
        reduce=reduce,
        quality=quality,
        view=view,
        subtitles=subtitles,
        route=route_of(route),
        stop_at_damage=stop_at_damage,
        location=location,
        secret=secret_of(secret),
        ingest=ingest,
        cache=Path(cache) if cache is not None else None,
        progress=progress,
    )


def embed_mark(
    video: Place,
    marked: Place,
    *,
    secret: Secret | Place,
    location: int,
    time: datetime,
    codec: str | None = None,
    quality: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a marked copy of a video file, otherwise the same; the number of frames. Extra: `watermark`.

    location: 19 bits that say whose copy it is. time: its 15-minute step of the year goes into the mark.
    codec, quality: as `dcpkit watermark embed` has them. What was decided and what was not kept, too:
    `watermark.screener.marking.mark_screener`.
    """
    from dcp.extras import need

    need("watermark")
    from dcpkit.marking import payload_of
    from watermark.screener.marking import mark_screener

    held = secret_of(secret)
    assert held is not None
    payload = payload_of(location, instant(time))
    made = mark_screener(
        Path(video), Path(marked), held, payload, codec=codec, quality=quality, progress=progress
    )
    return made.frames


def extract_mark(
    recording: Place,
    *,
    secret: Secret | Place,
    reference: Place,
    keys: Keyring | Place | None = None,
    threshold: float = 1e-9,
    on_stage: Callable[[str], None] | None = None,
) -> Extraction:
    """Read the mark out of a recording, with the film beside it. Extra: `watermark`.

    reference: the package (with its keys where it is encrypted) or a clean video of the film. threshold: the
    chance of being wrong that is taken; `found` is False above it.
    """
    from dcp.extras import need

    need("watermark")
    from dcp.package.package import open_package
    from dcpkit.marking import film_of
    from watermark.extract import extract_informed
    from watermark.frames import video_footage

    held = secret_of(secret)
    assert held is not None
    film = Path(reference)
    if film.is_dir():
        package = open_package(film)
        footage = film_of(package, package.composition(None), keys=keyring_of(keys))
    else:
        footage = video_footage(film)
    tell = None if on_stage is None else lambda stage: on_stage(str(stage))
    return extract_informed(video_footage(Path(recording)), footage, held, threshold=threshold, progress=tell)
