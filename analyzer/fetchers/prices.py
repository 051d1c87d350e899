"""EC2's Spot market: what instance types cost now, and how likely they are to be had. Asked only with `--prices`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analyzer.evidence.job import items, text
from analyzer.evidence.model import Document, Evidence, Gap
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline
from analyzer.fetchers.documents import plain_all
from analyzer.fetchers.errors import code_of, gap_for, plain_gap
from analyzer.fetchers.executor import DaemonExecutor
from analyzer.fetchers.found import Found, Source
from analyzer.fetchers.gather import Limit, Progress, Start, gather
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.targets import is_region

if TYPE_CHECKING:
    from types import TracebackType

    from mypy_boto3_ec2 import EC2Client

PRICES, SCORES = "DescribeSpotPriceHistory", "GetSpotPlacementScores"
WHAT = {PRICES: "the Spot prices", SCORES: "the Spot placement scores"}
PRODUCTS = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")
"""EC2's two names for Linux (botocore's service model, filter product-description)."""
TYPES_PER_CALL = 100
ROWS_PER_PAGE = 1000
MAX_PAGES = 5
"""Of prices, for so many types; 40 types in 6 zones make 240 rows."""
LEAST_SCORED_TYPES = 3
"""For fewer, EC2 always answers with a low score (botocore's service model, GetSpotPlacementScores)."""
MOST_SCORED_TYPES = 10
TARGET_INSTANCES = 10
"""How many instances a score is asked for: as many as a modest queue starts at once. EC2 bounds the figure by the
account's recent use of Spot (EC2 user guide, Spot placement score)."""
THREADS = 2
"""The second serves when the first still waits for an answer that nobody waits for any more."""
MAX_SCORE_QUESTIONS = 10
"""Different sets of types in one run: EC2 stops answering new ones for a day when there are many (same page)."""
_OF_THE_TYPES = frozenset({"InvalidInstanceType", "InvalidParameterValue"})
"""Refusals of one question; other types may be answered for."""

ToScore = Callable[[Sequence[Document]], Sequence[str]]
"""Elements of DescribeSpotPriceHistory -> the types to ask a placement score for."""


@dataclass(frozen=True)
class _Question:
    types: tuple[str, ...]
    region: str | None
    to_score: ToScore
    answered: set[str] = field(default_factory=set)
    """The operations whose outcome is known; the others took too long."""


def price_rows(
    client: EC2Client, types: Iterable[str], now: datetime, deadline: Deadline
) -> tuple[tuple[Document, ...], bool]:
    """Rows with the prices in force `now` of these types, in every zone of the region; and whether these are all.

    From a start time on EC2 tells the changes, and the last one before it: with now as the start, the price in force.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: EC2 refused, or could not be asked.
    """
    wanted = sorted(set(types))
    rows: list[Document] = []
    complete = True
    for start in range(0, len(wanted), TYPES_PER_CALL):
        chunk = wanted[start : start + TYPES_PER_CALL]
        more: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
            if deadline.passed:
                break
            answer = client.describe_spot_price_history(
                InstanceTypes=chunk,  # type: ignore[arg-type] # the stubs list the types of their own day
                ProductDescriptions=list(PRODUCTS),
                StartTime=now,
                MaxResults=ROWS_PER_PAGE,
                **more,
            )
            rows += [row for row in plain_all(items(answer["SpotPriceHistory"])) if row.get("InstanceType") in chunk]
            token = text(answer.get("NextToken"))
            if token is None or token == more.get("NextToken"):
                break
            more = {"NextToken": token}
        else:
            complete = False
        complete = complete and not deadline.passed
    return tuple(sorted(rows, key=_row_order)), complete


def _row_order(row: Document) -> tuple[str, ...]:
    return tuple(str(row.get(member)) for member in ("InstanceType", "AvailabilityZone", "Timestamp", "SpotPrice"))


def placement_scores(client: EC2Client, types: Sequence[str], region: str) -> tuple[Document, ...]:
    """The scores of the region's zones for a fleet of any of these types; each with what was asked.

    Raises:
        botocore.exceptions.ClientError, BotoCoreError: EC2 refused, or could not be asked.
    """
    answer = client.get_spot_placement_scores(
        InstanceTypes=list(types),
        TargetCapacity=TARGET_INSTANCES,
        TargetCapacityUnitType="units",
        SingleAvailabilityZone=True,
        RegionNames=[region],
    )
    asked = {"InstanceTypes": list(types), "TargetCapacity": TARGET_INSTANCES}
    found = [{**score, **asked} for score in plain_all(items(answer["SpotPlacementScores"]))]
    return tuple(sorted(found, key=lambda score: str(score.get("AvailabilityZoneId"))))


class SpotMarket:
    """What EC2 says of instance types on the Spot market. Nothing is asked twice, refusals neither; for one caller."""

    def __init__(self, options: FetchOptions, progress: Progress, clients: Clients | None = None) -> None:
        """`clients` are those of a caller who asks for more than prices."""
        self._options, self._progress = options, progress
        self._clients = clients or Clients(options)
        self._stopped = threading.Event()
        self._began, self._targets = time.monotonic(), 0
        self._executor: DaemonExecutor | None = None
        self._rows: dict[tuple[str | None, str], tuple[Document, ...]] = {}
        self._scores: dict[tuple[str | None, frozenset[str]], tuple[Document, ...]] = {}
        self._failed: dict[tuple[str | None, str], Gap] = {}

    def __enter__(self) -> SpotMarket:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopped.set()
        if self._executor:
            self._executor.shutdown()

    def ask(self, types: Sequence[str], region: str | None, to_score: ToScore, target: str = "Spot") -> Found:
        """Prices, placement scores, and a gap for what could not be had; nothing where no type is named.

        Args:
            types: names of instance types, best first.
            region: where; None, or what is no region's name: as the options say, or boto3 finds it.
            to_score: the types to ask a score for, best first, once the prices are known.
            target: for the user, in the progress.
        """
        if not types:
            return Found()
        question = _Question(tuple(dict.fromkeys(types)), region if region and is_region(region) else None, to_score)
        self._executor = self._executor or DaemonExecutor(THREADS)
        first = Source(WHAT[PRICES], PRICES, lambda deadline: self._ask_prices(question, deadline))
        start = Start(Evidence(target=target, kind="job"), (first,))
        found = next(gather([start], self._executor, self._limit(), self._stopped, self._progress))
        for operation in {PRICES, SCORES} - question.answered:
            # no answer in time: the next target need not wait for the same
            named = [gap for gap in found.gaps if WHAT[operation] in gap.what]
            self._failed[question.region, operation] = (named or list(found.gaps))[-1]
        return Found(spot_prices=found.spot_prices, placement_scores=found.placement_scores, gaps=found.gaps)

    def _limit(self) -> Limit:
        """So many targets never take longer than so many times the limit, whatever of it their fetching took."""
        self._targets += 1
        seconds = self._options.timeout_seconds
        left = self._began + self._targets * seconds - time.monotonic()
        return Limit(seconds, max(0.0, seconds - left))

    def _ask_prices(self, question: _Question, deadline: Deadline) -> Found:
        gaps: list[Gap] = []
        failed = self._failed.get((question.region, PRICES))
        if failed:
            gaps.append(failed)
        else:
            try:
                self._fetch_prices(question, deadline, gaps)
            except Exception as error:
                gaps.append(self._refused(question, PRICES, error))
                if code_of(error) is None:
                    # nobody answered: nobody would to the next question
                    self._failed[question.region, SCORES] = gaps[-1]
        rows = tuple(row for name in question.types for row in self._rows.get((question.region, name), ()))
        if not rows and not gaps:
            gaps.append(plain_gap(WHAT[PRICES], "EC2 has none for these types in this region", PRICES))
        question.answered.add(PRICES)
        then = Source(WHAT[SCORES], SCORES, lambda _: self._ask_scores(question, rows))
        return Found(spot_prices=rows, gaps=tuple(gaps), then=(then,))

    def _fetch_prices(self, question: _Question, deadline: Deadline, gaps: list[Gap]) -> None:
        region = question.region
        missing = [name for name in question.types if (region, name) not in self._rows]
        if not missing:
            return
        client = self._clients.get("ec2", region or self._clients.default_region())
        rows, complete = price_rows(client, missing, self._options.now or datetime.now(UTC), deadline)
        for name in missing:
            self._rows[region, name] = tuple(row for row in rows if row.get("InstanceType") == name)
        if not complete:
            gaps.append(plain_gap(WHAT[PRICES], "only a part of them was read", PRICES))

    def _refused(self, question: _Question, operation: str, error: Exception) -> Gap:
        gap = gap_for(WHAT[operation], error, operation)
        if code_of(error) not in _OF_THE_TYPES:
            self._failed[question.region, operation] = gap
        return gap

    def _ask_scores(self, question: _Question, rows: Sequence[Document]) -> Found:
        failed = self._failed.get((question.region, SCORES))
        found = Found(gaps=(failed,)) if failed else self._fetch_scores(question, rows)
        question.answered.add(SCORES)
        return found

    def _fetch_scores(self, question: _Question, rows: Sequence[Document]) -> Found:
        types = tuple(dict.fromkeys(question.to_score(rows)))[:MOST_SCORED_TYPES]
        if len(types) < LEAST_SCORED_TYPES:
            why = f"for fewer than {LEAST_SCORED_TYPES} instance types EC2 always gives a low score"
            return Found(gaps=(plain_gap(WHAT[SCORES], why, SCORES),))
        key = (question.region, frozenset(types))
        if key not in self._scores:
            if len(self._scores) >= MAX_SCORE_QUESTIONS:
                why = f"{MAX_SCORE_QUESTIONS} different sets of instance types were asked about already"
                return Found(gaps=(plain_gap(WHAT[SCORES], why, SCORES),))
            try:
                region = question.region or self._clients.default_region() or ""
                self._scores[key] = placement_scores(self._clients.get("ec2", region), types, region)
            except Exception as error:
                return Found(gaps=(self._refused(question, SCORES, error),))
        return Found(placement_scores=self._scores[key])


def fetch_prices(
    types: Sequence[str], options: FetchOptions, region: str | None, to_score: ToScore, progress: Progress
) -> Found:
    """What the Spot market says of the types: `spot_prices`, `placement_scores` and `gaps` of the answer."""
    with SpotMarket(options, progress) as market:
        return market.ask(types, region, to_score)
