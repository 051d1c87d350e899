"""Figures as people see them: sources behind their figures, tables as tables, numbers alone where room is short."""

from __future__ import annotations

import io

from rich.console import Console

from analyzer.reporters import view
from analyzer.reporters.terminal import Screen

FIGURES: dict[str, object] = {
    "memory_bytes": 2**30,
    "memory_from": "the task's trace",
    "rate_bytes_per_second": 10**8,
    "formula": "a = b",
    "types": [
        {"instance_type": "c6id.large", "dump_seconds": 12.0},
        {"instance_type": "m6id.large", "dump_seconds": 9.0},
    ],
}


def test_a_source_stands_behind_its_figure() -> None:
    assert view.pairs(FIGURES) == [
        "memory 1.0 GiB (the task's trace)",
        "rate rate 100.0 MB/s (0.80 Gbps)",
        "formula a = b",
    ]


def test_a_source_without_its_figure_stands_alone() -> None:
    assert view.pairs({"memory_from": "a guess"}) == ["memory from a guess"]


def test_numbers_are_what_is_reckoned_with() -> None:
    assert list(view.numbers(FIGURES)) == ["memory_bytes", "rate_bytes_per_second"]


def test_records_of_one_form_make_a_table() -> None:
    assert view.tables(FIGURES) == [[["instance type", "dump"], ["c6id.large", "12 s"], ["m6id.large", "9 s"]]]


def test_records_of_several_forms_or_none_make_none() -> None:
    assert view.tables({"a": [{"x": 1}, {"y": 1}], "b": [], "c": [1], "d": "text"}) == []


def _table(width: int) -> str:
    stream = io.StringIO()
    Screen(Console(file=stream, width=width)).table(view.tables(FIGURES)[0], indent=2)
    return stream.getvalue()


def test_columns_stand_below_each_other_where_there_is_room() -> None:
    assert _table(80) == "  instance type  dump\n  c6id.large     12 s\n  m6id.large     9 s\n"


def test_without_room_each_record_has_its_own_lines() -> None:
    wide = [["type", "a" * 30, "b" * 30], ["c6id.large", "1", "2"]]
    stream = io.StringIO()
    Screen(Console(file=stream, width=60)).table(wide, indent=2)
    first, *_ = stream.getvalue().splitlines()
    assert first.startswith("  c6id.large: aaa")
    assert max(map(len, stream.getvalue().splitlines())) <= 60


def test_figures_of_one_name_are_told_apart() -> None:
    assert view.pairs({"dump_bytes": 2**30, "dump_seconds": 5}) == ["dump size 1.0 GiB", "dump time 5 s"]
