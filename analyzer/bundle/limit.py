"""What is left out where a bundle has to be small: the least telling first, and nothing that changes the diagnosis."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analyzer.bundle.cut import without_middle
from analyzer.classifier.units import bytes_text
from analyzer.diagnosis import Diagnosis, to_document
from analyzer.evidence.capture import LISTING
from analyzer.evidence.content import Content, ShortenedContent
from analyzer.evidence.model import Evidence, Gap

KIB, MIB = 1024, 1024 * 1024
SMALL_BYTES = 4 * KIB
"""Packed: cutting less than this is not worth what it loses."""
DEFAULT_LIMIT = "25MB"
SMALLEST_LIMIT = 100_000
"""Report, checklist and the documents of one job need about half of it."""
MOST_BYTES = 96 * MIB
"""Unpacked, of all logs together: to disguise more takes minutes, and nobody reads more."""
SAMPLED_BYTES = 8 * MIB
"""A larger log is not packed to learn how well it packs: blocks from all of it are, about so many bytes."""
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s?(k|m|g)?(i)?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}
_LOG = re.compile(r"logs/[0-9]+\.jsonl|workdir/(?:.*/)?(?:[^/]*\.log|\.command\.(?:out|err))", re.DOTALL)
_OF_SNAPSHOTS = re.compile(r"\.fusion/|\.command\.|\.exitcode")

Diagnose = Callable[[Evidence], Diagnosis]


class LimitError(Exception):
    """No such limit, or one that nothing fits into; the text is for the user."""


@dataclass(frozen=True)
class Cut:
    """Something that was left out of one capture."""

    part: str
    """The capture's member: `logs/2.jsonl`."""
    what: str
    """A sentence without its subject: "its middle was left out ..."."""


@dataclass(frozen=True)
class Reduced:
    """One target's evidence as the bundle holds it."""

    evidence: Evidence
    cuts: tuple[Cut, ...] = ()


def limit_bytes(written: str) -> int:
    """Bytes of `25MB` (powers of 1000: a ticket system that counts otherwise takes more) or `25MiB` (powers of 1024).

    Raises:
        LimitError: it is no size, or too small for any bundle.
    """
    match = _SIZE.fullmatch(written.strip()[:40])
    if match is None:
        raise LimitError(f"--max-size: {written[:40]!r} is no size; write 25MB, 500kB or 10MiB")
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[(match[2] or "").lower()])
    if size < SMALLEST_LIMIT:
        least = in_unit_of(written, SMALLEST_LIMIT)
        raise LimitError(f"--max-size: {written[:40]!r} is too small for any bundle; give {least} or more")
    return size


def in_unit_of(written: str, size: int) -> str:
    """A size, rounded up, in the unit that the user wrote another one in; in kB where that was none."""
    match = _SIZE.fullmatch(written.strip()[:40])
    power = _POWERS[(match[2] or "").lower()] if match else 0
    letter, binary = (match[2] or "k", match[3] or "") if match and power else ("k", "")
    unit = (1024 if binary else 1000) ** max(power, 1)
    return f"{-(-size * 100 // unit) / 100:g}{letter}{binary}B"


def conclusions(diagnosis: Diagnosis) -> dict[str, object]:
    """What must be the same when a bundle is replayed: all but the target's name and what could not be seen."""
    document = to_document(diagnosis)
    return {name: value for name, value in document.items() if name not in ("target", "gaps")}


@dataclass(frozen=True)
class _Step:
    """One kind of cut: from how much on, and what stays."""

    end_bytes: int | None
    """Kept at each end; None: nothing stays."""
    quoted_too: bool
    """Whether logs that the diagnosis quotes are cut, too."""


STEPS = (
    _Step(256 * KIB, quoted_too=False),
    _Step(32 * KIB, quoted_too=False),
    _Step(MIB, quoted_too=True),
    _Step(256 * KIB, quoted_too=True),
    _Step(32 * KIB, quoted_too=True),
    _Step(None, quoted_too=False),
    _Step(4 * KIB, quoted_too=True),
)
"""In this order: beginnings and ends of a log that nobody quotes tell more than the middle of one that is quoted."""


def contents_of(evidence: Evidence) -> Iterator[tuple[str, Content]]:
    """Logs and files by their names in a capture."""
    for number, content in evidence.logs.items():
        yield f"logs/{number}.jsonl", content
    for name, content in evidence.workdir.items():
        yield f"workdir/{name}", content


def packed_size(content: Content) -> int:
    """About how many bytes it will have in a zip archive; 0 where it cannot be read."""
    packer, packed, seen, taken = zlib.compressobj(), 0, 0, 0
    stride = max(content.size // SAMPLED_BYTES, 1)
    try:
        for number, (_, block) in enumerate(content.blocks()):
            seen += len(block)
            if number % stride == 0:
                taken += len(block)
                packed += len(packer.compress(block))
    except OSError:
        return 0
    return (packed + len(packer.flush())) * seen // max(taken, 1)


@dataclass
class _Target:
    """One target while it is being cut."""

    evidence: Evidence
    wanted: dict[str, object]
    """The conclusions that have to stay."""
    quoted: dict[str, frozenset[int]]
    """Part -> the numbers of its lines that are quoted; a part without numbers is quoted as a whole."""
    cuts: dict[str, Cut] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    whole: dict[str, tuple[Content, int]] = field(default_factory=dict)
    """What logs and files were before anything was cut, and their packed size."""
    stuck: set[str] = field(default_factory=set)
    """Parts of which nothing can be taken without another diagnosis."""

    def measure(self) -> int:
        """Packed bytes of all that can be cut."""
        for part, content in contents_of(self.evidence):
            if part not in self.sizes:
                self.sizes[part] = packed_size(content)
                self.whole[part] = content, self.sizes[part]
        self.sizes[LISTING] = _listing_size(self.evidence)
        return sum(self.sizes.values())

    def unpacked(self, part: str) -> int:
        """Bytes of what is left of it."""
        return _stored_size(dict(contents_of(self.evidence)).get(part))


def _stored_size(content: Content | None) -> int:
    """Without the empty lines, which cost nothing."""
    return content.stored.size if isinstance(content, ShortenedContent) else content.size if content else 0


def _fitted(
    whole: Content, fitting: int, least: int, quoted: frozenset[int], *, json_lines: bool
) -> tuple[ShortenedContent | None, int]:
    """(what is left, bytes at each end): at most `fitting` bytes, unless the ends would have fewer than `least`."""
    end_bytes = max(least, fitting // 2)
    left = without_middle(whole, end_bytes, quoted, json_lines=json_lines)
    over = _stored_size(left) - fitting
    if over <= 0 or end_bytes == least:
        return left, end_bytes
    # whole lines, the neighbourhoods of quoted ones and the mark come on top of the ends
    end_bytes = max(least, end_bytes - over // 2 - KIB)
    return without_middle(whole, end_bytes, quoted, json_lines=json_lines), end_bytes


def _listing_size(evidence: Evidence) -> int:
    text = "".join(f'{{"key": "{e.key}", "size": {e.size}, "{e.last_modified}"}}\n' for e in evidence.listing or ())
    return len(zlib.compress(text.encode("utf-8", "surrogatepass"), 1))


def _quoted(diagnosis: Diagnosis) -> dict[str, frozenset[int]]:
    lines: dict[str, set[int]] = {}
    for finding in diagnosis.findings:
        for quote in finding.evidence:
            for part in (f"{quote.source}.jsonl", quote.source, f"workdir/{quote.source}"):
                numbers = lines.setdefault(part, set())
                if quote.line is not None:
                    numbers.add(quote.line)
    return {part: frozenset(found) for part, found in lines.items()}


def _with(evidence: Evidence, part: str, content: Content | None, cut: Cut, first: bool) -> Evidence:
    """The evidence with a part replaced, or without it; with a gap that says so."""
    gaps = tuple(g for g in evidence.gaps if first or g.what != part)
    gaps = (*gaps, Gap(part, f"{cut.what} (the bundle's size limit)", "what stood there"))
    if part.startswith("logs/"):
        number = int(part.removeprefix("logs/").removesuffix(".jsonl"))
        logs = {n: (content if n == number else c) for n, c in evidence.logs.items()}
        return replace(evidence, gaps=gaps, logs={n: c for n, c in logs.items() if c is not None})
    name = part.removeprefix("workdir/")
    files = {n: (content if n == name else c) for n, c in evidence.workdir.items()}
    return replace(evidence, gaps=gaps, workdir={n: c for n, c in files.items() if c is not None})


def learnable(evidence: Evidence, diagnosis: Diagnosis) -> Evidence:
    """The evidence without what of its huge logs no bundle can hold: nothing has to be known that only stands there."""
    quoted = _quoted(diagnosis)

    def shortened(part: str, content: Content) -> Content:
        try:
            lines = quoted.get(part, frozenset())
            left = without_middle(content, MOST_BYTES // 2, lines, json_lines=part.endswith(".jsonl"))
        except OSError:
            return content
        return left.stored if left else content

    logs = {number: shortened(f"logs/{number}.jsonl", content) for number, content in evidence.logs.items()}
    workdir = {
        name: shortened(part, content) if _LOG.fullmatch(part := f"workdir/{name}") else content
        for name, content in evidence.workdir.items()
    }
    return replace(evidence, logs=logs, workdir=workdir)


class Reduction:
    """Cuts one thing after the other until all fits; what was cut once stays so."""

    def __init__(self, pairs: Sequence[tuple[Evidence, Diagnosis]], diagnose: Diagnose) -> None:
        """`pairs`: each target's evidence, and the diagnosis that has to stay as it is."""
        self._diagnose = diagnose
        self._targets = [_Target(e, conclusions(d), _quoted(d)) for e, d in pairs]

    def total(self) -> int:
        """About how many bytes the logs and listings will have, packed."""
        return sum(target.measure() for target in self._targets)

    def to(self, budget: int) -> tuple[Reduced, ...]:
        """Cut until the packed logs and listings have at most so many bytes, or nothing more can go."""
        total = self.total()
        for step in STEPS:
            total = self._apply(step, total, budget)
        if total > budget:
            for target in sorted(self._targets, key=lambda t: -t.sizes[LISTING]):
                self._shorten_listing(target)
        return tuple(Reduced(t.evidence, tuple(t.cuts.values())) for t in self._targets)

    def unpacked(self) -> int:
        """Bytes of all logs and files as they are now."""
        return sum(_stored_size(content) for t in self._targets for _, content in contents_of(t.evidence))

    def _apply(self, step: _Step, total: int, budget: int) -> int:
        candidates = [(size, i, part) for i, t in enumerate(self._targets) for part, size in t.sizes.items()]
        unpacked = self.unpacked()
        for size, index, part in sorted(candidates, reverse=True):
            target = self._targets[index]
            excess = max(total - budget, 0), max(unpacked - MOST_BYTES, 0)
            if not any(excess):
                break
            too_small = size <= SMALL_BYTES and not (excess[1] and target.unpacked(part) > MIB)
            if too_small or part in target.stuck or part not in target.whole or not _LOG.fullmatch(part):
                continue
            if step.quoted_too or part not in target.quoted:
                before = target.unpacked(part)
                self._cut(target, part, step, (size - excess[0], before - excess[1]))
                total += target.sizes.get(part, 0) - size
                unpacked += target.unpacked(part) - before
        return total

    def _cut(self, target: _Target, part: str, step: _Step, room: tuple[int, int]) -> None:
        """Cut a part, no further than the step says, and than needed for `room` (bytes packed, unpacked)."""
        whole, packed = target.whole[part]
        left: Content | None = None
        what = f"all of it was left out; it had {bytes_text(whole.size)}"
        if step.end_bytes is not None:
            fitting = min(room[0] * _stored_size(whole) // max(packed, 1), room[1])
            lines = target.quoted.get(part, frozenset())
            left, end_bytes = _fitted(whole, fitting, step.end_bytes, lines, json_lines=part.endswith(".jsonl"))
            if left is None or _stored_size(left) >= target.unpacked(part):
                return
            what = f"its middle was left out; {bytes_text(end_bytes)} at each end stay, and what is quoted"
        cut = Cut(part, what)
        trial = _with(target.evidence, part, left, cut, part not in target.cuts)
        if conclusions(self._diagnose(trial)) != target.wanted:
            target.stuck.add(part)
            return
        target.evidence, target.cuts[part] = trial, cut
        target.sizes[part] = packed * _stored_size(left) // max(_stored_size(whole), 1)

    def _shorten_listing(self, target: _Target) -> None:
        entries = target.evidence.listing or ()
        kept = tuple(entry for entry in entries if _OF_SNAPSHOTS.match(entry.key))
        if len(kept) == len(entries):
            return
        cut = Cut(LISTING, f"{len(entries) - len(kept)} entries of the task's own files were left out")
        gap = Gap(LISTING, f"{cut.what} (the bundle's size limit)", "which files the task had written")
        trial = replace(target.evidence, listing=kept, gaps=(*target.evidence.gaps, gap))
        if conclusions(self._diagnose(trial)) == target.wanted:
            target.evidence, target.cuts[LISTING] = trial, cut
