"""Tables of screens for the command, with their certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from scenes import EARLIER, Scene

from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain, build_certificate, dn_qualifier_of
from dcp.trust.names import make_name

Run = Callable[..., tuple[int, str, str]]
LOCAL = ["--from", "2027-04-15 09:00", "--until", "+14d"]


def leaf(
    owner: NewChain, number: int, role: str = "SM SPB MD", window: tuple[datetime, datetime] | None = None
) -> Certificate:
    """A media block; all have the key of the one chain."""
    return build_certificate(
        subject=make_name(
            organization="Example.org",
            unit="blocks",
            common_name=f"{role}.IMB-{number}",
            dn_qualifier=dn_qualifier_of(owner.private_key.public_key()),
        ),
        public_key=owner.private_key.public_key(),
        serial=5000 + number,
        window=window or (owner.leaf.not_before, owner.leaf.not_after),
        path_len=None,
        issuer=owner.chain[1],
        signing_key=owner.private_keys[1],
    )


def table(folder: Path, chain: NewChain, rows: Sequence[tuple[str, str, str]], *, more: str = "") -> Path:
    """A CSV file of (cinema, screen, time zone), each with a certificate of its own."""
    lines = ["cinema,screen,certificate,time_zone,email"]
    for number, (cinema, screen, zone) in enumerate(rows):
        (folder / f"{number}.pem").write_text(leaf(chain, number).pem())
        lines.append(f"{cinema},{screen},{number}.pem,{zone},kdm@example.com")
    path = folder / "screens.csv"
    path.write_text("\n".join([*lines, *([more] if more else [])]) + "\n", "utf-8")
    return path


ROWS = [
    ("北京影城", "1号厅", "Asia/Shanghai"),
    ("北京影城", "2号厅", "Asia/Shanghai"),
    ("Rex", "Saal 1", "Europe/Berlin"),
    ("Rex", "Saal 2", "Europe/Berlin"),
    ("Odeon", "A", "America/St_Johns"),
    ("Odeon", "B", "America/St_Johns"),
]


def order(scene: Scene) -> list[object]:
    return ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
            "--now", EARLIER]  # fmt: skip
