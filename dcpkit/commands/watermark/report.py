"""`dcpkit watermark report`: evidence that somebody hands over, judged, and repeated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.console import answer, say
from dcpkit.keying import anchors, deny_list
from dcpkit.options import A_PATH, Access, clock, common, essence_keys
from dcpkit.speaking import language, verbose

if TYPE_CHECKING:
    from watermark.evidence.checking import Check, Judged


@click.group()
def report() -> None:
    """Judge bundles of evidence, and repeat what is in them."""


@report.command()
@click.argument("bundle", type=A_PATH)
@click.option("--recording", type=A_PATH, help="Repeat it: the recording that was examined.")
@click.option(
    "--secret", "secret_files", type=A_PATH, multiple=True, help="The secrets it was searched with."
)
@click.option("--reference", "references", type=A_PATH, multiple=True, help="The films it was searched in.")
@essence_keys
@clock
@common
def verify(
    bundle: Path,
    recording: Path | None,
    secret_files: Sequence[Path],
    references: Sequence[Path],
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge BUNDLE: its signature, then every file of it; with the recording, the secrets and the films, read
    the mark again and compare the numbers."""
    from dcpkit.sealing import Seals
    from watermark.evidence.checking import judge_bundle

    if (recording is None) is bool(secret_files) or (references and recording is None):
        raise UsageError("evidence.repeat-flags")
    seals = Seals(anchors(access.trust), deny_list(access.deny), now)
    judged = judge_bundle(bundle, seals.judge)
    if recording is not None and judged.outcome != "refuse" and judged.evidence is not None:
        from dcpkit.commands.watermark.repeat import repeat

        judged = judged.with_checks(
            repeat(
                judged.evidence,
                recording,
                secret_files,
                references,
                access=access,
                now=now,
                tell=lambda stage: say(f"{stage.say(language())} ...", quiet=quiet),
                quiet=quiet,
            )
        )
    answer(judged.document(), _lines(judged), as_json=as_json)
    return 1 if judged.outcome == "refuse" else 0


def _lines(judged: Judged) -> list[str]:
    """The verdict first; what holds is folded but with -v, save for who signed."""
    spoken = language()
    failed = [each for each in judged.checks if each.result == "fail"]
    verdict = text("bundle.verdict." + judged.outcome, why=failed[0].said if failed else "")
    shown = [each for each in judged.checks if verbose() or _matters(each)]
    folded = len(judged.checks) - len(shown)
    lines = [verdict.say(spoken)]
    if judged.evidence is not None:
        case = judged.evidence["case"]
        lines.append(
            text("bundle.case-line", number=case["number"] or "-", examiner=case["examiner"] or "-").say(
                spoken
            )
        )
    lines += [
        text("bundle.check-line", check=each.id, result=text("bundle.is." + each.result), said=each.said).say(
            spoken
        )
        for each in shown
    ]
    if folded:
        lines.append(text("run.folded", n=folded).say(spoken))
    needed = judged.needed()
    if needed and not any(each.id == "repeat" for each in judged.checks):
        lines += [text("bundle.second").say(spoken), *(f"  {each.say(spoken)}" for each in needed)]
    return lines


def _matters(check: Check) -> bool:
    if check.result == "skipped":  # rules that nothing was handed over for
        return check.id == "signature"
    return check.result != "pass" or check.id in ("signature", "digests", "repeat")
