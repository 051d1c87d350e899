"""How good the window model is: `python benchmarks/window_model.py FOLDER`.

FOLDER holds one folder a case, each with `capture/`, as `benchmarks/evidence.py` takes it. Prints Markdown tables: what
a dump's time is made of, whether its curve is a straight line, how far a dump is from what other dumps or its own start
predict of it, and what the model says of the rows of the vendor's table. The exit status is 1 where the first half of
a curve predicts its end worse than by 25 % (median), or where the range misses a row that agrees with AWS.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from analyzer.advisor.dump_curve import DumpCurve, measure_curve
from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.advisor.vendor_table import VendorRow, disagreements, vendor_tables
from analyzer.advisor.window import Figure, Line, Prediction, Span, Transfer, Window, line_of, predict
from analyzer.fetchers.local import read_path
from analyzer.parsers.checkpoint_log import CheckpointLog
from analyzer.parsers.checkpoints import read_checkpoints

MIB, GIB = 2**20, 2**30
WORST_MEDIAN_PERCENT = 25.0
NEAR = 0.15
"""Share of a dump's time by which a prediction may be off and still count as near."""
SMALLEST_FOR_A_RATE = 16 * MIB
"""Below it a dump is overhead: the first table shows it."""
LARGE = 256 * MIB
LEAST_OTHERS = 4
SIZES = ((0, "under 1 MiB"), (MIB, "1 to 16 MiB"), (16 * MIB, "16 to 256 MiB"), (256 * MIB, "256 MiB and more"))


@dataclass(frozen=True)
class Recording:
    """One dump or pre-dump with times and page ranges."""

    case: str
    number: int
    log: CheckpointLog

    @property
    def name(self) -> str:
        return f"{self.case}/{self.number}"

    @property
    def machine(self) -> str:
        release = ".".join((self.log.kernel or "").split(".")[:2])
        return f"{self.log.host}, Linux {release}"

    @property
    def bytes(self) -> int:
        return self.log.bytes_written or 0

    @property
    def seconds(self) -> float:
        return self.log.last_seconds or 0.0

    @property
    def rate(self) -> float | None:
        """Bytes a second between the first and the last point; None where nothing lies between them."""
        (start, first), (end, last) = self.log.progress[0], self.log.progress[-1]
        return (last - first) / (end - start) if end > start and last > first else None

    @property
    def before(self) -> float:
        """Seconds before the first page: the first point that was kept may be a later one."""
        seconds, count = self.log.progress[0]
        return max(seconds - count / self.rate, 0.0) if self.rate else seconds

    @property
    def after(self) -> float:
        """Seconds after the last page."""
        seconds, count = self.log.progress[-1]
        return max(self.seconds - seconds - ((self.bytes - count) / self.rate if self.rate else 0.0), 0.0)


@dataclass(frozen=True)
class Guess:
    """A prediction and what was recorded."""

    told: Prediction
    seconds: float
    bytes: float

    @property
    def error(self) -> float:
        """Percent of the recorded seconds."""
        return 100 * abs(self.told.expected - self.seconds) / self.seconds

    @property
    def within(self) -> bool:
        return self.told.fastest <= self.seconds <= self.told.slowest


def recordings(folder: Path) -> list[Recording]:
    """Every dump and pre-dump whose log has times and page ranges, oldest first in its case."""
    found: list[Recording] = []
    for capture in sorted(folder.glob("*/capture")):
        evidence = read_path(capture, str(capture))
        checkpoints = read_checkpoints(evidence.workdir, evidence.listing)
        logs = [(one.number, one.log) for one in checkpoints if one.log]
        found += [Recording(capture.parent.name, *one) for one in logs if one[1].progress and one[1].last_seconds]
    return found


def complete(found: Iterable[Recording]) -> list[Recording]:
    """Those whose log has the line of success."""
    return [one for one in found if one.log.success]


def decile(values: Sequence[float], number: int) -> float:
    """The 10th percentile for 1, the 90th for 9."""
    return quantiles(values, n=10, method="inclusive")[number - 1] if len(values) > 1 else values[0]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def parts_table(found: list[Recording]) -> str:
    """What the time of a complete dump is made of, by size."""
    rows = []
    for place, (least, title) in enumerate(SIZES):
        most = SIZES[place + 1][0] if place + 1 < len(SIZES) else float("inf")
        those = [one for one in found if least <= one.bytes < most]
        if those:
            idle = [100 * (one.before + one.after) / one.seconds for one in those]
            before, after = [one.before for one in those], [one.after for one in those]
            rows.append(
                [title, str(len(those)), f"{median(one.seconds for one in those):.2f}", f"{median(idle):.0f}"]
                + [f"{median(part):.2f}, {decile(part, 9):.2f}, {max(part):.2f}" for part in (before, after)]
            )
    head = [
        "written",
        "dumps",
        "seconds, median",
        "not writing, % of it",
        "before the first page, s: median, 90th, most",
    ]
    return table([*head, "after the last page, s"], rows)


def farthest(log: CheckpointLog, curve: DumpCurve) -> float:
    """How far the curve strays from its straight line, in percent of the time."""
    (start, first), rate = log.progress[0], curve.bytes_per_second.expected
    return max(100 * abs(seconds - start - (count - first) / rate) / curve.seconds for seconds, count in log.progress)


def curves_table(measured: list[tuple[Recording, DumpCurve]]) -> str:
    """Each curve: is it a straight line?"""
    rows = []
    for one, curve in measured:
        span = curve.bytes_per_second
        rates = f"{span.expected / MIB:.1f} ({span.low / MIB:.1f} to {span.high / MIB:.1f})"
        sizes = [f"{curve.bytes / MIB:.0f}", f"{curve.seconds:.1f}", f"{curve.overhead_seconds:.2f}"]
        ends = "yes" if curve.complete else "no"
        rows.append([one.name, ends, *sizes, rates, f"{farthest(one.log, curve):.0f}"])
    head = [
        "dump",
        "complete",
        "MiB",
        "seconds",
        "overhead, s",
        "MiB/s while writing (range)",
        "farthest from its line, %",
    ]
    return table(head, rows)


def from_others(found: list[Recording]) -> list[Guess]:
    """Each dump from the rates and overheads of all others."""
    guesses = []
    for one in found:
        others = [other for other in found if other is not one]
        rates = [other.rate for other in others if other.rate]
        if len(rates) >= LEAST_OTHERS:
            span = Span(decile(rates, 1), median(rates), decile(rates, 9), "other dumps", measured=True)
            overhead = Figure(median(other.before + other.after for other in others), "other dumps", measured=True)
            guesses.append(Guess(predict(_bytes(one.bytes), Line(span, overhead)), one.seconds, one.bytes))
    return guesses


def from_chain(found: list[Recording]) -> list[Guess]:
    """Each dump of a chain from the dump before it."""
    guesses = []
    for before, one in pairwise(found):
        if before.case == one.case and before.rate and one.bytes >= SMALLEST_FOR_A_RATE:
            curve = DumpCurve(
                overhead_seconds=before.before + before.after,
                bytes_per_second=Span(before.rate, before.rate, before.rate, before.name, measured=True),
                bytes=before.bytes, seconds=before.seconds, dirty_share=1.0, complete=True,
            )  # fmt: skip
            line = (measure_curve(before.log) or curve).line
            guesses.append(Guess(predict(_bytes(one.bytes), line), one.seconds, one.bytes))
    return guesses


def carried(found: list[Recording]) -> str:
    """How the rate changed from one dump of a chain to the next."""
    pairs = [
        (one, after) for one, after in pairwise(found) if one.case == after.case and one.bytes >= SMALLEST_FOR_A_RATE
    ]
    factors = sorted(after.rate / one.rate for one, after in pairs if after.rate and one.rate)
    if not factors:
        return "No chain of dumps"
    return (
        f"{len(factors)} pairs of dumps in a chain; rate of the second over that of the first: "
        f"{factors[0]:.2f} to {factors[-1]:.2f}, median {median(factors):.2f}"
    )


def from_its_start(measured: list[tuple[Recording, DumpCurve]], share: float) -> list[Guess]:
    """Each curve's last point from what lies in the first share of its time."""
    guesses = []
    for one, _ in measured:
        (start, _), (end, last) = one.log.progress[0], one.log.progress[-1]
        kept = tuple(point for point in one.log.progress if point[0] <= start + (end - start) * share)
        cut = replace(one.log, progress=kept, pages=0, success=None, last_seconds=kept[-1][0])
        if curve := measure_curve(cut):
            guesses.append(Guess(predict(_bytes(last), curve.line), end, last))
    return guesses


def by_size(title: str, guesses: list[Guess]) -> list[tuple[str, list[Guess]]]:
    """Small and large dumps apart."""
    small, large = ([one for one in guesses if (one.bytes >= LARGE) is wanted] for wanted in (False, True))
    return [(f"{title}: 16 to 256 MiB", small), (f"{title}: 256 MiB and more", large)]


def guesses_table(rows: Iterable[tuple[str, list[Guess]]]) -> str:
    """How far off, and how often within the range."""
    lines = []
    for title, guesses in rows:
        if guesses:
            errors = [one.error for one in guesses]
            within = f"{sum(one.within for one in guesses)} of {len(guesses)}"
            near = f"{sum(error <= 100 * NEAR for error in errors)} of {len(errors)}"
            lines.append([title, str(len(guesses)), f"{median(errors):.0f}", f"{decile(errors, 9):.0f}", near, within])
    head = ["predicted from", "dumps", "error %, median", "90th percentile", f"within {NEAR:.0%}", "within the range"]
    return table(head, lines)


def vendor_rows() -> tuple[list[tuple[str, VendorRow]], list[tuple[str, VendorRow]]]:
    """The rows that agree with AWS, and those that do not, with the date of each; a row that did not change once."""
    agree: dict[VendorRow, str] = {}
    contradict: dict[VendorRow, str] = {}
    for state in vendor_tables():
        for row in state.rows:
            single = replace(state, rows=(row,))
            wrong = disagreements([row.type], shipped_instances(), (single,))
            (contradict if wrong else agree).setdefault(row, state.date.isoformat())
    return [(day, row) for row, day in agree.items()], [(day, row) for row, day in contradict.items()]


def vendor_table(rows: list[tuple[str, VendorRow]]) -> str:
    """The whole memory over AWS's baseline: what the model says beside what the guide expects."""
    lines = []
    for day, row in rows:
        told, wire = vendor_prediction(row), 0.0
        aws = shipped_instances().types[row.type]
        if aws.baseline_gbps:
            wire = aws.memory_bytes * 8 / 10**9 / aws.baseline_gbps
        model = f"{told.expected:.0f} ({told.fastest:.0f} to {told.slowest:.0f}), {told.fit(Window())}"
        guide = [f"{row.memory_gib:g} / {row.gbps:g}", f"{aws.memory_bytes / GIB:g} / {aws.baseline_gbps:g}"]
        lines.append([row.type, day, *guide, f"{wire:.0f}", model, f"{row.estimated_seconds:g}"])
    head = ["type", "row of", "guide: GiB / Gbps", "AWS: GiB / Gbps", "on the wire, s", "model, s", "guide, s"]
    return table(head, lines)


def vendor_prediction(row: VendorRow) -> Prediction:
    """The dump of a type's whole memory, by AWS's figures."""
    aws = shipped_instances().types[row.type]
    assert aws.baseline_gbps
    return predict(_bytes(aws.memory_bytes), line_of(aws.baseline_gbps))


def holds(told: Prediction, about: float) -> bool:
    """Whether the range has a figure that was given in whole seconds."""
    return round(told.fastest) <= about <= round(told.slowest)


def _bytes(count: float) -> Transfer:
    return Transfer(Figure(count, "recorded"))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="How good the window model is, on recorded dumps and the vendor's table."
    )
    parser.add_argument("folder", type=Path, help="one folder a case, each with capture/")
    found = recordings(parser.parse_args(arguments).folder)
    if not found:
        print("no dump with times and page ranges there", file=sys.stderr)
        return 2
    whole = complete(found)
    measured = [(one, curve) for one in found if (curve := measure_curve(one.log))]
    halves = from_its_start(measured, 0.5)
    guesses: list[tuple[str, list[Guess]]] = []
    for machine in sorted({one.machine for one in whole}):
        there = [one for one in whole if one.machine == machine and one.bytes >= SMALLEST_FOR_A_RATE]
        guesses += by_size(f"the other dumps on {machine}", from_others(there))
    guesses += by_size("the dump before it in its chain", from_chain(whole))
    guesses += [("the first quarter of its own curve", from_its_start(measured, 0.25))]
    guesses += [("the first half", halves), ("the first three quarters", from_its_start(measured, 0.75))]
    agree, contradict = vendor_rows()
    print(f"{len(whole)} complete dumps\n\n{parts_table(whole)}\n\n{curves_table(measured)}\n")
    print(f"{guesses_table(guesses)}\n\n{carried(whole)}\n\n{vendor_table(agree)}\n\n{vendor_table(contradict)}")
    missed = [row.type for _, row in agree if not holds(vendor_prediction(row), row.estimated_seconds)]
    poor = bool(halves) and median(one.error for one in halves) > WORST_MEDIAN_PERCENT
    return int(poor or bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
