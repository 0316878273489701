"""What `extract` says of a case: the flags of the evidence, and the evidence itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Language, Text, text
from dcp.version import VERSION
from dcpkit.console import say
from dcpkit.options import A_KEY, A_PATH, KeySource, check_folder_of, is_report
from dcpkit.speaking import language

if TYPE_CHECKING:
    from dcpkit.films import Film
    from dcpkit.tracing import Lists
    from watermark.evidence.pairs import Pair
    from watermark.extraction import Extraction
    from watermark.secret import Secret

F = TypeVar("F", bound=Callable[..., Any])
FORMS = (".html", ".htm", ".json", ".zip")
MAX_JOURNALS = 100
MAX_WORDS = 256
"""Characters of an examiner's name and of a case's number."""

_REPORT = "Write the evidence: FILE.html, FILE.json, or a bundle: FILE.zip, or a new folder."


@dataclass(frozen=True)
class Asked:
    """What the flags ask of the evidence."""

    report: Path | None
    examiner: str
    case: str
    signer: KeySource | None
    locations: Path | None
    journals: tuple[Path, ...]
    screen_kdms: tuple[Path, ...]
    bench: Path | None

    def check(self) -> None:
        """UsageError for what does not go together, before any work."""
        for flag, words in (("--examiner", self.examiner), ("--case", self.case)):
            if len(words) > MAX_WORDS or not words.isprintable():
                raise UsageError("evidence.words", flag=flag, most=MAX_WORDS)
        if self.report is None and any((self.examiner, self.case, self.bench)):
            raise UsageError("evidence.needs-report")
        bundle = self.report is not None and self.report.suffix.lower() in (".zip", "")
        if self.signer is not None and not bundle:
            raise UsageError("evidence.signer-needs-bundle")
        if len(self.journals) > MAX_JOURNALS:
            raise UsageError("evidence.too-many-journals", most=MAX_JOURNALS)


def evidence_flags(function: F) -> F:
    """--report and what belongs to it, as `asked: Asked`."""

    @click.option("--report", type=A_PATH, callback=_new_or_older, help=_REPORT)
    @click.option("--examiner", default="", help="Who examines, for the report.")
    @click.option("--case", default="", help="The case's number, for the report.")
    @click.option("--signer", type=A_KEY, help="Sign the bundle: folder with chain.pem and leaf.key.")
    @click.option("--locations", type=A_PATH, help="CSV of which screen has which location, since when.")
    @click.option("--journal", "journals", type=A_PATH, multiple=True, help="Log of `play`; may be repeated.")
    @click.option("--screen-kdm", "screen_kdms", type=A_PATH, multiple=True, help="KDM that the screen had.")
    @click.option("--bench", type=A_PATH, help="Figures of `watermark bench` (JSON), for the method's page.")
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        names = ("report", "examiner", "case", "signer", "locations", "journals", "screen_kdms", "bench")
        asked = Asked(**{name: kwargs.pop(name) for name in names})
        asked.check()
        return function(*args, asked=asked, **kwargs)

    return wrapper  # type: ignore[return-value]


def _new_or_older(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Another suffix, a bundle that is there already, or what is no older report is refused at once."""
    from dcp.output import check_new_folder

    if value is None:
        return None
    suffix = value.suffix.lower()
    if suffix and suffix not in FORMS:
        raise UsageError("flags.report-suffix", suffixes=" / ".join(FORMS), where=value)
    if not suffix:
        check_new_folder(value)
    elif value.exists() and (suffix == ".zip" or not is_report(value)):
        raise UsageError("flags.no-report", where=value)
    check_folder_of(value)
    return value


def tell(
    extraction: Extraction,
    asked: Asked,
    lists: Lists,
    *,
    recording: Path,
    secrets: Sequence[Secret],
    given: Sequence[Secret],
    films: Sequence[Film],
    year: int | None,
    now: datetime,
    quiet: bool,
) -> tuple[dict[str, Any], list[str]]:
    """The answer as JSON and as lines, with when and where as far as that is known; the report is written.

    secrets: that were searched, each once; given: one for each --secret.
    """
    from dcpkit.tracing import Answer, command_of, known_secrets, known_time, notes_of, write_evidence
    from watermark.evidence.case import Case, Digest, digest_of, screen_words
    from watermark.evidence.page import evidence_page
    from watermark.evidence.pairs import files_of, pairs_document
    from watermark.page import page
    from watermark.report import document, lines, moment

    if asked.report is not None:
        say(f"{text('evidence.stage-digests').say(language())} ...", quiet=quiet)
    examined = [each.searched.examined(read=asked.report is not None) for each in films]
    payload, excerpt = extraction.payload, extraction.excerpt
    shown = None
    if excerpt is not None and extraction.film is not None:  # else frames of the mark's five minutes
        shown = excerpt.start_frame, excerpt.start_frame + excerpt.frames - 1
    dated = known_time(Answer(payload, shown, extraction.film), lists, examined, year=year, now=now)
    time = dated.time
    latest = time.fixed or time.latest if time is not None else None
    when = year or (latest.begin.year if latest else now.year)
    result = document(extraction, year=when)
    held = secrets[extraction.secret]
    result["operator"], result["secret_id"] = held.operator, held.fingerprint
    said: list[str | Text] = [*lines(extraction, year=when, language=language()), *notes_of(time)]
    said += dated.notes
    if len(secrets) > 1 and extraction.found:
        said.append(text("mark.of-operator", operator=held.operator or held.fingerprint))
    if len(films) > 1 and extraction.found and extraction.film is not None:
        said.append(text("mark.of-film", film=films[extraction.film].searched.path.name))
    case = Case(
        examiner=asked.examiner,
        number=asked.case,
        made=now,
        version=VERSION,
        command=command_of(click.get_current_context(), given),
        parameters={"threshold": extraction.threshold, "cpl": [each.cpl_id for each in examined]},
        recording=digest_of(recording) if asked.report is not None else Digest(recording.name, 0, ""),
        films=tuple(examined),
        secrets=known_secrets(secrets),
        time=time,
        locations=lists.locations,
        shows=dated.shows,
        notes=dated.notes,
        operator=(held.operator or held.fingerprint) if extraction.found else "",
        journals=lists.journals,
    )
    if payload is not None:
        said += screen_words(case, payload.location)
    if asked.report is not None:
        pairs = _pairs(extraction, recording, films) if asked.report.suffix.lower() != ".json" else ()

        def html(spoken: Language) -> str:
            from dcp.reportpage.render import render

            base = page(
                extraction,
                title=recording.name,
                moment=moment(extraction, when),
                film=films[extraction.film].outline if films and extraction.film is not None else None,
                made=f"dcpkit {VERSION} · {now.isoformat()}",
                language=spoken,
            )
            return render(
                evidence_page(base, case, payload, pairs=pairs, bench=lists.bench, mode=extraction.mode),
                spoken,
            )

        write_evidence(
            asked.report,
            case,
            result,
            html=html,
            pictures=lambda: files_of(pairs),
            listed=pairs_document(pairs),
            signer=lists.signer,
            language=language(),
        )
    return result, [each if isinstance(each, str) else each.say(language()) for each in said]


def _pairs(extraction: Extraction, recording: Path, films: Sequence[Film]) -> Sequence[Pair]:
    from watermark.evidence.pairs import moments_of, pairs_of
    from watermark.video import rgb_frames

    moments = moments_of(extraction.path)
    if not moments or extraction.excerpt is None or extraction.film is None:
        return ()
    return pairs_of(
        moments,
        recording=partial(rgb_frames, recording),
        recording_rate=extraction.recording_rate,
        film=films[extraction.film].searched.frames(),
        film_rate=extraction.excerpt.rate,
        matrix=extraction.geometry.matrix,
    )
