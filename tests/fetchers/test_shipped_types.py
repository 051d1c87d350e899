from __future__ import annotations

from analyzer.advisor.instance_catalogue import shipped_instances
from analyzer.fetchers.shipped_types import not_shipped


def test_every_type_of_the_catalogue_is_shipped() -> None:
    assert not_shipped(shipped_instances().types) == frozenset()


def test_what_is_no_type_is_not() -> None:
    strange = {"m99.large", "name", "", "c6id", 'c6id.8xlarge",32', "\ud800", "c6id.8xlarge\n"}
    assert not_shipped(strange | {"c6id.8xlarge"}) == strange
