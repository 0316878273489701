"""Titles that are names by the naming convention, held against what the package is.

What the package does not tell is not judged: text in the picture, channels without names, what stands in an
original version that was not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.documents.cpl import CAPTION_KINDS
from dcp.packing.kinds import KINDS, kind_by_code
from dcp.packing.naming import SIZES, USUAL_RATE, container_of
from dcp.packing.registries import NOTHING, language_of, territory_tag
from dcp.packing.titles import RATIO_TOLERANCE, general_language
from dcp.picture.cinema import CONTAINERS, is_four_k
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts
from dcp.verify.named import PLACE, Named, SoundKnown, named
from dcp.verify.rule import Hit, Outcome, package_rule

_LEAST_CHANNELS = {"10": 1, "20": 2, "21": 3, "51": 6, "61": 7, "71": 8}
_SURROUND = ("51", "61", "71")
"""Soundfields that cannot be taken for each other; mono and stereo often lie in a track named 5.1."""
_OF_CONFIGURATION = {1: "51", 2: "61", 3: "71", 5: "71"}
_NEAR = 0.08
"""By how much another size than the containers' may differ in shape and still be called by one."""
_CLOSED = ("ClosedCaption", "MainClosedCaption", "ClosedSubtitle")


def _hit(each: Named, id: str, **places: object) -> Hit:
    return Hit(Text(id, places), file=each.file, place=PLACE)


@package_rule("NAM-007", severity="info")
def frame_rate(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        rates, said = each.rates, each.parts.rate
        if not rates:
            continue
        real = min(rates)
        if said is None and each.parts.version in rates:
            continue  # a lone number: a rate as well as a version
        if said is None and round(real) != USUAL_RATE:
            yield _hit(each, "NAM-007.unsaid", found=_say(real))
        elif said is not None and said not in {round(rate) for rate in rates} and not _is_version(each):
            yield _hit(each, "NAM-007.differs", said=said, found=_say(real))


@package_rule("NAM-008", severity="info")
def dimension(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        parts, stereo = each.parts, each.stereo
        says_3d = parts.dimension == "3D" or parts.standard_3d
        if stereo is True and not (says_3d or parts.dimension):
            yield _hit(each, "NAM-008.unsaid")
        elif stereo is True and parts.dimension == "2D":
            yield _hit(each, "NAM-008.differs", said="2D", found="3D")
        elif stereo is False and says_3d:
            yield _hit(each, "NAM-008.differs", said="3D", found="2D")


@package_rule("NAM-009", severity="info")
def aspect_ratio(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        letter, size, active = each.parts.container, each.stored, each.active
        if letter is not None and size is not None and not _may_be_called(letter, size):
            yield _hit(
                each,
                "NAM-009.container",
                said=letter,
                found=container_of(size),
                width=size[0],
                height=size[1],
            )
        elif each.parts.ratio is not None and active is not None and each.parts.kind != "TLR":
            shape = 100 * active[0] / active[1]
            if abs(int(each.parts.ratio) - shape) > RATIO_TOLERANCE:
                yield _hit(
                    each,
                    "NAM-009.ratio",
                    said=f"{letter}-{each.parts.ratio}",
                    found=round(shape),
                    width=active[0],
                    height=active[1],
                )


@package_rule("NAM-010", severity="info")
def subtitles(facts: PackageFacts) -> Outcome:
    """Those burnt in stand in lower case, and nothing tells of them; beside captions a code may be theirs."""
    for each in named(facts):
        if each.parts.audio is None:
            continue
        said = [code for code in each.parts.texts if code == code.upper() and code != NOTHING]
        there = bool(each.assets("MainSubtitle"))
        if said and not there and not each.parts.captions:
            yield _hit(each, "NAM-010.absent", said="-".join(said))
        elif there and not said and "OCAP" not in each.parts.captions:
            if each.subtitles:
                yield _hit(each, "NAM-010.unsaid", found=each.subtitles)
            else:
                yield _hit(each, "NAM-010.unsaid-unknown")
        elif there and said:
            general = {_general(code) for code in said}
            unsaid = [language for language in each.subtitles if language not in general]
            if unsaid and "UND" not in said:
                yield _hit(each, "NAM-010.language", said="-".join(said), found=each.subtitles)


@package_rule("NAM-011", severity="info")
def captions(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        if each.parts.audio is None:
            continue
        said = each.parts.captions
        closed, opened = bool(each.assets(*_CLOSED)), bool(each.assets("MainCaption"))
        if "CCAP" in said and not closed:
            yield _hit(each, "NAM-011.absent", said="CCAP")
        burnt_in = any(code == code.lower() for code in each.parts.texts)
        if "OCAP" in said and not (opened or burnt_in or each.assets("MainSubtitle")):
            yield _hit(each, "NAM-011.absent", said="OCAP")
        for code, there in (("CCAP", closed), ("OCAP", opened)):
            if there and code not in said:
                kinds = sorted({asset.kind for asset in each.assets(*CAPTION_KINDS)})
                yield _hit(each, "NAM-011.unsaid", code=code, kinds=kinds)


@package_rule("NAM-012", severity="info")
def sound_format(facts: PackageFacts) -> Outcome:
    """What no source bears out is said once; where labels and metadata differ, either will do."""
    for each in named(facts):
        said, known = each.parts.sound, each.sounds()
        if said is not None and said != "MOS" and each.cpl.reels and not each.assets("MainSound"):
            yield _hit(each, "NAM-012.none", said=said)
            continue
        if not known:
            continue
        if said is not None and all(_contradicts(said, sound) for sound in known):
            yield _hit(each, "NAM-012.differs", said=said, found=_found(known))
        named_channels = [sound.extras for sound in known if sound.extras is not None]
        if not named_channels or (said is None and not each.parts.sound_extras):
            continue
        codes = ("HI", "VI", "SL", "DBOX")
        claimed = [code for code in codes if code in each.parts.sound_extras]
        absent = [code for code in claimed if not any(code in extras for extras in named_channels)]
        unsaid = [code for code in codes if all(code in extras for extras in named_channels)]
        unsaid = [code for code in unsaid if code not in claimed]
        if absent:
            yield _hit(each, "NAM-012.extra-absent", codes=absent)
        if unsaid:
            yield _hit(each, "NAM-012.extra-unsaid", codes=unsaid)


@package_rule("NAM-013", severity="info")
def immersive_sound(facts: PackageFacts) -> Outcome:
    """AURO lies in the channels of the main sound; of the others there is a track."""
    for each in named(facts):
        claimed = [code for code in each.claims_immersive if code != "AURO"]
        if claimed and each.immersive == "none":
            yield _hit(each, "NAM-013.absent", said=claimed[0])
        elif each.parts.sound is not None and not each.claims_immersive and each.immersive == "immersive":
            yield _hit(each, "NAM-013.unsaid")


@package_rule("NAM-014", severity="info")
def resolution(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        said, size = each.parts.resolution, each.stored
        if said is not None and size is not None and said != ("4K" if is_four_k(size) else "2K"):
            yield _hit(each, "NAM-014.differs", said=said, width=size[0], height=size[1])


@package_rule("NAM-015", severity="info")
def standard(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        said = each.parts.standard
        if said is not None and (said == "SMPTE") != (each.cpl.standard == "smpte"):
            yield _hit(each, "NAM-015.differs", said=said, found=each.cpl.standard)


def _look(facts: PackageFacts, absent: str, unsaid: str, *codes: str) -> Iterator[Hit]:
    for each in named(facts):
        for code in codes:
            said, there = each.parts.look == code, code in each.looks
            if said and not there:
                yield _hit(each, absent, code=code)
            elif there and each.parts.look is None:
                yield _hit(each, unsaid, code=code)


@package_rule("NAM-016", severity="info")
def dolby_vision(facts: PackageFacts) -> Outcome:
    yield from _look(facts, "NAM-016.absent", "NAM-016.unsaid", "DVis")


@package_rule("NAM-017", severity="info")
def eclaircolor(facts: PackageFacts) -> Outcome:
    yield from _look(facts, "NAM-017.absent", "NAM-017.unsaid", "EC")


@package_rule("NAM-021", severity="info")
def hdr(facts: PackageFacts) -> Outcome:
    yield from _look(facts, "NAM-021.absent", "NAM-021.unsaid", "HDR1", "EPIQ")


@package_rule("NAM-019", severity="info")
def kind_of_content(facts: PackageFacts) -> Outcome:
    """Kinds that ST 429-7 does not list are written under names that it does; those are left alone."""
    values = {kind.value for kind in KINDS}
    for each in named(facts):
        kind, found = kind_by_code(each.parts.kind), each.cpl.content_kind.lower()
        if kind is not None and kind.scope is None and found in values and found != kind.value:
            yield _hit(each, "NAM-019.differs", said=kind.code, found=each.cpl.content_kind)


@package_rule("NAM-020", severity="info")
def spoken_language(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        said, found = each.parts.audio, each.spoken
        if said in (None, NOTHING, "XXX", "UND") or not found:
            continue
        if _general(str(said)) not in found:
            yield _hit(each, "NAM-020.differs", said=said, found=found)


@package_rule("NAM-022", severity="info")
def version(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        metadata, said = each.metadata, each.parts.version
        if metadata is None:
            continue
        number = metadata.version_number
        if said is not None and number is not None and number >= 1 and said != number:
            yield _hit(each, "NAM-022.number", said=said, found=number)
        status, claimed = metadata.version_status, (each.parts.status or "").lower()
        if status is not None and claimed and status != claimed:
            yield _hit(each, "NAM-022.status", said=each.parts.status, found=status)


@package_rule("NAM-023", severity="info")
def territory(facts: PackageFacts) -> Outcome:
    for each in named(facts):
        stated = each.metadata.release_territory if each.metadata else None
        wanted = territory_tag(each.parts.territory or "")
        others = [territory_tag(code) for code in (each.parts.rating or "").split("-")]
        if stated is not None and wanted is not None and stated.upper() not in (wanted, *others):
            yield _hit(each, "NAM-023.differs", said=each.parts.territory, found=stated)


# --- how it is done -----


def _is_version(each: Named) -> bool:
    """Whether a lone number behind the kind, taken for a rate, is the version of the metadata."""
    version = each.metadata.version_number if each.metadata else None
    return each.parts.version is None and version == each.parts.rate


def _may_be_called(letter: str, size: tuple[int, int]) -> bool:
    if size in CONTAINERS.values():
        return container_of(size) == letter
    return abs(Fraction(*size) / Fraction(*SIZES[letter]) - 1) <= _NEAR


def _contradicts(said: str, sound: SoundKnown) -> bool:
    if sound.channels is not None and sound.channels < _LEAST_CHANNELS.get(said, 0):
        return True
    configured = _OF_CONFIGURATION.get(sound.configuration or 0)
    for found in (sound.code, configured):
        if found in _SURROUND and said in _SURROUND and found != said:
            return True
    return sound.code in ("10", "20", "21") and said in _SURROUND


def _found(known: list[SoundKnown]) -> str:
    for sound in known:
        code = sound.code or _OF_CONFIGURATION.get(sound.configuration or 0)
        if code is not None:
            return code
    return str(known[0].channels)


def _general(code: str) -> str:
    return general_language(language_of(code) or code)


def _say(rate: Fraction) -> str:
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"
