"""The tables of an advice, as text cells: the same for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.advisor.planning import TypeRow
from analyzer.advisor.planning_answer import Answer
from analyzer.advisor.planning_hosts import hosts_needed
from analyzer.advisor.window import Prediction
from analyzer.classifier.units import at_most_text, seconds_text
from analyzer.reporters.text import field

_PRECISE = 10
"""Below this many seconds tenths are shown."""


@dataclass(frozen=True)
class Column:
    """One column: its head, its cells, and whether they are numbers."""

    head: str
    cells: tuple[str, ...]
    right: bool = True


def table(shown: Answer, *, ranges: bool = True) -> tuple[Column, ...]:
    """The verdicts where a task is planned, else what the instances can take; with or without the dumps' ranges."""
    return _verdicts(shown, ranges) if shown.plan.request.memory_bytes is not None else _capacities(shown.shown)


def _verdicts(shown: Answer, ranges: bool) -> tuple[Column, ...]:
    rows = shown.shown
    packed = shown.plan.request.packed
    last = Column("tasks a host", tuple(_tasks_or_why(row) for row in rows), right=False)
    if not packed:
        last = Column(_packed_head(rows), tuple(_packed_or_why(row) for row in rows), right=False)
    return (
        *_type_columns(rows),
        *_price_column(shown),
        *_hosts_column(shown),
        Column("dump, s", tuple(_dump(row.prediction, ranges) for row in rows)),
        Column("verdict", tuple(row.verdict or "" for row in rows), right=False),
        last,
    )


def _packed_head(rows: Sequence[TypeRow]) -> str:
    fits, fails = (any(bool(row.reason) is failed for row in rows) for failed in (False, True))
    return "/".join(head for head, there in (("if packed", fits), ("why not", fails)) if there)


def _type_columns(rows: Sequence[TypeRow]) -> tuple[Column, ...]:
    kinds = [row.kind for row in rows]
    return (
        Column("type", tuple(field(kind.name) for kind in kinds), right=False),
        Column("vCPU", tuple(str(kind.vcpus) for kind in kinds)),
        Column("GiB", tuple(f"{kind.memory_mib / 1024:.4g}" for kind in kinds)),
        Column("Gbps", tuple(f"{kind.baseline_gbps:.4g}" if kind.baseline_gbps else "?" for kind in kinds)),
        Column("GiB/Gbps", tuple(f"{kind.gib_per_gbps:.1f}" if kind.gib_per_gbps else "?" for kind in kinds)),
    )


def _price_column(shown: Answer) -> tuple[Column, ...]:
    prices = shown.plan.prices
    if not prices or not prices.prices:
        return ()
    known = (prices.of(row.kind.name) for row in shown.shown)
    return (Column("USD/h", tuple(f"{price.per_hour_usd:.3f}" if price else "?" for price in known)),)


def _hosts_column(shown: Answer) -> tuple[Column, ...]:
    if shown.plan.request.tasks_at_once is None:
        return ()
    return (Column("hosts", tuple(str(hosts_needed(shown.plan, row) or "") for row in shown.shown)),)


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value >= _PRECISE else f"{value:.1f}"


def _dump(prediction: Prediction | None, ranges: bool) -> str:
    if prediction is None:
        return ""
    if not ranges:
        return _seconds(prediction.expected)
    fastest, slowest = _seconds(prediction.fastest), _seconds(prediction.slowest)
    return f"{_seconds(prediction.expected)} ({fastest}-{slowest})"


def _tasks_or_why(row: TypeRow) -> str:
    return row.reason or str(row.tasks)


def _packed_or_why(row: TypeRow) -> str:
    if row.reason or row.packing is None:
        return row.reason
    if row.packing.tasks == row.tasks:
        return str(row.tasks)
    return f"{row.packing.tasks}: {_seconds(row.packing.prediction.expected)} s {row.packing.verdict}"


def _capacities(rows: Sequence[TypeRow]) -> tuple[Column, ...]:
    lines = [(row, number, one) for row in rows for number, one in enumerate(row.capacities)]
    heads = [number == 0 for _, number, _ in lines]
    kinds = tuple(
        Column(
            column.head,
            tuple(cell if head else "" for cell, head in zip(column.cells, heads, strict=True)),
            column.right,
        )
        for column in _type_columns([row for row, _, _ in lines])
    )
    return (
        *kinds,
        Column("tasks", tuple(str(one.tasks) for _, _, one in lines)),
        Column("largest each", tuple(at_most_text(one.footprint_bytes) for _, _, one in lines)),
        Column("bound by", tuple(one.limit for _, _, one in lines), right=False),
    )


def host_lines(shown: Answer) -> tuple[str, ...]:
    """For each type that was asked for: what a full host's dump takes, and with a task the most that it may hold."""
    if not shown.plan.request.instances:
        return ()
    return tuple(_host_line(row, shown) for row in shown.shown)


def _host_line(row: TypeRow, shown: Answer) -> str:
    name = field(row.kind.name)
    if row.full_host is None:
        return f"{name}: {row.reason}, so nothing can be predicted."
    told = row.full_host
    expected, fastest, slowest = map(seconds_text, (told.expected, told.fastest, told.slowest))
    said = (
        f"{name}, full: {at_most_text(row.host_memory_bytes)} for tasks, dumped in {expected} "
        f"({fastest} to {slowest}): {told.fit(shown.plan.request.window)}."
    )
    if not row.capacities:
        return f"{said} It has not the vCPU for such tasks."
    if shown.plan.request.memory_bytes is not None:
        most = next((one for one in row.capacities if one.tasks == row.tasks), row.capacities[0])
        said += f" With {most.tasks} a host, at most {at_most_text(most.footprint_bytes)} each fit."
    return said
