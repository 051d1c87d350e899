"""`--fail-on`: bounds on a report's figures, for the exit status of cron and CI.

dump.*>5                more than 5 failed jobs whose cause is of that family
host.spot_reclaimed>=10
failed>100              all failed jobs
rate>2%                 failed jobs of all
rate(dump.*)>1%         failed jobs of those causes, of all jobs
survived<1              jobs that a restore carried over a lost host
lost-hours>40           running time that was thrown away
lost-usd>25             what that cost, as the report reckons it
new>0                   causes that the period before did not have
worse>0                 groups that got worse than in the period before
"""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

from analyzer.fleet.report import FleetReport

_FORM = re.compile(r"([^<>=]{1,100}?)\s{0,20}(>=|<=|==|>|<)\s{0,20}([0-9]{1,15}(?:\.[0-9]{1,15})?)\s{0,5}(%?)")
_RATE_OF = re.compile(r"rate\s{0,5}\(\s{0,5}([^()]{1,80}?)\s{0,5}\)")
_CAUSE = re.compile(r"[a-z0-9_*?]{1,40}(?:\.[a-z0-9_*?.]{1,60})?")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}
_IN_WORDS: Mapping[str, str] = {
    ">": "more than",
    ">=": "at least",
    "<": "fewer than",
    "<=": "at most",
    "==": "exactly",
}


def _is_compared(report: FleetReport) -> bool:
    return report.totals_before is not None and report.totals_before.jobs > 0


def _new_causes(report: FleetReport) -> int | None:
    """A report shows no more than some of its trends: these are all."""
    if not _is_compared(report):
        return None
    return sum(1 for one in report.by_cause if one.totals.failed and one.before and not one.before.failed)


_FIGURES: Mapping[str, Callable[[FleetReport], float | None]] = {
    "failed": lambda report: report.totals.failed,
    "survived": lambda report: report.totals.survived,
    "rate": lambda report: report.totals.rate,
    "lost-hours": lambda report: report.totals.hours_lost,
    "lost-usd": lambda report: report.totals.usd_lost,
    "new": _new_causes,
    "worse": lambda report: sum(t.kind == "worse" for t in report.trends) if _is_compared(report) else None,
}
_NOUNS: Mapping[str, tuple[str, str]] = {
    "failed": ("failed job", "failed jobs"),
    "survived": ("job that survived a lost host", "jobs that survived a lost host"),
    "lost-hours": ("lost hour", "lost hours"),
    "lost-usd": ("US dollar lost", "US dollars lost"),
    "new": ("new cause", "new causes"),
    "worse": ("group that got worse", "groups that got worse"),
}
_NOT_COMPARED = "no job of the period before is known to compare with, so this cannot hold"
_NOT_KNOWN: Mapping[str, str] = {
    "lost-usd": "no price is known of what was lost, so this cannot hold",
    "new": _NOT_COMPARED,
    "worse": _NOT_COMPARED,
}
_EXAMPLES = "--fail-on 'dump.*>5', 'rate>2%', 'failed>100' or 'lost-hours>40'"


class FailOnError(ValueError):
    """A bound that cannot be read; the text names it, says why, and what would do."""


@dataclass(frozen=True)
class FailOn:
    """One bound."""

    text: str
    """As it was given."""
    figure: str
    """A name of `_FIGURES`, or empty where it counts a cause's jobs."""
    causes: str
    """The causes that count, with wildcards; empty for a figure of the whole report."""
    sign: str
    bound: float
    """Of a rate its share: 0.02 for `2%`."""

    def broken_by(self, report: FleetReport) -> str | None:
        """What of the report breaks it, as a sentence; None where nothing does, or the figure is not known.

        With no jobs there is no rate; where no price is known, no money; without a period before, nothing is new.
        """
        value = self._value(report)
        if value is None or not _OPERATORS[self.sign](value, self.bound):
            return None
        return f"--fail-on {self.text}: {self._told(value)}, and that is {_IN_WORDS[self.sign]} {self._bound_text()}."

    def unknown_in(self, report: FleetReport) -> str | None:
        """That it says nothing, as a sentence; None where its figure is known, or no job ended."""
        if not report.totals.jobs or self._value(report) is not None or self.figure not in _NOT_KNOWN:
            return None
        return f"--fail-on {self.text}: {_NOT_KNOWN[self.figure]}."

    def _value(self, report: FleetReport) -> float | None:
        if not self.causes:
            return _FIGURES[self.figure](report)
        failed = sum(g.totals.failed for g in report.by_cause if fnmatchcase(g.key, self.causes))
        if self.figure != "rate":
            return failed
        return failed / report.totals.jobs if report.totals.jobs else None

    def _told(self, value: float) -> str:
        of = f" of {self.causes}" if self.causes else ""
        if self.figure == "rate":
            return f"{_figure(100 * value)} % of the jobs failed{of}"
        one, several = _NOUNS[self.figure or "failed"]
        return f"{_figure(value)} {one if value == 1 else several}{of}"

    def _bound_text(self) -> str:
        return f"{_figure(100 * self.bound)} %" if self.figure == "rate" else _figure(self.bound)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}" if value < 1 else f"{value:,.2f}"


@cache
def known_causes() -> frozenset[str]:
    """The ids of causes.toml, but for those of jobs that did not fail."""
    tables = tomllib.loads(resources.files("analyzer.data").joinpath("causes.toml").read_text("utf-8"))
    return frozenset(f"{family}.{name}" for family, causes in tables.items() if family != "ok" for name in causes)


def parse_fail_on(text: str, own_causes: Collection[str] = ()) -> FailOn:
    """Read one bound.

    Args:
        text: as on the command line.
        own_causes: those of a user's own rules, beside the known ones.

    Raises:
        FailOnError: it is none.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise FailOnError(
            f"--fail-on {text}: this is no bound; a figure, one of > >= < <= ==, and a number make one: {_EXAMPLES}."
        )
    left, sign, amount, percent = match[1].strip(), match[2], Decimal(match[3]), bool(match[4])
    figure, causes = _left(text, left, own_causes)
    if percent and figure != "rate":
        rate = f"rate({causes})" if causes else "rate"
        raise FailOnError(f"--fail-on {text}: only a rate is a percentage; leave the % out, or write {rate}.")
    if figure == "rate" and not percent:
        raise FailOnError(f"--fail-on {text}: a rate is compared with a percentage: {left}{sign}{match[3]}%.")
    return FailOn(text.strip(), figure, causes, sign, float(amount / 100 if percent else amount))


def _left(text: str, left: str, own_causes: Collection[str]) -> tuple[str, str]:
    """(figure, causes)."""
    if left in _FIGURES:
        return left, ""
    rate_of = _RATE_OF.fullmatch(left)
    causes = rate_of[1] if rate_of else left
    if not _CAUSE.fullmatch(causes) or not ("." in causes or "*" in causes):
        raise FailOnError(
            f"--fail-on {text}: {left} is nothing that a report counts; it counts {', '.join(_FIGURES)}, and causes "
            "such as dump.window_exceeded or dump.*."
        )
    if not any(_may_be(cause, causes) for cause in (*known_causes(), *own_causes)):
        raise FailOnError(
            f"--fail-on {text}: no failure's cause is called {causes}, so this could never be broken; "
            f"{_nearest(causes)}fsnap-diagnose explain CAUSE tells what one means."
        )
    return "rate" if rate_of else "", causes


def _may_be(cause: str, pattern: str) -> bool:
    """A finer id of a user's own, `dump.unix_socket.systemd`, begins with one that is known."""
    return fnmatchcase(cause, pattern) or pattern.startswith(f"{cause}.")


def _nearest(causes: str) -> str:
    import difflib

    near = difflib.get_close_matches(causes, sorted(known_causes()), n=2)
    return f"is it {' or '.join(near)}? " if near else ""
