"""Every kind of picture source behind one entrance: probe it, read its frames, take one by its reference."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.create.job.values import PictureTrack
from dcp.create.sources.codestreams import codestream_size, probe_codestreams, read_codestream
from dcp.create.sources.facts import FrameRef, PictureFacts, Pixels
from dcp.create.sources.media import check_regular
from dcp.create.sources.sequences import FolderFilm, film_of_folder, is_codestream, is_still
from dcp.create.sources.timeline import is_timeline
from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.system import cores
from dcp.texts.catalogue import text
from dcp.texts.system import why

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring

Eye = Literal["left", "right"]
Picture = Pixels | bytes | None
"""A decoded frame, a codestream as it stands, or black where a gap was to be black."""

_SHARE = 40 << 20
"""Bytes a core for stills on their way: half of what a worker may take."""
_PATTERN = pattern(r"%[0-9]*d|#|\*|\[[0-9]+-[0-9]+\]")  # as other programs name a sequence


def probe_picture(track: PictureTrack, *, keyring: Keyring | None = None) -> PictureFacts:
    """What the track's `source` is; its right eye is another track to probe.

    keyring: for encrypted track files. SourceError, before anything is decoded at length, for what is no
    picture; KeyMissingError for a track file whose key is not at hand; ExtraMissingError.
    """
    path = track.source
    if path is None:
        raise SourceError("source.none")
    try:
        path.stat()
    except OSError as error:
        if _PATTERN.search(path.name) and path.parent.is_dir():
            raise SourceError("sequence.pattern", where=path, folder=path.parent) from None
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if path.is_dir():
        return _of_folder(path, track)
    check_regular(path)
    suffix = path.suffix.lower()
    if is_timeline(path):
        raise SourceError("source.timeline-as-picture", where=path)
    if is_codestream(path) or is_still(path):
        kind: Literal["codestreams", "stills"] = "codestreams" if is_codestream(path) else "stills"
        return _of_files(path, FolderFilm(kind, (path,)), track)
    if suffix == ".xml":
        from dcp.create.sources.imf import is_imf

        if is_imf(path):
            from dcp.create.sources.imf_picture import probe_imf

            return _without_still(probe_imf(track), track)
        raise SourceError("source.package-as-picture", where=path)
    if suffix == ".mxf":
        from dcp.create.sources.trackfile import is_track_file, probe_track_file

        if is_track_file(path):
            return _without_still(probe_track_file(path, keyring=keyring), track)
    from dcp.create.sources.video import probe_video

    return _without_still(probe_video(path), track)


def read_picture(
    facts: PictureFacts, indexes: Iterable[int], *, eye: Eye | None = None, keyring: Keyring | None = None
) -> Iterator[Picture]:
    """The frames asked for, by their place from 0, ascending; a repeated one is the same object.

    eye: of a stereoscopic source, the left one when None. SourceError when a frame cannot be read.
    """
    if facts.kind == "video":
        from dcp.create.sources.video import read_video

        yield from read_video(facts, indexes)
    elif facts.kind == "imf":
        from dcp.create.sources.imf_picture import read_imf

        yield from read_imf(facts, indexes)
    elif facts.kind == "trackfile":
        from dcp.create.sources.trackfile import read_track_file

        yield from read_track_file(facts, indexes, eye=eye, keyring=keyring)
    else:
        yield from _of_references(references(facts, indexes, eye=eye), _at_once(facts))


def references(
    facts: PictureFacts, indexes: Iterable[int], *, eye: Eye | None = None
) -> Iterator[FrameRef | None]:
    """Plain references of the frames asked for, which `load` takes anywhere; None is black."""
    for index in indexes:
        if not 0 <= index < facts.frames:
            raise SourceError("source.frame-absent", where=facts.path, frame=index)
        seen = (eye or "left") if facts.stereo else None
        if not facts.files:
            yield FrameRef(facts.path, facts.kind, index, facts.stream, eye=seen)
            continue
        file = facts.files[index * 2 + (seen == "right") if facts.stereo else index]
        yield FrameRef(facts.path, facts.kind, index, file=file, eye=seen) if file is not None else None


def codestream_sizes(
    facts: PictureFacts, indexes: Iterable[int], *, eye: Eye | None = None
) -> Sequence[int] | None:
    """Bytes of each codestream that `read_picture` will give for these numbers, none of them read.

    None for a source that has none, or does not tell them. SourceError when it cannot be read.
    """
    if facts.kind == "trackfile":
        from dcp.create.sources.trackfile import track_file_sizes

        return track_file_sizes(facts, indexes, eye=eye)
    if facts.kind != "codestreams":
        return None
    sizes: list[int] = []
    known: dict[Path, int] = {}
    for ref in references(facts, indexes, eye=eye):
        if ref is None or ref.file is None:
            return None
        if ref.file not in known:
            size = codestream_size(ref.file)
            if size is None:
                return None
            known[ref.file] = size
        sizes.append(known[ref.file])
    return sizes


def load(ref: FrameRef, *, keyring: Keyring | None = None) -> Picture:
    """The frame of a reference. SourceError when it cannot be read."""
    if ref.file is not None:
        if ref.kind == "codestreams":
            return read_codestream(ref.file)
        from dcp.create.sources.stills import read_still

        return read_still(ref.file)
    track = PictureTrack(source=ref.source)
    return next(
        read_picture(probe_picture(track, keyring=keyring), (ref.index,), eye=ref.eye, keyring=keyring)
    )


# --- how it is done -----


def _at_once(facts: PictureFacts) -> int:
    """How many stills are decoded at once: no more than a worker's share of memory allows for each core."""
    if facts.kind != "stills":
        return 1
    decoded = facts.width * facts.height * 4 * (4 if facts.depth == 32 else facts.depth // 8 + 1)
    return max(1, min(cores(), cores() * _SHARE // decoded))


def _of_references(refs: Iterable[FrameRef | None], count: int) -> Iterator[Picture]:
    """The pictures in order, up to `count` being read at a time. A file that comes again is read once."""
    held: tuple[Path, Future[Picture]] | None = None
    under_way: deque[Future[Picture] | None] = deque()
    pool = ThreadPoolExecutor(count)
    try:
        for ref in refs:
            if ref is None or ref.file is None:
                under_way.append(None)
            else:
                if held is None or held[0] != ref.file:
                    held = (ref.file, pool.submit(load, ref))
                under_way.append(held[1])
            if len(under_way) >= count:
                yield _result(under_way.popleft())
        while under_way:
            yield _result(under_way.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _result(future: Future[Picture] | None) -> Picture:
    return future.result() if future is not None else None


def _of_folder(path: Path, track: PictureTrack) -> PictureFacts:
    from dcp.package.places import has_asset_map

    if has_asset_map(path):
        raise SourceError("source.package-as-picture", where=path)
    return _of_files(path, film_of_folder(path, gaps=track.gaps), track)


def _of_files(path: Path, film: FolderFilm, track: PictureTrack) -> PictureFacts:
    if film.frames == 1 and track.still is None:
        raise SourceError("still.no-seconds", where=path)
    if film.frames > 1 and track.still is not None:
        raise SourceError("still.of-sequence", where=path, n=film.frames)
    decisions = film.decisions
    if track.still is not None:
        decisions = (*decisions, text("plan.still-held", seconds=f"{float(track.still):g}"))
    if film.kind == "codestreams":
        if None in film.files:
            raise SourceError("sequence.black-codestreams", where=path)
        return probe_codestreams(path, film.files, stereo=film.stereo, decisions=decisions)
    from dcp.create.sources.stills import probe_stills

    return probe_stills(path, film.files, stereo=film.stereo, decisions=decisions)


def _without_still(facts: PictureFacts, track: PictureTrack) -> PictureFacts:
    """SourceError where one still was to be held and the source moves."""
    if track.still is not None:
        raise SourceError("still.of-sequence", where=facts.path, n=facts.frames)
    return facts
