"""What is wrong with picture, sound, immersive sound: in the playlist or in a header."""

from __future__ import annotations

from fractions import Fraction

from wrong_packages.edits import Change, both, sound, stereo
from wrong_packages.world import PICTURE

from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import UL

CASES: list[tuple[str, Change]] = [
    ("PIC-001", lambda world: world.asset("MainPicture", frame_rate=Fraction(99))),
    ("PIC-001", lambda world: world.asset("MainPicture", frame_rate=Fraction(96), edit_rate=Fraction(96))),
    ("PIC-002", lambda world: world.asset("MainPicture", edit_rate=Fraction(30))),
    (
        "PIC-003",
        both(
            lambda world: world.head(PICTURE, descriptor=PictureDescriptor(4096, 2160, False)),
            lambda world: world.asset("MainPicture", edit_rate=Fraction(48)),
        ),
    ),
    ("PIC-004", lambda world: world.head(PICTURE, descriptor=PictureDescriptor(1920, 1080, False))),
    (
        "PIC-005",
        both(
            stereo,
            lambda world: world.head(PICTURE, descriptor=PictureDescriptor(4096, 2160, True)),
        ),
    ),
    ("PIC-006", lambda world: world.head(PICTURE, essence="stereo_picture")),
    ("PIC-007", lambda world: stereo(world, frame_rate=Fraction(24))),
    ("PIC-008", lambda world: world.asset("MainPicture", screen_aspect_ratio="4 3")),
    ("PIC-009", lambda world: world.asset("MainPicture", edit_rate=Fraction(16))),
    ("PIC-010", lambda world: world.asset("MainPicture", edit_rate=Fraction(60))),
    (
        "PIC-011",
        both(
            lambda world: setattr(world, "standard", "interop"),
            lambda world: world.asset("MainPicture", edit_rate=Fraction(25)),
        ),
    ),
    ("PIC-012", lambda world: world.asset("MainPicture", screen_aspect_ratio="2048 858")),
    ("SND-001", lambda world: sound(world, sample_rate=44100)),
    ("SND-001", lambda world: sound(world, sample_rate=96000)),
    ("SND-002", lambda world: sound(world, quantization_bits=16)),
    ("SND-003", lambda world: sound(world, channels=18)),
    ("SND-004", lambda world: sound(world, channels=5)),
    ("SND-005", lambda world: sound(world, block_align=17)),
    ("SND-006", lambda world: sound(world, channel_assignment=None)),
    (
        "SND-007",
        lambda world: sound(
            world, channels=4, channel_assignment=UL.parse("060e2b34.0401010b.04020210.03010100")
        ),
    ),
    ("SND-008", lambda world: sound(world, soundfield=())),
    ("SND-009", lambda world: sound(world, channels=2)),
    (
        "IMM-001",
        lambda world: world.asset("AuxData", data_type="urn:smpte:ul:060e2b34.04010105.0e090605.00000000"),
    ),
]
