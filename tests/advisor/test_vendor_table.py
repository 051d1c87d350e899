"""The vendor's table beside AWS's figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.vendor_table import VendorRow, VendorTable, disagreements, vendor_tables

ROW = VendorRow("x9.large", memory_gib=64, gbps=12.5, ratio=5.12, estimated_seconds=70)
AWS = InstanceType("x9.large", 8, 64 * 1024, baseline_gbps=12.5, peak_gbps=12.5)


def _found(row: VendorRow, aws: InstanceType) -> list[str]:
    table = VendorTable(date(2026, 8, 25), "a test", (row,))
    catalogue = InstanceCatalogue({aws.name: aws}, "a test", "2026-08-25")
    return [one.sentence for one in disagreements([row.type], catalogue, (table,))]


def _wrong_rows(table: VendorTable) -> dict[str, tuple[bool, bool]]:
    names = [row.type for row in table.rows]
    found = disagreements(names, shipped_instances(), (table,))
    return {one.row.type: (one.memory, one.bandwidth) for one in found}


def test_of_21_august_five_of_seven_rows_contradict_aws() -> None:
    table = vendor_tables()[0]
    assert (table.date, len(table.rows)) == (date(2026, 8, 21), 7)
    assert _wrong_rows(table) == {
        "c6id.4xlarge": (False, True),
        "r6id.2xlarge": (True, True),
        "m6id.4xlarge": (False, True),
        "r6id.4xlarge": (False, True),
        "m6id.8xlarge": (False, True),
    }


def test_of_25_august_three_of_six_rows_still_do() -> None:
    table = vendor_tables()[-1]
    assert (table.date, len(table.rows)) == (date(2026, 8, 25), 6)
    assert _wrong_rows(table) == {
        "c6id.4xlarge": (False, True),
        "r6id.2xlarge": (False, True),
        "m6id.4xlarge": (False, True),
    }


def test_every_ratio_is_that_of_its_own_row() -> None:
    for table in vendor_tables():
        for row in table.rows:
            assert row.ratio == pytest.approx(row.memory_gib / row.gbps, abs=0.005), (table.date, row.type)


def test_a_burst_given_as_guaranteed_is_told_with_both_figures() -> None:
    (one,) = disagreements(["m6id.4xlarge", "m6id.4xlarge"], shipped_instances())
    assert one.sentence == (
        "The vendor guide's table (25 August 2026) gives m6id.4xlarge 12.5 Gbps; "
        "AWS's own figure is 6.25 Gbps sustained, 12.5 only while burst credits last."
    )


def test_a_row_that_was_dropped_is_told_of_the_state_that_had_it() -> None:
    (one,) = disagreements(["r6id.4xlarge"], shipped_instances())
    assert one.sentence.startswith(
        "The vendor guide's table of 21 August 2026, which has since dropped the row, gives r6id.4xlarge 12.5 Gbps; "
    )


def test_memory_and_bandwidth_are_told_together() -> None:
    assert _found(replace(ROW, memory_gib=16, ratio=1.28), replace(AWS, baseline_gbps=3.125)) == [
        "The vendor guide's table (25 August 2026) gives x9.large 16 GiB and 12.5 Gbps; "
        "AWS's own figures are 64 GiB and 3.125 Gbps sustained, 12.5 only while burst credits last."
    ]


def test_a_doubled_bandwidth_is_no_burst() -> None:
    (sentence,) = _found(replace(ROW, gbps=25, ratio=2.56), AWS)
    assert sentence.endswith("gives x9.large 25 Gbps; AWS's own figure is 12.5 Gbps sustained.")


def test_a_ratio_alone_may_be_wrong() -> None:
    (sentence,) = _found(replace(ROW, ratio=4), AWS)
    assert sentence.endswith("gives x9.large 4 GiB per Gbps; AWS's own figure is 5.12 GiB per Gbps.")


@pytest.mark.parametrize("baseline", [12.5, 12.501, None])
def test_a_row_that_agrees_or_cannot_be_compared_is_not_told(baseline: float | None) -> None:
    assert _found(ROW, replace(AWS, baseline_gbps=baseline)) == []


def test_types_that_the_table_or_the_catalogue_lacks_fall_out() -> None:
    empty = InstanceCatalogue({}, "a test", "2026-08-25")
    assert disagreements(["m5.large", "c6id.8xlarge", "no type"], shipped_instances()) == ()
    assert disagreements(["m6id.4xlarge"], empty) == ()
