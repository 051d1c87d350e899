"""All checks of one target: evidence in, report out, the same on any machine and on any day."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.advisor.instance_catalogue import InstanceCatalogue
from analyzer.advisor.window import Window
from analyzer.checks.environment import check_environments
from analyzer.checks.image import check_images
from analyzer.checks.instances import check_types
from analyzer.checks.job import check_job
from analyzer.checks.judge import unseen
from analyzer.checks.network import check_network
from analyzer.checks.queue import check_queue
from analyzer.checks.record import checks
from analyzer.checks.result import SUBJECT_KINDS, CheckReport, CheckResult
from analyzer.checks.setting import Setting, Task, setting_of
from analyzer.checks.task import check_task
from analyzer.checks.template import check_templates
from analyzer.checks.verdict import verdict
from analyzer.evidence.environment import EnvironmentEvidence
from analyzer.evidence.model import Gap

_ROOMS: tuple[Callable[[Setting], Iterator[CheckResult]], ...] = (
    check_job,
    check_task,
    check_queue,
    check_environments,
    check_types,
    check_images,
    check_network,
    check_templates,
)
_OF_ENVIRONMENTS = ("environment", "image", "launch template")
_NAMED = ("FS834", "FS855")
"""Asked of an image or a launch template that is named: where none is known there is nothing to ask."""
_TOO = ("FS811", "FS842")
"""Asked of an environment, though they are of another scope."""


def _without_environments(setting: Setting) -> Iterator[CheckResult]:
    """What cannot be looked at where no environment is known."""
    if setting.environments:
        return
    gap = setting.gap("compute_environments", "job_queue")
    for record in checks().values():
        told = record.id == "FS802" and setting.gone("compute_environments")
        if (record.scope in _OF_ENVIRONMENTS or record.id in _TOO) and record.id not in _NAMED and not told:
            yield unseen(record.id, setting.pool, gap, "no compute environment is known")


def run_checks(
    evidence: EnvironmentEvidence,
    catalogue: InstanceCatalogue,
    planned: Task | None = None,
    window: Window | None = None,
) -> CheckReport:
    """Hold the evidence against every requirement.

    Args:
        evidence: what was found.
        catalogue: figures of the instance types that the evidence does not describe itself.
        planned: the task to reckon with, in place of the job's own.
        window: the time there is; two minutes less the usual margin where it is not given.
    """
    setting = setting_of(evidence, catalogue, planned, window)
    found = [result for room in (*_ROOMS, _without_environments) for result in room(setting)]
    ordered = sorted(found, key=lambda one: (SUBJECT_KINDS.index(one.subject.kind), one.id))
    return CheckReport(
        target=evidence.target,
        kind=evidence.kind,
        region=setting.region,
        checked_at=evidence.checked_at,
        task=_words(setting.task),
        figures=f"{setting.catalogue.source}{f', {setting.catalogue.date}' if setting.catalogue.date else ''}",
        results=tuple(ordered),
        verdict=verdict(ordered),
        unseen=_unseen(setting),
    )


def _unseen(setting: Setting) -> Gap | None:
    if setting.environments or any(setting.gone(member) for member in ("job_queue", "compute_environments")):
        return None
    return setting.gap("compute_environments", "job_queue")


def _words(task: Task | None) -> str | None:
    return f"{task.words} ({'planned' if task.planned else 'as the job asks'})" if task else None
