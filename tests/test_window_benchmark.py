"""The benchmark of the window model runs, on recordings made here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
MIB = 2**20


def _steady(number: int) -> float:
    return 0.5 + number / 10


def _slows_down(number: int) -> float:
    return _steady(number) if number < 20 else 2.5 + (number - 20) * 0.5


def _recording(folder: Path, stamp: Callable[[int], float], ranges: int = 40) -> None:
    """A case with one complete dump of so many MiB, each written at its stamp."""
    lines = ["(00.000000) Version: 4.2 (gitid 0)", "(00.000001) Running on vm Linux 6.1.0 #1 SMP x86_64"]
    for number in range(ranges):
        start = 0x7F0000000000 + number * MIB
        lines.append(f"({stamp(number):09.6f}) page-xfer: \tp 0x{start:x} - 0x{start + MIB:x}")
    lines.append(f"({stamp(ranges) + 0.1:09.6f}) Dumping finished successfully")
    dump = folder / "capture" / "workdir" / ".fusion" / "dump" / "1"
    dump.mkdir(parents=True)
    (dump / "dump_1.log").write_text("\n".join([*lines, ""]))
    (folder / "capture" / "manifest.json").write_text(json.dumps({"format": "fsnap-capture/1", "target": "x"}))


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / "window_model.py"), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_steady_dump_is_predicted_by_its_first_half(tmp_path: Path) -> None:
    _recording(tmp_path / "steady", _steady)
    done = _run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "| steady/1 | yes | 40 | 4.6 | 0.60 | 10.0 (10.0 to 10.0) | 0 |" in done.stdout
    assert "| the first half | 1 | 0 | 0 | 1 of 1 | 1 of 1 |" in done.stdout


def test_a_dump_that_slows_down_is_not_and_the_status_says_so(tmp_path: Path) -> None:
    _recording(tmp_path / "slow", _slows_down, ranges=30)
    done = _run(tmp_path)
    assert done.returncode == 1
    assert "| the first half | 1 |" in done.stdout


def test_rows_that_agree_with_aws_stand_beside_the_prediction(tmp_path: Path) -> None:
    _recording(tmp_path / "steady", _steady)
    agreeing = _run(tmp_path).stdout.split("| type |")[1]
    rows = [line for line in agreeing.splitlines() if "xlarge" in line]
    assert [row.split("|")[1].strip() for row in rows] == ["c6id.8xlarge", "c6id.12xlarge", "m6id.8xlarge"]


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    done = _run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no dump with times" in done.stderr
