"""From an answer to evidence: here the list of locations, journals, KDMs, packages, a signer and the
watermark room are wired together."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.dataclass import dataclass
from dcp.texts.catalogue import LANGUAGES, Language, Text, text
from watermark.evidence.case import Case, Digest, Film, Known, digest_of, evidence_document
from watermark.evidence.shows import Show, Shows, shows_with
from watermark.evidence.when import Bound, Time, time_known, year_bound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dcp.documents.cpl import CompositionPlaylist
    from dcp.mxf.reader import MicPolicy
    from dcp.package.package import Package
    from dcp.secrets.keys import Keyring
    from dcp.trust.signer import Signer
    from dcpkit.commands.watermark.evidence import Asked
    from watermark.evidence.method import Bench
    from watermark.evidence.pairs import Frames
    from watermark.evidence.where import Locations
    from watermark.payload import Payload
    from watermark.secret import Secret

HIDDEN = {"keys": "keys", "private_key": "private key", "signer": "signer", "passphrase_file": "passphrase"}
"""Flags whose values are told in no report: parameters of a command, and what stands there instead."""


@dataclass(frozen=True)
class Window:
    """A KDM of the screen: for which composition, from when until when.

    device: all in it that may name the recipient's certificate.
    """

    message_id: str
    cpl_id: str
    begin: datetime
    end: datetime
    device: frozenset[str]


@dataclass(frozen=True)
class Lists:
    """What was read for the evidence before the work began."""

    locations: Locations | None
    journals: tuple[Digest, ...]
    shows: tuple[Show, ...]
    windows: tuple[Window, ...]
    bench: Bench | None
    signer: Signer | None


def read_lists(asked: Asked) -> Lists:
    """Read it all; the errors are those of each."""
    from dcpkit.keying import load_signer
    from dcpkit.locating import read_locations
    from watermark.evidence.method import read_bench

    shows = [show for path in asked.journals for show in _shows(path)]
    return Lists(
        locations=read_locations(asked.locations) if asked.locations else None,
        journals=tuple(digest_of(path) for path in asked.journals),
        shows=tuple(shows),
        windows=tuple(_window(path) for path in asked.screen_kdms),
        bench=read_bench(asked.bench) if asked.bench else None,
        signer=load_signer(asked.signer) if asked.signer else None,
    )


def _shows(path: Path) -> Iterable[Show]:
    """The shows of a journal, with what is wrong with their lines."""
    from player.log.reading import read_shows

    for logged in read_shows(path):
        if logged.begin is None or logged.end is None:
            continue
        yield Show(
            journal=path.name,
            lines=(logged.first_line, logged.last_line),
            cpl_id=logged.content_id,
            begin=logged.begin,
            end=logged.end,
            mark=logged.mark,
            runs=tuple(logged.runs),
            kdms=tuple(logged.kdms),
            complete=logged.complete,
            faults=tuple(logged.faults),
        )


def _window(path: Path) -> Window:
    """What a KDM that the screen had let it show, and when; its signature has to hold."""
    from dcp.trust.signature import verify_kdm
    from dcpkit.keying import read_kdm
    from kdm.message import parse_message

    data = read_kdm(path)
    verify_kdm(data, where=path)
    message = parse_message(data, where=path)
    recipient = message.recipient
    thumbprints = (base64.b64encode(each).decode() for each in message.authorized_device_info.device_list)
    return Window(
        message_id=str(message.message_id),
        cpl_id=str(message.composition_playlist_id),
        begin=message.content_keys_not_valid_before,
        end=message.content_keys_not_valid_after,
        device=frozenset((recipient.x509_subject_name, *thumbprints)),
    )


@dataclass(frozen=True)
class Answer:
    """What an extraction read, as far as when and where go.

    film: which of those that were searched, None when none was recognised. excerpt: its first and last frame.
    """

    payload: Payload | None
    excerpt: tuple[int, int] | None
    film: int | None = 0


@dataclass(frozen=True)
class Dated:
    """When it was, as far as that is known, what the journals say, and what else is to be said."""

    time: Time | None = None
    shows: Shows | None = None
    notes: tuple[Text, ...] = ()


def known_time(
    answer: Answer, lists: Lists, films: Sequence[Film], *, year: int | None, now: datetime
) -> Dated:
    """Every ground that there is, put together."""
    payload = answer.payload
    if payload is None:
        return Dated()
    film = films[answer.film] if answer.film is not None and films else None
    rows = lists.locations.of(payload.location) if lists.locations else ()
    bounds, notes = _windows(lists.windows, film, [each.certificate for each in rows])
    if year is not None:
        bounds.append(year_bound(year))
    if film is not None and film.issued is not None:
        bounds.append(Bound(text("evidence.bound-film", time=film.issued), begin=film.issued))
    if rows and all(each.begin is not None for each in rows):
        begin = min(each.begin for each in rows if each.begin is not None)
        bounds.append(Bound(text("evidence.bound-list", location=payload.location, time=begin), begin=begin))
    shows = None
    if lists.journals:
        cpl_id = film.cpl_id if film is not None else None
        shows = shows_with(lists.shows, payload, cpl_id=cpl_id, excerpt=answer.excerpt)
        named = shows.named
        if named is not None:
            why = text("evidence.bound-show", journal=named.journal, line=named.lines[0], time=named.begin)
            bounds.append(Bound(why, named.begin, named.end))
    return Dated(time_known(payload.time_index, bounds, now=now), shows, tuple(notes))


def _windows(
    windows: Sequence[Window], film: Film | None, certificates: Sequence[str]
) -> tuple[list[Bound], list[Text]]:
    """What KDMs say of the time: those for the film that was searched, from the first to the last."""
    wanted = film.cpl_id if film is not None else None
    meant = [each for each in windows if wanted in (None, each.cpl_id)]
    notes = [
        text("evidence.kdm-other-film", message=each.message_id, cpl=each.cpl_id)
        for each in windows
        if each not in meant
    ]
    if meant and wanted is None:
        notes.append(text("evidence.kdm-any-film"))
    known = [each for each in certificates if each]
    notes += [
        text("evidence.kdm-other-device", message=each.message_id)
        for each in meant
        if known and not any(one in device for one in known for device in each.device)
    ]
    if not meant:
        return [], notes
    begin, end = min(each.begin for each in meant), max(each.end for each in meant)
    ids = [each.message_id for each in meant]
    return [Bound(text("evidence.bound-kdm", messages=ids, begin=begin, end=end), begin, end)], notes


def film_of_package(package: Package, composition: CompositionPlaylist, *, read: bool = True) -> Film:
    """The playlist and the picture track files that it shows, each read for its SHA-256."""
    from dcp.documents.cpl import PICTURE_KINDS

    document = package.document(composition)
    ids = dict.fromkeys(
        asset.id for reel in composition.reels for asset in reel.assets if asset.kind in PICTURE_KINDS
    )
    import hashlib

    playlist = Digest(document.name, len(document.data), hashlib.sha256(document.data).hexdigest())
    files = tuple(digest_of(package.require(each)) for each in ids) if read else ()
    return Film(
        name=package.root.name,
        kind="package",
        files=(playlist, *files),
        cpl_id=str(composition.id),
        title=composition.content_title_text,
        issued=composition.issue_date if composition.issue_date.tzinfo else None,
    )


def _film_of_index(path: Path, files: tuple[Digest, ...]) -> Film:
    """What an index says of the film that it was made of."""
    from watermark.index import open_index

    source = open_index(path).source
    try:
        issued = datetime.fromisoformat(source.issued)
    except ValueError:  # of a video, or of an older index
        issued = None
    return Film(
        name=path.name,
        kind="index",
        files=files,
        cpl_id=source.cpl_id or None,
        title=source.name or None,
        issued=issued if issued is not None and issued.tzinfo is not None else None,
    )


@dataclass(frozen=True)
class Searched:
    """A film that was searched, as far as the evidence wants to know it.

    kind: package, video or index. keys: of a package.
    """

    path: Path
    kind: str
    package: Package | None = None
    composition: CompositionPlaylist | None = None
    keys: Keyring | None = None
    mic: MicPolicy = "require"

    def examined(self, *, read: bool = True) -> Film:
        """What it is, with the SHA-256 of its files, which are read for it."""
        if self.package is not None and self.composition is not None:
            return film_of_package(self.package, self.composition, read=read)
        files = (digest_of(self.path),) if read else ()
        if self.kind == "index":
            return _film_of_index(self.path, files)
        return Film(self.path.name, self.kind, files)

    def frames(self) -> Frames | None:
        """Its frames as pictures, full size; None of an index, which has none."""
        if self.kind == "index":
            return None
        return self._of_package if self.package is not None else self._of_video

    def _of_video(self, wanted: Sequence[int]) -> Mapping[int, NDArray[np.uint8]]:
        from watermark.video import rgb_frames

        return rgb_frames(self.path, wanted)

    def _of_package(self, wanted: Sequence[int]) -> Mapping[int, NDArray[np.uint8]]:
        import numpy as np

        from dcp.picture.codec import codec_by_name
        from dcp.picture.colour import from_xyz12
        from dcp.secrets.keys import Keyring
        from player.reference import Reference

        assert self.package is not None and self.composition is not None
        keys = self.keys or Keyring()
        film = Reference(self.package, self.composition, keyring=keys, codec=codec_by_name(), mic=self.mic)
        return {
            frame: from_xyz12(xyz, display="rec709").astype(np.uint8, copy=False)
            for frame, xyz in film.picked(wanted)
        }


def known_secrets(secrets: Sequence[Secret]) -> tuple[Known, ...]:
    """What a report may say of the secrets."""
    return tuple(Known(each.operator, each.fingerprint) for each in secrets)


def command_of(context: click.Context, secrets: Sequence[Secret]) -> tuple[str, ...]:
    """The command as it was given: files by their names alone, what is secret by what it is."""
    from click.core import ParameterSource

    words = context.command_path.split()
    fingerprints = iter(secrets)
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        given = context.params.get(name)
        if given is None and parameter.expose_value:
            continue
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(parameter, click.Option):
                words.append(max(parameter.opts, key=len))
                if parameter.is_flag:
                    continue
            words.append(_told(name, value, fingerprints))
    return tuple(words)


def _told(name: str, value: object, secrets: Any) -> str:
    if name in ("secret_file", "secret_files"):
        return f"<secret {next(secrets).fingerprint}>"
    if name in HIDDEN:
        return f"<{HIDDEN[name]}>"
    return value.name if isinstance(value, Path) else str(value)


def write_evidence(
    report: Path,
    case: Case,
    result: Mapping[str, Any],
    *,
    html: Callable[[Language], str],
    pictures: Callable[[], Mapping[str, bytes]],
    listed: Sequence[Mapping[str, Any]],
    signer: Signer | None,
    language: Language,
) -> None:
    """Write the report as its name asks: a page, a document, or a bundle of both with the pictures.

    html(language): the page. pictures(): files beside it in a bundle. The errors are those of writing, and
    CertificateError of a chain that signs no such document.
    """
    from dcp.output import write_finished
    from dcp.version import VERSION
    from dcpkit.sealing import sealed
    from watermark.evidence.bundle import EVIDENCE, MANIFEST, SIGNATURE, manifest_of, write_bundle

    suffix = report.suffix.lower()
    if suffix in (".html", ".htm"):
        write_finished(report, html(language).encode())
        return
    document = evidence_document(case, result, pictures=listed)
    data = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    if suffix == ".json":
        write_finished(report, data)
        return
    files = {
        EVIDENCE: data,
        **{f"report.{each}.html": html(each).encode() for each in LANGUAGES},
        **pictures(),
        **(_certificates(signer) if signer is not None else {}),
    }
    manifest = manifest_of(
        files,
        tool="dcpkit",
        version=VERSION,
        made=case.made.astimezone(UTC).replace(microsecond=0),
        signed=signer is not None,
    )
    files[MANIFEST] = manifest.data()
    if signer is not None:
        files[SIGNATURE] = sealed(manifest, signer)
    write_bundle(report, files)


def _certificates(signer: Signer) -> dict[str, bytes]:
    """Who signed, and who issued that. Not the root: whom to trust a bundle cannot say."""
    return {
        f"certificates/{number}.pem": each.pem().encode()
        for number, each in enumerate(signer.chain, 1)
        if not each.is_self_issued
    }


def notes_of(time: Time | None) -> tuple[Text, ...]:
    """What is to be said of when it was, on a terminal."""
    if time is None:
        return ()
    if time.fixed is not None:
        return (text("evidence.said-fixed", begin=time.fixed.begin, end=time.fixed.end),)
    years = [str(each.begin.year) for each in time.quarters if each.possible]
    if not years:
        return (text("evidence.no-quarter"),)
    return (text("evidence.said-open", years=years),)
