"""One screen that says what a package, a track file or a document is; `info --all` says the rest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.errors import DcpError
from dcp.package.outline import outline, role_of
from dcp.reportpage import film
from dcp.texts.catalogue import Language, Sayable, Text, listed, said, text
from dcpkit.tables import cell_len, padded

if TYPE_CHECKING:
    from dcp.documents.cpl import CompositionPlaylist
    from dcp.mxf.descriptors import AuxDescriptor, TimedTextDescriptor
    from dcp.mxf.header import TrackHeader
    from dcp.package.package import Package

Line = tuple[Sayable, object]
"""A label and its value."""


def package_lines(package: Package, language: Language) -> Iterator[str]:
    """The package's folder and size, then each composition."""
    size = sum(_size(path) for path in package.files.values())
    standard = {"smpte": "SMPTE", "interop": "Interop"}[package.standard]
    yield package.root.name
    yield from _aligned([(text("page.standard"), standard), (text("page.size"), film.size(size))], language)
    for cpl in package.compositions:
        yield ""
        yield cpl.content_title_text
        yield from _aligned(list(_composition(package, cpl)), language)


def _composition(package: Package, cpl: CompositionPlaylist) -> Iterator[Line]:
    broken: dict[str, None] = {}
    headers = {asset.id: _header(package.locate(asset.id), broken) for asset in cpl.assets}
    document = package.document(cpl)
    found = outline(
        cpl,
        header=headers.get,
        name=lambda id: None,
        file=document.name,
        signer=_signer(document.data, document.path) if cpl.signed else None,
    )
    for fact in film.facts(found):
        label, value = fact.label, fact.value
        yield (label if isinstance(label, Sayable) else text("flags.said", said=label)), value
        if label == text("page.picture"):
            rate = _megabits(package, cpl)
            if rate is not None:
                yield text("info.bit-rate"), text("info.megabits", rate=rate)
    others = tuple(_others(cpl, headers))
    if others:
        yield text("info.others"), others
    if cpl.encrypted:
        yield text("info.keys"), f"{len(cpl.key_ids):,}"
    if broken:
        yield (
            text("info.unreadable"),
            text("info.unreadable-files", n=len(broken), names=tuple(broken)),
        )
    absent = [asset for asset in cpl.assets if package.locate(asset.id) is None]
    if absent:
        yield text("info.elsewhere"), text("info.files", n=len({asset.id for asset in absent}))


def _others(cpl: CompositionPlaylist, headers: Mapping[uuid.UUID, TrackHeader | None]) -> Iterator[Text]:
    """What it has beside picture and sound, each kind once; of data what the files say."""
    found: dict[str, None] = {}
    for asset in cpl.assets:
        role, header = role_of(asset.kind), headers[asset.id]
        if asset.is_track_file and role not in ("picture", "sound"):
            found[header.essence if role == "data" and header is not None else role] = None
    for kind in found:
        if kind in ("subtitles", "captions", "data"):
            if kind != "data" or not {"atmos", "aux_data"} & found.keys():
                yield text(f"page.{kind}")
        else:
            yield _essence(kind)


def _essence(kind: str) -> Text:
    """What a track file holds. The two kinds of immersive sound lie in one kind of file."""
    return text("info.immersive-sound") if kind == "atmos" else text("info.essence-is", kind=kind)


def _megabits(package: Package, cpl: CompositionPlaylist) -> float | None:
    """The mean over all its picture files, Mbit/s; None without files."""
    size, seconds = 0, Fraction(0)
    for asset in {one.id: one for reel in cpl.reels if (one := reel.picture) is not None}.values():
        path = package.locate(asset.id)
        if path is not None and asset.edit_rate:
            size += _size(path)
            seconds += Fraction(asset.intrinsic_duration) / asset.edit_rate
    return float(size * 8 / seconds / 1_000_000) if seconds else None


def _header(path: Path | None, broken: dict[str, None]) -> TrackHeader | None:
    """The header of an MXF file; one that cannot be read is named in `broken`."""
    from dcp.mxf.reader import TrackFile

    if path is None or path.suffix.lower() != ".mxf":
        return None
    try:
        with TrackFile.open(path) as track:
            return track.header
    except (DcpError, OSError):
        broken[path.name] = None
        return None


def _signer(data: bytes, where: Path) -> str | None:
    """Whose signature it is, where it holds; whether its chain is sound is not asked."""
    from dcp.trust.signature import examine_enveloped

    with suppress(DcpError):
        verified = examine_enveloped(data, where=where).verified
        return verified.chain[0].label if verified is not None else None
    return None


def track_lines(path: Path, header: TrackHeader, size: int, language: Language) -> list[str]:
    """What a track file says of itself, the most of it."""
    from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
    from dcp.reportpage.render import clock

    seconds = Fraction(header.container_duration) / header.edit_rate if header.edit_rate else Fraction(0)
    rate = f"{float(header.edit_rate):g}"
    lines: list[Line] = [
        (text("info.essence"), _essence(header.essence)),
        (text("page.duration"), text("info.units", time=clock(seconds), n=header.container_duration)),
    ]
    if not header.closed:
        found = "info.header-open" if header.from_footer else "info.header-unfinished"
        lines.append((text("info.header"), text(found)))
    if isinstance(header.descriptor, PictureDescriptor):
        width, height = header.descriptor.stored_width, header.descriptor.stored_height
        picture = text("page.picture-is", width=width, height=height, rate=rate)
        lines.append((text("page.picture"), picture))
        if seconds:
            bits = float(size * 8 / seconds / 1_000_000)
            lines.append((text("info.bit-rate"), text("info.megabits", rate=bits)))
    elif isinstance(header.descriptor, SoundDescriptor):
        khz = f"{header.descriptor.sample_rate / 1000:g}"
        lines.append((text("page.sound"), text("page.sound-is", n=header.descriptor.channels, khz=khz)))
    elif isinstance(header.descriptor, TimedTextDescriptor):
        lines += _of_text(header.descriptor)
    elif isinstance(header.descriptor, AuxDescriptor):
        lines += _of_data(header.descriptor)
    lines.append((text("page.protection"), text("page.encrypted" if header.encrypted else "page.clear")))
    if header.key_id is not None:
        lines.append((text("info.key"), header.key_id))
    lines += [(text("info.asset"), header.asset_id), (text("page.size"), film.size(size))]
    return [path.name, *_aligned(lines, language)]


def _of_text(descriptor: TimedTextDescriptor) -> Iterator[Line]:
    """Its languages, its document, and what lies beside that in the file."""
    if descriptor.languages:
        yield text("page.languages"), descriptor.languages
    if descriptor.resource_id is not None:
        yield text("info.document"), descriptor.resource_id
    if descriptor.namespace_uri:
        yield text("info.namespace"), descriptor.namespace_uri
    images = sum(each.mime_type.lower().startswith("image/") for each in descriptor.resources)
    if images:
        yield text("info.images"), f"{images:,}"
    if len(descriptor.resources) > images:
        yield text("info.fonts"), f"{len(descriptor.resources) - images:,}"


def _of_data(descriptor: AuxDescriptor) -> Iterator[Line]:
    """What kind of data it says it is; of immersive sound how much of it there is at most."""
    if descriptor.immersive:
        most = {"channels": descriptor.max_channel_count or 0, "objects": descriptor.max_object_count or 0}
        yield text("page.sound"), text("info.immersive", **most)
    elif descriptor.data_essence_coding is not None:
        yield text("info.coding"), str(descriptor.data_essence_coding)


def document_lines(document: Mapping[str, Any], language: Language) -> list[str]:
    """The plain values of a document, and of its lists how many entries they have."""
    from dcpkit.console import field_label, yes_or_no

    lines = []
    colon = "：" if language == "zh" else ": "
    for name, value in document.items():
        label = field_label(name, "of-document.")
        if isinstance(value, list) and value:
            lines.append(f"  {label}{colon}{text('info.entries', n=len(value)).say(language)}")
        elif not isinstance(value, list | dict) and value not in (None, ""):
            words = yes_or_no(value) if isinstance(value, bool) else said(value, language)
            lines.append(f"  {label}{colon}{words}")
    return lines


def _aligned(lines: Sequence[Line], language: Language) -> list[str]:
    labels = [label.say(language) for label, _ in lines]
    width = max(map(cell_len, labels), default=0)
    return [
        f"  {padded(label, width)}  {_value(value, language)}"
        for label, (_, value) in zip(labels, lines, strict=True)
    ]


def _value(value: object, language: Language) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str | Sayable):
        return listed([said(each, language) for each in value], language)
    return str(value) if isinstance(value, uuid.UUID) else said(value, language)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
