"""The things to change first: failed jobs by their cause and by whom it concerns, and what they lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.classifier.units import bytes_text, seconds_text, size_text
from analyzer.fleet.bounded import OTHER, First, Groups, Named
from analyzer.fleet.groups import UNKNOWN, is_exact
from analyzer.fleet.needs import Proposals
from analyzer.fleet.report import MOST_CHANGES, Change, Dump, Example
from analyzer.fleet.row import Row
from analyzer.fleet.tally import HOUR_MILLISECONDS, Tally, decisive, last_of

OF_PROCESS = ("dump", "restore", "app")
"""Families of causes that lie in a process; all others lie where its queue runs them."""
OF_PROCESS_TOO = frozenset(
    {"container.out_of_memory", "container.timeout", "container.entrypoint", "container.gpu_runtime"}
)
ECHOES = frozenset({"job.terminated_by_user", "job.terminated_by_nextflow", "job.dependency_failed"})
"""Ends of jobs that are somebody's will, or the echo of another job's failure: nothing to change about them."""
EXAMPLES = 3
NEAR_SHARE = 0.85
"""Of the window: a dump that took more was close."""
NEAR = "dump.window_exceeded"
"""What comes next, where dumps grow."""
NEAR_TITLE = "Dumps that came close to the window"
MOST_NEAR = 2
"""Of the changes; more of them only where there are no others."""
LONGEST_ADVICE = 500


def scope_of(row: Row) -> tuple[str, str]:
    """(`process` or `queue`, its name)."""
    of_process = row.cause.split(".", 1)[0] in OF_PROCESS or row.cause in OF_PROCESS_TOO
    if of_process and row.process is not None:
        return "process", row.process
    return "queue", row.queue or UNKNOWN


def example_of(rows: Sequence[Row]) -> Example:
    """The job, with the attempt that the verdict is about."""
    row = decisive(rows)
    return Example(row.job_id, row.attempt, row.quote, row.quote_source, row.quote_line, row.workdir)


@dataclass
class Fault:
    """Jobs that failed of one cause, in one process or queue."""

    tally: Tally = field(default_factory=Tally)
    proposals: Proposals = field(default_factory=Proposals)
    examples: First[tuple[Row, Example]] = field(default_factory=lambda: First(EXAMPLES))
    """With the last attempt's row; those that lost most come first."""

    def add(self, rows: Sequence[Row], tally: Tally) -> None:
        """Count a job."""
        last = last_of(rows)
        self.tally.merge(tally)
        self.proposals.add(last, failed=True)
        self.examples.add((-tally.lost_ms, last.job_id), (last, example_of(rows)))

    def merge(self, other: Fault) -> None:
        """Take in what another one has counted."""
        self.tally.merge(other.tally)
        self.proposals.merge(other.proposals)
        self.examples.merge(other.examples)


@dataclass
class Near:
    """Jobs that survived with a dump that came close to its window, of one process."""

    jobs: int = 0
    dumps: int = 0
    saved_ms: int = 0
    examples: First[tuple[Dump, Example]] = field(default_factory=lambda: First(EXAMPLES))
    """Closest first."""

    def merge(self, other: Near) -> None:
        """Take in what another one has counted."""
        self.jobs += other.jobs
        self.dumps += other.dumps
        self.saved_ms += other.saved_ms
        self.examples.merge(other.examples)


class Changes:
    """Counts what could be changed."""

    def __init__(self) -> None:
        self.faults: Named[Fault] = Named(Fault)
        self.near: Groups[Near] = Groups(Near)

    def add_failed(self, rows: Sequence[Row], tally: Tally) -> None:
        """Count a job that failed."""
        last = last_of(rows)
        if last.cause not in ECHOES:
            kind, name = scope_of(last)
            exact = kind == "queue" or is_exact(last)
            self.faults.of(_key(last.cause, kind, name), exact=exact).add(rows, tally)

    def add_survivor(self, rows: Sequence[Row], dumps: Sequence[Dump], tally: Tally) -> None:
        """Count a job that went well, if one of its dumps came close."""
        close = [one for one in dumps if one.completed and one.share > NEAR_SHARE]
        if close:
            last = last_of(rows)
            near = self.near.of(last.process or UNKNOWN)
            near.jobs, near.dumps, near.saved_ms = (
                near.jobs + 1,
                near.dumps + len(close),
                near.saved_ms + tally.saved_ms,
            )
            for one in close:
                example = Example(one.job_id, one.attempt, last.quote, last.quote_source, last.quote_line, last.workdir)
                near.examples.add((-one.share, one.job_id, one.attempt), (one, example))

    def merge(self, added: Changes) -> None:
        """Take in what another one has counted."""
        self.faults.merge(added.faults)
        self.near.merge(added.near)

    def ranked(self, resolve: Callable[[str], str], instances: InstanceCatalogue) -> tuple[Change, ...]:
        """Those that would have saved most hours, then money, then jobs; `resolve` gives a process its exact name."""
        faults = sorted(_changes(self._joined(resolve), instances), key=_weight)
        near = [_near_change(process, one) for process, one in _joined_near(self.near, resolve).items()]
        near.sort(key=lambda change: (-change.jobs, change.scope))
        kept = faults[: MOST_CHANGES - min(len(near), MOST_NEAR)]
        chosen = [*kept, *near][:MOST_CHANGES]
        return tuple(replace(change, rank=n) for n, change in enumerate(chosen, 1))

    def _joined(self, resolve: Callable[[str], str]) -> dict[tuple[str, str, str], Fault]:
        found: dict[tuple[str, str, str], Fault] = {}
        for key, fault in self.faults:
            if key == OTHER:
                continue
            cause, kind, name = _parts(key)
            scope = resolve(name) if kind == "process" else name
            found.setdefault((cause, kind, scope), Fault()).merge(fault)
        return found


def _joined_near(near: Groups[Near], resolve: Callable[[str], str]) -> dict[str, Near]:
    found: dict[str, Near] = {}
    for name, one in near:
        if name != OTHER:
            found.setdefault(resolve(name), Near()).merge(one)
    return found


def _key(cause: str, kind: str, name: str) -> str:
    """One text; names of processes may be cut at their `_`, so the cause has none."""
    plain, named = cause.replace("_", " ").replace("\n", " "), name.replace("\n", " ")
    return f"{plain}\n{kind}\n{named}"


def _parts(key: str) -> tuple[str, str, str]:
    cause, kind, name = (*key.split("\n", 2), "", "")[:3]
    return cause.replace(" ", "_"), kind, name


def _weight(change: Change) -> tuple[float, float, int, str, str]:
    return (-change.hours, -(change.usd or 0.0), -change.jobs, change.cause, change.scope)


def _changes(faults: dict[tuple[str, str, str], Fault], instances: InstanceCatalogue) -> Iterator[Change]:
    for (cause, kind, scope), fault in faults.items():
        examples = fault.examples.items()
        worst = examples[0][0]
        yield Change(
            rank=0,
            cause=cause,
            title=worst.title,
            rule=worst.rule,
            owner=worst.owner,
            scope=f"{kind} {scope}",
            advice=advice_for(cause, f"{kind} {scope}", fault, worst, instances),
            jobs=fault.tally.jobs,
            hours=fault.tally.lost_ms / HOUR_MILLISECONDS,
            usd=fault.tally.usd_lost,
            examples=tuple(example for _, example in examples),
        )


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def advice_for(cause: str, scope: str, fault: Fault, worst: Row, instances: InstanceCatalogue) -> str:
    """What to do: merged figures where jobs were proposed any, else what the worst of them was advised."""
    proposals = fault.proposals
    said = []
    if proposals.more and (memory := proposals.memory):
        asked = f", which asked for up to {size_text(proposals.asked)}" if proposals.asked else ""
        lacked = "the job" if proposals.wanted_more == 1 else f"all {proposals.wanted_more:,} jobs"
        said.append(f"Ask for {size_text(memory)} of memory in {scope}: that covers {lacked} that lacked it{asked}.")
    if types := proposals.instance_types(instances):
        said.append(
            f"Let {scope} run on {', '.join(types)}: proposed for {proposals.typed:,} of {_jobs(fault.tally.jobs)}"
            f"{_why_types(cause)}."
        )
    if proposals.cap:
        said.append(_cap_text(proposals))
    return " ".join(said) or _cut(worst.advice) or "No change is known that prevents it: the examples show its lines."


def _why_types(cause: str) -> str:
    return ", whose dumps need more bandwidth" if cause.startswith(("dump.", "restore.")) else ""


def _cap_text(proposals: Proposals) -> str:
    cap, jobs = size_text(proposals.cap), _jobs(proposals.wanted_less)
    if proposals.memory is not None and not proposals.more:
        return f"Or hold its memory at {cap}: a dump of that fits into the window on the hosts that {jobs} had."
    held = f", and jobs were seen to hold {bytes_text(proposals.held)}" if proposals.held > proposals.cap else ""
    return (
        f"A dump of {cap} is what fits into the window on the hosts that {jobs} had{held}: a lower limit alone is no "
        "cure."
    )


def _cut(advice: str | None) -> str | None:
    if advice is None or len(advice) <= LONGEST_ADVICE:
        return advice
    return f"{advice[:LONGEST_ADVICE].rsplit(' ', 1)[0]} …"


def _near_change(process: str, near: Near) -> Change:
    examples = near.examples.items()
    closest = examples[0][0]
    at_risk = near.saved_ms / HOUR_MILLISECONDS
    return Change(
        rank=0,
        cause=NEAR,
        title=NEAR_TITLE,
        rule=None,
        owner="pipeline",
        scope=f"process {process}",
        advice=f"Give process {process} more bandwidth or less memory before it fails: {near.dumps:,} dumps of "
        f"{_jobs(near.jobs)} that went well took more than {NEAR_SHARE:.0%} of the window, the longest "
        f"{seconds_text(closest.seconds)} of {closest.window_seconds:g} s for {bytes_text(closest.memory_bytes)}; "
        f"{at_risk:.1f} saved hours hung on them.",
        jobs=near.jobs,
        hours=0.0,
        usd=None,
        examples=tuple(example for _, example in examples),
    )
