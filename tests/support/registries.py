"""The convention's registries as they are published, condensed to what the project takes of them.

`python tests/support/registries.py FOLDER` renews `dcp/packing/registries.json` of the published files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parents[2] / "dcp/packing/registries.json"
ATTRIBUTION = (
    "Codes and values of the registries of the InterSociety Digital Cinema Forum (ISDCF/registries), "
    "as published on 2026-08-18, licensed CC BY 4.0; condensed, their descriptions left out."
)


def condensed(folder: Path) -> dict[str, Any]:
    """What the project keeps: codes and values."""

    def read(name: str) -> Any:
        return json.loads((folder / f"{name}.json").read_bytes())

    languages = [one for one in read("languages") if "dcncTag" in one]
    territories = read("territories")
    kept: dict[str, Any] = {
        "attribution": ATTRIBUTION,
        "languages": {one["dcncTag"]: one["rfc5646Tag"] for one in languages},
        "former_languages": {
            former: one["dcncTag"] for one in languages for former in one.get("obsoleteDCNCTags", ())
        },
        "text_only": [one["dcncTag"] for one in languages if one["use"] == ["text"]],
        "territories": {one["dcncTag"]: one["tag"] for one in territories},
        "territory_scopes": {one["dcncTag"]: one["tagScope"] for one in territories if "tagScope" in one},
        "ratings": [
            [one["region"]["code"], one["agency"]["system"], one["agency"]["identifier"], one["ratings"]]
            for one in read("ratings")
        ],
    }
    for name in ("studios", "facilities"):
        codes = read(name)
        kept[name] = " ".join(one["code"] for one in codes if not one.get("obsolete"))
        kept[f"former_{name}"] = {
            one["code"]: one.get("obsoletedBy") or [] for one in codes if one.get("obsolete")
        }
    return kept


def written(kept: dict[str, Any]) -> str:
    """The file: a line an entry, and of the ratings a line each."""
    lines = []
    for name, value in kept.items():
        if name == "ratings":
            each = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in value)
            lines.append(f' "{name}": [\n  {each}\n ]')
        else:
            lines.append(f' "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    KEPT.write_text(written(condensed(Path(sys.argv[1]))), "utf-8")
