"""`dcpkit hash`: every file of a package held against its packing lists, and against another copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from dcpkit.colours import paint
from dcpkit.console import answer, in_words, progress, remark
from dcpkit.options import A_PATH, common
from dcpkit.packages import all_packages

if TYPE_CHECKING:
    from dcp.package.places import Place
    from dcp.rework.hashes import HashedFile, HashReport


@click.command("hash")
@click.argument("package", type=A_PATH)
@click.option("--against", type=A_PATH, help="Another copy, to be held against file by file.")
@click.option("--sha256", is_flag=True, help="SHA-256 as well, in the same pass.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Files read at a time; by default one a core.")
@common
def hash_(
    package: Path, against: Path | None, sha256: bool, jobs: int | None, as_json: bool, quiet: bool
) -> int:
    """Is PACKAGE on this disk as its packing lists say, and as another copy? Every file is read once.

    Exit 1 when a file is not, or is missing. Of a drive every package; of two drives those of one name.
    """
    from dcp.package.survey import survey_package
    from dcp.rework.hashes import hash_package

    pairs, alone = _pairs(package, against, quiet=quiet)
    whole = [text("hash.whole-package", cpl=here.cpl_id) for here, _ in pairs if here.cpl_id is not None]
    remark(whole, quiet=quiet)
    reports = []
    for here, there in pairs:
        surveyed = survey_package(here.root)
        other = survey_package(there.root) if there is not None else None
        with progress("hashing", "mb", quiet=quiet) as advance:
            report = hash_package(surveyed, against=other, sha256=sha256, workers=jobs, progress=advance)
        remark(report.notes, quiet=quiet)
        reports.append(report)
    good = all(report.good for report in reports) and not alone
    document = reports[0].document()
    if len(reports) > 1 or alone:
        document = {
            "schema": "dcpkit.hash-many/1",
            "verdict": "same" if good else "different",
            "packages": [report.document() for report in reports],
            "lacking": [str(place.root) for place in alone],
        }
    lines = [line for report in reports for line in _lines(report)]
    lines += [paint(in_words(text("hash.package-lacking", path=place.root)), "fail") for place in alone]
    if len(reports) > 1:
        lines.append(paint(in_words(_of_many(reports)), "pass" if good else "fail"))
    answer(document, lines, as_json=as_json)
    return 0 if good else 1


def _pairs(
    package: Path, against: Path | None, *, quiet: bool
) -> tuple[list[tuple[Place, Place | None]], list[Place]]:
    """Which package is held against which; the packages of the other drive that have none here."""
    here = all_packages([package], quiet=quiet)
    if against is None:
        return [(place, None) for place in here], []
    there = all_packages([against], quiet=quiet)
    if len(here) == len(there) == 1:
        return [(here[0], there[0])], []
    named = {place.root.name: place for place in there}
    found: list[tuple[Place, Place | None]] = [(place, named.pop(place.root.name, None)) for place in here]
    alone = [place.root.name for place, other in found if other is None]
    if len(alone) == len(here):
        raise UsageError("hash.no-pair", where=package, against=against)
    if alone:
        remark([text("hash.without-pair", names=alone[:6], n=len(alone))], quiet=quiet)
    return found, list(named.values())


def _lines(report: HashReport) -> Iterator[str | Text]:
    """A line a file, the bad ones again at the end with what is wrong, and the verdict."""
    from dcp.rework.hashes import VERDICTS, in_base64

    for file in report.files:
        if file.sha1 is not None:
            yield text(
                "hash.line-256" if file.sha256 else "hash.line",
                verdict=_word(file),
                base64=in_base64(file.sha1),
                sha1=file.sha1.hex(),
                sha256=(file.sha256 or b"").hex(),
                name=file.name,
            )
    for line in _faults(report):
        yield paint(in_words(line), "fail")
    extra = [file.name for file in report.files if file.verdict == "extra"]
    if extra:
        yield text("hash.extra-files", n=len(extra), names=extra[:6])
    id = "hash.good" if report.good else "hash.bad"
    if report.against is not None:
        id += "-against"
    counts = {verdict: report.count(verdict) for verdict in VERDICTS}
    last = text(id, path=report.root, against=report.against, **counts)
    yield paint(in_words(last), "pass" if report.good else "fail")


def _word(file: HashedFile) -> str:
    """The verdict on a file, as wide as the longest is in English, so that hashes stand in a column."""
    return in_words(text(f"hash.{'different' if file.beside == 'different' else file.verdict}")).ljust(9)


def _of_many(reports: list[HashReport]) -> Text:
    """The last line of several packages: which of them are not good."""
    bad = [str(report.root) for report in reports if not report.good]
    if bad:
        return text("hash.many-bad", n=len(reports), bad=len(bad), names=bad)
    return text("hash.many-good", n=len(reports))


def _faults(report: HashReport) -> Iterator[Text]:
    for file in report.files:
        yield from _fault(file)
        if file.beside == "different":
            yield text("hash.not-as-there", name=file.name, other=file.other, against=report.against)
    for file in report.lacking:
        yield text("hash.lacking", name=file.name, against=report.against)
    for file in report.faults_there:
        for line in _fault(file):
            yield text("hash.there", against=report.against, said=line)


def _fault(file: HashedFile) -> Iterator[Text]:
    from dcp.rework.hashes import in_base64

    if file.verdict == "missing":
        yield text("hash-file.missing", why=file.why)
    if file.verdict == "unreadable":
        yield text("hash-file.unreadable", name=file.name, why=file.why)
    if file.verdict != "wrong":
        return
    for each in file.stated:
        if each.size not in (None, file.size):
            yield text("hash.other-size", name=file.name, by=each.by, bytes=file.size, stated=each.size)
        elif each.sha1 not in (None, file.sha1):
            assert each.sha1 is not None
            yield text("hash.other-hash", name=file.name, by=each.by, stated=in_base64(each.sha1))
