"""The window model without a job: which instance types fit a task that is planned, and what a type can take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape, cost_order, is_candidate, registrable_mib, tasks_that_fit
from analyzer.advisor.prices import SpotPrices
from analyzer.advisor.window import (
    PRIOR_EFFICIENCY,
    Figure,
    Fit,
    Line,
    Prediction,
    Span,
    Transfer,
    Window,
    bandwidth_needed,
    largest_footprint,
    line_of,
    predict,
)
from analyzer.classifier.units import at_most_text, size_text
from analyzer.evidence.model import Gap

MIB = 2**20
LISTED = 10
"""Types that are listed and pasted where nobody says how many."""
NEAREST = 5
"""Types that are shown where none fits: those that come nearest."""

Verdict = Literal["fits", "tight", "outruns", "no room", "unknown"]
"""The model's three; `no room`: the host does not hold the tasks; `unknown`: AWS gives no baseline bandwidth."""
Limit = Literal["window", "host memory"]


@dataclass(frozen=True)
class Request:
    """What is planned."""

    window: Window
    efficiency: Span = PRIOR_EFFICIENCY
    memory_bytes: int | None = None
    """Of one task, all of it resident; None: ask what the instances can take."""
    vcpus: int = 1
    architecture: str = "x86_64"
    tasks_per_host: int | None = None
    """Such tasks on one host, which dump together; None: it was not said, one is taken."""
    packed: bool = False
    """As many tasks on one host as Batch can put there, instead of a fixed number."""
    dirty_share: float = 1.0
    """Share of the memory that changed since the last pre-dump; 1: a full dump."""
    tasks_at_once: int | None = None
    """How many such tasks are to run at the same time, on as many hosts as they need; None: nobody said."""
    instances: tuple[str, ...] = ()
    """Types that are asked about; none: every candidate."""
    families: tuple[frozenset[str], ...] = ()
    """Those of `instances` that were named together, by their family: one of each that fits is an answer."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Member -> where its value comes from: an option as it was written, `default`, or `prior: ...`."""

    @property
    def shape(self) -> Shape | None:
        """What one task asks of a host."""
        return Shape(self.vcpus, self.memory_bytes, self.architecture) if self.memory_bytes else None

    def transfer(self, footprint_bytes: float) -> Transfer:
        """What a dump of that much memory has to move."""
        return Transfer(Figure(footprint_bytes, ""), Figure(self.dirty_share, ""))


@dataclass(frozen=True)
class Packing:
    """As many of the tasks as Batch can put on one host, all dumping together."""

    tasks: int
    prediction: Prediction
    verdict: Fit


@dataclass(frozen=True)
class Capacity:
    """The most memory of each of so many tasks on one host."""

    tasks: int
    footprint_bytes: int
    limit: Limit
    """What it is bounded by."""


@dataclass(frozen=True)
class TypeRow:
    """One type, judged."""

    kind: InstanceType
    tasks: int
    """On one host, in the prediction."""
    verdict: Verdict | None
    """None where no task was given to judge by."""
    reason: str = ""
    """Why it does not fit; empty where it does."""
    prediction: Prediction | None = None
    packing: Packing | None = None
    """None where no task is given, or none has room."""
    capacities: tuple[Capacity, ...] = ()
    """For 1, 2, 4, ... tasks on a host, or for the number that was asked for."""
    full_host: Prediction | None = None
    """The dump of all the memory that tasks can have on this host."""

    @property
    def host_memory_bytes(self) -> int:
        """What tasks can have of the host's memory."""
        return max(registrable_mib(self.kind), 0) * MIB

    @property
    def fits_packed(self) -> bool:
        """Whether it fits as planned, and however many of the tasks Batch puts on it."""
        return self.verdict == "fits" and self.packing is not None and self.packing.verdict == "fits"


@dataclass(frozen=True)
class Plan:
    """The answer."""

    request: Request
    catalogue: InstanceCatalogue
    rows: tuple[TypeRow, ...]
    """Every type that was considered: the named ones as they were named, candidates by price or their likely cost."""
    prices: SpotPrices | None = None
    """Spot prices and a placement score; None where nobody asked."""
    price_gaps: tuple[Gap, ...] = ()
    """What of them could not be had."""

    @property
    def fitting(self) -> tuple[TypeRow, ...]:
        """The rows that fit."""
        return tuple(row for row in self.rows if row.verdict == "fits")

    @property
    def fits(self) -> bool:
        """Whether there is an answer: a type that fits, each of the named ones, or a footprint on each of them."""
        if not self.request.instances:
            return bool(self.fitting)
        together = {name for family in self.request.families for name in family}
        alone = (row for row in self.rows if row.kind.name not in together)
        families = ([row for row in self.rows if row.kind.name in family] for family in self.request.families)
        return all(map(_fits, alone)) and all(any(map(_fits, family)) for family in families)

    def shown(self, top: int | None, everything: bool) -> tuple[TypeRow, ...]:
        """The rows to list: of named types and of `everything` all, else those that fit, or that come nearest.

        At most `top`; None: ten of those that fit, else as many as there are.
        """
        if everything or self.request.instances:
            return self.rows[:top]
        return self.fitting[: LISTED if top is None else top] or self.nearest()[:top]

    def nearest(self) -> tuple[TypeRow, ...]:
        """Rows that do not fit, the shortest dump first."""
        slow = [row for row in self.rows if row.verdict in ("tight", "outruns") and row.prediction]
        return tuple(sorted(slow, key=lambda row: row.prediction.expected if row.prediction else math.inf)[:NEAREST])


def _fits(row: TypeRow) -> bool:
    """As planned; without a task, whether there is one that does."""
    return row.verdict == "fits" or (row.verdict is None and any(one.footprint_bytes for one in row.capacities))


def plan(request: Request, catalogue: InstanceCatalogue) -> Plan:
    """Judge the named types, or every candidate of the catalogue.

    Raises:
        KeyError: a named type that the catalogue lacks.
        ValueError: neither memory nor a type is given.
    """
    if request.memory_bytes is None and not request.instances:
        raise ValueError("neither memory nor an instance type")
    if request.instances:
        named: Iterable[InstanceType] = [catalogue.types[name] for name in dict.fromkeys(request.instances)]
    else:
        candidates = (one for one in catalogue.types.values() if is_candidate(one, request.architecture))
        named = sorted(candidates, key=cost_order)
    return Plan(request, catalogue, tuple(judge(kind, request) for kind in named))


def judge(kind: InstanceType, request: Request) -> TypeRow:
    """One type against what is planned."""
    shape = request.shape
    room = tasks_that_fit(kind, shape) if shape else 0
    packed = room if shape else kind.vcpus // request.vcpus
    tasks = max(packed, 1) if request.packed else request.tasks_per_host or 1
    row = TypeRow(kind, tasks, None)
    if not kind.baseline_gbps:
        return replace(row, verdict="unknown", reason="AWS gives no baseline bandwidth")
    full_host = predict(request.transfer(row.host_memory_bytes), _line(kind.baseline_gbps, 1, request))
    row = replace(row, capacities=capacities(kind, request), full_host=full_host)
    if shape is None:
        return row
    if room < tasks:
        return replace(row, verdict="no room", reason=_no_room(row, shape))
    prediction, verdict = judged(kind, shape.memory_bytes, tasks, request)
    together, together_verdict = judged(kind, shape.memory_bytes, room, request)
    reason = "" if verdict == "fits" else _too_slow(shape.memory_bytes, tasks, request)
    return replace(
        row,
        verdict=verdict,
        reason=reason,
        prediction=prediction,
        packing=Packing(room, together, together_verdict),
    )


def judged(kind: InstanceType, memory_bytes: int, tasks: int, request: Request) -> tuple[Prediction, Fit]:
    """The dump of each of so many tasks on one host, and whether it fits.

    Raises:
        ValueError: the type has no baseline bandwidth, or there is no task.
    """
    prediction = predict(request.transfer(memory_bytes), _line(kind.baseline_gbps or 0, tasks, request))
    return prediction, prediction.fit(request.window)


def capacities(kind: InstanceType, request: Request) -> tuple[Capacity, ...]:
    """What each of 1, 2, 4, ... tasks may hold, as long as there are processors; or of the number asked for."""
    most = kind.vcpus // request.vcpus
    numbers = [2**power for power in range(most.bit_length())]
    if request.packed or request.tasks_per_host:
        numbers = [request.tasks_per_host or most]
    return tuple(_capacity(kind, tasks, request) for tasks in numbers if 1 <= tasks <= most)


def _capacity(kind: InstanceType, tasks: int, request: Request) -> Capacity:
    by_window = largest_footprint(_line(kind.baseline_gbps or 0, tasks, request), request.window, request.dirty_share)
    by_host = max(registrable_mib(kind), 0) // tasks * MIB
    return Capacity(tasks, min(by_window, by_host), "window" if by_window <= by_host else "host memory")


def _line(baseline_gbps: float, tasks: int, request: Request) -> Line:
    return line_of(baseline_gbps, tasks_per_host=tasks, efficiency=request.efficiency)


def _no_room(row: TypeRow, shape: Shape) -> str:
    """Why the host does not hold the tasks; for one task: has 2 vCPUs, the task needs 16."""
    need = "the task needs" if row.tasks == 1 else f"{row.tasks} tasks need"
    vcpus = shape.vcpus * row.tasks
    if row.kind.vcpus < vcpus:
        return f"has {row.kind.vcpus} vCPUs, {need} {vcpus:g}"
    return f"has {at_most_text(row.host_memory_bytes)} for tasks, {need} {size_text(shape.memory_bytes * row.tasks)}"


def _too_slow(memory_bytes: int, tasks: int, request: Request) -> str:
    needed = bandwidth_needed(
        request.transfer(memory_bytes), request.window, tasks_per_host=tasks, efficiency=request.efficiency
    )
    # rounded up: at what is named it must fit
    return f"needs {math.ceil(needed * 10) / 10:g} Gbps" if needed else "no bandwidth is enough"
