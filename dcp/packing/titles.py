"""A title that looks like a name by the convention, held against what the package is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dcp.packing.facts import CompositionFacts
from dcp.packing.naming import USUAL_RATE, NameParts, name_parts
from dcp.packing.registries import NOTHING, language_of
from dcp.texts.catalogue import Text, text

_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # a title's day is its maker's own
_ONE_SPEECH = {"cmn": "zh", "yue": "zh"}
_CRYPTIC = {"ENCRYPTED": True, "CRYPT": True, "UNENCRYPTED": False, "PLAINTEXT": False}
RATIO_TOLERANCE = 2
"""By how much the shapes of one film are named apart, in hundredths: 177 and 178."""


def contradictions(parts: NameParts, facts: CompositionFacts) -> tuple[Text, ...]:
    """What a title says that is not so, each as advice. Parts that it does not have say nothing."""
    ours = name_parts(facts, film="X", now=_NO_DAY)
    found: list[Text] = []

    def hold(what: str, said: object, is_so: object) -> None:
        if said is not None and said != is_so:
            found.append(
                text(
                    "advice.title-contradicts",
                    what=f"name-{what}",
                    said=said,
                    found=is_so if is_so not in (None, "") else text("word.nothing"),
                )
            )

    hold("kind", parts.kind, ours.kind)
    hold("container", parts.container, ours.container)
    if parts.ratio is not None and not _same_shape(parts.ratio, facts):
        hold("ratio", parts.ratio, str(round(100 * facts.active[0] / facts.active[1])))
    told = facts.sound is not None and facts.sound.language is not None
    if told and _speech(parts.audio) != _speech(ours.audio):
        hold("audio", parts.audio, ours.audio)
    _hold_texts(parts, ours, hold)
    hold("sound", parts.sound, ours.sound)
    for extra in parts.sound_extras:
        if extra in ("HI", "VI", "SL", "DBOX") and extra not in ours.sound_extras:
            hold("sound-extra", extra, None)
    hold("resolution", parts.resolution, ours.resolution)
    if parts.standard is not None:
        hold("standard", parts.standard, ours.standard)
    three = parts.dimension == "3D" or parts.standard_3d
    hold("dimension", "3D" if three else "2D", "3D" if facts.stereo else "2D")
    hold("rate", parts.rate or USUAL_RATE, round(facts.rate))
    if facts.hdr or parts.look == "HDR1":
        hold("look", parts.look or text("word.nothing"), ours.look)
    if facts.standard == "smpte":
        hold("version", parts.version, ours.version)
        hold("status", parts.status, ours.status)
    if facts.territory is not None:
        hold("territory", parts.territory, ours.territory)
    hold("package", parts.package, ours.package)
    secret = next(
        (_CRYPTIC[word] for word in re.split(r"[^A-Z]+", parts.film.upper()) if word in _CRYPTIC), None
    )
    if secret is not None and secret != any(track.key_id is not None for track in facts.tracks):
        words = ("word.name-encrypted", "word.name-plain")
        hold("encryption", text(words[not secret]), text(words[secret]))
    return tuple(found)


# --- how it is done -----


def _same_shape(ratio: str, facts: CompositionFacts) -> bool:
    return abs(int(ratio) - 100 * facts.active[0] / facts.active[1]) <= RATIO_TOLERANCE


def _speech(code: str | None) -> str | None:
    """The language in general: regions and scripts are told apart by few titles."""
    if code is None or code == NOTHING:
        return code
    tag = (language_of(code) or code).split("-")[0]
    return _ONE_SPEECH.get(tag, tag)


def _hold_texts(parts: NameParts, ours: NameParts, hold: object) -> None:
    assert callable(hold)
    said = [code for code in parts.texts if code == code.upper()]  # those burnt in are in the picture
    if not parts.audio or not said:
        return
    is_so = [code for code in ours.texts if code == code.upper()]
    if [_speech(code) for code in said] != [_speech(code) for code in is_so]:
        hold("texts", "-".join(said), "-".join(is_so) or NOTHING)
