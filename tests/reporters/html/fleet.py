"""A report over thirty days of six queues, made by hand with a fixed seed: for tests of whatever lays reports out."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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

GIB = 2**30
SINCE, DAYS = datetime(2026, 10, 23, tzinfo=UTC), 30
CAUSES = (
    ("dump.window_exceeded", "FS101", "The dump outran the reclamation window", "pipeline", 74),
    ("app.out_of_memory", "FS702", "The task needed more memory than it had", "pipeline", 48),
    ("restore.dump_unfinished", "FS201", "There was no whole checkpoint to restore", "platform", 27),
    ("dump.tcp_connection", "FS121", "An open TCP connection could not be saved", "pipeline", 19),
    ("image.pull_failed", "FS401", "The container image could not be pulled", "platform", 13),
    ("app.failed", "FS701", "The task's own command failed", "pipeline", 11),
    ("host.lost", "FS302", "The host went away, and not for Spot", "aws", 6),
    ("fusion.mount", "FS601", "Fusion could not mount the bucket", "platform", 4),
)
QUEUES = tuple(f"TowerForge-{name}-work" for name in ("1jJRSZmHyrrCvCVEOhmL3c", "5tQb8XvA", "9zKp2LmR", "2wEr7UiO"))
PROCESSES = (
    "NFCORE_RNASEQ:RNASEQ:ALIGN_STAR:STAR_ALIGN",
    "NFCORE_SAREK:SAREK:FASTQ_ALIGN_BWAMEM_MEM2_DRAGMAP:BWAMEM2_MEM",
    "NFCORE_MAG:MAG:MEGAHIT",
    "NFCORE_RNASEQ:RNASEQ:QUANTIFY_STAR_SALMON:SALMON_QUANT",
    "NFCORE_SAREK:SAREK:BAM_MARKDUPLICATES:GATK4_MARKDUPLICATES",
)
TYPES = ("r6id.4xlarge", "m6id.8xlarge", "r6id.8xlarge", "c6id.12xlarge", "m6idn.4xlarge")
QUOTES = {
    "dump.window_exceeded": (
        "workdir/.fusion/dump/3/dump_3.log",
        "(119.975214) page-pipe: Transferring pages to pipes",
    ),
    "app.out_of_memory": ("job.attempts[0].container.reason", "OutOfMemoryError: Container killed due to memory usage"),
    "restore.dump_unfinished": ("logs/3", "checkpoint state is DUMPING, nothing to restore"),
    "dump.tcp_connection": (
        "workdir/.fusion/dump/2/dump_2.log",
        "(00.148211) Error (criu/sk-inet.c:191): inet: Connected TCP socket, consider using --tcp-established option.",
    ),
}


def build(failures: int = 202, seed: int = 5) -> FleetReport:
    """The report: about so many failures, and everything else in proportion."""
    chance = random.Random(seed)  # noqa: S311  # test data, no secret
    listed = tuple(sorted((_failure(chance) for _ in range(failures)), key=lambda f: f.stopped_at or "", reverse=True))
    days = [(SINCE + timedelta(days=n)).date().isoformat() for n in range(DAYS)]
    cells = Counter(((f.stopped_at or "")[:10], f.cause) for f in listed)
    totals = Totals(12_480, 12_480 - failures, failures, 318, 412, 356, 1_311.4, 2_874.6, 402.31, 897.55)
    return FleetReport(
        made_at="2026-11-22T06:00:12Z",
        period=Period("2026-10-23T00:00:00Z", "2026-11-22T00:00:00Z"),
        before=Period("2026-09-23T00:00:00Z", "2026-10-23T00:00:00Z"),
        scope=("queue TowerForge-*",),
        totals=totals,
        totals_before=Totals(11_902, 11_902 - 131, 131, 271, 350, 311, 902.0, 2_101.5, 280.12, 655.20),
        by_cause=tuple(
            _group(chance, cause, title, [f for f in listed if f.cause == cause]) for cause, _, title, _, _ in CAUSES
        ),
        by_process=_groups(chance, "process", listed),
        by_instance_type=_groups(chance, "instance_type", listed),
        by_queue=_groups(chance, "queue", listed),
        by_day=tuple(
            _group(chance, day, day, [f for f in listed if (f.stopped_at or "")[:10] == day], jobs=416) for day in days
        ),
        causes_by_day=tuple(Cell(day, cause, count) for (day, cause), count in sorted(cells.items())),
        changes=_changes(listed),
        configuration=Configuration(
            "process {\n    withName: 'STAR_ALIGN' {\n        resourceLimits = [memory: 56.GB]\n    }\n\n"
            "    withName: 'MEGAHIT' {\n        resourceLimits = [memory: 48.GB]\n    }\n}\n",
            ((QUEUES[0], ("r6idn.4xlarge", "m6idn.8xlarge", "r6in.4xlarge", "r6idn.8xlarge")),),
        ),
        survivors=tuple(_survivor(chance, n) for n in range(12)),
        dumps=tuple(_dump(chance) for _ in range(640)),
        dumps_total=640,
        trends=(
            Trend(
                "new",
                "process",
                "GATK4_MARKDUPLICATES",
                "GATK4_MARKDUPLICATES",
                19,
                640,
                0,
                598,
                "19 of 640 jobs failed; none of 598 in the period before.",
            ),
            Trend(
                "worse",
                "cause",
                "dump.window_exceeded",
                CAUSES[0][2],
                74,
                12_480,
                31,
                11_902,
                "74 jobs failed of it, 31 in the period before: more than twice as many.",
            ),
            Trend(
                "worse",
                "instance type",
                "r6id.4xlarge",
                "r6id.4xlarge",
                51,
                2_910,
                22,
                2_800,
                "1.8 % of its jobs failed, 0.8 % in the period before.",
            ),
        ),
        failures=listed,
        timelines=tuple(_timeline(chance, n) for n in range(9)),
        gaps=(("cloudtrail:LookupEvents", 61), ("logs:GetLogEvents", 12)),
        reckoning=(
            "Lost: the running time of every attempt of a job that failed, and of what no later attempt went on from.",
            "Saved: the time from an attempt's beginning to the checkpoint from which a later one went on.",
            "Money: each attempt's hours, times its share of its host's Spot price by vCPUs and memory.",
        ),
        notes=("14 jobs could not be examined: Batch has forgotten them, and their work directories are gone.",),
    )


def hostile(text: str) -> FleetReport:
    """The report with the same hostile text in every place that comes from outside."""
    report = build(12)
    example = replace(report.failures[0].example, quote=text, quote_source=text, workdir=text)
    failures = tuple(
        replace(
            one,
            job_id=f"{text} {n}",
            job_name=text,
            queue=text,
            region=text,
            process=text,
            task=text,
            cause=text,
            rule=text,
            title=text,
            summary=text,
            confidence=text,
            instance_type=text,
            advice=text,
            example=example,
            stopped_at=text,
        )
        for n, one in enumerate(report.failures)
    )
    groups = tuple(replace(group, key=text, label=text) for group in report.by_cause)
    spans = tuple(replace(span, instance_type=text, ending=text) for span in report.timelines[0].spans)
    return replace(
        report,
        made_at=text, scope=(text,), by_cause=groups, by_process=groups, by_instance_type=groups, by_queue=groups,
        causes_by_day=(*report.causes_by_day, Cell("2026-11-01", text, 2), Cell(text, text, 1)),
        changes=tuple(
            replace(change, cause=text, title=text, rule=text, owner=text, scope=text, advice=text, examples=(example,))
            for change in report.changes
        ),
        configuration=Configuration(text, ((text, (text, text)),)),
        survivors=tuple(replace(dump, job_id=text, process=text, instance_type=text) for dump in report.survivors),
        dumps=tuple(replace(dump, job_id=text, process=text, instance_type=text) for dump in report.dumps[:20]),
        trends=tuple(
            replace(one, kind=text, dimension=text, key=text, label=text, summary=text) for one in report.trends
        ),
        failures=failures,
        timelines=tuple(
            replace(one, job_id=text, process=text, task=text, cause=text, spans=spans) for one in report.timelines
        ),
        gaps=((text, 3),), reckoning=(text,), notes=(text,),
    )  # fmt: skip


def empty() -> FleetReport:
    """A period in which nothing happened."""
    return FleetReport(
        made_at="2026-11-22T06:00:12Z",
        period=Period("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        before=None,
        scope=("queue nobody-uses-this",),
        totals=Totals(),
        totals_before=None,
    )


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _failure(chance: random.Random) -> Failure:
    cause, rule, title, _, _ = chance.choices(CAUSES, [c[-1] for c in CAUSES])[0]
    process = chance.choice(PROCESSES)
    source, line = QUOTES.get(cause, ("logs/1", "Error: the command ended with exit code 1"))
    job_id = _id(chance)
    # more towards the end: something got worse
    at = SINCE + timedelta(days=DAYS * chance.random() ** 0.7, seconds=-1)
    at = max(at, SINCE)
    workdir = f"s3://lab-nextflow-work/work/{job_id[:2]}/{job_id.replace('-', '')[2:]}"
    return Failure(
        job_id=job_id,
        job_name=f"tw-4XyzAbc-{process.replace(':', '_')}_sample_{chance.randint(1, 400)}",
        queue=chance.choices(QUEUES, (8, 4, 2, 1))[0],
        region="eu-west-1",
        process=process,
        task=f"{process} (sample_{chance.randint(1, 400)})",
        cause=cause,
        rule=rule,
        title=title,
        summary=f"Attempt {chance.randint(1, 3)} ended so after {chance.randint(4, 900)} minutes; {title.lower()}.",
        confidence=chance.choice(("certain", "certain", "likely", "possible")),
        exit_code=chance.choice((137, 175, 176, 1, None)),
        attempts=chance.randint(1, 5),
        instance_type=chance.choice((*TYPES, None)),
        stopped_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        hours_lost=round(chance.expovariate(1 / 6), 3),
        advice="Give the process no more memory than its host can dump in the window: 56 GB on r6id.4xlarge.",
        example=Example(job_id, 2, line, source, chance.randint(3, 4_000), workdir),
    )


def _group(chance: random.Random, key: str, label: str, failures: Sequence[Failure], jobs: int | None = None) -> Group:
    failed = len(failures)
    total = jobs if jobs is not None else failed * chance.randint(20, 90) + chance.randint(0, 300)
    lost = sum(failure.hours_lost for failure in failures)
    now = Totals(
        total, total - failed, failed, chance.randint(0, 60), 70, 60, lost, lost * 2.1, lost * 0.31, lost * 0.6
    )
    before = replace(now, failed=max(0, failed - chance.randint(-3, 15)))
    return Group(key, label, now, before)


def _groups(chance: random.Random, member: str, failures: Sequence[Failure]) -> tuple[Group, ...]:
    keys = Counter(getattr(failure, member) or "unknown" for failure in failures)
    return tuple(
        _group(chance, key, key, [f for f in failures if (getattr(f, member) or "unknown") == key])
        for key, _ in keys.most_common()
    )


def _changes(failures: Sequence[Failure]) -> tuple[Change, ...]:
    advice = (
        "Give it no more than 56 GB: r6id.4xlarge moves 62.3 GiB in the window, and its tasks hold up to 96.1 GiB.",
        "Give it 48 GB: tasks reached their limit of 36 GB and were killed.",
        "Let each attempt dump to a folder of its own: the last dump was cut, and no earlier one was kept.",
        "Set FUSION_SNAPSHOTS_TCP_MODE to established, or close connections before the dump.",
        "Log in to the registry in the launch template: pulls were refused for want of credentials.",
    )
    made = []
    for rank, (said, (cause, rule, title, owner, _)) in enumerate(zip(advice, CAUSES, strict=False), 1):
        of = [failure for failure in failures if failure.cause == cause]
        scope = f"process {PROCESSES[rank % len(PROCESSES)]}" if rank != 5 else f"queue {QUEUES[0]}"
        lost = sum(failure.hours_lost for failure in of)
        examples = tuple(failure.example for failure in of[:3])
        made.append(Change(rank, cause, title, rule, owner, scope, said, len(of), lost, lost * 0.31, examples))
    return tuple(made)


def _dump(chance: random.Random) -> Dump:
    memory = min(chance.lognormvariate(3.2, 0.7), 130)
    rate = chance.choice((0.55, 0.8, 1.1)) * chance.uniform(0.85, 1.1)
    seconds = 3 + memory / rate
    completed = seconds < 120 * chance.uniform(0.97, 1.03)
    shown = seconds if completed else min(seconds, chance.uniform(119, 127))
    name = chance.choice(TYPES)
    return Dump(_id(chance), 1, chance.choice(PROCESSES), name, int(memory * GIB), round(shown, 3), completed, 120.0)


def _survivor(chance: random.Random, place: int) -> Dump:
    seconds = 118.9 - place * 1.7
    return Dump(_id(chance), 1, PROCESSES[place % 5], TYPES[place % 5], int(seconds * 0.8 * GIB), seconds, True, 120.0)


def _timeline(chance: random.Random, place: int) -> Timeline:
    attempts, start, spans = chance.randint(2, 4), SINCE + timedelta(hours=5 * place), []
    well = place % 3 != 0
    for attempt in range(1, attempts + 1):
        end = start + timedelta(hours=chance.uniform(0.6, 5))
        last = attempt == attempts
        ending = ("went well" if well else "failed") if last else "host lost"
        saved = not last and (well or attempt == 1)
        spans.append(Span(attempt, _utc(start), _utc(end), chance.choice(TYPES), ending, saved))
        start = end + timedelta(minutes=chance.randint(4, 40))
    process = PROCESSES[place % len(PROCESSES)]
    cause = "ok.survived_reclaim" if well else "restore.dump_unfinished"
    return Timeline(_id(chance), process, f"{process} (sample_{place + 1})", cause, tuple(spans))


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
