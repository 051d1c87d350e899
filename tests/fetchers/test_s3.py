from __future__ import annotations

from typing import Any

import pytest

from analyzer.evidence.location import Location
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.s3 import list_below, read_ends
from tests.fetchers.endpoint import Endpoint, Refusal

PLACE = Location("bucket", "work/ab/cd")
DATA = bytes(range(256)) * 40


@pytest.fixture
def client(aws: Endpoint) -> Any:
    aws.objects["bucket/work/ab/cd/file"] = DATA
    aws.objects["bucket/work/ab/cd/empty"] = b""
    return Clients(FetchOptions()).get("s3", None)


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        (len(DATA), 0, [(0, DATA)]),
        (len(DATA) + 100, 50, [(0, DATA)]),
        (100, 50, [(0, DATA[:100]), (len(DATA) - 50, DATA[-50:])]),
        (100, len(DATA), [(0, DATA[:100]), (100, DATA[100:])]),
        (100, 0, [(0, DATA[:100])]),
    ],
)
def test_both_ends_of_an_object(client: Any, head: int, tail: int, expected: list[tuple[int, bytes]]) -> None:
    content, same = read_ends(client, PLACE, "file", head, tail)
    assert same
    assert content.size == len(DATA)
    assert list(content.blocks()) == expected


def test_a_range_of_an_empty_object(client: Any) -> None:
    content, same = read_ends(client, PLACE, "empty", 1000, 1000)
    assert (content.head, content.size, same) == (b"", 0, True)


def test_never_more_bytes_than_were_asked_for(client: Any, aws: Endpoint) -> None:
    read_ends(client, PLACE, "file", 100, 50)
    ranges = [asked["Range"] for asked in aws.parameters("GetObject")]
    assert ranges == ["bytes=0-99", f"bytes={len(DATA) - 50}-{len(DATA) - 1}"]


def test_an_object_that_changes_in_between_is_not_put_together(client: Any, aws: Endpoint) -> None:
    def changed(asked: dict[str, Any]) -> Any:
        return Refusal("PreconditionFailed", status=412) if "If-Match" in asked else None

    aws.answers["GetObject"] = changed
    content, same = read_ends(client, PLACE, "file", 100, 50)
    assert not same
    assert (content.head, content.tail, content.size) == (DATA[:100], b"", len(DATA))


def test_listings_of_many_pages_with_strange_keys(client: Any, aws: Endpoint) -> None:
    names = [".command.log", ".fusion/dump/1/pages-1.img", "out/ü & <x>+ %20.txt", "../up", "a//b"]
    aws.objects = {f"bucket/work/ab/cd/{name}": b"12345" for name in names}
    aws.objects |= {"bucket/work/ab/cdef/other": b"", "bucket/work/ab/cd/folder/": b""}
    aws.keys_per_page = 2
    listing = list_below(client, PLACE, 50, Deadline.after(60))
    assert listing.complete
    assert sorted(entry.key for entry in listing.entries) == sorted(names)
    assert {(entry.size, entry.last_modified) for entry in listing.entries} == {(5, "2026-08-21T10:00:00Z")}


@pytest.mark.parametrize(("pages", "seconds", "seen"), [(3, 60, 6), (50, -1, 2)])
def test_listings_end_at_their_limits(client: Any, aws: Endpoint, pages: int, seconds: float, seen: int) -> None:
    aws.objects = {f"bucket/work/ab/cd/{n:03}": b"" for n in range(100)}
    aws.keys_per_page = 2
    listing = list_below(client, PLACE, pages, Deadline.after(seconds))
    assert not listing.complete
    assert len(listing.entries) == seen


def test_a_token_that_repeats_ends_a_listing(client: Any, aws: Endpoint) -> None:
    inner = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
    aws.answers["ListObjectsV2"] = f"<ListBucketResult>{inner}</ListBucketResult>"
    assert list_below(client, PLACE, 50, Deadline.after(60)).entries == ()
    assert len(aws.calls) == 2
