"""The one table of universal labels (ST 298, ST 400 registers) that DCP track files use.

Names are the registers' symbols where the registers have one, else the name of the standard's own text.
Byte 8 of a label is its version in the register: readers leave it out of comparisons, except to tell
SMPTE from Interop in the OP-Atom label and in the key of the encrypted triplet (sheet 1.1).
"""

from __future__ import annotations

from typing import NamedTuple

from dcp.dataclass import dataclass

UL_SIZE = 16
UL_PREFIX = b"\x06\x0e\x2b\x34"
VERSION_BYTE = 7  # counted from 0; the standards call it byte 8


class UL(bytes):
    """A 16-byte universal label. Prints in the dotted form of the registers, with its symbol when known."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> UL:
        value = cls(bytes.fromhex(text.replace(".", "")))
        assert len(value) == UL_SIZE
        return value

    @property
    def symbol(self) -> str | None:
        """The name in this table; the version byte counts only where two names differ in it alone."""
        return _SYMBOLS.get(bytes(self)) or _SYMBOLS_ANY_VERSION.get(any_version(self))

    def __str__(self) -> str:
        text = self.hex()
        return ".".join(text[at : at + 8] for at in range(0, 32, 8))

    def __repr__(self) -> str:
        return f"<UL {self}{' ' + self.symbol if self.symbol else ''}>"


def any_version(label: bytes | memoryview) -> bytes:
    """The label with its version byte set to zero: a key for comparisons and dictionaries."""
    value = bytes(label)
    return value[:VERSION_BYTE] + b"\x00" + value[VERSION_BYTE + 1 :]


def same(first: bytes | memoryview, second: bytes | memoryview) -> bool:
    """Equal apart from the version byte."""
    return any_version(first) == any_version(second)


_SYMBOLS: dict[bytes, str] = {}
_SYMBOLS_ANY_VERSION: dict[bytes, str] = {}
LABELS: dict[str, UL] = {}
"""Every label of this module by its symbol."""


def _label(symbol: str, text: str) -> UL:
    value = UL.parse(text)
    LABELS[symbol] = value
    _SYMBOLS[bytes(value)] = symbol
    _SYMBOLS_ANY_VERSION.setdefault(any_version(value), symbol)
    return value


# Operational patterns (ST 390, ST 378)
OP_ATOM = _label("MXFOPAtom1Track1SourceClip", "060e2b34.04010102.0d010201.10000000")
INTEROP_OP_ATOM = _label("MXFInterop_OPAtom", "060e2b34.04010101.0d010201.10000000")
OP_1A = _label("MXFOP1aSingleItemSinglePackageUniTrackStreamInternal", "060e2b34.04010101.0d010201.01010100")

# Essence containers
GC_MULTIPLE = _label("MXFGCGenericEssenceMultipleMappings", "060e2b34.04010103.0d010301.027f0100")
GC_J2K = _label("MXFGCFUFrameWrappedUndefinedInterlacePictureElement", "060e2b34.04010107.0d010301.020c0100")
GC_J2K_PROGRESSIVE = _label(
    "MXFGCP1FrameWrappedPictureElement", "060e2b34.0401010d.0d010301.020c0600"
)  # IMF, ST 422 with one field a KLV
GC_WAVE_FRAME = _label("MXFGCFrameWrappedBroadcastWaveAudioData", "060e2b34.04010101.0d010301.02060100")
GC_WAVE_CLIP = _label("MXFGCClipWrappedBroadcastWaveAudioData", "060e2b34.04010101.0d010301.02060200")
GC_MPEG_VIDEO = _label("MXFGCMPEGESVideoStream0SID", "060e2b34.04010102.0d010301.02046000")
GC_TIMED_TEXT = _label("MXFGCDCinemaTimedTextStream", "060e2b34.0401010a.0d010301.02130101")
GC_AUX_DATA = _label("MXFGCDCinemaAuxDataEssence", "060e2b34.0401010d.0d010301.02130201")
GC_IMMERSIVE_AUDIO = _label("MXF_GC_IAData_Frame_Wrapped", "060e2b34.04010105.0e090605.00000000")
GC_ENCRYPTED = _label("MXFGCFrameWrappedEncryptedData", "060e2b34.04010107.0d010301.020b0100")

# Keys of essence elements
ELEMENT_J2K = _label("JPEG2000Essence", "060e2b34.01020101.0d010301.15010801")
ELEMENT_MPEG_VIDEO = _label("MPEG2Essence", "060e2b34.01020101.0d010301.15010501")
ELEMENT_WAVE = _label("WAVEssence", "060e2b34.01020101.0d010301.16010101")
ELEMENT_WAVE_CLIP = _label("WAVEssenceClip", "060e2b34.01020101.0d010301.16010201")
ELEMENT_TIMED_TEXT = _label("TimedTextEssence", "060e2b34.01020101.0d010301.17010b01")
ELEMENT_AUX_DATA = _label("DCDataEssence", "060e2b34.0102010d.0d010301.17010d01")
ELEMENT_IMMERSIVE_AUDIO = _label("PrivateDCDataEssence", "060e2b34.01020105.0e090601.00000001")
ELEMENT_GENERIC_STREAM = _label("GenericStream_DataElement", "060e2b34.0101010c.0d010509.01000000")
TRIPLET = _label("CryptEssence", "060e2b34.02040101.0d010301.027e0100")
INTEROP_TRIPLET = _label("MXFInterop_CryptEssence", "060e2b34.02040107.0d010301.027e0100")

# Keys of structural KLVs (ST 377-1)
FILL = _label("KLVFill", "060e2b34.01010102.03010210.01000000")
PRIMER = _label("PrimerPack", "060e2b34.02050101.0d010201.01050100")
RANDOM_INDEX = _label("RandomIndexPack", "060e2b34.02050101.0d010201.01110100")
INDEX_SEGMENT = _label("IndexTableSegment", "060e2b34.02530101.0d010201.01100100")
PARTITION_STEM = UL.parse("060e2b34.02050101.0d010201.01000000")[:13]  # then kind and status
GENERIC_STREAM_PARTITION = _label("GenericStreamPartition", "060e2b34.02050101.0d010201.01031100")

# Data definitions
DATA_PICTURE = _label("PictureEssenceTrack", "060e2b34.04010101.01030202.01000000")
DATA_SOUND = _label("SoundEssenceTrack", "060e2b34.04010101.01030202.02000000")
DATA_DATA = _label("DataEssenceTrack", "060e2b34.04010101.01030202.03000000")
DATA_TIMECODE = _label("SMPTE12MTimecodeTrackInactiveUserBits", "060e2b34.04010101.01030201.01000000")
DATA_DESCRIPTIVE = _label("DescriptiveMetadataTrack", "060e2b34.04010101.01030201.10000000")

# Items whose label has another version in Interop files
SUB_DESCRIPTORS = _label("SubDescriptors", "060e2b34.01010109.06010104.06100000")
INTEROP_SUB_DESCRIPTORS = _label("MXFInterop_SubDescriptors", "060e2b34.01010102.06010104.06100000")

# Encryption (ST 429-6)
CRYPTOGRAPHIC_FRAMEWORK = _label("MXFCryptographicFrameworkLabel", "060e2b34.04010107.0d010401.02010100")
CIPHER_AES_128_CBC = _label("AES128CBCIdentifier", "060e2b34.04010107.02090201.01000000")
MIC_HMAC_SHA1 = _label("HMACSHA1128BitIdentifier", "060e2b34.04010107.02090202.01000000")
MIC_NONE = _label("MICAlgorithm_NONE", "00000000.00000000.00000000.00000000")

# Codings
J2K_2K = _label("JPEG2000Amd12KDigitalCinemaProfile", "060e2b34.04010109.04010202.03010103")
J2K_4K = _label("JPEG2000Amd14KDigitalCinemaProfile", "060e2b34.04010109.04010202.03010104")
IMMERSIVE_AUDIO_CODING = _label("ImmersiveAudioCoding", "060e2b34.04010105.0e090604.00000000")
TRANSFER_ST2084 = _label("TransferCharacteristic_SMPTEST2084", "060e2b34.0401010d.04010101.010a0000")

# Channel assignments (ST 429-2)
CHANNELS_1 = _label("SMPTE4292ChannelConfiguration1", "060e2b34.0401010b.04020210.03010100")
CHANNELS_2 = _label("SMPTE4292ChannelConfiguration2", "060e2b34.0401010b.04020210.03010200")
CHANNELS_3 = _label("SMPTE4292ChannelConfiguration3", "060e2b34.0401010b.04020210.03010300")
CHANNELS_4 = _label("SMPTE4292ChannelConfiguration4", "060e2b34.0401010b.04020210.03010400")
CHANNELS_5 = _label("SMPTE4292ChannelConfiguration5", "060e2b34.0401010b.04020210.03010500")
CHANNELS_MCA = _label(
    "SMPTE4292DCinemaApplicationOfTheMultichannelAudioFramework", "060e2b34.0401010d.04020210.03020000"
)


class McaTerm(NamedTuple):
    """A channel or soundfield group of ST 428-12: its label and the two texts that go with it."""

    label: UL
    tag_symbol: str
    tag_name: str


@dataclass(frozen=True)
class McaDictionary:
    channels: dict[str, McaTerm]
    groups: dict[str, McaTerm]
    grouped: dict[str, tuple[str, ...]]
    """The channels that belong to a group. HI, VIN, FSKSync, DBOX, DBOX2 and SLVS belong to none."""


def _term(symbol: str, text: str, tag_symbol: str, tag_name: str) -> McaTerm:
    return McaTerm(_label(symbol, text), tag_symbol, tag_name)


_CH = "060e2b34.0401010d.030201"
_SG = "060e2b34.0401010d.030202"
MCA = McaDictionary(
    channels={
        "L": _term("LeftAudioChannel", f"{_CH}01.00000000", "chL", "Left"),
        "R": _term("RightAudioChannel", f"{_CH}02.00000000", "chR", "Right"),
        "C": _term("CenterAudioChannel", f"{_CH}03.00000000", "chC", "Center"),
        "LFE": _term("LFEAudioChannel", f"{_CH}04.00000000", "chLFE", "LFE"),
        "Ls": _term("LeftSurroundAudioChannel", f"{_CH}05.00000000", "chLs", "Left Surround"),
        "Rs": _term("RightSurroundAudioChannel", f"{_CH}06.00000000", "chRs", "Right Surround"),
        "Lss": _term("LeftSideSurroundAudioChannel", f"{_CH}07.00000000", "chLss", "Left Side Surround"),
        "Rss": _term("RightSideSurroundAudioChannel", f"{_CH}08.00000000", "chRss", "Right Side Surround"),
        "Lrs": _term("LeftRearSurroundAudioChannel", f"{_CH}09.00000000", "chLrs", "Left Rear Surround"),
        "Rrs": _term("RightRearSurroundAudioChannel", f"{_CH}0a.00000000", "chRrs", "Right Rear Surround"),
        "Lc": _term("LeftCenterAudioChannel", f"{_CH}0b.00000000", "chLc", "Left Center"),
        "Rc": _term("RightCenterAudioChannel", f"{_CH}0c.00000000", "chRc", "Right Center"),
        "Cs": _term("CenterSurroundAudioChannel", f"{_CH}0d.00000000", "chCs", "Center Surround"),
        "HI": _term("HearingImpairedAudioChannel", f"{_CH}0e.00000000", "chHI", "Hearing Impaired"),
        "VIN": _term(
            "VisuallyImpairedNarrativeAudioChannel",
            f"{_CH}0f.00000000",
            "chVIN",
            "Visually Impaired-Narrative",
        ),
        "FSKSync": _term("FSKSyncSignalChannel", f"{_CH}10.00000000", "FSKSync", "FSK Sync Signal"),
        "DBOX": _term(
            "DBOXMotionCodePrimaryStream",
            "060e2b34.0401010d.0e160101.01010201",
            "DBOX",
            "D-BOX Motion Code Primary Stream",
        ),
        "DBOX2": _term(
            "DBOXMotionCodeSecondaryStream",
            "060e2b34.0401010d.0e160101.01010202",
            "DBOX2",
            "D-BOX Motion Code Secondary Stream",
        ),
        "SLVS": _term(
            "AudioChannelSLVS",
            "060e2b34.0401010d.0d0f0302.01010000",
            "SLVS",
            "Sign Language Video Stream",
        ),
    },
    groups={
        "51": _term("_51SoundfieldGroup", f"{_SG}01.00000000", "sg51", "5.1"),
        "71": _term("_71DSSoundfieldGroup", f"{_SG}02.00000000", "sg71", "7.1DS"),
        "SDS": _term("_71SDSSoundfieldGroup", f"{_SG}03.00000000", "sgSDS", "7.1SDS"),
        "61": _term("_61SoundfieldGroup", f"{_SG}04.00000000", "sg61", "6.1"),
        "M": _term("_10MonauralSoundfieldGroup", f"{_SG}05.00000000", "sgM", "1.0 Monaural"),
    },
    grouped={
        "51": ("L", "R", "C", "LFE", "Ls", "Rs"),
        "71": ("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs"),
        "SDS": ("L", "R", "C", "LFE", "Ls", "Rs", "Lc", "Rc"),
        "61": ("L", "R", "C", "LFE", "Ls", "Rs", "Cs"),
        "M": ("C",),
    },
)
