"""Readers of what is known of a job's hosts: their types and systems, and what ended them."""

from __future__ import annotations

from analyzer.advisor.conditions import architecture as architecture_of
from analyzer.advisor.readings import MOST_VALUES, NO_ENVIRONMENTS, Case, Reading, plain
from analyzer.evidence.job import items, text, texts

IMAGE_TYPES = {
    "ECS_AL2023": "Amazon Linux 2023",
    "ECS_AL2023_NVIDIA": "Amazon Linux 2023",
    "ECS_AL2": "Amazon Linux 2",
    "ECS_AL2_NVIDIA": "Amazon Linux 2",
    "ECS_AL1": "Amazon Linux",
}
"""`imageType` of a compute environment -> the system (AWS Batch API reference, Ec2Configuration)."""


def architecture(case: Case) -> Reading:
    """`arm64` or `x86_64`."""
    found = architecture_of(case.facts)
    if found is None:
        return Reading(None, "not seen: no host's description is left")
    hosts = [a.instance for a in case.facts.attempts]
    known = [h for h in hosts if h.architecture] or [h for h in hosts if h.instance_type or h.candidates]
    return Reading(found, known[-1].provenance or "the host's description")


def _of_environments(member: str, case: Case) -> list[str]:
    found = [v for r in case.environments for v in (*texts(r.get(member)), *filter(None, [text(r.get(member))]))]
    return [plain(v) for v in dict.fromkeys(found)][:MOST_VALUES]


def instance_types(case: Case) -> Reading:
    """What the compute environments allow, else what the job ran on."""
    if listed := _of_environments("instanceTypes", case):
        return Reading(listed, "compute_environments.json, computeResources.instanceTypes")
    ran = [a.instance.instance_type for a in case.facts.attempts if a.instance.instance_type]
    if ran:
        return Reading([*dict.fromkeys(ran)], "the hosts that the job ran on")
    return Reading(None, NO_ENVIRONMENTS)


def allocation(case: Case) -> Reading:
    """How Batch chooses among the types."""
    listed = _of_environments("allocationStrategy", case)
    source = "compute_environments.json, computeResources.allocationStrategy"
    return Reading(", ".join(listed), source) if listed else Reading(None, NO_ENVIRONMENTS)


def lifecycle(case: Case) -> Reading:
    """`spot` or `on-demand`."""
    told = [a.instance.lifecycle for a in case.facts.attempts if a.instance.lifecycle]
    if told:
        return Reading(told[-1], "the last host whose description is there")
    spot = case.facts.queue_is_spot
    if spot is None:
        return Reading(None, NO_ENVIRONMENTS if not case.environments else "not seen: environments of both kinds")
    return Reading("spot" if spot else "on-demand", "compute_environments.json, computeResources.type")


def machine_image(case: Case) -> Reading:
    """The system of the environment's machine image."""
    settings = [c for r in case.environments for c in items(r.get("ec2Configuration"))]
    own = any(text(c.get("imageIdOverride")) for c in settings) or any(
        text(r.get("imageId")) for r in case.environments
    )
    source = "compute_environments.json, computeResources.ec2Configuration"
    if own:
        return Reading(None, f"{source} names an image of its own, whose system it does not tell")
    kinds = [IMAGE_TYPES.get(text(c.get("imageType")) or "") for c in settings]
    if kinds and all(kinds) and len(set(kinds)) == 1:
        return Reading(kinds[0], f"{source}, imageType")
    return Reading(None, f"not seen: {source} does not tell one" if case.environments else NO_ENVIRONMENTS)


def host_end(case: Case) -> Reading:
    """Whether it is known what ended the last host that was lost."""
    quotes = [q for a in case.facts.attempts if a.host_lost for q in (a.reclaim or a.not_reclaim,)]
    last = quotes[-1] if quotes else None
    return Reading(last is not None, last.source if last else "not seen: nothing tells what ended the host")


def ended_by(case: Case) -> Reading:
    """What ended it."""
    quotes = [a.reclaim or a.not_reclaim for a in case.facts.attempts if a.host_lost]
    last = quotes[-1] if quotes else None
    return Reading(plain(last.text), last.source) if last else Reading(None, "not seen: nothing tells what ended it")
