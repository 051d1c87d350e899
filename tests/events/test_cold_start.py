"""The function starts, captures and diagnoses with what deploy/requirements.lock has, and loads nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.command import REPOSITORY, Command
from tests.events.examples import EXAMPLES, in_sqs
from tests.loopback.scenario import scenario
from tests.loopback.server import Loopback

LOCK = (REPOSITORY / "deploy" / "requirements.lock").read_text()
MODULES = {"python-dateutil": "dateutil"}
"""Names of modules that are not the package's."""
HEAVY = {"boto3", "botocore", "urllib3"}
"""Loaded with the first call, and not before."""
PROGRAM = """
import json
import sys

sys.path[:0] = sys.argv[2:]
from analyzer.events import handler

loaded = sorted({name.split(".")[0] for name in sys.modules})
from analyzer.parsers.page_ranges import ranges_one_by_one, reader_of_ranges

assert reader_of_ranges(10**9) is ranges_one_by_one
answer = handler(json.loads(sys.argv[1]), None)
print(json.dumps({"loaded": loaded, "answer": answer}))
"""


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", lock, re.MULTILINE))


def test_the_function_has_the_versions_that_the_tests_have() -> None:
    ours = _pins((REPOSITORY / "requirements.lock").read_text())
    assert _pins(LOCK).items() <= ours.items()
    assert LOCK.count("--hash=sha256:") >= len(_pins(LOCK))


def test_nothing_but_the_pinned_packages_is_needed(live: Command, loopback: Loopback, tmp_path: Path) -> None:
    names = ("job-failed-window", "job-survived", "spot-warning")
    loopback.serve([scenario(name) for name in {EXAMPLES[n].scenario for n in names} if name])
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "analyzer").symlink_to(REPOSITORY / "analyzer")
    for name in _pins(LOCK):
        found = find_spec(MODULES.get(name, name))
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        origin = origin.parent if origin.name == "__init__.py" else origin
        (packages / origin.name).symlink_to(origin)
    finished = subprocess.run(
        # no site-packages but these
        [sys.executable, "-I", "-S", "-c", PROGRAM, json.dumps(in_sqs(*(EXAMPLES[n].event for n in names))), packages],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=live.environment() | {"FSNAP_STORE": str(tmp_path / "store")},
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert lines[-1]["answer"] == {"batchItemFailures": []}
    assert set(lines[-1]["loaded"]) & HEAVY == set()
    assert {line["level"] for line in lines[:-1]} == {"info"}, lines
    assert {line.get("cause") for line in lines[:-1]} >= {"dump.window_exceeded", "ok.survived_reclaim"}


@pytest.mark.parametrize("name", ["numpy", "pyarrow", "matplotlib", "pandas", "rich", "jinja2", "typer"])
def test_no_heavy_package_is_in_it(name: str) -> None:
    assert name not in _pins(LOCK)
