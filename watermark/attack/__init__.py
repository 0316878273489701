"""What pirates, broadcasters and networks do to a picture: cameras in the auditorium, coders, single blows.

An attack takes a clip (RGB frames and their rate) and gives a clip; it is a plug point with a registry by
name. Everything is drawn from a seed: the same seed brings the same frames, and the clip tells what was
drawn. Frames pass one by one; those that must wait for others wait on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from dcp.errors import UsageError
from watermark.attack.camera import Camcorder, camcorder, in_the_auditorium, screen_recording
from watermark.attack.clip import EIGHT_BITS, Clip, Done, Rgb
from watermark.attack.coders import CODERS, Codec, by_coder, recompress, write_video
from watermark.attack.detail import aperture, blur, denoise, denoise_in_time, low_pass, noise
from watermark.attack.eight import in_eight_bits, to_eight_bits
from watermark.attack.geometry import (
    barrel,
    crop,
    keystone,
    letterbox,
    mirror,
    overlay,
    rotate,
    scale,
    shift,
)
from watermark.attack.parameters import Parameter, drawn_value, parameters_of, read_value
from watermark.attack.timing import (
    blend_to_rate,
    lose_frames,
    rate_blend,
    rate_drop,
    rate_pulldown,
    reorder,
    speed,
)
from watermark.attack.together import collude
from watermark.attack.tone import colour, contrast, flicker, gamma

__all__ = [
    "ATTACKS",
    "CODERS",
    "EIGHT_BITS",
    "Attack",
    "Camcorder",
    "Clip",
    "Codec",
    "Done",
    "Parameter",
    "Rgb",
    "attack_by_name",
    "attacked",
    "blend_to_rate",
    "camcorder",
    "collude",
    "crop",
    "drawn_value",
    "gamma",
    "in_eight_bits",
    "noise",
    "parameters_of",
    "read_value",
    "recompress",
    "scale",
    "shift",
    "split_coder",
    "to_eight_bits",
    "values_of",
    "write_video",
]

Attack = Callable[..., Clip]
"""clip, seed, parameters by keyword -> clip"""

ATTACKS: dict[str, Attack] = {
    "none": lambda clip, seed: clip,
    "camcorder": in_the_auditorium,
    "camcorder-30": partial(in_the_auditorium, rate=Fraction(30)),
    "screen-recording": screen_recording,
    **{name: by_coder(name) for name in CODERS},
    "recompress": recompress,
    "gamma": gamma,
    "contrast": contrast,
    "colour": colour,
    "flicker": flicker,
    "crop": crop,
    "scale": scale,
    "shift": shift,
    "rotate": rotate,
    "keystone": keystone,
    "barrel": barrel,
    "letterbox": letterbox,
    "mirror": mirror,
    "overlay": overlay,
    "blur": blur,
    "low-pass": low_pass,
    "aperture": aperture,
    "noise": noise,
    "denoise": denoise,
    "denoise-in-time": denoise_in_time,
    "rate-blend": rate_blend,
    "rate-drop": rate_drop,
    "rate-pulldown": rate_pulldown,
    "speed": speed,
    "lose-frames": lose_frames,
    "reorder": reorder,
}
"""By name. A new attack is a function with its parameters' ranges, and a line in this table."""


def attack_by_name(name: str) -> Attack:
    """UsageError, which lists the names, when there is no such attack."""
    if name not in ATTACKS:
        raise UsageError("mark.no-attack", name=name, known=", ".join(ATTACKS))
    return ATTACKS[name]


def attacked(
    clip: Clip, names: Sequence[str], seed: int, *, values: Sequence[Mapping[str, Any]] | None = None
) -> Clip:
    """One attack after the other. values: of `values_of`; each attack has a seed of its own. UsageError for
    an unknown name."""
    given = values or [{} for _ in names]
    for number, (name, keywords) in enumerate(zip(names, given, strict=True)):
        clip = attack_by_name(name)(clip, seed + 7919 * number, **keywords)
    return clip


def split_coder(
    names: Sequence[str], values: Sequence[Mapping[str, Any]]
) -> tuple[Sequence[str], dict[str, Any]]:
    """The attacks without a coder that ends them, and that coder as `write_video` takes it: the copy is
    written by it once, instead of going through it and through another. Empty when they end otherwise."""
    codec = next((each for each in CODERS if names and each == names[-1]), None)
    last = dict(values[-1]) if values else {}
    if codec is None or last.pop("generations", 1) > 1:
        return names, {}
    return names[:-1], {"codec": codec, "bit_rate": 1_500_000, **last}


def values_of(names: Sequence[str], words: Sequence[str]) -> list[Mapping[str, Any]]:
    """The keywords of each of these attacks, from words as `crop.share=0.2`, or `share=0.2` where only one of
    them has such a parameter. UsageError for a word that none of them understands."""
    every = [{each.name: each for each in parameters_of(attack_by_name(name))} for name in names]
    found: list[dict[str, Any]] = [{} for _ in names]
    for word in words:
        key, equals, value = word.partition("=")
        attack, _, name = key.rpartition(".")
        fits = [at for at, known in enumerate(every) if name in known and attack in ("", names[at])]
        if not equals or not fits or (len({names[at] for at in fits}) > 1):
            known = [f"{one}.{name}" for one, has in zip(names, every, strict=True) for name in has]
            raise UsageError("mark.attack-parameter", word=word, known=", ".join(known) or "-")
        for at in fits:
            found[at][name.replace("-", "_")] = read_value(every[at][name], value)
    return list(found)
