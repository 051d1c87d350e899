"""Ctrl-C and SIGTERM, at whatever moment: one sentence, the status that shells know, whole files or none."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.places import place_of
from analyzer.store.store import Store
from tests.command import Command
from tests.loopback.faults import Fault
from tests.loopback.scenario import scenario

if TYPE_CHECKING:
    from tests.loopback.server import Loopback

RICH = scenario("window-exceeded")
CAPTURES = [scenario(name).capture for name in ("window-exceeded", "dump-tcp-connection", "survived-reclaim")]
SENTENCES = {
    signal.SIGINT: (130, "fsnap-diagnose: interrupted\n"),
    signal.SIGTERM: (143, "fsnap-diagnose: ended by SIGTERM\n"),
}
_COLOUR = re.compile(rb"\x1b\[([0-9;]*)m")


@dataclass(frozen=True)
class Kind:
    """A command, and how to look at what it may leave."""

    arguments: tuple[str, ...]
    left: str
    """The file or folder that may be there."""
    is_whole: Callable[[Path], object]
    fine: tuple[int, ...] = (0, 1)
    live: bool = True


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def _store(path: Path) -> None:
    list(Store(place_of(str(path), FetchOptions())).rows())


KINDS = {
    "diagnose": Kind(
        (RICH.target, "--format", "json", "-o", "out.json"), "out.json", lambda p: json.loads(p.read_bytes())
    ),
    "page": Kind((str(CAPTURES[0]), "-o", "out.txt"), "out.txt", lambda p: p.read_text("utf-8"), live=False),
    "capture": Kind(("capture", RICH.target, "-o", "out.zip"), "out.zip", _zip),
    "bundle": Kind(("bundle", str(CAPTURES[1]), "-o", "out.zip"), "out.zip", _zip, live=False),
    "report": Kind(
        ("report", *map(str, CAPTURES), "--store", "kept", "--format", "html", "-o", "out.html"),
        "kept",
        _store,
        live=False,
    ),
}
USUAL_SECONDS = 1.5
"""About what each takes; longer only spreads the moments."""


def started(kind: Kind, folder: Path, endpoint: str | None) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "analyzer", *kind.arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=Command(folder, endpoint).environment() | {"TMPDIR": str(folder / "tmp")},
    )


def wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    """Until SIGTERM has a handler: before that it is Python's own start that a signal meets."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        pytest.skip("no /proc tells of its signals")
    while process.poll() is None:
        caught = re.search(r"SigCgt:\s+([0-9a-f]+)", status.read_text())
        if caught and int(caught[1], 16) & (1 << (signal.SIGTERM - 1)):
            return
        time.sleep(0.002)


def interrupt(name: str, seed: int, folder: Path, endpoint: str | None) -> None:
    chance = random.Random(f"{name}-{seed}")  # noqa: S311 - the same moments every time
    kind = KINDS[name]
    number = chance.choice(list(SENTENCES))
    process = started(kind, folder, endpoint if kind.live else None)
    try:
        wait_until_it_listens(process)
        time.sleep(chance.random() * USUAL_SECONDS)
        process.send_signal(number)
        if chance.random() < 0.3:  # people press again
            process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    told = err.decode()
    if process.returncode in kind.fine:  # it was done, or as good as done
        assert "Traceback" not in told
    else:
        assert (process.returncode, told) == SENTENCES[number]
    allowed = {kind.left, "tmp", "out.html", "out.map.json"}
    assert {path.name for path in folder.iterdir()} <= allowed, "something half-done was left"
    assert list((folder / "tmp").iterdir()) == []
    if (folder / kind.left).exists():
        kind.is_whole(folder / kind.left)
    if kind.arguments[0] == "bundle":
        assert (folder / "out.zip").exists() == (folder / "out.map.json").exists()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_at_a_few_moments(name: str, seed: int, tmp_path: Path, loopback: Loopback) -> None:
    loopback.serve([RICH])
    interrupt(name, seed, tmp_path, loopback.endpoint)


@pytest.mark.faults
@pytest.mark.parametrize("name", KINDS)
def test_at_many_moments(name: str, tmp_path: Path, loopback: Loopback) -> None:
    loopback.serve([RICH])
    for seed in range(10, 18):
        folder = tmp_path / str(seed)
        folder.mkdir()
        interrupt(name, seed, folder, loopback.endpoint)
        shutil.rmtree(folder)


@pytest.mark.parametrize("number", SENTENCES)
def test_the_terminal_is_as_it_was(number: signal.Signals, tmp_path: Path, loopback: Loopback) -> None:
    loopback.serve([RICH], [Fault("GetLogEvents", "x", 500, after_seconds=60)])
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "analyzer", RICH.target],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=tmp_path,
        env=Command(tmp_path, loopback.endpoint).environment() | {"TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(its)
    try:
        shown = read_until(ours, lambda data: b"\x1b[?25l" in data and b"workdir" in data)
        process.send_signal(number)
        shown += read_until(ours, lambda _: False)
        assert process.wait(timeout=30) == SENTENCES[number][0]
    finally:
        process.kill()
        os.close(ours)
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l"), "the cursor is hidden"
    assert _COLOUR.findall(shown)[-1] in (b"", b"0"), "a colour is left on"
    assert shown.replace(b"\r\n", b"\n").endswith(SENTENCES[number][1].encode())


def read_until(descriptor: int, enough: Callable[[bytes], bool]) -> bytes:
    """What a terminal shows until it is enough, or nobody writes to it any more."""
    data = b""
    deadline = time.monotonic() + 60
    while not enough(data) and time.monotonic() < deadline:
        if not select.select([descriptor], [], [], 0.2)[0]:
            continue
        try:
            more = os.read(descriptor, 65_536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        data += more
    return data
