"""What a job's name tells."""

from __future__ import annotations

import pytest

from analyzer.fleet.groups import Names
from analyzer.fleet.names import RUN_NAME_TAG, as_spelled, run_of, spelled_process


@pytest.mark.parametrize(
    ("name", "run", "process"),
    [
        ("tw-3yF0cTq8Zb1KpL-FASTQC_WT_REP1", "tw-3yF0cTq8Zb1KpL", "FASTQC_WT_REP1"),
        ("FASTQC_12", None, "FASTQC"),
        ("tw-12", None, "tw-12"),
        ("tw-1a-", "tw-1a", "tw-1a-"),
        ("_7", None, "_7"),
        (None, None, None),
    ],
)
def test_run_and_process(name: str | None, run: str | None, process: str | None) -> None:
    assert run_of(name) == run
    assert spelled_process(name) == process


def test_a_tag_tells_the_run_where_the_name_does_not() -> None:
    assert run_of("X", {RUN_NAME_TAG: "happy_curie"}) == "happy_curie"
    assert run_of("tw-1a-X", {RUN_NAME_TAG: "happy_curie"}) == "tw-1a"


def test_names_are_spelled_as_nextflow_does() -> None:
    assert as_spelled("A:B_C (s 1/x)") == "AB_C_s_1x"


def test_a_name_belongs_to_the_longest_process_that_begins_it() -> None:
    names = Names(["P:BWA", "P:BWA_MEM", "P:GATK4_MARK", "P:STAR1", "P:STAR2"])
    assert names.resolve("PBWA_MEM_s1") == "P:BWA_MEM"
    assert names.resolve("PBWA_s1") == "P:BWA"
    assert names.resolve("PBWAX_s1") == "PBWAX_s1"
    assert names.resolve("PGATK#_MARK_s#") == "P:GATK4_MARK"
    assert names.resolve("PGATK4_MARK_s#") == "P:GATK4_MARK"
    assert names.resolve("PSTAR#_x") == "PSTAR#_x", "two processes are alike once their numbers are gone"
