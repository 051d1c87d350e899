"""JSON lines: one object a line, in the order of the targets."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis import Diagnosis
from analyzer.reporters.json_report import dumps, masked_document


def format_jsonl(diagnoses: Sequence[Diagnosis], *, verbose: bool) -> str:
    """Each diagnosis on a line of its own that ends with a line end; nothing for none."""
    return "".join(dumps(masked_document(d, verbose=verbose)) + "\n" for d in diagnoses)
