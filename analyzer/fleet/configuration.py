"""One configuration of all that was proposed: a memory setting for each process, a list of types for each queue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.sizing import memory_text
from analyzer.classifier.units import bytes_text, size_text
from analyzer.fleet.bounded import OTHER, Groups, Named
from analyzer.fleet.needs import Proposals
from analyzer.fleet.report import Configuration

_SELECTOR = re.compile(r"[A-Za-z0-9_:]{1,200}")
"""What `withName:` takes as a plain name."""
_SAYABLE = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""A job's name that may stand in a comment."""


def joined_proposals(proposals: Named[Proposals], resolve: Callable[[str], str]) -> Mapping[str, Proposals]:
    """Name -> proposals, of names that are one process."""
    found: dict[str, Proposals] = {}
    for name, one in proposals:
        if name != OTHER:
            found.setdefault(resolve(name), Proposals()).merge(one)
    return found


def configuration(
    by_process: Mapping[str, Proposals],
    exact: Iterable[str],
    by_queue: Groups[Proposals],
    instances: InstanceCatalogue,
) -> Configuration:
    """To paste; a process whose exact name is not known stands in a comment, as no selector would find it.

    Args:
        by_process: what was proposed to each.
        exact: the names that the tasks themselves told.
        by_queue: what was proposed to the jobs of each queue.
        instances: to tell whose processors are alike.
    """
    known = frozenset(exact)
    blocks: list[str] = []
    notes: list[str] = []
    largest = max((one.asked for one in by_process.values()), default=0)
    for name, one in sorted(by_process.items()):
        if name in known and _SELECTOR.fullmatch(name):
            blocks += _block(name, one, largest)
        elif one.memory is not None and _SAYABLE.fullmatch(name):
            notes.append(
                f"// {memory_text(one.memory)} for the process of the jobs {name}: its exact name is not known"
            )
    lines = [*notes, *(["process {", *blocks, "}"] if blocks else [])]
    queues = tuple((name, types) for name, one in by_queue if (types := one.instance_types(instances)))
    return Configuration("\n".join(lines), tuple(pair for pair in queues if pair[0] != OTHER))


def _block(process: str, one: Proposals, largest: int) -> Iterator[str]:
    memory = one.memory
    if memory is None:
        return
    yield f"    withName: '{process}' {{"
    for comment in _comments(one, memory, largest):
        yield f"        // {comment}"
    yield f"        memory = {memory_text(memory)}"
    yield "    }"


def _comments(one: Proposals, memory: int, largest: int) -> Iterator[str]:
    jobs = one.wanted_more or one.wanted_less
    asked = f", which asked for up to {size_text(one.asked)}" if one.asked else ""
    if one.more:
        yield f"{jobs} job{'s' if jobs > 1 else ''} lacked memory{asked}"
        if memory > largest:
            yield f"where the pipeline sets resourceLimits, they must allow {memory_text(memory)}"
        if one.cap:
            yield "its dumps outran the window, too: it needs instances with more bandwidth"
        return
    held = f"; the most seen in use was {bytes_text(one.held)}" if one.held else "; how much was in use was not seen"
    yield f"what fits into the window on the hosts of {jobs} job{'s' if jobs > 1 else ''}{asked}{held}"
    yield "a hard limit on AWS Batch: a task that needs more is killed"
