"""Instance types whose figures are in the package: EC2 need not be asked for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import analyzer

_FILE = Path(analyzer.__file__).parent / "data" / "instance-types.json"


def not_shipped(names: Iterable[str]) -> frozenset[str]:
    """Those that have no line in `analyzer/data/instance-types.json`.

    One type a line, its name first, as `fsnap-diagnose instances` writes it: to read it all as JSON would take longer
    than all else that is done with an answer of EC2's.
    """
    lines = _FILE.read_bytes()
    return frozenset(name for name in names if f'\n["{name}",'.encode(errors="replace") not in lines)
