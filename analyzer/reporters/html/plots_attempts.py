"""The attempts of jobs that had more than one, as bars over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from analyzer.fleet.report import Span, Timeline
from analyzer.reporters.html.canvas import COLOURS, Sketch, draw
from analyzer.reporters.html.numbers import NOT_KNOWN, counted, hours, listed
from analyzer.reporters.html.plots import Plot, Shape, Sign, nothing, ticks
from analyzer.reporters.html.tables import Cell, Column, Table
from analyzer.reporters.text import field

TITLE = "Attempts, one after the other"
TONES = {"went well": "good", "failed": "bad", "host lost": "lost"}
_SHAPES: Mapping[str, Shape] = {"went well": "dot", "failed": "cross", "host lost": "triangle"}
_MARKERS = {"went well": "o", "failed": "X", "host lost": "v"}
LONGEST_LABEL = 52
"""Characters above a bar; the table has the whole name."""
_UNITS = ((172_800.0, 86_400.0, "days"), (7_200.0, 3_600.0, "hours"), (120.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))
MOST_SPANS = 40
"""Of one job; Batch makes at most ten attempts."""


@dataclass(frozen=True)
class _Bar:
    span: Span
    start: float
    """Seconds since the job's first attempt began."""
    end: float


@dataclass(frozen=True)
class _Line:
    label: str
    job_id: str
    bars: tuple[_Bar, ...]


def _seconds(moment: str) -> float | None:
    try:
        parsed = datetime.fromisoformat(moment)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _line(timeline: Timeline) -> _Line | None:
    timed = [(span, _seconds(span.started_at), _seconds(span.ended_at)) for span in timeline.spans[:MOST_SPANS]]
    known = [(span, start, end) for span, start, end in timed if start is not None and end is not None and end >= start]
    if not known:
        return None
    first = min(start for _, start, _ in known)
    label = _label(timeline)
    return _Line(label, timeline.job_id, tuple(_Bar(span, start - first, end - first) for span, start, end in known))


def _label(timeline: Timeline) -> str:
    """The task without the workflows around its process: `STAR_ALIGN (sample_1)`."""
    label, process = timeline.task or timeline.process or timeline.job_id, timeline.process or ""
    around = process.rpartition(":")[0]
    return label.removeprefix(f"{around}:") if around and label.startswith(process) else label


def attempts(name: str, timelines: Sequence[Timeline], *, title: str = TITLE) -> Plot:
    """Each job a line of bars: coloured by how they ended, hatched where a later attempt went on from it."""
    lines = [line for timeline in timelines if (line := _line(timeline)) is not None]
    if not lines:
        return nothing(
            name, title, "No job with several attempts is known with its times, so there is nothing to draw."
        )
    bars = [bar for line in lines for bar in line.bars]
    saved = sum(bar.span.saved for bar in bars)
    endings = [e for e in TONES if any(bar.span.ending == e for bar in bars)]
    ends = [f"{sum(bar.span.ending == e for bar in bars):,} {_SAID[e]}" for e in endings]
    says = f"{counted(len(lines), 'job')} with {counted(len(bars), 'attempt')}: {listed(ends)}" if ends else ""
    says = f"{says or counted(len(bars), 'attempt')}; {saved:,} went on in a later attempt."
    signs = [Sign(e, TONES[e], _SHAPES[e]) for e in endings]
    if saved:
        signs.append(Sign("saved: a later attempt went on from it", "lost", "hatched"))
    height = 50 + 42 * len(lines)
    picture = draw(name, title, says, lambda sketch: _paint(sketch, lines), height=height, left=14)
    return Plot(name, title, says, picture, tuple(signs), _table(title, lines))


_SAID = {"went well": "went well", "failed": "failed", "host lost": "lost their host"}


def _paint(sketch: Sketch, lines: Sequence[_Line]) -> None:
    axes = sketch.axes
    longest = max(bar.end for line in lines for bar in line.bars)
    _, unit, unit_name = next(u for u in _UNITS if longest >= u[0])
    across = ticks(longest / unit)
    axes.set_xlim(0, across[-1])
    axes.set_ylim(len(lines) - 0.25, -0.65)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    for place, line in enumerate(lines):
        label = field(line.label)
        shown = label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}…"
        axes.text(0, place - 0.24, sketch.word(shown), va="bottom", ha="left", color=COLOURS["ink"])
        for bar in line.bars:
            tone = COLOURS[TONES.get(bar.span.ending, "muted")]
            wide = max((bar.end - bar.start) / unit, across[-1] / 250)
            hatch = "////" if bar.span.saved else None
            axes.barh(place, wide, 0.36, bar.start / unit, color=tone, edgecolor=COLOURS["paper"], hatch=hatch, lw=1)
            axes.plot(
                [bar.start / unit + wide],
                [place],
                _MARKERS.get(bar.span.ending, "s"),
                color=tone,
                markersize=9,
                markeredgecolor=COLOURS["paper"],
                markeredgewidth=1.2,
                clip_on=False,
            )
    axes.set_yticks([])
    axes.set_xticks(across, [f"{mark:g}" for mark in across])
    axes.set_xlabel(f"{unit_name} since the first attempt began")


def _table(title: str, lines: Sequence[_Line]) -> Table:
    columns = (
        Column("Task"),
        Column("Attempt", numeric=True),
        Column("Instance type", short=True),
        Column("Began", "UTC", short=True),
        Column("Ran", "h", numeric=True),
        Column("Ending", short=True),
        Column("Saved"),
    )
    rows = tuple(
        (
            Cell(line.label, note=line.job_id),
            Cell(str(bar.span.attempt), bar.span.attempt),
            Cell(bar.span.instance_type or NOT_KNOWN, code=bar.span.instance_type is not None),
            Cell(bar.span.started_at[:16].replace("T", " "), bar.span.started_at),
            Cell(hours((bar.end - bar.start) / 3600), bar.end - bar.start),
            Cell(bar.span.ending),
            Cell("yes" if bar.span.saved else "no"),
        )
        for line in lines
        for bar in line.bars
    )
    return Table(f"{title}: the figures", columns, rows)
