"""Help, version, completion and replays start without AWS's or anybody's heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.command import Command
from tests.loopback.scenario import scenario

HEAVY = {"boto3", "botocore", "requests", "urllib3", "jsonschema", "pydantic"}
HEAVY |= {"pandas", "numpy", "jinja2", "matplotlib"}
CASES: dict[str, tuple[list[str], dict[str, str]]] = {
    "help": (["--help"], {}),
    "diagnose help": (["diagnose", "--help"], {}),
    "version": (["--version"], {}),
    "completion": (
        [],
        {"_FSNAP_DIAGNOSE_COMPLETE": "complete_bash", "COMP_WORDS": "fsnap-diagnose ", "COMP_CWORD": "1"},
    ),
    "rules": (["rules"], {}),
    "explain": (["explain", "176"], {}),
    "explain a check": (["explain", "FS801"], {}),
    "advise": (["advise", "--memory", "60GB", "--format", "csv"], {}),
    "instances": (["instances", "r6id"], {}),
    "check help": (["check", "--help"], {}),
    "replay": ([str(scenario("window-exceeded").capture)], {}),
    "replay as json": ([str(scenario("window-exceeded").capture), "--format", "json"], {}),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_heavy_is_imported(case: str, command: Command) -> None:
    arguments, environment = CASES[case]
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "analyzer", *arguments],
        capture_output=True,
        text=True,
        cwd=command.directory,
        env=command.environment() | environment,
        timeout=60,
        check=False,
    )
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in finished.stderr.splitlines() if "|" in line}
    assert "analyzer" in imported
    assert finished.stdout
    assert imported & HEAVY == set()
