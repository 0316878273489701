"""`python -m dcp.texts`: write the language files in their one order; `--check` only looks.

A text is added by an entry in each of them, anywhere; this puts it in its place.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dcp.texts.catalogue import LANGUAGES, PARTS


def canonical(data: bytes) -> bytes:
    """The file in its one order."""
    table = json.loads(data)
    ordered = {id: {part: table[id][part] for part in PARTS if part in table[id]} for id in sorted(table)}
    return (json.dumps(ordered, ensure_ascii=False, indent=1) + "\n").encode()


def main() -> int:
    """0 when all files are in order, or were put so."""
    wrong = 0
    for language in LANGUAGES:
        path = Path(__file__).with_name(f"{language}.json")
        data = path.read_bytes()
        wanted = canonical(data)
        if data != wanted:
            wrong += 1
            if "--check" not in sys.argv:
                path.write_bytes(wanted)
    return 1 if wrong and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
