"""`dcpkit explain` and `dcpkit completion`: the command about itself."""

from __future__ import annotations

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import say, text
from dcpkit.console import answer
from dcpkit.options import common
from dcpkit.speaking import language, speaking

SCHEMA = "dcpkit.explain/1"


@click.command()
@click.argument("id", required=False)
@common
def explain(id: str | None, as_json: bool, quiet: bool) -> None:
    """Say what ID means and what to do: a rule, a step, a refusal, a cause, an error. An area (AM, KDM,
    refusal) lists what is there; without ID the areas are listed."""
    from dcpkit.explaining import areas, explain, matching, near, others

    if id is None:
        found = areas()
        width = max(map(len, found))
        lines = [f"{area:<{width}} {number:>4}" for area, number in found.items()]
        lines.append(say("explain.areas-how", {"n": len(found)}, language()))
        answer({"schema": SCHEMA, "areas": dict(found)}, lines, as_json=as_json)
        return
    ids = matching(id)
    if not ids:
        alike = near(id)
        if len(alike) > 1:
            remedy = text("explain.did-you-mean-either", near=alike[0], other=alike[1])
        else:
            remedy = text("explain.did-you-mean", near=alike) if alike else text("explain.list-areas")
        raise UsageError("explain.unknown", asked=id, remedy=remedy)
    entries = [explain(one) for one in ids]
    document = {"schema": SCHEMA, "asked": id, "entries": [one.document() for one in entries]}
    if len(entries) == 1:
        lines = list(entries[0].lines(language()))
    else:
        lines = [
            f"{one.id}  {one.part('title', language()) or one.part('text', language()) or ''}"
            for one in entries
        ]
        lines.append(say("explain.one", {"n": len(entries)}, language()))
        if alike := others(id):
            lines.append(say("explain.other-areas", {"areas": alike}, language()))
    answer(document, lines, as_json=as_json)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@speaking
def completion(shell: str) -> None:
    """Print what completes `dcpkit` in a SHELL. For bash: eval "$(dcpkit completion bash)" in ~/.bashrc."""
    from click.shell_completion import ShellComplete, get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    root = click.get_current_context().find_root()
    # Its own `source` asks an installed shell for its version; the script may be for another machine.
    click.echo(ShellComplete.source(made(root.command, {}, "dcpkit", "_DCPKIT_COMPLETE")))
