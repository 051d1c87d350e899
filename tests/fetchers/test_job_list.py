from __future__ import annotations

from typing import Any

import pytest

from analyzer.fetchers import job_list
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.errors import FetchError
from analyzer.fetchers.job_list import Wanted, queue_jobs, run_jobs
from analyzer.fetchers.options import FetchOptions
from analyzer.fetchers.queue_names import Queue, listing_error, resolve_queues
from tests.batch_lists import BatchLists, NoQueueError
from tests.fetchers.endpoint import DENIED, Answer, Endpoint, Refusal

HOUR = 3_600_000
NOON = 1_795_003_200_000
PERIOD = Wanted(since=NOON, until=NOON + 24 * HOUR)


def job(name: str, ended: int | None, **members: Any) -> dict[str, Any]:
    told = {"stoppedAt": ended} if ended is not None else {}
    return {
        "jobId": name,
        "jobName": f"tw-3yF0-{name}",
        "jobQueue": "work",
        "status": "FAILED",
        "createdAt": NOON - HOUR,
        **told,
        **members,
    }


def serve(aws: Endpoint, *jobs: dict[str, Any], page: int = 1_000, queues: tuple[str, ...] = ("work",)) -> BatchLists:
    lists = BatchLists(jobs, queues, page)

    def list_jobs(asked: dict[str, Any]) -> Answer:
        try:
            return lists.list_jobs(asked)
        except NoQueueError as error:
            return Refusal("ClientException", str(error))

    aws.answers |= {"ListJobs": list_jobs, "DescribeJobQueues": lists.describe_queues}
    return lists


def clients() -> Clients:
    return Clients(FetchOptions())


def listed(wanted: Wanted = PERIOD, queue: str = "work") -> list[str]:
    return [one.id for one in queue_jobs(clients().get("batch", None), queue, wanted)]


def test_a_queue_is_listed_by_status_page_by_page(aws: Endpoint) -> None:
    jobs = [job(f"j-{n}", NOON + n) for n in range(7)] + [job("good", NOON, status="SUCCEEDED")]
    lists = serve(aws, *jobs, page=3)
    assert sorted(listed()) == ["good", *(f"j-{n}" for n in range(7))]
    assert [asked["jobStatus"] for asked in lists.asked] == ["FAILED", "FAILED", "FAILED", "SUCCEEDED", "PENDING"]
    assert {asked["maxResults"] for asked in lists.asked} == {1000}


@pytest.mark.parametrize(
    ("ended", "inside"), [(NOON - 1, False), (NOON, True), (NOON + 24 * HOUR - 1, True), (NOON + 24 * HOUR, False)]
)
def test_the_period_holds_its_beginning_and_not_its_end(aws: Endpoint, ended: int, inside: bool) -> None:
    serve(aws, job("one", ended))
    assert bool(listed()) is inside


def test_a_job_that_never_ran_counts_by_when_it_was_made(aws: Endpoint) -> None:
    serve(aws, job("before", None, createdAt=NOON - 1), job("in", None, createdAt=NOON), job("x", None, createdAt=None))
    assert listed() == ["in", "x"], "one without any time is looked at"


def test_other_states_are_listed_where_they_are_asked_for(aws: Endpoint) -> None:
    serve(aws, job("waits", None, status="RUNNABLE", createdAt=NOON), job("bad", NOON))
    assert listed(Wanted(("RUNNABLE",), NOON, None)) == ["waits"]


def children(parent: str, *statuses: str) -> list[dict[str, Any]]:
    return [
        job(f"{parent}:{n}", NOON, status=status, arrayProperties={"index": n}) for n, status in enumerate(statuses)
    ]


def test_an_array_is_its_children_even_while_it_goes_on(aws: Endpoint) -> None:
    parent = job("array", None, status="PENDING", arrayProperties={"size": 3})
    lists = serve(aws, parent, *children("array", "FAILED", "RUNNING", "SUCCEEDED"))
    assert listed() == ["array:0", "array:2"]
    assert sum("arrayJobId" in asked for asked in lists.asked) == 2


def test_an_array_is_not_opened_where_no_child_can_matter(aws: Endpoint) -> None:
    counted = {"size": 2, "statusSummary": {"RUNNING": 2, "FAILED": 0}}
    lists = serve(
        aws,
        job("running", None, status="PENDING", arrayProperties=counted),
        job("long ago", NOON - 1, arrayProperties={"size": 2}),
        job("later", NOON + 48 * HOUR, createdAt=NOON + 25 * HOUR, arrayProperties={"size": 2}),
        *children("running", "RUNNING", "RUNNING"),
    )
    assert listed() == []
    assert not any("arrayJobId" in asked for asked in lists.asked)


def test_only_the_states_that_batch_counted_are_asked_for(aws: Endpoint) -> None:
    counted = {"size": 2, "statusSummary": {"SUCCEEDED": 1, "FAILED": 1}}
    lists = serve(aws, job("a", NOON, arrayProperties=counted), *children("a", "FAILED", "SUCCEEDED"))
    assert listed(Wanted(("FAILED",), NOON, None)) == ["a:0"]
    assert [asked["jobStatus"] for asked in lists.asked if "arrayJobId" in asked] == ["FAILED"]


def test_a_run_is_listed_by_its_name_whatever_the_state(aws: Endpoint) -> None:
    jobs = [job(f"j-{n}", NOON + n, createdAt=n) for n in range(150)]
    others = [job("other", NOON, jobName="tw-9999-x"), job("case", NOON, jobName="TW-3YF0-x")]
    lists = serve(aws, *jobs, *others, job("runs", None, status="RUNNING"))
    found = [one.id for one in run_jobs(clients().get("batch", None), "work", "3yF0", PERIOD)]
    assert sorted(found) == sorted(f"j-{n}" for n in range(150))
    assert [asked["filters"] for asked in lists.asked] == [[{"name": "JOB_NAME", "values": ["tw-3yF0-*"]}]] * 2


def test_a_job_that_moves_over_the_edge_of_a_page_is_listed_once(aws: Endpoint) -> None:
    pages = {None: (["a", "b"], "1"), "1": (["b", "c"], None)}

    def answer(asked: dict[str, Any]) -> Answer:
        ids, token = pages[asked.get("nextToken")] if asked["jobStatus"] == "FAILED" else ([], None)
        return {"jobSummaryList": [job(name, NOON) for name in ids], **({"nextToken": token} if token else {})}

    aws.answers["ListJobs"] = answer
    assert listed() == ["a", "b", "c"]


@pytest.mark.parametrize("fresh", [False, True])
def test_lists_that_never_end_are_ended(aws: Endpoint, monkeypatch: pytest.MonkeyPatch, fresh: bool) -> None:
    monkeypatch.setattr(job_list, "MAX_EMPTY_PAGES", 5)

    def answer(_: dict[str, Any]) -> Answer:
        return {"jobSummaryList": [job("one", NOON)], "nextToken": f"t{len(aws.calls) if fresh else 0}"}

    aws.answers["ListJobs"] = answer
    assert set(listed()) == {"one"}
    assert len(aws.calls) <= 3 * 7


def test_hostile_answers_are_no_jobs(aws: Endpoint) -> None:
    aws.answers["ListJobs"] = {"jobSummaryList": [{"jobId": None}, {"jobId": "  "}, {}], "nextToken": ""}
    assert listed() == []


def queues(*given: str) -> list[str]:
    return [queue.name for queue in resolve_queues(clients(), given, "eu-west-1")]


def test_patterns_are_resolved_over_all_pages_and_names_cost_no_call(aws: Endpoint) -> None:
    serve(aws, queues=("TowerForge-1-work", "TowerForge-2-work", "TowerForge-1-head", "other", "Other"))
    assert queues("other", "mine") == ["other", "mine"]
    assert aws.calls == []
    assert queues("TowerForge-*-work", "TowerForge-1-????", "other") == [
        "TowerForge-1-work",
        "TowerForge-2-work",
        "TowerForge-1-head",
        "other",
    ]
    assert aws.operations() == ["DescribeJobQueues"] * 3, "the pages, once for both patterns"


def test_an_arn_names_its_region() -> None:
    (queue,) = resolve_queues(clients(), ["arn:aws:batch:us-east-2:123456789012:job-queue/a"], "eu-west-1")
    assert queue == Queue("a", "us-east-2")


@pytest.mark.parametrize("given", ["arn:aws:batch:eu-west-1:1:job/a", "arn:aws:sqs:eu-west-1:1:a", "arn:x", " "])
def test_what_is_no_queue_is_said_so(given: str) -> None:
    with pytest.raises(FetchError, match=r"job queue|--queue is empty"):
        resolve_queues(clients(), [given], None)


def test_a_pattern_that_nothing_fits_names_what_there_is(aws: Endpoint) -> None:
    serve(aws, queues=("b", "a"))
    with pytest.raises(FetchError, match=r"^No job queue in eu-west-1 fits x\*: there are a, b\.$"):
        queues("x*")
    serve(aws, queues=())
    with pytest.raises(FetchError, match="there is no job queue at all"):
        queues("x*")


def unknown(aws: Endpoint, name: str, *there: str) -> str:
    serve(aws, queues=there)
    with pytest.raises(Exception, match="JobQueue not found") as refused:
        listed(queue=name)
    return str(listing_error(clients(), Queue(name, "eu-west-1"), refused.value))


def test_an_unknown_queue_is_told_with_those_that_look_alike(aws: Endpoint) -> None:
    assert unknown(aws, "towerforge-1-wrok", "TowerForge-1-work", "zzz") == (
        "There is no job queue towerforge-1-wrok in eu-west-1: did you mean TowerForge-1-work?"
    )
    assert unknown(aws, "xyz", "aaa") == "There is no job queue xyz in eu-west-1: there is aaa."


def test_no_permission_is_one_sentence(aws: Endpoint) -> None:
    aws.answers["ListJobs"] = DENIED
    with pytest.raises(Exception, match="AccessDenied") as refused:
        listed()
    assert str(listing_error(clients(), Queue("work", "eu-west-1"), refused.value)) == (
        "Could not list the jobs of queue work: AccessDenied on batch:ListJobs; allow batch:ListJobs for this role."
    )
    assert "DescribeJobQueues" not in aws.operations()
