"""`--since` and `--until`: when a report's period begins and ends, in UTC whatever the machine's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analyzer.fleet.report import Period

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGO = re.compile(r"([0-9]{1,6})([mhdw])", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{4,20}(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
EVER = "1970-01-01"
"""`--since`, where only `--until` is said."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class PeriodError(ValueError):
    """A time that is none, or a period that has no length; the text is meant for the user."""


@dataclass(frozen=True)
class Span:
    """From `since` (inclusive) to `until` (exclusive), in UTC and whole seconds."""

    since: datetime
    until: datetime

    @property
    def since_ms(self) -> int:
        """Epoch milliseconds."""
        return int(self.since.timestamp()) * 1000

    @property
    def until_ms(self) -> int:
        """Epoch milliseconds."""
        return int(self.until.timestamp()) * 1000

    @property
    def period(self) -> Period:
        """As the report and its rows write times."""
        return Period(written(self.since), written(self.until))

    @property
    def before(self) -> Span:
        """As long, and right before it."""
        # reckoned from the earliest moment: before the year 1 there is no calendar
        length = min(self.until - self.since, self.since - _EARLIEST)
        return Span(self.since - length, self.since)


def written(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(told: str, now: datetime, option: str) -> datetime:
    """A time: so long ago (`24h`, `7d`), a day (`2026-11-01`, its beginning in UTC), or RFC 3339.

    Raises:
        PeriodError: it is none of these.
    """
    given = told.strip()
    moment: datetime | None = None
    try:
        if ago := _AGO.fullmatch(given):
            moment = now - int(ago[1]) * _UNITS[ago[2]]
        elif _DAY.fullmatch(given) or _MOMENT.fullmatch(given):
            moment = datetime.fromisoformat(given.upper())
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise PeriodError(
            f'{option}: "{given[:60]}" is no time; write how long ago (24h, 7d), a day (2026-11-01) or a moment '
            "(2026-11-01T06:00:00Z)"
        )
    return _whole(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def _whole(moment: datetime) -> datetime:
    try:
        return max(_EARLIEST, moment.astimezone(UTC).replace(microsecond=0))
    except OverflowError:
        return _EARLIEST


def span_of(since: str, until: str | None, now: datetime) -> Span:
    """The period between two times; up to now where `until` is not given.

    Raises:
        PeriodError: a time is none, or the period ends before it begins.
    """
    begin = moment_of(since, now, "--since")
    end = moment_of(until, now, "--until") if until is not None else _whole(now)
    if begin >= end:
        raise PeriodError(f"--since {since} is {written(begin)}, which is not before {written(end)}, the period's end")
    return Span(begin, end)
