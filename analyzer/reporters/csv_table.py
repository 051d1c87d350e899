"""CSV that a spreadsheet reads as what it is: no text becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from analyzer.reporters.text import field

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")  # noqa: RUF001 - the full-width ones are meant
"""What a spreadsheet would take for a formula; with East Asian settings the full-width forms, too."""


def format_rows(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A head, and a line for each row; what is not known is empty, yes and no are `true` and `false`.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in columns])
    return stream.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, (int, float)):
        return value
    said = field(value)
    return f"'{said}" if said.startswith(_FORMULA_STARTS) else said
