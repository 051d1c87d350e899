"""Checks of one compute environment: its kind, its state, Spot, how instances are chosen, how many there may be."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from analyzer.checks.judge import judged
from analyzer.checks.proposals import values_for_types
from analyzer.checks.result import CheckResult, Status, Subject
from analyzer.checks.setting import Environment, Setting, max_vcpus
from analyzer.evidence.job import text

TASKS_AT_ONCE = 2
"""Fewer of them are a queue of single tasks."""
MIXED = "The queue has Spot environments as well: FS805 says what follows."
STRATEGIES: Mapping[str, tuple[Status, str]] = {
    "SPOT_PRICE_CAPACITY_OPTIMIZED": ("pass", "Weighs the risk of a reclaim against the price."),
    "SPOT_CAPACITY_OPTIMIZED": ("pass", "Takes the deepest pools, which are reclaimed least, at whatever price."),
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED": (
        "pass",
        "Takes the deepest pools, and within reason the types in the order of the list: put the types with the "
        "best bandwidth first.",
    ),
    "BEST_FIT_PROGRESSIVE": (
        "warn",
        "Takes the cheapest vCPUs without asking how often such instances are reclaimed: more reclaims, and each is "
        "a dump that must come off.",
    ),
    "BEST_FIT_PROGRESSIVE_ORDERED": (
        "warn",
        "Takes the types in the order of the list without asking how often they are reclaimed.",
    ),
    "BEST_FIT": (
        "warn",
        "Goes through a Spot Fleet for the one cheapest type that fits, and waits where it cannot be had. Such an "
        "environment cannot be updated in place either: type, image and launch template stay as they are.",
    ),
}
"""Allocation strategy -> what it is worth to snapshot tasks, and why."""


def kind_of_environment(environment: Environment, setting: Setting) -> CheckResult:
    """FS801."""
    managed = (text(environment.document.get("type")) or "").upper()
    kind = environment.provisioning
    found = " ".join(filter(None, (managed, kind, "on EKS" if environment.on_eks else ""))) or "nothing told"
    if environment.on_ec2:
        return judged("FS801", environment.subject, "pass", found)
    values = values_for_types(setting, environment)
    if environment.on_eks:
        detail = "Kubernetes runs the tasks: Nextflow's Batch executor and Fusion Snapshots need ECS hosts."
    elif kind.startswith("FARGATE"):
        detail = "Fargate gives tasks neither the privileges that Fusion needs nor a host that a checkpoint can use."
    elif managed == "UNMANAGED":
        detail = "Nothing is known of hosts that Batch does not manage, and nobody guarantees what they run."
    elif kind:
        detail = f"The guide knows hosts of EC2 only; of {kind} nothing is documented."
    else:
        detail = "The environment does not tell what it runs on."
        return judged("FS801", environment.subject, "warn", found, detail, values=values)
    return judged("FS801", environment.subject, "fail", found, detail, values=values)


def state(environment: Environment, setting: Setting) -> CheckResult:
    """FS802."""
    enabled = (text(environment.document.get("state")) or "").upper()
    status = (text(environment.document.get("status")) or "").upper()
    found = f"{enabled or 'state not told'}, {status or 'status not told'}"
    reason = text(environment.document.get("statusReason")) or ""
    values = setting.values(environment)
    if enabled == "DISABLED":
        return judged("FS802", environment.subject, "fail", found, "Batch places no job here.", values=values)
    if status in ("INVALID", "DELETING", "DELETED"):
        return judged("FS802", environment.subject, "fail", found, reason, fix="invalid", values=values)
    if (enabled, status) == ("ENABLED", "VALID"):
        return judged("FS802", environment.subject, "pass", found)
    detail = reason or "It is being changed, or its state is not told; look again when that is done."
    return judged("FS802", environment.subject, "warn", found, detail, fix="invalid", values=values)


def spot(environment: Environment, setting: Setting) -> CheckResult:
    """FS804."""
    found = environment.provisioning or "not told"
    if environment.spot:
        return judged("FS804", environment.subject, "pass", found)
    mixed = any(one.spot for one in setting.environments)
    detail = "On on-demand instances Fusion takes no snapshots, even where they are on, and says nothing of it."
    return judged(
        "FS804",
        environment.subject,
        "warn" if mixed else "fail",
        found,
        f"{detail} {MIXED}" if mixed else detail,
        values=setting.values(environment),
    )


def allocation(environment: Environment, setting: Setting) -> CheckResult:
    """FS806."""
    told = (text(environment.resources.get("allocationStrategy")) or "").upper()
    strategy = told or "BEST_FIT"
    found = told or "not told, so BEST_FIT"
    status, detail = STRATEGIES.get(strategy, ("warn", "Nothing is known of what this strategy does with Spot pools."))
    fix = "best-fit" if strategy == "BEST_FIT" else "default"
    return judged("FS806", environment.subject, status, found, detail, fix=fix, values=setting.values(environment))


def capacity(environment: Environment, setting: Setting) -> CheckResult:
    """FS807."""
    most = max_vcpus(environment)
    if most is None:
        return judged("FS807", environment.subject, "warn", "not told", values=setting.values(environment))
    status, detail = _enough(most, environment, setting)
    of_tasks = math.ceil(setting.task.vcpus * TASKS_AT_ONCE) if setting.task else 0
    largest = max((kind.vcpus for kind in environment.types), default=1)
    values = {**setting.values(environment), "YOUR-MAX-VCPUS": str(max(of_tasks, largest, most * 2))}
    return judged("FS807", environment.subject, status, f"maxvCpus {most}", detail, values=values)


def _enough(most: int, environment: Environment, setting: Setting) -> tuple[Status, str]:
    if most <= 0:
        return "fail", "No instance can ever be started."
    if setting.task and setting.task.vcpus > most:
        return "fail", f"The task asks for {setting.task.vcpus:g} vCPUs: it would wait for ever."
    smallest = min(environment.types, key=lambda kind: kind.vcpus, default=None)
    if smallest and smallest.vcpus > most:
        return "warn", (
            f"Even {smallest.name}, the smallest type allowed, has {smallest.vcpus} vCPUs: Batch goes above the limit "
            "by one instance at most, so tasks come one after the other."
        )
    if setting.task and setting.task.vcpus * TASKS_AT_ONCE > most:
        return "warn", f"The task asks for {setting.task.vcpus:g} vCPUs: tasks come one after the other."
    largest = max(environment.types, key=lambda kind: kind.vcpus, default=None)
    if largest and largest.vcpus > most:
        return "warn", f"{largest.name}, the largest type allowed, has {largest.vcpus} vCPUs, more than the limit."
    return "pass", ""


def check_environments(setting: Setting) -> Iterator[CheckResult]:
    """Of every environment, in the queue's order; what hosts of EC2 alone have is asked of those only."""
    for name in setting.gone("compute_environments"):
        detail = "The queue names it, and Batch knows no such compute environment (any more)."
        subject = Subject("compute environment", name)
        yield judged("FS802", subject, "fail", "does not exist", detail, fix="gone", values=setting.values())
    for environment in setting.environments:
        yield kind_of_environment(environment, setting)
        yield state(environment, setting)
        if environment.on_ec2:
            yield spot(environment, setting)
            if environment.spot:
                yield allocation(environment, setting)
            yield capacity(environment, setting)
