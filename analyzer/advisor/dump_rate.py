"""How fast this job's own dump went."""

from __future__ import annotations

from analyzer.advisor.dump_curve import DumpCurve, measure_curve
from analyzer.advisor.footprint import listed, written_bytes
from analyzer.advisor.window import PRIOR_EFFICIENCY, WINDOW_SECONDS, Line, Span
from analyzer.classifier.facts import Facts
from analyzer.classifier.finding import Finding
from analyzer.classifier.operations import Operation, operation_order, operations
from analyzer.classifier.units import seconds_text
from analyzer.frozen import frozen

SHORTEST_RATE_SECONDS = 1
"""A rate over less than this says nothing."""
SLOWER, FASTER = PRIOR_EFFICIENCY.low / PRIOR_EFFICIENCY.expected, PRIOR_EFFICIENCY.high / PRIOR_EFFICIENCY.expected
"""How far another dump's rate may be from a measured one: as far as the prior's range, which held for every recorded
dump of which half the curve was known (benchmarks/README.md, window model)."""


@frozen
class DumpRate:
    """What this job's own dump wrote, in what time, and which source says so."""

    written: int
    seconds: float
    measured_in: str
    seconds_from: str | None
    """The log that the seconds were measured in; None where they are taken to be the whole window."""
    curve: DumpCurve | None = None
    """The dump's own curve, where its log is detailed enough to have one."""
    folder: int | None = None
    """The number of the dump's folder below `.fusion/dump/`."""

    @property
    def measured(self) -> bool:
        """Whether the time was measured."""
        return self.seconds_from is not None

    @property
    def line(self) -> Line:
        """The line that this dump had: by its curve, else by all its bytes over all its time."""
        if self.curve is not None:
            return self.curve.line
        rate = self.written / self.seconds
        return Line(Span(rate * SLOWER, rate, rate * FASTER, self.measured_in, self.measured))

    @property
    def duration(self) -> str:
        """The time in words."""
        if self.measured:
            return seconds_text(self.seconds)
        return f"what is taken to be the whole window of {WINDOW_SECONDS:g} s"


def _subject(facts: Facts, root: Finding) -> Operation | None:
    """The dump that the finding is about, else the last that was cut off, else the last full dump."""
    dumps = [o for o in operations(facts) if o.kind == "dump" and written_bytes(o)]
    cut = [o for o in dumps if o.outcome != "complete"]
    order = operation_order(facts, root)
    last = (cut or dumps)[-1:]
    return next((o for o in cut if o.order == order), last[0] if last else None)


def dump_rate(facts: Facts, root: Finding) -> DumpRate | None:
    """How fast the dump that matters went; None where its bytes are not known, or its time makes no rate."""
    operation = _subject(facts, root)
    written = written_bytes(operation) if operation else None
    if operation is None or not written:
        return None
    log = operation.log
    from_log = log is not None and log.bytes_written == written
    source = log.source if log is not None and from_log else listed(operation)
    if log is None or log.last_seconds is None:
        taken = DumpRate(written, WINDOW_SECONDS, source, None, folder=operation.checkpoint.number)
        return taken if operation.outcome != "complete" else None
    if log.last_seconds < SHORTEST_RATE_SECONDS:
        return None
    curve = measure_curve(log) if from_log else None
    return DumpRate(written, log.last_seconds, source, log.source, curve, operation.checkpoint.number)
