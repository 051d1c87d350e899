"""`fsnap-diagnose`: where every run begins, and the shorthand that a bare target is diagnosed."""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import TYPE_CHECKING

from analyzer import __version__
from analyzer.cli import front

if TYPE_CHECKING:
    from typing import TextIO

ROOT_OPTIONS = ("-h", "--help", "--version", "--install-completion", "--show-completion")


def with_default_command(arguments: list[str]) -> list[str]:
    """`fsnap-diagnose TARGET` means `fsnap-diagnose diagnose TARGET`."""
    if not arguments or arguments[0] in front.COMMANDS or arguments[0] in ROOT_OPTIONS:
        return arguments
    return ["diagnose", *arguments]


def known_answer(arguments: list[str]) -> str | None:
    """What needs no command, nor Typer, which takes five times as long to load as Python itself."""
    match arguments:
        case ["--version"]:
            return f"fsnap-diagnose {__version__}\n"
        case ["--help" | "-h"]:
            return front.page()
        case _:
            return None


NEW_OBJECTS = 50_000
"""So many are made before the garbage collector looks; a replay that makes fewer is a tenth faster."""


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)


def _nobody_reads() -> None:
    """What is still buffered goes nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answer_or_act(arguments: list[str]) -> None:
    completing = "_FSNAP_DIAGNOSE_COMPLETE" in os.environ
    if not completing and (answer := known_answer(arguments)):
        sys.stdout.write(answer)
        sys.stdout.flush()
        return
    from analyzer.cli.interruption import told_to_end

    with told_to_end():
        from analyzer.cli.app import app

        app(arguments if completing else with_default_command(arguments), prog_name="fsnap-diagnose")


def run() -> None:
    """The console script."""
    # closed by whoever started us (`>&-`), so that nobody wants to read it
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    gc.set_threshold(NEW_OBJECTS)
    try:
        _answer_or_act(sys.argv[1:])
    except BrokenPipeError:
        # whoever read our output has gone (`| head`)
        _nobody_reads()
        sys.exit(1)
    except OSError as error:
        # of help and version, which are not written by a command
        if error.errno != errno.ENOSPC:
            raise
        from analyzer.cli.options import EXIT_USAGE, say

        _nobody_reads()
        say(f"standard output cannot be written: {error.strerror}")
        sys.exit(EXIT_USAGE)
    finally:
        # or all that is left is looked through once more at exit, only to be freed with the process
        gc.freeze()
