"""Job queues as a user names them: by name, by ARN, or by a pattern with `*` and `?`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from analyzer.evidence.job import text
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError, code_of, fetch_error, is_denied
from analyzer.fetchers.job_list import all_queues
from analyzer.fetchers.recognise import shown
from analyzer.fetchers.targets import is_region

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

_ARN_PARTS = 6
_NAMED = 5
"""So many queues are named to whoever mistyped one."""
_ALIKE = 0.5
"""How alike names must be to be named; 1 is the same."""
_REFUSED = frozenset({"ClientException", "ValidationException"})


@dataclass(frozen=True)
class Queue:
    """A queue to list."""

    name: str
    region: str | None
    """None: the region that is set up."""


def is_pattern(given: str) -> bool:
    """It may name more than one queue."""
    return "*" in given or "?" in given


def parse_queue(given: str, region: str | None) -> Queue:
    """A queue's name, or an ARN, whose region counts before all others.

    Raises:
        FetchError: it is neither.
    """
    name = given.strip()
    if not name.startswith("arn:"):
        if not name:
            raise FetchError("--queue is empty; name a job queue: --queue my-queue")
        return Queue(name, region)
    parts = name.split(":", _ARN_PARTS - 1)
    kind, _, own = parts[-1].partition("/")
    if len(parts) < _ARN_PARTS or parts[2] != "batch" or kind != "job-queue" or not own or not is_region(parts[3]):
        raise FetchError(
            f"{shown(name)} is not the ARN of a job queue: those look like arn:aws:batch:REGION:ACCOUNT:job-queue/NAME."
        )
    return Queue(own, parts[3])


def resolve_queues(clients: Clients, given: Sequence[str], region: str | None) -> tuple[Queue, ...]:
    """The queues that the user means, each once; Batch is asked for its queues only where there is a pattern.

    Raises:
        FetchError: an ARN is none, no queue fits a pattern, or the queues could not be had.
    """
    found: dict[Queue, None] = {}
    names: dict[str | None, list[str]] = {}
    for one in given:
        queue = parse_queue(one, region)
        if not is_pattern(queue.name):
            found[queue] = None
            continue
        if queue.region not in names:
            names[queue.region] = queue_names(clients, queue.region)
        fitting = [Queue(name, queue.region) for name in names[queue.region] if fnmatchcase(name, queue.name)]
        if not fitting:
            raise FetchError(_no_queue_fits(queue, names[queue.region]))
        found.update(dict.fromkeys(fitting))
    return tuple(found)


def queue_names(clients: Clients, region: str | None) -> list[str]:
    """The names of the region's queues, in order.

    Raises:
        FetchError: they could not be had.
    """
    try:
        client: BatchClient = clients.get("batch", region)
        return sorted({name for queue in all_queues(client) if (name := text(queue.get("jobQueueName")))})
    except Exception as error:
        where = f" of {region}" if region else ""
        raise fetch_error(error, f"look up the job queues{where}", "DescribeJobQueues") from error


def listing_error(clients: Clients, queue: Queue, error: BaseException) -> FetchError:
    """Why the jobs of a queue could not be listed; where there is no such queue, with those that look alike."""
    if code_of(error) in _REFUSED and not is_denied(error):
        try:
            names = queue_names(clients, queue.region)
        except FetchError:
            names = []
        if names and queue.name not in names:
            return FetchError(_unknown_queue(queue, names))
    return fetch_error(error, f"list the jobs of queue {shown(queue.name)}", "ListJobs")


def _unknown_queue(queue: Queue, names: Sequence[str]) -> str:
    folded = {name.casefold(): name for name in names}
    alike = [folded[key] for key in difflib.get_close_matches(queue.name.casefold(), folded, _NAMED, _ALIKE)]
    told = f"did you mean {_either(alike)}?" if alike else f"there {_there_are(names)}."
    return f"There is no job queue {shown(queue.name)}{_in(queue)}: {told}"


def _no_queue_fits(queue: Queue, names: Sequence[str]) -> str:
    told = f"there {_there_are(names)}" if names else "there is no job queue at all: check the region and the account"
    return f"No job queue{_in(queue)} fits {shown(queue.name)}: {told}."


def _in(queue: Queue) -> str:
    return f" in {queue.region}" if queue.region else ""


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _there_are(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{'is' if len(names) == 1 else 'are'} {', '.join(names[:_NAMED])}{more}"
