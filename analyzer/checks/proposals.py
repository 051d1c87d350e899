"""The one list of instance types that a report proposes: what is right of the environments' own, else types that are.

What stands under any check of types is this list, so that pasting it cures the check and starts no other: every type on
it passes all checks, all have processors of one maker and of neighbouring generations, and one holds the task at hand.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.instance_types import InstanceType, is_type_name
from analyzer.advisor.placement import Shape, cost_order, is_candidate
from analyzer.advisor.processors import VENDORS_CHOICE, processor_of
from analyzer.advisor.sizing import PROPOSED, Need, Option, of_like_processors, option
from analyzer.advisor.window import PRIOR_EFFICIENCY, Figure, Transfer
from analyzer.checks.judge import LIST_NOTE
from analyzer.checks.setting import Environment, Setting
from analyzer.checks.type_checks import X86, passes_all
from analyzer.classifier.units import MIB

_T = TypeVar("_T", str, int)
UNBOUNDED = ("optimal", "default_x86_64", "default_arm64")
"""Batch's bundles: families that it chooses, and changes."""
LEAST_VCPUS = 8
"""Smaller types hold few tasks; where a task is known its own size counts instead."""
NAMED = 8
"""Types that a sentence names; the rest are counted."""
FEW = 3
"""With fewer types Spot capacity may run out."""


@dataclass(frozen=True)
class Proposal:
    """Types to write into the environments' lists."""

    names: tuple[str, ...]
    """Types, and families all of whose sizes are kept; empty where no type is known that would do."""
    kept: bool
    """They are of the environments' own list; else they are proposed anew."""
    left_out: tuple[str, ...]
    """Types that are allowed now and are not on the list."""

    @property
    def sentence(self) -> str:
        """What becomes of the present list."""
        dropped = f" It leaves out {_some(self.left_out)}." if self.left_out else ""
        if not self.kept:
            return f"Nothing of the present list would do: these types come by the model of `advise`.{dropped}"
        few = " They are few for Spot: `fsnap-diagnose advise` names more." if len(self.names) < FEW else ""
        return f"The list keeps what is right of the present one.{dropped}{few}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


@lru_cache(maxsize=4)
def proposal(setting: Setting) -> Proposal:
    """The one proposal of a report."""
    own = _kept(setting)
    names = _written(own, setting) if own else tuple(kind.name for kind in _advised(setting))
    chosen = {kind.name for kind in own} or set(names)
    dropped = sorted(set(setting.types) - chosen)
    return Proposal(names, bool(own), tuple(name for name in dropped if is_type_name(name)))


def _kept(setting: Setting) -> tuple[InstanceType, ...]:
    right = [kind for kind in setting.types.values() if is_type_name(kind.name) and passes_all(kind, setting)]
    task = setting.task
    holding = [kind for kind in right if task is None or setting.tasks_on(kind, task)]
    if not holding:
        return ()
    maker = _most_of((kind.processor for kind in holding), VENDORS_CHOICE.split()[0])
    usual = _most_of((_generation(kind) for kind in holding if kind.processor == maker), _number(VENDORS_CHOICE))
    return tuple(kind for kind in right if kind.processor == maker and abs(_generation(kind) - usual) <= 1)


def _most_of(values: Iterable[_T | None], preferred: _T) -> _T:
    """The most frequent; of equally frequent ones the preferred one, else the greatest."""
    counted = Counter(value for value in values if value is not None)
    return max(counted, key=lambda value: (counted[value], value == preferred, value), default=preferred)


def _number(processor: str) -> int:
    return int("".join(letter for letter in processor.split(",", maxsplit=1)[0] if letter.isdigit()) or 0)


def _generation(kind: InstanceType) -> int:
    return _number(processor_of(kind))


def _written(own: Sequence[InstanceType], setting: Setting) -> tuple[str, ...]:
    """As the user wrote them: a family stays one where all of its sizes are kept."""
    left = {kind.name: kind for kind in own}
    written: list[str] = []
    for environment in setting.usable:
        for wanted in environment.wanted_types:
            family = wanted.removesuffix(".*")
            sizes = [] if "." in family or wanted in UNBOUNDED else [k for k in environment.types if k.family == family]
            if sizes and all(any(one.name == kind.name for one in own) for kind in sizes):
                written.append(wanted)
                for kind in sizes:
                    left.pop(kind.name, None)
    return tuple(dict.fromkeys((*written, *left)))


def _all_types(catalogue: InstanceCatalogue) -> Mapping[str, InstanceType]:
    # what AWS was asked for is only what the environments allow
    return {**shipped_instances().types, **catalogue.types}


def _advised(setting: Setting) -> tuple[InstanceType, ...]:
    """Types that carry a host full of the task at hand, or of anything where none is known; of one generation."""
    found = [
        one
        for kind in sorted(_all_types(setting.catalogue).values(), key=cost_order)
        if is_candidate(kind, X86) and is_type_name(kind.name) and (one := _option(kind, setting))
    ]
    suited = tuple(one for one in found if passes_all(one.kind, setting))
    return tuple(one.kind for one in of_like_processors(suited, VENDORS_CHOICE)[:PROPOSED])


def _option(kind: InstanceType, setting: Setting) -> Option | None:
    task, room = setting.task, setting.room_bytes(kind)
    if task is None and (kind.vcpus < LEAST_VCPUS or kind.bursts or room <= 0):
        return None
    shape = task.shape if task else Shape(kind.vcpus, room)
    need = Need(shape, Transfer(Figure(shape.memory_bytes, "")), PRIOR_EFFICIENCY, setting.window)
    return option(kind, need, setting.registered)


def proposed_types(setting: Setting) -> tuple[str, ...]:
    """What to write into an environment's list; nothing where no type would do."""
    return proposal(setting).names


def values_for_types(setting: Setting, environment: Environment | None = None) -> Mapping[str, str]:
    """The placeholders of fixes that change a list of instance types."""
    usable = setting.usable
    chosen = environment or (usable[0] if len(usable) == 1 else None)
    found = proposal(setting)
    values = setting.values(chosen)
    if not found.names:
        return values
    return {
        **values,
        "YOUR-INSTANCE-TYPES": ",".join(found.names),
        "YOUR-TYPE-LIST": json.dumps(list(found.names)),
        LIST_NOTE: found.sentence,
    }


def whole_gib(size_bytes: int) -> str:
    """`60.GB`, rounded down, as Nextflow takes it (its GB are 2**30 bytes); below one `640.MB`."""
    gib = size_bytes // 2**30
    return f"{gib}.GB" if gib else f"{size_bytes // MIB}.MB"
