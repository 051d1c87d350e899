"""EC2: every instance type of a region, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.evidence.job import items
from analyzer.evidence.model import Document
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import plain_all
from analyzer.fetchers.errors import FetchError, fetch_error
from analyzer.fetchers.executor import DaemonExecutor, in_time
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.targets import is_region

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

OPERATION = "DescribeInstanceTypes"
TYPES_PER_CALL = 100
"""EC2's limit for one page."""
MAX_PAGES = 100
"""A region has some 10 to 15 pages; whoever sends more without an end is not EC2."""


@dataclass(frozen=True)
class RegionTypes:
    """What EC2 said of one region's instance types."""

    documents: tuple[Document, ...]
    """The elements of the pages' `InstanceTypes`, in EC2's order."""
    region: str
    date: str
    """YYYY-MM-DD, in UTC, when they were read."""


def fetch_region_types(options: FetchOptions) -> RegionTypes:
    """Every type that the region of `options` (or the one that is set up) has.

    Raises:
        FetchError: the region cannot be read: no region, no credentials, a call denied, no answer in time.
    """
    clients, deadline = Clients(options), Deadline.after(options.timeout_seconds)
    region = options.region
    if region is not None and not is_region(region):
        raise FetchError(f"Could not read the instance types: {region} is no AWS region; correct --region.")
    # on a thread that may be left behind: one call alone, tried four times, can take longer than there is time
    executor = DaemonExecutor(1)
    try:
        region = region or clients.default_region()
        client = in_time(executor, deadline, lambda: clients.get("ec2", region))
        region = client.meta.region_name
        documents = in_time(executor, deadline, lambda: _pages(client, deadline))
    except FetchError:
        raise
    except TimeoutError:
        raise FetchError(
            f"Could not read the instance types of {region or 'the region'}: no answer within the time limit of "
            f"{options.timeout_seconds:g} s; check the network, or repeat the command with a larger --timeout."
        ) from None
    except Exception as error:
        raise fetch_error(error, f"read the instance types of {region or 'the region'}", OPERATION) from error
    finally:
        executor.shutdown()
    if not documents:
        raise FetchError(f"Could not read the instance types of {region}: EC2 named none; check AWS_ENDPOINT_URL.")
    return RegionTypes(documents, region, options.captured_at()[:10])


def _pages(client: EC2Client, deadline: Deadline) -> tuple[Document, ...]:
    found: list[Document] = []
    pages = client.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": TYPES_PER_CALL})
    for number, page in enumerate(pages, 1):
        found += plain_all(items(page.get("InstanceTypes")))
        if number >= MAX_PAGES or deadline.passed:
            if not page.get("NextToken"):
                break
            raise FetchError(
                f"Could not read the instance types: {len(found)} were there when the time or the {MAX_PAGES} pages "
                "that are allowed had run out; repeat the command with a larger --timeout."
            )
    return tuple(found)
