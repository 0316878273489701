"""`dcpkit cert`: make, show and judge certificates and chains (ST 430-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dcp.errors import CertificateError
from dcp.texts.catalogue import text
from dcpkit.colours import steps_judged
from dcpkit.console import answer, plain_lines, remark
from dcpkit.keying import anchors, certificates_in, deny_list
from dcpkit.options import A_PATH, TRUST_HELP, clock, common, deny_lists
from dcpkit.secrets import lock_for, locking
from dcpkit.speaking import language


@click.group()
def cert() -> None:
    """Make, show and judge certificates and chains (ST 430-2)."""


@cert.command()
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder.")
@click.option("--organization", required=True, help="O: the same all along the chain.")
@click.option("--unit", required=True, help="OU: the maker or system.")
@click.option("--role", required=True, help='CS for a signer, "SM SPB MD FM" for a media block.')
@click.option("--name", help="What the leaf's common name says after its roles.")
@click.option("--intermediates", type=click.IntRange(0, 4), default=1, show_default=True, help="Authorities.")
@click.option(
    "--years", type=click.IntRange(1, 100), help="How long the root lasts; just under 10, or until 2038."
)
@locking
@clock
@common
def chain(
    output: Path,
    organization: str,
    unit: str,
    role: str,
    name: str | None,
    intermediates: int,
    years: int | None,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a root, intermediates and a leaf: leaf.key, chain.pem, and its parts: leaf, intermediate, root."""
    from dcp.trust.making import make_chain, write_chain
    from dcp.trust.report import certificate_document

    passphrase = lock_for(text("secret.of-private-key", path=output / "leaf.key"))
    made = make_chain(
        organization=organization,
        unit=unit,
        role=role,
        name=name,
        intermediates=intermediates,
        years=years,
        now=now,
    )
    write_chain(made, output, passphrase=passphrase)
    document = {"output": str(output), "certificates": [certificate_document(each) for each in made.chain]}
    roles = made.leaf.roles
    if "CS" in roles and roles != ("CS",):
        remark([text("cert.signs-no-kdm", roles=" ".join(roles))], quiet=quiet)
    answer(
        document,
        [text("done.cert-chain", path=output, subject=each.who) for each in made.chain],
        as_json=as_json,
    )


@cert.command()
@click.argument("file", type=A_PATH)
@common
def show(file: Path, as_json: bool, quiet: bool) -> None:
    """Show what the certificates of a file say."""
    from dcp.trust.report import certificate_document

    certificates = certificates_in(file)
    documents = [certificate_document(each) for each in certificates]
    lines = [
        line
        for each in certificates
        for line in [*plain_lines(certificate_document(each, escaped=False)), ""]
    ]
    answer({"certificates": documents}, lines, as_json=as_json)


@cert.command()
@click.argument("file", type=A_PATH)
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@deny_lists
@click.option("--role", help="Demand this role of the leaf, as CS or SM.")
@click.option(
    "--profile", type=click.Choice(["smpte", "interop"]), default="smpte", show_default=True, help="Rules."
)
@clock
@common
def verify(
    file: Path,
    trust: Sequence[Path],
    deny: Sequence[Path],
    role: str | None,
    profile: Any,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge the chain in a file, step by step."""
    from dcp.trust.report import chain_document, chain_lines, headline, report_chain, report_refused

    roots, revoked = anchors(trust), deny_list(deny)
    try:
        certificates = certificates_in(file)
    except CertificateError as error:
        report = report_refused(error)
    else:
        report = report_chain(certificates, profile=profile, role=role, trust=roots, revoked=revoked, now=now)
    good = report.failed is None
    results = [step.result for step in report.steps]
    lines = steps_judged(headline(report, language()), chain_lines(report, language()), results, good=good)
    answer(chain_document(report), lines, as_json=as_json)
    return 0 if good else 1
