"""How the steps of an environment ask AWS: page by page, thing by thing, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from analyzer.evidence.job import items
from analyzer.evidence.model import Document, Gap
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import plain_all
from analyzer.fetchers.environment_flow import check_gap
from analyzer.fetchers.errors import code_of
from analyzer.fetchers.permissions import check_lacks

MAX_PAGES = 50
"""All of EC2's instance types are 15 pages: more than this is no answer of AWS's."""
VALUES_PER_FILTER = 200
"""EC2's limit on the values of one filter (EC2 user guide)."""
_NAMED = 3
"""So many things that are not there are named in one gap."""
_T = TypeVar("_T")
_U = TypeVar("_U")


def is_gone(error: BaseException) -> bool:
    """The service says that what was asked for does not exist."""
    code = code_of(error) or ""
    return code in ("404", "NoSuchBucket") or "NotFound" in code


def pages(client: Any, operation: str, member: str, deadline: Deadline, **parameters: Any) -> Iterator[Document]:
    """The elements of all pages of an answer, made ready for JSON.

    Raises:
        TimeoutError: the deadline passed before all pages were read.
        ValueError: there is no end of pages.
        botocore.exceptions.ClientError, BotoCoreError: the service refused, or could not be asked.
    """
    for count, page in enumerate(client.get_paginator(operation).paginate(**parameters), 1):
        yield from plain_all(items(page.get(member)))
        if count >= MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES} pages")
        if deadline.passed:
            raise TimeoutError


def filtered(
    client: Any, operation: str, member: str, deadline: Deadline, filters: Mapping[str, Iterable[str]], **more: Any
) -> tuple[Document, ...]:
    """What EC2 has of the first filter's values, narrowed by the others; nothing is asked where it has no values.

    By a filter, not by ids, since one unknown id fails a whole call.

    Raises:
        TimeoutError, ValueError, botocore.exceptions.ClientError, BotoCoreError: as `pages`.
    """
    first, *others = [{"Name": name, "Values": sorted(set(values))} for name, values in filters.items()]
    found: list[Document] = []
    for start in range(0, len(first["Values"]), VALUES_PER_FILTER):
        chosen = [{**first, "Values": first["Values"][start : start + VALUES_PER_FILTER]}, *others]
        found += pages(client, operation, member, deadline, Filters=chosen, **more)
    return tuple(found)


def each(
    things: Iterable[_T],
    name: Callable[[_T], str],
    operation: str,
    deadline: Deadline,
    call: Callable[[_T], _U],
    gone: Callable[[_T], object] = lambda _: None,
) -> tuple[list[_U], tuple[Gap, ...]]:
    """What `call` gives for each thing, and a gap for each that failed: one must not hide the others.

    `gone` is told of each thing that the service says does not exist.

    Raises:
        TimeoutError: the deadline passed before everything was asked.
    """
    found: list[_U] = []
    gaps: list[Gap] = []
    for thing in things:
        if deadline.passed:
            raise TimeoutError
        try:
            found.append(call(thing))
        except TimeoutError:
            raise
        except Exception as error:
            if is_gone(error):
                gone(thing)
            gaps.append(check_gap(name(thing), error, operation))
    return found, tuple(gaps)


def absent(wanted: Iterable[str], found: Iterable[object], operation: str) -> tuple[Gap, ...]:
    """A gap for what AWS does not know, or does not show to this account."""
    lacking = sorted(set(wanted) - set(found))
    if not lacking:
        return ()
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    why = "AWS does not show it to this account, or it does not exist any more"
    return (Gap(", ".join(lacking[:_NAMED]) + more, why, check_lacks(operation)),)
