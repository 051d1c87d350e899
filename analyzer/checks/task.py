"""Checks of what a task asks for: whether any host can hold it, and whether its dump gets out inside the window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer.advisor.instance_types import InstanceType
from analyzer.checks.dumps import FITS, dump_of, fitting_bytes, seconds_of
from analyzer.checks.instances import subject_of
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
    return judged("FS861", subject, "fail", task.words, detail.strip(), values=_values(task, setting))


def _waiting_reason(setting: Setting) -> str:
    reason = setting.job.status_reason if setting.job else None
    if reason and reason.startswith("MISCONFIGURATION:"):
        return f"Batch says of this job: {reason}"
    return ""


def _dumps(check: str, task: Task, tasks: Mapping[str, int], setting: Setting) -> Iterator[CheckResult]:
    """FS865: one such task on a host, FS866: as many as Batch puts on one."""
    values = _values(task, setting)
    fix = "default" if "YOUR-INSTANCE-TYPES" in values else "nowhere"
    for name, count in tasks.items():
        kind = setting.types[name]
        prediction = dump_of(kind, task.memory_bytes, count)
        if prediction is None or kind.baseline_gbps is None:
            yield unseen(check, subject_of(kind), None, "AWS gives no baseline bandwidth for this type")
            continue
        status = FITS[prediction.fit(setting.window)]
        if check == "FS866" and _told_before(kind, task, count, setting):
            continue
        each = "alone" if check == "FS865" else f"{count} such {'task' if count == 1 else 'tasks'} on a host"
        found = f"{bytes_text(task.memory_bytes)}, {each}: {seconds_of(prediction)}"
        detail = "" if status == "pass" else f"{_room(kind, count, setting)} {UPPER_BOUND}"
        yield judged(check, subject_of(kind), status, found, detail, fix=fix, values=values)


def _told_before(kind: InstanceType, task: Task, tasks: int, setting: Setting) -> bool:
    """Whether FS865 has told of this type already what FS866 would."""
    alone = dump_of(kind, task.memory_bytes)
    fit = alone.fit(setting.window) if alone else "fits"
    return fit == "outruns" or (tasks == 1 and fit != "fits")


def _room(kind: InstanceType, tasks: int, setting: Setting) -> str:
    each = "" if tasks == 1 else " each"
    return f"Up to {bytes_text(fitting_bytes(kind, tasks, setting))}{each} would fit."


def largest_cap(task: Task, setting: Setting) -> int:
    """The most memory, in bytes, that a host can hold and that gets out in time on every type that holds it.

    Whole GiB, or MiB below one; at most what the task asks for, and 0 where nothing is allowed that has its vCPUs.
    """
    kinds = [kind for kind in setting.types.values() if kind.vcpus >= task.vcpus] or list(setting.types.values())
    bounds = [(setting.room_bytes(kind), fitting_bytes(kind, 1, setting)) for kind in kinds]
    wanted = {_whole(min(room, fits, task.memory_bytes)) for room, fits in bounds}
    good = [cap for cap in wanted if all(fits >= cap for room, fits in bounds if room >= cap)]
    return max(good, default=0)


def _whole(size_bytes: int) -> int:
    unit = 2**30 if size_bytes >= 2**30 else MIB
    return size_bytes // unit * unit


def _values(task: Task, setting: Setting) -> Mapping[str, str]:
    """The list that would do, and the cap that would."""
    values = dict(values_for_types(setting))
    cap = largest_cap(task, setting)
    if cap >= MIB:
        values["YOUR-MEMORY"] = whole_gib(cap)
        less = cap < task.memory_bytes
        values["YOUR-CAP-NOTE"] = (
            f"this one would get {whole_gib(cap)} instead of {bytes_text(task.memory_bytes)}"
            if less
            else ("this one would keep what it asks for")
        )
    # a task of that many vCPUs and that much memory has to fit on one type
    most = max((kind.vcpus for kind in setting.types.values() if setting.room_bytes(kind) >= cap), default=0)
    return {**values, "YOUR-CPUS": str(most)}
