"""What several jobs were proposed, merged."""

from __future__ import annotations

from collections import Counter

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.classifier.units import GIB
from analyzer.fleet.needs import Proposals

TYPES = Counter({"m6idn.4xlarge": 3, "r6idn.4xlarge": 2})


def test_types_that_cannot_hold_the_memory_proposed_beside_them_are_left_out() -> None:
    instances = shipped_instances()
    assert Proposals(types=TYPES).instance_types(instances) == ("m6idn.4xlarge", "r6idn.4xlarge")
    assert Proposals(types=TYPES, more=90 * GIB).instance_types(instances) == ("r6idn.4xlarge",)
    assert Proposals(types=TYPES, more=500 * GIB).instance_types(instances) == ()
