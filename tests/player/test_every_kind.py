"""A media block reads and checks timed text and auxiliary data as well: each unit, each resource."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kinds_packed import EVERY_KIND, NOW, Packed, packed

from dcp.documents.cpl import ReelAsset
from dcp.errors import KeyMissingError, TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.package.package import open_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.making import NewChain, make_chain
from kdm.checklist import check_kdm
from kdm.issue import prepare_kdms
from player.media_block import KdmRequest
from player.play import play
from player.report import TrackReport
from player.texts import loose_faults

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def distributor() -> NewChain:
    return make_chain(organization="distributor.example", unit="test", role="CS", now=NOW)


@pytest.fixture(scope="module")
def theatre() -> NewChain:
    return make_chain(organization="theatre.example", unit="test", role="SM SPB MD", now=NOW)


def tracks(made: Packed) -> dict[str, TrackReport]:
    (reel,) = play(made.root, now=NOW, keyring=made.keyring, frames=(0, 0), reduce=5).reels
    return {track.kind: track for track in reel.tracks}


def flipped(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("type_of_aux", ["MDX1", "MDX2", "MDEK"])
def test_a_kdm_carries_a_key_of_each_kind_and_every_track_is_checked(
    golden: Path, tmp_path: Path, distributor: NewChain, theatre: NewChain, type_of_aux: str
) -> None:
    made = packed(golden, tmp_path / "in", signer=distributor.signer, key_types={"AuxData": type_of_aux})
    package = open_package(made.root)
    order = prepare_kdms(
        cpl=package.compositions[0],
        keyring=made.keyring,
        signer=distributor.signer,
        not_before=NOW,
        not_after=NOW + timedelta(days=7),
        now=NOW,
    )
    message = order.issue(theatre.leaf).data
    report = check_kdm(
        message,
        private_key=theatre.private_key,
        recipient=theatre.leaf,
        cpl=package.document(package.compositions[0]).data,
        now=NOW,
    )
    assert report.verdict == "accept" and report.message is not None
    listed = {each.key_type: each.scope for each in report.message.key_id_list}
    assert list(listed) == ["MDIK", "MDAK", "MDSK", type_of_aux]
    assert ("dolby" in str(listed[type_of_aux])) is (type_of_aux == "MDEK")
    request = KdmRequest(data=message, private_key=theatre.private_key, recipient=theatre.leaf)
    shown = play(made.root, now=NOW, kdm=request, reduce=5)
    assert (shown.verdict, shown.exit_code) == ("complete", 0)
    read = {track.kind: (track.units_read, track.mic) for track in shown.reels[0].tracks}
    assert read == {kind: (len(made.units[kind]), "ok") for kind in EVERY_KIND}
    logged = [event.message for event in shown.events if event.subtype == "FrameSequencePlayed"]
    assert logged == [f"reel 1, {kind}: frames 0 to 11" for kind in EVERY_KIND]


@pytest.mark.parametrize("kind", ["MainSubtitle", "AuxData"])
def test_a_damaged_unit_is_logged_and_the_show_goes_on(golden: Path, tmp_path: Path, kind: str) -> None:
    made = packed(golden, tmp_path / "in")
    with TrackFile.open(made.paths[kind]) as track:
        second = [unit.offset for unit in track.units(raw=True)][1]
    flipped(made.paths[kind], second + 300)
    report = play(made.root, now=NOW, keyring=made.keyring, frames=(0, 1), reduce=5)
    assert (report.verdict, report.exit_code, report.frames_shown) == ("damaged", 1, 2)
    found = next(track for track in report.reels[0].tracks if track.kind == kind)
    (damage,) = found.damaged
    assert (damage.reason, damage.first_unit, damage.shown_as) == ("mic", 1, "nothing")
    assert (damage.first_frame, damage.last_frame) == ((0, 1) if kind == "MainSubtitle" else (1, 1))
    assert found.mic == "failed"


@pytest.mark.parametrize("kind", ["MainSubtitle", "AuxData"])
def test_the_wrong_key_or_none_shows_nothing(golden: Path, tmp_path: Path, kind: str) -> None:
    made = packed(golden, tmp_path / "in")
    with TrackFile.open(made.paths[kind]) as track:
        key_id = track.header.key_id
    others = tuple(key for key in made.keyring.keys if key.id != key_id)
    with pytest.raises(KeyMissingError):
        play(made.root, now=NOW, keyring=Keyring(others))
    assert key_id is not None
    wrong = ContentKey(id=key_id, type="MDSK", value=bytes(16))
    with pytest.raises(TrackFileError) as caught:
        play(made.root, now=NOW, keyring=Keyring((*others, wrong)))
    assert caught.value.reason == "wrong_key"


def test_a_text_whose_document_is_none_is_damage(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", encrypted=())
    path = made.paths["MainSubtitle"]
    data = path.read_bytes()
    path.write_bytes(data.replace(b"</dcst:SubtitleReel>", b"</dcst:SubtitleReem>"))
    assert path.read_bytes() != data
    (damage,) = tracks(made)["MainSubtitle"].damaged
    assert "cannot be read" in damage.message
    path.write_bytes(
        data.replace(b"<dcst:SubtitleReel ", b"<dcst:SubtitleRoll ").replace(
            b"/dcst:SubtitleReel>", b"/dcst:SubtitleRoll>"
        )
    )
    (damage,) = tracks(made)["MainSubtitle"].damaged
    assert "SubtitleRoll" in damage.message


def test_a_resource_that_the_header_lists_and_the_file_lacks_is_damage(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", encrypted=())
    path = made.paths["MainSubtitle"]
    data = path.read_bytes()
    one = uuid.UUID("a1b2c3d4-0002-4000-8000-00000000f002")
    at = data.index(one.bytes)  # of the header; the document has it in letters
    path.write_bytes(data[:at] + uuid.UUID(int=7).bytes + data[at + 16 :])
    assert tracks(made)["MainSubtitle"].damaged == ()
    with TrackFile.open(path) as track:
        stream = track.header.descriptor.resources[1].stream_id  # type: ignore[union-attr]
    sid = bytes.fromhex("3f070004") + stream.to_bytes(4, "big")
    assert data.count(sid) == 1
    path.write_bytes(data.replace(sid, sid[:4] + (99).to_bytes(4, "big")))
    (damage,) = tracks(made)["MainSubtitle"].damaged
    assert str(one) in damage.message


def test_a_loose_subtitle_is_read_with_what_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    folder.mkdir()
    path = folder / "sub.xml"
    body = '<LoadFont Id="a" URI="font.ttf"/><Font><Subtitle><Image>one.png</Image></Subtitle></Font>'
    path.write_text(f"<DCSubtitle>{body}</DCSubtitle>")
    (folder / "font.ttf").write_bytes(b"x")
    (tmp_path / "one.png").write_bytes(b"x")
    faults, found = loose_faults(path)
    assert ([str(fault) for _, fault in faults], found) == (
        ["'one.png', which the text needs, is not there"],
        2,
    )
    shutil.copy(tmp_path / "one.png", folder)
    assert loose_faults(path) == ([], 3)
    path.write_text(f"<DCSubtitle>{body.replace('one.png', '../one.png')}</DCSubtitle>")
    assert len(loose_faults(path)[0]) == 1
    path.write_text("<DCSubtitle>")
    assert "cannot be read" in str(loose_faults(path)[0][0][1])
    path.write_text("<SubtitleReel/>")
    assert "SubtitleReel" in str(loose_faults(path)[0][0][1])


@pytest.mark.parametrize("font", [True, False], ids=["whole", "without its font"])
def test_a_loose_subtitle_of_a_reel_is_part_of_the_show(make: Make, font: bool) -> None:
    made = make(lengths=(2, 2))
    subtitle = uuid.uuid4()
    path = made.root / "sub.xml"
    path.write_text('<DCSubtitle><LoadFont Id="a" URI="font.ttf"/></DCSubtitle>')
    if font:
        (made.root / "font.ttf").write_bytes(b"x")
    asset = ReelAsset(kind="MainSubtitle", id=subtitle, edit_rate=Fraction(24), intrinsic_duration=2)
    first, second = made.cpl.reels
    made.cpl = replace(made.cpl, reels=(first, replace(second, assets=(*second.assets, asset))))
    made.files["sub.xml"], made.ids["sub.xml"] = path, subtitle
    made.write()
    report = play(made.root, now=NOW, keyring=made.keyring)
    assert (report.verdict, report.exit_code) == ("complete", 0) if font else ("damaged", 1)
    track = report.reels[1].tracks[-1]
    assert (track.kind, track.mic, track.units_read) == ("MainSubtitle", "clear", 2 if font else 1)
    damaged = [(each.reason, each.first_frame, each.last_frame) for each in track.damaged]
    assert damaged == ([] if font else [("resource", 2, 3)])
    said = [line for line in report.lines() if "font or a picture" in line]
    assert len(said) == (0 if font else 1)
