"""A package of the acceptance tests: its job, its sources, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.mxf.header import TrackHeader
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.secrets.keys import Keyring, merged, read_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[int, int, int, int]
STEREO, MONO = "L R - - - -", "- - C - - -"


@dataclass(frozen=True)
class Film:
    """A composition as it must be. reels: frames of each. size: of its picture, in pixels. channels: of its
    sound, a label each, `-` for one without.

    shows: the numbers that the frames of each reel show, None where they show none. box: where the source's
    picture lies in the container, left, top, width, height. bright: the Y of the bright bars, in code values
    of 12 bits; over: what is bright, where that is not said.
    """

    size: tuple[int, int] = (1998, 1080)
    rate: int = 24
    reels: tuple[int, ...] = (24,)
    channels: str = STEREO
    stereo: bool = False
    shows: tuple[Sequence[int], ...] | None = None
    box: Box | None = None
    bright: int | None = None
    over: int = 1500


@dataclass(frozen=True)
class Row:
    """job: the job file's words. make: writes the sources into a folder. films: what comes of it.

    decided: ids of what the plan has to say; advised: all that it may advise. found: what `verify` finds
    above an information, peers: what a peer calls an error, and why that is right. encrypted: by `encrypt` of
    the job. check: what this row alone is about. extra: what it needs beyond the core. ov: the folders of its
    originals among the sources; those that are encrypted have `NAME.json` beside them.
    """

    name: str
    about: str
    job: str
    make: Callable[[Path], object]
    films: tuple[Film, ...] = (Film(),)
    decided: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    found: Mapping[str, str] = field(default_factory=dict)
    peers: Mapping[str, str] = field(default_factory=dict)
    encrypted: tuple[str, ...] = ()
    standard: str = "smpte"
    check: Callable[[Made], None] | None = None
    extra: str | None = "create"
    ov: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A row's package. sources: the folder of its sources and job. said: what `create --json` answered."""

    row: Row
    root: Path
    sources: Path
    keys: Path | None
    said: Mapping[str, Any]

    @cached_property
    def package(self) -> Package:
        return open_package(self.root, ov=self.originals)

    @property
    def originals(self) -> list[Path]:
        return [self.sources / name for name in self.row.ov]

    @property
    def key_files(self) -> list[Path]:
        beside = [folder.with_suffix(".json") for folder in self.originals]
        return [path for path in (self.keys, *beside) if path is not None and path.exists()]

    @cached_property
    def keyring(self) -> Keyring:
        return merged([read_keys(path) for path in self.key_files]) if self.key_files else Keyring(())

    @property
    def opening(self) -> list[object]:
        """The flags with its keys."""
        return [word for path in self.key_files for word in ("--keys", path)]

    @property
    def films(self) -> Sequence[Any]:
        """The compositions' playlists in the job's order."""
        by_id = {str(cpl.id): cpl for cpl in self.package.compositions}
        return [by_id[each] for each in self.said["cpl_ids"]]

    def track(self, kind: str, film: int = 0, reel: int = 0) -> Path:
        """The track file of a kind, `picture` or `sound`, that a reel plays."""
        return self.package.require(getattr(self.films[film].reels[reel], kind).id)

    @property
    def texts(self) -> list[Path]:
        """The files of subtitles and captions that the package carries: track files, in Interop documents."""
        kinds = (*SUBTITLE_KINDS, *CAPTION_KINDS)
        assets = [asset for film in self.films for asset in film.assets if asset.kind in kinds]
        found = dict.fromkeys(self.package.require(asset.id) for asset in assets)
        return [path for path in found if path.parent == self.root]

    @property
    def data(self) -> list[Path]:
        """The track files of auxiliary data that the package carries."""
        assets = [asset for film in self.films for asset in film.assets if asset.kind == "AuxData"]
        found = dict.fromkeys(self.package.require(asset.id) for asset in assets)
        return [path for path in found if path.parent == self.root]

    @property
    def tracks(self) -> list[Path]:
        return sorted(self.root.glob("*.mxf"))

    def header(self, path: Path) -> TrackHeader:
        with TrackFile.open(path) as track:
            return track.header

    def units(self, path: Path) -> list[bytes]:
        with TrackFile.open(path) as track:
            key = self.keyring.require(track.header.key_id) if track.header.key_id else None
            return [bytes(unit.data) for unit in track.units(key=key, strict=True)]

    def codestreams(self, film: int = 0, reel: int = 0) -> list[bytes]:
        return self.units(self.track("picture", film, reel))

    def sound(self, film: int = 0, reel: int = 0) -> NDArray[Any]:
        """Samples by channels, whole numbers of 24 bits."""
        from sounds import unpacked

        path = self.track("sound", film, reel)
        return unpacked(self.units(path), self.header(path).descriptor.channels)  # type: ignore[union-attr]

    def channel(self, symbol: str, film: int = 0, reel: int = 0) -> NDArray[Any]:
        """The samples of one channel by its label."""
        return self.sound(film, reel)[:, self.labels(film, reel).index(symbol)]

    def labels(self, film: int = 0, reel: int = 0) -> list[str]:
        """The channels' labels, `-` for none."""
        descriptor = self.header(self.track("sound", film, reel)).descriptor
        names = ["-"] * descriptor.channels  # type: ignore[union-attr]
        for label in descriptor.soundfield:  # type: ignore[union-attr]
            if label.channel is not None:
                names[label.channel - 1] = label.tag_symbol.removeprefix("ch")
        return names

    def pictures(
        self, film: int = 0, reel: int = 0, reduce: int = 2, first: int | None = None
    ) -> list[NDArray[Any]]:
        """Decoded frames, X'Y'Z' of 12 bits; of a stereoscopic picture both eyes in turn. first: so
        many alone."""
        from dcp.picture.codec import codec_by_name

        codec = codec_by_name()
        known: dict[bytes, NDArray[Any]] = {}
        frames = self.codestreams(film, reel)[:first]
        for data in frames:
            if data not in known:
                known[data] = codec.decode(data, reduce=reduce)
        return [known[data] for data in frames]


def ids(said: Sequence[Mapping[str, Any]]) -> list[str]:
    return [each["id"] for each in said]
