"""Batch over the account: lists in pages, descriptions, queues and environments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.loopback.fleet.account import QUEUES, REGION, Job
from tests.loopback.fleet.clock import Moment
from tests.loopback.fleet.template import BASE, environment_texts
from tests.loopback.fleet.template import REGION as FORMER_REGION
from tests.loopback.wire import Answer, Call, json_answer
from tests.loopback.world import DESCRIBE_LIMIT, RefusedError

Document = dict[str, Any]
PAGE, FILTERED_PAGE = 1_000, 100
_JSON = {"content-type": "application/json"}


def queue_document(queue: int) -> Document:
    return _filled(environment_texts()[0], queue)


def environment_document(queue: int) -> Document:
    return _filled(environment_texts()[1], queue)


def _filled(text: str, queue: int) -> Document:
    document: Document = json.loads(text.replace(BASE, QUEUES[queue]).replace(FORMER_REGION, REGION))
    return document


class Batch:
    """Answers from a moment of the account; `empty` are queues without jobs, beside the account's six."""

    def __init__(self, moment: Moment, empty: tuple[str, ...] = ()) -> None:
        self.moment, self.empty = moment, empty
        documents = [queue_document(number) for number in range(len(QUEUES))]
        self.numbers = {str(document["jobQueueName"]): n for n, document in enumerate(documents)}
        self.queues = [*documents, *(self._without_jobs(documents[0], name) for name in empty)]
        self.environments = [environment_document(number) for number in range(len(QUEUES))]

    def handlers(self) -> Mapping[str, Callable[[Call], Answer]]:
        return {
            "ListJobs": self._list_jobs,
            "DescribeJobs": self._describe_jobs,
            "DescribeJobQueues": lambda call: self._described(call, "jobQueues", "jobQueue", self.queues),
            "DescribeComputeEnvironments": lambda call: self._described(
                call, "computeEnvironments", "computeEnvironment", self.environments
            ),
        }

    @staticmethod
    def _without_jobs(like: Document, name: str) -> Document:
        document: Document = json.loads(json.dumps(like).replace(str(like["jobQueueName"]), name))
        return document

    def _list_jobs(self, call: Call) -> Answer:
        asked = call.parameters
        if sum(name in asked for name in ("jobQueue", "arrayJobId", "multiNodeJobId")) != 1:
            raise RefusedError("ClientException", "Exactly one of jobQueue, arrayJobId and multiNodeJobId is wanted.")
        filters = asked.get("filters") or []
        if len(filters) > 1:
            raise RefusedError("ClientException", "Only one filter is allowed.")
        jobs = self._jobs(asked)
        wanted = _filter(filters[0]) if filters else self._in_status(str(asked.get("jobStatus", "RUNNING")))
        most = FILTERED_PAGE if filters else PAGE
        size = min(int(asked.get("maxResults", most)), most)
        found: list[str] = []
        position = int(asked.get("nextToken", "0"))
        while position < len(jobs) and len(found) < size:
            job, position = jobs[position], position + 1
            if wanted(job) and (summary := self.moment.summary(job)) is not None:
                found.append(summary)
        # the token says where to look on: a last page may be empty, as Batch's may
        token = f',"nextToken":"{position}"' if position < len(jobs) else ""
        return Answer(200, f'{{"jobSummaryList":[{",".join(found)}]{token}}}'.encode(), _JSON)

    def _jobs(self, asked: Mapping[str, Any]) -> tuple[Job, ...]:
        account = self.moment.account
        if "arrayJobId" in asked:
            parent = account.find(str(asked["arrayJobId"]))
            return tuple(account.children(parent)) if parent else ()
        name = str(asked.get("jobQueue", "")).rsplit("/", 1)[-1]
        if name in self.empty:
            return ()
        if name not in self.numbers:
            raise RefusedError("ClientException", f"JobQueue {name} not found.", 400)
        return account.by_queue[self.numbers[name]]

    def _in_status(self, status: str) -> Callable[[Job], bool]:
        return lambda job: self.moment.status(job) == status

    def _describe_jobs(self, call: Call) -> Answer:
        ids = call.parameters["jobs"]
        if len(ids) > DESCRIBE_LIMIT:
            raise RefusedError("ClientException", f"No more than {DESCRIBE_LIMIT} jobs can be described at once.")
        return Answer(200, f'{{"jobs":[{",".join(self._descriptions(ids))}]}}'.encode(), _JSON)

    def _descriptions(self, ids: list[str]) -> Iterator[str]:
        for name in ids:
            job = self.moment.account.find(name.rsplit("job/", 1)[-1])
            if job is not None and job.id == name.rsplit("job/", 1)[-1]:
                described = self.moment.description(job)
                if described is not None:
                    yield described

    @staticmethod
    def _described(call: Call, member: str, kind: str, documents: list[Document]) -> Answer:
        names = call.parameters.get(member)
        found = [d for d in documents if not names or d[f"{kind}Name"] in names or d[f"{kind}Arn"] in names]
        first, most = int(call.parameters.get("nextToken", "0")), int(call.parameters.get("maxResults", 100))
        rest = {"nextToken": str(first + most)} if first + most < len(found) else {}
        return json_answer(call, {member: found[first : first + most], **rest})


def _filter(told: Mapping[str, Any]) -> Callable[[Job], bool]:
    """One of ListJobs' filters; the names of jobs are compared without regard to case."""
    name, value = told["name"], str(told["values"][0])
    if name in ("AFTER_CREATED_AT", "BEFORE_CREATED_AT"):
        after = name == "AFTER_CREATED_AT"
        return lambda job: job.created > int(value) if after else job.created < int(value)
    if name != "JOB_NAME":
        raise RefusedError("ClientException", f"{name} is no filter here.")
    pattern = value.casefold()

    def named(job: Job) -> bool:
        own = str(json.loads(job.filled("summary"))["jobName"]).casefold()
        return own.startswith(pattern[:-1]) if pattern.endswith("*") else own == pattern

    return named
