"""What is wrong in a composition: its playlist, reels, markers, metadata."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from wrong_packages.edits import Change, drop, mark, other_reel, put, set_cpl, stereo, text_edit, with_key
from wrong_packages.world import CONFIGURATION_4, DURATION, NOW, SOUND, SOUND2, reel_asset, sha1

from dcp.documents.cpl import ContentVersion
from dcp.documents.cpl_metadata import Area, application
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.labels import UL

CASES: list[tuple[str, Change]] = [
    ("CPL-001", text_edit("cpl.xml", b"MainSound>", b"MainSoundX>")),
    ("CPL-002", text_edit("cpl.xml", b"2006/CPL", b"1999/CPL")),
    ("CPL-003", text_edit("cpl.xml", b'CPL">\n  <Id>urn:uuid:', b'CPL">\n  <Id>urn:')),
    (
        "CPL-004",
        text_edit("cpl.xml", b"<MainSound>\n          <Id>urn:uuid:", b"<MainSound>\n          <Id>urn:"),
    ),
    ("CPL-005", set_cpl(annotation_text=None)),
    ("CPL-006", set_cpl(annotation_text="x")),
    ("CPL-007", set_cpl(content_title_text="")),
    ("CPL-008", set_cpl(content_kind="trip")),
    ("CPL-009", text_edit("cpl.xml", b"<IssueDate>", b"<IssueDate>x")),
    ("CPL-010", set_cpl(issue_date=NOW + timedelta(1))),
    ("CPL-011", set_cpl(issuer="")),
    ("CPL-012", set_cpl(content_versions=())),
    ("CPL-013", set_cpl(content_versions=(ContentVersion("urn:x", ""),))),
    ("CPL-014", set_cpl(reels=())),
    ("CPL-015", lambda world: put(world, reel_asset("ClosedCaption", uuid.uuid4(), hash=bytes(20)))),
    ("CPL-017", lambda world: world.asset("MainSound", hash=None)),
    ("CPL-018", lambda world: world.asset("MainSound", language="english")),
    ("CPL-019", lambda world: put(world, reel_asset("MainSound", SOUND, hash=sha1(SOUND)))),
    ("CPL-020", lambda world: drop(world, "MainSound")),
    ("CPL-020", lambda world: drop(world, "MainPicture")),
    ("CPL-021", text_edit("cpl.xml", b"<EditRate>24 1", b"<EditRate>24")),
    (
        "CPL-023",
        lambda world: setattr(
            world,
            "cpl",
            replace(
                world.cpl, reels=(world.cpl.reels[0], replace(world.cpl.reels[1], id=world.cpl.reels[0].id))
            ),
        ),
    ),
    ("VF-003", lambda world: world.asset("MainPicture", id=uuid.uuid4())),
    ("REEL-001", lambda world: world.asset("MainSound", intrinsic_duration=23, duration=23)),
    ("REEL-002", lambda world: world.asset("MainSound", duration=23)),
    ("REEL-003", lambda world: world.asset("MainPicture", duration=100)),
    ("REEL-004", lambda world: world.asset("MainSound", duration=100)),
    ("REEL-005", lambda world: world.asset("MainSubtitle", duration=100)),
    ("REEL-006", lambda world: world.asset("AuxData", duration=100)),
    ("REEL-007", lambda world: world.asset("MainSound", entry_point=DURATION, duration=0)),
    ("REEL-008", lambda world: world.asset("MainSound", entry_point=1)),
    ("REEL-009", lambda world: world.head(SOUND, container_duration=239)),
    ("REEL-010", lambda world: world.head(SOUND, edit_rate=Fraction(25))),
    (
        "REEL-011",
        lambda world: other_reel(world, MainPicture={"edit_rate": Fraction(25), "frame_rate": Fraction(25)}),
    ),
    ("REEL-011", lambda world: other_reel(world, MainPicture={"screen_aspect_ratio": "2048 858"})),
    (
        "REEL-013",
        lambda world: [
            world.asset("MainSound", edit_rate=Fraction(48), intrinsic_duration=480, duration=480),
            world.head(SOUND, edit_rate=Fraction(48), container_duration=480),
        ],
    ),
    ("REEL-014", with_key),
    ("REEL-015", stereo),
    (
        "REEL-017",
        lambda world: world.head(SOUND2, descriptor=SoundDescriptor(8, channel_assignment=CONFIGURATION_4)),
    ),
    (
        "REEL-018",
        lambda world: world.head(
            SOUND2,
            descriptor=SoundDescriptor(6, channel_assignment=UL.parse("060e2b34.0401010b.04020210.03010100")),
        ),
    ),
    ("REEL-019", lambda world: drop(world, "MainSubtitle", second_only=True)),
    ("REEL-020", lambda world: put(world, reel_asset("ClosedCaption", uuid.uuid4()))),
    ("MARK-001", lambda world: mark(world, ("LFOC", 1))),
    ("MARK-002", lambda world: mark(world, ("FFOC", 1))),
    ("MARK-003", lambda world: mark(world, ("FFOC", 2))),
    ("MARK-004", lambda world: mark(world, ("LFOC", 2))),
    ("MARK-005", lambda world: mark(world, ("FFMC", 2))),
    ("MARK-006", lambda world: mark(world, ("FFEC", 2))),
    ("MARK-007", lambda world: world.asset("MainMarkers", states_entry_point=True)),
    ("MARK-008", lambda world: world.asset("MainMarkers", states_duration=True)),
    ("MARK-009", lambda world: mark(world, ("FFOC", DURATION))),
    ("MARK-010", lambda world: mark(world, ("XXXX", 2))),
    ("MARK-011", lambda world: mark(world, ("FFOC", 1), ("FFOC", 1))),
    ("MARK-012", lambda world: mark(world, ("FFEC", 9), ("LFEC", 5))),
    ("MARK-013", lambda world: mark(world, ("LFOC", 9), ("FFEC", 15))),
    ("MARK-014", lambda world: mark(world, ("FFEC", 9), ("FFMC", 5))),
    ("META-001", lambda world: drop(world, "CompositionMetadataAsset")),
    ("META-002", lambda world: world.metadata(version_number=0)),
    ("META-003", lambda world: world.metadata(extension_metadata_list=())),
    ("META-004", lambda world: world.metadata(extension_metadata_list=(application("other"),))),
    ("META-005", lambda world: world.metadata(main_picture_active_area=Area(1997, 1080))),
    ("META-005", lambda world: world.metadata(main_picture_active_area=Area(2048, 1080))),
    ("META-006", lambda world: world.metadata(main_sound_configuration="51/L,R,C,LFE,Ls,Quack")),
    ("META-006", lambda world: world.metadata(main_sound_configuration="five one")),
    ("META-007", lambda world: world.metadata(main_sound_configuration="51/L,R")),
    ("META-008", lambda world: world.metadata(main_sound_configuration=None)),
    ("META-009", lambda world: world.asset("MainPicture", frame_rate=Fraction(25))),
]
