"""`bundle` as a process: from AWS to a ticket and back, on a full disk, interrupted, and with logs of any size."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from tests.command import Command, Outcome
from tests.e2e.test_scenarios import SECRETS
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

CAPTURE = scenario("window-exceeded").capture
PEAK_MIB = 260
"""The interpreter, the tool, matplotlib's 60 MiB and what is read ahead; far less than the log that it goes through."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where bundles go: nothing else may be left in it."""
    made = tmp_path / "out"
    made.mkdir()
    return made


def start(folder: Path, *arguments: str | Path, before: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=Command(folder).environment(),
        preexec_fn=before,  # noqa: PLW1509 - nothing of this process has threads that matter
    )


def finished(process: subprocess.Popen[bytes]) -> Outcome:
    out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out.decode(), err.decode())


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_live_job_becomes_a_ticket_that_replays(live: Command, loopback: Loopback, tmp_path: Path) -> None:
    chosen = scenario("window-exceeded")
    loopback.serve([chosen])
    fetched = live.json(chosen.target).document()
    made = live("bundle", chosen.target, "-o", "ticket.zip")
    assert made.status == 0, made.err
    elsewhere = Command(tmp_path)
    replayed = elsewhere.json(tmp_path / "ticket.zip").document()
    for member in ("cause", "rule", "confidence", "summary"):
        assert replayed["verdict"][member] == fetched["verdict"][member]
    assert replayed["measurements"] == fetched["measurements"]
    with zipfile.ZipFile(tmp_path / "ticket.zip") as archive:
        everything = b"\n".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    hidden = (*SECRETS, fetched["job"]["id"], fetched["job"]["queue"], chosen.target, str(tmp_path))
    assert not [value for value in hidden if value in everything]
    answer = f"look at job {replayed['job']['id']}"
    turned = elsewhere("unredact", "-", "--map", "ticket.map.json", stdin=answer)
    assert turned.out == f"look at job {fetched['job']['id']}"


@pytest.mark.parametrize("size", [0, 1_000, 20_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(size: int, folder: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    outcome = finished(start(folder, "bundle", CAPTURE, "-o", "ticket.zip", before=limited))
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert "the bundle ticket.zip cannot be written: File too large" in outcome.err
    assert names_in(folder) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("part", [0.1, 0.4, 0.6, 0.75, 0.9])
def test_an_interruption_leaves_both_files_or_none(part: float, number: signal.Signals, folder: Path) -> None:
    began = time.monotonic()
    assert finished(start(folder, "bundle", CAPTURE, "-o", "first.zip")).status == 0
    usual = time.monotonic() - began
    process = start(folder, "bundle", CAPTURE, "-o", "ticket.zip")
    time.sleep(usual * part)
    process.send_signal(number)
    process.send_signal(number)
    outcome = finished(process)
    left = set(names_in(folder)) - {"first.zip", "first.map.json"}
    assert left in (set(), {"ticket.zip", "ticket.map.json"})
    if "ticket.zip" in left:
        assert (folder / "ticket.zip").read_bytes() == (folder / "first.zip").read_bytes()
    else:
        assert outcome.status != 0


def test_an_interruption_while_it_is_written(folder: Path, tmp_path: Path) -> None:
    capture = with_large_log(tmp_path, 40_000)
    process = start(folder, "bundle", capture, "-o", "ticket.zip")
    deadline = time.monotonic() + 100
    while not names_in(folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert names_in(folder)[0].endswith(".part")
    process.send_signal(signal.SIGINT)
    outcome = finished(process)
    assert (outcome.status, outcome.err) == (130, "fsnap-diagnose: interrupted\n")
    assert names_in(folder) == []


def with_large_log(tmp_path: Path, events: int) -> Path:
    """The scenario, with an attempt that wrote very much."""
    capture = tmp_path / "large"
    copytree(CAPTURE, capture)
    with (capture / "logs/1.jsonl").open("a") as log:
        for n in range(events):
            message = f"{n} INFO aligned {n * 7919 % 1_000_003} reads of chr{n % 22} to s3://acme-data/run/p{n % 9}.bam"
            log.write(json.dumps({"timestamp": 1_794_898_860_000 + n, "message": message}) + "\n")
    return capture


def test_memory_does_not_grow_with_the_logs(folder: Path, tmp_path: Path) -> None:
    capture = with_large_log(tmp_path, 60_000)
    with (capture / "workdir/.command.log").open("ab") as log:
        log.write(b"z" * 24 * 2**20)
    # a child's ru_maxrss holds that of the process that started it
    program = (
        "import re; from analyzer.cli.app import app\n"
        f"try: app(['bundle', {str(capture)!r}, '-o', 'ticket.zip', '--max-size', '200kB'])\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        cwd=folder,
        env=Command(folder).environment(),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 1024 < PEAK_MIB
    assert (folder / "ticket.zip").stat().st_size <= 200_000
