"""Queries for CloudWatch Logs Insights: which lines of which streams, within the service's limit on a query's text.

Lines that hold a known text, and those of a stream's last seconds, are asked for; never a whole log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MAX_QUERY_CHARACTERS = 10_000
"""Of StartQuery's queryString (botocore's service model)."""
MAX_ROWS = 10_000
"""One page of GetQueryResults."""
MAX_PATTERN_CHARACTERS = 6_000
"""Of one query: more texts than fit take another query over the same streams."""
MAX_MESSAGE_CHARACTERS = 8_192
"""Of a line that is seen."""
LAST_SECONDS = 30
"""Before an attempt's end: what it said then is seen, whatever it is."""
BEFORE_SECONDS, AFTER_SECONDS = 60, 600
"""Around the attempts' times: clocks differ, and a log driver may deliver late."""
USD_PER_GB = 0.005
"""Of data scanned: the list price of us-east-1 (aws.amazon.com/cloudwatch/pricing, Logs Insights queries)."""
PRICE_NOTE = (
    f"CloudWatch Logs Insights searches the logs: AWS bills the data that it scans, USD {USD_PER_GB} a GB "
    "(list price of us-east-1)."
)
_SUFFIX_CHARACTERS = 12
"""Of a stream's name, an ECS task's id: so many tell the streams of one query apart."""
_PLAIN = re.compile(r"[A-Za-z0-9._/@+=#~ -]+")


@dataclass(frozen=True)
class Wanted:
    """One stream to search."""

    group: str
    stream: str
    started_at: int
    """Epoch milliseconds."""
    stopped_at: int
    """Epoch milliseconds; of what runs still, now."""


@dataclass(frozen=True)
class Query:
    """A query over some streams of one group."""

    group: str
    streams: tuple[Wanted, ...]
    text: str
    start: int
    """Epoch seconds, inclusive."""
    end: int
    """Epoch seconds, inclusive."""
    pattern: str
    last_lines: bool


def searchable(stream: str) -> bool:
    """Its name can stand in a query."""
    return bool(_PLAIN.fullmatch(stream))


def patterns(texts: Iterable[str]) -> tuple[str, ...]:
    """Regular expressions that find any of the texts, as few as the limit allows.

    A text that holds another of them is left to that one; one with a line end in it is in no line.
    """
    kept: list[str] = []
    for text in sorted({t for t in texts if t and "\n" not in t}, key=lambda t: (len(t), t)):
        if not any(shorter in text for shorter in kept):
            kept.append(text)
    found: list[str] = []
    room = 0
    for part in map(_escaped, sorted(kept)):
        if len(part) > MAX_PATTERN_CHARACTERS:
            continue
        if found and room >= len(part) + 1:
            found[-1] += f"|{part}"
            room -= len(part) + 1
        else:
            found.append(part)
            room = MAX_PATTERN_CHARACTERS - len(part)
    return tuple(found)


def queries(wanted: Sequence[Wanted], texts: Iterable[str]) -> Iterator[Query]:
    """Queries for all streams: of one group each, streams of one time together."""
    expressions = patterns(texts)
    groups: dict[str, list[Wanted]] = {}
    for one in dict.fromkeys(wanted):
        groups.setdefault(one.group, []).append(one)
    for streams in groups.values():
        streams.sort(key=lambda one: (one.started_at, one.stream))
        for number, expression in enumerate(expressions):
            yield from _chunks(streams, expression, last_lines=number == 0)


def _chunks(streams: Sequence[Wanted], pattern: str, *, last_lines: bool) -> Iterator[Query]:
    chunk: list[Wanted] = []
    for stream in streams:
        if chunk and len(_text([*chunk, stream], pattern, last_lines=last_lines)) > MAX_QUERY_CHARACTERS:
            yield _query(chunk, pattern, last_lines=last_lines)
            chunk = []
        chunk.append(stream)
    if chunk:
        yield _query(chunk, pattern, last_lines=last_lines)


def halves(query: Query) -> tuple[Query, ...]:
    """The same in two queries; nothing where it has one stream only."""
    middle = len(query.streams) // 2
    parts = (query.streams[:middle], query.streams[middle:]) if middle else ()
    return tuple(_query(part, query.pattern, last_lines=query.last_lines) for part in parts)


def _query(streams: Sequence[Wanted], pattern: str, *, last_lines: bool) -> Query:
    return Query(
        group=streams[0].group,
        streams=tuple(streams),
        text=_text(streams, pattern, last_lines=last_lines),
        start=max(0, min(one.started_at for one in streams) // 1000 - BEFORE_SECONDS),
        end=max(one.stopped_at for one in streams) // 1000 + AFTER_SECONDS,
        pattern=pattern,
        last_lines=last_lines,
    )


def _text(streams: Sequence[Wanted], pattern: str, *, last_lines: bool) -> str:
    names = ",".join(f'"{one.stream}"' for one in streams)
    wanted = [f"@message like /{pattern}/"]
    if last_lines:
        wanted += [
            f"(@logStream like /{_escaped(one.stream[-_SUFFIX_CHARACTERS:])}$/"
            f" and toMillis(@timestamp) >= {one.stopped_at - LAST_SECONDS * 1000})"
            for one in streams
        ]
    return (
        f"fields @timestamp, @logStream, substr(@message, 0, {MAX_MESSAGE_CHARACTERS}) as text"
        f" | filter @logStream in [{names}]"
        f" | filter {' or '.join(wanted)}"
        f" | sort @timestamp desc | limit {MAX_ROWS}"
    )


def _escaped(text: str) -> str:
    """As a regular expression between slashes: what is a sign of the query language is written by its number."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter.isalnum() or letter in " _" or not letter.isascii():
        return letter
    return f"\\x{ord(letter):02x}" if letter in "/\"'`#|" or not letter.isprintable() else f"\\{letter}"


def cost_note(scanned_bytes: int) -> str:
    """What a search cost, for the reader of a report."""
    gigabytes = scanned_bytes / 1e9
    return (
        f"CloudWatch Logs Insights scanned {gigabytes:,.3f} GB of logs: about USD {gigabytes * USD_PER_GB:,.4f} at "
        f"USD {USD_PER_GB} a GB (list price of us-east-1)."
    )
