"""What is decided about a reel's sound, as plain data: which sources go where, when and how loud."""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from pathlib import Path

from dcp.create.planning.clock import TimeMap
from dcp.create.sources.imf_spans import Span
from dcp.create.sources.vouched import Vouched
from dcp.dataclass import dataclass
from dcp.sound.layout import SAMPLE_RATE, Layout
from dcp.sound.riff import PcmWav
from dcp.texts.catalogue import Text


@dataclass(frozen=True)
class SoundSource:
    """A stream of sound and its time. stream: its index in the container.

    sample_rate in Hz. time_map: from the source's seconds to the package's. own_clock: the source's seconds
    count from its first sample, whatever time stamp that has (a sound file of its own); otherwise they are
    the container's. end: of its last sample, on that clock, as the file says; None when it does not. pcm:
    where the samples stand, of a file that is read without decoding. track: a track file, read likewise;
    spans: of a composition of IMF, too, and vouched what is stated of its files.
    """

    path: Path
    stream: int
    channels: int
    sample_rate: int
    time_map: TimeMap
    own_clock: bool = False
    end: Fraction | None = None
    pcm: PcmWav | None = None
    track: bool = False
    spans: tuple[Span, ...] = ()
    vouched: tuple[Vouched, ...] = ()

    @property
    def undecoded(self) -> bool:
        """Whether its samples are read as they stand."""
        return self.pcm is not None or self.track or bool(self.spans)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that it is read from."""
        return tuple(dict.fromkeys(each.path for each in self.spans)) or (self.path,)


@dataclass(frozen=True)
class Route:
    """A channel of a source, from 0, goes to a position of the track, from 0, at a gain in dB."""

    source: int
    channel: int
    position: int
    gain: float = 0.0


@dataclass(frozen=True)
class SoundPlan:
    """A reel's sound. length: seconds of the package that the track lasts; its picture does, too.

    gain in dB; delay in seconds, later is positive; fade_in from the track's beginning and fade_out to its
    end, in seconds. language: RFC 5646, of the speech. decisions: what was chosen; advice: what had better be
    otherwise.
    """

    layout: Layout
    length: Fraction
    sources: tuple[SoundSource, ...] = ()
    routes: tuple[Route, ...] = ()
    sample_rate: int = SAMPLE_RATE
    gain: float = 0.0
    delay: Fraction = Fraction(0)
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    language: str | None = None
    decisions: tuple[Text, ...] = field(default=())
    advice: tuple[Text, ...] = field(default=())

    @property
    def channels(self) -> int:
        return len(self.layout.channels)

    @property
    def plain(self) -> bool:
        """Samples of PCM files go to their channels as they stand: nothing is computed, no library is
        needed."""
        return (
            self.gain == 0
            and self.fade_in == self.fade_out == 0
            and all(
                each.undecoded and each.sample_rate == self.sample_rate and each.time_map.speed == 1
                for each in self.sources
            )
            and all(each.gain == 0 for each in self.routes)
            and len({each.position for each in self.routes}) == len(self.routes)
        )
