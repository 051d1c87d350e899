"""What may be loaded for a command: these modules, with whatever they load themselves, and nothing else.

Each of them costs some milliseconds at every start. Who adds one measures first: python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.command import REPOSITORY, Command
from tests.loopback.scenario import scenario

HEAVY = {"boto3", "botocore", "requests", "urllib3", "jsonschema", "pydantic"}
HEAVY |= {"pandas", "numpy", "pyarrow", "jinja2", "matplotlib"}

FRONT = ("__future__", "analyzer", "errno", "gc", "typing")
TYPER = (*FRONT, "threading", "typer", "shellingham")
DATA = (*TYPER, "dataclasses", "hashlib", "json", "tomllib")
REPLAY = (*DATA, "base64", "string", "zipfile")
PAGES = (*REPLAY, "importlib.resources")
"""As Python's `import` names them."""

CAPTURE = str(scenario("window-exceeded").capture)
CASES: Mapping[str, tuple[list[str], tuple[str, ...]]] = {
    "version": (["--version"], FRONT),
    "help": (["--help"], FRONT),
    "diagnose help": (["diagnose", "--help"], TYPER),
    "check help": (["check", "--help"], TYPER),
    "completion": ([], (*TYPER, "dataclasses", "shlex")),
    "advise": (["advise", "--memory", "60GB", "--format", "csv"], (*REPLAY, "csv")),
    "instances": (["instances", "r6id"], (*REPLAY, "csv")),
    "replay": ([CAPTURE], REPLAY),
    "replay as json": ([CAPTURE, "--format", "json"], REPLAY),
    "rules": (["rules"], PAGES),
    "explain": (["explain", "176"], PAGES),
    "explain a check": (["explain", "FS801"], PAGES),
    "demo": (["demo"], PAGES),
}
COMPLETING = {"_FSNAP_DIAGNOSE_COMPLETE": "complete_bash", "COMP_WORDS": "fsnap-diagnose ", "COMP_CWORD": "1"}


def loaded(arguments: list[str], folder: Path, environment: Mapping[str, str]) -> set[str]:
    """The names, as far as their first dot, of what Python loads."""
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=60,
        check=False,
    )
    assert finished.stdout, finished.stderr
    names = (
        line.rsplit("|", 1)[-1].strip() for line in finished.stderr.splitlines() if line.startswith("import time:")
    )
    return {name.split(".")[0] for name in names}


@cache
def allowed(modules: tuple[str, ...]) -> set[str]:
    """Those modules, and what they load on this Python."""
    program = f"import runpy, {', '.join(modules)}; print('ok')"
    return loaded(["-c", program], REPOSITORY, Command(REPOSITORY).environment())


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_loaded_but_what_is_listed(case: str, command: Command) -> None:
    arguments, modules = CASES[case]
    environment = command.environment() | (COMPLETING if case == "completion" else {})
    found = loaded(["-m", "analyzer", *arguments], command.directory, environment)
    assert "analyzer" in found
    assert found & HEAVY == set()
    assert found - allowed(modules) == set()
