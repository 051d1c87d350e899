"""Planning without a job: types judged against figures reckoned by hand, and what no plan may say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.placement import Shape, cost_order, is_candidate, registrable_mib, tasks_that_fit
from analyzer.advisor.planning import Plan, Request, judged, plan
from analyzer.advisor.planning_answer import answer
from analyzer.advisor.planning_choice import objections, pasted_rows
from analyzer.advisor.planning_limits import crowded, limits, vcpus_that_keep_apart
from analyzer.advisor.planning_request import Words, efficiency_of, request_of
from analyzer.advisor.planning_snippets import snippets
from analyzer.advisor.processors import processor_of
from analyzer.advisor.quantities import QuantityError
from analyzer.advisor.window import PRIOR_EFFICIENCY, Span, Window

GIB = 2**30
WHOLE_LINE = Span(1.0, 1.0, 1.0, "by hand")


def kind(name: str, vcpus: int, gib: int, gbps: float | None, **more: object) -> InstanceType:
    made = InstanceType(
        name, vcpus, gib * 1024, ("x86_64",), "Intel", gbps, gbps, nvme_gb=900, spot=True, current_generation=True
    )
    return replace(made, **more)  # type: ignore[arg-type]  # names and values are those of the record


SMALL = kind("t1.small", 8, 32, 3)
ONE = kind("t1.one", 16, 80, 10)
FOUR = kind("t1.four", 64, 320, 12)
WIDE = kind("t1.wide", 64, 320, 60)
CATALOGUE = InstanceCatalogue({one.name: one for one in (SMALL, ONE, FOUR, WIDE)}, "by hand", "2026-08-01")


def asked(**more: object) -> Request:
    made = Request(Window(120, 0.15), WHOLE_LINE, 60 * GIB, 8)
    return replace(made, **more)  # type: ignore[arg-type]  # names and values are those of the record


def rows(request: Request, catalogue: InstanceCatalogue = CATALOGUE) -> dict[str, str | None]:
    return {row.kind.name: row.verdict for row in plan(request, catalogue).rows}


def test_types_are_judged_by_figures_reckoned_by_hand() -> None:
    found = {row.kind.name: row for row in plan(asked(), CATALOGUE).rows}
    assert {name: row.verdict for name, row in found.items()} == {
        "t1.small": "no room",  # 32 GiB hold no 60 GiB
        "t1.one": "fits",  # 60 GiB = 515,396,075,520 bits; at 10 Gbps 51.54 s, below 102 s
        "t1.four": "fits",  # at 12 Gbps 42.95 s
        "t1.wide": "fits",  # at 60 Gbps 8.59 s
    }
    four = found["t1.four"]
    assert four.prediction is not None
    assert four.packing is not None
    assert four.prediction.expected == pytest.approx(42.9496729600)
    # 320 GiB less the kept share hold five of 60 GiB (300 GiB), 64 vCPU eight; five on one line take five times as long
    assert (four.packing.tasks, four.packing.verdict) == (5, "outruns")
    assert four.packing.prediction.expected == pytest.approx(214.748364800)
    assert not four.fits_packed
    assert found["t1.one"].fits_packed
    assert found["t1.wide"].fits_packed  # 5 * 8.59 = 42.9 s


def test_as_many_tasks_as_batch_packs_are_judged_together() -> None:
    assert rows(asked(packed=True)) == {
        "t1.small": "no room",
        "t1.one": "fits",
        "t1.four": "outruns",
        "t1.wide": "fits",
    }


def test_a_host_that_does_not_hold_the_tasks_is_no_answer() -> None:
    found = {row.kind.name: row for row in plan(asked(tasks_per_host=2), CATALOGUE).rows}
    assert (found["t1.one"].verdict, found["t1.four"].verdict) == ("no room", "fits")
    assert found["t1.four"].prediction is not None
    assert found["t1.four"].prediction.expected == pytest.approx(85.8993459200)  # half of 12 Gbps each
    assert found["t1.one"].reason == "has 75.7 GiB for tasks, 2 tasks need 120.0 GiB"
    by_processors = {row.kind.name: row for row in plan(asked(vcpus=20), CATALOGUE).rows}
    assert (by_processors["t1.one"].verdict, by_processors["t1.one"].reason) == (
        "no room",
        "has 16 vCPUs, the task needs 20",
    )


def test_what_is_too_slow_says_what_it_needs_and_that_is_enough() -> None:
    (row,) = plan(asked(memory_bytes=64 * GIB, instances=("t1.slow",)), _with(kind("t1.slow", 16, 80, 4))).rows
    # 549,755,813,888 bits at 4 Gbps: 137.4 s; in 102 s they need 5.39 Gbps
    assert (row.verdict, row.reason) == ("outruns", "needs 5.4 Gbps")
    assert rows(asked(memory_bytes=64 * GIB), _with(kind("t1.quick", 16, 80, 5.4))) == {"t1.quick": "fits"}


def _with(one: InstanceType) -> InstanceCatalogue:
    return InstanceCatalogue({one.name: one}, "by hand", "2026-08-01")


def test_only_candidates_are_considered_cheapest_first() -> None:
    found = plan(asked(), shipped_instances())
    assert found.rows
    assert all(is_candidate(row.kind, "x86_64") for row in found.rows)
    assert list(found.rows) == sorted(found.rows, key=lambda row: cost_order(row.kind))
    arm = plan(asked(architecture="arm64"), shipped_instances())
    assert arm.rows
    assert all("arm64" in row.kind.architectures for row in arm.rows)


def test_a_named_type_is_judged_whatever_it_is() -> None:
    found = plan(asked(instances=("r6id.4xlarge", "m5.4xlarge")), shipped_instances())
    assert [row.kind.name for row in found.rows] == ["r6id.4xlarge", "m5.4xlarge"]
    assert any("m5.4xlarge would not be proposed" in said for said in answer(found, top=10).cautions)
    assert objections(found.rows[0].kind) == []


def test_a_type_without_a_baseline_is_unknown() -> None:
    found = plan(asked(instances=("t1.odd",)), _with(kind("t1.odd", 16, 80, None)))
    assert (found.rows[0].verdict, found.fits) == ("unknown", False)
    assert answer(found, top=10).snippets == ()


def test_a_plan_needs_memory_or_a_type() -> None:
    with pytest.raises(ValueError, match="neither"):
        plan(asked(memory_bytes=None), CATALOGUE)


def test_capacities_are_bound_by_the_window_or_by_the_host() -> None:
    row = plan(asked(memory_bytes=None, vcpus=1, instances=("t1.four",)), CATALOGUE).rows[0]
    assert [one.tasks for one in row.capacities] == [1, 2, 4, 8, 16, 32, 64]
    # 102 s * 12e9 / 8 = 153,000,000,000 bytes for one task, and its share for more
    assert [one.footprint_bytes for one in row.capacities[:2]] == pytest.approx([153e9, 76.5e9], rel=1e-9)
    assert {one.limit for one in row.capacities} == {"window"}
    (wide,) = plan(asked(memory_bytes=None, instances=("t1.wide",)), CATALOGUE).rows
    assert wide.capacities[0].footprint_bytes == registrable_mib(WIDE) * 2**20
    assert {one.limit for one in wide.capacities} == {"host memory"}
    assert [one.tasks for one in wide.capacities] == [1, 2, 4, 8]  # 64 vCPU, 8 each


def test_the_number_that_is_asked_for_is_the_one_that_is_answered() -> None:
    (row,) = plan(asked(memory_bytes=None, tasks_per_host=3, instances=("t1.four",)), CATALOGUE).rows
    assert [(one.tasks, row.tasks) for one in row.capacities] == [(3, 3)]
    (row,) = plan(asked(memory_bytes=None, packed=True, instances=("t1.four",)), CATALOGUE).rows
    assert [(one.tasks, row.tasks) for one in row.capacities] == [(8, 8)]


def test_what_holds_only_for_few_tasks_is_not_pasted() -> None:
    found = answer(plan(asked(), CATALOGUE), top=10)
    assert [row.kind.name for row in found.shown] == ["t1.one", "t1.four", "t1.wide"]
    assert [row.kind.name for row in found.pasted] == ["t1.one", "t1.wide"]
    (caution,) = found.cautions
    assert "5 on t1.four take 214.7 s (outruns)" in caution
    assert "33 vCPU or more" in caution  # 64 // 2 + 1: two such tasks are 66 vCPU
    assert "left out" in caution


def test_where_nothing_else_fits_the_snippet_says_how_it_holds() -> None:
    found = plan(asked(instances=("t1.four",)), CATALOGUE)
    said = answer(found, top=10)
    assert said.snippets[-1].text == (
        "// holds for 1 such task a host; one that asks for 33 cpus or more gets that\n"
        "process {\n    resourceLimits = [cpus: 64, memory: 60.GB]\n}"
    )
    assert tasks_that_fit(FOUR, Shape(33, 60 * GIB)) == 1


def test_a_limit_does_not_grow_past_sizes_that_outrun_together() -> None:
    # two of 60 GiB share 8 Gbps: 128.8 s; 62 GiB have no second beside them, and would fit, but 60 GiB stay allowed
    found = plan(asked(instances=("t1.two",)), _with(kind("t1.two", 16, 128, 8)))
    assert tasks_that_fit(found.rows[0].kind, Shape(8, 60 * GIB)) == 2
    assert tasks_that_fit(found.rows[0].kind, Shape(8, 62 * GIB)) == 1
    allowed = limits(found, found.rows)
    assert allowed is not None
    assert allowed.memory_text == "60.GB"


def test_the_limits_of_a_type_hold_for_its_full_host_or_say_so() -> None:
    careful = answer(plan(asked(memory_bytes=None, instances=("t1.four",)), CATALOGUE), top=10)
    assert "a full t1.four takes" in careful.cautions[0]
    assert careful.snippets[-1].text.startswith("// holds for 1 such task a host")
    easy = answer(plan(asked(memory_bytes=None, instances=("t1.wide",)), CATALOGUE), top=10)
    assert easy.cautions == ()
    assert easy.snippets[-1].text.startswith("process {")


def test_limits_that_no_task_could_have_are_not_pasted() -> None:
    slow = asked(memory_bytes=None, efficiency=Span(1e-9, 1e-9, 1e-9, "by hand"), instances=("t1.four",))
    assert answer(plan(slow, CATALOGUE), top=10).snippets == ()


def test_nothing_fits_is_said_with_what_comes_nearest() -> None:
    found = plan(asked(memory_bytes=300 * GIB), InstanceCatalogue({FOUR.name: FOUR, SMALL.name: SMALL}, "x", "y"))
    said = answer(found, top=10)
    assert (found.fits, said.snippets) == (False, ())
    assert [row.kind.name for row in said.shown] == ["t1.four"]
    assert "none of 2 types" in said.summary
    assert "142.4 GiB" in said.summary  # 153e9 bytes are 142.492 GiB
    assert [row.kind.name for row in answer(found, top=10, everything=True).shown] == ["t1.small", "t1.four"]
    none = answer(plan(asked(vcpus=2000), CATALOGUE), top=10)
    assert "none has room for it" in none.summary
    assert none.shown == ()


def test_the_vendor_table_is_contradicted_once_for_a_listed_type() -> None:
    said = answer(plan(asked(instances=("m6id.4xlarge", "m6id.4xlarge")), shipped_instances()), top=10)
    (contradiction,) = [one for one in said.cautions if "m6id.4xlarge" in one and "AWS's own" in one]
    assert "12.5 Gbps" in contradiction
    assert "6.25 Gbps" in contradiction


def test_assumptions_name_their_sources() -> None:
    said = " ".join(answer(plan(Request(Window(), memory_bytes=GIB), CATALOGUE), top=1).assumptions)
    for word in ("0.63", "prior", "120 s", "15%", "102 s", "resident", "1 such task", "sustained", "by hand"):
        assert word in said
    incremental = answer(plan(asked(dirty_share=0.3), CATALOGUE), top=1).assumptions
    assert any("30%" in one and "first pre-dump" in one for one in incremental)


def test_words_become_a_request_with_their_sources() -> None:
    request = request_of(Words("60GB", "16", "packed", window="2m", margin="10%", efficiency="50%"), CATALOGUE)
    assert (request.memory_bytes, request.vcpus, request.packed) == (60 * GIB, 16, True)
    assert (request.window.seconds, request.window.margin_share) == (120, 0.1)
    assert request.sources["window_seconds"] == "--window 2m"
    assert "dirty_share" not in request.sources
    assert request.efficiency.expected == 0.5
    assert request.efficiency.low / 0.5 == pytest.approx(PRIOR_EFFICIENCY.low / PRIOR_EFFICIENCY.expected)


def test_no_efficiency_is_above_the_line() -> None:
    assert efficiency_of(None) is PRIOR_EFFICIENCY
    assert efficiency_of("100%").high == 1.0


def test_the_architecture_is_that_of_the_named_type() -> None:
    words = Words(instances=("r6gd.4xlarge",))
    assert request_of(words, shipped_instances()).architecture == "arm64"
    assert request_of(replace(words, instances=("r6id.4xlarge",)), shipped_instances()).architecture == "x86_64"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words(), "--memory or --instance is missing"),
        (Words(cpus="4"), "--memory or --instance is missing"),
        (Words(instances=("r6id.4xlage",)), "did you mean r6id.4xlarge"),
        (Words(instances=("r6ib",)), "did you mean r6"),
        (Words("60GB", tasks="0"), "--tasks"),
        (Words(instances=("r6id.large",), tasks="100"), "--tasks: how many hosts"),
        (Words(instances=("",)), "write one such as r6id.4xlarge"),
        (Words(instances=("x" * 5000,)), "write one such as r6id.4xlarge"),
        (Words(instances=tuple(f"a.b{n}" for n in range(101))), "too many"),
        (Words("60GB", arch="arm"), "--arch"),
        (Words("60GB", arch="arm64", dirty_share="30%"), "--dirty-share"),
        (Words(instances=("r6gd.large",), dirty_share="30%"), "--dirty-share"),
        (Words(instances=("r6gd.large",), arch="x86_64"), "r6gd.large is arm64"),
        (Words(instances=("r6id.large",), tasks_per_host="packed"), "--tasks-per-host"),
    ],
)
def test_words_that_make_no_request_are_refused_in_a_sentence(words: Words, said: str) -> None:
    with pytest.raises(QuantityError) as refused:
        request_of(words, shipped_instances())
    assert said in str(refused.value)
    assert str(refused.value).startswith("--")
    assert len(str(refused.value)) < 250


REQUESTS = st.builds(
    Request,
    st.builds(Window, st.floats(20, 300), st.floats(0, 0.5)),
    st.just(PRIOR_EFFICIENCY),
    st.integers(1, 2000).map(lambda gib: gib * GIB),
    st.integers(1, 96),
    st.sampled_from(["x86_64", "arm64"]),
    st.one_of(st.none(), st.integers(1, 4)),
    st.booleans(),
)


@settings(max_examples=25)
@given(REQUESTS)
def test_nothing_that_is_pasted_is_refuted_by_the_model(request: Request) -> None:
    found = plan(request, shipped_instances())
    pasted = pasted_rows(found, found.shown(10, False), 10)
    allowed = limits(found, pasted)
    assert bool(pasted) == bool(found.fitting) == (allowed is not None)
    if allowed is None or request.memory_bytes is None:
        return
    assert allowed.memory_bytes >= request.memory_bytes
    for row in pasted:
        assert row.kind.vcpus >= request.vcpus * row.tasks
        for memory in (request.memory_bytes, allowed.memory_bytes):
            _holds(found, row.kind, memory, row.tasks, alone=bool(crowded(found, pasted)))
    assert bool(snippets(found, pasted)) == bool(pasted)


def _holds(found: Plan, one: InstanceType, memory: int, tasks: int, *, alone: bool) -> None:
    room = tasks_that_fit(one, Shape(found.request.vcpus, memory))
    together = tasks if alone else room
    assert 1 <= together <= room
    assert judged(one, memory, together, found.request)[1] == "fits"


@settings(max_examples=25)
@given(REQUESTS)
def test_who_asks_for_what_is_said_keeps_the_host_apart(request: Request) -> None:
    found = plan(request, shipped_instances())
    unsafe = crowded(found, found.fitting)
    vcpus = vcpus_that_keep_apart(unsafe)
    if request.memory_bytes is None or vcpus is None:
        return
    for row in unsafe:
        assert tasks_that_fit(row.kind, Shape(vcpus, request.memory_bytes)) == row.tasks


@settings(max_examples=25)
@given(REQUESTS, st.integers(1, 5))
def test_more_memory_never_fits_more_types(request: Request, times: int) -> None:
    assert request.memory_bytes is not None
    alone = replace(request, packed=False)
    larger = replace(alone, memory_bytes=request.memory_bytes * times)
    names = [{row.kind.name for row in plan(one, shipped_instances()).fitting} for one in (larger, alone)]
    assert names[0] <= names[1]


def test_a_list_to_paste_has_processors_of_one_generation() -> None:
    found = plan(Request(Window(), PRIOR_EFFICIENCY, 60 * GIB, 16), shipped_instances())
    shown = found.shown(10, False)
    assert len({processor_of(row.kind) for row in shown}) > 1
    pasted = pasted_rows(found, shown, 10)
    assert {processor_of(row.kind) for row in pasted} == {"Intel 6"}
    assert len(pasted) >= 5
