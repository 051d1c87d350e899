"""The machine behind each attempt: which it was, how that is known, and what ended it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from analyzer.classifier.clock import to_milliseconds
from analyzer.classifier.facts import AttemptFacts, InstanceFact
from analyzer.classifier.finding import Quote
from analyzer.evidence.host_loss import SPOT_TASK_INTERRUPTED, ended_by_spot, lost_instance, lost_reason
from analyzer.evidence.job import Attempt, Job, items, mapping, text, texts
from analyzer.evidence.model import Document, Evidence
from analyzer.frozen import frozen

_INSTANCE_ID = re.compile(r"\bi-[0-9a-f]{8,32}\b")
TERMINATE_EVENTS = ("TerminateInstances", "TerminateInstanceInAutoScalingGroup", "StopInstances")
WARNING = "EC2 Spot Instance Interruption Warning"
"""EventBridge's `detail-type`, sent two minutes before the instance goes (EC2 user guide, interruption notices)."""
NEAR_MILLISECONDS = 30 * 60 * 1000
"""How far an event may lie from the attempt's end and still be its cause."""


@frozen
class _Sources:
    job: Job
    evidence: Evidence

    def container_instance(self, arn: str | None) -> Document:
        if arn is None:
            return {}
        short = arn.rsplit("/", 1)[-1]
        for document in self.evidence.container_instances:
            if (text(document.get("containerInstanceArn")) or "").rsplit("/", 1)[-1] == short:
                return document
        return {}

    def instance(self, instance_id: str | None) -> Document:
        if instance_id is None:
            return {}
        return next((d for d in self.evidence.instances if d.get("instanceId", d.get("InstanceId")) == instance_id), {})

    def place_of(self, instance_id: str | None) -> str:
        """Where the instance's document stands: `instances.json[0]`."""
        ids = [d.get("instanceId", d.get("InstanceId")) for d in self.evidence.instances]
        return f"instances.json[{ids.index(instance_id)}]" if instance_id in ids else "instances.json"


def lost_host(attempt: Attempt) -> Quote | None:
    """The reason that says that the attempt's host went away."""
    lost = lost_reason(attempt)
    return Quote(*lost) if lost else None


def _attribute(container_instance: Document, name: str) -> str | None:
    attributes = items(container_instance.get("attributes"))
    return next((text(a.get("value")) for a in attributes if a.get("name") == name), None)


def _launch_events(evidence: Evidence, instance_id: str) -> Iterator[tuple[Document, Document]]:
    for event in evidence.cloudtrail:
        if event.get("eventName") in ("RunInstances", "CreateFleet"):
            answer = mapping(event.get("responseElements"))
            for member in (answer, mapping(answer.get("CreateFleetResponse"))):
                for one in items(mapping(member.get("instancesSet")).get("items")):
                    if one.get("instanceId") == instance_id:
                        yield event, one


def _instance_fact(sources: _Sources, attempt: Attempt) -> InstanceFact:
    recorded = sources.container_instance(attempt.container_instance_arn)
    instance_id = text(recorded.get("ec2InstanceId")) or lost_instance(attempt)
    document = sources.instance(instance_id)
    zone = text(mapping(document.get("Placement")).get("AvailabilityZone")) or _attribute(
        recorded, "ecs.availability-zone"
    )
    architecture = text(document.get("Architecture")) or _attribute(recorded, "ecs.cpu-architecture")
    lifecycle: Literal["spot", "on-demand"] | None = None
    if any(member in document for member in ("State", "LaunchTime", "InstanceLifecycle")):  # else it is a mere fragment
        lifecycle = "spot" if document.get("InstanceLifecycle") == "spot" else "on-demand"
    launched = next(_launch_events(sources.evidence, instance_id), None) if instance_id else None
    known = (
        (text(document.get("InstanceType")), "EC2 DescribeInstances"),
        (_attribute(recorded, "ecs.instance-type"), "ECS container instance attribute ecs.instance-type"),
        (text(launched[1].get("instanceType")) if launched else None, "CloudTrail RunInstances"),
    )
    for instance_type, provenance in known:
        if instance_type:
            if lifecycle is None and launched and launched[1].get("instanceLifecycle") == "spot":
                lifecycle = "spot"
            return InstanceFact(instance_id, instance_type, (), lifecycle, zone, architecture, provenance)
    candidates = _candidates(sources.evidence)
    provenance = "compute environment's instanceTypes" if candidates else ""
    return InstanceFact(instance_id, None, candidates, lifecycle, zone, architecture, provenance)


def _candidates(evidence: Evidence) -> tuple[str, ...]:
    found: list[str] = []
    for environment in evidence.compute_environments:
        found += texts(mapping(environment.get("computeResources")).get("instanceTypes"))
    return tuple(dict.fromkeys(found))


def queue_is_spot(evidence: Evidence) -> bool | None:
    """Whether all of the queue's environments are Spot (True) or none is (False); None where mixed or not known."""
    kinds = {text(mapping(e.get("computeResources")).get("type")) for e in evidence.compute_environments}
    if not kinds or None in kinds:
        return None
    spot = {kind in ("SPOT", "FARGATE_SPOT") for kind in kinds}
    return spot.pop() if len(spot) == 1 else None


def _near(time: object, attempt: Attempt) -> bool:
    when = to_milliseconds(time)
    return when is None or attempt.stopped_at is None or abs(when - attempt.stopped_at) <= NEAR_MILLISECONDS


def _event_names(event: Document, instance_id: str) -> bool:
    """Whether the event is about the instance: its id stands among what was asked, answered or told."""
    told = [event.get(member) for member in ("serviceEventDetails", "requestParameters", "responseElements")]
    told.append([r.get("ARN") for r in items(event.get("resources"))])
    return any(instance_id in found for part in told for found in _instance_ids(part))


def _instance_ids(value: object, depth: int = 0) -> Iterator[list[str]]:
    deepest = 8
    if isinstance(value, str):
        yield _INSTANCE_ID.findall(value[:4096])
    elif depth < deepest and isinstance(value, dict):
        for inner in value.values():
            yield from _instance_ids(inner, depth + 1)
    elif depth < deepest and isinstance(value, list):
        for inner in value:
            yield from _instance_ids(inner, depth + 1)


def _proof(sources: _Sources, attempt: Attempt, instance_id: str | None) -> Quote | None:
    if attempt.status_reason and SPOT_TASK_INTERRUPTED.search(attempt.status_reason):
        return Quote(attempt.status_reason_source, attempt.status_reason)
    if instance_id is None:
        return None
    for number, event in enumerate(sources.evidence.cloudtrail, 1):
        if (
            event.get("eventName") == "BidEvictedEvent"
            and _event_names(event, instance_id)
            and _near(event.get("eventTime"), attempt)
        ):
            told = f"{text(event.get('eventName'))} (EC2 took the Spot instance back): {instance_id}"
            return Quote(f"cloudtrail.json[{number - 1}].eventName", told, at=text(event.get("eventTime")))
    if warning := _warning(sources.evidence, attempt, instance_id):
        return warning
    document = sources.instance(instance_id)
    state = mapping(document.get("StateReason"))
    code = text(state.get("Code"))
    if ended_by_spot(document):
        told = f"{code}: {text(state.get('Message')) or ''}".rstrip(": ")
        return Quote(f"{sources.place_of(instance_id)}.StateReason", told)
    return None


def _warning(evidence: Evidence, attempt: Attempt, instance_id: str) -> Quote | None:
    """That EC2 announced to take the instance back, around the attempt's end."""
    for number, event in enumerate(evidence.interruptions):
        detail, time = mapping(event.get("detail")), text(event.get("time"))
        is_warning = event.get("detail-type") == WARNING and detail.get("instance-id") == instance_id
        if is_warning and time is not None and to_milliseconds(time) is not None and _near(time, attempt):
            action = text(detail.get("instance-action")) or "interrupt"
            told = f"{WARNING} (EC2 takes the Spot instance back): {instance_id}, {action}"
            return Quote(f"interruptions.json[{number}].detail", told, at=time)
    return None


def _disproof(sources: _Sources, attempt: Attempt, instance: InstanceFact, spot: bool | None) -> Quote | None:
    instance_id = instance.instance_id
    for number, event in enumerate(sources.evidence.cloudtrail):
        name = text(event.get("eventName"))
        if (
            name in TERMINATE_EVENTS
            and instance_id
            and _event_names(event, instance_id)
            and _near(event.get("eventTime"), attempt)
        ):
            by = mapping(event.get("userIdentity"))
            names = (by.get("invokedBy"), by.get("userName"), by.get("arn"), event.get("sourceIPAddress"))
            who = next((name for name in map(text, names) if name), "somebody")
            return Quote(
                f"cloudtrail.json[{number}].eventName",
                f"{name} of {instance_id} by {who}",
                at=text(event.get("eventTime")),
            )
    if instance.lifecycle == "on-demand":
        return Quote(
            f"{sources.place_of(instance_id)}.InstanceLifecycle",
            "the instance has no InstanceLifecycle, so it was on-demand",
        )
    if spot is False:
        kinds = {
            text(mapping(e.get("computeResources")).get("type")) or "?" for e in sources.evidence.compute_environments
        }
        told = f"the compute environments are of type {', '.join(sorted(kinds))}"
        return Quote("compute_environments.json[*].computeResources.type", told)
    return None


def attempt_facts(job: Job, evidence: Evidence) -> tuple[AttemptFacts, ...]:
    """What is known of each attempt's host."""
    sources, spot = _Sources(job, evidence), queue_is_spot(evidence)
    found = []
    for attempt in job.attempts:
        instance, lost = _instance_fact(sources, attempt), lost_host(attempt)
        reclaim = _proof(sources, attempt, instance.instance_id) if lost else None
        other = _disproof(sources, attempt, instance, spot) if lost and not reclaim else None
        found.append(AttemptFacts(attempt, instance, lost, reclaim, other))
    return tuple(found)
