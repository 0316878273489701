"""What the core does without: the libraries of the extras, and what to install when one is asked for.

`pip install dcpkit` brings documents, trust, KDMs and track files. Pictures, marks, screens and tokens come
with an extra each (`pyproject.toml` names their libraries). Whoever is about to need one calls `need` before
any work, so that nothing fails in the middle of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from dcp.errors import UsageError

Extra = Literal["picture", "sound", "text", "create", "watermark", "player", "hsm", "cluster"]

EXTRAS: tuple[Extra, ...] = get_args(Extra)

_PICTURE = {
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "av": "av",
    "PIL": "pillow",
    "numba": "numba",
}
_SOUND = {"numpy": "numpy", "av": "av", "soxr": "soxr"}
_TEXT = {
    "numpy": "numpy",
    "PIL": "pillow",
    "fontTools": "fonttools",
    "freetype": "freetype-py",
    "uharfbuzz": "uharfbuzz",
    "bidi": "python-bidi",
    "icu4py": "icu4py",
    "ttconv": "ttconv",
}
MODULES: Mapping[Extra, Mapping[str, str]] = {
    "picture": _PICTURE,
    "sound": _SOUND,
    "text": _TEXT,
    "create": {
        **_PICTURE,
        **_SOUND,
        **_TEXT,
        "OpenImageIO": "openimageio",
        "PyOpenColorIO": "opencolorio",
        "opentimelineio": "opentimelineio",
        "otio_cmx3600_adapter": "otio-cmx3600-adapter",
    },
    "watermark": _PICTURE,
    "player": {**_PICTURE, "aiohttp": "aiohttp"},
    "hsm": {"pkcs11": "python-pkcs11"},
    "cluster": {"distributed": "distributed"},
}
"""The modules that an extra brings, and the packages that hold them."""


class ExtraMissingError(UsageError):
    """What was asked for needs an extra that is not installed."""


def need(extra: Extra, *, where: str | None = None) -> None:
    """ExtraMissingError when a module of the extra is absent. Nothing is imported.

    where: what asked for it, for the error.
    """
    for module in MODULES[extra]:
        if not present(module):
            raise ExtraMissingError("extra.missing", where=where, package=MODULES[extra][module], extra=extra)


def missing(module: str) -> ExtraMissingError | None:
    """The error for a module (its dotted name) that could not be imported; None when no extra brings it."""
    name = module.partition(".")[0]
    for extra in EXTRAS:
        if name in MODULES[extra]:
            return ExtraMissingError("extra.missing", package=MODULES[extra][name], extra=extra)
    return None


def present(module: str) -> bool:
    """Whether a module could be imported, without importing it."""
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def has(extra: Extra) -> bool:
    """Whether all modules of the extra are here, without importing one."""
    return all(map(present, MODULES[extra]))


def installed(extra: Extra) -> dict[str, str | None]:
    """The extra's packages and their versions, None for one that is not installed."""
    return {
        package: _version(package) if present(module) else None for module, package in MODULES[extra].items()
    }


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:  # a module without its metadata, as a system's package may be
        return "?"
