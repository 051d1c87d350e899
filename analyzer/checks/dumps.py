"""The window model, as the checks ask it: dumps of tasks and of whole hosts, on one instance type."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.advisor.instance_types import InstanceType
from analyzer.advisor.window import Figure, Prediction, Transfer, largest_footprint, line_of, predict
from analyzer.checks.result import Status
from analyzer.checks.setting import Setting
from analyzer.classifier.units import seconds_text

FITS: dict[str, Status] = {"fits": "pass", "tight": "warn", "outruns": "fail"}


@dataclass(frozen=True)
class FullHost:
    """A host that Batch has filled with the task at hand."""

    tasks: int
    prediction: Prediction
    fits: bool
    """All of their dumps are out inside the window, with its margin."""


def seconds_of(prediction: Prediction) -> str:
    """`70.0 s (52.3 s to 88.0 s)`."""
    spread = f"{seconds_text(prediction.fastest)} to {seconds_text(prediction.slowest)}"
    return f"{seconds_text(prediction.expected)} ({spread})"


def dump_of(kind: InstanceType, size_bytes: float, tasks: int = 1) -> Prediction | None:
    """How long each of `tasks` such dumps takes that go out together; None where AWS gives no baseline bandwidth."""
    return None if not kind.baseline_gbps else dump_through(kind.baseline_gbps, size_bytes, tasks)


def dump_through(gbps: float, size_bytes: float, tasks: int = 1) -> Prediction:
    """How long each of `tasks` such dumps takes that go out together through that many Gbps."""
    return predict(Transfer(Figure(size_bytes, "")), line_of(gbps, tasks_per_host=tasks))


def full_host_of(kind: InstanceType, setting: Setting) -> FullHost | None:
    """A host full of the task at hand; None where no task is known, none has room, or AWS gives no bandwidth."""
    task = setting.task
    tasks = setting.tasks_on(kind, task) if task else 0
    prediction = dump_of(kind, task.memory_bytes, tasks) if task and tasks else None
    return FullHost(tasks, prediction, prediction.fit(setting.window) == "fits") if prediction else None


def fitting_bytes(kind: InstanceType, tasks: int, setting: Setting) -> int:
    """The most memory of each of so many tasks on a host whose dumps fit; 0 where AWS gives no bandwidth."""
    if not kind.baseline_gbps:
        return 0
    return largest_footprint(line_of(kind.baseline_gbps, tasks_per_host=tasks), setting.window)
