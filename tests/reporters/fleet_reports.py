"""Reports over a period, made by hand, for the tests of whatever lays them out.

`python -m tests.reporters.fleet_reports` writes the golden files again: look at what changed before you keep it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from analyzer.fleet.changes import NEAR_TITLE
from analyzer.fleet.report import (
    Cell,
    Change,
    Configuration,
    Dump,
    Example,
    Failure,
    FleetReport,
    Group,
    Period,
    Span,
    Timeline,
    Totals,
    Trend,
)
from analyzer.reporters.fleet_brief import format_fleet_brief
from analyzer.reporters.fleet_csv import format_fleet_csv
from analyzer.reporters.fleet_json import format_fleet_json
from analyzer.reporters.fleet_markdown import format_fleet_markdown
from analyzer.reporters.fleet_terminal import render_fleet_terminal

GOLDEN = Path(__file__).parent / "golden"
GIB = 2**30
STAR, MEM2 = "NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN", "NFCORE_SAREK:SAREK:FASTQ_ALIGN_BWAMEM_MEM2:BWAMEM2_MEM"
SPOT, LONG = "TowerForge-1jJRSZmHyrrCvCVEOhmL3c-work", "long-queue"
OUTRUN, MEMORY = "The dump outran the reclamation window", "The task needed more memory than it had"
IDS = tuple(f"8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a{n:02}" for n in range(1, 9))
DUMP_LINE = "(119.975214) page-pipe: Transferring pages to pipes"


def _totals(jobs: int, failed: int, hours: float, *, saved: float = 0.0, survived: int = 0) -> Totals:
    return Totals(
        jobs, jobs - failed, failed, survived, survived + failed, survived, hours, saved, hours * 0.25, saved * 0.25
    )


def _group(key: str, now: Totals, before: Totals | None, label: str | None = None) -> Group:
    return Group(key, label or key, now, before)


def _example(number: int, source: str | None, line: int | None, quote: str | None) -> Example:
    return Example(
        IDS[number], 2, quote, source, line, f"s3://lab-work/work/8f/1c2c1e6a434d0c9a0e0c8b4d2f7a{number:02}"
    )


EXAMPLES = (
    _example(0, "workdir/.fusion/dump/3/dump_3.log", 2843, DUMP_LINE),
    _example(1, "job.attempts[1].container.reason", None, "OutOfMemoryError: Container killed due to memory usage"),
    _example(2, None, None, None),
)


def _failure(number: int, cause: str, title: str, process: str | None, hours: float) -> Failure:
    return Failure(
        job_id=IDS[number],
        job_name=f"tw-4Xyz-{(process or 'job').replace(':', '_')}_sample_{number}",
        queue=SPOT,
        region="eu-west-1",
        process=process,
        task=f"{process} (sample_{number})" if process else None,
        cause=cause,
        rule="FS101" if cause.startswith("dump") else None,
        title=title,
        summary=f"Attempt 2 ended so; {title.lower()}.",
        confidence="certain",
        exit_code=(176, 137, None)[number],
        attempts=number + 1,
        instance_type="r6id.4xlarge" if number else None,
        stopped_at=f"2026-11-2{1 - number}T04:12:00Z" if number < 2 else None,
        hours_lost=hours,
        advice="Give it instances with more bandwidth." if number else None,
        example=EXAMPLES[number],
    )


def _dump(number: int, seconds: float, process: str | None, *, completed: bool = True) -> Dump:
    return Dump(IDS[number], 1, process, "r6id.4xlarge", int(seconds * 0.8 * GIB), seconds, completed, 120.0)


def _days(count: int) -> tuple[Group, ...]:
    failed = [n * n % 7 for n in range(count)]
    return tuple(
        _group(f"2026-11-{n + 1:02}", _totals(60, number, number * 1.5), None) for n, number in enumerate(failed)
    )


NEXTFLOW = f"""process {{
    withName: '{STAR}' {{
        // 12 jobs lacked memory, which asked for up to 36.0 GiB
        memory = 48.GB
    }}
}}"""

WEEK = FleetReport(
    made_at="2026-11-22T06:00:12Z",
    period=Period("2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"),
    before=Period("2026-10-11T00:00:00Z", "2026-11-01T00:00:00Z"),
    scope=("queue TowerForge-*", "queue long-queue"),
    totals=Totals(1_260, 1_228, 32, 41, 52, 44, 131.25, 290.5, 32.81, 72.63),
    totals_before=Totals(1_190, 1_176, 14, 27, 35, 30, 60.5, 201.25, 15.13, 50.31),
    by_cause=(
        _group("dump.window_exceeded", _totals(19, 19, 96.5), _totals(8, 8, 41.0), OUTRUN),
        _group("app.out_of_memory", _totals(12, 12, 34.0), _totals(6, 6, 19.5), MEMORY),
        _group("image.pull_failed", _totals(1, 1, 0.75), _totals(0, 0, 0.0), "The container image could not be pulled"),
        _group("ok.completed", _totals(1_187, 0, 0.0), _totals(1_149, 0, 0.0), "Nothing failed"),
        _group(
            "ok.survived_reclaim",
            _totals(41, 0, 0.0, saved=290.5, survived=41),
            _totals(27, 0, 0.0, saved=201.25, survived=27),
            "A reclaim was survived",
        ),
    ),
    by_process=(
        _group(MEM2, _totals(420, 19, 96.5, saved=120.0, survived=12), _totals(390, 8, 41.0)),
        _group(STAR, _totals(300, 12, 34.0, saved=170.5, survived=29), _totals(310, 6, 19.5)),
        _group("unknown", _totals(540, 1, 0.75), _totals(490, 0, 0.0)),
    ),
    by_instance_type=(
        _group("r6id.4xlarge", _totals(700, 30, 130.0, saved=290.5, survived=41), _totals(650, 14, 60.5)),
        _group("unknown", _totals(560, 2, 1.25), _totals(540, 0, 0.0)),
    ),
    by_queue=(
        _group(SPOT, _totals(1_000, 31, 130.5, saved=290.5, survived=41), _totals(940, 14, 60.5)),
        _group(LONG, _totals(260, 1, 0.75), _totals(250, 0, 0.0)),
    ),
    by_day=_days(21),
    causes_by_day=(Cell("2026-11-20", "app.out_of_memory", 2), Cell("2026-11-21", "dump.window_exceeded", 1)),
    changes=(
        Change(
            1,
            "dump.window_exceeded",
            OUTRUN,
            "FS101",
            "pipeline",
            f"process {MEM2}",
            "Let it run on r6idn.4xlarge, m6idn.8xlarge: proposed for 17 of 19 jobs, whose dumps need more bandwidth.",
            19,
            96.5,
            24.13,
            (EXAMPLES[0], EXAMPLES[2]),
        ),
        Change(
            2,
            "app.out_of_memory",
            MEMORY,
            "FS702",
            "pipeline",
            f"process {STAR}",
            "Ask for 48.0 GiB of memory: that covers all 12 jobs that lacked it, which asked for up to 36.0 GiB.",
            12,
            34.0,
            8.5,
            (EXAMPLES[1],),
        ),
        Change(
            3,
            "image.pull_failed",
            "The container image could not be pulled",
            None,
            "platform",
            f"queue {LONG}",
            "Log in to the registry in the launch template.",
            1,
            0.75,
            None,
            (EXAMPLES[2],),
        ),
        Change(
            4,
            "dump.window_exceeded",
            NEAR_TITLE,
            None,
            "pipeline",
            f"process {STAR}",
            f"Give process {STAR} more bandwidth before it fails: 6 dumps of 5 jobs took more than 85% of the window.",
            5,
            0.0,
            None,
            (),
        ),
    ),
    configuration=Configuration(NEXTFLOW, ((SPOT, ("r6idn.4xlarge", "m6idn.8xlarge")), (LONG, ()))),
    survivors=(_dump(3, 118.9, STAR), _dump(4, 110.25, MEM2), _dump(5, 104.0, None)),
    dumps=(_dump(0, 121.6, MEM2, completed=False), _dump(3, 118.9, STAR), _dump(6, 20.0, STAR)),
    dumps_total=3,
    trends=(
        Trend(
            "new",
            "cause",
            "image.pull_failed",
            "The container image could not be pulled",
            1,
            1_260,
            0,
            1_190,
            "The container image could not be pulled: 1 job of 1,260; none of 1,190 before.",
        ),
        Trend(
            "worse", "process", MEM2, MEM2, 19, 420, 8, 390, "19 of 420 jobs failed (4.5 %), before 8 of 390 (2.1 %)."
        ),
    ),
    failures=(
        _failure(0, "dump.window_exceeded", OUTRUN, MEM2, 5.25),
        _failure(1, "app.out_of_memory", MEMORY, STAR, 2.5),
        _failure(2, "image.pull_failed", "The container image could not be pulled", None, 0.75),
    ),
    timelines=(
        Timeline(
            IDS[0],
            MEM2,
            f"{MEM2} (sample_0)",
            "dump.window_exceeded",
            (
                Span(1, "2026-11-20T20:00:00Z", "2026-11-20T23:00:00Z", "r6id.4xlarge", "host lost", True),
                Span(2, "2026-11-20T23:10:00Z", "2026-11-21T04:12:00Z", None, "failed", False),
            ),
        ),
    ),
    gaps=(("cloudtrail:LookupEvents", 1_061), ("logs:GetLogEvents", 12)),
    reckoning=("Hours are running time of attempts, each second counted once.", "Money is an estimate, not a bill."),
    notes=("14 jobs could not be examined: Batch has forgotten them, and their work directories are gone.",),
)
"""Three weeks, with something in every place."""

WELL = replace(
    WEEK,
    period=Period("2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z"),
    before=None,
    totals=Totals(60, 60),
    totals_before=None,
    by_cause=(Group("ok.completed", "Nothing failed", Totals(60, 60)),),
    by_process=(Group(STAR, STAR, Totals(60, 60)),),
    by_instance_type=(),
    by_queue=(Group(LONG, LONG, Totals(60, 60)),),
    by_day=(Group("2026-11-21", "2026-11-21", Totals(40, 40)), Group("2026-11-22", "2026-11-22", Totals(20, 20))),
    causes_by_day=(),
    changes=(),
    configuration=Configuration(""),
    survivors=(),
    dumps=(),
    dumps_total=0,
    trends=(),
    failures=(),
    timelines=(),
    gaps=(),
    notes=(),
)
"""A day on which nothing failed, not compared."""

EMPTY = FleetReport(WEEK.made_at, WELL.period, WEEK.before, ("queue nobody-uses-this",), Totals(), Totals())

_OURS = frozenset({"kind", "dimension", "ending"})
"""Words of a fixed set, which no outside text ever is."""


def with_text(value: Any, text: str) -> Any:
    """The report with that text in every place where there is one."""
    if is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: with_text(getattr(value, f.name), text) for f in fields(value) if f.name not in _OURS}
        return replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(with_text(one, text) for one in value)
    return text if isinstance(value, str) else value


def piped(report: FleetReport, *, width: int = 80, encoding: str = "utf-8") -> str:
    """What comes out of a pipe."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    render_fleet_terminal(report, Console(file=stream, width=width))
    stream.seek(0)
    return stream.read()


def on_screen(report: FleetReport, *, width: int = 80) -> str:
    """What a terminal gets, colours included."""
    stream = io.StringIO()
    render_fleet_terminal(report, Console(file=stream, width=width, force_terminal=True, color_system="standard"))
    return stream.getvalue()


GOLDENS: dict[str, Callable[[], str]] = {
    "fleet.txt": lambda: piped(WEEK),
    "fleet-well.txt": lambda: piped(WELL),
    "fleet.md": lambda: format_fleet_markdown(WEEK),
    "fleet.json": lambda: format_fleet_json(WEEK),
    "fleet.csv": lambda: format_fleet_csv(WEEK),
    "fleet-brief.txt": lambda: format_fleet_brief(
        WEEK,
        broken=("--fail-on rate>2%: 2.54 % of the jobs failed, and that is more than 2 %.",),
        link="reports/x.html",
    ),
    "fleet-brief.md": lambda: format_fleet_brief(WEEK, markdown=True, link="https://reports.example.org/latest.html"),
}

if __name__ == "__main__":
    for name, made in GOLDENS.items():
        (GOLDEN / name).write_text(made(), "utf-8")
