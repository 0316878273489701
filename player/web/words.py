"""The words of the page, of the catalogue: it has no sentence of its own."""

from __future__ import annotations

import json

from dcp.texts.catalogue import LANGUAGES, Language, entries

AREA = "booth."
"""What the ids of the page's words begin with."""


def words(language: Language) -> dict[str, str]:
    """The words of a language by their ids, without the area. Places stand in braces; the page fills them."""
    return {
        id.removeprefix(AREA): parts["text"] for id, parts in entries(language).items() if id.startswith(AREA)
    }


def words_json() -> bytes:
    """The words of all languages as JSON: {"en": {id: text}, "zh": ...}."""
    return json.dumps({language: words(language) for language in LANGUAGES}, ensure_ascii=False).encode()
