"""Every entry for data from outside, as a fuzz target: for the tests beside this file and for benchmarks/fuzz.py."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from tests.fuzz import documents, logs, words
from tests.fuzz.target import Target

CORPUS = Path(__file__).parents[2] / "fixtures" / "fuzz"
"""Inputs that were found: `<target>/<first digits of their SHA-256>`."""
TARGETS: Mapping[str, Target] = MappingProxyType(
    dict(sorted({**documents.TARGETS, **logs.TARGETS, **words.TARGETS}.items()))
)
