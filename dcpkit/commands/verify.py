"""`dcpkit verify`: judge a package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.package.places import Place
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import text
from dcp.version import VERSION
from dcpkit.colours import paint
from dcpkit.console import answer, complain, error_document, json_text, progress, without_pin
from dcpkit.keying import KdmInput, anchors, deny_list, kdm_input, keyring
from dcpkit.opening import keys_for_verifying
from dcpkit.options import A_PATH, Access, clock, common, essence_keys, is_report, report_file
from dcpkit.packages import all_packages, with_originals
from dcpkit.speaking import language, verbose

if TYPE_CHECKING:
    from dcp.verify.facts import KdmFacts
    from dcp.verify.finding import VerificationReport
    from dcp.verify.reports.many import Outcome

Format = Literal["text", "json", "junit", "sarif", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True)
class Measure:
    """By what packages are judged, and how deep."""

    profile: str
    select: Sequence[str]
    ignore: Sequence[str]
    hashes: bool
    picture: bool
    decode: bool
    thorough: bool
    cache: Path | None

    def check(self) -> None:
        """UsageError for a profile or a rule that there is not, before the first of several packages."""
        from dcp.verify.profiles import profile_by_name

        profile_by_name(self.profile).narrowed(self.select, self.ignore)


@click.command()
@click.argument("packages", metavar="PACKAGE...", type=A_PATH, nargs=-1, required=True)
@click.option("--no-hashes", is_flag=True, help="Leave out the hashes of the files.")
@click.option("--no-picture", is_flag=True, help="Leave out the checks of each codestream.")
@click.option("--decode", is_flag=True, help="Decode pictures, measure sound: what one sees and hears.")
@click.option("--thorough", is_flag=True, help="Walk the packet headers of each codestream.")
@click.option(
    "--cache", metavar="DIR", type=A_PATH, help="Remember right hashes there; unchanged files keep theirs."
)
@click.option(
    "--profile", metavar="NAME|FILE.toml", default="field", show_default=True, help="What to judge by."
)
@click.option("--select", metavar="ID|AREA,...", multiple=True, help="The only rules to ask.")
@click.option("--ignore", metavar="ID|AREA,...", multiple=True, help="Rules not to ask.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to answer: for people, or for other programs; --json is --format json.",
)
@report_file(".html", ".htm")
@essence_keys
@clock
@common
def verify(
    packages: Sequence[Path],
    no_hashes: bool,
    no_picture: bool,
    decode: bool,
    thorough: bool,
    cache: Path | None,
    profile: str,
    select: Sequence[str],
    ignore: Sequence[str],
    form: Format | None,
    report: Path | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check PACKAGE: structure, references, hashes, signatures, headers; with keys, every encrypted unit.

    A PACKAGE is a folder, its ASSETMAP or a CPL of it, or a drive with packages below; several are taken in
    turn. A version file finds its original beside it.
    """
    if as_json and form not in (None, "json"):
        raise UsageError("flags.json-and-format", form=form)
    form = "json" if as_json else form or "text"
    how = Measure(
        profile=profile,
        select=select,
        ignore=ignore,
        hashes=not no_hashes,
        picture=not no_picture,
        decode=decode,
        thorough=thorough,
        cache=cache,
    )
    how.check()
    places = all_packages(packages, quiet=quiet)
    pages = _pages(report, places)
    kdm = kdm_input(access, every=True)
    given = keyring(access, now=now) if kdm is None else None

    def judge(place: Place) -> VerificationReport:
        return _judge(
            place.root,
            access=access,
            kdm=kdm,
            given=given,
            several=len(places) > 1,
            now=now,
            how=how,
            quiet=quiet,
        )

    if form in ("text", "json"):
        if len(places) == 1:
            return _tell(judge(places[0]), pages[0], now, as_json=form == "json")
        return _tell_all(places, judge, pages, now, as_json=form == "json")
    return _tell_programs(places, judge, pages, now, form)


def _pages(report: Path | None, places: Sequence[Place]) -> list[Path | None]:
    """Where the page of each package goes: FILE, of several FILE-NAME by the names of their folders.
    UsageError for one that is there and is no report."""
    if report is None or len(places) == 1:
        return [report] * len(places)
    pages: list[Path | None] = []
    for place in places:
        name = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in place.root.resolve().name)
        page = report.with_name(f"{report.stem}-{name[:80]}{report.suffix}")
        number = 2
        while page in pages:
            page = report.with_name(f"{report.stem}-{name[:80]}-{number}{report.suffix}")
            number += 1
        if page.exists() and not is_report(page):
            raise UsageError("flags.no-report", where=page)
        pages.append(page)
    return pages


def _judge(
    package: Path,
    *,
    access: Access,
    kdm: KdmInput | None,
    given: Keyring | None,
    several: bool,
    now: datetime,
    how: Measure,
    quiet: bool,
) -> VerificationReport:
    from dcp.verify.engine import verify_package

    keys, kdms = _open(kdm, package, now, several=several) if kdm else (given, ())
    with progress("verifying", "mb", quiet=quiet) as advance:
        return verify_package(
            package,
            now=now,
            ov=with_originals(package, access.ov, quiet=quiet),
            keyring=keys,
            kdms=kdms,
            trust=anchors(access.trust),
            revoked=deny_list(access.deny),
            profile=how.profile,
            select=how.select,
            ignore=how.ignore,
            hashes=how.hashes,
            picture=how.picture,
            decode=how.decode,
            thorough=how.thorough,
            cache=how.cache,
            mic=access.mic,
            progress=advance,
        )


def _tell_programs(
    places: Sequence[Place],
    judge: Callable[[Place], VerificationReport],
    pages: Sequence[Path | None],
    now: datetime,
    form: Format,
) -> int:
    """One document of all packages; what stops one of them stands in it, and on stderr."""
    from dcp.verify.reports.many import Unjudged

    outcomes: list[Outcome] = []
    codes: list[int] = []
    for (package, found), page in zip(_in_turn(places, judge), pages, strict=True):
        codes.append(_code(found))
        if isinstance(found, DcpError):
            outcomes.append(Unjudged(package, found))
        else:
            _write(found, page, now)
            outcomes.append(found)
    click.echo(_for_programs(outcomes, form))
    return max(codes)


def _in_turn(
    places: Sequence[Place], judge: Callable[[Place], VerificationReport]
) -> Iterator[tuple[str, VerificationReport | DcpError]]:
    """One package after the other; what stops one is told and does not stop the others."""
    for place in places:
        found: VerificationReport | DcpError
        try:
            found = judge(place)
        except DcpError as error:
            complain(error, as_json=False, spoken=language())
            found = error
        yield without_pin(str(place.root)), found


def _code(found: VerificationReport | DcpError) -> int:
    if isinstance(found, DcpError):
        return found.exit_code
    return 0 if found.verdict == "pass" else 1


def _for_programs(outcomes: Sequence[Outcome], form: Format) -> str:
    if form == "junit":
        from dcp.verify.reports.junit import junit_document

        return junit_document(outcomes, tool="dcpkit")
    if form == "sarif":
        from dcp.verify.reports.sarif import sarif_document

        return json_text(sarif_document(outcomes, tool="dcpkit", version=VERSION))
    from dcp.verify.reports.github import github_lines

    return "\n".join(github_lines(outcomes, language(), verbose=verbose()))


def _write(found: VerificationReport, report: Path | None, now: datetime) -> None:
    if report is not None:
        from dcp.output import write_finished
        from dcp.verify.reports.html import html_report

        page = html_report(found, tool="dcpkit", version=VERSION, issued=now.isoformat(), language=language())
        write_finished(report, page.encode())


def _tell(found: VerificationReport, report: Path | None, now: datetime, *, as_json: bool) -> int:
    _write(found, report, now)
    answer(_document(found), _lines(found), as_json=as_json)
    return _code(found)


def _tell_all(
    places: Sequence[Place],
    judge: Callable[[Place], VerificationReport],
    pages: Sequence[Path | None],
    now: datetime,
    *,
    as_json: bool,
) -> int:
    """One after the other, the count last; what stops one does not stop the others."""
    documents: list[dict[str, Any]] = []
    codes: list[int] = []
    for (package, found), page in zip(_in_turn(places, judge), pages, strict=True):
        codes.append(_code(found))
        if isinstance(found, DcpError):
            documents.append({"package": package, **error_document(found)})
            continue
        _write(found, page, now)
        documents.append(_document(found))
        if not as_json:
            answer({}, [*_lines(found), ""], as_json=False)
    document = {"schema": "dcpkit.verify-many/1", "packages": documents}
    count = text("done.verified-many", n=len(places), failed=sum(code != 0 for code in codes))
    answer(document, [count], as_json=as_json)
    return max(codes)


def _document(found: VerificationReport) -> dict[str, Any]:
    return found.document(tool="dcpkit", version=VERSION)


def _lines(found: VerificationReport) -> list[str]:
    from dcp.verify.reports.text import text_lines

    return list(text_lines(found, language(), verbose=verbose(), paint=paint))


def _open(
    kdm: KdmInput, package: Path, now: datetime, *, several: bool
) -> tuple[Keyring | None, tuple[KdmFacts, ...]]:
    return keys_for_verifying(
        kdm.messages,
        package,
        private_key=kdm.private_key,
        recipient=kdm.recipient,
        trust=kdm.trust,
        revoked=kdm.revoked,
        now=now,
        several=several,
    )
