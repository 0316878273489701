"""How many packages wrong in one way there are for the rules of each area: `docs/seeded-faults.md`.

`PYTHONPATH=tests/support python -m faults.counted docs/seeded-faults.md` writes it; `make docs` does.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from wrong_packages import composition, documents, media, names, text, tracks

from dcp.verify.areas import AREAS, area_of, title_of
from dcp.verify.rule import RULES
from dcp.verify.rules.all import load_rules
from faults.rows import all_faults, all_good

ELSEWHERE = {
    "CPL-016": "tests/dcp/verify/test_rules.py",
    "CPL-022": "tests/dcp/verify/test_rules.py",
    "IMM-004": "tests/dcp/verify/test_immersive_rules.py",
    "PKG-005": "tests/dcp/verify/test_engine_damage.py",
    "PKG-013": "tests/dcp/verify/test_rules.py",
    "PKG-104": "tests/dcp/verify/test_cache.py",
    "PKL-014": "tests/dcp/verify/test_rules.py",
    "SIG-010": "tests/support/forgery/chains",
    "SIG-012": "tests/support/forgery/chains",
    "TT-044": "tests/dcp/verify/test_rules.py",
    "VF-002": "tests/dcp/verify/test_versions.py",
}
"""Where a rule is tried that no one change to a good package can draw, or only a very large one."""

_INTRO = """# Seeded faults

<!-- made by `make docs` from tests/support/faults and tests/support/wrong_packages -->

For each rule of `dcpkit verify` a good package is changed in one place, hashes and signatures are made right
again, and the whole verification has to say that rule, what cannot be had without it, and nothing else
(`tests/support/faults`, `tests/dcp/verify/test_seeded_faults.py`). "By its facts" are faults that no file can
carry, or that are tried on values (`tests/support/wrong_packages`). Of the good packages, and of those
that are unusual and right, no rule warns.
"""


def page() -> str:
    load_rules()
    modules = (composition, documents, media, names, text, tracks)
    by_facts = Counter(rule for module in modules for rule, _ in module.CASES)
    on_disk = Counter(row.rule for row in all_faults())
    lines = [_INTRO, "| area | | rules | with a fault on disk | faults | by its facts | tried elsewhere |"]
    lines.append("|---|---|---|---|---|---|---|")
    total = [0] * 5
    for area in AREAS:
        ids = [id for id in RULES if area_of(id) == area]
        if not ids:
            continue
        counts = [
            len(ids),
            sum(on_disk[id] > 0 for id in ids),
            sum(on_disk[id] for id in ids),
            sum(by_facts[id] for id in ids),
            sum(id in ELSEWHERE and not on_disk[id] for id in ids),
        ]
        total = [one + other for one, other in zip(total, counts, strict=True)]
        lines.append(f"| {area} | {title_of(area)} | " + " | ".join(map(str, counts)) + " |")
    lines.append("| all | | " + " | ".join(map(str, total)) + " |")
    lines += ["", f"Unusual packages that are right: {len(all_good())}."]
    return "\n".join(lines) + "\n"


def untried() -> set[str]:
    """The rules for which there is no fault anywhere."""
    load_rules()
    modules = (composition, documents, media, names, text, tracks)
    tried = {rule for module in modules for rule, _ in module.CASES}
    tried |= {row.rule for row in all_faults()}
    return set(RULES) - tried - set(ELSEWHERE)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8", newline="\n")
