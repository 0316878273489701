"""What a track file says about its essence, as values (ST 429-3, -4, -5, -10, -14, -18; 382; 428-12)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.mxf.labels import CHANNELS_4, IMMERSIVE_AUDIO_CODING, J2K_2K, J2K_4K, MCA, UL, any_version, same
from dcp.picture.codestream import Codestream

LabelSet = Literal["smpte", "interop"]
RSIZ_4K = 4


@dataclass(frozen=True)
class PictureDescriptor:
    """RGBA descriptor and JPEG 2000 sub-descriptor. coding_style_default is COD from Scod on,
    quantization_default QCD from Sqcd on; picture_component_sizing is (Ssiz, XRsiz, YRsiz) a component.
    The J2K fields are None in a file that has no such sub-descriptor (MPEG-2).
    """

    stored_width: int
    stored_height: int
    stereo: bool
    aspect_ratio: Fraction | None = None
    picture_essence_coding: UL | None = None
    component_max_ref: int | None = 4095
    component_min_ref: int | None = 0
    pixel_layout: bytes | None = None
    sample_rate: Fraction | None = None
    transfer_characteristic: UL | None = None
    rsiz: int | None = None
    xsiz: int | None = None
    ysiz: int | None = None
    xosiz: int | None = None
    yosiz: int | None = None
    xtsiz: int | None = None
    ytsiz: int | None = None
    xtosiz: int | None = None
    ytosiz: int | None = None
    csiz: int | None = None
    picture_component_sizing: tuple[tuple[int, int, int], ...] = ()
    coding_style_default: bytes | None = None
    quantization_default: bytes | None = None

    @classmethod
    def from_codestream(
        cls, codestream: Codestream, edit_rate: Fraction, stereo: bool = False
    ) -> PictureDescriptor:
        """The descriptor of a track whose first frame is this. edit_rate: frames, or pairs, a second."""
        width = codestream.xsiz - codestream.xosiz
        height = codestream.ysiz - codestream.yosiz
        return cls(
            stored_width=width,
            stored_height=height,
            stereo=stereo,
            aspect_ratio=Fraction(width, height),
            picture_essence_coding=J2K_4K if codestream.rsiz == RSIZ_4K else J2K_2K,
            sample_rate=edit_rate * 2 if stereo else edit_rate,
            rsiz=codestream.rsiz,
            xsiz=codestream.xsiz,
            ysiz=codestream.ysiz,
            xosiz=codestream.xosiz,
            yosiz=codestream.yosiz,
            xtsiz=codestream.xtsiz,
            ytsiz=codestream.ytsiz,
            xtosiz=codestream.xtosiz,
            ytosiz=codestream.ytosiz,
            csiz=len(codestream.components),
            picture_component_sizing=tuple(
                (each.ssiz, each.xrsiz, each.yrsiz) for each in codestream.components
            ),
            coding_style_default=codestream.cod,
            quantization_default=codestream.qcd,
        )


@dataclass(frozen=True)
class McaLabel:
    """One multichannel audio label. channel: from 1, or None for a soundfield group.

    group: the MCALinkID of the soundfield group that the channel belongs to. link_id: None lets the writer
    make one.
    """

    dictionary_id: UL
    tag_symbol: str
    tag_name: str
    channel: int | None = None
    language: str | None = None
    link_id: UUID | None = None
    group: UUID | None = None


@dataclass(frozen=True)
class SoundDescriptor:
    """Wave audio descriptor. sample_rate in Hz; block_align in bytes of one sample of every channel.

    soundfield: the MCA labels, groups before their channels. SMPTE packages carry configuration 4 with MCA
    labels, Interop neither (sheet 9.3).
    """

    channels: int
    sample_rate: int = 48000
    quantization_bits: int = 24
    channel_assignment: UL | None = None
    soundfield: tuple[McaLabel, ...] = ()
    locked: bool | None = False
    block_align: int | None = None
    avg_bps: int | None = None

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample of every channel, from the counts."""
        return self.channels * self.quantization_bits // 8

    @property
    def symbols(self) -> tuple[str | None, ...] | None:
        """What each channel is labelled as; None without labels, or where two are labelled alike."""
        known = {any_version(term.label): symbol for symbol, term in MCA.channels.items()}
        labels = [each for each in self.soundfield if each.channel is not None]
        found = {each.channel: known.get(any_version(each.dictionary_id)) for each in labels}
        named = tuple(found.get(number) for number in range(1, self.channels + 1))
        distinct = len({each for each in named if each}) == sum(each is not None for each in named)
        return named if any(named) and distinct else None

    @classmethod
    def labelled(
        cls,
        symbols: Sequence[str],
        *,
        sample_rate: int = 48000,
        label_set: LabelSet = "smpte",
        language: str | None = None,
    ) -> SoundDescriptor:
        """The descriptor for channels named like L R C LFE Ls Rs HI VIN; an empty name leaves one unlabelled.

        A soundfield group is labelled when all its channels are there: L and R alone, which ST 428-12 has no
        group for, are labelled as channels. language: RFC 5646 tag of the spoken language. UsageError for a
        name that ST 428-12 does not have.
        """
        unknown = [each for each in symbols if each and each not in MCA.channels]
        if unknown:
            raise UsageError("sound.no-such-channel", name=unknown[0], names=", ".join(MCA.channels))
        if label_set == "interop":
            return cls(channels=len(symbols), sample_rate=sample_rate)
        return cls(
            channels=len(symbols),
            sample_rate=sample_rate,
            channel_assignment=CHANNELS_4,
            soundfield=_labels(symbols, language),
        )


def _labels(symbols: Sequence[str], language: str | None) -> tuple[McaLabel, ...]:
    """The group that holds most of the named channels, then every channel."""
    named = {each for each in symbols if each}
    screen = named & {each for group in MCA.grouped.values() for each in group}
    group = next(
        (
            name
            for name in ("71", "SDS", "61", "51", "M")
            if screen >= set(MCA.grouped[name]) and (name != "M" or screen == {"C"})
        ),
        None,
    )
    labels = []
    if group is not None:
        term = MCA.groups[group]
        labels.append(McaLabel(term.label, term.tag_symbol, term.tag_name, language=language))
    for number, symbol in enumerate(symbols, start=1):
        if symbol:
            term = MCA.channels[symbol]
            labels.append(
                McaLabel(term.label, term.tag_symbol, term.tag_name, channel=number, language=language)
            )
    return tuple(labels)


@dataclass(frozen=True)
class TimedTextResource:
    """A font or image beside the text. stream_id: the BodySID of its generic-stream partition."""

    id: UUID
    mime_type: str
    stream_id: int


@dataclass(frozen=True)
class TimedTextDescriptor:
    """resource_id: the Id inside the XML document. languages: as the file lists them."""

    resource_id: UUID | None
    namespace_uri: str | None
    ucs_encoding: str | None = "UTF-8"
    languages: str | None = None
    resources: tuple[TimedTextResource, ...] = ()


@dataclass(frozen=True)
class AuxDescriptor:
    """Auxiliary data (ST 429-14) or immersive audio (ST 429-18, Dolby Atmos), whose last five fields are.

    first_frame: the unit that is presented with the picture's first.
    """

    data_essence_coding: UL | None
    atmos_id: UUID | None = None
    first_frame: int | None = None
    max_channel_count: int | None = None
    max_object_count: int | None = None
    atmos_version: int | None = None

    @property
    def immersive(self) -> bool:
        """Whether its coding is that of immersive audio."""
        return self.data_essence_coding is not None and same(self.data_essence_coding, IMMERSIVE_AUDIO_CODING)


Descriptor = PictureDescriptor | SoundDescriptor | TimedTextDescriptor | AuxDescriptor
