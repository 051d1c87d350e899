"""What AWS knows: the documents of the scenarios that are being served, and the services' answers from them.

Batch and CloudTrail are recorded documents because moto makes up what matters there (no exit codes, no reasons, no
LookupEvents); ECS and EC2 too, because moto keeps no state reasons, no task attributes and nothing of what is gone.
Images, because moto's have no architecture and no dates; public parameters, because moto's are no JSON. What a network
and a launch template are is moto's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.batch_lists import BatchLists, NoQueueError
from tests.loopback.insights import InsightsQueries
from tests.loopback.log_streams import LogStreams, NotFoundError
from tests.loopback.market import Market
from tests.loopback.wire import Answer, Call, ec2_answer, error_answer, json_answer

if TYPE_CHECKING:
    from tests.loopback.scenario import Scenario

Document = dict[str, Any]
DESCRIBE_LIMIT = 100
LOOKUP_PAGE = 50


class RefusedError(Exception):
    """A call that the real service would refuse."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


class World:
    """All that the loopback serves, except objects, which are in moto's S3."""

    def __init__(self, scenarios: Iterable[Scenario] = ()) -> None:
        self.jobs: dict[str, Document] = {}
        self.queues: dict[str, Document] = {}
        self.environments: dict[str, Document] = {}
        self.container_instances: dict[str, Document] = {}
        self.instances: dict[str, Document] = {}
        self.tasks: dict[str, Document] = {}
        self.parameters: dict[str, str] = {}
        self.images: dict[str, Document] = {}
        self.trail: list[Document] = []
        self.logs = LogStreams()
        self.insights = InsightsQueries(self.logs)
        self.market = Market()
        for scenario in scenarios:
            self.add(scenario)

    def add(self, scenario: Scenario) -> None:
        job = scenario.document("job")
        for document in (job, scenario.document("array_parent")):
            if document:
                self.jobs[document["jobId"]] = document
        if queue := scenario.document("job_queue"):
            self.queues[queue["jobQueueArn"]] = queue
        for environment in scenario.documents("compute_environments"):
            self.environments[environment["computeEnvironmentArn"]] = environment
        for instance in scenario.documents("container_instances"):
            self.container_instances[instance["containerInstanceArn"]] = instance
        self.instances.update({i["InstanceId"]: i for i in scenario.documents("instances")})
        self.trail.extend(scenario.documents("cloudtrail"))
        if job:
            self._add_attempts(scenario, job)

    def _add_attempts(self, scenario: Scenario, job: Document) -> None:
        ended = job.get("attempts", [])
        for number, attempt in enumerate([*ended, job][: len(ended) + 1], 1):
            task, containers = _containers(attempt)
            if task.get("taskArn"):
                self.tasks[task["taskArn"]] = {
                    "taskArn": task["taskArn"],
                    "containerInstanceArn": task.get("containerInstanceArn"),
                    "lastStatus": "STOPPED",
                }
            streams = [c["logStreamName"] for c in containers if c.get("logStreamName")]
            events = scenario.events(number)
            if streams and events:
                main = next((s for s in streams if "/default/" in s), streams[0])
                self.logs.add(_log_group(job), main, events)

    def answer(self, call: Call) -> Answer | None:
        """The service's answer; None for a call that this world does not know."""
        handler = self._handlers().get((call.service, call.operation))
        if handler is None:
            return None
        try:
            return handler(call)
        except RefusedError as refusal:
            return error_answer(call, refusal.status, refusal.code, str(refusal))
        except NotFoundError as missing:
            return error_answer(call, 400, "ResourceNotFoundException", str(missing))

    def _handlers(self) -> Mapping[tuple[str, str], Callable[[Call], Answer]]:
        return {
            ("batch", "DescribeJobs"): self._describe_jobs,
            ("batch", "ListJobs"): self._list_jobs,
            ("batch", "DescribeJobQueues"): self._describe_queues,
            ("batch", "DescribeComputeEnvironments"): self._describe_environments,
            ("ecs", "DescribeContainerInstances"): self._describe_container_instances,
            ("ecs", "DescribeTasks"): self._describe_tasks,
            ("ecs", "ListContainerInstances"): self._list_container_instances,
            ("ssm", "GetParameter"): self._get_parameter,
            ("ec2", "DescribeInstances"): self._describe_instances,
            ("ec2", "DescribeImages"): self._describe_images,
            ("cloudtrail", "LookupEvents"): self._lookup_events,
            ("logs", "GetLogEvents"): lambda call: json_answer(call, self.logs.get_log_events(call.parameters)),
            ("logs", "StartQuery"): self._start_query,
            ("logs", "GetQueryResults"): lambda call: json_answer(call, self.insights.results(call.parameters)),
            ("logs", "StopQuery"): lambda call: json_answer(call, self.insights.stop(call.parameters)),
            **self.market.handlers(),
        }

    def _start_query(self, call: Call) -> Answer:
        try:
            started = self.insights.start(call.parameters)
        except ValueError as error:
            raise RefusedError("MalformedQueryException", str(error)) from error
        if started is None:
            raise RefusedError("LimitExceededException", "Account maximum query concurrency limit of [100] reached.")
        return json_answer(call, started)

    def _describe_jobs(self, call: Call) -> Answer:
        ids = call.parameters["jobs"]
        if len(ids) > DESCRIBE_LIMIT:
            raise RefusedError("ClientException", f"No more than {DESCRIBE_LIMIT} jobs can be described at once.")
        # a job that Batch does not know (any more) is simply absent; an ARN is taken as well as an id
        found = [self.jobs[name] for i in ids if (name := i.rsplit("job/", 1)[-1]) in self.jobs]
        return json_answer(call, {"jobs": found})

    def _list_jobs(self, call: Call) -> Answer:
        lists = BatchLists(list(self.jobs.values()), [arn.rsplit("/", 1)[-1] for arn in self.queues])
        try:
            return json_answer(call, lists.list_jobs(call.parameters))
        except NoQueueError as error:
            raise RefusedError("ClientException", str(error)) from error

    def _describe_queues(self, call: Call) -> Answer:
        return json_answer(call, {"jobQueues": _named(self.queues, call.parameters.get("jobQueues"))})

    def _describe_environments(self, call: Call) -> Answer:
        return json_answer(
            call, {"computeEnvironments": _named(self.environments, call.parameters.get("computeEnvironments"))}
        )

    def _describe_container_instances(self, call: Call) -> Answer:
        return json_answer(
            call, _described(self.container_instances, call.parameters["containerInstances"], "containerInstances")
        )

    def _describe_tasks(self, call: Call) -> Answer:
        return json_answer(call, _described(self.tasks, call.parameters["tasks"], "tasks"))

    def _list_container_instances(self, call: Call) -> Answer:
        # of all states but INACTIVE, where none is asked for (botocore, ecs ListContainerInstances)
        cluster = call.parameters["cluster"].rsplit("/", 1)[-1]
        found = [
            arn
            for arn, document in self.container_instances.items()
            if document["status"] != "INACTIVE" and arn.rsplit("/", 2)[-2] == cluster
        ]
        first, most = int(call.parameters.get("nextToken", "0")), int(call.parameters.get("maxResults", 100))
        answer: Document = {"containerInstanceArns": found[first : first + most]}
        if first + most < len(found):
            answer["nextToken"] = str(first + most)
        return json_answer(call, answer)

    def _get_parameter(self, call: Call) -> Answer:
        name = call.parameters["Name"]
        if name not in self.parameters:
            raise RefusedError("ParameterNotFound", f"Parameter {name} not found.")
        parameter = {"Name": name, "Type": "String", "Value": self.parameters[name], "Version": 1}
        return json_answer(call, {"Parameter": parameter})

    def _describe_instances(self, call: Call) -> Answer:
        ids = [value for name, value in call.parameters.items() if name.startswith("InstanceId.")]
        ids += [value for name, value in call.parameters.items() if name.startswith("Filter.1.Value.")]
        filtered = any(name.startswith("Filter.") for name in call.parameters)
        missing = [i for i in ids if i not in self.instances]
        if missing and not filtered:
            raise RefusedError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(missing)}' do not exist")
        found = [self.instances[i] for i in ids if i in self.instances]
        return ec2_answer(
            "DescribeInstances",
            {"Reservations": [{"ReservationId": "r-0a1b2c3d", "Instances": found}] if found else []},
        )

    def _describe_images(self, call: Call) -> Answer:
        """By the filter image-id; one that is deprecated only for whoever asks for such, or owns it."""
        wanted = [value for name, value in call.parameters.items() if name.startswith("Filter.1.Value.")]
        deprecated = call.parameters.get("IncludeDeprecated") == "true"
        found = [i for name in wanted if (i := self.images.get(name)) and (deprecated or not _is_deprecated(i))]
        return ec2_answer("DescribeImages", {"Images": found})

    def _lookup_events(self, call: Call) -> Answer:
        attributes = call.parameters.get("LookupAttributes", [])
        if len(attributes) > 1:
            raise RefusedError("InvalidLookupAttributesException", "Only one lookup attribute can be given.")
        start, end = call.parameters.get("StartTime", 0), call.parameters.get("EndTime", float("inf"))
        found = [
            looked_up(e) for e in self.trail if all(holds(e, a) for a in attributes) and start <= seconds_of(e) <= end
        ]
        found.sort(key=lambda event: -event["EventTime"])
        first = int(call.parameters.get("NextToken", "0"))
        page = min(int(call.parameters.get("MaxResults", LOOKUP_PAGE)), LOOKUP_PAGE)
        answer: Document = {"Events": found[first : first + page]}
        if first + page < len(found):
            answer["NextToken"] = str(first + page)
        return json_answer(call, answer)


def _containers(attempt: Document) -> tuple[Document, list[Document]]:
    """The part of an attempt (or of a job) that names task and host, and its containers."""
    tasks = attempt.get("taskProperties") or attempt.get("ecsProperties", {}).get("taskProperties") or []
    if tasks:
        return tasks[0], list(tasks[0]["containers"])
    container = attempt.get("container") or {}
    return container, [container]


def _log_group(job: Document) -> str:
    options = job.get("container", {}).get("logConfiguration", {}).get("options", {})
    return str(options.get("awslogs-group", "/aws/batch/job"))


def _named(documents: Mapping[str, Document], names: list[str] | None) -> list[Document]:
    """By ARN or by name; all where none is named."""
    return [d for arn, d in documents.items() if not names or arn in names or arn.rsplit("/", 1)[-1] in names]


def _described(documents: Mapping[str, Document], wanted: list[str], member: str) -> Document:
    """ECS's form: what is gone is a failure, not an error."""
    by_short = {arn.rsplit("/", 1)[-1]: document for arn, document in documents.items()}
    shorts = [(name, name.rsplit("/", 1)[-1]) for name in wanted]
    failures = [{"arn": name, "reason": "MISSING"} for name, short in shorts if short not in by_short]
    return {member: [by_short[short] for _, short in shorts if short in by_short], "failures": failures}


def _is_deprecated(image: Document) -> bool:
    told = image.get("DeprecationTime")
    return isinstance(told, str) and datetime.fromisoformat(told) < datetime.now(UTC)


def seconds_of(event: Document) -> float:
    """When it happened, in epoch seconds."""
    return datetime.fromisoformat(event["eventTime"]).timestamp()


def _instance_ids(event: Document) -> list[str]:
    details = event.get("serviceEventDetails") or {}
    items = ((event.get("requestParameters") or {}).get("instancesSet") or {}).get("items", [])
    items += ((event.get("responseElements") or {}).get("instancesSet") or {}).get("items", [])
    return sorted({*details.get("instanceIdSet", []), *(i["instanceId"] for i in items)})


def holds(event: Document, attribute: Mapping[str, str]) -> bool:
    """One of LookupEvents' attributes fits the event."""
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key == "ResourceName":
        return value in _instance_ids(event)
    return {"EventName": event["eventName"], "EventSource": event["eventSource"]}.get(key) == value


def looked_up(event: Document) -> Document:
    """An event as LookupEvents gives it."""
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "false",
        "EventTime": seconds_of(event),
        "EventSource": event["eventSource"],
        "Resources": [{"ResourceType": "AWS::EC2::Instance", "ResourceName": i} for i in _instance_ids(event)],
        "CloudTrailEvent": json.dumps(event),
    }
