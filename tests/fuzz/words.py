"""Fuzz targets: what stands on a command line, and what is written to a screen or a page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from analyzer.advisor.quantities import QuantityError, count, seconds, share, size_bytes
from analyzer.classifier.clock import from_milliseconds, to_milliseconds
from analyzer.evidence.store import safe_name
from analyzer.fetchers.environment_target import parse_target
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.insights_query import MAX_QUERY_CHARACTERS, Wanted, patterns, queries, searchable
from analyzer.fetchers.notify import fitting_message, fitting_subject, parse_notify
from analyzer.fetchers.place_names import checked, checked_folder
from analyzer.fetchers.queue_names import parse_queue
from analyzer.fetchers.recognise import recognise
from analyzer.fetchers.targets import is_region, parse_job
from analyzer.fleet.fail_on import FailOnError, parse_fail_on
from analyzer.reporters.csv_table import format_rows
from analyzer.reporters.html.links import documentation_link, job_link, log_link, workdir_link
from analyzer.reporters.reflow import reflow
from analyzer.reporters.text import (
    clean,
    code_block,
    code_cell,
    code_span,
    escape_markdown,
    field,
    own_lines,
    own_markdown,
    own_prose,
    prose,
    quote,
)
from analyzer.survey_period import PeriodError, span_of
from tests.fuzz.target import Target
from tests.fuzz.world import assert_shown

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
FORMULA_STARTS = ("=", "+", "-", "@", *FULL_WIDTH, "\t", "\r")
"""What a spreadsheet takes for a formula's beginning; some take the full-width forms for the others."""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _tried(call: Callable[[], Any], *errors: type[Exception]) -> Any:
    try:
        return call()
    except errors:
        return None


def targets(data: bytes) -> None:
    given = _text(data)
    for parse in (recognise, parse_job, parse_target, parse_notify, partial(parse_queue, region=None)):
        _tried(partial(parse, given), FetchError)
    if (job := _tried(lambda: parse_job(given), FetchError)) is not None:
        assert job.region is None or is_region(job.region)
        assert re.fullmatch(r"[0-9A-Za-z_:#-]+", job.id)


def names(data: bytes) -> None:
    given = _text(data)
    safe = safe_name(given)
    if safe is not None:
        assert ".." not in safe.split("/")
        assert not safe.startswith("/")
        assert "\\" not in safe
        assert "\0" not in safe
        assert safe_name(safe) == safe
    for check in (checked, checked_folder):
        _tried(partial(check, given, "place"), FetchError)


def quantities(data: bytes) -> None:
    given = _text(data)
    size = _tried(lambda: size_bytes(given, "--memory"), QuantityError)
    part = _tried(lambda: share(given, "--margin", "15%"), QuantityError)
    time = _tried(lambda: seconds(given, "--window", "120s"), QuantityError)
    whole = _tried(lambda: count(given, "--cpus", "4"), QuantityError)
    assert size is None or size > 0
    assert part is None or 0 < part < 1
    assert time is None or 1 <= time <= 3600
    assert whole is None or whole >= 1


def periods(data: bytes) -> None:
    since, _, until = _text(data).partition("|")
    span = _tried(lambda: span_of(since, until or None, NOW), PeriodError)
    if span is not None:
        assert span.since < span.until
        assert span.before.until == span.since
        assert 0 <= span.since_ms < span.until_ms
    from_milliseconds(to_milliseconds(_text(data)))


def bounds(data: bytes) -> None:
    found = _tried(lambda: parse_fail_on(_text(data)), FailOnError)
    assert found is None or found.bound >= 0


def searches(data: bytes) -> None:
    texts = _text(data).split("|")
    if any(searchable(one) for one in texts):
        wanted = [Wanted("group", one, 1000, 2000) for one in texts if searchable(one) and len(one) < 500]
        for query in queries(wanted, texts):
            assert "\n" not in query.text
            assert len(query.streams) == 1 or len(query.text) <= MAX_QUERY_CHARACTERS
    for pattern in patterns(texts):
        assert "/" not in pattern


def shown(data: bytes) -> None:
    text = _text(data)
    for show in (clean, quote, prose, field, own_prose, fitting_subject):
        assert_shown(show(text), lines=False)
    assert_shown("\n".join(own_lines(text)))
    assert len(fitting_message(text).encode()) <= 256 * 1024
    once = clean(text)
    for mark in (escape_markdown, own_markdown, code_span, code_cell):
        assert_shown(mark(once), lines=False)
    assert "<" not in escape_markdown(once).replace("\\<", "").replace("`", "") or "`" in escape_markdown(once)
    block = code_block([once], "bash")
    assert once.strip("`") != block[-1] or not once
    reflow(text)


def cells(data: bytes) -> None:
    text = _text(data)
    table = format_rows(("name", "other"), [{"name": text, "other": 1}])
    rows = list(csv.reader(io.StringIO(table)))
    assert len(rows) == 2
    assert not rows[1][0].startswith(FORMULA_STARTS)
    assert_shown(table)


def links(data: bytes) -> None:
    first, _, second = _text(data).partition("|")
    found = (job_link(first, second), log_link(first, second, "eu-west-1"), workdir_link(first, second))
    for link in (*found, documentation_link(first)):
        if link is not None:
            assert link.startswith("https://")
            assert not set(link) & set(" \"'<>\n\\")


_JOB = b"8f1c2c1e-6a43-4d0c-9a0e-0c8b4d2f7a11"
_ARN = b"arn:aws:batch:eu-west-1:123456789012:job/"
_ODD = (
    b"\x1b[31m",
    b"\x1b]8;;http://x\x1b\\",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"[bold]",
    b"[link=x]",
    b"```",
    b"\r\n",
    b"|",
)

TARGETS = {
    "bounds": Target(
        bounds, lambda: [b"dump.*>5", b"rate(dump.*)>1%", b"lost-hours>=40"], (b">=", b"rate(", b"%"), 400
    ),
    "cells": Target(
        cells, lambda: [b"=1+1", b"@x", "\uff1d1".encode(), b"\x1b[m=1"], (*_ODD, FULL_WIDTH.encode()), 2000
    ),
    "links": Target(
        links, lambda: [_JOB + b"|eu-west-1", b"s3://bucket/work|us-gov-west-1", b"https://x.y/z"], (b"|",), 800
    ),
    "names": Target(names, lambda: [b"workdir/.command.log", b"../x", b"C:\\x", b"/etc"], (b"../", b"\\", b"\0"), 400),
    "periods": Target(
        periods, lambda: [b"7d|", b"2026-11-01|2026-11-02T00:00:00Z", b"24h"], (b"T", b"+23:59", b"w"), 200
    ),
    "quantities": Target(quantities, lambda: [b"60GB", b"1.5 TB", b"15%", b"2m", b"16"], (b"GiB", b"%", b"."), 100),
    "searches": Target(searches, lambda: [b"job/default/abc|Killed|No space left"], (b"|", b"/", b'"'), 2000),
    "shown": Target(shown, lambda: [b"a\x1b[31mred\x1b[0m", "x\u202ey <b> [link](u) `c` @me #1".encode()], _ODD, 4000),
    "targets": Target(
        targets, lambda: [_JOB + b":1", _ARN + _JOB, b"s3://bucket/work/ab/cdef"], (b"arn:", b":", b"#"), 5000
    ),
}
