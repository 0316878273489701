"""A package whose pictures keep to a lower rate: frames above it are coded anew, all others stay as they are.

What is coded is decoded before, so nothing but the rate changes: size, eyes, rate of frames, codes. A file
whose frames all keep to the rate stays as it is, with its id. What was encrypted is so again, under the same
keys: the playlist has a new id and needs new KDMs anyway. What a version file plays of its original stays
there as it is.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError, TrackFileError, UsageError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084, same
from dcp.mxf.reader import MicPolicy, TrackFile, TrackHeader, Unit
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.package.package import Package
from dcp.picture.cinema import is_four_k
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import FrameLimits, encrypted_size, frame_limits
from dcp.rework.copying import Changes, NewFile, Progress, copy_package, untouched
from dcp.rework.hidden_spool import HiddenSpool, Kept
from dcp.rework.planning import Item, check_writable, items_of, nothing, now_listed, of_others, stays
from dcp.rework.vouch import vouch_for_more
from dcp.secrets.keys import ContentKey, Keyring
from dcp.system import cores
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.picture.codec import Codec
    from dcp.trust.signer import Signer

_SPOOL = ".spool"


@dataclass(frozen=True)
class Lowered:
    """A track file that was written anew. frames: in all, both eyes counted; coded: those coded anew; was,
    now: Mbit/s of the largest frame, of an encrypted one with all that is around it."""

    asset_id: uuid.UUID
    frames: int
    coded: int
    was: float
    now: float


@dataclass(frozen=True)
class LoweredPackage:
    """root: the new package. files: what was coded, by the old id. assets, compositions: old id -> new id.
    void: ids of playlists whose KDMs fit the new package no more."""

    root: Path
    files: Mapping[uuid.UUID, Lowered]
    assets: Mapping[uuid.UUID, uuid.UUID]
    compositions: Mapping[uuid.UUID, uuid.UUID]
    void: tuple[uuid.UUID, ...] = ()
    notes: tuple[Text, ...] = ()


def lower_package(
    package: Package,
    out: Path,
    *,
    mbps: int,
    keyring: Keyring | None = None,
    cpl_id: uuid.UUID | None = None,
    mic: MicPolicy = "require",
    signer: Signer | None = None,
    now: datetime,
    codec: Codec | None = None,
    progress: Progress | None = None,
) -> LoweredPackage:
    """Write `package` with no frame above `mbps` Mbit/s into the new folder `out`.

    cpl_id: the one composition to take over, without what the others alone play; None for all. signer: of the
    new documents, and needed where there is encrypted content. progress(bytes done, bytes in all).

    UsageError for a rate out of 1 to 500 and when every frame keeps to it already; CodestreamError for a
    frame that cannot be decoded or brought so low; the other errors as `decrypt_package` has them. Nothing is
    left then.
    """
    left_out: frozenset[uuid.UUID] = frozenset()
    count = len(package.compositions)
    if cpl_id is not None and count > 1:
        left_out = of_others(package, cpl_id)
        package = replace(package, compositions=(package.composition(cpl_id),))
    items = items_of(package, keyring, left_out=left_out, opens=_is_picture, fetches=nothing)
    above = {item.id: how for item in items if (how := _above(item, mbps, keyring, mic)) is not None}
    if not above:
        raise UsageError("lower.nothing", where=package.root, mbps=mbps)
    encrypted = any(cpl.encrypted for cpl in package.compositions) or any(each.encrypted for each in items)
    notes = vouch_for_more([package], encrypted=encrypted, sign=signer is not None)
    notes += (text("rework.one-of-several", n=count, cpl=cpl_id),) if left_out else ()
    notes += now_listed(items, package)
    staying = stays(package, nothing)
    if staying:
        notes += (text("lower.stays-in-original", n=len(staying)),)
    kept = untouched(package, frozenset(above))
    used = codec or _codec()
    files: dict[uuid.UUID, Lowered] = {}

    def write(item: Item, new: NewFile) -> WrittenTrackFile:
        written, files[item.id] = _Lowering(item, new, above[item.id], used, mic, now).write()
        return written

    changes = Changes(writer=lambda item: write if item.id in above else None, kept=kept)
    done = copy_package([package], items, out, changes, signer=signer, now=now, progress=progress)
    void = tuple(cpl.id for cpl in package.compositions if cpl.encrypted and cpl.id not in kept)
    return LoweredPackage(out, files, done.assets, done.compositions, void, notes)


# --- how it is done -----


@dataclass(frozen=True)
class _How:
    """limits: of a codestream. share: Mbit/s of a byte of a frame."""

    limits: FrameLimits
    share: float
    key: ContentKey | None


def _codec() -> Codec:
    from dcp.picture.codec import codec_by_name

    return codec_by_name()


def _is_picture(header: TrackHeader) -> bool:
    return header.essence in ("picture", "stereo_picture")


def _above(item: Item, mbps: int, keyring: Keyring | None, mic: MicPolicy) -> _How | None:
    """How a file is lowered; None where every frame of it keeps to the rate, and of what is no picture."""
    if item.essence not in ("picture", "stereo_picture"):
        return None
    with TrackFile.open(item.path) as track:
        header = track.header
        key = keyring.require(item.key_id, where=item.path) if keyring and item.key_id else None
        limits = _limits(header, mbps)
        sizes: Sequence[int] | None = track.sizes()
        if sizes is None:
            sizes = [len(unit.data) for unit in track.units(key=key, mic=mic, strict=True)]
        if max(sizes, default=0) <= limits.total:
            return None
        check_writable(header, item.path)
    a_second = header.edit_rate * header.units_per_edit_unit
    return _How(limits, float(8 * a_second / 1_000_000), key)


def _limits(header: TrackHeader, mbps: int) -> FrameLimits:
    """Of the picture that a header describes, at the lower rate."""
    descriptor = header.descriptor
    if not isinstance(descriptor, PictureDescriptor):
        raise TrackFileError("rework.header")
    transfer = descriptor.transfer_characteristic
    return frame_limits(
        header.edit_rate,
        four_k=is_four_k((descriptor.stored_width, descriptor.stored_height)),
        stereo=header.essence == "stereo_picture",
        mbps=mbps,
        hdr=transfer is not None and same(transfer, TRANSFER_ST2084),
        encrypted=header.encrypted,
    )


class _Lowering:
    """One file: first what is too large is coded and waits, then all is written."""

    def __init__(
        self, item: Item, new: NewFile, how: _How, codec: Codec, mic: MicPolicy, now: datetime
    ) -> None:
        self._item, self._new, self._how = item, new, how
        self._codec, self._mic, self._now = codec, mic, now
        self._sizes: list[int] = []
        self._waiting: dict[int, Kept] = {}
        self._largest = 0
        self._first = b""

    def write(self) -> tuple[WrittenTrackFile, Lowered]:
        """The file and what was done."""
        path = self._new.path
        with (
            TrackFile.open(self._item.path) as track,
            HiddenSpool(path.with_name(path.name + _SPOOL)) as spool,
        ):
            self._code(track, spool)
            header = track.header
            descriptor = header.descriptor
            assert isinstance(descriptor, PictureDescriptor)
            if 0 in self._waiting:  # what the header says of the coding is read from the first frame
                descriptor = _described(descriptor, spool.get(self._waiting[0]), header)
            written = write_track_file(
                path,
                self._units(track, spool),
                sizes=self._sizes,
                descriptor=descriptor,
                edit_rate=header.edit_rate,
                asset_id=self._new.asset_id,
                label_set=header.label_set,
                key=self._how.key,
                now=self._now,
            )
        was, now = (self._rate(size) for size in (self._largest, max(self._sizes)))
        return written, Lowered(written.asset_id, len(self._sizes), len(self._waiting), was, now)

    def _rate(self, size: int) -> float:
        whole = size if self._how.key is None else encrypted_size(size)
        return whole * self._how.share

    def _code(self, track: TrackFile, spool: HiddenSpool) -> None:
        """All cores code, as many frames ahead; what they give waits in the spool."""
        limits, done = self._how.limits, 0
        coded: deque[tuple[int, Future[bytes]]] = deque()
        with ThreadPoolExecutor(cores()) as pool:
            try:
                for number, unit in enumerate(self._read(track)):
                    self._sizes.append(len(unit.data))
                    self._largest = max(self._largest, len(unit.data))
                    if len(unit.data) > limits.total:
                        coded.append((number, pool.submit(_coded, bytes(unit.data), self._codec, limits)))
                    while len(coded) > 2 * cores():
                        self._keep(spool, *coded.popleft())
                    self._new.advance(unit.offset - done)
                    done = unit.offset
                while coded:
                    self._keep(spool, *coded.popleft())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _keep(self, spool: HiddenSpool, number: int, coded: Future[bytes]) -> None:
        codestream = coded.result()
        self._sizes[number] = len(codestream)
        self._waiting[number] = spool.put(codestream)

    def _units(self, track: TrackFile, spool: HiddenSpool) -> Iterator[bytes | memoryview]:
        for number, unit in enumerate(self._read(track)):
            kept = self._waiting.get(number)
            yield unit.data if kept is None else spool.get(kept)

    def _read(self, track: TrackFile) -> Iterator[Unit]:
        """Every unit; at the end the file is held against the documents' hashes, each time it is read."""
        digest = hashlib.sha1()
        yield from track.units(key=self._how.key, mic=self._mic, strict=True, digest=digest)
        self._item.hold_against(digest.digest())


def _coded(codestream: bytes, codec: Codec, limits: FrameLimits) -> bytes:
    """CodestreamError for what is no picture of cinema, and for one that does not go into the limits."""
    components = parse_codestream(codestream).components
    if len(components) != 3 or {(each.ssiz, each.xrsiz, each.yrsiz) for each in components} != {(11, 1, 1)}:
        raise CodestreamError("lower.no-cinema-picture")
    return codec.encode(codec.decode(codestream), limits=limits)


def _described(old: PictureDescriptor, first: bytes, header: TrackHeader) -> PictureDescriptor:
    """The descriptor with what another first codestream says of itself."""
    new = PictureDescriptor.from_codestream(
        parse_codestream(first), header.edit_rate, header.essence == "stereo_picture"
    )
    return replace(
        old,
        rsiz=new.rsiz,
        picture_component_sizing=new.picture_component_sizing,
        coding_style_default=new.coding_style_default,
        quantization_default=new.quantization_default,
    )
