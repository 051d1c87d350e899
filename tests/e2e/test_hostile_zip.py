"""Zip archives that lie, explode or point elsewhere: nothing is written or read outside, and memory is bounded."""

from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Command
from tests.e2e.hostile import OUTSIDE, RICH, assert_clear, members

MEMORY_LIMIT_BYTES = 300 * 2**20


# a child's ru_maxrss holds that of the process that started it, so the child itself has to tell
TELL_PEAK = """
import atexit, re, runpy, sys
status = lambda: open("/proc/self/status").read()
atexit.register(lambda: sys.stderr.write("peak " + re.search(r"VmHWM:\\s+(\\d+) kB", status())[1]))
runpy.run_module("analyzer", run_name="__main__", alter_sys=True)
"""


def peak_bytes(command: Command, *arguments: Path) -> int:
    """Peak resident memory of a run of the command."""
    finished = subprocess.run(
        [sys.executable, "-c", TELL_PEAK, *map(str, arguments)],
        env=command.environment() | {"PYTHONWARNINGS": "ignore"},
        cwd=command.directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return int(finished.stderr.rsplit("peak ", 1)[1]) * 1024


def evil_zip(tmp_path: Path, fill: Callable[[zipfile.ZipFile], None]) -> Path:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in members(RICH.capture):
            opened.write(RICH.capture / name, name)
        fill(opened)
    return archive


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "../../job.json",
        "/etc/evil",
        "workdir/../../evil",
        "C:\\evil",
        "..\\evil",
        "workdir/\x00evil",
        "a/" * 2000 + "x",
    ],
)
def test_names_in_a_zip_lead_nowhere(name: str, command: Command, tmp_path: Path) -> None:
    archive = evil_zip(tmp_path, lambda opened: opened.writestr(name, OUTSIDE))
    # deep enough for names that climb to be seen
    destination = tmp_path / "one" / "two" / "again"
    destination.parent.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    outcome = command.json(archive)
    assert_clear(outcome)
    assert outcome.document()["verdict"]["cause"] == "dump.window_exceeded"
    again = command("capture", archive, "-o", destination)
    assert "Traceback" not in again.err
    written = set(tmp_path.rglob("*")) - before
    assert destination in written
    assert all(p.is_relative_to(destination) for p in written)
    assert not [p for p in written if "evil" in p.name]


def test_names_that_come_twice_in_a_zip(command: Command, tmp_path: Path) -> None:
    def twice(opened: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate name"):
            opened.writestr("job.json", '{"jobId": "other"}')
        opened.writestr("job.json/inner", "x")
        opened.writestr("workdir", "x")

    assert_clear(command.json(evil_zip(tmp_path, twice)))


def test_a_link_in_a_zip_is_not_followed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(OUTSIDE)

    def link(opened: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("workdir/.command.err")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(entry, str(tmp_path / "outside"))

    outcome = command.json(evil_zip(tmp_path, link))
    assert_clear(outcome)
    assert OUTSIDE not in outcome.out


def test_a_bomb_in_a_zip(command: Command, tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    block = b"0" * 2**20
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.write(RICH.capture / "manifest.json", "manifest.json")
        for member in ("workdir/.command.log", "job.json", "workdir.listing.jsonl", "logs/1.jsonl"):
            with opened.open(member, "w", force_zip64=True) as stream:
                for _ in range(400):
                    stream.write(block)
    assert_clear(command.json(archive))
    assert peak_bytes(command, archive) < MEMORY_LIMIT_BYTES


def test_a_zip_that_lies_about_sizes(command: Command, tmp_path: Path) -> None:
    archive = evil_zip(tmp_path, lambda _: None)
    data = bytearray(archive.read_bytes())
    at = data.rindex(b"PK\x01\x02")  # the last entry of the central directory: its size, 24 bytes on
    data[at + 24 : at + 28] = (2**31).to_bytes(4, "little")
    archive.write_bytes(bytes(data))
    assert_clear(command.json(archive))


@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_zip(part: float, command: Command, tmp_path: Path) -> None:
    archive = evil_zip(tmp_path, lambda _: None)
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * part)])
    outcome = command.json(archive)
    assert_clear(outcome)
    assert outcome.status == 3
    assert str(archive) in outcome.err
