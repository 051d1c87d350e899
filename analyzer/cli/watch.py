"""`fsnap-diagnose watch`: follow queues, and save the evidence of every attempt while it can still be had."""

from __future__ import annotations

import re
import time
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.options import (
    EXIT_NOT_EXAMINED,
    EXIT_USAGE,
    InstancesFile,
    Profile,
    Region,
    RulesFile,
    Timeout,
    fail,
    fetch_options,
    interruptible,
    load_catalogue,
    load_instances,
)

if TYPE_CHECKING:
    from analyzer.fetchers.notify import Topic
    from analyzer.fetchers.options import FetchOptions
    from analyzer.survey_period import Span
    from analyzer.watch import WatchRequest

EPILOG = """Exit status: 0 with --once: it was looked at once, whatever has happened; 2 the command line is wrong; 3 it
cannot work at all: no such queue, no credentials, the store cannot be written; 130 ended by Ctrl-C, 143 by SIGTERM.
What fails later is said, and tried again. Whoever ends it at any time and starts it again loses no job and keeps none
twice. Times are in UTC."""
_INTERVAL = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)\s?(s|m|h)?", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
LEAST_SECONDS, MOST_SECONDS = 0.1, 3600.0
"""An instance is forgotten an hour after its end."""


class LineFormat(StrEnum):
    """How what happens is written."""

    text = "text"
    jsonl = "jsonl"


def watch(
    queue: Annotated[
        list[str],
        typer.Option("--queue", metavar="NAME", help="A job queue, by name, ARN or pattern (*, ?); may be repeated."),
    ],
    store: Annotated[str, typer.Option(metavar="DIR|S3-URI", help="Where captures and rows are kept (docs/store.md).")],
    interval: Annotated[str, typer.Option(metavar="TIME", help="How long to wait between two looks: 30s, 2m.")] = "30s",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="At the start: keep jobs that ended from then on, if the store has not.")
    ] = "24h",
    once: Annotated[bool, typer.Option("--once", help="Look once, keep what there is to keep, and end.")] = False,
    notify: Annotated[
        str | None, typer.Option(metavar="sns:ARN", help="Send the short form of what failed to an SNS topic.")
    ] = None,
    output_format: Annotated[
        LineFormat, typer.Option("--format", "-f", help="How to write what happens; jsonl: an object a line.")
    ] = LineFormat.text,
    rules: RulesFile = None,
    profile: Profile = None,
    region: Region = None,
    timeout: Timeout = 60.0,
    instances: InstancesFile = None,
) -> None:
    """Follow queues, and save the evidence while it can still be had.

    Every attempt is captured as it ends, every job as it fails or survives; each has a line.
    """
    from analyzer.watch import WatchRequest
    from analyzer.watch_keep import Given

    seconds = _seconds(interval)
    options = fetch_options(profile, region, timeout, shipped_figures=instances is None)
    given = Given(options, store, load_catalogue(rules), load_instances(instances) if instances else None)
    request = WatchRequest(tuple(dict.fromkeys(queue)), _span(since, options), given, seconds, _topic(notify))
    with interruptible():
        _follow(request, once, output_format)


def _follow(request: WatchRequest, once: bool, form: LineFormat) -> None:
    from analyzer.cli.watch_output import onlooker
    from analyzer.fetchers.errors import FetchError
    from analyzer.watch import Watch

    try:
        with onlooker(form is LineFormat.jsonl, view=not once) as shown, Watch(request, shown) as following:
            following.begin()
            if once:
                following.once(time.sleep)
                return
            queues = "1 queue" if len(following.followed) == 1 else f"{len(following.followed)} queues"
            shown.say(f"watching {queues}: a line for each change, none while nothing changes")
            following.run(time.sleep)
    except FetchError as error:
        fail(str(error), EXIT_NOT_EXAMINED)


def _seconds(interval: str) -> float:
    match = _INTERVAL.fullmatch(interval.strip())
    seconds = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        fail(f'--interval: "{interval[:40]}" is no pause; write 30s or 2m, an hour at most', EXIT_USAGE)
    return seconds


def _span(since: str, options: FetchOptions) -> Span:
    from analyzer.survey_period import PeriodError, span_of

    try:
        return span_of(since, None, datetime.fromisoformat(options.captured_at()))
    except PeriodError as error:
        fail(str(error), EXIT_USAGE)


def _topic(notify: str | None) -> Topic | None:
    if notify is None:
        return None
    from analyzer.fetchers.errors import FetchError
    from analyzer.fetchers.notify import parse_notify

    try:
        return parse_notify(notify)
    except FetchError as error:
        fail(str(error), EXIT_USAGE)
