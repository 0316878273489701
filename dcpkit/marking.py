"""What the command and the entrance need alike to mark a video and to hold a recording against a film: here
the rooms of pictures, player and watermark are wired."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import UsageError
from dcp.extras import need

if TYPE_CHECKING:
    from fractions import Fraction

    from dcp.create.planning.marking import Marking
    from dcp.documents.cpl import CompositionPlaylist
    from dcp.mxf.reader import MicPolicy
    from dcp.package.package import Package
    from dcp.secrets.keys import Keyring
    from watermark.frames import Footage
    from watermark.payload import Payload
    from watermark.secret import Secret


def payload_of(location: int, time: datetime) -> Payload:
    """What a mark says: 19 bits of location, and the 15-minute step of the year. UsageError beyond them."""
    from watermark.payload import Payload, time_index_of

    return Payload(location, time_index_of(time))


def film_of(
    package: Package, composition: CompositionPlaylist, *, keys: Keyring | None, mic: MicPolicy = "require"
) -> Footage:
    """The composition's pictures, a quarter of their width: the detector looks at far less."""
    from dcp.picture.codec import codec_by_name
    from dcp.secrets.keys import Keyring
    from player.reference import Reference
    from watermark.frames import Footage

    film = Reference(
        package, composition, keyring=keys or Keyring(), codec=codec_by_name(), mic=mic, reduce=2
    )
    return Footage(rate=film.rate, walk=film.walk, encoding="xyz", depth=12)


def marking_asked(
    secret: Secret | Path | None, location: int | None, time: datetime | None
) -> Marking | None:
    """What a package that is made is marked with; None where nothing of it is given. UsageError where a part
    is, and beyond the bounds of location and time; errors of `read_secret`."""
    if secret is None and location is None and time is None:
        return None
    if secret is None or location is None or time is None:
        raise UsageError("flags.watermark-needs-all")
    need("watermark")
    from watermark.secret import read_secret

    payload = payload_of(location, time)
    return marking_of(read_secret(secret) if isinstance(secret, Path) else secret, payload)


def marking_of(secret: Secret, payload: Payload) -> Marking:
    """The mark of a package that is made: of every frame of its pictures."""
    from dcp.create.planning.marking import Marking, MarkPictures
    from player.marking import in_place
    from watermark.embed import Embedder

    def marker(width: int, height: int, rate: Fraction) -> MarkPictures:
        return in_place(Embedder(secret, payload, width=width, height=height, rate=rate))

    return Marking(payload.location, payload.time_index, secret.fingerprint, marker)
