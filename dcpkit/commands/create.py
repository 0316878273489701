"""`dcpkit create`: from sources of every kind to a package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.create.job.settings import FLAGS
from dcp.create.work.place import refuse_left
from dcp.errors import UsageError
from dcp.output import check_new_folder
from dcp.secrets.keys import fresh_keys_file
from dcp.system import give_large_blocks_back
from dcp.texts.catalogue import Text, text
from dcpkit.console import Abort, answer, phases, remark, say
from dcpkit.encrypting import EncryptingCommand
from dcpkit.keying import keyring, load_keys, load_signer
from dcpkit.marking import marking_asked
from dcpkit.options import (
    A_KEY,
    A_PATH,
    Access,
    KeySource,
    clock_and_zone,
    common,
    instant,
    source_keys,
)
from dcpkit.secrets import lock_for, locking

if TYPE_CHECKING:
    from dcp.create.job.values import Job
    from dcp.create.making import Resumed
    from dcp.create.planning.plan import Plan
    from dcp.create.work.folder import WorkFolder
    from dcp.secrets.keys import Keyring


def _flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """A flag for every setting that has one."""
    for setting in reversed(FLAGS):
        form = setting.form
        more: dict[str, Any] = {"help": setting.help}
        if form.switch:
            more["is_flag"] = True
        else:
            path = form.metavar == "PATH"
            more |= {"type": A_PATH if path else str, "multiple": form.several, "metavar": form.metavar}
        function = click.option(str(setting.flag), setting.key, **more)(function)
    return function


@click.command(cls=EncryptingCommand)
@click.argument("source", type=A_PATH, nargs=-1)
@click.option("-o", "--output", type=A_PATH, help="A new folder.")
@click.option("--job", "job_file", type=A_PATH, help="Job file (TOML); flags beside it override it.")
@click.option("--write-job", type=A_PATH, help="Write the job that the flags say, a template for the next.")
@click.option("--left", type=A_PATH, help="The left eye's source, beside --right.")
@click.option("--check", is_flag=True, help="Plan, advice and refusals; nothing is made.")
@click.option("--strict", is_flag=True, help="With --check: exit 1 where there is advice.")
@click.option("--preview", type=A_PATH, help="PNG of eight frames as they will be.")
@click.option("--resume", is_flag=True, help="Keep OUTPUT.work until it is done, and go on with one.")
@_flags
@click.option("--signer", type=A_KEY, help="Folder with chain.pem and leaf.key, or pkcs11: URI.")
@click.option("--keys", "keys_file", type=A_PATH, help="Content keys; made, mode 0600, when absent.")
@click.option("--watermark", "secret_file", type=A_PATH, help="Mark every frame: the operator's secret.")
@click.option("--location", type=int, help="With --watermark: the 19-bit id that the mark says.")
@click.option("--time", "when", help="With --watermark: the instant that the mark says.")
@click.option(
    "--executor",
    default="threads",
    metavar="threads|dask:ADDRESS",
    show_default=True,
    help="Who codes: this machine, or the workers of a Dask scheduler, dask:tcp://HOST:PORT.",
)
@source_keys
@locking
@clock_and_zone
@common
def create(
    source: Sequence[Path],
    output: Path | None,
    job_file: Path | None,
    write_job: Path | None,
    left: Path | None,
    check: bool,
    strict: bool,
    preview: Path | None,
    resume: bool,
    signer: KeySource | None,
    keys_file: Path | None,
    secret_file: Path | None,
    location: int | None,
    when: str | None,
    executor: str,
    access: Access,
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Make a package of SOURCES, a reel each: video, stills, codestreams, packages (DCP, IMF), timelines."""
    give_large_blocks_back()
    job = _job(source, job_file, left, given)
    encrypt = bool(job.encrypt)
    if output is None and not (check or write_job or preview):
        raise UsageError("flags.no-output")
    if strict and not check:
        raise UsageError("flags.strict-without-check")
    if encrypt and output is not None and (signer is None or keys_file is None) and not check:
        raise UsageError("flags.encrypt-needs-signer")
    if keys_file is not None and not encrypt:
        raise UsageError("flags.keys-without-encrypt")
    if write_job is not None and output is None and not check and preview is None:
        _write_job(job, write_job, quiet=quiet)
        answer({"job": str(write_job)}, [], as_json=as_json)
        return
    if resume and output is None:
        raise UsageError("flags.resume-without-output")
    if output is not None and not resume:  # before minutes of looking into sources
        refuse_left(output)
        check_new_folder(output)
    at = instant(when, zone=tz, flag="--time") if when is not None else None
    mark = marking_asked(secret_file, location, at)
    given_keys = load_keys(keys_file) if keys_file is not None and keys_file.exists() else None
    # Passphrases and PINs are asked for before the long work.
    signs = load_signer(signer) if signer else None
    sources = keyring(access, now=now)
    from dcp.create.build import build_package, check_plan, check_work
    from dcp.create.planning.making import plan_job
    from dcp.create.planning.telling import advice_lines, document_of, lines_of
    from dcp.create.work.executor import executor_by_name

    by = executor_by_name(executor)
    with _work_of(output if resume else None, job) as work:
        dated = work.dated(now) if work is not None else now
        with phases(("measuring", "units"), quiet=quiet) as (heard,):
            plan = plan_job(
                job, keyring=sources, signer=signs, now=dated, measure=check, progress=heard, mark=mark
            )
        try:
            check_plan(plan, output, keyring=given_keys, signer=signs, now=now, work=work, executor=by)
        except UsageError as error:
            if error.id == "create.too-few-keys":
                error.where = keys_file
            raise
        if check:
            if work is not None:
                check_work(plan, work, keyring=given_keys, now=dated)
            plan = _timed(plan, sources)
        if write_job is not None:
            _write_job(job, write_job, quiet=quiet)
        if preview is not None:
            _preview(plan, preview, sources, quiet=quiet)
        if check or output is None:
            answer(document_of(plan), [*lines_of(plan), *advice_lines(plan.advice)], as_json=as_json)
            if strict and plan.advice:
                raise click.exceptions.Exit(1)
            return
        for line in lines_of(plan):
            say(line, quiet=quiet)
        for line in advice_lines(plan.advice):
            say(line, quiet=quiet)
        early = _about_work(plan, work)
        remark(early, quiet=quiet)
        fresh = keys_file if encrypt and given_keys is None else None
        passphrase = lock_for(text("secret.of-keys-file", path=fresh)) if fresh else None
        with (
            fresh_keys_file(
                fresh, essence=output, work=work.path if work is not None else None, passphrase=passphrase
            ) as keep,
            phases(("hashing", "mb"), ("encoding", "frames"), ("wrapping", "units"), quiet=quiet) as (
                checked,
                coded,
                wrapped,
            ),
        ):
            built = build_package(
                plan,
                output,
                keyring=given_keys,
                keep_keys=keep,
                sources=sources,
                signer=signs,
                now=dated,
                progress=coded,
                writing=wrapped,
                checking=checked,
                executor=by,
                work=work,
            )
    remark(built.notes, quiet=quiet)
    document = {
        "output": str(built.root),
        "cpl_id": str(built.cpl_ids[0]),
        "cpl_ids": [str(each) for each in built.cpl_ids],
        "encrypted": encrypt,
        "keys": str(keys_file) if keys_file else None,
        "notes": [str(note) for note in (*plan.decisions, *early, *built.notes)],
        **{
            name: value
            for name, value in document_of(plan).items()
            if name in ("decisions", "advice", "mark", "coding")
        },
        "pictures": [each.document() for each in built.pictures],
        "coded": [each.document() for each in built.coded],
        "sounds": [{"track": number, **vars(each)} for number, each in built.loudness.items()],
        "resumed": vars(built.resumed) if built.resumed is not None else None,
        "seconds": built.seconds,
    }
    lines: list[Text] = [line for each in built.pictures for line in each.lines()]
    lines += [line for each in built.coded for line in each.lines()]
    lines += _about_resumed(built.resumed) if work is not None and work.resumed else []
    lines += [text("done.created", path=built.root, cpl=each) for each in built.cpl_ids]
    answer(document, lines, as_json=as_json)


@contextmanager
def _work_of(output: Path | None, job: Job) -> Iterator[WorkFolder | None]:
    """The work folder of an output, None without one. Whatever ends the work in it, a line says how to go
    on."""
    if output is None:
        yield None
        return
    from dcp.create.work.folder import work_folder

    with work_folder(output, job) as work:
        try:
            work.check_place()
            yield work
        except (KeyboardInterrupt, Abort):
            if not work.begun:
                raise
            say(text("work.stopped", path=work.path))
            raise click.exceptions.Exit(130) from None
        except Exception:
            if work.begun:
                say(text("work.kept", path=work.path))
            raise


def _about_work(plan: Plan, work: WorkFolder | None) -> list[Text]:
    """What is said of a work folder before the work."""
    if work is None:
        return []
    said = [text("work.taken-up", path=work.path, date=work.receipt.date)] if work.receipt is not None else []
    return said + ([text("work.plain", path=work.path)] if "picture" in plan.encrypt else [])


def _about_resumed(resumed: Resumed | None) -> list[Text]:
    return [] if resumed is None else [text("done.resumed", **vars(resumed))]


def _job(source: Sequence[Path], job_file: Path | None, left: Path | None, given: dict[str, Any]) -> Job:
    from dcp.create.job.flags import job_of
    from dcp.create.job.reading import read_job

    job = None
    if job_file is not None:
        job = read_job(job_file, as_template=bool(source), over_original=bool(given.get("job_ov")))
    return job_of(source, given, left=left, job=job)


def _write_job(job: Job, path: Path, *, quiet: bool) -> None:
    from dcp.create.job.writing import job_toml
    from dcp.output import finished_file

    words = job_toml(job, folder=path.parent)
    with finished_file(path) as temporary:
        temporary.write_text(words, "utf-8", newline="\n")
    say(text("done.job-written", path=path), quiet=quiet)


def _preview(plan: Plan, path: Path, sources: Keyring | None, *, quiet: bool) -> None:
    from dcp.create.makers.shots import shots_of
    from dcp.create.planning.preview import contact_sheet
    from dcp.output import finished_file

    composition = plan.compositions[0]
    sheet = contact_sheet(
        shots_of(plan, composition, keyring=sources),
        title=composition.title,
        rate=composition.rate,
        decisions=plan.decisions,
        hdr=composition.hdr,
    )
    with finished_file(path) as temporary:
        temporary.write_bytes(sheet)
    say(text("done.preview-written", path=path), quiet=quiet)


def _timed(plan: Plan, sources: Keyring | None) -> Plan:
    from dataclasses import replace

    from dcp.create.makers.timing import seconds_of

    return replace(plan, seconds=seconds_of(plan, keyring=sources))
