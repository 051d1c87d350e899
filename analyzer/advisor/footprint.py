"""How much memory a dump has to move: the best source that there is, named."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.advisor.quantities import MOST_MEMORY
from analyzer.advisor.window import WHOLE, Figure, Transfer
from analyzer.classifier.facts import Facts
from analyzer.classifier.operations import Operation, operations
from analyzer.classifier.units import MIB, bytes_text
from analyzer.frozen import frozen
from analyzer.parsers.page_ranges import PAGE

LIMIT = "the memory that the job asks for: more than that it cannot hold"


@frozen
class Footprint:
    """What the task holds, and what of it a dump in the window has to move."""

    transfer: Transfer
    seen_bytes: int | None = None
    """What a dump that was cut off had written: the task holds at least this."""
    at_least: bool = False
    """Nothing tells how much more than `seen_bytes` it is: the task holds this or more."""

    @property
    def bytes(self) -> int:
        """The memory that the reckoning is made with."""
        return round(self.transfer.footprint_bytes.value)

    @property
    def measured(self) -> bool:
        """Whether it was seen, rather than taken from what the job asks for."""
        return self.transfer.footprint_bytes.measured


def requested_bytes(facts: Facts) -> int | None:
    """What the job asks for; where there is no job, the limit of its control group; None for more than any host has."""
    spec = facts.job.main if facts.job else None
    told = spec.memory_mib * MIB if spec and spec.memory_mib and spec.memory_mib > 0 else None
    limit = told or (facts.trace.cgroup_limit_bytes if facts.trace else None)
    return limit if limit and 0 < limit <= MOST_MEMORY else None


def written_bytes(operation: Operation) -> int | None:
    """What a dump wrote; None where nothing tells, or what tells is more than any host has."""
    written = operation.checkpoint.written_bytes
    return written if written and written <= MOST_MEMORY else None


def listed(operation: Operation) -> str:
    """The images of an operation in the listing, as a source."""
    return f"workdir.listing.jsonl: .fusion/dump/{operation.checkpoint.number}/pages-*.img"


def _held(operation: Operation) -> Figure | None:
    """What the task held when this dump was taken: what was written and what was left to an earlier pre-dump."""
    log = operation.log
    if log is not None and log.detailed and (log.pages or log.parent_pages):
        in_log = (log.pages + log.parent_pages) * PAGE
        if (operation.checkpoint.pages_bytes or 0) <= in_log <= MOST_MEMORY:
            return Figure(in_log, f"{log.source}: page ranges", measured=True)
    written = written_bytes(operation)
    return Figure(written, listed(operation), measured=True) if written else None


def _tells_all(operation: Operation) -> bool:
    """Whether a dump shows all that the task held: not one that ended early, nor a mere difference from a pre-dump."""
    log, files = operation.log, operation.checkpoint.files or {}
    if operation.outcome != "complete":
        return False
    return (log is not None and log.detailed) or not ((log and log.parent) or "parent" in files)


def _dumps(facts: Facts) -> Iterator[Operation]:
    return (o for o in operations(facts) if o.kind in ("dump", "pre-dump"))


def _peaks(facts: Facts, asked: int | None) -> Iterator[Figure]:
    """What the trace saw at most; sums over processes count shared pages twice, so what was asked for bounds them."""
    trace = facts.trace
    if trace is not None:
        for value, name in ((trace.cgroup_peak_bytes, "control group's peak"), (trace.peak_rss_bytes, "peak RSS")):
            if value and 0 < value <= MOST_MEMORY:
                cut = f", of which the job may have {bytes_text(asked)}" if asked and value > asked else ""
                yield Figure(min(value, asked or value), f"the task's trace: {name}{cut}", measured=True)


def _dirty_share(facts: Facts) -> Figure:
    """Of full dumps that completed on top of a pre-dump: the largest share that was written; else all of it."""
    full = [o for o in _dumps(facts) if o.kind == "dump"]
    if any(o.outcome != "complete" for o in full):
        return WHOLE  # the dump that was cut off does not tell how much it had left
    shares = [
        Figure(o.log.pages / (o.log.pages + o.log.parent_pages), f"{o.log.source}: pages against parent", measured=True)
        for o in full
        if o.log is not None and o.log.detailed and o.log.pages and o.log.parent_pages
    ]
    told = len(shares) == len(full) and bool(shares)
    return max(shares, key=lambda share: share.value) if told else WHOLE


def footprint(facts: Facts) -> Footprint | None:
    """What a dump of this task has to move; None where nothing tells.

    The largest of what complete dumps held, of the task's peaks, and of what a cut dump had written. Where only a cut
    dump is known, which tells the least and not the most, what the job asks for stands in.
    """
    complete = [held for o in _dumps(facts) if _tells_all(o) and (held := _held(o))]
    cut = [held for o in _dumps(facts) if not _tells_all(o) and (held := _held(o))]
    largest_cut = max(cut, key=lambda held: held.value, default=None)
    asked = requested_bytes(facts)
    best = max([*complete, *_peaks(facts, asked)], key=lambda figure: figure.value, default=None)
    seen = round(largest_cut.value) if largest_cut else None
    if largest_cut and (best is None or best.value < largest_cut.value):
        best = Figure(asked, LIMIT) if asked and asked >= largest_cut.value else largest_cut
    if best is None and asked:
        best = Figure(asked, LIMIT)
    return Footprint(Transfer(best, _dirty_share(facts)), seen, at_least=best is largest_cut) if best else None
