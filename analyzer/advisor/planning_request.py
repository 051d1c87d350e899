"""What is planned, from the words of a command line: every value with where it comes from, or one sentence why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.instance_selection import UnknownInstanceError, Wanted, select
from analyzer.advisor.planning import Request
from analyzer.advisor.quantities import LONGEST, QuantityError, count, seconds, share, size_bytes
from analyzer.advisor.window import MARGIN_SHARE, PRIOR_EFFICIENCY, WINDOW_SECONDS, Span, Window

EXAMPLE = "advise --memory 60GB --cpus 16, or advise --instance r6id.4xlarge"
ARCHITECTURES = ("x86_64", "arm64")
PACKED = "packed"
MOST_TASKS, MOST_VCPUS, MOST_INSTANCES = 1000, 2000, 100
"""More of them no host holds, and no reader reads."""
MOST_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Words:
    """The options as they were written; None where one was not."""

    memory: str | None = None
    cpus: str | None = None
    tasks_per_host: str | None = None
    arch: str | None = None
    dirty_share: str | None = None
    window: str | None = None
    margin: str | None = None
    efficiency: str | None = None
    instances: tuple[str, ...] = ()
    tasks: str | None = None


_OPTIONS = {
    "memory_bytes": ("--memory", "memory"),
    "vcpus": ("--cpus", "cpus"),
    "tasks_per_host": ("--tasks-per-host", "tasks_per_host"),
    "tasks_at_once": ("--tasks", "tasks"),
    "architecture": ("--arch", "arch"),
    "dirty_share": ("--dirty-share", "dirty_share"),
    "window_seconds": ("--window", "window"),
    "margin_share": ("--margin", "margin"),
}
"""Member of a request -> its option, and the member of the words."""


def request_of(words: Words, catalogue: InstanceCatalogue) -> Request:
    """The request.

    Raises:
        QuantityError: a word that cannot be used, or words that do not go together; names the option, with an example.
    """
    groups = _groups(words.instances, catalogue)
    named = tuple(dict.fromkeys(name for group in groups for name in group))
    if words.memory is None and not named:
        raise QuantityError(f"--memory or --instance is missing, so there is nothing to plan; write {EXAMPLE}")
    architecture = _architecture(words.arch, named, catalogue)
    packed = words.tasks_per_host is not None and words.tasks_per_host.strip() == PACKED
    if packed and words.memory is None and words.cpus is None:
        raise QuantityError(
            "--tasks-per-host: how many tasks can be packed on a host depends on the task; add --cpus 4, "
            "or write a number"
        )
    sources = {
        member: f"{option} {written}"
        for member, (option, name) in _OPTIONS.items()
        if (written := getattr(words, name)) is not None
    }
    return Request(
        window=window_of(words.window, words.margin),
        efficiency=efficiency_of(words.efficiency),
        memory_bytes=None if words.memory is None else size_bytes(words.memory, "--memory"),
        vcpus=1 if words.cpus is None else count(words.cpus, "--cpus", "--cpus 16", MOST_VCPUS),
        architecture=architecture,
        tasks_per_host=_tasks(words.tasks_per_host, packed),
        packed=packed,
        dirty_share=_dirty_share(words.dirty_share, architecture),
        tasks_at_once=_at_once(words),
        instances=named,
        families=tuple(frozenset(group) for group in groups if len(group) > 1),
        sources=sources | ({"instances": f"--instance {' '.join(words.instances)}"} if named else {}),
    )


def _groups(names: Sequence[str], catalogue: InstanceCatalogue) -> list[list[str]]:
    """For each name the types that it stands for: itself, or those of a family or bundle, by size."""
    wanted = list(dict.fromkeys(name.strip().lower() for name in names))
    if len(wanted) > MOST_INSTANCES:
        raise QuantityError(f"--instance: {len(wanted)} types are too many; name at most {MOST_INSTANCES}")
    return [_expanded(name, catalogue) for name in wanted]


def _expanded(name: str, catalogue: InstanceCatalogue) -> list[str]:
    try:
        return [kind.name for kind in select(catalogue, [name], Wanted())]
    except UnknownInstanceError:
        raise _unknown(name, catalogue) from None


def _unknown(name: str, catalogue: InstanceCatalogue) -> QuantityError:
    shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    near = catalogue.near(name) if name else ()
    hint = f"did you mean {' or '.join(near)}?" if near else "write one such as r6id.4xlarge or r6id"
    return QuantityError(
        f'--instance: "{shown}" is no instance type or family of the catalogue ({catalogue.date}); {hint}'
    )


def architecture_of(written: str) -> str:
    """The architecture of `--arch`.

    Raises:
        QuantityError: it is none that AWS Batch has hosts of.
    """
    name = written.strip()
    if name not in ARCHITECTURES:
        raise QuantityError(f'--arch: "{written[:LONGEST]}" is no architecture; write --arch x86_64 or --arch arm64')
    return name


def _architecture(written: str | None, named: Sequence[str], catalogue: InstanceCatalogue) -> str:
    wanted = None if written is None else architecture_of(written)
    for name in named:
        own = catalogue.types[name].architectures
        if wanted and own and wanted not in own:
            raise QuantityError(
                f"--arch: {name} is {own[-1]}, not {wanted}; leave --arch out where --instance is given"
            )
    if wanted:
        return wanted
    return "arm64" if any("x86_64" not in catalogue.types[name].architectures for name in named) else "x86_64"


def _at_once(words: Words) -> int | None:
    if words.tasks is None:
        return None
    if words.memory is None:
        raise QuantityError("--tasks: how many hosts they need depends on the task; add --memory 60GB --cpus 16")
    return count(words.tasks, "--tasks", "--tasks 100", MOST_AT_ONCE)


def _tasks(written: str | None, packed: bool) -> int | None:
    if written is None or packed:
        return None
    return count(written, "--tasks-per-host", "--tasks-per-host 2 or --tasks-per-host packed", MOST_TASKS)


def _dirty_share(written: str | None, architecture: str) -> float:
    if written is None:
        return 1.0
    changed = share(written, "--dirty-share", "--dirty-share 30%", one=True)
    if changed < 1 and architecture != "x86_64":
        raise QuantityError(
            f"--dirty-share: {architecture} has no incremental dumps, every dump there is a full one; leave it out, or "
            "write --arch x86_64"
        )
    return changed


def window_of(window: str | None, margin: str | None) -> Window:
    """The window of `--window` and `--margin`.

    Raises:
        QuantityError: no time, or no share.
    """
    return Window(
        WINDOW_SECONDS if window is None else seconds(window, "--window", "--window 120s"),
        MARGIN_SHARE if margin is None else share(margin, "--margin", "--margin 15%", zero=True),
    )


def efficiency_of(written: str | None) -> Span:
    """The share of the line that a dump makes use of: the prior, or the given one with the prior's spread around it.

    Raises:
        QuantityError: no share above 0 and at most 1.
    """
    prior = PRIOR_EFFICIENCY
    if written is None:
        return prior
    expected = share(written, "--efficiency", "--efficiency 0.63", one=True)
    return replace(
        prior,
        low=expected * prior.low / prior.expected,
        expected=expected,
        high=max(expected, min(expected * prior.high / prior.expected, 1.0)),
        source=f"--efficiency {written.strip()}, with the spread of the prior around it",
    )
