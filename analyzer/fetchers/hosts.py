"""The chain from attempts to machines: queue, ECS, EC2, CloudTrail, instance types; each step only as far as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from analyzer.evidence.host_loss import ended_by_spot, lost_instance
from analyzer.evidence.job import Job, text
from analyzer.evidence.model import Document, Gap
from analyzer.fetchers import batch, cloudtrail, instances
from analyzer.fetchers.already import Already
from analyzer.fetchers.clients import Clients
from analyzer.fetchers.deadline import Deadline, Pacer
from analyzer.fetchers.errors import gap_for, plain_gap
from analyzer.fetchers.found import Found, Source
from analyzer.fetchers.host_knowledge import HostKnowledge, Meeting
from analyzer.fetchers.memo import Memo
from analyzer.fetchers.plan import Plan, leads_to_host, lost_host, on_spot_or_snapshots
from analyzer.fetchers.shipped_types import not_shipped

_T = TypeVar("_T")
_U = TypeVar("_U")


def _try(gaps: list[Gap], what: str, operation: str, call: Callable[[], _T], *, otherwise: _U) -> _T | _U:
    """The call's answer; when it fails, `otherwise` and a gap, so that the chain goes on without it."""
    try:
        return call()
    except Exception as error:
        gaps.append(gap_for(what, error, operation))
        return otherwise


@dataclass(frozen=True)
class HostChain:
    """Fetches what is known of the machines behind one job's attempts."""

    clients: Clients
    region: str | None
    job: Job
    wanted: Plan
    want_cloudtrail: bool
    pacer: Pacer
    now: Callable[[], datetime]
    memo: Memo
    """Queues, environments and instance types that other jobs have, too."""
    shipped_figures: bool = False
    """See FetchOptions."""
    have: Already = field(default_factory=Already)
    """What need not be asked for."""

    def sources(self) -> tuple[Source, ...]:
        """The first steps; each names what comes after it."""
        if not self.wanted.environments:
            return ()
        known, first = self.have.known, self._environments_sources()
        if not self.wanted.hosts or (first and self._needs_clusters()):
            return first
        if self._told_by_reasons():
            # EC2 can be asked at once, and ECS beside it
            meeting = Meeting()
            return (*first, self._containers_source(known, meeting), self._instances_source(known, meeting))
        return (*first, self._containers_source(known))

    def _environments_sources(self) -> tuple[Source, ...]:
        if self.have.environments:
            return ()
        return (Source("the job queue and its compute environments", "DescribeJobQueues", self._environments),)

    def _told_by_reasons(self) -> bool:
        """Every attempt's reason names its instance: no answer of ECS is needed to ask EC2 for all of them."""
        led = [attempt for attempt in self.job.attempts if leads_to_host(attempt)]
        return all(lost_instance(attempt) for attempt in led)

    def _arns(self) -> list[str]:
        arns = (a.container_instance_arn for a in self.job.attempts)
        return [arn for arn in arns if arn and arn not in self.have.containers]

    def _tasks(self) -> list[str]:
        return [a.task_arn for a in self.job.attempts if a.task_arn and not a.container_instance_arn]

    def _needs_clusters(self) -> bool:
        return any(instances.cluster_of(arn) is None for arn in (*self._arns(), *self._tasks()))

    def _environments(self, _: Deadline) -> Found:
        gaps: list[Gap] = []
        queue, environments = self._queue(gaps)
        known = self.have.known.noting(gaps, clusters=batch.clusters(environments))
        then = (self._containers_source(known),) if self.wanted.hosts and self._needs_clusters() else ()
        return Found(job_queue=queue, compute_environments=environments, gaps=tuple(gaps), then=then)

    def _queue(self, gaps: list[Gap]) -> tuple[Document | None, tuple[Document, ...]]:
        name = self.job.queue
        if not name:
            return None, ()
        what, environments = "the job queue", "the compute environments"
        client = self.clients.get("batch", self.region)
        queue = _try(
            gaps,
            what,
            "DescribeJobQueues",
            lambda: self.memo.get((self.region, "queue", name), lambda: batch.describe_queue(client, name)),
            otherwise=None,
        )
        if queue is None:
            if not gaps:
                gaps.append(plain_gap(what, "it does not exist (any more)", "DescribeJobQueues"))
            return None, ()
        found = queue
        return queue, _try(
            gaps,
            environments,
            "DescribeComputeEnvironments",
            lambda: self.memo.get(
                (self.region, "environments", name), lambda: batch.describe_environments(client, found)
            ),
            otherwise=(),
        )

    def _containers_source(self, known: HostKnowledge, meeting: Meeting | None = None) -> Source:
        return Source(
            "the container instances", "DescribeContainerInstances", lambda _: self._containers(known, meeting)
        )

    def _instances_source(self, known: HostKnowledge, meeting: Meeting | None = None) -> Source:
        return Source("the instances", "DescribeInstances", lambda _: self._instances(known, meeting))

    def _containers(self, known: HostKnowledge, meeting: Meeting | None) -> Found:
        gaps: list[Gap] = []
        arns, tasks = self._arns(), self._tasks()
        documents: tuple[Document, ...] = ()
        if arns or tasks:
            client = self.clients.get("ecs", self.region)
            groups = instances.by_cluster(tasks, known.clusters)
            found = _try(
                gaps,
                "the tasks",
                "DescribeTasks",
                lambda: instances.container_instances_of_tasks(client, groups),
                otherwise=(),
            )
            wanted = instances.by_cluster([*arns, *found], known.clusters)
            documents = _try(
                gaps,
                "the container instances",
                "DescribeContainerInstances",
                lambda: instances.describe_container_instances(client, wanted),
                otherwise=(),
            )
            known = self._with_containers(known.noting(gaps), documents, set(found))
        then = (self._instances_source(known),) if meeting is None else self._met(meeting, known)
        return Found(container_instances=documents, gaps=tuple(gaps), then=then)

    def _met(self, meeting: Meeting, known: HostKnowledge) -> tuple[Source, ...]:
        both = meeting.arrive(known)
        return () if both is None else self._after_instances(both)

    def _with_containers(self, known: HostKnowledge, documents: Iterable[Document], by_task: set[str]) -> HostKnowledge:
        instance_of, type_of, through_tasks = dict(known.instance_of), dict(known.type_of), list(known.by_task)
        for document in documents:
            arn, instance_id = text(document.get("containerInstanceArn")), text(document.get("ec2InstanceId"))
            if not arn or not instance_id:
                continue
            instance_of[arn] = instance_id
            if arn in by_task:
                through_tasks.append(instance_id)
            if instance_type := instances.attribute_type(document):
                type_of[instance_id] = instance_type
        return replace(known, instance_of=instance_of, type_of=type_of, by_task=tuple(through_tasks))

    def _instances(self, known: HostKnowledge, meeting: Meeting | None) -> Found:
        gaps: list[Gap] = []
        ids = self._ids(known) - self.have.gone
        documents: tuple[Document, ...] = ()
        if ids:
            client = self.clients.get("ec2", self.region)
            documents = _try(
                gaps,
                "the instances",
                "DescribeInstances",
                lambda: instances.describe_instances(client, ids),
                otherwise=(),
            )
        type_of = dict(known.type_of)
        for one in documents:
            instance_id, instance_type = text(one.get("InstanceId")), text(one.get("InstanceType"))
            if instance_id and instance_type:
                type_of[instance_id] = instance_type
        proven = {i for one in documents if ended_by_spot(one) and (i := text(one.get("InstanceId")))}
        known = known.noting(gaps, type_of=type_of, proven=known.proven | proven)
        then = self._after_instances(known) if meeting is None else self._met(meeting, known)
        return Found(instances=documents, gaps=tuple(gaps), then=then)

    def questions(self, known: HostKnowledge) -> tuple[cloudtrail.Question, ...]:
        """What is left to ask CloudTrail: who ended a lost host, and the type of an instance that nobody else knows."""
        asked: dict[str, cloudtrail.Question] = {}
        for attempt in self.job.attempts:
            instance_id = known.instance(attempt)
            if instance_id is None:
                continue
            lost = lost_host(attempt) and instance_id not in known.proven | self.have.explained
            unknown = instance_id not in known.type_of and (lost_host(attempt) or on_spot_or_snapshots(self.job))
            if lost or unknown:
                stopped = cloudtrail.moment(attempt.stopped_at or self.job.stopped_at) or self.now()
                started = cloudtrail.moment(attempt.started_at)
                asked[instance_id] = cloudtrail.Question(instance_id, stopped, started, lost, unknown)
        return tuple(asked.values())

    def _after_instances(self, known: HostKnowledge) -> tuple[Source, ...]:
        questions = self.questions(known) if self.want_cloudtrail else ()
        if not questions:
            return self._types_sources(known)
        trail = Source("CloudTrail", "LookupEvents", lambda deadline: self._cloudtrail(known, questions, deadline))
        return (trail,) if _ask_types(questions) else (trail, *self._types_sources(known))

    def _cloudtrail(
        self, known: HostKnowledge, questions: tuple[cloudtrail.Question, ...], deadline: Deadline
    ) -> Found:
        gaps: list[Gap] = []
        events: list[Document] = []
        lookup = cloudtrail.Lookup(self.clients.get("cloudtrail", self.region), self.pacer, deadline)

        def ask_all() -> None:
            events.extend(lookup.about(questions))

        _try(gaps, "CloudTrail", "LookupEvents", ask_all, otherwise=None)
        gaps += [plain_gap("CloudTrail", why, "LookupEvents") for why in dict.fromkeys(lookup.unfinished)]
        types = {i: t for i, t in cloudtrail.launched_types(events).items() if i not in known.type_of}
        known = known.noting(gaps, type_of=known.type_of | types)
        then = self._types_sources(known) if _ask_types(questions) else ()
        return Found(cloudtrail=cloudtrail.without_repeats(events), gaps=tuple(gaps), then=then)

    def _types_sources(self, known: HostKnowledge) -> tuple[Source, ...]:
        names = {known.type_of[i] for i in self._ids(known) if i in known.type_of} - self.have.types
        if self.shipped_figures and names:
            wanted = frozenset(names)
            names = set(self.memo.get(("not shipped", wanted), lambda: not_shipped(wanted)))
        gaps = () if known.failed or known.by_task else self._unknown_types(known)
        if not names and not gaps:
            return ()
        return (Source("the instance types", "DescribeInstanceTypes", lambda _: self._types(names, gaps)),)

    def _types(self, names: set[str], gaps: tuple[Gap, ...]) -> Found:
        if not names:
            return Found(gaps=gaps)
        failed: list[Gap] = []
        client = self.clients.get("ec2", self.region)
        types = _try(
            failed,
            "the instance types",
            "DescribeInstanceTypes",
            lambda: self.memo.get(
                (self.region, "types", frozenset(names)), lambda: instances.describe_types(client, names)
            ),
            otherwise=(),
        )
        return Found(instance_types=types, gaps=(*gaps, *failed))

    def _ids(self, known: HostKnowledge) -> set[str]:
        return {i for attempt in self.job.attempts if (i := known.instance(attempt))} | set(known.by_task)

    def _unknown_types(self, known: HostKnowledge) -> tuple[Gap, ...]:
        """A gap for the attempts whose instance type nobody knows any more."""
        unknown = [
            str(a.number) for a in self.job.attempts if leads_to_host(a) and known.instance(a) not in known.type_of
        ]
        if not unknown:
            return ()
        return (
            Gap(
                what=f"the instance type of attempt {', '.join(unknown)}",
                why="ECS and EC2 forget an instance about an hour after it is gone, and no launch of it was found",
                matters="the bandwidth that its dump had is known only as far as the compute environment limits it",
            ),
        )


def _ask_types(questions: Iterable[cloudtrail.Question]) -> bool:
    """The answers may tell of further types: EC2 is asked for the figures of all together, after them."""
    return any(question.type_unknown for question in questions)
