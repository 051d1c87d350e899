"""Dumps against their window: seconds by memory for a fleet, bytes over time for one job."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.advisor.drawing import Curve
from analyzer.fleet.report import Dump, FleetReport
from analyzer.reporters.html.canvas import COLOURS, LEFT, Sketch, draw
from analyzer.reporters.html.numbers import GIB, NOT_KNOWN, counted, percent, whole
from analyzer.reporters.html.plots import Plot, Sign, nothing, ticks
from analyzer.reporters.html.tables import Cell, Column, Table

DUMPS = "Dump time against memory"
CURVE = "What the dump had written, second by second"
MOST_IN_TABLE = 100
NEAR = 0.8
"""Of the window: from here on a dump came close."""
MOST_WINDOWS = 3
"""Lines that are drawn, where jobs had different windows."""


def dumps_against_window(report: FleetReport) -> Plot:
    """A dot for each dump that was completed, a cross for each that was not, and the line that none may pass."""
    dumps = [dump for dump in report.dumps if dump.window_seconds > 0]
    if not dumps:
        return nothing(
            "dumps", DUMPS, "No full dump with its time and its memory was seen, so there is nothing to draw."
        )
    completed = [dump for dump in dumps if dump.completed]
    cut = [dump for dump in dumps if not dump.completed]
    windows = sorted({dump.window_seconds for dump in dumps})[:MOST_WINDOWS]
    near = sum(dump.share >= NEAR for dump in completed)
    says = (
        f"{counted(len(completed), 'dump')} completed, {near:,} of them with less than a fifth of the window to spare; "
        f"{len(cut):,} did not complete."
    )
    if report.dumps_total > len(dumps):
        says += f" Drawn are {len(dumps):,} of {report.dumps_total:,}."
    signs = (
        Sign("completed", "good", "dot"),
        Sign("not completed", "bad", "cross"),
        Sign("the window: " + ", ".join(f"{window:g} s" for window in windows), "ink", "dashes"),
    )
    picture = draw("dumps", DUMPS, says, lambda sketch: _paint_dumps(sketch, completed, cut, windows))
    return Plot("dumps", DUMPS, says, picture, signs, _dump_table(dumps))


def _paint_dumps(sketch: Sketch, completed: Sequence[Dump], cut: Sequence[Dump], windows: Sequence[float]) -> None:
    axes = sketch.axes
    every = [*completed, *cut]
    across = ticks(max(dump.memory_bytes for dump in every) / GIB)
    # a dump that went on for hours would press all others to the floor: it stands at the edge
    top = min(max([*(dump.seconds for dump in every), *windows]), 3 * max(windows))
    up = ticks(top * 1.02)
    axes.set_xlim(0, across[-1])
    axes.set_ylim(0, up[-1])
    axes.axhspan(min(windows), up[-1], color=COLOURS["bad"], alpha=0.08, linewidth=0)
    for window in windows:
        axes.axhline(window, color=COLOURS["ink"], linewidth=1.5, linestyle=(0, (5, 3)))
    for dumps, marker, tone, width in ((completed, "o", "good", 0.6), (cut, "x", "bad", 1.8)):
        axes.plot(
            [dump.memory_bytes / GIB for dump in dumps],
            [min(dump.seconds, up[-1]) for dump in dumps],
            marker,
            color=COLOURS[tone],
            markeredgecolor=COLOURS["paper" if marker == "o" else tone],
            markeredgewidth=width,
            markersize=5.5,
            clip_on=False,
        )
    axes.set_yticks(up, [f"{mark:g}" for mark in up])
    axes.set_xticks(across, [f"{mark:g}" for mark in across])
    axes.set_title("seconds", loc="left", fontsize=12, color=COLOURS["muted"], x=LEFT, pad=10)
    axes.set_xlabel("memory, GiB")


def _dump_table(dumps: Sequence[Dump]) -> Table:
    closest = sorted(dumps, key=lambda dump: (-dump.share, dump.job_id, dump.attempt))
    return dump_table(
        f"{DUMPS}: the figures"
        + (f" of the {MOST_IN_TABLE} that took most of their window" if len(closest) > MOST_IN_TABLE else ""),
        closest[:MOST_IN_TABLE],
    )


def dump_table(caption: str, dumps: Sequence[Dump]) -> Table:
    """Dumps, a row each."""
    columns = (
        Column("Task"),
        Column("Attempt", numeric=True),
        Column("Instance type", short=True),
        Column("Memory", "GiB", numeric=True),
        Column("Dump", "s", numeric=True),
        Column("Window", "s", numeric=True),
        Column("Of the window", numeric=True, sorted="descending"),
        Column("Completed", short=True),
    )
    return Table(caption, columns, tuple(_dump_row(dump) for dump in dumps))


def survivor_table(dumps: Sequence[Dump]) -> Table:
    """The completed dumps that came closest to their window, in few columns."""
    columns = (
        Column("Task"),
        Column("Memory", "GiB", numeric=True),
        Column("Dump", "s", numeric=True),
        Column("Of the window", numeric=True, sorted="descending"),
    )
    rows = tuple(
        (
            Cell((dump.process or "not known").rsplit(":", 1)[-1] or "not known", note=dump.instance_type or ""),
            Cell(f"{dump.memory_bytes / GIB:.1f}", dump.memory_bytes),
            Cell(f"{dump.seconds:.1f}", dump.seconds),
            Cell(percent(dump.share), dump.share, bar=min(dump.share, 1), tone="good"),
        )
        for dump in dumps
        if dump.window_seconds > 0
    )
    return Table("Who is next: completed dumps that came closest to their window", columns, rows)


def _dump_row(dump: Dump) -> tuple[Cell, ...]:
    return (
        Cell(dump.process or "not known", note=dump.job_id),
        Cell(str(dump.attempt), dump.attempt),
        Cell(dump.instance_type or NOT_KNOWN, code=dump.instance_type is not None),
        Cell(f"{dump.memory_bytes / GIB:.1f}", dump.memory_bytes),
        Cell(f"{dump.seconds:.1f}", dump.seconds),
        Cell(f"{dump.window_seconds:g}", dump.window_seconds),
        Cell(percent(dump.share), dump.share, bar=min(dump.share, 1), tone="good" if dump.completed else "bad"),
        Cell("yes" if dump.completed else "no"),
    )


def bytes_over_time(name: str, curves: Sequence[Curve], window_seconds: float) -> Plot:
    """One job's dumps, a line each: the last one strong."""
    drawn = [curve for curve in curves if len(curve.points) > 1]
    if not drawn:
        return nothing(name, CURVE, "No dump's log tells how much was written when, so there is nothing to draw.")
    last = drawn[-1]
    seconds, written = last.points[-1]
    ended = "and was completed" if last.complete else "and was not completed"
    says = (
        f"The last dump had written {written / GIB:.1f} GiB after {seconds:.1f} s {ended}; "
        f"the window is {window_seconds:g} s."
    )
    signs = [
        Sign("the last dump", "good" if last.complete else "bad", "line"),
        *([Sign(counted(len(drawn) - 1, "earlier dump"), "lost", "line")] if len(drawn) > 1 else []),
        Sign("not completed: where the log ends", "bad", "cross"),
        Sign(f"the window: {window_seconds:g} s", "ink", "dashes"),
    ]
    signs = [sign for sign in signs if sign.shape != "cross" or not all(curve.complete for curve in drawn)]
    picture = draw(name, CURVE, says, lambda sketch: _paint_curves(sketch, drawn, window_seconds))
    return Plot(name, CURVE, says, picture, tuple(signs), _curve_table(drawn))


def _paint_curves(sketch: Sketch, curves: Sequence[Curve], window_seconds: float) -> None:
    axes = sketch.axes
    points = [point for curve in curves for point in curve.points]
    across = ticks(min(max([window_seconds * 1.1, *(seconds for seconds, _ in points)]), 3 * window_seconds))
    up = ticks(max(count for _, count in points) / GIB)
    axes.set_xlim(0, across[-1])
    axes.set_ylim(0, up[-1] * 1.04)
    axes.axvspan(window_seconds, across[-1], color=COLOURS["bad"], alpha=0.08, linewidth=0)
    axes.axvline(window_seconds, color=COLOURS["ink"], linewidth=1.5, linestyle=(0, (5, 3)))
    for curve in curves:
        is_last = curve is curves[-1]
        tone = ("good" if curve.complete else "bad") if is_last else "lost"
        times, counts = [p[0] for p in curve.points], [p[1] / GIB for p in curve.points]
        axes.plot(times, counts, color=COLOURS[tone], linewidth=2.5 if is_last else 1.3)
        if not curve.complete:
            axes.plot(times[-1:], counts[-1:], "x", color=COLOURS["bad"], markersize=9, markeredgewidth=2.5)
    axes.set_yticks(up, [f"{mark:g}" for mark in up])
    axes.set_xticks(across, [f"{mark:g}" for mark in across])
    axes.set_title("GiB written", loc="left", fontsize=12, color=COLOURS["muted"], x=LEFT, pad=10)
    axes.set_xlabel("seconds since the dump began")


def _curve_table(curves: Sequence[Curve]) -> Table:
    columns = (
        Column("Log"),
        Column("After", "s", numeric=True),
        Column("Written", "GiB", numeric=True),
        Column("Rate so far", "MB/s", numeric=True),
    )
    rows = tuple(
        (
            Cell(curve.source, code=True),
            Cell(f"{seconds:.1f}", seconds),
            Cell(f"{count / GIB:.2f}", count),
            Cell(whole(count / seconds / 1e6) if seconds > 0 else NOT_KNOWN, count / seconds if seconds > 0 else 0),
        )
        for curve in curves
        for seconds, count in curve.points[:: max(1, len(curve.points) // 12)]
    )
    return Table(f"{CURVE}: the figures", columns, rows)
