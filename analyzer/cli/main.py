"""`fsnap-diagnose`: the command line's commands, and the shorthand that a bare target is diagnosed."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated, TextIO

import typer

from analyzer.cli import advise, bundle, capture, check, demo, diagnose, explain, instances, report, rules, unredact
from analyzer.cli.options import EXIT_USAGE, say

EPILOG = """Exit status: 0 nothing wrong was found; 1 at least one problem was diagnosed; 2 the command line is wrong;
3 at least one target could not be examined at all (wins over 1)."""

HELP = """Names why a Nextflow task on AWS Batch Spot failed when Fusion Snapshots should have saved it, and proves it.

\b
  fsnap-diagnose TARGET...         name the cause, with the proof
  fsnap-diagnose diagnose --help   all options of a diagnosis

\b
TARGET is any mix of
  a Batch job id, an array child (ID:INDEX) or a job ARN
  s3://bucket/work/xx/hash, for jobs that Batch has forgotten
  a capture or a bundle (folder or .zip), a local work directory
  a job as DescribeJobs returns it (.json)
  a log: a CRIU dump, pre-dump or restore log, .command.log, .fusion.log
  - for targets from standard input, one a line
"""

app = typer.Typer(
    name="fsnap-diagnose",
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("diagnose")(diagnose.diagnose)
app.command("capture")(capture.capture)
app.command("explain")(explain.explain)
app.command("rules")(rules.rules)
app.command("instances")(instances.instances)
app.command("demo")(demo.demo)
app.command("advise", epilog=advise.EPILOG)(advise.advise)
app.command("check", epilog=check.EPILOG)(check.check)
app.command("bundle", epilog=bundle.EPILOG)(bundle.bundle)
app.command("unredact")(unredact.unredact)
app.command("report", epilog=report.EPILOG)(report.report)
COMMANDS = (
    "diagnose",
    "capture",
    "explain",
    "rules",
    "instances",
    "demo",
    "advise",
    "check",
    "bundle",
    "unredact",
    "report",
)
ROOT_OPTIONS = ("-h", "--help", "--version", "--install-completion", "--show-completion")


def _version(wanted: bool) -> None:
    if wanted:
        from analyzer import __version__

        typer.echo(f"fsnap-diagnose {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Typer shows HELP instead of this."""
    del version


def with_default_command(arguments: list[str]) -> list[str]:
    """`fsnap-diagnose TARGET` means `fsnap-diagnose diagnose TARGET`."""
    if not arguments or arguments[0] in COMMANDS or arguments[0] in ROOT_OPTIONS:
        return arguments
    return ["diagnose", *arguments]


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)


def _nobody_reads() -> None:
    """What is still buffered goes nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> None:
    """The console script."""
    # closed by whoever started us (`>&-`), so that nobody wants to read it
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    if "_FSNAP_DIAGNOSE_COMPLETE" not in os.environ:
        sys.argv[1:] = with_default_command(sys.argv[1:])
    try:
        app(prog_name="fsnap-diagnose")
    except BrokenPipeError:
        # whoever read our output has gone (`| head`)
        _nobody_reads()
        sys.exit(1)
    except OSError as error:
        # of help and version, which Typer writes itself
        if error.errno != errno.ENOSPC:
            raise
        _nobody_reads()
        say(f"standard output cannot be written: {error.strerror}")
        sys.exit(EXIT_USAGE)
