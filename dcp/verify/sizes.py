"""Files that have not the size that all lists give: one cause, said once.

That a file was cut short, left empty, or has grown is what its size says before a byte of it is read. Its
hash is then known to be wrong and is not made (8 GB of a broken copy are not read for it); that its structure
breaks off, and its hash is wrong, is said by no rule of its own. Where the lists differ among themselves, one
of them may be what is wrong, and every rule speaks for itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap
from dcp.documents.pkl import PackingList
from dcp.package.survey import Survey
from dcp.verify.rule import Hit, Rule, Skip, hit

if TYPE_CHECKING:
    from collections.abc import Iterable

CUT_OFF = frozenset({"MXF-001", "XML-001"})
"""What is said of a file that ends too early because it does."""
PARTS = frozenset({"TT-039", "TT-042"})
"""What a text's rules say of its font or picture, which goes by its name there."""
HASHES = frozenset({"PKL-005", "PKL-006", "PKL-007", "PKL-008"})


@dataclass(frozen=True)
class Missized:
    """size: of the file; listed: by all that give one; lists: their names. packed: by a packing list, too."""

    name: str
    size: int
    listed: int
    lists: tuple[str, ...]
    packed: bool

    @property
    def cut(self) -> bool:
        return self.size < self.listed


def missized(survey: Survey) -> Mapping[Path, Missized]:
    """By their paths. Lengths in the asset map count as well as sizes in packing lists."""
    sizes = {entry.name: entry.size for entry in survey.entries}
    packed: dict[Path, list[tuple[str, int]]] = {}
    mapped: dict[Path, list[tuple[str, int]]] = {}
    for name, id, listed, by in _listed(survey):
        path = survey.files.get(id)
        if path is not None:
            (packed if by == "list" else mapped).setdefault(path, []).append((name, listed))
    found = {}
    for path in {**packed, **mapped}:
        name = survey.relative(path)
        given = [*packed.get(path, ()), *mapped.get(path, ())]
        values = {value for _, value in given}
        if name in sizes and len(values) == 1 and sizes[name] not in values:
            lists = tuple(dict.fromkeys(each for each, _ in given))
            found[path] = Missized(name, sizes[name], values.pop(), lists, path in packed)
    return found


def of_size(rule: str, one: Missized) -> Hit:
    """The finding, under `rule` with its dot: all that is known of it from its size."""
    id = rule + ("cut" if one.cut else "longer")
    return hit(id, file=one.name, size=one.size, listed=one.listed, lists=list(one.lists))


def _listed(survey: Survey) -> Iterator[tuple[str, uuid.UUID, int, str]]:
    for document in survey.documents:
        if isinstance(document.value, PackingList):
            for packed in document.value.asset_list:
                if "Size" not in packed.unread:
                    yield document.name, packed.id, packed.size, "list"
        elif isinstance(document.value, AssetMap):
            for mapped in document.value.asset_list:
                chunks = mapped.chunk_list
                if len(chunks) == 1 and chunks[0].length is not None:
                    yield document.name, mapped.id, chunks[0].length, "map"


def without_consequences(
    outcomes: Iterable[tuple[Rule, Hit | Skip]], wrong: Mapping[Path, Missized]
) -> Iterator[tuple[Rule, Hit | Skip]]:
    """Leaves out what is so because a file has the wrong size, which another finding says."""
    files = {each.name: each for each in wrong.values()}
    for rule, outcome in outcomes:
        if not files or not isinstance(outcome, Hit) or outcome.file is None:
            yield rule, outcome
            continue
        id = outcome.rule or rule.id
        one = files.get(outcome.file)
        of_size = one is not None and (id in HASHES or (one.cut and id in CUT_OFF))
        if id in PARTS and isinstance(outcome.place, str):
            part = files.get(str(PurePosixPath(outcome.file).parent / outcome.place))
            of_size = of_size or (part is not None and part.cut)
        if not of_size:
            yield rule, outcome
