"""EC2's Spot market: recorded prices and scores, answered as the service does; moto ignores filters, and has no scores.

Shapes are those of botocore's service model: DescribeSpotPriceHistory gives the changes from StartTime on and the last
one before it, in pages; GetSpotPlacementScores one score a zone, and a low one where fewer than three types are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.loopback.wire import Answer, Call, ec2_answer

Document = dict[str, Any]
PAGE = 1000


class Market:
    """What a test says of prices and scores."""

    def __init__(self) -> None:
        self.prices: list[Document] = []
        """Elements of DescribeSpotPriceHistory, all that ever were."""
        self.scores: dict[str, int] = {}
        """Zone id -> score."""
        self.page = PAGE

    def handlers(self) -> Mapping[tuple[str, str], Callable[[Call], Answer]]:
        return {
            ("ec2", "DescribeSpotPriceHistory"): self._price_history,
            ("ec2", "GetSpotPlacementScores"): self._placement_scores,
        }

    def _price_history(self, call: Call) -> Answer:
        types, products = listed(call, "InstanceType"), listed(call, "ProductDescription")
        asked = [
            row
            for row in self.prices
            if (not types or row["InstanceType"] in types) and (not products or row["ProductDescription"] in products)
        ]
        found = _from(asked, call.parameters.get("StartTime"))
        first = int(call.parameters.get("NextToken") or 0)
        size = min(int(call.parameters.get("MaxResults", PAGE)), self.page)
        rest = found[first + size :]
        # the last page's token is empty, not absent
        answer = {"SpotPriceHistory": found[first : first + size], "NextToken": str(first + size) if rest else ""}
        return ec2_answer(call.operation, answer)

    def _placement_scores(self, call: Call) -> Answer:
        region = listed(call, "RegionName")[0]
        enough = len(listed(call, "InstanceType")) >= 3
        scores = [
            {"Region": region, "AvailabilityZoneId": zone, "Score": score if enough else 1}
            for zone, score in self.scores.items()
        ]
        return ec2_answer(call.operation, {"SpotPlacementScores": scores})


def listed(call: Call, name: str) -> list[str]:
    """A list of EC2's query: `InstanceType.1`, `InstanceType.2`, ..."""
    numbered = {key: value for key, value in call.parameters.items() if key.startswith(f"{name}.")}
    return [numbered[key] for key in sorted(numbered, key=lambda key: int(key.rsplit(".", 1)[1]))]


def _from(rows: list[Document], start: str | None) -> list[Document]:
    """Newest first: what changed from the start on, and in each zone the last change before it."""
    newest_first = sorted(rows, key=lambda row: str(row["Timestamp"]), reverse=True)
    if start is None:
        return newest_first
    begin, seen, found = datetime.fromisoformat(start), set[tuple[str, ...]](), []
    for row in newest_first:
        key = (row["InstanceType"], row["AvailabilityZone"], row["ProductDescription"])
        before = datetime.fromisoformat(row["Timestamp"]) <= begin
        if not before or key not in seen:
            found.append(row)
        if before:
            seen.add(key)
    return found
