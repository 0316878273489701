"""The command: groups loaded when they are used, errors turned into lines and exit codes in one place.

Exit codes: 0 done and good; 1 done, and the answer is no; 2 could not do it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

import click

from dcp.system import disk_is_full, stopping_signals
from dcp.version import VERSION
from dcpkit.console import Abort, asks_for_json, complain, debugging
from dcpkit.groups import lazy_group
from dcpkit.speaking import language_of, speaking
from dcpkit.streams import libraries_silent, steady_streams

# name -> (module:attribute, help shown without importing the module)
COMMANDS: dict[str, tuple[str, str]] = {
    "create": ("dcpkit.commands.create:create", "Make a package from video, stills, codestreams and sound."),
    "info": ("dcpkit.commands.info:info", "Say what a package, a track file or a document is."),
    "verify": ("dcpkit.commands.verify:verify", "Check a package; list what is wrong with it."),
    "rules": ("dcpkit.commands.rules:rules", "List the rules of verify, and how they weigh."),
    "decrypt": ("dcpkit.commands.tracks:decrypt", "Write a decrypted copy of a package."),
    "combine": ("dcpkit.commands.rework.combine:combine", "Write several packages as one."),
    "repair": ("dcpkit.commands.rework.repair:repair", "Write a package again, made whole."),
    "retitle": ("dcpkit.commands.rework.retitle:retitle", "Write a package again under another title."),
    "version": ("dcpkit.commands.rework.version:version", "Make a version file over an original."),
    "rekey": ("dcpkit.commands.rework.rekey:rekey", "Write a package again under fresh keys."),
    "lower": ("dcpkit.commands.rework.lower:lower", "Write a package again at a lower rate."),
    "hash": (
        "dcpkit.commands.rework.hash:hash_",
        "Hash every file; is the copy as it was packed?",
    ),
    "diff": ("dcpkit.commands.rework.diff:diff", "Say how two packages differ in what is played."),
    "extract": ("dcpkit.commands.tracks:extract", "Take frames, sound or text out of a track file."),
    "wrap": ("dcpkit.commands.tracks:wrap", "Wrap codestreams or sound in one track file."),
    "unwrap": ("dcpkit.commands.tracks:unwrap", "Unwrap one track file into its units."),
    "disk": ("dcpkit.commands.rework.disk:disk", "Write packages onto a delivery drive, or an image of one."),
    "play": ("dcpkit.commands.play:play", "Play a package: decrypt, decode, mark, show, report."),
    "pattern": ("dcpkit.commands.pattern:pattern", "List and make test patterns for projection."),
    "log": ("dcpkit.commands.log:log", "Verify, read and export the log of a player."),
    "doctor": ("dcpkit.commands.doctor:doctor", "Say what is installed here and what is missing."),
    "cert": ("dcpkit.commands.cert:cert", "Make, show and judge certificates and chains."),
    "kdm": ("dcpkit.commands.kdm:kdm", "Issue, inspect, judge and open key delivery messages."),
    "explain": ("dcpkit.commands.explain:explain", "Say what an id of a finding, a step or an error means."),
    "completion": ("dcpkit.commands.explain:completion", "Print what completes the command in a shell."),
    "watermark": (
        "dcpkit.commands.watermark:watermark",
        "Embed forensic marks and read them out of recordings.",
    ),
}

# After so many new objects circles are looked for, not after 700: what a command imports and reads stays, and
# looking through it a hundred times was a tenth of a short run. Such a run makes half as many.
_NEW_OBJECTS = 100_000


@click.group(cls=lazy_group(COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", message="dcpkit %(version)s")
@speaking
def dcpkit() -> None:
    """Build, verify, key, mark and play Digital Cinema Packages."""


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not debugging(words):
        libraries_silent()
    steady_streams()
    for number in _STOPPING:
        signal.signal(number, _stop)
    no_core_reports()
    gc.set_threshold(_NEW_OBJECTS)
    code = invoke(words)
    gc.freeze()  # else all is looked through once more at the end, for memory that goes anyway
    sys.exit(code)


def no_core_reports() -> None:
    """A crash of this process, or of what it starts, writes no memory with keys in it to a disk.

    Linux hands a core to a collecting program whatever the limit is, save for a limit of 1, for which it
    makes none at all; no file is that small either. What the platform lacks is left out.
    """
    try:
        import resource
    except ImportError:
        return
    limit = 1 if sys.platform == "linux" else 0
    with suppress(OSError, ValueError):  # a limit that is lower already stays
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def invoke(arguments: list[str]) -> int:
    """Run one command line; returns its exit code. Every error becomes one to three lines on stderr."""
    from dcp.errors import DcpError

    as_json, language = asks_for_json(arguments), language_of(arguments)
    try:
        result = dcpkit.main(
            arguments, prog_name="dcpkit", standalone_mode=False, terminal_width=_help_width()
        )
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        from dcpkit.usage import of_the_flags

        complain(of_the_flags(error), as_json=as_json, spoken=language)
        return 2
    except (click.Abort, KeyboardInterrupt, Abort):
        from dcp.texts.catalogue import say

        click.echo(say("run.stopped", language=language), err=True)
        return 130
    except DcpError as error:
        complain(error, as_json=as_json, spoken=language)
        return error.exit_code
    except SystemExit as stop:
        # click ends so when whoever read our output went away; 1 would say that the answer is no
        return 2 if stop.code else 0
    except BrokenPipeError:
        # whoever read our output went away: not an error of ours, and not one to print into a closed pipe
        sys.stderr.close()
        return 2
    except OSError as error:
        complain(_of_the_system(error), as_json=as_json, spoken=language)
        return 2
    except ModuleNotFoundError as error:
        complain(_of_the_extras(error), as_json=as_json, spoken=language)
        return 2
    except Exception as error:
        if debugging(arguments):
            raise
        complain(
            DcpError("error.internal", kind=type(error).__name__),
            as_json=as_json,
            spoken=language,
        )
        return 2
    return result if isinstance(result, int) else 0


def _help_width() -> int:
    """As click has it, without the module that it loads to ask the terminal."""
    asked = os.environ.get("COLUMNS", "")
    columns = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    if not columns:
        with suppress(OSError):
            columns = os.get_terminal_size(1).columns
    return max(min(columns or 80, 80) - 2, 50)


def _of_the_system(error: OSError) -> Exception:
    from dcp.errors import DcpError
    from dcp.texts.system import why

    where = error.filename if isinstance(error.filename, str) else None
    if disk_is_full(error):
        return DcpError("system.disk-full", where=where)
    return DcpError("system.refused", where=where, why=why(error))


def _of_the_extras(error: ModuleNotFoundError) -> Exception:
    from dcp.errors import DcpError
    from dcp.extras import missing

    return missing(error.name or "") or DcpError("error.internal", kind=type(error).__name__)


def _stop(number: int, frame: FrameType | None) -> None:
    """A terminated or hung-up process unwinds like one that is interrupted, so that temporary files go."""
    for other in _STOPPING:
        signal.signal(other, signal.SIG_IGN)  # tidying up is not interrupted in its turn
    raise Abort


_STOPPING = stopping_signals()
