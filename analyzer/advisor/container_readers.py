"""Readers of what a job says of its container: variables, mounts, limits, modes, image."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.advisor.readings import MOST_VALUES, NO_JOB, Case, Reading, plain
from analyzer.evidence.job import items, mapping, text, whole
from analyzer.evidence.model import Document

TMP = "/tmp"  # noqa: S108 - the container's: where Fusion keeps its cache


def variable(name: str, default: str | None, otherwise: str, case: Case) -> Reading:
    """A variable of the job's environment."""
    spec = case.spec
    if spec is None or spec.environment is None:
        return Reading(None, NO_JOB)
    if name in spec.environment:
        return Reading(plain(spec.environment[name]), f"{name} in the job's environment")
    return Reading(default, f"{name} is not in the job's environment: {otherwise}")


def member(name: str, absent: object, otherwise: str, case: Case) -> Reading:
    """A member of the job's container, which the service leaves out where it is not set."""
    container = case.container
    if not container:
        return Reading(None, NO_JOB)
    value = container.get(name)
    if isinstance(value, bool):
        return Reading(value, f"job.container.{name}")
    if given := text(value):
        return Reading(plain(given), f"job.container.{name}")
    return Reading(absent, f"job.container.{name} is not set: {otherwise}")


def own_mode(name: str, case: Case) -> Reading:
    """`pidMode` or `ipcMode` of an ECS task."""
    job = mapping(case.evidence.job) if case.evidence else {}
    if not job:
        return Reading(None, NO_JOB)
    task = next(iter(items(mapping(job.get("ecsProperties")).get("taskProperties"))), {})
    if mode := text(task.get(name)):
        return Reading(plain(mode), f"job.ecsProperties.taskProperties[0].{name}")
    return Reading("private", f"the job sets no {name}: each container has its own")


def other_mounts(mounts: list[tuple[str, str, bool]]) -> list[str]:
    """Folders of the container that are mounted, but for /tmp."""
    return [path for path, _, _ in mounts if path.rstrip("/") != TMP]


def read_only_mounts(mounts: list[tuple[str, str, bool]]) -> list[str]:
    """Folders of the container that it cannot write to."""
    return [path for path, _, sealed in mounts if sealed]


def _mounts(case: Case) -> list[tuple[str, str, bool]]:
    """(path in the container, path on the host, read-only)."""
    sources = {text(v.get("name")): text(mapping(v.get("host")).get("sourcePath")) for v in _listed(case, "volumes")}
    return [
        (plain(path), plain(sources.get(text(mount.get("sourceVolume"))) or ""), mount.get("readOnly") is True)
        for mount in _listed(case, "mountPoints")
        if (path := text(mount.get("containerPath")))
    ][:MOST_VALUES]


def _listed(case: Case, member: str) -> list[Document]:
    return items(case.container.get(member))


def of_mounts(choose: Callable[[list[tuple[str, str, bool]]], object], case: Case) -> Reading:
    """What one asks of the mounts."""
    if not case.container:
        return Reading(None, NO_JOB)
    return Reading(choose(_mounts(case)), "job.container.mountPoints and job.container.volumes")


def tmp_volume(mounts: list[tuple[str, str, bool]]) -> str:
    """The host's folder that is the container's /tmp; `none` where that is a layer of the container."""
    return next((host for path, host, _ in mounts if path.rstrip("/") == TMP and host), "none")


def open_files(case: Case) -> Reading:
    """The limit of open files."""
    for limit in _listed(case, "ulimits"):
        if limit.get("name") == "nofile":
            return Reading(whole(limit.get("hardLimit")), "job.container.ulimits")
    return Reading(None, "job.container.ulimits sets no nofile: the host's default holds" if case.container else NO_JOB)


def fusion(case: Case) -> Reading:
    """Whether the job runs under Fusion."""
    spec = case.spec
    if spec is None:
        return Reading(None, NO_JOB)
    on = any("/usr/bin/fusion" in part for part in spec.command) or "FUSION_WORK" in (spec.environment or {})
    return Reading(on, "the job's command and environment")


def wave(case: Case) -> Reading:
    """Whether the image is one of Wave's; another name tells nothing."""
    if case.spec is None or not case.spec.image:
        return Reading(None, NO_JOB)
    named = case.spec.image.startswith("wave.")
    return Reading(True, "job.container.image") if named else Reading(None, "not told by job.container.image")


def image(case: Case) -> Reading:
    """The image."""
    if case.spec is None or not case.spec.image:
        return Reading(None, NO_JOB)
    return Reading(plain(case.spec.image), "job.container.image")


def image_pinned(case: Case) -> Reading:
    """Whether the image is named by its digest."""
    if case.spec is None or not case.spec.image:
        return Reading(None, NO_JOB)
    return Reading("@sha256:" in case.spec.image, "job.container.image")
