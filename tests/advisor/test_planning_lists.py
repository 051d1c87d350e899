"""What is pasted after planning: types whose processors are alike, hosts enough, and commands that AWS Batch takes."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from botocore.model import StructureShape
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.advisor.environment import compute_resources
from analyzer.advisor.instance_catalogue import InstanceCatalogue, shipped_instances
from analyzer.advisor.placement import Shape, tasks_that_fit
from analyzer.advisor.planning import Plan, Request, plan
from analyzer.advisor.planning_answer import Answer, answer
from analyzer.advisor.planning_choice import choice_sentence, choices, pasted_rows, processors_text
from analyzer.advisor.planning_hosts import hosts_needed, max_vcpus, vcpus_needed
from analyzer.advisor.planning_request import Words, request_of
from analyzer.advisor.planning_snippets import snippets
from analyzer.advisor.processors import processor_of
from analyzer.advisor.window import Window
from analyzer.checks.record import checks

GIB = 2**30


def found(**more: Any) -> Plan:
    return plan(replace(Request(Window(), memory_bytes=60 * GIB, vcpus=16), **more), shipped_instances())


def told(*names: str, **more: Any) -> Answer:
    return answer(found(instances=names, **more), top=None)


REQUESTS = st.builds(
    Request,
    st.builds(Window, st.floats(20, 300), st.floats(0, 0.5)),
    memory_bytes=st.one_of(st.none(), st.integers(1, 1500).map(lambda gib: gib * GIB)),
    vcpus=st.integers(1, 64),
    tasks_per_host=st.one_of(st.none(), st.integers(1, 4)),
    tasks_at_once=st.one_of(st.none(), st.integers(1, 10_000)),
    instances=st.lists(st.sampled_from(sorted(shipped_instances().types)), min_size=1, max_size=12, unique=True).map(
        tuple
    ),
)
NAMED_OR_NOT = st.one_of(
    REQUESTS, REQUESTS.filter(lambda one: one.memory_bytes is not None).map(lambda one: replace(one, instances=()))
)


@settings(max_examples=40)
@given(NAMED_OR_NOT, st.one_of(st.none(), st.integers(1, 30)), st.booleans())
def test_whatever_is_pasted_has_processors_alike(request: Request, top: int | None, everything: bool) -> None:
    made = plan(request, shipped_instances())
    said = answer(made, top=top, everything=everything)
    assert len({processor_of(row.kind) for row in said.pasted}) <= 1
    assert bool(said.pasted) == bool(choices(made))
    assert top is None or (len(said.pasted) <= top and len(said.shown) <= top)
    assert {row.kind.name for row in said.pasted} <= {row.kind.name for one in choices(made) for row in one.rows}


def test_a_type_whose_maker_nobody_names_is_pasted_alone() -> None:
    odd = [replace(shipped_instances().types[name], processor=None) for name in ("m6idn.4xlarge", "m5dn.4xlarge")]
    made = plan(found().request, InstanceCatalogue({one.name: one for one in odd}, "mine", ""))
    pasted = pasted_rows(made, made.rows, 10)
    assert len(made.fitting) == 2
    assert len(pasted) == 1
    assert "not named" in choice_sentence(made, pasted)


def test_the_choice_is_said_with_the_cheapest_and_the_widest_list() -> None:
    made = found()
    pasted = pasted_rows(made, made.shown(10, everything=False), 10)
    said = choice_sentence(made, pasted)
    lists = choices(made)
    widest = max(lists, key=lambda one: len(one.rows))
    assert lists[0].rows[0] == made.fitting[0]
    assert "5 types of one processor generation (Intel 6)" in said
    assert f"begins with {lists[0].rows[0].kind.name} ({lists[0].processors})" in said
    assert f"the widest has {len(widest.rows)} types ({widest.processors})" in said
    assert "FS219" in said


def test_a_list_of_another_generation_can_be_had_by_its_families() -> None:
    request = request_of(Words("60GB", "16", instances=("m5dn", "R5DN")), shipped_instances())
    said = answer(plan(request, shipped_instances()), top=None)
    assert {processors_text(row) for row in said.pasted} == {"Intel 5"}
    assert {row.kind.family for row in said.pasted} == {"m5dn", "r5dn"}
    assert said.plan.fits


def test_named_types_that_differ_are_not_pasted_together() -> None:
    said = told("c5ad.8xlarge", "m6idn.4xlarge", "r6idn.4xlarge")
    assert [row.kind.name for row in said.pasted] == ["m6idn.4xlarge", "r6idn.4xlarge"]


def test_what_would_not_be_proposed_is_pasted_only_where_nothing_else_was_named() -> None:
    both = request_of(Words("60GB", "16", instances=("r6idn",)), shipped_instances())
    pasted = answer(plan(both, shipped_instances()), top=None).pasted
    assert pasted
    assert not any(row.kind.bare_metal for row in pasted)
    assert [row.kind.name for row in told("r6idn.metal").pasted] == ["r6idn.metal"]


@pytest.mark.parametrize(("memory", "fits"), [(60 * GIB, True), (10_000 * GIB, False)])
def test_of_a_family_one_type_that_fits_is_enough(memory: int, fits: bool) -> None:
    request = request_of(Words("60GB", "16", instances=("r6idn",)), shipped_instances())
    made = plan(replace(request, memory_bytes=memory), shipped_instances())
    assert any(row.verdict == "no room" for row in made.rows)
    assert made.fits is fits


def test_hosts_by_hand() -> None:
    made = found(tasks_at_once=100, instances=("m6idn.4xlarge", "m6idn.8xlarge"))
    one, two = made.rows
    assert (hosts_needed(made, one), vcpus_needed(made, one)) == (100, 1600)
    # 32 vCPU and 128 GiB less what the host keeps hold one task of 60 GiB and a second: 120 of 121.3 GiB
    assert (hosts_needed(made, two), vcpus_needed(made, two)) == (50, 1600)
    assert max_vcpus(made, made.rows) == 1600
    said = " ".join(answer(made, top=None).advice)
    assert "100 such tasks at once need 50 hosts of m6idn.8xlarge, or up to 100 of m6idn.4xlarge" in said
    assert "maxvCpus is 1600" in said


def test_nobody_said_how_many_tasks() -> None:
    made = found()
    assert hosts_needed(made, made.fitting[0]) is None
    assert max_vcpus(made, made.fitting) is None


@settings(max_examples=30)
@given(NAMED_OR_NOT)
def test_the_hosts_hold_all_the_tasks(request: Request) -> None:
    made = plan(request, shipped_instances())
    pasted = answer(made, top=None).pasted
    most = max_vcpus(made, pasted)
    assert (most is not None) == bool(request.tasks_at_once and request.memory_bytes and pasted)
    for row in pasted:
        hosts = hosts_needed(made, row)
        if hosts is None or most is None or request.memory_bytes is None or request.tasks_at_once is None:
            continue
        assert hosts * row.kind.vcpus <= most
        room = tasks_that_fit(row.kind, Shape(request.vcpus, request.memory_bytes))
        assert hosts * room >= request.tasks_at_once


def _commands(made: Plan) -> dict[str, list[str]]:
    pasted = answer(made, top=None).pasted
    bash = [one.text for one in snippets(made, pasted) if one.language == "bash"]
    return {(words := shlex.split(text, comments=True))[2]: words for text in bash}


def test_the_new_environment_is_one_that_batch_takes() -> None:
    made = found(tasks_at_once=100)
    words = _commands(made)["create-compute-environment"]
    assert words[:4] == ["aws", "batch", "create-compute-environment", "--cli-input-json"]
    document = json.loads(words[4])
    shape = Session().get_service_model("batch").shape_for("CreateComputeEnvironmentRequest")
    assert not ParamValidator().validate(document, shape).has_errors()
    resources = document["computeResources"]
    assert (document["type"], resources["type"]) == ("MANAGED", "SPOT")
    assert resources["allocationStrategy"] == "SPOT_PRICE_CAPACITY_OPTIMIZED"
    assert resources["ec2Configuration"] == [{"imageType": "ECS_AL2023"}]
    pasted = answer(made, top=None).pasted
    assert resources["instanceTypes"] == [row.kind.name for row in pasted]
    assert resources["maxvCpus"] == max_vcpus(made, pasted)
    assert {resources["subnets"][0], resources["securityGroupIds"][0], resources["instanceRole"]} == {
        "YOUR-SUBNET",
        "YOUR-SECURITY-GROUP",
        "YOUR-INSTANCE-PROFILE",
    }


def test_the_update_says_what_it_replaces_and_how_jobs_end() -> None:
    made = found()
    (update,) = (one.text for one in snippets(made, made.fitting[:1]) if "update-compute-environment" in one.text)
    for word in ("whole list", "hosts", "other types", "30 minutes", "terminateJobsOnUpdate"):
        assert word in update
    model = Session().get_service_model("batch").shape_for("UpdatePolicy")
    assert isinstance(model, StructureShape)
    assert "default value is 30" in model.members["jobExecutionTimeoutMinutes"].documentation
    assert "false" in model.members["terminateJobsOnUpdate"].documentation
    assert model.members["jobExecutionTimeoutMinutes"].metadata["max"] == 7200
    words = _commands(made)["update-compute-environment"]
    assert words[-1].startswith("instanceTypes=")


def test_the_check_of_the_environments_kind_proposes_the_same() -> None:
    (fix,) = checks()["FS801"].fixes.values()
    names = ["m6idn.4xlarge"]
    written = re.sub(r'(?<="instanceTypes": ).*(?=,\n)', json.dumps(names), fix.snippet or "")
    assert json.loads(written) == compute_resources(names)
