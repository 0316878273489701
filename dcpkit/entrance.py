"""What `import dcpkit` gives: each of the toolkit's jobs as one function.

Files are named by `str` or `Path`; where keys, certificates, a KDM or a playlist are asked for, what was read
already will do as well. `now`, the instant that validity is judged at, is the clock's when it is not given; a
time without an offset is refused. Whatever is wrong ends in a `DcpError`: what, where, and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcpkit.given import (
    Place,
    document_of,
    identity_of,
    instant,
    job_of_program,
    keyring_of,
    message_of,
    messages_of,
    paths,
    recipient_of,
    where_of,
)

if TYPE_CHECKING:
    from dcp.create.build import BuiltPackage
    from dcp.create.planning.plan import Plan
    from dcp.mxf.reader import MicPolicy, TrackFile
    from dcp.package.package import Package
    from dcp.secrets.keys import Keyring
    from dcp.trust.certificate import Certificate
    from dcp.trust.making import NewChain
    from dcp.trust.signer import Signer
    from dcp.verify.facts import KdmFacts
    from dcp.verify.finding import VerificationReport
    from kdm.block import Decrypter
    from kdm.checklist import KdmReport
    from kdm.diagnose.diagnosis import Diagnosis
    from watermark.secret import Secret

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all, 0 when that is not known."""


def open_package(folder: Place, *, ov: Sequence[Place] = ()) -> Package:
    """The documents of a package, read and held together.

    ov: the packages that a version file builds on. DcpError when the folder is no package or a document of it
    cannot be read; no essence is opened.
    """
    from dcp.package.package import open_package as open_

    return open_(Path(folder), ov=paths(ov))


def open_track_file(file: Place) -> TrackFile:
    """An MXF track file: its header, and its units one by one. TrackFileError when it is none.

    To be closed, or used in `with`.
    """
    from dcp.mxf.reader import TrackFile

    return TrackFile.open(Path(file))


def read_certificates(file: Place | bytes) -> tuple[Certificate, ...]:
    """The certificates of a file or its bytes, in their order. CertificateError when there is none in it."""
    from dcp.trust.certificate import read_certificates as read

    return read(file if isinstance(file, bytes) else Path(file))


def read_keys(file: Place) -> Keyring:
    """The content keys of a keys file. DcpError when it is none, or locked with a passphrase."""
    from dcp.secrets.keys import read_keys as read

    return read(Path(file))


def read_signer(folder: Place) -> Signer:
    """Who signs: `chain.pem` and `leaf.key` of a folder. CertificateError when they do not fit each other."""
    from dcp.trust.signer import read_signer as read

    return read(Path(folder))


def make_chain(
    folder: Place | None = None,
    *,
    organization: str,
    unit: str,
    role: str | Sequence[str] = "CS",
    years: int | None = None,
    now: datetime | None = None,
) -> NewChain:
    """A new root, intermediate and leaf with their private keys (ST 430-2), written when a folder is given.

    role: `CS` signs content, `SM` and others are a media block's. UsageError when a name cannot stand in a
    certificate or the folder exists.
    """
    from dcp.trust.making import make_chain as make
    from dcp.trust.making import write_chain

    chain = make(organization=organization, unit=unit, role=role, years=years, now=instant(now))
    if folder is not None:
        write_chain(chain, Path(folder))
    return chain


def verify(
    package: Place,
    *,
    keys: Keyring | Place | None = None,
    kdm: bytes | Place | None = None,
    private_key: Decrypter | Place | None = None,
    ov: Sequence[Place] = (),
    trust: Sequence[Certificate] | None = None,
    profile: Place = "field",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    hashes: bool = True,
    picture: bool = True,
    decode: bool = False,
    thorough: bool = False,
    cache: Place | None = None,
    mic: MicPolicy = "require",
    now: datetime | None = None,
    progress: Progress | None = None,
) -> VerificationReport:
    """Judge a package: structure, references, hashes, signatures, headers, and, with keys, every unit.

    keys, or kdm with the private key that opens it, for what is encrypted. trust: root certificates; None
    takes any sound chain. profile: a name or a TOML file (docs/profiles.md). select, ignore: ids and areas of
    rules, the only ones to ask, and those not to ask. decode: what one sees and hears; thorough: the packet
    headers of each codestream. cache: a folder in which right hashes are remembered. What is wrong inside
    becomes a finding, a KDM that is refused or short of keys too; UsageError when there is nothing to look
    into, no such profile or no such rule, or the cache lies in a package.
    """
    from dcp.verify.engine import verify_package
    from dcpkit.opening import keys_for_verifying

    root, at = Path(package), instant(now)
    keyring = keyring_of(keys)
    kdms: tuple[KdmFacts, ...] = ()
    if kdm is not None:
        key, recipient = identity_of(private_key)
        keyring, kdms = keys_for_verifying(
            messages_of(kdm, recipient),
            root,
            private_key=key,
            recipient=recipient,
            trust=trust,
            now=at,
        )
    return verify_package(
        root,
        now=at,
        ov=paths(ov),
        keyring=keyring,
        kdms=kdms,
        trust=trust,
        profile=os.fspath(profile),
        select=select,
        ignore=ignore,
        hashes=hashes,
        picture=picture,
        decode=decode,
        thorough=thorough,
        cache=Path(cache) if cache is not None else None,
        mic=mic,
        progress=progress,
    )


def create(
    sources: Place | Sequence[Place],
    folder: Place,
    *,
    title: str | None = None,
    job: Place | None = None,
    signer: Signer | Place | None = None,
    keys: Place | None = None,
    source_keys: Keyring | Place | None = None,
    watermark: Secret | Place | None = None,
    location: int | None = None,
    time: datetime | None = None,
    resume: bool = False,
    executor: str = "threads",
    now: datetime | None = None,
    progress: Progress | None = None,
    **settings: object,
) -> BuiltPackage:
    """Make a package of sources, a reel each: video, stills, codestreams, packages (DCP, IMF), timelines.

    job: a job file, which sources and settings override. settings: by their names in a job file
    (docs/jobs.md): kind="trailer", audio=["mix"], picture_rate=24, crop="auto", encrypt="picture". keys: the
    keys file; given, everything is encrypted unless `encrypt` says what, with its keys when it exists and
    with fresh ones written to it otherwise; then a signer is needed. source_keys: of sources that are
    encrypted themselves, a keys file, or what `unwrap_kdm` gives. watermark, location, time: whose mark every
    frame gets, and what it says; all three or none. resume: what is done is kept in `FOLDER.work` until the
    package is complete, and what an earlier call left there is taken up (docs/resuming.md). executor:
    `threads`, or `dask:tcp://HOST:PORT`, whose workers code then (docs/cluster.md). SourceError, UsageError
    when something does not fit, before the first frame. Extra: `create`.
    """
    from dcp.create.build import build_package
    from dcp.create.planning.making import plan_job
    from dcp.create.work.executor import executor_by_name
    from dcp.create.work.folder import work_folder
    from dcp.errors import UsageError
    from dcp.secrets.keys import fresh_keys_file
    from dcp.secrets.keys import read_keys as read
    from dcpkit.marking import marking_asked

    made = job_of_program(sources, title=title, job=job, encrypted=keys is not None, settings=settings)
    key_file = None if keys is None else Path(keys)
    if made.encrypt and (signer is None or key_file is None):
        raise UsageError("entrance.encrypt-needs-signer")
    signs = read_signer(signer) if isinstance(signer, str | os.PathLike) else signer
    of_sources = keyring_of(source_keys)
    mark = marking_asked(
        Path(watermark) if isinstance(watermark, str | os.PathLike) else watermark, location, time
    )
    by = executor_by_name(executor)
    at, out = instant(now), Path(folder)
    known = read(key_file) if key_file is not None and key_file.exists() else None
    fresh = key_file if known is None else None
    with work_folder(out, made) if resume else nullcontext() as work:
        dated = work.dated(at) if work is not None else at
        plan = plan_job(made, keyring=of_sources, signer=signs, now=dated, mark=mark)
        with fresh_keys_file(fresh, essence=out, work=work.path if work is not None else None) as keep:
            return build_package(
                plan,
                out,
                keyring=known,
                keep_keys=keep,
                sources=of_sources,
                signer=signs,
                now=dated,
                progress=progress,
                executor=by,
                work=work,
            )


def plan_package(
    sources: Place | Sequence[Place],
    *,
    title: str | None = None,
    job: Place | None = None,
    source_keys: Keyring | Place | None = None,
    measure: bool = False,
    now: datetime | None = None,
    **settings: object,
) -> Plan:
    """What `create` would do with the same: decisions, advice, tracks, bytes. Nothing is written.

    measure: sound is measured whole and some frames are coded, for advice on loudness and the time that the
    work will take. Errors as of `create`.
    """
    from dataclasses import replace

    from dcp.create.makers.timing import seconds_of
    from dcp.create.planning.making import plan_job

    made = job_of_program(sources, title=title, job=job, encrypted=False, settings=settings)
    of_sources = keyring_of(source_keys)
    plan = plan_job(made, keyring=of_sources, now=instant(now), measure=measure)
    return replace(plan, seconds=seconds_of(plan, keyring=of_sources)) if measure else plan


def issue_kdm(
    cpl: bytes | Place,
    *,
    keys: Keyring | Place,
    signer: Signer | Place,
    recipient: Certificate | Place,
    not_before: datetime,
    not_after: datetime,
    formulation: str = "modified-transitional-1",
    device_list: Sequence[Certificate] = (),
    forensic_flags: Sequence[str] = (),
    now: datetime | None = None,
) -> bytes:
    """A key delivery message (ST 430-1) for one device, as XML.

    DcpError when a key of the composition is missing, a certificate does not fit its part, or the window has
    no place in theirs. Many at once: `dcpkit kdm issue`.
    """
    from kdm.composition import read_cpl_facts
    from kdm.issue import prepare_kdms

    keyring = keyring_of(keys)
    assert keyring is not None
    issuer = prepare_kdms(
        cpl=read_cpl_facts(document_of(cpl), where=where_of(cpl, "the playlist")),
        keyring=keyring,
        signer=read_signer(signer) if isinstance(signer, str | os.PathLike) else signer,
        not_before=not_before,
        not_after=not_after,
        formulation=formulation,
        device_list=device_list,
        forensic_flags=forensic_flags,
        now=instant(now),
    )
    return issuer.issue(recipient_of(recipient)).data


def check_kdm(
    kdm: bytes | Place,
    *,
    private_key: Decrypter | Place | None = None,
    recipient: Certificate | Place | None = None,
    cpl: bytes | Place | None = None,
    devices: Sequence[Certificate] = (),
    trust: Sequence[Certificate] | None = None,
    now: datetime | None = None,
) -> KdmReport:
    """Judge a message by the checklist of a security manager, step by step; nothing raises for a bad one.

    What is not handed over (no playlist, no private key) is a step left out, never one that passed.
    """
    from kdm.checklist import check_kdm as check

    key: Decrypter | None = None
    certificate = None if recipient is None else recipient_of(recipient)
    if private_key is not None:
        key, beside = identity_of(private_key)
        certificate = certificate or beside
    return check(
        message_of(kdm),
        private_key=key,
        recipient=certificate,
        cpl=None if cpl is None else document_of(cpl),
        devices=devices,
        trust=trust,
        now=instant(now),
        where=where_of(kdm, "the KDM"),
    )


def unwrap_kdm(
    kdm: bytes | Place,
    *,
    private_key: Decrypter | Place,
    recipient: Certificate | Place | None = None,
    cpl: bytes | Place | None = None,
    trust: Sequence[Certificate] | None = None,
    now: datetime | None = None,
) -> Keyring:
    """The content keys of a message that holds. RefusedError, with the first step that failed, otherwise."""
    from kdm.receive import open_kdm

    key, beside = identity_of(private_key)
    return open_kdm(
        message_of(kdm),
        private_key=key,
        recipient=beside if recipient is None else recipient_of(recipient),
        cpl=None if cpl is None else document_of(cpl),
        trust=trust,
        now=instant(now),
        where=where_of(kdm, "the KDM"),
    )


def diagnose(
    cpl: bytes | Place,
    *,
    kdms: Place | Sequence[Place],
    certificate: Certificate | Place,
    now: datetime | None = None,
) -> Diagnosis:
    """The one cause why a composition will not play on a device, and what to do.

    kdms: files, folders, ZIP archives and mails of them. certificate: of the screen's media block.
    """
    from dcp.trust.certificate import read_bounded
    from kdm.diagnose.diagnosis import diagnose as find_cause
    from kdm.diagnose.reading import find_kdms

    places = [kdms] if isinstance(kdms, str | os.PathLike) else kdms
    device = (
        read_bounded(Path(certificate), meant="leaf.pem")
        if isinstance(certificate, str | os.PathLike)
        else certificate
    )
    return find_cause(
        list(find_kdms(paths(places))), cpl=document_of(cpl), certificate=device, now=instant(now)
    )
