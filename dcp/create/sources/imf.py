"""An IMF composition as a source: its playlist, found and read, and the file of each track file id.

A playlist that is signed is held against its signature, and against the hash that a packing list states; so
are the sizes of the track files. Their own hashes are computed while the package is made (`vouched.py`).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dcp.create.sources.vouched import Vouched
from dcp.dataclass import dataclass
from dcp.documents.imf import ImfAsset, ImfComposition, parse_imf_cpl, parse_imf_pkl
from dcp.errors import DcpError, DocumentError, SourceError, UsageError
from dcp.package.places import has_asset_map, originals_beside, places_at
from dcp.package.survey import Document, Survey, survey_package
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import read_document

_NAMESPACE = b"smpte-ra.org/schemas/2067-3/", b"smpte-ra.org/ns/2067-3/"
_HEAD = 64 << 10


@dataclass(frozen=True)
class ImfSource:
    """A composition of IMF. path: of its playlist. package: where its track files are. listed: what packing
    lists say of them. decisions: what was found out on the way."""

    path: Path
    composition: ImfComposition
    package: Survey
    listed: Mapping[uuid.UUID, ImfAsset]
    decisions: tuple[Text, ...] = ()

    def file(self, id: uuid.UUID, place: str) -> Path:
        """The track file of this id, here or in a package beside, of the size that its packing list states.

        place: where the playlist names it. DcpError for a file that is absent or cannot be used, SourceError
        for an id that no asset map has, and for another size.
        """
        path = self.package.locate(id)
        if path is None:
            for each in (self.package, *self.package.ov):
                for problem in each.problems:
                    if problem.asset_id == id:
                        if problem.error.where is None:
                            problem.error.where = each.root
                        raise problem.error
            raise SourceError("imf.not-mapped", where=self.at(place), asset=id)
        size, entry = path.stat().st_size, self.listed.get(id)
        if entry is not None and size != entry.size:
            raise SourceError("imf.size", where=path, bytes=size, expected=entry.size)
        return path

    def vouched(self, paths: Iterable[Path]) -> tuple[Vouched, ...]:
        """What packing lists state of these track files, and the playlist itself, as far as they do."""
        wanted = set(paths)
        stated = dict.fromkeys((id, entry.algorithm, entry.hash) for id, entry in self.listed.items())
        stated |= dict.fromkeys(
            (resource.track_file, *resource.hash)
            for segment in self.composition.segments
            for sequence in segment.sequences
            for resource in sequence.resources
            if resource.track_file is not None and resource.hash is not None
        )
        places = {id: self.package.locate(id) for id, _, _ in stated}
        return tuple(
            Vouched(path, algorithm, digest)
            for id, algorithm, digest in stated
            if (path := places[id]) in wanted and path is not None
        )

    def at(self, place: str) -> Text:
        """A place in the playlist, with its file."""
        return text("place.in-file", file=self.path, place=place)


def is_imf(path: Path) -> bool:
    """Whether a folder is a package with playlists of IMF and none of cinema, or a file is a playlist of
    theirs, whatever else is wrong with it."""
    if path.is_dir():
        if not has_asset_map(path):
            return False
        survey = survey_package(path)
        cinema = any(each.kind == "composition" and each.error is None for each in survey.documents)
        return not cinema and any(_is_playlist(each.data) for each in survey.documents)
    if path.suffix.lower() != ".xml" or not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return _is_playlist(stream.read(_HEAD))
    except OSError:
        return False


def open_imf(path: Path) -> ImfSource:
    """The one composition of a package, or the one that `path` is the playlist of.

    DocumentError, PathError, DcpError for the first thing wrong with a document or its place; SignatureError;
    UsageError, which names them, where there are several compositions.
    """
    if path.is_dir():
        root = path
        own = survey_package(root)
        playlist, data = _only(own)
    else:
        playlist, data = path, read_document(path)
        parse_imf_cpl(data, where=path)  # what it is comes before where it is
        root = places_at(path)[0].root
        if root == path:
            raise SourceError("imf.no-asset-map", where=path)
        own = survey_package(root)
    composition = parse_imf_cpl(data, where=playlist)
    beside = originals_beside(root)
    package = survey_package(root, ov=beside) if beside else own
    for each in (package, *package.ov):
        _check_map(each)
    listed = dict(_listed(package))
    if composition.signed:
        from dcp.trust.signature import verify_enveloped

        verify_enveloped(data, where=playlist)
    entry = listed.get(composition.id)
    if entry is not None and hashlib.new(entry.algorithm, data).digest() != entry.hash:
        raise DcpError("vouch.other-hash", where=playlist)
    notes = [text("plan.imf", title=composition.title, file=playlist.name)]
    if package.ov:
        notes.append(text("plan.imf-beside", names=[each.root.name for each in package.ov]))
    notes.append(text("plan.imf-hashes"))
    return ImfSource(playlist, composition, package, listed, tuple(notes))


# --- how it is done -----


def _is_playlist(data: bytes) -> bool:
    """By its root element's namespace. Documents that nobody may parse have to be told apart as well."""
    tag = _root_tag(data[:_HEAD])
    return any(each in tag for each in _NAMESPACE)


def _root_tag(head: bytes) -> bytes:
    at = 0
    while (at := head.find(b"<", at)) >= 0:
        for start, end in ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">")):
            if head.startswith(start, at):
                at = head.find(end, at + len(start))
                break
        else:
            return head[at : head.find(b">", at)]
        if at < 0:
            break
    return b""


def _only(survey: Survey) -> tuple[Path, bytes]:
    _check_map(survey)
    found: Sequence[Document] = [each for each in survey.documents if _is_playlist(each.data)]
    if len(found) > 1:
        choice = [f"{each.name} ({parse_imf_cpl(each.data, where=each.path).title})" for each in found]
        raise UsageError("imf.several", where=survey.root, n=len(found), choice=choice)
    (one,) = found
    return one.path, one.data


def _check_map(survey: Survey) -> None:
    """The first thing wrong with an asset map; an asset that has two places has none."""
    for document in survey.documents:
        if document.kind == "asset_map" and document.error is not None:
            raise document.error
    seen: dict[uuid.UUID, str] = {}
    for asset in survey.asset_map.asset_list if survey.asset_map is not None else ():
        place = asset.chunk_list[0].path if asset.chunk_list else ""
        if seen.setdefault(asset.id, place) != place:
            raise DocumentError(
                "imf.asset-twice", where=survey.root, asset=asset.id, names=[seen[asset.id], place]
            )


def _listed(package: Survey) -> Iterator[tuple[uuid.UUID, ImfAsset]]:
    """Of the packing lists, the package's own last, as these count."""
    for survey in (*package.ov, package):
        lists = [each for each in survey.documents if each.kind == "packing_list"]
        if not lists:
            raise next(
                (each.error for each in survey.problems if each.kind == "missing"),
                DocumentError("package.no-pkl", where=survey.root),
            )
        for document in lists:
            for asset in parse_imf_pkl(document.data, where=document.path):
                yield asset.id, asset
