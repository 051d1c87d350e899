"""`--timeout` is the limit of the whole, as real processes know it, whoever it is that does not answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command import Command
from tests.loopback.scenario import scenario

JOB = scenario("window-exceeded").target
LIMIT = "2"
FAR_BELOW_RETRIES = 45.0
"""Seconds, on a busy machine: four tries of 20 s with their waits are twice as long, a hanging helper takes 90 s."""


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """A port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


@dataclass(frozen=True)
class Asked:
    """A command that meets silence, and what must come of it."""

    arguments: tuple[str, ...]
    status: int
    says: str
    config: str = ""
    """Of AWS, for a profile without keys."""
    metadata: bool = False
    """The keys are to come from the machine's own service, which is silent, too."""


HELPER = "[profile slow]\ncredential_process = {helper}\n"
CASES = {
    "a job": Asked((JOB,), 3, "did not answer within 2 s"),
    "a work directory": Asked(("s3://bucket/work/ab/cdef",), 3, "time limit of 2 s"),
    "a capture in S3": Asked(("s3://bucket/captures/one.zip",), 3, "time limit of 2 s"),
    "a queue": Asked(("check", "my-queue"), 3, "did not answer within 2 s"),
    "prices": Asked(("advise", "--memory", "8GB", "--prices", "--format", "json"), 0, ""),
    "saving": Asked(("capture", JOB, "-o", "saved.zip"), 3, "did not answer within 2 s"),
    "a ticket": Asked(("bundle", JOB, "-o", "ticket.zip"), 3, "did not answer within 2 s"),
    "instance types": Asked(("instances", "--refresh", "-o", "types.json"), 3, "time limit of 2 s"),
    "keys from a helper, of a job": Asked((JOB, "--profile", "slow"), 3, "did not answer within 2 s", HELPER),
    "keys from a helper, of a work directory": Asked(
        ("s3://bucket/work/ab/cdef", "--profile", "slow"), 3, "no AWS credentials within 2 s", HELPER
    ),
    "keys from the machine": Asked((JOB,), 3, JOB, "", metadata=True),
}


@pytest.fixture(scope="module")
def ended(silent: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, float, list[str]]]:
    """All of them side by side: (status, standard error, seconds, files left) by name."""
    begun = {}
    for name, asked in CASES.items():
        folder = tmp_path_factory.mktemp("late")
        begun[name] = (_start(asked, folder, silent), folder, time.monotonic())
    results = {}
    for name, (process, folder, at) in begun.items():
        try:
            _, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
        left = sorted(path.name for path in folder.iterdir() if path.name not in ("aws", "helper"))
        results[name] = (process.returncode, err.decode(), time.monotonic() - at, left)
    return results


def _start(asked: Asked, folder: Path, silent: str) -> subprocess.Popen[bytes]:
    environment = Command(folder, endpoint=silent).environment() | {"TMPDIR": str(folder)}
    if asked.config or asked.metadata:
        del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    if asked.config:
        helper = folder / "helper"
        helper.write_text("#!/bin/sh\nexec sleep 90\n")
        helper.chmod(0o700)
        (folder / "aws").write_text(asked.config.format(helper=helper))
        environment["AWS_CONFIG_FILE"] = str(folder / "aws")
    if asked.metadata:
        environment |= {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": silent}
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", *asked.arguments, "--timeout", LIMIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )


@pytest.mark.parametrize("name", CASES)
def test_silence_ends_with_the_time_limit(name: str, ended: dict[str, tuple[int, str, float, list[str]]]) -> None:
    status, err, seconds, left = ended[name]
    asked = CASES[name]
    assert (status, asked.says in err) == (asked.status, True), err
    assert seconds < FAR_BELOW_RETRIES
    assert "Traceback" not in err
    assert err.count("\n") <= (2 if asked.arguments[0] == "bundle" else 1), err
    assert [file for file in left if os.path.splitext(file)[1]] == [], "nothing is written of nothing"  # noqa: PTH122 - of names, not of paths
