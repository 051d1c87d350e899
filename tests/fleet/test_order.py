"""Whatever the order of the jobs, and however they are split: the report is the same."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.fleet.aggregate import Aggregate
from analyzer.fleet.bounded import OTHER, Distinct, First, Groups, Named, ShortNames
from analyzer.fleet.report import FleetReport
from analyzer.fleet.row import Row
from analyzer.fleet.tally import Tally
from tests.advisor.cases import NAMES
from tests.fleet.made import BEFORE, GIB, NOW, PERIOD, job, rows_for

CAUSES = ("ok.completed", "ok.survived_reclaim", "dump.window_exceeded", "host.terminated", "container.out_of_memory")


@st.composite
def _jobs(draw: st.DrawFn) -> list[tuple[Row, ...]]:
    """Jobs of several causes, processes, days, times and prices; each has an id of its own."""
    made: list[tuple[Row, ...]] = []
    for n in range(draw(st.integers(0, 12))):
        row = job(
            f"job-{n}",
            cause=draw(st.sampled_from(CAUSES)),
            process=draw(st.sampled_from(["P:STAR", "PSTAR_s1", "PSTAR_s2", None])),
            task=draw(st.sampled_from(["P:STAR (x)", None])),
            stopped_at=draw(st.sampled_from(["2026-11-16T01:00:00Z", "2026-11-21T01:00:00Z", "2026-11-09T01:00:00Z"])),
            cost_usd=draw(st.sampled_from([None, 0.1, 0.7])),
            instance_type=draw(st.sampled_from([None, "m6id.4xlarge", "c6id.8xlarge"])),
            proposed_memory_bytes=draw(st.sampled_from([None, 4 * GIB, 12 * GIB])),
            proposed_instance_types=draw(st.sampled_from([(), ("m6idn.4xlarge", "c6id.8xlarge"), ("c6id.8xlarge",)])),
            memory_peak_bytes=draw(st.sampled_from([None, 3 * GIB, 6 * GIB])),
            run=draw(st.sampled_from([None, "tw-1"])),
            gaps=draw(st.sampled_from([(), ("s3:GetObject",)])),
        )
        dump = draw(st.sampled_from([None, 0.1 * 3, 107.7]))
        if dump is not None:
            row = replace(row, dump_seconds=dump, dump_completed=True, dump_bytes=5 * GIB, window_seconds=120.0)
        first = replace(row, attempt=0, is_last=False, host_lost=True, saved_seconds=0.1, lost_seconds=0.2, seconds=0.3)
        made.append((first, row) if draw(st.booleans()) else (row,))
    return made


def _report(*parts: list[tuple[Row, ...]]) -> FleetReport:
    whole = Aggregate(PERIOD, BEFORE)
    for jobs in parts:
        one = Aggregate(PERIOD, BEFORE)
        for rows in jobs:
            one.add(rows)
        whole.merge(one)
    return whole.report(made_at=NOW)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_order_and_splitting_do_not_matter(data: st.DataObject) -> None:
    jobs = data.draw(_jobs())
    shuffled = data.draw(st.permutations(jobs))
    cut = data.draw(st.integers(0, len(jobs)))
    assert _report(jobs) == _report(shuffled) == _report(shuffled[:cut], shuffled[cut:])


def test_all_scenarios_in_any_order() -> None:
    jobs = [rows_for(name) for name in NAMES]
    expected = _report(jobs)
    assert expected.totals.failed > 100
    for seed in range(3):
        random.Random(seed).shuffle(jobs)  # noqa: S311 - an order, not a secret
        assert _report(jobs) == _report(jobs[:50], jobs[50:]) == expected


_KEYS = st.lists(st.text("ab1_", max_size=6), max_size=60)


def _one() -> Tally:
    return Tally(jobs=1)


@given(_KEYS, st.data())
def test_groups_are_exact_and_bounded(keys: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(keys))
    cut = data.draw(st.integers(0, len(keys)))

    def counted(*parts: list[str]) -> dict[str, int]:
        whole: Groups[Tally] = Groups(Tally, limit=4)
        for part in parts:
            one: Groups[Tally] = Groups(Tally, limit=4)
            for key in part:
                one.of(key).merge(_one())
            whole.merge(one)
        assert len(whole.members) <= 4
        return {key: sums.jobs for key, sums in whole}

    found = counted(keys)
    assert found == counted(shuffled) == counted(shuffled[:cut], shuffled[cut:])
    assert sum(found.values()) == len(keys)
    assert all(found[key] == keys.count(key) for key in found if key != OTHER)
    assert (OTHER in found) is (len(set(keys)) > 4)


@given(_KEYS, st.data())
def test_short_names_lose_no_job(keys: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(keys))
    cut = data.draw(st.integers(0, len(keys)))

    def counted(*parts: list[str]) -> dict[str, int]:
        whole: ShortNames[Tally] = ShortNames(Tally, limit=4)
        for part in parts:
            one: ShortNames[Tally] = ShortNames(Tally, limit=4)
            for key in part:
                one.of(key).merge(_one())
            whole.merge(one)
        assert len(whole.members) <= 4
        return {key: sums.jobs for key, sums in whole.members.items()}

    found = counted(keys)
    assert found == counted(shuffled) == counted(shuffled[:cut], shuffled[cut:])
    assert sum(found.values()) == len(keys)


def test_samples_of_a_process_become_one_name() -> None:
    names: Named[Tally] = Named(Tally)
    names.spelled = ShortNames(Tally, limit=5)
    for n in range(100):
        names.of(f"NF_RNASEQ_STAR_ALIGN_S{n:04}", exact=False).merge(_one())
        names.of(f"NF_RNASEQ_TRIM_S{n:04}_R1", exact=False).merge(_one())
    assert {key: one.jobs for key, one in names} == {"NF_RNASEQ_STAR_ALIGN_S#": 100, "NF_RNASEQ_TRIM_S#_R#": 100}


@given(st.lists(st.integers(), unique=True, max_size=40), st.data())
def test_the_first_are_kept(numbers: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(numbers)))
    parts = [First[int](3), First[int](3)]
    for part, chosen in zip(parts, (numbers[:cut], numbers[cut:]), strict=True):
        for number in chosen:
            part.add(number, number)
    parts[0].merge(parts[1])
    assert parts[0].items() == tuple(sorted(numbers)[:3])


def test_distinct_keys_are_counted_up_to_a_limit() -> None:
    one, two = Distinct(3), Distinct(3)
    for key in "aab":
        one.add(key)
    for key in "bc":
        two.add(key)
    one.merge(two)
    counts = [one.count]
    for key in "da":
        one.add(key)
        counts.append(one.count)
    assert counts == [3, None, None]
