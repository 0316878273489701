"""What a recording is held against: a film as a package, a video or an index, opened as the reader of marks
wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import UsageError

if TYPE_CHECKING:
    from dcp.package.outline import CompositionOutline
    from dcpkit.options import Access
    from dcpkit.tracing import Searched
    from player.reference import Reference
    from watermark.frames import Footage
    from watermark.index import FilmIndex, Source

_MAPS = ("ASSETMAP", "ASSETMAP.xml")


@dataclass(frozen=True)
class Film:
    """footage: its pictures, None of an index. frames: how many, 0 when unknown. identity: what it is; reads
    a video whole. outline: of a composition. searched: what evidence says of it."""

    footage: Footage | None
    frames: int
    identity: Callable[[], Source]
    searched: Searched
    outline: CompositionOutline | None = None

    def index(self, progress: Callable[[int, int], None] | None = None) -> FilmIndex:
        """Its index, from its file or made here and now. SourceError when the film or the file is damaged.

        progress(frames done, of how many: 0 when that is unknown), while it is made.
        """
        from watermark.index import Source, index_of, open_index

        if self.footage is None:
            return open_index(self.searched.path)
        kind = "video" if self.outline is None else "package"
        watched = None if progress is None else lambda done: progress(done, self.frames)
        return index_of(self.footage, Source(kind=kind, name=self.searched.path.name), progress=watched)

    def about(self) -> dict[str, str]:
        """What it is, as JSON has it; a video's bytes are not read for that."""
        if self.outline is None:
            return {"kind": self.searched.kind}
        return {"kind": "package", "cpl_id": str(self.outline.id), "title": self.outline.title}


def is_package(path: Path) -> bool:
    """A folder, or a document of a package; else it is a video or an index."""
    return path.is_dir() or path.suffix.lower() == ".xml" or path.name.lower() == "assetmap"


def films_at(paths: Sequence[Path], *, cpl: str | None, access: Access, now: datetime) -> list[Film]:
    """The films that are meant: of a folder that is no package every index in it. A file or folder that is
    given twice is one film; the same film as two files is two, and counted so.

    UsageError when a folder has neither, and for --cpl beside several packages.
    """
    from watermark.index import is_index

    wanted: list[Path] = []
    for path in paths:
        if path.is_dir() and not any((path / name).exists() for name in _MAPS):
            inside = sorted(each for each in path.iterdir() if each.is_file() and is_index(each))
            if not inside and not any(each.is_dir() for each in path.iterdir()):
                raise UsageError("mark.no-index-in-folder", where=path)
            wanted += inside or [path]
        else:
            wanted.append(path)
    wanted = list({path.resolve(): path for path in reversed(wanted)}.values())[::-1]
    packages = sum(is_package(path) for path in wanted)
    if cpl is not None and packages > 1:
        raise UsageError("mark.cpl-of-several")
    return [film_at(path, cpl=cpl if is_package(path) else None, access=access, now=now) for path in wanted]


def film_at(path: Path, *, cpl: str | None, access: Access, now: datetime) -> Film:
    """The film in a package (a quarter of its width: the detector looks at far less) or in a video."""
    from dcpkit.tracing import Searched
    from watermark.evidence.case import digest_of
    from watermark.frames import video_footage
    from watermark.index import Source, is_index, open_index

    if path.is_file() and is_index(path):
        return Film(None, 0, lambda: open_index(path).source, Searched(path, "index"))
    if is_package(path):
        return _composition(path, cpl=cpl, access=access, now=now)
    footage = video_footage(path)
    source = Source(kind="video", name=path.name)
    return Film(footage, 0, lambda: replace(source, sha256=digest_of(path).sha256), Searched(path, "video"))


def _composition(root: Path, *, cpl: str | None, access: Access, now: datetime) -> Film:
    from dcp.package.outline import outline_of
    from dcp.package.package import open_package
    from dcpkit.keying import keyring
    from dcpkit.marking import film_of
    from dcpkit.options import composition_id
    from dcpkit.packages import one_package, with_originals
    from dcpkit.tracing import Searched
    from watermark.index import Source

    place = one_package(root, cpl_id=composition_id(cpl))
    package = open_package(place.root, ov=with_originals(place.root, access.ov, quiet=True))
    composition = package.composition(place.cpl_id)
    data = package.document(composition).data if access.kdm else None
    keys = keyring(access, now=now, cpl=data)
    outline = outline_of(package, composition)
    issued = composition.issue_date.isoformat()
    source = Source(kind="package", name=outline.title, cpl_id=str(outline.id), issued=issued)
    footage = film_of(package, composition, keys=keys, mic=access.mic)
    searched = Searched(root, "package", package, composition, keys, access.mic)
    return Film(footage, outline.frames or 0, lambda: source, searched, outline)


def reference_of(root: Path, *, cpl: str | None, access: Access, now: datetime) -> Reference:
    """A composition's pictures, in their own size."""
    from dcp.package.package import open_package
    from dcp.picture.codec import codec_by_name
    from dcp.secrets.keys import Keyring
    from dcpkit.keying import keyring
    from dcpkit.options import composition_id
    from dcpkit.packages import one_package, with_originals
    from player.reference import Reference

    place = one_package(root, cpl_id=composition_id(cpl))
    package = open_package(place.root, ov=with_originals(place.root, access.ov, quiet=True))
    composition = package.composition(place.cpl_id)
    keys = keyring(access, now=now, cpl=package.document(composition).data if access.kdm else None)
    return Reference(package, composition, keyring=keys or Keyring(), codec=codec_by_name(), mic=access.mic)
