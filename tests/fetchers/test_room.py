from __future__ import annotations

import subprocess
import sys

from analyzer.fetchers.options import FetchOptions


def test_importing_the_room_does_not_import_boto3() -> None:
    program = (
        "import pkgutil, importlib, sys, analyzer.fetchers as room\n"
        "[importlib.import_module(f'analyzer.fetchers.{m.name}') for m in pkgutil.iter_modules(room.__path__)]\n"
        "print([m for m in ('boto3', 'botocore') if m in sys.modules])\n"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout.strip() == "[]"


def test_the_stamp_is_a_whole_second_in_utc() -> None:
    assert FetchOptions().captured_at().endswith("Z")
    assert len(FetchOptions().captured_at()) == len("2026-08-21T10:00:00Z")
