"""A job as a TOML file, which `reading` reads as the same job: `--write-job`, a template for the next one."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import tomli_w

from dcp.create.job.settings import Level, settings_of
from dcp.create.job.values import SCHEMA, Composition, Job, Reel, TextTrack


def job_toml(job: Job, *, folder: Path) -> str:
    """The file's text. folder: where it will lie: a path below it is written relative to it, any other whole.

    What has its default is left out.
    """
    document = {
        "schema": SCHEMA,
        **_values(job, "job", folder),
        "composition": [_composition(each, folder) for each in job.compositions],
    }
    return tomli_w.dumps(document)


def _composition(composition: Composition, folder: Path) -> dict[str, Any]:
    reels = [_reel(reel, folder) for reel in composition.reels]
    texts = _texts(composition.texts, folder)
    return {**_values(composition, "composition", folder), **texts, "reel": reels}


def _reel(reel: Reel, folder: Path) -> dict[str, Any]:
    tracks = {
        "picture": _values(reel.picture, "picture", folder),
        "sound": _values(reel.sound, "sound", folder),
        "aux": _values(reel.aux, "aux", folder) if reel.aux is not None else {},
    }
    others = (
        {} if reel.others is None else {"other": [_values(each, "other", folder) for each in reel.others]}
    )
    return {name: table for name, table in tracks.items() if table} | _texts(reel.texts, folder) | others


def _texts(texts: tuple[TextTrack, ...], folder: Path) -> dict[str, Any]:
    return {"text": [_values(each, "text", folder) for each in texts]} if texts else {}


def _values(value: object, level: Level, folder: Path) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(value)}  # type: ignore[arg-type]
    found: dict[str, Any] = {}
    for setting in settings_of(level):
        held = getattr(value, setting.name)
        if held in (None, "") or held == defaults[setting.name]:
            continue
        found[setting.name] = setting.form.write(_placed(held, folder, colour=setting.name == "colour"))
    return found


def _placed(value: object, folder: Path, *, colour: bool) -> object:
    if colour and isinstance(value, str) and value.lower().endswith(".cube"):
        return str(_relative(Path(value), folder))
    if isinstance(value, Path):
        return _relative(value, folder)
    if isinstance(value, tuple) and value and isinstance(value[0], Path):
        return tuple(_relative(each, folder) for each in value)
    return value


def _relative(path: Path, folder: Path) -> Path:
    """As a file in `folder` has to say it: its reader puts the folder before it."""
    whole, base = path.absolute(), folder.absolute()
    return Path(whole.relative_to(base).as_posix()) if whole.is_relative_to(base) else whole
