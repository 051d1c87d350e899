"""Checks of what a task asks for: whether any host can hold it, and whether its dump gets out inside the window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.window import largest_footprint, line_of
from analyzer.checks.instances import FITS, dump_of, seconds_of, subject_of
from analyzer.checks.judge import judged, unseen
from analyzer.checks.proposals import values_for_types, whole_gib
from analyzer.checks.result import CheckResult
from analyzer.checks.setting import Setting, Task
from analyzer.classifier.units import MIB, bytes_text

UPPER_BOUND = "What it asks for is the most that it can hold; pre-dumps (x86_64) leave less for the window."


def check_task(setting: Setting) -> Iterator[CheckResult]:
    """Of the task at hand; nothing where there is none."""
    task = setting.task
    if task is None:
        if setting.job is not None:
            yield unseen("FS861", setting.target, setting.gap("job"), "the job does not say what it asks for")
        return
    if not setting.types:
        if setting.usable or not setting.environments:
            gap = setting.gap("instance_types", "compute_environments")
            for check in ("FS861", "FS865", "FS866"):
                yield unseen(check, setting.target, gap, "no instance type is known")
        return
    yield placed(task, setting)
    holding = [kind for kind in setting.types.values() if setting.tasks_on(kind, task)]
    yield from _dumps("FS865", task, dict.fromkeys((k.name for k in holding), 1), setting)
    yield from _dumps("FS866", task, {k.name: setting.tasks_on(k, task) for k in holding}, setting)


def _largest(setting: Setting, vcpus: float) -> InstanceType:
    enough = [kind for kind in setting.types.values() if kind.vcpus >= vcpus]
    return max(enough or setting.types.values(), key=lambda kind: (setting.room_bytes(kind), kind.vcpus))


def placed(task: Task, setting: Setting) -> CheckResult:
    """FS861."""
    subject = setting.target
    fitting = [kind for kind in setting.types.values() if setting.tasks_on(kind, task)]
    waits = _waiting_reason(setting)
    if fitting:
        found = f"{task.words}; fits {len(fitting)} of {len(setting.types)} types"
        return judged("FS861", subject, "pass", found, waits)
    largest = _largest(setting, task.vcpus)
    room = setting.room_bytes(largest)
    detail = (
        f"{largest.name}, the largest that is allowed, can give a task about {bytes_text(room)} of its "
        f"{bytes_text(largest.memory_bytes)} (the system and the ECS agent keep the rest) and {largest.vcpus} vCPUs: "
        f"the job would wait for ever. {waits}"
    )
    values = {
        **values_for_types(setting),
        "YOUR-MEMORY": whole_gib(room),
        "YOUR-CPUS": str(largest.vcpus),
    }
    return judged("FS861", subject, "fail", task.words, detail.strip(), values=values)


def _waiting_reason(setting: Setting) -> str:
    reason = setting.job.status_reason if setting.job else None
    if reason and reason.startswith("MISCONFIGURATION:"):
        return f"Batch says of this job: {reason}"
    return ""


def _dumps(check: str, task: Task, tasks: Mapping[str, int], setting: Setting) -> Iterator[CheckResult]:
    """FS865: one such task on a host, FS866: as many as Batch puts on one."""
    values = _cap(task, tasks, setting)
    for name, count in tasks.items():
        kind = setting.types[name]
        prediction = dump_of(kind, task.memory_bytes, count)
        if prediction is None or kind.baseline_gbps is None:
            yield unseen(check, subject_of(kind), None, "AWS gives no baseline bandwidth for this type")
            continue
        status = FITS[prediction.fit(setting.window)]
        each = "alone" if check == "FS865" else f"{count} such {'task' if count == 1 else 'tasks'} on a host"
        found = f"{bytes_text(task.memory_bytes)}, {each}: {seconds_of(prediction)}"
        detail = "" if status == "pass" else f"{_room(kind, count, setting)} {UPPER_BOUND}"
        if check == "FS866" and count == 1 and status != "pass":
            detail = "One such task fills a host, so this is as FS865 has it."
        yield judged(check, subject_of(kind), status, found, detail, values=values)


def _fitting_bytes(kind: InstanceType, tasks: int, setting: Setting) -> int:
    return largest_footprint(line_of(kind.baseline_gbps or 0, tasks_per_host=tasks), setting.window)


def _room(kind: InstanceType, tasks: int, setting: Setting) -> str:
    each = "" if tasks == 1 else " each"
    return f"Up to {bytes_text(_fitting_bytes(kind, tasks, setting))}{each} would fit."


def _cap(task: Task, tasks: Mapping[str, int], setting: Setting) -> Mapping[str, str]:
    """The most memory whose dump fits on the worst of these hosts, which is what a cap must keep to."""
    rooms = [
        _fitting_bytes(setting.types[name], count, setting)
        for name, count in tasks.items()
        if setting.types[name].baseline_gbps
    ]
    cap = min([*rooms, task.memory_bytes], default=0)
    memory = {"YOUR-MEMORY": whole_gib(cap)} if cap >= MIB else {}
    most = max((kind.vcpus for kind in setting.types.values()), default=0)
    return {**values_for_types(setting), **memory, "YOUR-CPUS": str(most)}
