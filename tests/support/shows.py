"""Shows of packages made by code: playing one, its KDM, joining two, and damage inside their units."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.making import NewChain, make_chain
from kdm.issue import prepare_kdms
from player.media_block import KdmRequest
from player.play import play
from player.report import PlayReport, TrackReport
from watermark.secret import Secret

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
RATE = Fraction(24)
SECRET = Secret(value=bytes(range(32)), operator="test")


def run(made: Any, screen: Any = None, **options: Any) -> PlayReport:
    options.setdefault("keyring", made.keyring)
    return play(made.root, now=NOW, screen=screen, **options)


def distributor_and_theatre(begin: datetime) -> tuple[NewChain, NewChain]:
    """Who issues a KDM and whose media block it is for; their certificates begin then."""
    distributor = make_chain(organization="distributor.example", unit="test", role="CS", now=begin)
    return distributor, make_chain(organization="theatre.example", unit="test", role="SM SPB MD", now=begin)


def with_kdm(made: Any, chains: tuple[NewChain, NewChain], *, begin: datetime, end: datetime) -> KdmRequest:
    """The playlist signed by the distributor, and a KDM for it from `begin` to `end` at the theatre."""
    distributor, theatre = chains
    made.signer = distributor.signer
    made.write()
    order = prepare_kdms(
        cpl=made.cpl,
        keyring=made.keyring,
        signer=distributor.signer,
        not_before=begin,
        not_after=end,
        now=begin,
    )
    message = order.issue(theatre.leaf).data
    return KdmRequest(data=message, private_key=theatre.private_key, recipient=theatre.leaf)


def track_of(report: PlayReport, kind: str, *, reel: int = 0) -> TrackReport:
    return next(track for track in report.reels[reel].tracks if track.kind.endswith(kind))


def tamper(path: Path, unit: bytes, *, at: int = 40) -> None:
    """Change one bit inside the unit that begins with these bytes of ciphertext or plaintext."""
    data = bytearray(path.read_bytes())
    place = data.index(unit)
    data[place + at] ^= 1
    path.write_bytes(data)


def encrypted_units(path: Path, key: ContentKey) -> list[bytes]:
    """The first bytes of every unit's encrypted source value: IV, check value, ciphertext."""
    with TrackFile.open(path) as file:
        return [bytes(unit.data[:64]) for unit in file.units(raw=True)]


def merge(one: Any, other: Any) -> Any:
    """`one` with the reels and files of `other` after its own."""
    for name, path in other.files.items():
        one.files[f"other_{name}"] = path.rename(one.root / f"other_{name}")
        one.ids[f"other_{name}"] = other.ids[name]
    one.cpl = replace(one.cpl, reels=one.cpl.reels + other.cpl.reels)
    one.keyring = Keyring(one.keyring.keys + other.keyring.keys)
    one.write()
    return one
